//! `<meta http-equiv="Content-Security-Policy">` in HTML, and in templates that are HTML with something between.

use std::{cell::RefCell, convert::Infallible};

use html5gum::{
    Span as HtmlSpan, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};

use crate::doctor::{csp::Delivery, script::Span};

use super::{Draft, Header, Layer, PolicyText, Quoting, Unknown, scope::Scope};

/// Endings of what holds tags as a browser gets them.
const ENDINGS: [&str; 15] = [
    ".html",
    ".htm",
    ".xhtml",
    ".ejs",
    ".hbs",
    ".handlebars",
    ".mustache",
    ".njk",
    ".liquid",
    ".jinja",
    ".jinja2",
    ".j2",
    ".twig",
    ".astro",
    ".svelte",
];
/// Files that are looked into.
const MAX_FILES: usize = 2_000;

/// A tag's attribute.
struct Attribute {
    name: String,
    value: String,
    span: Span,
}

pub(super) fn read(scope: &Scope<'_>, found: &mut Vec<PolicyText>) {
    let named = |name: &str| ENDINGS.iter().any(|ending| name.ends_with(ending));
    for path in scope.named(named).take(MAX_FILES) {
        let Some(text) = scope.text(path) else { continue };
        if has_word(&text, "content-security-policy") && is_of_app(path, &text) {
            in_text(path, &text, found);
        }
    }
}

/// Names of files that the pages of an app are made of.
const PAGES: [&str; 9] = ["index", "app", "base", "layout", "_layout", "main", "root", "default", "application"];

/// Whether the app runs in a page: one for when it is offline has a policy of its own, and no Sentry.
fn is_of_app(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    PAGES.contains(&stem.as_str()) || has_word(text, "sentry") || has_word(text, "type=\"module\"")
}

/// Whether a text has a word, in either case.
fn has_word(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// The policies in a text of HTML.
fn in_text(path: &str, text: &str, found: &mut Vec<PolicyText>) {
    for attributes in meta_tags(text) {
        let of = |name: &str| attributes.iter().find(|attribute| attribute.name == name);
        let Some(header) = of("http-equiv").and_then(|kind| Header::named(&kind.value)) else { continue };
        let Some(content) = of("content") else { continue };
        let raw = text.get(content.span.start..content.span.end).unwrap_or_default();
        let quote = text.get(..content.span.start).and_then(|head| head.chars().next_back());
        let quoting = match quote.filter(|quote| matches!(quote, '"' | '\'')) {
            Some(quote) => Quoting::Entity(quote),
            None => Quoting::Bare,
        };
        let draft = draft(path, content.span.start, raw, quoting);
        let mut policy = PolicyText::new(Layer::Meta, path, content.span, draft).named(header);
        policy.delivery = Delivery::Meta;
        found.push(policy);
    }
}

/// The attributes of each `<meta>`.
fn meta_tags(text: &str) -> Vec<Vec<Attribute>> {
    let tags: RefCell<Vec<Vec<Attribute>>> = RefCell::default();
    let mut name = String::new();
    let mut inside = false;
    let emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: HtmlSpan<usize>| -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                inside = name.eq_ignore_ascii_case(b"meta");
                if inside {
                    tags.borrow_mut().push(Vec::new());
                }
            }
            CallbackEvent::AttributeName { name: written } => {
                name = String::from_utf8_lossy(written).to_ascii_lowercase();
            }
            CallbackEvent::AttributeValue { value } if inside => {
                let value = String::from_utf8_lossy(value).into_owned();
                let span = Span { start: span.start, end: span.end };
                if let Some(tag) = tags.borrow_mut().last_mut() {
                    tag.push(Attribute { name: std::mem::take(&mut name), value, span });
                }
            }
            _ => {}
        }
        None
    });
    let Ok(()) = Tokenizer::new_with_emitter(text, emitter).finish();
    tags.into_inner()
}

/// Entities that policies are written with.
const ENTITIES: [(&str, &str); 9] = [
    ("&#39;", "'"),
    ("&#039;", "'"),
    ("&#x27;", "'"),
    ("&#X27;", "'"),
    ("&apos;", "'"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&amp;", "&"),
    ("&nbsp;", "\u{a0}"),
];
/// What templates put something in with.
const TEMPLATES: [(&str, &str); 4] = [("{{", "}}"), ("{%", "%}"), ("<%", "%>"), ("{", "}")];

fn draft(path: &str, start: usize, raw: &str, quoting: Quoting) -> Draft {
    let mut draft = Draft::default();
    let mut plain = 0;
    let mut at = 0;
    let span = |from: usize, to: usize| Span { start: start + from, end: start + to };
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let entity = ENTITIES.iter().find(|(name, _)| rest.starts_with(name));
        let template = TEMPLATES.iter().find_map(|(open, close)| {
            let inner = rest.strip_prefix(open)?;
            Some(open.len() + inner.find(close)? + close.len())
        });
        let length = entity.map(|(name, _)| name.len()).or(template);
        let Some(length) = length else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        draft.write(path, span(plain, at), raw.get(plain..at).unwrap_or_default(), quoting);
        match entity {
            Some((_, meant)) => draft.write(path, span(at, at + length), meant, quoting),
            None => draft.hide(Unknown {
                expression: rest.get(..length).unwrap_or_default().to_owned(),
                path: path.to_owned(),
                span: span(at, at + length),
                choices: Vec::new(),
            }),
        }
        at += length;
        plain = at;
    }
    draft.write(path, span(plain, at), raw.get(plain..at).unwrap_or_default(), quoting);
    draft
}
