import { buildCsp } from '@orchard/observability/csp';
import { withSentryConfig } from '@sentry/nextjs';
import type { NextConfig } from 'next';

const nextConfig: NextConfig = {
  transpilePackages: ['@orchard/observability'],
  async headers() {
    return [{ source: '/:path*', headers: [{ key: 'Content-Security-Policy', value: buildCsp() }] }];
  },
};

export default withSentryConfig(nextConfig, {
  org: 'orchard',
  project: 'orchard-shop',
  authToken: process.env.SENTRY_AUTH_TOKEN,
  silent: true,
});
