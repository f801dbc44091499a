export type Order = { id: string; customer: string; total: number };

export async function listOrders(): Promise<Order[]> {
  return [
    { id: 'A-1001', customer: 'Lena', total: 4200 },
    { id: 'A-1002', customer: 'Omar', total: 1250 },
  ];
}
