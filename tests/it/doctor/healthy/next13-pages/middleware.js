import { NextResponse } from 'next/server';

export function middleware(request) {
  if (!request.cookies.get('larder_session')) {
    return NextResponse.redirect(new URL('/signin', request.url));
  }
  return NextResponse.next();
}

export const config = {
  matcher: ['/account/:path*', '/checkout'],
};
