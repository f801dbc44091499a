import * as Sentry from '@sentry/react';
import { Route, Routes } from 'react-router-dom';

const SentryRoutes = Sentry.withSentryReactRouterV6Routing(Routes);

export default function App() {
  return (
    <SentryRoutes>
      <Route path="/" element={<h1>Ledger</h1>} />
    </SentryRoutes>
  );
}
