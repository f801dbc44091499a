import { vitePlugin as remix } from '@remix-run/dev';
import { sentryVitePlugin } from '@sentry/vite-plugin';
import { defineConfig } from 'vite';

export default defineConfig({
  build: { sourcemap: 'hidden' },
  plugins: [remix(), sentryVitePlugin({ org: 'meadow', project: 'meadow-web', authToken: process.env.SENTRY_AUTH_TOKEN })],
});
