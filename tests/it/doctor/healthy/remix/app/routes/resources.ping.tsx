import type { ActionFunctionArgs } from '@remix-run/node';

const ALLOWED_HOST = 'o4500900010009.ingest.us.sentry.io';
const ALLOWED_PROJECTS = ['4500900020009'];
const MAX_SIZE = 10_000_000;

export async function action({ request }: ActionFunctionArgs) {
  const envelope = Buffer.from(await request.arrayBuffer());
  if (envelope.length > MAX_SIZE) throw new Response('too large', { status: 413 });

  const firstLine = envelope.subarray(0, envelope.indexOf('\n')).toString();
  const dsn = new URL(JSON.parse(firstLine).dsn);
  const projectId = dsn.pathname.replace('/', '');

  if (dsn.hostname !== ALLOWED_HOST) throw new Response('invalid host', { status: 403 });
  if (!ALLOWED_PROJECTS.includes(projectId)) throw new Response('invalid project', { status: 403 });

  const answer = await fetch(`https://${ALLOWED_HOST}/api/${projectId}/envelope/`, {
    method: 'POST',
    body: envelope,
    redirect: 'error',
    headers: {
      'Content-Type': 'application/x-sentry-envelope',
      'X-Sentry-Forwarded-For': request.headers.get('fly-client-ip') ?? '',
    },
  });

  return new Response(null, {
    status: answer.status,
    headers: [...answer.headers].filter(([name]) => ['retry-after', 'x-sentry-rate-limits'].includes(name)),
  });
}
