// Refs: a number that stays with its element while that is connected, and is never used for another one.

const numberOf = new WeakMap();
const elementOf = new Map();
const wasOf = new Map();
const everSecret = new WeakSet();
// Elements that were thrown away leave nothing behind but what they were, and that only for the last few thousand.
const thrownAway = new FinalizationRegistry((number) => elementOf.delete(number));
const REMEMBERED = 5000;
let nextNumber = 1;
let prefix = "";

// Every call says from where to count: numbers of documents before this one are not used again.
function enter(input) {
  prefix = input.prefix || "";
  nextNumber = Math.max(nextNumber, input.base || 1);
}

function refOf(el) {
  let number = numberOf.get(el);
  if (!number) {
    number = nextNumber++;
    numberOf.set(el, number);
    elementOf.set(number, new WeakRef(el));
    thrownAway.register(el, number);
  }
  return `${prefix}e${number}`;
}

// What the element was when a snapshot or an error last named it: tells a stale ref apart.
function note(el, role, name) {
  const ref = refOf(el);
  wasOf.set(numberOf.get(el), { role, name });
  if (wasOf.size > REMEMBERED) wasOf.delete(wasOf.keys().next().value);
  return ref;
}

function describe(el) {
  const role = roleOf(el);
  const name = nameOf(el, role).slice(0, 120);
  return { ref: note(el, role, name), role, name, text: name ? "" : squash(el.textContent).slice(0, 80), tag: el.tagName.toLowerCase() };
}

function byRef(ref) {
  const number = Number((/e(\d+)$/.exec(ref) || [])[1]);
  const el = elementOf.get(number)?.deref();
  if (el?.isConnected && el.ownerDocument === document) return el;
  const was = wasOf.get(number);
  throw problem("stale", { ref, was, now: was ? sameNow(was) : null });
}

function sameNow({ role, name }) {
  const found = matches({ role, ...(name ? { name } : {}) }).filter(visible);
  return found.length === 1 ? describe(found[0]) : null;
}

// An error with data, for the Rust side to put in words.
function problem(kind, data = {}) {
  return Object.assign(new Error(kind), { problem: { kind, ...data } });
}
