Sentry.init({
  dsn: 'https://19e4b7c05a8d4f62937f0c6be2d5a183@o4500200010016.ingest.us.sentry.io/4500200020016',
  tunnel: '/bugs',
  tracesSampleRate: 0.1,
});
