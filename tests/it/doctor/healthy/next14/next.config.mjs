import { withSentryConfig } from '@sentry/nextjs';
import createNextIntlPlugin from 'next-intl/plugin';

const withNextIntl = createNextIntlPlugin('./src/i18n.ts');

const ContentSecurityPolicy = `
  default-src 'self';
  script-src 'self' 'unsafe-inline' 'unsafe-eval';
  style-src 'self' 'unsafe-inline';
  img-src 'self' data: https:;
  connect-src 'self' https://o4506600010003.ingest.us.sentry.io https://api.quill.example;
  worker-src 'self' blob:;
  child-src 'self' blob:;
  frame-ancestors 'self';
`;

/** @type {import('next').NextConfig} */
const nextConfig = {
  experimental: { instrumentationHook: true },
  async headers() {
    return [
      {
        source: '/:path*',
        headers: [{ key: 'Content-Security-Policy', value: ContentSecurityPolicy.replace(/\n/g, '') }],
      },
    ];
  },
};

export default withSentryConfig(withNextIntl(nextConfig), {
  org: 'quill-inc',
  project: 'quill-web',
  authToken: process.env.SENTRY_AUTH_TOKEN,
  hideSourceMaps: true,
  silent: true,
});
