const INGEST = 'https://o4504400010005.ingest.us.sentry.io';

type Extra = { connect?: string[]; script?: string[] };

export function buildCsp({ connect = [], script = [] }: Extra = {}) {
  return [
    `default-src 'self'`,
    `script-src ${["'self'", "'unsafe-inline'", ...script].join(' ')}`,
    `style-src 'self' 'unsafe-inline'`,
    `connect-src ${["'self'", INGEST, ...connect].join(' ')}`,
    `worker-src 'self' blob:`,
    `child-src 'self' blob:`,
  ].join('; ');
}
