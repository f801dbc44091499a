import * as Sentry from "@sentry/browser";

import { basket, money } from "./cart";
import { pay } from "./checkout";

declare const __SENTRY_DSN__: string;
declare const __SENTRY_RELEASE__: string;

Sentry.init({
  dsn: __SENTRY_DSN__,
  release: __SENTRY_RELEASE__,
  environment: "demo",
});

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found as T;
}

function showBasket(): void {
  const rows = basket.map((line) => {
    const row = document.createElement("tr");
    for (const text of [line.name, money(line.price)]) row.insertCell().textContent = text;
    const quantity = document.createElement("input");
    quantity.type = "number";
    quantity.min = "0";
    quantity.value = String(line.quantity);
    quantity.ariaLabel = `Quantity of ${line.name}`;
    quantity.addEventListener("change", () => {
      line.quantity = Number(quantity.value);
    });
    row.insertCell().append(quantity);
    return row;
  });
  element("basket").replaceChildren(...rows);
}

showBasket();
element("pay").addEventListener("click", () => {
  element("status").textContent = pay(basket, element<HTMLInputElement>("voucher").value);
});
