import * as Sentry from '@sentry/react-router';

Sentry.init({
  dsn: 'https://37e1b6d409cf4a52b8f7a4e6032d9c18@o4500800010010.ingest.de.sentry.io/4500800020010',
  tracesSampleRate: 1.0,
});
