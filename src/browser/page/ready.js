// Waiting, inside the page, until an element can be acted on; and the hit test right before the act.

// The next frame; where the tab draws none (it is in the background), a moment.
function nextFrame() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

// Until something changes in the document, at most `limit` ms. Shadow trees and field values make no mutation here, so
// the limit is short.
function change(limit) {
  return new Promise((resolve) => {
    const done = () => {
      observer.disconnect();
      clearTimeout(timer);
      resolve();
    };
    const observer = new MutationObserver(done);
    const timer = setTimeout(done, Math.max(0, limit));
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}

// An ambiguous target may be a page between two states: wait so long before saying so.
const AMBIGUOUS_FOR = 400;

// Tries until it works or the time is up; then the last problem is thrown.
async function patiently(timeout, attempt) {
  const began = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!error.problem) throw error;
      const spent = performance.now() - began;
      const { kind } = error.problem;
      const final = /^(stale|selector|kind|option|format)$/.test(kind) || (kind === "several" && spent > AMBIGUOUS_FOR);
      if (final || spent >= timeout) throw error;
      // A long near-list is only needed for the last problem, but costs little next to a frame.
      await change(Math.min(100, timeout - spent));
    }
  }
}

// What a click on the label does for a box that is itself not to be seen.
function stand(el) {
  const box = /^(checkbox|radio)$/.test(el.type);
  if (box && (!visible(el) || getComputedStyle(el).opacity === "0")) return [...el.labels].find(visible) || el;
  return el;
}

async function ready(target, { pointer = true, editable = false } = {}) {
  const el = one(target);
  const shown = pointer ? stand(el) : el;
  if (!visible(shown)) throw problem("invisible", describe(el));
  if (disabled(el)) throw problem("disabled", describe(el));
  if (editable && (el.readOnly || el.getAttribute("aria-readonly") === "true")) throw problem("readonly", describe(el));
  if (!pointer) {
    shown.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    return { el };
  }
  bringIntoView(shown);
  await still(shown);
  let point = clickPoint(shown);
  let by = point && inTheWay(shown, el, point);
  if (!point || by) {
    // A sticky header, or an own scroller: the middle of the screen is the best place.
    shown.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    await nextFrame();
    point = clickPoint(shown);
    if (!point) throw problem("outside", describe(el));
    by = inTheWay(shown, el, point);
  }
  if (by) throw problem("obscured", { ...describe(el), by: describe(meaningful(by)) });
  return { el, point };
}

function bringIntoView(el) {
  const box = el.getBoundingClientRect();
  const inside = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
  if (!inside) el.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
}

// The same place in two frames, one after the other.
async function still(el) {
  const place = () => {
    const { x, y, width, height } = el.getBoundingClientRect();
    return `${x},${y},${width},${height}`;
  };
  const before = place();
  await nextFrame();
  const between = place();
  if (before === between && !moving(el)) return;
  await nextFrame();
  if (!el.isConnected || between !== place()) throw problem("moving", describe(el));
}

const moving = (el) => {
  for (let up = el; up; up = flatParent(up)) {
    if (up.getAnimations?.().some((it) => it.playState === "running" && it.effect?.getComputedTiming().endTime !== Infinity)) return true;
  }
  return false;
};

// The middle of what is on the screen of the element's first box that is.
function clickPoint(el) {
  for (const box of [...el.getClientRects(), el.getBoundingClientRect()]) {
    const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)];
    const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
    if (right - left >= 1 && bottom - top >= 1) return { x: Math.floor((left + right) / 2), y: Math.floor((top + bottom) / 2) };
  }
  for (const child of el.children) {
    const point = clickPoint(child);
    if (point) return point;
  }
  return null;
}

function hitAt({ x, y }) {
  let hit = document.elementFromPoint(x, y);
  while (hit?.shadowRoot) {
    const deeper = hit.shadowRoot.elementFromPoint(x, y);
    if (!deeper || deeper === hit) break;
    hit = deeper;
  }
  return hit;
}

// The element that would take the click instead; null when the click lands right.
function inTheWay(shown, el, point) {
  const hit = hitAt(point);
  if (!hit) return document.documentElement;
  for (let up = hit; up; up = flatParent(up)) {
    if (up === shown || up === el) return null;
    if (up.tagName === "LABEL" && up.control === el) return null;
  }
  // An element without a box of its own (display: contents) is hit through its children only; one whose wrapper takes the
  // pointer for it (`pointer-events: none` on an icon button's glyph) is hit through the wrapper.
  if (getComputedStyle(shown).pointerEvents === "none" && hit.contains(shown) && (isClickable(hit, false) || ACTED_ON.has(roleOf(hit)))) return null;
  return hit;
}

// The nearest element around that says something: `dialog "Cookies"` rather than a nameless div.
function meaningful(el) {
  for (let up = el; up && up !== document.body && up !== document.documentElement; up = flatParent(up)) {
    const role = roleOf(up);
    if (role !== "none" && role !== "generic" && (nameOf(up, role) || LANDMARKS.has(role))) return up;
  }
  return el;
}
