import { cookies } from 'next/headers';
import Link from 'next/link';

import { listOrders, money } from '@/lib/orders';
import { SESSION_COOKIE, readSession } from '@/lib/session';

export default async function Dashboard() {
  const user = readSession((await cookies()).get(SESSION_COOKIE)?.value);
  const orders = await listOrders();
  const open = orders.filter((order) => order.status !== 'shipped');

  return (
    <main>
      <h1>Bonjour {user?.name}</h1>
      <p>
        {open.length} open orders, {money(open.reduce((sum, order) => sum + order.total, 0))}
      </p>
      <Link href="/dashboard/orders">All orders</Link>
    </main>
  );
}
