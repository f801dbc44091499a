// The snapshot: one pass over what a person can perceive, as a small tree of plain nodes.

const ACTED_ON = new Set(("button checkbox combobox link listbox menuitem menuitemcheckbox menuitemradio option radio " +
  "scrollbar searchbox slider spinbutton switch tab textbox treeitem video audio canvas iframe").split(" "));
// Not acted on, but worth a ref: `root` and screenshots start from them.
const LANDMARKS = new Set(("alert alertdialog banner complementary contentinfo dialog form grid img list log main menu " +
  "navigation region search status table tablist tabpanel toolbar tree treegrid").split(" "));
// Wrappers that say nothing by themselves; their children take their place.
const TRANSPARENT = new Set(("generic none paragraph rowgroup emphasis strong code blockquote definition term subscript " +
  "superscript insertion deletion time mark").split(" "));
const ONLY_NAMED = new Set("group figure img canvas region form".split(" "));
// Their text stands on their own line.
const HOLDS_TEXT = new Set("listitem cell gridcell columnheader rowheader status alert log caption legend note".split(" "));
const CELLS = new Set("cell gridcell columnheader rowheader".split(" "));

// Their text is already the name of what is around them.
const NAMES_ITS_PARENT = new Set(["LEGEND", "CAPTION", "FIGCAPTION"]);

function build(el, out, above) {
  const tag = el.tagName.toUpperCase();
  if (SILENT.has(tag) || el.getAttribute("aria-hidden") === "true") return;
  if (tag === "BR") {
    out.spaced = true;
    return;
  }
  const style = getComputedStyle(el);
  if (!rendered(el, style)) return;
  if (style.visibility !== "visible") return buildChildren(el, out, above);
  const role = roleOf(el);
  const pointer = style.cursor === "pointer";
  const below = { pointer };
  if (NAMES_ITS_PARENT.has(tag) && above.named) return buildChildren(el, out, { ...below, mute: true });
  if (tag === "LABEL" && labelsItsControl(el)) return buildChildren(el, out, { ...below, mute: true });
  const clickable = !ACTED_ON.has(role) && tag !== "LABEL" && isClickable(el, pointer && !above.pointer);
  const inline = style.display.startsWith("inline") || style.display === "contents";
  if (TRANSPARENT.has(role) && !clickable && !el.hasAttribute("aria-label")) {
    if (!inline) out.broken = true;
    buildChildren(el, out, { ...below, mute: above.mute });
    if (!inline) out.broken = true;
    return;
  }
  const node = { el, role, name: role === "row" ? "" : nameOf(el, role), clickable, children: [] };
  if (tag !== "SELECT" && tag !== "SVG" && !fieldTag(tag)) buildChildren(el, node.children, { ...below, named: node.name !== "" });
  tidy(node, out);
}

const fieldTag = (tag) => tag === "INPUT" || tag === "TEXTAREA" || tag === "IFRAME" || tag === "PROGRESS" || tag === "METER";

function buildChildren(el, out, above) {
  for (const child of flatChildren(el)) {
    if (child.nodeType === 1) build(child, out, above);
    else if (child.nodeType === 3 && !above.mute) addText(child, el, out);
  }
}

function addText(text, el, out) {
  const words = text.data.replace(/[\s\u00a0]+/g, " ");
  if (words === " " || words === "") {
    if (out.length) out.spaced = true;
    return;
  }
  if (el.tagName !== "SLOT" && getComputedStyle(el).visibility !== "visible") return;
  const last = out[out.length - 1];
  if (last && last.role === "text" && !out.broken) last.name += (out.spaced ? " " : "") + words;
  else out.push({ role: "text", name: words, children: [] });
  out.broken = out.spaced = false;
}

// A label whose text is already the name of the control it belongs to.
function labelsItsControl(label) {
  const control = label.control;
  return control && (visible(control) || control.type === "checkbox" || control.type === "radio") && !named(control);
}

function isClickable(el, pointer) {
  if (el === document.body || el === document.documentElement) return false;
  return pointer || el.hasAttribute("onclick") || (el.hasAttribute("tabindex") && el.tabIndex >= 0) ||
    (el.isContentEditable && !el.parentElement?.isContentEditable);
}

function tidy(node, out) {
  for (const child of node.children) if (child.role === "text") child.name = squash(child.name);
  node.children = node.children.filter((child) => child.role !== "text" || child.name);
  const { el, role } = node;
  const onlyText = node.children.every((child) => child.role === "text");
  if (NAMED_BY_CONTENT.has(role) && !CELLS.has(role) && role !== "row") node.children = onlyText ? [] : unnamed(node);
  else if (CELLS.has(role) && !onlyText) node.name = "";
  else if (node.clickable && !node.name && onlyText) node.name = node.children.map((child) => child.name).join(" ");
  if (onlyText && (CELLS.has(role) || node.clickable)) node.children = [];
  else if (onlyText && HOLDS_TEXT.has(role)) {
    node.inline = node.children.map((child) => child.name).join(" ");
    node.children = [];
  }
  if (ONLY_NAMED.has(role) && !node.name && !node.clickable) return out.push(...node.children);
  if (role === "row") tidyRow(node);
  if (role === "textbox" && el.isContentEditable) node.children = node.children.filter((child) => child.role !== "text");
  if (role === "listitem" && !node.clickable) {
    if (node.children.length === 1) return out.push(node.children[0]);
    if (!node.children.length && !node.inline) return out;
  }
  return out.push(node);
}

// A row in one line: its plain cells side by side, and below it what can be acted on.
function tidyRow(node) {
  const cells = node.children;
  if (!cells.length || !cells.every((cell) => CELLS.has(cell.role) && !cell.clickable)) return;
  node.header = cells.every((cell) => cell.role === "columnheader");
  node.inline = cells.map((cell) => cell.name).filter(Boolean).join(" | ");
  node.children = cells.flatMap((cell) => cell.children);
}

// Children of a node that is named by its content: what only repeats the name goes.
function unnamed(node) {
  const name = node.name.toLowerCase();
  const keep = (child) => ACTED_ON.has(child.role) || child.clickable || child.children.length > 0 ||
    !(child.role === "text" || name.includes((child.name || child.inline || "").toLowerCase()));
  return node.children.filter(keep);
}

function words(el, role) {
  const out = [];
  const aria = (key) => el.getAttribute(`aria-${key}`);
  const checked = el.indeterminate ? "mixed" : el.type === "checkbox" || el.type === "radio" ? String(el.checked) : aria("checked");
  if (checked === "true") out.push("checked");
  if (checked === "mixed") out.push("mixed");
  if (disabled(el)) out.push("disabled");
  const expanded = el.tagName === "SUMMARY" ? String(el.parentElement?.open === true) : aria("expanded");
  if (expanded === "true") out.push("expanded");
  if (expanded === "false") out.push("collapsed");
  if (aria("selected") === "true") out.push("selected");
  if (aria("pressed") === "true" || aria("pressed") === "mixed") out.push("pressed");
  if ((aria("invalid") || "false") !== "false" || (el.validity && !el.validity.valid && el.matches(":user-invalid"))) out.push("invalid");
  if (el.required || aria("required") === "true") out.push("required");
  if (el.readOnly || aria("readonly") === "true") out.push("readonly");
  if (role === "heading") out.push(`level=${aria("level") || /^H(\d)$/.exec(el.tagName)?.[1] || 2}`);
  if ((aria("current") || "false") !== "false") out.push(aria("current") === "true" ? "current" : `current=${aria("current")}`);
  if (el === focused()) out.push("focused");
  return out;
}

function disabled(el) {
  if (el.matches(":disabled")) return true;
  for (let up = el; up; up = flatParent(up)) if (up.getAttribute("aria-disabled") === "true") return true;
  return false;
}

function focused() {
  let el = document.activeElement;
  while (el?.shadowRoot?.activeElement) el = el.shadowRoot.activeElement;
  return el === document.body ? null : el;
}

const cut = (text, max) => (text.length > max ? `${text.slice(0, max - 1)}…` : text);
const quote = (text, max = 100) => `"${cut(text, max).replace(/"/g, "'")}"`;

// What a field holds, and what it offers.
function holds(el, role) {
  const tag = el.tagName;
  if (tag === "SELECT") {
    const labels = [...el.options].map((option) => squash(option.label));
    const more = labels.length > 12 ? ` | … ${labels.length - 12} more` : "";
    return ` value=${quote(fieldValue(el))} options=${quote(labels.slice(0, 12).join(" | "), 300).slice(0, -1)}${more}"`;
  }
  if ((tag === "INPUT" && !/^(checkbox|radio|button|submit|reset|image)$/.test(el.type)) || tag === "TEXTAREA") {
    const value = squash(fieldValue(el));
    const hint = !value && el.placeholder && el.placeholder !== nameOf(el, role) ? ` placeholder=${quote(el.placeholder, 60)}` : "";
    return (value ? ` value=${quote(value)}` : "") + hint;
  }
  if (el.isContentEditable && role === "textbox") return ` value=${quote(squash(el.textContent))}`;
  const now = tag === "PROGRESS" || tag === "METER" ? el.value : el.getAttribute("aria-valuetext") || el.getAttribute("aria-valuenow");
  return now || now === 0 ? ` value=${quote(String(now))}` : "";
}

// Where a link goes: the path on its own site, host and path elsewhere; queries may hold secrets.
function goesTo(el) {
  if (el.tagName !== "A" || !el.href || !/^https?:/.test(el.protocol)) return "";
  const query = el.search ? "?…" : "";
  return ` → ${cut((el.origin === location.origin ? "" : el.host) + el.pathname + query + (el.hash.length > 1 ? el.hash : ""), 60)}`;
}

// The words of a node's line; made once.
function lineOf(node) {
  if (node.line !== undefined) return node.line;
  const { el, role, name, inline } = node;
  if (role === "text") return (node.line = `text: ${cut(squash(name), 400)}`);
  const wants = ACTED_ON.has(role) || node.clickable || (LANDMARKS.has(role) && (role !== "img" || name));
  let line = node.header ? "row (header)" : role;
  if (name) line += ` ${quote(name)}`;
  if (wants) line += ` [${note(el, role, name)}]`;
  const states = words(el, role);
  if (states.length) line += ` ${states.join(" ")}`;
  if (node.clickable) line += el.isContentEditable ? " editable" : " clickable";
  line += holds(el, role) + goesTo(el);
  if (inline) line += `: ${cut(inline, 300)}`;
  else if (node.children.length) line += ":";
  return (node.line = line);
}
