import { sentryOptions } from '@orchard/observability';
import * as Sentry from '@sentry/nextjs';

Sentry.init(sentryOptions('admin'));
