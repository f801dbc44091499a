import helmet from '@fastify/helmet';
import * as Sentry from '@sentry/node';
import Fastify from 'fastify';

import { config } from './config.js';

const app = Fastify({ logger: true });

Sentry.setupFastifyErrorHandler(app);

await app.register(helmet, {
  contentSecurityPolicy: {
    directives: {
      defaultSrc: ["'self'"],
      connectSrc: ["'self'", 'https://*.ingest.de.sentry.io'],
      workerSrc: ["'self'", 'blob:'],
      childSrc: ["'self'", 'blob:'],
    },
  },
});

app.get('/', async () => ({ hello: 'board' }));

await app.listen({ port: config.port, host: '0.0.0.0' });
