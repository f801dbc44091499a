export const environment = {
  production: true,
  sentry: {
    dsn: 'https://84d6b0f2c9e14a7783b5f1d02e6a9c4d@o4500600010012.ingest.us.sentry.io/4500600020012',
    environment: 'production',
  },
};
