//! Apache: `Header … set Content-Security-Policy "…"` in .htaccess and configuration files.

use crate::doctor::script::Span;

use super::{Draft, Header, Layer, PolicyText, Quoting, Unknown, pages, scope::Scope};

/// Files that are read.
const MAX_FILES: usize = 200;

pub(super) fn read(scope: &Scope<'_>, found: &mut Vec<PolicyText>) {
    let named = |name: &str| name == ".htaccess" || name.ends_with(".conf") || name.ends_with(".htaccess");
    for path in scope.named(named).take(MAX_FILES) {
        let Some(text) = scope.text(path) else { continue };
        let mut file = File { path, sections: Vec::new(), policies: Vec::new() };
        for (start, line) in lines(&text) {
            file.line(start, line);
        }
        found.extend(file.policies.into_iter().map(|(_, policy)| policy));
    }
}

/// The lines with their first bytes; one that ends with a backslash goes on.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let (mut start, mut end) = (0, 0);
    for line in text.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end_matches(['\r', '\n']).ends_with('\\') {
            lines.extend(text.get(start..end).map(|line| (start, line)));
            start = end;
        }
    }
    lines.extend(text.get(start..).filter(|rest| !rest.is_empty()).map(|rest| (start, rest)));
    lines
}

/// Where a header is kept: Apache has two tables, and sends both.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Table {
    always: bool,
    report_only: bool,
}

struct File<'a> {
    path: &'a str,
    /// Sections that a line stands in: `<Location "/x">`.
    sections: Vec<(String, String)>,
    policies: Vec<(Table, PolicyText)>,
}

impl File<'_> {
    fn line(&mut self, start: usize, line: &str) {
        let trimmed = line.trim();
        if trimmed.starts_with('#') {
            return;
        }
        if let Some(section) = trimmed.strip_prefix("</") {
            let name = section.trim_end_matches('>').trim().to_ascii_lowercase();
            if let Some(at) = self.sections.iter().rposition(|(open, _)| *open == name) {
                self.sections.truncate(at);
            }
            return;
        }
        if let Some(section) = trimmed.strip_prefix('<') {
            let section = section.trim_end_matches('>');
            let (name, rest) = section.split_once(char::is_whitespace).unwrap_or((section, ""));
            self.sections.push((name.to_ascii_lowercase(), rest.trim().trim_matches('"').to_owned()));
            return;
        }
        let words = words(line);
        if words.first().is_some_and(|word| word.raw.eq_ignore_ascii_case("header")) {
            self.header(start, &words);
        }
    }

    fn header(&mut self, start: usize, words: &[Word<'_>]) {
        let mut words = words.iter().skip(1).peekable();
        let always = words.peek().is_some_and(|word| word.raw.eq_ignore_ascii_case("always"));
        let condition = always || words.peek().is_some_and(|word| word.raw.eq_ignore_ascii_case("onsuccess"));
        if condition {
            words.next();
        }
        let (Some(action), Some(name)) = (words.next(), words.next()) else { return };
        let Some(header) = Header::named(name.raw.trim_end_matches(':')) else { return };
        let table = Table { always, report_only: header == Header::ReportOnly };
        let pages = self.pages();
        let action = action.raw.to_ascii_lowercase();
        if matches!(action.as_str(), "set" | "unset") {
            self.policies.retain(|(other, policy)| *other != table || policy.pages != pages);
        }
        let adds = matches!(action.as_str(), "set" | "append" | "merge" | "add" | "setifempty");
        let Some(value) = words.next().filter(|_| adds) else { return };
        if pages.as_deref().is_some_and(|pages| !pages::are_shown(pages)) {
            return;
        }
        let span = Span { start: start + value.at, end: start + value.at + value.raw.len() };
        let draft = draft(self.path, span.start, value);
        let mut policy = PolicyText::new(Layer::Server, self.path, span, draft).named(header);
        policy.pages = pages;
        self.policies.push((table, policy));
    }

    /// The address of the innermost section that names one.
    fn pages(&self) -> Option<String> {
        let names = ["location", "locationmatch", "files", "filesmatch"];
        let section = self.sections.iter().rev().find(|(name, _)| names.contains(&name.as_str()));
        section.map(|(_, address)| address.trim_start_matches("~ ").trim_matches('"').to_owned())
    }
}

/// A word of a line, without its quotes.
struct Word<'a> {
    raw: &'a str,
    at: usize,
    quoting: Quoting,
}

fn words(line: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t', '\\', '\r', '\n']).len();
        if skipped > 0 {
            at += skipped;
            continue;
        }
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let begin = usize::from(quote.is_some());
        let body = rest.get(begin..).unwrap_or_default();
        let mut escaped = false;
        let end = body.find(|c: char| {
            let ends = !escaped && quote.map_or(c.is_whitespace(), |quote| c == quote);
            escaped = !escaped && c == '\\';
            ends
        });
        let raw = body.get(..end.unwrap_or(body.len())).unwrap_or_default();
        words.push(Word { raw, at: at + begin, quoting: quote.map_or(Quoting::Bare, Quoting::Backslash) });
        at += begin + raw.len() + begin;
    }
    words
}

/// The value: `%{…}e` and the like are put in by the server.
fn draft(path: &str, start: usize, word: &Word<'_>) -> Draft {
    let mut draft = Draft::default();
    let mut at = 0;
    while let Some(rest) = word.raw.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.get(..rest.find("%{").unwrap_or(rest.len())).unwrap_or(rest);
        draft.append(Draft::escaped(path, start + at, plain, word.quoting));
        at += plain.len();
        let Some(tail) = rest.get(plain.len()..).filter(|tail| !tail.is_empty()) else { break };
        // `%{NAME}e`: a letter follows.
        let length = tail.find('}').map_or(tail.len(), |end| (end + 2).min(tail.len()));
        draft.hide(Unknown {
            expression: tail.get(..length).unwrap_or(tail).to_owned(),
            path: path.to_owned(),
            span: Span { start: start + at, end: start + at + length },
            choices: Vec::new(),
        });
        at += length;
    }
    draft
}
