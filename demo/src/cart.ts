/** One line of the basket; prices are in cents. */
export interface Line {
  name: string;
  price: number;
  quantity: number;
}

/** What lies in the basket when the page opens. */
export const basket: Line[] = [
  { name: "Coffee mug", price: 1250, quantity: 1 },
  { name: "Notebook", price: 890, quantity: 2 },
];

/** The sum of all lines, in cents. */
export function total(lines: Line[]): number {
  return lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
}

/** Cents as people write them. */
export function money(cents: number): string {
  return `€${(cents / 100).toFixed(2)}`;
}
