import { NextResponse, type NextRequest } from 'next/server';

import { SESSION_COOKIE } from '@/lib/session';

export async function POST(request: NextRequest) {
  const form = await request.formData();
  const name = String(form.get('name') ?? '');
  const next = String(form.get('next') ?? '/dashboard');
  const target = next.startsWith('/') && !next.startsWith('//') ? next : '/dashboard';

  const response = new NextResponse(null, { status: 303, headers: { Location: target } });
  response.cookies.set(SESSION_COOKIE, encodeURIComponent(name), { httpOnly: true, sameSite: 'lax', path: '/' });
  return response;
}
