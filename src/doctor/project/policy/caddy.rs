//! Caddyfile: `header`.

use crate::doctor::script::Span;

use super::{Draft, Header, Layer, PolicyText, Quoting, Unknown, pages, scope::Scope};

pub(super) fn read(scope: &Scope<'_>, found: &mut Vec<PolicyText>) {
    let named = |name: &str| {
        name == "Caddyfile"
            || name.starts_with("Caddyfile.")
            || name.ends_with(".caddy")
            || name.ends_with(".Caddyfile")
    };
    for path in scope.named(named) {
        let Some(text) = scope.text(path) else { continue };
        let lines = lines(&text);
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            if line.first().is_none_or(|word| word.raw != "header") {
                continue;
            }
            let mut words = line.iter().skip(1).collect::<Vec<_>>();
            let pages =
                words.first().filter(|word| word.raw.starts_with(['/', '*', '@'])).map(|word| word.raw.to_owned());
            if pages.is_some() {
                words.remove(0);
            }
            let block = words.last().is_some_and(|word| word.raw == "{" && word.quoting == Quoting::Bare);
            if !block {
                found.extend(policy(path, &words, pages.as_deref()));
                continue;
            }
            while let Some(inner) = lines.get(at) {
                at += 1;
                if inner.first().is_some_and(|word| word.raw == "}") {
                    break;
                }
                found.extend(policy(path, &inner.iter().collect::<Vec<_>>(), pages.as_deref()));
            }
        }
    }
}

/// `[+?>]NAME VALUE`; `-NAME` takes one away, `NAME FIND REPLACE` changes one.
fn policy(path: &str, words: &[&Word<'_>], pages: Option<&str>) -> Option<PolicyText> {
    let [name, value] = words else { return None };
    let header = Header::named(name.raw.trim_start_matches(['+', '?', '>']))?;
    let pages = pages.filter(|pages| *pages != "*");
    if pages.is_some_and(|pages| !pages::are_shown(pages)) {
        return None;
    }
    let span = Span { start: value.at, end: value.at + value.raw.len() };
    let mut policy = PolicyText::new(Layer::Server, path, span, draft(path, value)).named(header);
    policy.pages = pages.map(str::to_owned);
    Some(policy)
}

/// A word without its quotes.
struct Word<'a> {
    raw: &'a str,
    at: usize,
    quoting: Quoting,
}

/// The words line by line. Quotes may go over several lines.
fn lines(text: &str) -> Vec<Vec<Word<'_>>> {
    let mut lines = vec![Vec::new()];
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        match first {
            '\n' => {
                lines.push(Vec::new());
                at += 1;
            }
            '\\' if rest.starts_with("\\\n") => at += 2,
            c if c.is_whitespace() => at += c.len_utf8(),
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            '"' | '`' => {
                let body = rest.get(1..).unwrap_or_default();
                let end = closing(body, first);
                let raw = body.get(..end).unwrap_or_default();
                let quoting = if first == '"' { Quoting::Backslash('"') } else { Quoting::Literal('`') };
                push(&mut lines, Word { raw, at: at + 1, quoting });
                at += 1 + end + 1;
            }
            _ => {
                let raw = rest.get(..rest.find(char::is_whitespace).unwrap_or(rest.len())).unwrap_or(rest);
                push(&mut lines, Word { raw, at, quoting: Quoting::Bare });
                at += raw.len();
            }
        }
    }
    lines
}

fn push<'a>(lines: &mut [Vec<Word<'a>>], word: Word<'a>) {
    if let Some(line) = lines.last_mut() {
        line.push(word);
    }
}

fn closing(body: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = body.find(|c: char| {
        let ends = !escaped && c == quote;
        escaped = !escaped && c == '\\' && quote == '"';
        ends
    });
    end.unwrap_or(body.len())
}

/// The value: `{…}` is put in by the server.
fn draft(path: &str, word: &Word<'_>) -> Draft {
    let mut draft = Draft::default();
    let mut at = 0;
    while let Some(rest) = word.raw.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.get(..rest.find('{').unwrap_or(rest.len())).unwrap_or(rest);
        draft.append(match word.quoting {
            Quoting::Literal(_) => Draft::verbatim(path, word.at + at, plain, word.quoting),
            _ => Draft::escaped(path, word.at + at, plain, word.quoting),
        });
        at += plain.len();
        let Some(tail) = rest.get(plain.len()..).filter(|tail| !tail.is_empty()) else { break };
        let length = tail.find('}').map_or(tail.len(), |end| end + 1);
        draft.hide(Unknown {
            expression: tail.get(..length).unwrap_or(tail).to_owned(),
            path: path.to_owned(),
            span: Span { start: word.at + at, end: word.at + at + length },
            choices: Vec::new(),
        });
        at += length;
    }
    draft
}
