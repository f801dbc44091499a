//! The smallest change of a matcher that lets a tunnel through, tried before it is proposed.

use std::collections::BTreeMap;

use super::{
    compile::{Matcher, Site},
    declared::{Declared, Entry},
    request::Request,
    tokens::{Token, escape, parse},
};

/// What to do with one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Give it this source.
    Source(String),
    /// Take it out: it is there for the tunnel alone.
    Remove,
    /// There is no matcher: add one with this source.
    Add(String),
}

/// Changes by the entry's place; all are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What changes, by place in the matcher (0 for [`Change::Add`]).
    pub changes: BTreeMap<usize, Change>,
    /// The matcher after it.
    pub after: Vec<String>,
    /// Other paths that were asked before and after, with the same answer.
    pub tried: usize,
}

/// The fix for a tunnel: `request` is what its SDK sends, its path with the base path. `others` are paths that must keep
/// their answer, besides a list of our own. None where no exact fix was found.
pub fn fix(declared: &Declared, site: &Site, request: &Request, others: &[Request]) -> Option<Fix> {
    let before = Matcher::new(declared, site).ok()?;
    let tunnel = request.path.strip_prefix(&site.base_path).unwrap_or(&request.path).trim_end_matches('/');
    let inner = tunnel.strip_prefix('/').filter(|inner| !inner.is_empty())?;
    let mut changes = BTreeMap::new();
    let after = match declared {
        Declared::Everywhere => {
            let out = outside(inner);
            let source = [format!("/((?!{out}).*)"), format!("/:path((?!{out}).*)?")].into_iter().find(|source| {
                let after = Declared::Entries(vec![plain_entry(source.clone())]);
                exact(declared, &after, site, request, others, false).is_some()
            })?;
            changes.insert(0, Change::Add(source.clone()));
            vec![plain_entry(source)]
        }
        Declared::Entries(entries) => {
            let mut after = Vec::new();
            for (place, entry) in entries.iter().enumerate() {
                let alone = Declared::Entries(vec![entry.clone()]);
                if !Matcher::new(&alone, site).ok()?.serves(request).runs() {
                    after.push(entry.clone());
                } else if is_only(&entry.source, tunnel) {
                    changes.insert(place, Change::Remove);
                } else {
                    let source = candidates(&entry.source, inner, site).into_iter().find(|source| {
                        let entry = Entry { source: source.clone(), ..entry.clone() };
                        exact(&alone, &Declared::Entries(vec![entry]), site, request, others, false).is_some()
                    })?;
                    changes.insert(place, Change::Source(source.clone()));
                    after.push(Entry { source, ..entry.clone() });
                }
            }
            after
        }
    };
    if changes.is_empty() || !before.serves(request).runs() {
        return None;
    }
    let sources = after.iter().map(|entry| entry.source.clone()).collect();
    let removed = changes.values().any(|change| *change == Change::Remove);
    let tried = exact(declared, &Declared::Entries(after), site, request, others, removed)?;
    Some(Fix { changes, after: sources, tried })
}

fn plain_entry(source: String) -> Entry {
    Entry { source, locale: true, has: Vec::new(), missing: Vec::new(), span: None }
}

/// The look-ahead's text for exactly this path, with or without a slash behind it.
fn outside(inner: &str) -> String {
    format!("{}/?$", escape(inner).replace(r"\/", "/"))
}

/// Whether a source is this one path and nothing else.
fn is_only(source: &str, tunnel: &str) -> bool {
    source.trim_end_matches('/') == tunnel && !source.contains([':', '(', '{', '*', '+', '?', '\\'])
}

/// Sources that might be the same without the tunnel, the most readable first.
fn candidates(source: &str, inner: &str, site: &Site) -> Vec<String> {
    let out = outside(inner);
    let mut found = Vec::new();
    // A list of what is left out: one more.
    if let Some(rest) = source.strip_prefix("/((?!")
        && let Some(end) = closing(rest)
        && let Some((list, rest)) = rest.split_at_checked(end)
    {
        found.push(format!("/((?!{list}|{out}{rest}"));
    }
    let Ok(tokens) = parse(source, site.next.grammar()) else { return found };
    if let [Token::Group(only)] = tokens.as_slice()
        && only.prefix == "/"
        && only.pattern == r"[^\/#\?]+?"
    {
        match only.modifier {
            // The second also where nothing but a base path or a locale is left of the path.
            Some('*') => found.extend([format!("/((?!{out}).*)"), format!("/:path((?!{out}).*)?")]),
            Some('+') => found.push(format!("/((?!{out}).+)")),
            _ => {}
        }
    }
    if let Some(Token::Group(first)) = tokens.first()
        && first.prefix == "/"
        && let Some(rest) = behind_first(source)
    {
        let name = if first.name.starts_with(|c: char| c.is_ascii_digit()) {
            String::new()
        } else {
            format!(":{}", first.name)
        };
        let pattern =
            if first.pattern.contains('|') { format!("(?:{})", first.pattern) } else { first.pattern.clone() };
        found.push(format!("/{name}((?!{out}){pattern}){rest}"));
    }
    // Nothing wide, just after the first slash.
    if let Some(rest) = source.strip_prefix('/') {
        found.push(format!("/((?!{out})){rest}"));
    }
    found
}

/// Where the parenthesis closes that was open before this text.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut class, mut escaped) = (1, false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth += 1,
            ')' if !class => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// What stands behind the name and the pattern of the parameter that a source begins with, its modifier included.
fn behind_first(source: &str) -> Option<&str> {
    let rest = source.strip_prefix('/')?;
    let rest = match rest.strip_prefix(':') {
        Some(named) => named.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        None => rest,
    };
    match rest.strip_prefix('(') {
        Some(pattern) => pattern.get(closing(pattern)? + 1..),
        None => Some(rest),
    }
}

/// How many other paths have the same answer after; none where one has not, or where the tunnel is still caught. Where an
/// entry was `removed`, the forms in which Next.js asks for the tunnel's data went with it.
fn exact(
    before: &Declared,
    after: &Declared,
    site: &Site,
    request: &Request,
    others: &[Request],
    removed: bool,
) -> Option<usize> {
    let (before, after) = (Matcher::new(before, site).ok()?, Matcher::new(after, site).ok()?);
    let slash = format!("{}/", request.path.trim_end_matches('/'));
    let own = request.path.trim_end_matches('/');
    let inner = own.strip_prefix(&site.base_path).unwrap_or(own);
    let is_data = |path: &str| {
        let form = path
            .strip_prefix(own)
            .is_some_and(|rest| [".json", ".rsc", ".segments"].iter().any(|form| rest.starts_with(form)));
        form || (path.contains("/_next/data/") && path.ends_with(&format!("{inner}.json")))
    };
    let is_tunnel = |path: &str| path.trim_end_matches('/') == own || (removed && is_data(path));
    if after.serves(request).runs() || after.serves(&request.at(&slash)).runs() {
        return None;
    }
    let mut tried = 0;
    for other in samples(request, site).iter().chain(others).filter(|other| !is_tunnel(&other.path)) {
        if before.serves(other).runs() != after.serves(other).runs() {
            return None;
        }
        tried += 1;
    }
    Some(tried)
}

/// Paths of all kinds, and those that are easily taken for the tunnel's.
fn samples(tunnel: &Request, site: &Site) -> Vec<Request> {
    let path = tunnel.path.trim_end_matches('/');
    let inner = path.strip_prefix(&site.base_path).unwrap_or(path);
    let mut inners: Vec<String> = [
        "/",
        "/index",
        "/about",
        "/api",
        "/api/x",
        "/apiary",
        "/dashboard",
        "/dashboard/a/b",
        "/login",
        "/robots.txt",
        "/users/jane.doe",
        "/favicon.ico",
        "/_next/static/chunk.js",
        "/_next/image",
        "/_next/data/build/about.json",
        "/about.rsc",
        "/a.segments/b.segment.rsc",
        "/en/about",
        "/de",
        "/a%20b",
        "/trpc/x",
        "/_vercel/insights",
    ]
    .map(str::to_owned)
    .into();
    let like = ["-x", "x", "/admin", "/a/b", ".json", ".rsc", ".segments/b.segment.rsc"];
    inners.extend(like.map(|like| format!("{inner}{like}")));
    inners.push(format!("/x{inner}"));
    inners.push(format!("/_next/data/build{inner}.json"));
    if let Some((parent, last)) = inner.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()) {
        inners.extend([parent.to_owned(), format!("{parent}/x"), format!("/{last}")]);
    }
    inners.push(String::new());
    let mut all = Vec::new();
    for each in &inners {
        all.push(format!("{}{each}", site.base_path));
        all.extend(site.locales.iter().flatten().map(|locale| format!("{}/{locale}{each}", site.base_path)));
    }
    all.retain(|path| !path.is_empty());
    all.into_iter().map(|path| tunnel.at(&path)).collect()
}
