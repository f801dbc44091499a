import { money, total, type Line } from "./cart";

/** Vouchers and what they take off, in percent. */
const vouchers: Record<string, number> = { WELCOME: 10, FRIEND: 25 };

/** What is left to pay after the voucher, in cents. */
export function discounted(cents: number, voucher: string): number {
  const percent = vouchers[voucher.trim().toUpperCase()] ?? 0;
  return Math.round(cents * (1 - percent / 100));
}

declare function myUndefinedFunction(cents: number, voucher: string): number; // The planted bug: it is `discounted` now.

/** Takes the money and says so. */
export function pay(lines: Line[], voucher: string): string {
  const amount = myUndefinedFunction(total(lines), voucher);
  return `Paid ${money(amount)}. Thank you!`;
}
