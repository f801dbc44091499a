//! nginx: `add_header`, with what a block inherits and what its includes bring.

mod effect;
mod syntax;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use super::{PolicyText, scope::Scope};
use syntax::Directive;

/// Files that are read.
const MAX_FILES: usize = 200;
/// Includes within includes.
const MAX_DEPTH: usize = 6;

pub(super) fn read(scope: &Scope<'_>, found: &mut Vec<PolicyText>) {
    // Where no file of nginx speaks of policies, none is sent.
    if !scope.named(|_| true).any(is_config) {
        return;
    }
    let mut files: BTreeMap<&str, Vec<Directive>> = BTreeMap::new();
    for path in scope.all().filter(|path| is_config(path)).take(MAX_FILES) {
        if let Some(text) = scope.text(path) {
            files.insert(path, syntax::read(path, &text));
        }
    }
    let mut included = BTreeSet::new();
    for (path, directives) in &files {
        note_includes(path, directives, &files, &mut included);
    }
    let mut seen = Vec::new();
    for (path, directives) in files.iter().filter(|(path, _)| !included.contains(**path)) {
        let whole = expanded(path, directives, &files, 0);
        for policy in effect::policies(&whole) {
            let place = (policy.path.clone(), policy.span);
            if !seen.contains(&place) {
                seen.push(place);
                found.push(policy);
            }
        }
    }
}

/// `nginx.conf`, `conf.d/x.conf`, `nginx/default.conf.template`, `site.nginx`
fn is_config(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = ["template", "tmpl", "tpl", "erb", "j2", "conf", "example"].iter().fold(name, |name, ending| {
        if *ending == "conf" {
            name
        } else {
            name.strip_suffix(ending).and_then(|name| name.strip_suffix('.')).unwrap_or(name)
        }
    });
    let folder = ["nginx", "conf.d", "sites-available", "sites-enabled", "snippets"];
    let inside = path.split('/').rev().skip(1).any(|part| folder.contains(&part));
    name.ends_with(".conf") || name.ends_with(".nginx") || name.ends_with(".vhost") || (inside && !name.contains('.'))
}

fn note_includes<'f>(
    path: &str,
    directives: &[Directive],
    files: &BTreeMap<&'f str, Vec<Directive>>,
    included: &mut BTreeSet<&'f str>,
) {
    for directive in directives {
        if directive.name() == "include" {
            included.extend(targets(path, directive.word(1), files));
        }
        note_includes(path, directive.block.as_deref().unwrap_or_default(), files, included);
    }
}

/// The files that an include names. On the server they lie elsewhere: the longest end of the name that fits counts.
fn targets<'f>(from: &str, pattern: &str, files: &BTreeMap<&'f str, Vec<Directive>>) -> Vec<&'f str> {
    let mut rest = pattern.trim_start_matches('/');
    loop {
        let found: Vec<&'f str> = files.keys().copied().filter(|path| *path != from && ends_with(path, rest)).collect();
        if !found.is_empty() {
            return found;
        }
        match rest.split_once('/') {
            // A lone `*.conf` would be all of them.
            Some((_, shorter)) if shorter.contains('/') || !shorter.contains('*') => rest = shorter,
            _ => return Vec::new(),
        }
    }
}

/// Whether a path ends with a pattern whose `*` stands for part of one name.
fn ends_with(path: &str, pattern: &str) -> bool {
    let mut parts = path.rsplit('/');
    pattern.rsplit('/').all(|wanted| {
        parts.next().is_some_and(|part| match wanted.split_once('*') {
            Some((head, tail)) => {
                part.len() >= head.len() + tail.len() && part.starts_with(head) && part.ends_with(tail)
            }
            None => part == wanted || part.strip_suffix(".template") == Some(wanted),
        })
    })
}

/// The directives with those of the includes in their place.
fn expanded(
    path: &str,
    directives: &[Directive],
    files: &BTreeMap<&str, Vec<Directive>>,
    depth: usize,
) -> Vec<Directive> {
    let mut all = Vec::new();
    if depth > MAX_DEPTH {
        return all;
    }
    for directive in directives {
        if directive.name() == "include" {
            for target in targets(path, directive.word(1), files) {
                if let Some(inner) = files.get(target) {
                    all.extend(expanded(target, inner, files, depth + 1));
                }
            }
            continue;
        }
        let block = directive.block.as_ref().map(|block| expanded(path, block, files, depth));
        all.push(Directive { block, ..directive.clone() });
    }
    all
}
