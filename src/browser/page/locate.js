// Locators: which elements a target means, what is near when there is none, and the locator that will find one again.

const TEST_IDS = ["data-testid", "data-test-id", "data-test", "data-cy"];
// Roles that people and agents mix up: shown as near when the exact role finds nothing.
const NEAR_ROLES = [["textbox", "searchbox", "combobox", "spinbutton"], ["button", "link", "menuitem", "tab"], ["checkbox", "switch", "menuitemcheckbox"], ["cell", "gridcell"], ["option", "menuitem", "treeitem"], ["dialog", "alertdialog"]];
const FIELDS = new Set("textbox searchbox combobox spinbutton slider checkbox radio switch listbox".split(" "));

// Every element of the document and of its open shadow trees, in document order.
function* all(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
  for (let el = walker.nextNode(); el; el = walker.nextNode()) {
    yield el;
    if (el.shadowRoot) yield* all(el.shadowRoot);
  }
}

function query(css) {
  try {
    document.querySelector(css);
  } catch {
    throw problem("selector", { css });
  }
  const found = [];
  for (const root of roots()) found.push(...root.querySelectorAll(css));
  return found;
}

function roots() {
  const found = [document];
  for (const el of all(document)) if (el.shadowRoot) found.push(el.shadowRoot);
  return found;
}

// All elements that the target means, whole matches before partial ones.
function matches(target) {
  if (target.ref) return [byRef(target.ref)];
  const { role, name, label, text, testid, css } = target;
  let pool;
  if (css) pool = query(css);
  else if (testid) pool = query(TEST_IDS.map((key) => `[${key}]`).join());
  else pool = [...all(document)];
  if (testid) pool = pool.filter((el) => TEST_IDS.some((key) => el.getAttribute(key) === testid));
  if (role) pool = withRole(pool, role.toLowerCase());
  if (!css && !testid) pool = role || name || label ? pool.filter((el) => plausible(el, label)).filter(perceivable) : pool;
  const tests = [];
  if (name) tests.push([name, (el) => nameOf(el)]);
  if (label) tests.push([label, labelOf]);
  if (text && (role || css || testid)) tests.push([text, (el) => squash(el.textContent) || nameOf(el)]);
  if (tests.length) pool = narrowed(pool, tests);
  if (text && !(role || css || testid)) pool = withText(tests.length ? pool : null, text);
  return pool;
}

const plausible = (el, label) => !SILENT.has(el.tagName.toUpperCase()) && (!label || FIELDS.has(roleOf(el)) || el.isContentEditable || el.labels);

const withRole = (pool, role) => pool.filter((el) => roleOf(el) === role);

function labelOf(el) {
  return labelText(el, new Set()) || referencedText(el, "aria-labelledby", new Set()) || squash(el.getAttribute("aria-label")) ||
    squash(el.getAttribute("placeholder")) || (FIELDS.has(roleOf(el)) ? nameOf(el) : "");
}

const fold = (text) => squash(text).toLowerCase();

function narrowed(pool, tests) {
  const wanted = tests.map(([want, read]) => [fold(want), read]);
  const part = pool.map((el) => [el, wanted.map(([want, read]) => [want, fold(read(el))])])
    .filter(([, pairs]) => pairs.every(([want, has]) => has && has.includes(want)));
  const whole = part.filter(([, pairs]) => pairs.every(([want, has]) => want === has));
  return (whole.length ? whole : part).map(([el]) => el);
}

// The smallest elements that hold the text.
function withText(pool, text) {
  const want = fold(text);
  const inPool = pool && new Set(pool);
  const part = [];
  for (const root of roots()) collectText(root, want, part);
  const found = (inPool ? part.filter(({ el }) => inPool.has(el)) : part).filter(({ el }) => perceivable(el));
  const whole = found.filter(({ has }) => has === want);
  return (whole.length ? whole : found).map(({ el }) => el);
}

function collectText(node, want, out) {
  let deeper = false;
  for (const child of node.children) {
    if (SILENT.has(child.tagName.toUpperCase())) continue;
    const own = child.tagName === "INPUT" && /^(button|submit|reset)$/.test(child.type) ? child.value : child.textContent;
    const has = fold(own);
    if (!has.includes(want)) continue;
    deeper = true;
    if (!collectText(child, want, out)) out.push({ el: child, has });
  }
  return deeper;
}

// The one element that a target means, or a problem that says why there is not one.
function one(target) {
  const found = matches(target);
  if (target.nth) {
    if (found.length >= target.nth) return found[target.nth - 1];
    throw problem("missing", { count: found.length, near: near(target) });
  }
  if (!found.length) throw problem("missing", { count: 0, near: near(target) });
  if (found.length === 1) return found[0];
  const seen = found.filter(visible);
  if (seen.length === 1) return seen[0];
  const able = seen.filter((el) => !disabled(el));
  if (able.length === 1) return able[0];
  // A cell or a row is named by the button in it: the one that can be acted on is meant.
  const meant = target.role ? able : able.filter((el) => ACTED_ON.has(roleOf(el)) || !able.some((it) => it !== el && contains(el, it)));
  const acting = meant.filter((el) => !meant.some((it) => it !== el && contains(it, el) && ACTED_ON.has(roleOf(it))));
  if (acting.length === 1) return acting[0];
  const list = seen.length ? seen : found;
  throw problem("several", { count: list.length, matches: list.slice(0, 8).map(describe) });
}

function contains(outer, inner) {
  for (let up = flatParent(inner); up; up = flatParent(up)) if (up === outer) return true;
  return false;
}

// What a person would have meant: elements of the same kind, the most similar first.
function near({ role, name, label, text, testid, css }) {
  if (testid) {
    const ids = query(TEST_IDS.map((key) => `[${key}]`).join()).map((el) => TEST_IDS.map((key) => el.getAttribute(key)).find(Boolean));
    return best([...new Set(ids)].map((id) => ({ testid: id, score: alike(id, testid) })));
  }
  if (css) return [];
  if (text && !role && !name && !label) return nearText(text);
  const want = name || label || text || "";
  const kin = NEAR_ROLES.find((group) => group.includes(role)) || [role];
  const pool = [];
  for (const el of all(document)) {
    const its = roleOf(el);
    const sameKind = role ? kin.includes(its) : label ? FIELDS.has(its) : false;
    const worth = sameKind || ACTED_ON.has(its) || (text && !name && its === "heading");
    if (!worth || its === "iframe" || pool.length > 2000 || !perceivable(el)) continue;
    const has = nameOf(el, its);
    const score = alike(has, want) + (its === role ? 0.35 : sameKind ? 0.25 : 0);
    if (score > 0.2) pool.push({ el, score });
  }
  return best(pool).map(({ el }) => describe(el));
}

function nearText(text) {
  const lines = new Map();
  for (const root of roots()) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node && lines.size < 3000; node = walker.nextNode()) {
      const line = squash(node.data);
      if (line.length > 1 && !lines.has(line) && node.parentElement && perceivable(node.parentElement)) lines.set(line, alike(line, text));
    }
  }
  return best([...lines].filter(([, score]) => score > 0.25).map(([line, score]) => ({ text: cut(line, 120), score })));
}

// The best five, without those that are far behind the first.
function best(list) {
  list.sort((a, b) => b.score - a.score);
  return list.filter(({ score }) => score > list[0].score / 2).slice(0, 5);
}

// Dice coefficient over letter pairs: 0 nothing in common, 1 the same.
function alike(a, b) {
  const pairs = (text) => {
    const folded = fold(text).slice(0, 80);
    return new Set(Array.from({ length: Math.max(0, folded.length - 1) }, (_, i) => folded.slice(i, i + 2)));
  };
  const [x, y] = [pairs(a), pairs(b)];
  if (!x.size || !y.size) return fold(a) === fold(b) && fold(a) ? 1 : 0;
  let shared = 0;
  for (const pair of x) if (y.has(pair)) shared += 1;
  return (2 * shared) / (x.size + y.size);
}

// The locator that a scenario file keeps: the most telling one that finds this element and no other.
function durable(el) {
  const role = roleOf(el);
  const name = nameOf(el, role);
  const tries = [];
  for (const key of TEST_IDS) if (el.getAttribute(key)) tries.push({ testid: el.getAttribute(key) });
  if (role !== "generic" && role !== "none" && name && name.length <= 80) tries.push({ role, name });
  const label = FIELDS.has(role) ? labelOf(el) : "";
  if (label && label.length <= 80) tries.push({ label });
  const text = squash(el.textContent);
  if (text && text.length <= 80) tries.push({ text });
  for (const target of tries) if (only(target, el)) return target;
  const path = cssPath(el);
  if (only({ css: path }, el)) return { css: path };
  for (const target of [...tries, { css: path }]) {
    const place = found(target).indexOf(el);
    if (place >= 0) return { ...target, nth: place + 1 };
  }
  return null;
}

const found = (target) => {
  try {
    return matches(target);
  } catch {
    return [];
  }
};
const only = (target, el) => {
  const list = found(target);
  return list.length === 1 && list[0] === el;
};

// An id that a person wrote, else a short path from one.
function cssPath(el) {
  const steps = [];
  for (let up = el; up && up !== document.documentElement && steps.length < 8; up = up.parentElement) {
    const id = up.id && !/\d{3,}|^[:\d]|radix|react-aria|headlessui/.test(up.id) ? `#${CSS.escape(up.id)}` : "";
    const same = [...(up.parentNode?.children || [])].filter((it) => it.tagName === up.tagName);
    const tag = up.tagName.toLowerCase();
    steps.unshift(id || (same.length > 1 ? `${tag}:nth-of-type(${same.indexOf(up) + 1})` : tag));
    if (only({ css: steps.join(" > ") }, el)) break;
  }
  return steps.join(" > ");
}
