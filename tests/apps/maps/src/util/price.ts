export function formatPrice(cents: number, currency: { symbol: string }): string {
  const amount = (cents / 100).toFixed(2);
  return `${currency.symbol}${amount}`;
}
