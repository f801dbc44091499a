import { NextResponse } from 'next/server';

import { auth } from '~/auth';

export default auth((request) => {
  if (!request.auth && request.nextUrl.pathname !== '/login') {
    return NextResponse.redirect(new URL('/login', request.nextUrl.origin));
  }
  return NextResponse.next();
});

export const config = {
  matcher: ['/((?!api|monitoring(?:/|$)|_next/static|_next/image|favicon.ico).*)'],
};
