export class Cart {
  constructor(readonly items: { name: string; cents: number }[]) {}

  /** The sum of all items, which needs rates that nobody loaded. */
  total(currency: string): number {
    let sum = 0;
    for (const item of this.items) {
      sum += item.cents * this.rateOf(currency);
    }
    return sum;
  }

  private rateOf(currency: string): number {
    const rates: Record<string, { rate: number }> = {};
    return rates[currency].rate;
  }
}
