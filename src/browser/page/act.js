// What is done inside the page: finding the point for real input, setting values, choosing options.

const MASK = "•••";

function acted(el, more = {}) {
  return { ...describe(el), durable: durable(el), secret: secret(el), focused: el === focused(), ...more };
}

// For click, double click, hover: where to, once nothing is in the way.
async function aim({ target, timeout }) {
  return patiently(timeout, async () => {
    const { el, point } = await ready(target);
    return acted(el, { point });
  });
}

// For check and uncheck: whether there is something to do, and where.
async function aimBox({ target, checked, timeout }) {
  return patiently(timeout, async () => {
    const el = boxOf(one(target));
    if (isChecked(el) === checked) return acted(el, { done: true });
    if (!checked && el.type === "radio") throw problem("kind", { ...describe(el), wants: "A radio cannot be unchecked: check another one of its group." });
    const { point } = await ready({ ref: refOf(el) });
    return acted(el, { point });
  });
}

function boxOf(el) {
  const box = el.tagName === "LABEL" && el.control ? el.control : el;
  if (/^(checkbox|radio)$/.test(box.type) || /^(checkbox|radio|switch|menuitemcheckbox|menuitemradio|option)$/.test(roleOf(box))) return box;
  const inside = box.querySelectorAll("input[type=checkbox],input[type=radio],[role=checkbox],[role=radio],[role=switch]");
  if (inside.length === 1) return inside[0];
  throw problem("kind", { ...describe(el), wants: "The target must be a checkbox, radio or switch; use click for anything else." });
}

function isChecked(el) {
  if (el.type === "checkbox" || el.type === "radio") return el.checked;
  return (el.getAttribute("aria-checked") || el.getAttribute("aria-selected")) === "true";
}

// After the click: the box must say so.
async function verifyBox({ ref, checked, timeout }) {
  return patiently(timeout, async () => {
    const el = byRef(ref);
    if (isChecked(el) !== checked) throw problem("unmoved", describe(el));
    return {};
  });
}

// For press: puts the focus on the target.
async function focusOn({ target, timeout }) {
  return patiently(timeout, async () => {
    const { el } = await ready(target, { pointer: false });
    el.focus();
    return acted(el);
  });
}

async function fill({ target, value, timeout }) {
  return patiently(timeout, async () => {
    const found = one(target);
    const el = fieldOf(found);
    await ready({ ref: refOf(el) }, { pointer: false, editable: true });
    el.focus();
    if (el.tagName === "INPUT" || el.tagName === "TEXTAREA") fillField(el, value);
    else fillEditable(el, value);
    return acted(el);
  });
}

const CLICK = "Use the click action.";
const NOT_TYPED = {
  checkbox: "Use the check or uncheck action.", radio: "Use the check action.", button: CLICK, submit: CLICK, reset: CLICK, image: CLICK,
  file: "Files cannot be chosen yet.",
};

function fieldOf(found) {
  let el = found.tagName === "LABEL" && found.control ? found.control : found;
  const isField = (it) => it.tagName === "INPUT" || it.tagName === "TEXTAREA" || it.isContentEditable;
  if (!isField(el) && el.tagName !== "SELECT") {
    const inside = [...el.querySelectorAll("input,textarea,[contenteditable]"), ...(el.shadowRoot?.querySelectorAll("input,textarea") || [])];
    const typed = inside.filter((it) => !(it.type in NOT_TYPED) && it.type !== "hidden");
    if (typed.length !== 1) throw problem("kind", { ...describe(el), wants: "The target must be a field that takes text." });
    el = typed[0];
  }
  if (el.tagName === "SELECT") throw problem("kind", { ...describe(el), wants: "Use the select action." });
  if (el.tagName === "INPUT" && el.type in NOT_TYPED) throw problem("kind", { ...describe(el), wants: NOT_TYPED[el.type] });
  return el;
}

function fillField(el, value) {
  const before = el.value;
  if (!/^(date|time|month|week|datetime-local|number|range|color|email)$/.test(el.type)) el.select();
  // This world's setter is the browser's own: frameworks that watch `value` (React) see the change on the input event.
  const proto = el.tagName === "INPUT" ? HTMLInputElement.prototype : HTMLTextAreaElement.prototype;
  const set = Object.getOwnPropertyDescriptor(proto, "value").set;
  set.call(el, value);
  const same = el.tagName === "TEXTAREA" ? el.value === value.replace(/\r\n?/g, "\n") : el.value === value;
  if (!same && !(el.type === "color" && el.value === value.toLowerCase()) && !sameNumber(el, value)) {
    const took = el.value;
    if (el.type !== "email" && el.type !== "url") {
      set.call(el, before);
      throw problem("format", { ...describe(el), type: el.type, took: secret(el) ? MASK : took, secret: secret(el) });
    }
  }
  el.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "insertText", data: value }));
  el.dispatchEvent(new Event("change", { bubbles: true }));
}

const sameNumber = (el, value) => /^(number|range)$/.test(el.type) && el.value !== "" && Number(el.value) === Number(value);

function fillEditable(el, value) {
  const range = document.createRange();
  range.selectNodeContents(el);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  // Editors listen to the events of real editing; only execCommand makes them.
  if (value) document.execCommand("insertText", false, value);
  else document.execCommand("delete");
}

async function select({ target, value, timeout }) {
  return patiently(timeout, async () => {
    const found = one(target);
    const el = found.tagName === "LABEL" && found.control ? found.control : found;
    if (el.tagName !== "SELECT") throw problem("kind", { ...describe(el), wants: "It is no native select: click it, then click its option." });
    await ready({ ref: refOf(el) }, { pointer: false });
    const chosen = optionsFor(el, value);
    el.focus();
    for (const option of el.options) option.selected = chosen.includes(option);
    el.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    el.dispatchEvent(new Event("change", { bubbles: true }));
    return acted(el, { chose: chosen.map((option) => squash(option.label)) });
  });
}

function optionsFor(el, value) {
  const whole = optionFor(el, value);
  if (whole) return [whole];
  const parts = el.multiple ? value.split(",").map((part) => optionFor(el, part.trim())) : [];
  if (parts.length && parts.every(Boolean)) return parts;
  const labels = [...el.options].map((option) => squash(option.label) + (option.disabled ? " (disabled)" : ""));
  throw problem("option", { ...describe(el), options: labels.slice(0, 20), more: Math.max(0, labels.length - 20) });
}

function optionFor(el, value) {
  const options = [...el.options].filter((option) => !option.disabled && !option.closest("optgroup:disabled"));
  const by = (test) => options.filter(test);
  const want = fold(value);
  return by((it) => squash(it.label) === squash(value))[0] || by((it) => it.value === value)[0] ||
    by((it) => fold(it.label) === want || fold(it.value) === want)[0] ||
    (want && by((it) => fold(it.label).includes(want)).length === 1 ? by((it) => fold(it.label).includes(want))[0] : undefined);
}
