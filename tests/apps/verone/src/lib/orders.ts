export type Order = {
  id: string;
  customer: string;
  status: 'draft' | 'confirmed' | 'shipped';
  /** In cents. */
  total: number;
};

const ORDERS: Order[] = [
  { id: 'SO-2041', customer: 'Atelier Brun', status: 'confirmed', total: 184_00 },
  { id: 'SO-2042', customer: 'Maison Delorme', status: 'shipped', total: 2_310_00 },
  { id: 'SO-2043', customer: 'Studio Nord', status: 'draft', total: 96_50 },
];

export async function listOrders(): Promise<Order[]> {
  return ORDERS;
}

export function money(cents: number) {
  return new Intl.NumberFormat('fr-FR', { style: 'currency', currency: 'EUR' }).format(cents / 100);
}
