import { fileURLToPath, URL } from 'node:url'

import { sentryVitePlugin } from '@sentry/vite-plugin'
import vue from '@vitejs/plugin-vue'
import { defineConfig, loadEnv } from 'vite'

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, process.cwd(), '')
  return {
    build: { sourcemap: true },
    resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
    plugins: [
      vue(),
      sentryVitePlugin({
        org: 'trellis',
        project: 'trellis-app',
        authToken: env.SENTRY_AUTH_TOKEN,
        disable: mode !== 'production',
        sourcemaps: { filesToDeleteAfterUpload: 'dist/**/*.map' },
      }),
    ],
  }
})
