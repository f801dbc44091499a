import { SENTRY_DSN } from '../../lib/sentry-dsn';

// The envelope may hold a compressed replay: it must stay bytes.
export const config = {
  api: {
    bodyParser: false,
  },
};

const LIMIT = 10 * 1024 * 1024;

async function readBytes(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > LIMIT) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export default async function handler(req, res) {
  if (req.method !== 'POST') {
    res.setHeader('Allow', 'POST');
    return res.status(405).end();
  }

  const envelope = await readBytes(req);
  if (!envelope) return res.status(413).end();

  const { host: knownHost, pathname: knownPath } = new URL(SENTRY_DSN);
  const projectId = knownPath.replace('/', '');

  let dsn;
  try {
    const piece = envelope.subarray(0, envelope.indexOf('\n'));
    dsn = new URL(JSON.parse(piece.toString('utf8')).dsn);
  } catch (e) {
    return res.status(400).json({ status: 'invalid request' });
  }
  if (dsn.hostname !== knownHost || dsn.pathname.replace('/', '') !== projectId) {
    return res.status(403).json({ status: 'invalid dsn' });
  }

  const response = await fetch(`https://${knownHost}/api/${projectId}/envelope/`, {
    method: 'POST',
    body: envelope,
    redirect: 'error',
    headers: {
      'Content-Type': 'application/x-sentry-envelope',
      'X-Sentry-Forwarded-For': req.headers['x-forwarded-for'] || req.socket.remoteAddress,
    },
  });

  for (const name of ['retry-after', 'x-sentry-rate-limits']) {
    const value = response.headers.get(name);
    if (value) res.setHeader(name, value);
  }
  res.status(response.status).end();
}
