'use client';

declare function myUndefinedFunction(): void;

export default function SentryExamplePage() {
  return (
    <main>
      <h1>Sentry example page</h1>
      <p>The button throws an error in the browser. It shows up in Sentry when the set-up is right.</p>
      <button type="button" onClick={() => myUndefinedFunction()}>
        Throw error
      </button>
    </main>
  );
}
