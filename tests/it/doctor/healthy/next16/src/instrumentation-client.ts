import * as Sentry from '@sentry/nextjs';

import { TUNNEL_PATH, sharedOptions } from '@/lib/sentry';

Sentry.init({
  ...sharedOptions,
  tunnel: TUNNEL_PATH,
  integrations: [Sentry.replayIntegration()],
  replaysSessionSampleRate: 0.1,
  replaysOnErrorSampleRate: 1.0,
});

export const onRouterTransitionStart = Sentry.captureRouterTransitionStart;
