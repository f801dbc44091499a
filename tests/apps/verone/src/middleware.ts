import { NextResponse, type NextRequest } from 'next/server';

import { SESSION_COOKIE } from '@/lib/session';

/** Pages that one may see without being logged in. */
const PUBLIC_PATHS = ['/login', '/api/login', '/sentry-example-page'];

export function middleware(request: NextRequest) {
  const { pathname } = request.nextUrl;

  if (PUBLIC_PATHS.includes(pathname) || request.cookies.has(SESSION_COOKIE)) {
    return NextResponse.next();
  }

  const login = new URL('/login', request.url);
  login.searchParams.set('next', pathname);
  return NextResponse.redirect(login);
}

export const config = {
  // Everything is behind the login, the API too.
  matcher: ['/((?!_next/static|_next/image|favicon.ico).*)'],
};
