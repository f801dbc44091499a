// A shop whose pay button throws, catches and reports what it threw, or works: `window.shop` says which.
import * as Sentry from "sentry";

declare global {
  interface Window {
    shop: { dsn: string; bug: "none" | "throws" | "captures" };
  }
}
const { dsn, bug } = window.shop;
Sentry.init({ dsn });

function charge(amount: number): void {
  if (bug !== "none") throw new RangeError(`amount ${amount} is out of range`);
}

function pay(): void {
  document.getElementById("out")!.textContent = "Thanks";
  if (bug !== "captures") return charge(7);
  try {
    charge(7);
  } catch (error) {
    Sentry.captureException(error);
  }
}

document.getElementById("pay")!.addEventListener("click", pay);
