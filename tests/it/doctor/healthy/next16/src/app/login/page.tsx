export default function Login() {
  return (
    <form method="post" action="/api/login">
      <input name="email" type="email" />
      <button type="submit">Log in</button>
    </form>
  );
}
