export default async function Login({ searchParams }: { searchParams: Promise<{ next?: string }> }) {
  const { next = '/dashboard' } = await searchParams;

  return (
    <main>
      <h1>Vérone</h1>
      <form method="post" action="/api/login">
        <input type="hidden" name="next" value={next} />
        <label>
          Name <input name="name" autoComplete="username" required />
        </label>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit">Log in</button>
      </form>
    </main>
  );
}
