import * as Sentry from '@sentry/nextjs';

import { sharedOptions } from './src/lib/sentry';

Sentry.init({
  ...sharedOptions,
});
