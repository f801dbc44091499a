//! `_headers` of Netlify and Cloudflare Pages: an address on a line, its headers indented below it.

use crate::doctor::script::Span;

use super::{Draft, Header, Layer, PolicyText, Quoting, scope::Scope};

pub(super) fn read(scope: &Scope<'_>, found: &mut Vec<PolicyText>) {
    for path in scope.named(|name| name == "_headers") {
        let Some(text) = scope.text(path) else { continue };
        let mut pages = None;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let at = start;
            start += line.len();
            let words = line.trim();
            if words.is_empty() || words.starts_with('#') {
                continue;
            }
            if !line.starts_with([' ', '\t']) && Header::named(words.split(':').next().unwrap_or_default()).is_none() {
                pages = Some(words.to_owned());
                continue;
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            let Some(header) = Header::named(name) else { continue };
            let lead = name.len() + 1 + (value.len() - value.trim_start().len());
            let value = value.trim();
            let span = Span { start: at + lead, end: at + lead + value.len() };
            let draft = Draft::verbatim(path, span.start, value, Quoting::Plain);
            let mut policy = PolicyText::new(Layer::Hosting, path, span, draft).named(header);
            policy.pages.clone_from(&pages);
            found.push(policy);
        }
    }
}
