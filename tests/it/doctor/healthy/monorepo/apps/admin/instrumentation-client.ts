import { sentryOptions } from '@orchard/observability';
import * as Sentry from '@sentry/nextjs';

Sentry.init({
  ...sentryOptions('admin'),
  integrations: [Sentry.replayIntegration()],
  replaysSessionSampleRate: 0,
  replaysOnErrorSampleRate: 1,
});

export const onRouterTransitionStart = Sentry.captureRouterTransitionStart;
