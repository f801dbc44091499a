import * as Sentry from '@sentry/node';

import { config } from './config.js';

Sentry.init({
  dsn: config.sentryDsn,
  environment: config.environment,
  release: process.env.GIT_SHA,
  tracesSampleRate: config.isProduction ? 0.1 : 1,
});
