require('./instrument.js');

const Sentry = require('@sentry/node');
const Koa = require('koa');
const Router = require('@koa/router');
const helmet = require('koa-helmet');

const app = new Koa();
const router = new Router();

Sentry.setupKoaErrorHandler(app);

app.use(
  helmet.contentSecurityPolicy({
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'", '*.ingest.us.sentry.io'],
      workerSrc: ["'self'", 'blob:'],
      childSrc: ["'self'", 'blob:'],
    },
  }),
);

router.get('/', (ctx) => {
  ctx.body = '<h1>Orbit</h1>';
});

app.use(router.routes());
app.listen(3000);
