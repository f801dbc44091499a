import { PUBLIC_SENTRY_DSN } from '$env/static/public';
import { error, type RequestHandler } from '@sveltejs/kit';

const own = new URL(PUBLIC_SENTRY_DSN);
const endpoint = `https://${own.host}/api${own.pathname}/envelope/`;
const MAX_BYTES = 10 * 1024 * 1024;

export const POST: RequestHandler = async ({ request, getClientAddress }) => {
	const body = await request.arrayBuffer();
	if (body.byteLength > MAX_BYTES) error(413);

	const bytes = new Uint8Array(body);
	const end = bytes.indexOf(10);
	const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
	if (header.dsn !== PUBLIC_SENTRY_DSN) error(403, 'not our DSN');

	const answer = await fetch(endpoint, {
		method: 'POST',
		body,
		redirect: 'error',
		headers: {
			'Content-Type': 'application/x-sentry-envelope',
			'X-Sentry-Forwarded-For': getClientAddress()
		}
	});

	const headers = new Headers();
	for (const name of ['retry-after', 'x-sentry-rate-limits']) {
		const value = answer.headers.get(name);
		if (value) headers.set(name, value);
	}
	return new Response(await answer.text(), { status: answer.status, headers });
};
