//! netlify.toml: `[[headers]]`.

use toml::de::{DeTable, DeValue};

use crate::doctor::script::Span;

use super::{Draft, Header, Layer, PolicyText, Quoting, scope::Scope};

pub(super) fn read(scope: &Scope<'_>, found: &mut Vec<PolicyText>) {
    for path in scope.named(|name| name == "netlify.toml") {
        let Some(text) = scope.text(path) else { continue };
        let (table, errors) = DeTable::parse_recoverable(&text);
        if let Some(error) = errors.first() {
            scope.skip(path, format!("it is no TOML: {}", error.message()));
        }
        let rules = table.get_ref().get("headers").and_then(|rules| rules.get_ref().as_array());
        for rule in rules.into_iter().flatten().filter_map(|rule| rule.get_ref().as_table()) {
            let pages = rule.get("for").and_then(|pages| pages.get_ref().as_str());
            let values = rule.get("values").and_then(|values| values.get_ref().as_table());
            for (name, value) in values.into_iter().flatten() {
                let Some(header) = Header::named(name.get_ref()) else { continue };
                // A list is sent as several headers.
                let all: Vec<_> = match value.get_ref() {
                    DeValue::Array(list) => list.iter().collect(),
                    _ => vec![value],
                };
                for value in all {
                    let span = Span { start: value.span().start, end: value.span().end };
                    let Some(meant) = value.get_ref().as_str() else { continue };
                    let draft = draft(path, &text, span, meant);
                    let mut policy = PolicyText::new(Layer::Hosting, path, span, draft).named(header);
                    policy.pages = pages.map(str::to_owned);
                    found.push(policy);
                }
            }
        }
    }
}

/// The four kinds of strings; what has escapes that no policy needs is taken as it is meant and cannot be changed.
fn draft(path: &str, text: &str, span: Span, meant: &str) -> Draft {
    let raw = text.get(span.start..span.end).unwrap_or_default();
    for (quotes, quoting) in [
        ("\"\"\"", Quoting::Backslash('"')),
        ("'''", Quoting::Plain),
        ("\"", Quoting::Script('"')),
        ("'", Quoting::Literal('\'')),
    ] {
        let Some(inner) = raw.strip_prefix(quotes).and_then(|rest| rest.strip_suffix(quotes)) else { continue };
        // A line end right behind three quotes does not count.
        let skipped = if quotes.len() == 3 { inner.len() - without_line_end(inner).len() } else { 0 };
        let inner = inner.get(skipped..).unwrap_or_default();
        let start = span.start + quotes.len() + skipped;
        let draft = match quoting {
            Quoting::Plain | Quoting::Literal(_) => Draft::verbatim(path, start, inner, quoting),
            _ => Draft::escaped(path, start, inner, quoting),
        };
        if draft.text == meant {
            return draft;
        }
    }
    let mut draft = Draft::default();
    draft.compute(meant);
    draft
}

fn without_line_end(text: &str) -> &str {
    text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text)
}
