/** Where the browser sends its envelopes; app/api/relay/route.ts passes them on. */
export const TUNNEL_PATH = '/api/relay';

export const SENTRY_DSN = process.env.NEXT_PUBLIC_SENTRY_DSN;

const isProduction = process.env.NODE_ENV === 'production';

/** What the browser, the server and the edge have in common. */
export const sharedOptions = {
  dsn: SENTRY_DSN,
  environment: process.env.NEXT_PUBLIC_APP_ENV ?? process.env.NODE_ENV,
  tracesSampleRate: isProduction ? 0.2 : 1.0,
};
