import netlify from '@astrojs/netlify';
import sentry from '@sentry/astro';
import { defineConfig } from 'astro/config';

export default defineConfig({
  output: 'server',
  adapter: netlify(),
  integrations: [
    sentry({
      org: 'lantern',
      project: 'lantern-site',
      authToken: process.env.SENTRY_AUTH_TOKEN,
    }),
  ],
});
