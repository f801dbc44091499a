//! What to do about a tunnel that the middleware catches: a diff of its file, or exact words.

use std::collections::BTreeMap;

use crate::doctor::{diff, script::Span};

use super::{
    compile::{Matcher, Site},
    declared::{Declared, Entry},
    fix::{Change, Fix, fix},
    request::Request,
};

/// How the tunnel fares.
#[derive(Debug, Clone)]
pub struct Tunnel {
    /// Its path, with the base path.
    pub path: String,
    /// What says that this is the tunnel.
    pub from: String,
    /// Whether the middleware catches it.
    pub runs: bool,
    /// A unified diff that lets it through.
    pub patch: Option<String>,
    /// What to change, in words.
    pub words: Vec<String>,
    /// Other paths whose answer the fix keeps.
    pub tried: usize,
}

/// Looks whether the middleware catches the tunnel, and for the fix. `file` is the middleware's, where it can be patched;
/// `wanted` is the tunnel's path and what says so. None where the path is no path of the app.
pub fn tunnel(
    declared: &Declared,
    matcher: &Matcher,
    wanted: (&str, &str),
    headers: &BTreeMap<String, String>,
    others: &[Request],
    file: Option<&(String, String)>,
) -> Option<Tunnel> {
    let (path, from) = wanted;
    let site = matcher.site();
    let base = site.base_path.as_str();
    let within = path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    // A tunnelRoute is written without the base path, and the SDK puts it before it.
    let target = if within || !path.starts_with('/') { path.to_owned() } else { format!("{base}{path}") };
    // The SDK of tunnelRoute says organization and project in the query.
    let target = if target.contains('?') { target } else { format!("{target}?o=1&p=2") };
    let request = Request::new(&target, headers);
    let mut tunnel = Tunnel {
        path: request.path.clone(),
        from: from.to_owned(),
        runs: matcher.serves(&request).runs(),
        patch: None,
        words: Vec::new(),
        tried: 0,
    };
    if !tunnel.runs {
        return Some(tunnel);
    }
    match fix(declared, site, &request, others) {
        None => tunnel.words.push(
            "No change of the matcher was found that leaves out this path alone. Return NextResponse.next() for it at \
             the start of the function, or move the tunnel under a path that the matcher leaves out."
                .to_owned(),
        ),
        Some(fix) => {
            tunnel.tried = fix.tried;
            tunnel.words = words(declared, &fix);
            tunnel.patch =
                file.and_then(|(path, text)| Some(diff::unified(path, text, &patched(declared, &fix, text)?)));
        }
    }
    Some(tunnel)
}

fn entries(declared: &Declared) -> &[Entry] {
    match declared {
        Declared::Everywhere => &[],
        Declared::Entries(entries) => entries,
    }
}

fn words(declared: &Declared, fix: &Fix) -> Vec<String> {
    let one = |(place, change): (&usize, &Change)| {
        let source = entries(declared).get(*place).map(|entry| entry.source.as_str()).unwrap_or_default();
        match change {
            Change::Source(new) => format!("Change entry {} from {source} to {new}", place + 1),
            Change::Remove => format!("Remove entry {}, {source}", place + 1),
            Change::Add(new) => format!("Add a matcher: {new}"),
        }
    };
    fix.changes.iter().map(one).collect()
}

/// The smallest change of a middleware's file that leaves a request's path out of its matcher, tried before it is given:
/// stretches with what comes in their place (none = no exact one was found), and the same in words.
pub fn remedy(
    declared: &Declared,
    site: &Site,
    request: &Request,
    text: &str,
) -> (Option<Vec<(Span, String)>>, Vec<String>) {
    match fix(declared, site, request, &[]) {
        Some(fix) => (edits(declared, &fix, text), words(declared, &fix)),
        None => (None, Vec::new()),
    }
}

/// The text of the file with the fix; none where a change is not one of a literal in a list.
fn patched(declared: &Declared, fix: &Fix, text: &str) -> Option<String> {
    let mut out = text.to_owned();
    let mut edits = edits(declared, fix, text)?;
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, new) in edits {
        out = format!("{}{new}{}", out.get(..span.start)?, out.get(span.end..)?);
    }
    Some(out)
}

fn edits(declared: &Declared, fix: &Fix, text: &str) -> Option<Vec<(Span, String)>> {
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for (place, change) in &fix.changes {
        let entry = entries(declared).get(*place);
        match change {
            Change::Add(source) if !text.contains("config") => {
                let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
                let source = quoted(source, '\'')?;
                edits.push((
                    text.len(),
                    text.len(),
                    format!("{end}\nexport const config = {{\n  matcher: [{source}],\n}};\n"),
                ));
            }
            Change::Add(_) => return None,
            Change::Source(source) => {
                let span = entry?.span?;
                let quote = literal_quote(text.get(span.start..span.end)?)?;
                edits.push((span.start, span.end, quoted(source, quote)?));
            }
            Change::Remove => {
                let (entry, span) = (entry?, entry?.span?);
                // Of an object, the place is that of its source; and a matcher that is one string cannot go.
                if !entry.has.is_empty() || !entry.missing.is_empty() || !entry.locale || entries(declared).len() < 2 {
                    return None;
                }
                literal_quote(text.get(span.start..span.end)?)?;
                let rest = text.get(span.end..)?;
                let comma = rest.trim_start().strip_prefix(',')?;
                // With its line where it has one of its own, else with the blanks behind it.
                let end = text.len() - comma.trim_start().len();
                edits.push((span.start, end, String::new()));
            }
        }
    }
    Some(edits.into_iter().map(|(start, end, new)| (Span { start, end }, new)).collect())
}

/// The quote of a text that is one string literal.
fn literal_quote(text: &str) -> Option<char> {
    let quote = text.chars().next().filter(|c| "'\"`".contains(*c))?;
    let inner = text.get(1..)?.strip_suffix(quote)?;
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return None,
            _ => {}
        }
    }
    Some(quote)
}

/// A string literal; none where the text has a line end.
fn quoted(text: &str, quote: char) -> Option<String> {
    if text.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return None;
    }
    let mut out = String::from(quote);
    for c in text.chars() {
        if c == '\\' || c == quote || (c == '$' && quote == '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push(quote);
    Some(out)
}
