import { Head, Html, Main, NextScript } from 'next/document';

const csp = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "child-src 'self' blob:",
].join('; ');

export default function Document() {
  return (
    <Html>
      <Head>{process.env.NODE_ENV === 'production' && <meta httpEquiv="Content-Security-Policy" content={csp} />}</Head>
      <body>
        <Main />
        <NextScript />
      </body>
    </Html>
  );
}
