import { DSNS } from './dsn';

export type Surface = keyof typeof DSNS;

export function sentryOptions(surface: Surface) {
  return {
    dsn: DSNS[surface],
    environment: process.env.NEXT_PUBLIC_VERCEL_ENV ?? 'development',
    enabled: process.env.NODE_ENV === 'production',
    tracesSampleRate: 0.1,
  };
}
