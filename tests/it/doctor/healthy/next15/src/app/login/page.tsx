import { signIn } from '~/auth';

export default function Login() {
  return (
    <form
      action={async () => {
        'use server';
        await signIn('github');
      }}
    >
      <button>Log in with GitHub</button>
    </form>
  );
}
