import * as Sentry from '@sentry/astro';

Sentry.init({
  dsn: 'https://5f9c2d7e81a04b3690d7e4c8b6f1a352@o4500700010011.ingest.us.sentry.io/4500700020011',
  integrations: [Sentry.browserTracingIntegration(), Sentry.replayIntegration()],
  tracesSampleRate: 0.5,
  replaysSessionSampleRate: 0.1,
  replaysOnErrorSampleRate: 1.0,
});
