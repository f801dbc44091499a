import Link from 'next/link';

export default function Home() {
  return (
    <main>
      <h1>Atlas</h1>
      <Link href="/orders">Orders</Link>
    </main>
  );
}
