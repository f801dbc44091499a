// Looking without touching: expectations, and what an element or the page says.

// Waits until all that the step names is so; the problem says what was there instead.
async function expectation({ target, value, url, gone, timeout }) {
  return patiently(timeout, async () => {
    if (url && !location.href.includes(url)) throw problem("url", { url: location.href });
    if (!target) return {};
    if (gone) return expectGone(target);
    if (value === undefined || value === null) return expectThere(target);
    return expectValue(target, value);
  });
}

function expectGone(target) {
  let found;
  try {
    found = matches(target);
  } catch (error) {
    if (error.problem?.kind === "stale") return {};
    throw error;
  }
  const there = picked(found, target).filter(visible);
  if (there.length) throw problem("there", { count: there.length, ...describe(there[0]) });
  return {};
}

const picked = (found, { nth }) => (nth ? found.slice(nth - 1, nth) : found);

function expectThere(target) {
  const found = picked(matches(target), target);
  const el = found.find(visible);
  if (el) return acted(el);
  if (found.length) throw problem("invisible", describe(found[0]));
  throw problem("missing", { count: 0, near: near(target) });
}

function expectValue(target, value) {
  const found = picked(matches(target), target);
  if (!found.length) throw problem("missing", { count: 0, near: near(target) });
  const el = found.find((it) => visible(it) && holdsText(it).includes(squash(value)));
  if (el) return acted(el);
  const first = found.find(visible);
  if (!first) throw problem("invisible", describe(found[0]));
  throw problem("value", { ...describe(first), holds: holdsText(first, true).slice(0, 300), secret: secret(first) });
}

// What a person reads on it: the value of a field, else its text. A secret can be compared, not shown.
function holdsText(el, show = false) {
  if (el.tagName === "INPUT" && /^(checkbox|radio)$/.test(el.type)) return el.checked ? "checked" : "unchecked";
  if (el.tagName === "SELECT") return fieldValue(el);
  if (el.tagName === "INPUT" || el.tagName === "TEXTAREA") return show ? fieldValue(el) : squash(el.value);
  return squash(el.innerText ?? el.textContent) || nameOf(el);
}

// How many elements a target means here, at once.
function count({ target }) {
  try {
    return { count: matches(target).length };
  } catch (error) {
    if (error.problem?.kind === "stale" || error.problem?.kind === "selector") throw error;
    return { count: 0 };
  }
}

function readText({ target }) {
  const el = target ? one(target) : document.body || document.documentElement;
  const hosts = [...all(el)].some((it) => it.shadowRoot) || el.shadowRoot;
  const text = hosts ? flatText(el) : el.innerText ?? el.textContent;
  return { text: text.replace(/[ \t]+\n/g, "\n").replace(/\n{3,}/g, "\n\n").trim() };
}

// innerText does not see shadow trees.
function flatText(el) {
  let out = "";
  for (const node of flatChildren(el)) {
    if (node.nodeType === 3) out += node.data.replace(/\s+/g, " ");
    if (node.nodeType !== 1 || SILENT.has(node.tagName.toUpperCase()) || !rendered(node)) continue;
    const inline = INLINE.has(node.tagName) && getComputedStyle(node).display.startsWith("inline");
    out += inline ? flatText(node) : `\n${flatText(node)}\n`;
  }
  return out;
}

function readElement({ target }) {
  const el = one(target);
  const role = roleOf(el);
  const box = el.getBoundingClientRect();
  const attributes = [...el.attributes].slice(0, 40).map(({ name, value }) => [name, name === "value" && secret(el) ? MASK : cut(value, 200)]);
  return {
    ...describe(el), states: words(el, role), visible: visible(el), value: "value" in el && el.tagName !== "LI" ? fieldValue(el) : null,
    text: cut(squash(el.innerText ?? el.textContent), 500), attributes,
    box: [box.x, box.y, box.width, box.height].map(Math.round), durable: durable(el),
  };
}

// Where an element is on the screen, after scrolling to it.
async function boxFor({ target }) {
  const el = one(target);
  if (!visible(el)) throw problem("invisible", describe(el));
  bringIntoView(el);
  await nextFrame();
  const { x, y, width, height } = el.getBoundingClientRect();
  return { x, y, width, height };
}

// The inside of a frame element: where the frame's own viewport begins.
function frameBox({ place }) {
  const el = frameElements()[place];
  const { x, y, width, height } = el.getBoundingClientRect();
  return { x: x + el.clientLeft, y: y + el.clientTop, width, height };
}

// Brings a point inside a frame into view, and tells whether a click there reaches the frame, as far as this document can
// tell: a frame of another site cannot scroll the documents around it.
async function frameHit({ place, x, y }) {
  const el = frameElements()[place];
  const at = () => {
    const box = el.getBoundingClientRect();
    return { x: box.x + el.clientLeft + x, y: box.y + el.clientTop + y };
  };
  if (!hitAt(at())) el.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  await nextFrame();
  const point = at();
  const by = hitAt(point) && inTheWay(el, el, point);
  if (by) throw problem("obscured", { ...describe(el), by: describe(meaningful(by)) });
  return point;
}

const OPERATIONS = {
  snapshot, aim, aimBox, verifyBox, focusOn, fill, select, expectation, count, readText, readElement, boxFor, frameBox, frameHit,
};

// The one door: errors come back as data, since an exception carries only a sentence.
async function run(operation, input) {
  enter(input);
  try {
    return { ...(await OPERATIONS[operation](input)), next: nextNumber };
  } catch (error) {
    if (!error.problem) throw error;
    return { problem: error.problem, next: nextNumber };
  }
}

return { run, frameWindows };
