window.sentryOnLoad = function () {
  Sentry.init({
    dsn: 'https://cd0f7b4e29a84135b6e8d1c3f5a70924@o4500050010018.ingest.us.sentry.io/4500050020018',
    environment: location.hostname === 'pebble.example' ? 'production' : 'staging',
    tracesSampleRate: 0.1,
    replaysSessionSampleRate: 0.1,
    replaysOnErrorSampleRate: 1.0,
  });
};
