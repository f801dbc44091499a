import * as Sentry from '@sentry/react-router';
import { Links, Meta, Outlet, Scripts, isRouteErrorResponse } from 'react-router';
import type { Route } from './+types/root';

export function headers() {
  return {
    'Content-Security-Policy': [
      `default-src 'self'`,
      `script-src 'self' 'unsafe-inline'`,
      `connect-src 'self' https://o4500800010010.ingest.de.sentry.io`,
      `worker-src 'self' blob:`,
      `child-src 'self' blob:`,
    ].join('; '),
  };
}

export default function App() {
  return (
    <html lang="en">
      <head>
        <Meta />
        <Links />
      </head>
      <body>
        <Outlet />
        <Scripts />
      </body>
    </html>
  );
}

export function ErrorBoundary({ error }: Route.ErrorBoundaryProps) {
  if (!isRouteErrorResponse(error)) Sentry.captureException(error);
  return <p>Something went wrong</p>;
}
