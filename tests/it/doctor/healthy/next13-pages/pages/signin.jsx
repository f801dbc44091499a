export default function SignIn() {
  return (
    <form method="post" action="/api/signin">
      <input name="email" />
      <button>Sign in</button>
    </form>
  );
}
