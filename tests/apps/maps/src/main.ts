import { Cart } from "./cart";
import { formatPrice } from "./util/price";

interface Item {
  name: string;
  cents: number;
}

const items: Item[] = [
  { name: "tea", cents: 300 },
  { name: "cup", cents: 950 },
];

export async function payLater(): Promise<void> {
  await Promise.resolve();
  throw new RangeError("paid too late");
}

const summarize = (cart: Cart): string =>
  cart.items.map((item) => formatPrice(item.cents, undefined as unknown as { symbol: string })).join(", ");

function checkout(kind: string): string {
  const cart = new Cart(items);
  if (kind === "total") {
    return cart.total("EUR").toFixed(2);
  }
  return summarize(cart);
}

(globalThis as Record<string, unknown>).fixture = { checkout, payLater };
