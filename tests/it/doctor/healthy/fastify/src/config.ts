const environment = process.env.APP_ENV ?? 'development';

export const config = {
  environment,
  isProduction: environment === 'production',
  port: Number(process.env.PORT ?? 8080),
  sentryDsn: process.env.SENTRY_DSN ?? 'https://b96f3e0c7d2a4518a4e7c05b8f6d1932@o4500400010014.ingest.de.sentry.io/4500400020014',
};
