import { NextResponse, type NextRequest } from 'next/server';

import { SENTRY_DSN } from '@/lib/sentry';

const MAX_BYTES = 20 * 1024 * 1024;
const PASSED_BACK = ['content-type', 'retry-after', 'x-sentry-rate-limits'];

/** Passes envelopes of this app's own browser SDK on to Sentry, and nothing else. */
export async function POST(request: NextRequest) {
  if (!SENTRY_DSN) return new NextResponse(null, { status: 503 });
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BYTES) return new NextResponse(null, { status: 413 });

  const body = new Uint8Array(await request.arrayBuffer());
  if (body.byteLength > MAX_BYTES) return new NextResponse(null, { status: 413 });

  const end = body.indexOf(0x0a);
  let sent: URL;
  try {
    const header = JSON.parse(new TextDecoder().decode(end < 0 ? body : body.subarray(0, end)));
    sent = new URL(header.dsn);
  } catch {
    return NextResponse.json({ error: 'no envelope' }, { status: 400 });
  }

  const own = new URL(SENTRY_DSN);
  if (sent.host !== own.host || sent.pathname !== own.pathname || sent.username !== own.username) {
    return NextResponse.json({ error: 'not our project' }, { status: 403 });
  }

  const headers = new Headers({ 'Content-Type': 'application/x-sentry-envelope' });
  const client = request.headers.get('x-forwarded-for');
  if (client) headers.set('X-Sentry-Forwarded-For', client);

  const answer = await fetch(`${own.protocol}//${own.host}/api${own.pathname}/envelope/`, {
    method: 'POST',
    headers,
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(30_000),
  });

  const back = new Headers();
  for (const name of PASSED_BACK) {
    const value = answer.headers.get(name);
    if (value) back.set(name, value);
  }
  return new NextResponse(answer.body, { status: answer.status, headers: back });
}
