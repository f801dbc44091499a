Sentry.init({
  dsn: 'https://2e7c0b95f4d8416ab3c9e1f7056d8a42@o4500500010013.ingest.de.sentry.io/4500500020013',
  tunnel: '/t',
  integrations: [Sentry.browserTracingIntegration(), Sentry.replayIntegration()],
  tracesSampleRate: 0.1,
  replaysSessionSampleRate: 0,
  replaysOnErrorSampleRate: 1.0,
});
