// The DSN is public: it only lets one send events.
export const SENTRY_DSN = 'https://9d2a7c4e61b84f03a5c8e0d17b3f6920@o4507700010002.ingest.de.sentry.io/4507700020002';

export const SENTRY_ENVIRONMENT = process.env.NEXT_PUBLIC_VERCEL_ENV || 'development';

export const TRACES_SAMPLE_RATE = 0.1;
