import { listOrders } from '@/lib/orders';

export default async function Orders() {
  const orders = await listOrders();
  return (
    <ul>
      {orders.map((order) => (
        <li key={order.id}>
          {order.id} {order.customer} {(order.total / 100).toFixed(2)} €
        </li>
      ))}
    </ul>
  );
}
