//! How a decision is said.

use crate::doctor::{
    csp::{Change, Decision, Directive, Judged, Kind, Word},
    project::PolicyText,
};

/// What is blocked, with its address: `events to https://o1.ingest.de.sentry.io`.
pub(super) fn target(judged: &Judged) -> String {
    let url = &judged.target.url;
    match judged.target.kind {
        Kind::Worker => "the worker of Replay (blob:)".to_owned(),
        _ if judged.target.label.ends_with("the DSN") => judged.target.label.to_owned(),
        _ if url.host_str() == Some("app.example.com") => format!("{} ({})", judged.target.label, url.path()),
        Kind::Connect => format!("{} ({})", judged.target.label, url.origin().ascii_serialization()),
        _ => format!("{} ({url})", judged.target.label),
    }
}

/// Which directive decided, and why it does not let it through.
pub(super) fn reason(decision: &Decision, directive: Option<&Directive>, kind: Kind) -> String {
    let Some(directive) = directive else { return "nothing in it lets that through".to_owned() };
    let name = &directive.name;
    let chain = kind.chain();
    let fallback = match chain.first() {
        Some(first) if *first != name && kind == Kind::Connect => {
            format!("there is no {first}, so {name} decides, and ")
        }
        _ => format!("{name} decides, and "),
    };
    let why = match &decision.near {
        Some(near) => format!("`{}` does not match: {}", near.source, near.why),
        None if decision.empty => "it has nothing that can match".to_owned(),
        None => {
            let words: Vec<&str> = directive.values.iter().map(|value| value.text.as_str()).take(6).collect();
            let more = if directive.values.len() > 6 { " …" } else { "" };
            format!("`{}{more}` does not cover it", words.join(" "))
        }
    };
    format!("{fallback}{why}")
}

/// A change in words: `add https://host to connect-src`.
pub(super) fn change(change: &Change) -> String {
    let added: Vec<&str> = change
        .words
        .iter()
        .filter_map(|word| if let Word::Add(word) = word { Some(word.as_str()) } else { None })
        .collect();
    match (&change.from, change.words.first()) {
        (Some(_), _) => format!("add the directive `{}`", added.join(" ")),
        (None, Some(Word::Keep(name))) => format!("add `{}` to {name}", added.join(" ")),
        _ => format!("add `{}`", added.join(" ")),
    }
}

/// The policy by its layer and place.
pub(super) fn policy(policy: &PolicyText) -> String {
    let pages = policy.pages.as_ref().map(|pages| format!(" for {pages}")).unwrap_or_default();
    let of = policy.defaults.as_ref().map(|defaults| format!(" with {defaults}")).unwrap_or_default();
    format!("The policy of {}{of}{pages}", policy.layer.words())
}
