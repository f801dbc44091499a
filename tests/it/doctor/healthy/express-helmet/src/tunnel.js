import express, { Router } from 'express';

const own = new URL(process.env.SENTRY_DSN);

export const tunnel = Router();

tunnel.post('/', express.raw({ type: () => true, limit: '10mb' }), async (req, res) => {
  let dsn;
  try {
    const [line] = req.body.toString('latin1').split('\n', 1);
    dsn = new URL(JSON.parse(line).dsn);
  } catch {
    return res.sendStatus(400);
  }
  if (dsn.host !== own.host || dsn.pathname !== own.pathname) return res.sendStatus(403);

  const answer = await fetch(`https://${own.host}/api${own.pathname}/envelope/`, {
    method: 'POST',
    body: req.body,
    redirect: 'error',
    headers: {
      'Content-Type': 'application/x-sentry-envelope',
      'X-Sentry-Forwarded-For': req.ip,
    },
  });
  const limits = answer.headers.get('x-sentry-rate-limits');
  if (limits) res.set('X-Sentry-Rate-Limits', limits);
  const later = answer.headers.get('retry-after');
  if (later) res.set('Retry-After', later);
  res.sendStatus(answer.status);
});
