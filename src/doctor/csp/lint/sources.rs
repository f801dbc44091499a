//! Mistakes in lists of sources.

use super::{Directive, Finding, Fix, Found, Rule, Token};
use crate::doctor::csp::{
    source::{HostSource, Port, Source, Wrong, is_known_scheme},
    suggest::{KNOWN, nearest},
};

/// Keywords, without their quotes.
const KEYWORDS: [&str; 10] = [
    "self",
    "none",
    "unsafe-inline",
    "unsafe-eval",
    "wasm-unsafe-eval",
    "strict-dynamic",
    "unsafe-hashes",
    "report-sample",
    "inline-speculation-rules",
    "trusted-types-eval",
];

/// Schemes that requests of a page have.
const SCHEMES: [&str; 8] = ["http", "https", "ws", "wss", "data", "blob", "filesystem", "mediastream"];

/// Whether this is a keyword, a scheme or a directive that is written as if it were a host.
pub fn is_unquoted(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    [KEYWORDS.as_slice(), &SCHEMES, &KNOWN].iter().any(|words| words.contains(&&*lower))
}

/// Looks at the sources of one directive.
pub(super) fn list(found: &mut Found<'_>, directive: &Directive) {
    if directive.values.is_empty() {
        found.add(Rule::Empty, directive, &directive.written, Fix::Write(format!("{} 'none'", directive.name)));
    }
    let sources: Vec<Source> = directive.values.iter().map(|token| Source::read(&token.text)).collect();
    let scripts = directive.name.starts_with("script-src") || directive.name == "default-src";
    let strict = sources.contains(&Source::StrictDynamic);
    let keyed = sources.iter().any(|source| matches!(source, Source::Nonce(_) | Source::Hash));
    for (source, token) in sources.iter().zip(&directive.values) {
        if let Some((rule, fix)) = alone(source, token, directive) {
            found.add(rule, directive, token, fix);
            continue;
        }
        let rule = match source {
            Source::Nothing if sources.len() > 1 => Rule::NoneWithOthers,
            Source::UnsafeInline if keyed || (strict && scripts) => Rule::UnsafeInlineUnused,
            Source::StrictDynamic if scripts && !keyed => {
                let fix = Fix::Words("add a 'nonce-…' of each response, and put it on the script tags");
                found.add(Rule::StrictDynamicAlone, directive, token, fix);
                continue;
            }
            // 'self' and https: are the usual fallback for older browsers.
            Source::Host(_) if strict && directive.name.starts_with("script-src") => Rule::HostsUnused,
            _ => continue,
        };
        let fix = match rule {
            Rule::NoneWithOthers => Fix::Remove,
            _ => Fix::Words("nothing; it serves older browsers only"),
        };
        found.add(rule, directive, token, fix);
    }
    once(&mut found.findings);
}

/// Of many sources without use, the first is enough.
fn once(findings: &mut Vec<Finding>) {
    let mut seen: Vec<(usize, String)> = Vec::new();
    findings.retain(|finding| {
        if finding.rule != Rule::HostsUnused {
            return true;
        }
        let place = (finding.policy, finding.directive.clone());
        let new = !seen.contains(&place);
        if new {
            seen.push(place);
        }
        new
    });
}

/// What is wrong with one source by itself.
fn alone(source: &Source, token: &Token, directive: &Directive) -> Option<(Rule, Fix)> {
    let word = token.text.as_str();
    let lower = word.to_ascii_lowercase();
    match source {
        Source::Invalid(wrong) => Some(invalid(*wrong, word, &lower)),
        Source::Star => broad(directive),
        Source::Scheme(scheme) if matches!(&**scheme, "http" | "https" | "ws" | "wss") => broad(directive),
        Source::Scheme(scheme) => unknown_scheme(scheme),
        Source::Host(host) => host_source(host, word, &lower, directive),
        _ => None,
    }
}

fn invalid(wrong: Wrong, word: &str, lower: &str) -> (Rule, Fix) {
    let bare = word.trim_matches(['\'', '"', '`']);
    match wrong {
        Wrong::Quoted => (Rule::QuotedSource, Fix::Write(bare.to_owned())),
        Wrong::UnknownKeyword => {
            let bare = bare.to_ascii_lowercase();
            let keyword = KEYWORDS.iter().find(|keyword| **keyword == bare).copied();
            let fix = match keyword.or_else(|| nearest(&bare, &KEYWORDS, 2)) {
                Some(keyword) => Fix::Write(format!("'{keyword}'")),
                None => Fix::Words("keywords are 'self', 'none', 'unsafe-…', 'strict-dynamic', 'nonce-…', 'sha256-…'"),
            };
            (Rule::UnknownKeyword, fix)
        }
        Wrong::InnerWildcard => (Rule::InnerWildcard, Fix::Words("write the exact host, or *. before a host")),
        Wrong::Port => (Rule::BadPort, Fix::Words("write a number up to 65535, or :* for any port")),
        Wrong::Ipv6 => (Rule::Ipv6, Fix::Words("use localhost or a host name, here and in the address")),
        Wrong::NoHost => (Rule::BrokenScheme, Fix::Write(lower.trim_end_matches('/').to_owned())),
        Wrong::Scheme => (Rule::BrokenScheme, repaired(word)),
        Wrong::Host if ["&#", "&quot", "&apos", "&amp"].iter().any(|entity| lower.contains(entity)) => {
            (Rule::Entity, Fix::Words("write the character itself"))
        }
        Wrong::Host => (Rule::BadHost, Fix::Words("a host has letters, digits, hyphens and dots")),
        Wrong::Placeholder => (Rule::Placeholder, Fix::Words("check the text that is sent, not the template")),
    }
}

/// `https:/host`, `https:host`, `//host` → `https://host`
fn repaired(word: &str) -> Fix {
    let rest = match word.split_once(':') {
        Some((scheme, rest)) if is_known_scheme(scheme) => Some((scheme, rest)),
        _ => word.split_once("//").map(|(scheme, rest)| (if scheme.is_empty() { "https" } else { scheme }, rest)),
    };
    match rest {
        Some((scheme, rest)) if is_known_scheme(scheme) => {
            Fix::Write(format!("{}://{}", scheme.to_ascii_lowercase(), rest.trim_start_matches('/')))
        }
        _ => Fix::Words("write scheme://host"),
    }
}

fn broad(directive: &Directive) -> Option<(Rule, Fix)> {
    let loads =
        matches!(&*directive.name, "default-src" | "connect-src" | "script-src" | "script-src-elem" | "worker-src");
    loads.then_some((Rule::TooBroad, Fix::Words("name the hosts that the page needs")))
}

fn unknown_scheme(scheme: &str) -> Option<(Rule, Fix)> {
    if SCHEMES.contains(&scheme) {
        return None;
    }
    // `localhost:`, `example.com:` are read as schemes too.
    if scheme == "localhost" || scheme.contains('.') {
        return Some((Rule::UnknownScheme, Fix::Write(format!("{scheme}:*"))));
    }
    let near = nearest(scheme, &SCHEMES, 1)?;
    Some((Rule::UnknownScheme, Fix::Write(format!("{near}:"))))
}

fn host_source(host: &HostSource, word: &str, lower: &str, directive: &Directive) -> Option<(Rule, Fix)> {
    let plain = host.scheme.is_none() && host.path.is_empty() && !host.below && host.port == Port::Default;
    if plain && KNOWN.contains(&lower) {
        return Some((Rule::MissingSemicolon, Fix::Write(format!("; {lower}"))));
    }
    let is_key = ["nonce-", "sha256-", "sha384-", "sha512-"].iter().any(|start| lower.starts_with(start));
    if plain && (KEYWORDS.contains(&lower) || (is_key && !word.contains('.'))) {
        return Some((Rule::UnquotedKeyword, Fix::Write(format!("'{word}'"))));
    }
    if plain && SCHEMES.contains(&lower) {
        return Some((Rule::BareScheme, Fix::Write(format!("{lower}:"))));
    }
    if let Some(scheme) = &host.scheme
        && !SCHEMES.contains(&scheme.as_str())
        && let Some(near) = nearest(scheme, &SCHEMES, 1)
    {
        let rest = word.split_once("://").map_or("", |(_, rest)| rest);
        return Some((Rule::UnknownScheme, Fix::Write(format!("{near}://{rest}"))));
    }
    if host.host.is_empty() && host.path.is_empty() {
        return broad(directive);
    }
    if host.host == "ingest.sentry.io" && !host.below {
        return Some((Rule::NoSuchIngest, Fix::Words("write the host of the DSN")));
    }
    let before_query = word.split(['?', '#']).next().unwrap_or(word);
    if host.query {
        return Some((Rule::Query, Fix::Write(before_query.to_owned())));
    }
    if host.path.ends_with(b"*") {
        return Some((Rule::PathWildcard, Fix::Write(word.trim_end_matches('*').to_owned())));
    }
    let last = host.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let connects = matches!(&*directive.name, "connect-src" | "default-src");
    if connects && host.path.len() > 1 && !last.is_empty() && !last.contains(&b'.') {
        return Some((Rule::ExactPath, Fix::Write(format!("{word}/"))));
    }
    None
}
