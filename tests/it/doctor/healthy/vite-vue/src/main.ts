import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from '@/App.vue'
import { startSentry } from '@/lib/sentry'
import router from '@/router'

const app = createApp(App)

startSentry(app, router)

app.use(createPinia())
app.use(router)
app.mount('#app')
