// What an element is to a person: role, accessible name, visibility. The basics of ARIA 1.2 and accname 1.2.

const squash = (text) => (text || "").replace(/[\s\u00a0]+/g, " ").trim();

const IMPLICIT = {
  ARTICLE: "article", ASIDE: "complementary", BUTTON: "button", DATALIST: "listbox", DD: "definition",
  DETAILS: "group", DFN: "term", DIALOG: "dialog", DT: "term", FIELDSET: "group", FIGURE: "figure", H1: "heading",
  H2: "heading", H3: "heading", H4: "heading", H5: "heading", H6: "heading", HR: "separator", IFRAME: "iframe",
  FRAME: "iframe", LI: "listitem", MAIN: "main", MENU: "list", METER: "meter", NAV: "navigation", OL: "list",
  OPTGROUP: "group", OPTION: "option", OUTPUT: "status", P: "paragraph", PROGRESS: "progressbar", SEARCH: "search",
  SUMMARY: "button", TABLE: "table", TBODY: "rowgroup", TFOOT: "rowgroup", THEAD: "rowgroup", TEXTAREA: "textbox",
  TR: "row", UL: "list", VIDEO: "video", AUDIO: "audio", CANVAS: "canvas", BLOCKQUOTE: "blockquote",
};
const INPUTS = {
  button: "button", submit: "button", reset: "button", image: "button", checkbox: "checkbox", radio: "radio",
  range: "slider", number: "spinbutton", search: "searchbox", hidden: null,
};
const SECTIONING = "article,aside,main,nav,section,[role=article],[role=complementary],[role=main],[role=navigation],[role=region]";
const NAMED_BY_CONTENT = new Set(("button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox " +
  "menuitemradio option radio row rowheader switch tab tooltip treeitem").split(" "));
const NO_NAME = new Set("generic paragraph presentation none code emphasis strong blockquote term definition rowgroup".split(" "));
const INLINE = new Set(("A ABBR B BDI BDO CITE CODE EM FONT I KBD LABEL MARK Q S SMALL SPAN STRONG SUB SUP TIME U VAR " +
  "WBR SLOT").split(" "));
const SILENT = new Set("SCRIPT STYLE TEMPLATE NOSCRIPT HEAD META LINK TITLE BASE".split(" "));

function roleOf(el) {
  for (const word of (el.getAttribute("role") || "").toLowerCase().split(/\s+/)) {
    if (word === "none" || word === "presentation") return focusable(el) ? implicitRole(el) : "none";
    if (word) return word === "image" ? "img" : word;
  }
  return implicitRole(el);
}

function implicitRole(el) {
  const tag = el.tagName.toUpperCase();
  switch (tag) {
    case "A": case "AREA": return el.hasAttribute("href") ? "link" : "generic";
    case "INPUT": return inputRole(el);
    case "SELECT": return el.multiple || el.size > 1 ? "listbox" : "combobox";
    case "IMG": return el.getAttribute("alt") === "" && !el.title ? "none" : "img";
    case "SVG": return "img";
    case "SECTION": return named(el) ? "region" : "generic";
    case "FORM": return named(el) ? "form" : "generic";
    case "HEADER": return el.closest(SECTIONING) ? "generic" : "banner";
    case "FOOTER": return el.closest(SECTIONING) ? "generic" : "contentinfo";
    case "TD": return /^(grid|treegrid)$/.test(el.closest("table")?.getAttribute("role") || "") ? "gridcell" : "cell";
    case "TH": return el.scope === "row" || el.scope === "rowgroup" ? "rowheader" : "columnheader";
    case "DETAILS": return "group";
    default: return IMPLICIT[tag] || "generic";
  }
}

function inputRole(el) {
  if (el.type in INPUTS) return INPUTS[el.type] || "none";
  if (el.list) return "combobox";
  return "textbox";
}

const named = (el) => el.hasAttribute("aria-label") || el.hasAttribute("aria-labelledby") || el.hasAttribute("title");

function focusable(el) {
  return el.tabIndex >= 0 || el.isContentEditable;
}

// Children in the order a person sees them: shadow trees and slots filled in.
function flatChildren(el) {
  if (el.shadowRoot) return el.shadowRoot.childNodes;
  if (el.tagName === "SLOT" && el.getRootNode() instanceof ShadowRoot) {
    const assigned = el.assignedNodes();
    if (assigned.length) return assigned;
  }
  return el.childNodes;
}

function flatParent(node) {
  return node.assignedSlot || node.parentElement || (node.getRootNode() instanceof ShadowRoot ? node.getRootNode().host : null);
}

// `display: contents` has no box of its own, so checkVisibility says false for it.
function rendered(el, style) {
  return el.checkVisibility() || (style || getComputedStyle(el)).display === "contents";
}

// Whether a person, or a screen reader, can meet it.
function perceivable(el) {
  if (!el.isConnected) return false;
  const style = getComputedStyle(el);
  if (style.visibility !== "visible" || !rendered(el, style)) return false;
  for (let up = el; up; up = flatParent(up)) if (up.getAttribute("aria-hidden") === "true") return false;
  return true;
}

// Whether it has a place on the screen that could be acted on.
function visible(el) {
  if (!el.isConnected || getComputedStyle(el).visibility !== "visible" || !rendered(el)) return false;
  const box = el.getBoundingClientRect();
  return (box.width > 0 && box.height > 0) || [...el.children].some(visible);
}

function nameOf(el, role = roleOf(el)) {
  if (NO_NAME.has(role) && !named(el)) return "";
  return squash(accessibleName(el, role, new Set()));
}

function accessibleName(el, role, seen) {
  const referenced = referencedText(el, "aria-labelledby", seen);
  if (referenced) return referenced;
  const label = squash(el.getAttribute("aria-label"));
  if (label) return label;
  if (role !== "none") {
    const native = nativeName(el, seen);
    if (native) return native;
  }
  if (NAMED_BY_CONTENT.has(role) || el.tagName === "SUMMARY") {
    const content = squash(contentText(el, seen));
    if (content) return content;
  }
  return squash(el.getAttribute("title")) || squash(el.getAttribute("placeholder")) || squash(el.getAttribute("aria-placeholder"));
}

function referencedText(el, attribute, seen) {
  const ids = (el.getAttribute(attribute) || "").split(/\s+/).filter(Boolean);
  if (!ids.length || seen.has(el)) return "";
  const root = el.getRootNode();
  return squash(ids.map((id) => {
    const other = root.getElementById ? root.getElementById(id) : document.getElementById(id);
    if (!other) return "";
    const next = new Set(seen).add(el);
    return squash(other.getAttribute("aria-label")) || nativeName(other, next) || contentText(other, next, true);
  }).join(" "));
}

function nativeName(el, seen) {
  switch (el.tagName.toUpperCase()) {
    case "INPUT":
      if (/^(button|submit|reset)$/.test(el.type)) return el.value || { submit: "Submit", reset: "Reset" }[el.type] || labelText(el, seen);
      if (el.type === "image") return el.alt || el.value || el.title || "Submit";
      return labelText(el, seen);
    case "TEXTAREA": case "SELECT": case "METER": case "PROGRESS": case "OUTPUT": case "BUTTON":
      return labelText(el, seen);
    case "IMG": case "AREA": return el.getAttribute("alt") || "";
    case "FIELDSET": return childText(el, "LEGEND", seen);
    case "FIGURE": return childText(el, "FIGCAPTION", seen);
    case "TABLE": return childText(el, "CAPTION", seen);
    case "SVG": return childText(el, "TITLE", seen);
    case "OPTGROUP": return el.label;
    case "OPTION": return el.label;
    case "IFRAME": return el.title || el.name;
    default: return "";
  }
}

const childText = (el, tag, seen) => {
  const child = [...el.children].find((it) => it.tagName.toUpperCase() === tag);
  return child ? squash(tag === "TITLE" ? child.textContent : contentText(child, seen)) : "";
};

function labelText(el, seen) {
  const next = new Set(seen).add(el);
  return squash([...(el.labels || [])].map((label) => contentText(label, next, true)).join(" "));
}

// The text a person reads in an element; fields inside count with their value, as accname says, but never a secret.
function contentText(el, seen, evenHidden = false) {
  if (seen.has(el)) return "";
  const next = new Set(seen).add(el);
  let out = "";
  for (const node of flatChildren(el)) {
    if (node.nodeType === 3) out += node.data;
    else if (node.nodeType === 1 && !SILENT.has(node.tagName.toUpperCase()) && node !== el && !next.has(node)) {
      out += childName(node, next, evenHidden);
    }
  }
  return out;
}

function childName(el, seen, evenHidden) {
  if (el.getAttribute("aria-hidden") === "true" && !evenHidden) return "";
  if (!rendered(el) && !evenHidden) return "";
  const label = squash(el.getAttribute("aria-label"));
  if (label) return ` ${label} `;
  const tag = el.tagName.toUpperCase();
  if (tag === "BR") return " ";
  if (tag === "INPUT" || tag === "TEXTAREA" || tag === "SELECT") {
    return secret(el) || /^(checkbox|radio|hidden|file)$/.test(el.type) ? "" : ` ${fieldValue(el)} `;
  }
  if (tag === "IMG" || tag === "SVG") return ` ${nativeName(el, seen)} `;
  const text = contentText(el, seen, evenHidden);
  return INLINE.has(tag) ? text : ` ${text} `;
}

// Fields whose value must never leave the page.
const SECRET_AUTOCOMPLETE = /(^|\s)(current-password|new-password|one-time-code|cc-number|cc-csc|cc-exp|cc-exp-month|cc-exp-year)(\s|$)/;
const SECRET_WORDS = /passw|passcode|secret|cvc|cvv|csc\b|card.?number|one.?time|\botp\b|\bpin\b|api.?key|token/i;

function secret(el) {
  if (el.tagName !== "INPUT" && el.tagName !== "TEXTAREA") return false;
  // A password that a "show" button turned into text is still a password.
  if (el.type === "password") everSecret.add(el);
  if (everSecret.has(el)) return true;
  if (/^(checkbox|radio|button|submit|reset|image|range|color|hidden)$/.test(el.type)) return el.type === "hidden";
  if (SECRET_AUTOCOMPLETE.test(el.getAttribute("autocomplete") || "")) return true;
  return SECRET_WORDS.test(`${el.name} ${el.id}`) || (getComputedStyle(el).webkitTextSecurity || "none") !== "none";
}

function fieldValue(el) {
  if (el.tagName === "SELECT") return [...el.selectedOptions].map((option) => squash(option.label)).join(", ");
  if (secret(el)) return el.value ? "•••" : "";
  return el.type === "file" ? [...el.files].map((file) => file.name).join(", ") : el.value;
}
