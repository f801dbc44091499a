import * as Sentry from '@sentry/node';
import express from 'express';
import helmet from 'helmet';

import { tunnel } from './tunnel.js';

const app = express();

app.use(
  helmet({
    contentSecurityPolicy: {
      useDefaults: true,
      directives: {
        'script-src': ["'self'", 'https://browser.sentry-cdn.com'],
        'connect-src': ["'self'"],
        'worker-src': ["'self'", 'blob:'],
        'child-src': ["'self'", 'blob:'],
      },
    },
  }),
);

app.use('/t', tunnel);
app.use(express.json());
app.use(express.static('public'));

app.get('/api/health', (req, res) => {
  res.json({ ok: true });
});

Sentry.setupExpressErrorHandler(app);

app.use((error, req, res, next) => {
  res.status(500).json({ id: res.sentry });
});

app.listen(process.env.PORT ?? 3000);
