//! Which events belong together: hashes, title and culprit of an event, with the reasons (pure).
//!
//! The way is Sentry's: each event has up to two variants, the app's own frames and all frames; a variant's values are
//! hashed; an event joins the issue that has one of its hashes. A chain of exceptions counts as a whole; an exception's
//! message counts only where no frame does, and then without ids, numbers and dates.

mod chain;
mod fingerprint;
mod frame;
mod message;
mod part;
mod stack;
mod title;

use std::borrow::Cow;

use chain::Chain;
use fingerprint::Entry;
pub(super) use message::normalize;
use part::{Part, hash, say};
use stack::{Stack, Variant};

use super::{Event, Exception};

/// What an event is grouped by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grouping {
    /// Hashes (32 hex), the primary one first: in-app frames, then all frames. An event joins the issue that has any of
    /// them.
    pub hashes: Vec<String>,
    /// `ReferenceError: x is not defined`; untrusted text.
    pub title: String,
    /// `checkout(src/cart.ts)`; untrusted text, empty where nothing is known.
    pub culprit: String,
    /// The contributing values, one a line; untrusted text.
    pub why: Vec<String>,
}

impl Event {
    /// `ReferenceError: x is not defined`; untrusted text.
    pub fn title(&self) -> String {
        title::title(self, main(self))
    }

    /// `pay(src/cart.ts:42:5)`: the app's frame nearest to the crash; untrusted text.
    pub fn crash_place(&self) -> Option<String> {
        title::place(title::crash_frame(self, main(self))?)
    }
}

/// The exception that names the issue, where that can be said without hashing.
fn main(event: &Event) -> Option<&Exception> {
    chain::choose(&event.exceptions, |a, b| {
        let said = |index: usize| event.exceptions.get(index).map(|exception| (&exception.ty, &exception.value));
        said(a) == said(b)
    })
    .main
    .or(event.exceptions.last())
}

/// Groups one event.
pub fn group(event: &Event) -> Grouping {
    let stacks: Vec<Stack<'_>> =
        event.exceptions.iter().map(|exception| Stack::of(&exception.frames, &event.platform)).collect();
    let chain = chain::choose(&event.exceptions, |a, b| {
        let values = |index| exception_hash(event, &stacks, index);
        values(a) == values(b)
    });
    let variants = variants(event, &stacks, &chain);
    let mut hashes: Vec<String> = Vec::with_capacity(variants.len());
    for variant in &variants {
        let hash = hash(variant);
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    let main = chain.main.or(event.exceptions.last());
    Grouping {
        hashes,
        title: title::title(event, main),
        culprit: title::culprit(event, main),
        why: variants.first().map(|parts| say(parts)).unwrap_or_default(),
    }
}

/// The values of each variant that contributes, the primary one first; at least one.
fn variants<'a>(event: &'a Event, stacks: &[Stack<'a>], chain: &Chain<'a>) -> Vec<Vec<Part<'a>>> {
    match fingerprint::of(event) {
        None => defaults(event, stacks, chain),
        Some(entries) if entries.iter().any(|entry| matches!(entry, Entry::Default)) => defaults(event, stacks, chain)
            .into_iter()
            .map(|default| {
                let spliced = entries.iter().flat_map(|entry| match entry {
                    Entry::Default => default.clone(),
                    Entry::Value(part) => vec![part.clone()],
                });
                spliced.collect()
            })
            .collect(),
        Some(entries) => {
            let values = entries.into_iter().filter_map(|entry| match entry {
                Entry::Value(part) => Some(part),
                Entry::Default => None,
            });
            vec![values.collect()]
        }
    }
}

fn defaults<'a>(event: &'a Event, stacks: &[Stack<'a>], chain: &Chain<'a>) -> Vec<Vec<Part<'a>>> {
    match event.kind() {
        "csp" => {
            let named = |name, value: String| Part::Named(name, value.into());
            return vec![vec![named("directive", event.csp_directive()), named("blocked", event.csp_blocked())]];
        }
        // Each feedback is its own, as in Sentry.
        "feedback" => return vec![vec![Part::Named("feedback", event.event_id.as_str().into())]],
        _ => {}
    }
    let found = if event.exceptions.is_empty() {
        let outer = Stack::of(&event.frames, &event.platform);
        stacked(&[&outer], |variant, parts| outer.add(variant, parts))
    } else {
        let counted: Vec<&Stack<'a>> = chain.counted.iter().filter_map(|index| stacks.get(*index)).collect();
        let found = stacked(&counted, |variant, parts| {
            for index in &chain.counted {
                add_exception(event, stacks, *index, variant, parts);
            }
        });
        if found.is_empty() {
            let mut parts = Vec::new();
            chain.counted.iter().for_each(|index| add_exception(event, stacks, *index, Variant::System, &mut parts));
            Vec::from_iter((!parts.is_empty()).then_some(parts))
        } else {
            found
        }
    };
    if found.is_empty() { vec![plain(event)] } else { found }
}

/// The variants to which a frame of `stacks` contributes, filled by `add`.
fn stacked<'a>(stacks: &[&Stack<'a>], add: impl Fn(Variant, &mut Vec<Part<'a>>)) -> Vec<Vec<Part<'a>>> {
    [Variant::App, Variant::System]
        .into_iter()
        .filter(|variant| stacks.iter().any(|stack| stack.contributes(*variant)))
        .map(|variant| {
            let mut parts = Vec::new();
            add(variant, &mut parts);
            parts
        })
        .collect()
}

/// Adds an exception: its type unless the SDK made it up, then its frames, or its message where no frame contributes.
fn add_exception<'a>(
    event: &'a Event,
    stacks: &[Stack<'a>],
    index: usize,
    variant: Variant,
    parts: &mut Vec<Part<'a>>,
) {
    let Some((exception, stack)) = event.exceptions.get(index).zip(stacks.get(index)) else { return };
    if let Some(ty) = exception.ty.as_deref().filter(|_| !exception.is_synthetic()) {
        parts.push(Part::Named("type", ty.into()));
    }
    if stack.contributes(variant) {
        stack.add(variant, parts);
    } else if let Some(value) = value(exception) {
        parts.push(Part::Named("value", value));
    }
}

fn value(exception: &Exception) -> Option<Cow<'_, str>> {
    exception.value.as_deref().map(normalize).filter(|value| !value.is_empty())
}

fn exception_hash(event: &Event, stacks: &[Stack<'_>], index: usize) -> String {
    let mut parts = Vec::new();
    add_exception(event, stacks, index, Variant::App, &mut parts);
    hash(&parts)
}

/// The message, else what little there is.
fn plain(event: &Event) -> Vec<Part<'_>> {
    let message = event.message.as_deref().map(normalize).filter(|message| !message.is_empty());
    let part = message.map(|message| Part::Named("message", message));
    let transaction = || event.transaction.as_deref().map(|name| Part::Named("transaction", name.into()));
    vec![part.or_else(transaction).unwrap_or(Part::Named("nothing to group by", Cow::Borrowed("")))]
}
