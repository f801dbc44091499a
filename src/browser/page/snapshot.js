// From nodes to lines: folding of long repetitions, `find`, and the budget.

// Each try folds harder; the first that fits is taken, the last is cut.
const TRIES = [{ over: 20, keep: 8 }, { over: 10, keep: 5 }, { over: 6, keep: 3 }, { over: 3, keep: 2 }, { over: 2, keep: 1 }];
// A hit inside one of these shows all of it, while it is small: the button next to the text that was looked for.
const UNITS = new Set("row listitem article group dialog alert treeitem".split(" "));

function snapshot({ root, find, max_chars: max = 8000 }) {
  const nodes = [];
  build(root ? one(root) : document.body || document.documentElement, nodes, {});
  const top = { role: "", children: nodes };
  tidyTexts(top);
  const kept = find ? nodes.map((node) => matching(node, squash(find).toLowerCase())).filter(Boolean) : nodes;
  const total = kept.reduce((sum, node) => sum + size(node), 0);
  let page;
  for (const [index, folding] of TRIES.entries()) {
    page = { lines: [], chars: 0, shown: 0, max, frames: [], last: index === TRIES.length - 1, ...folding };
    if (renderAll(kept, 0, page)) break;
  }
  shownFrames = page.frames.map(({ el }) => el);
  const left = total - page.shown;
  if (page.full) page.lines.push(`- … ${left} nodes left out; use find or root`);
  return {
    tree: page.lines.join("\n"), shown: page.shown, left_out: left, url: location.href, title: document.title,
    frames: page.frames.map(({ line, indent, ref }) => ({ line, indent, ref })), next: nextNumber,
  };
}

// The iframes of the last snapshot, in order: `frameWindows` hands them to the Rust side as browsing contexts.
let shownFrames = [];

function frameWindows({ shown }) {
  return (shown ? shownFrames : frameElements()).map((el) => el.contentWindow);
}

const frameElements = () => [...all(document)].filter((el) => /^I?FRAME$/.test(el.tagName));

function tidyTexts(top) {
  for (const child of top.children) if (child.role === "text") child.name = squash(child.name);
  top.children = top.children.filter((child) => child.role !== "text" || child.name);
}

const size = (node) => (node.size ??= 1 + node.children.reduce((sum, child) => sum + size(child), 0));

function matching(node, needle) {
  const children = node.children.map((child) => matching(child, needle)).filter(Boolean);
  const whole = { ...node, hit: true };
  if (lineOf(node).toLowerCase().includes(needle) || (node.name || "").toLowerCase().includes(needle)) {
    return size(node) <= 20 ? whole : { ...node, hit: true, children, size: undefined };
  }
  if (node.role === "iframe") return node;
  if (!children.length) return null;
  const near = UNITS.has(node.role) && size(node) <= 15 && children.some((child) => child.hit || child.near);
  return near ? { ...node, near: true } : { ...node, near: children.some((child) => child.near), children, size: undefined };
}

// What makes siblings alike: the role, and the roles right below.
function shape(node) {
  if (node.role === "text") return "text";
  return `${node.role}${node.header ? "!" : ""}(${[...new Set(node.children.map((child) => child.role))].sort().join()})`;
}

// False: it did not fit and a harder folding is there to be tried.
function renderAll(nodes, depth, page) {
  const counts = new Map();
  if (nodes.length > page.over) for (const node of nodes) counts.set(shape(node), (counts.get(shape(node)) || 0) + 1);
  const seen = new Map();
  let folded = [];
  // Once one shape is full, all that repeat are folded: a list of heading, text, button, heading, … stays one list.
  let full = false;
  for (const node of nodes) {
    const key = shape(node);
    const place = (seen.get(key) || 0) + 1;
    seen.set(key, place);
    if ((counts.get(key) || 0) > page.over && (full || place > page.keep)) {
      full = true;
      folded.push(node);
      continue;
    }
    if (!flush(folded, depth, page)) return false;
    folded = [];
    if (!renderOne(node, depth, page)) return false;
  }
  return flush(folded, depth, page);
}

function flush(folded, depth, page) {
  if (!folded.length || page.full) return true;
  const roles = new Set(folded.map((node) => node.role));
  const what = roles.size === 1 ? plural([...roles][0]) : "nodes";
  return add(`${"  ".repeat(depth)}- … ${folded.length} more ${what} like these; use find or root`, page);
}

const plural = (role) => ({ text: "texts", listbox: "listboxes", searchbox: "searchboxes", combobox: "comboboxes" })[role] || `${role.replace(/y$/, "ie").replace(/x$/, "xe").replace(/s$/, "")}s`;

function renderOne(node, depth, page) {
  const line = page.lines.length;
  if (!add(`${"  ".repeat(depth)}- ${lineOf(node)}`, page)) return false;
  if (page.full) return true;
  page.shown += 1;
  if (node.role === "iframe") page.frames.push({ el: node.el, line, indent: depth + 1, ref: refOf(node.el) });
  return node.children.length ? renderAll(node.children, depth + 1, page) : true;
}

function add(line, page) {
  if (page.full) return true;
  if (page.chars + line.length + 1 > page.max - 60) {
    if (!page.last) return false;
    page.full = true;
    return true;
  }
  page.lines.push(line);
  page.chars += line.length + 1;
  return true;
}
