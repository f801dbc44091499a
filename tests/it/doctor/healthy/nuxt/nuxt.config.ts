export default defineNuxtConfig({
  compatibilityDate: '2025-07-15',
  modules: ['@sentry/nuxt/module', 'nuxt-security'],

  sentry: {
    org: 'dune',
    project: 'dune-web',
    authToken: process.env.SENTRY_AUTH_TOKEN,
  },

  sourcemap: { client: 'hidden' },

  runtimeConfig: {
    public: {
      sentry: {
        dsn: '',
      },
    },
  },

  security: {
    headers: {
      contentSecurityPolicy: {
        'default-src': ["'self'"],
        'script-src': ["'self'", "'nonce-{{nonce}}'", "'strict-dynamic'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'connect-src': ["'self'", 'https://*.ingest.us.sentry.io'],
        'worker-src': ["'self'", 'blob:'],
        'child-src': ["'self'", 'blob:'],
      },
    },
  },
})
