//! The smallest change that lets targets through: the exact host, in the directive that governs it and in no other.

use super::{
    Delivery, Directive, Judged, Kind, Outcome, Page, Policy, Target, judge::operative, lint::is_unquoted,
    source::Source,
};

/// A word of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Stays.
    Keep(String),
    /// Is new.
    Add(String),
    /// Goes.
    Remove(String),
}

/// The change of one directive.
#[derive(Debug, Clone)]
pub struct Change {
    /// Number of the policy.
    pub policy: usize,
    /// The directive that a new one takes its sources from.
    pub from: Option<String>,
    /// The directive after the change, word by word, its name first.
    pub words: Vec<Word>,
}

/// Why no change of a policy helps, and what does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The tag must carry the nonce.
    Nonce,
    /// With `'strict-dynamic'` the tag must carry a nonce, and the policy has none.
    StrictDynamic,
    /// The inline script must become a file, or get a nonce.
    Inline,
    /// CSP cannot name an IPv6 address.
    Ipv6,
}

/// What to change.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// Directive by directive.
    pub changes: Vec<Change>,
    /// The new text of each text that changes: which of the texts, from 0, and its words.
    pub texts: Vec<(usize, String)>,
    /// What no change of the policy does.
    pub advice: Vec<Advice>,
}

/// What one directive is to get.
struct Plan<'a> {
    policy: &'a Policy,
    name: &'static str,
    /// The directive that decides now.
    operative: &'a Directive,
    add: Vec<String>,
}

/// The smallest change that lets through those of `judged` that are not; policies that report only stay as they are.
pub fn patch<'a>(
    texts: &[String],
    policies: &[Policy],
    page: &Page,
    judged: impl IntoIterator<Item = &'a Judged>,
) -> Patch {
    let mut plans: Vec<Plan<'_>> = Vec::new();
    let mut patch = Patch::default();
    for judged in judged {
        let against = judged.decisions.iter().filter(|decision| !decision.report_only);
        for decision in against.filter(|decision| decision.outcome != Outcome::Allowed) {
            let target = &judged.target;
            let Some(policy) = policies.iter().find(|policy| policy.number == decision.policy) else { continue };
            let Some(operative) = operative(policy, target.kind) else { continue };
            let source = if target.kind == Kind::Inline {
                Err(if decision.outcome == Outcome::WithNonce { Advice::Nonce } else { Advice::Inline })
            } else if decision.outcome == Outcome::WithNonce {
                Err(Advice::Nonce)
            } else if decision.strict_dynamic {
                Err(Advice::StrictDynamic)
            } else {
                source_of(target, page)
            };
            match source {
                Err(advice) if patch.advice.contains(&advice) => {}
                Err(advice) => patch.advice.push(advice),
                Ok(source) => {
                    let name = own_directive(target.kind, &operative.name);
                    plan(&mut plans, policy, name, operative, source);
                }
            }
        }
    }
    // A new directive comes to stand behind the one that it is taken from, with all that this one gets.
    plans.sort_by_key(|plan| (plan.policy.number, plan.operative.name != plan.name));
    let mut edits = Vec::new();
    for plan in plans {
        let (change, mut edit) = change(&plan);
        patch.changes.push(change);
        edits.append(&mut edit);
    }
    patch.texts = edited(texts, edits);
    patch
}

fn plan<'a>(
    plans: &mut Vec<Plan<'a>>,
    policy: &'a Policy,
    name: &'static str,
    operative: &'a Directive,
    source: String,
) {
    match plans.iter_mut().find(|plan| plan.policy.number == policy.number && plan.name == name) {
        Some(plan) if plan.add.contains(&source) => {}
        Some(plan) => plan.add.push(source),
        None => plans.push(Plan { policy, name, operative, add: vec![source] }),
    }
}

/// The exact source for a target.
fn source_of(target: &Target, page: &Page) -> Result<String, Advice> {
    let url = &target.url;
    if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") {
        return Ok(format!("{}:", url.scheme()));
    }
    if page.owns(url) {
        return Ok("'self'".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    if host.starts_with('[') {
        return Err(Advice::Ipv6);
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{}://{host}{port}", url.scheme()))
}

/// The directive that is to name the source: the one that is for this kind and nothing else.
fn own_directive(kind: Kind, operative: &str) -> &'static str {
    let chain = kind.chain();
    let first = chain.first().copied().unwrap_or_default();
    // `script-src-elem` beside `script-src` would cut what is inline off from its nonces in older browsers.
    let usual = if first.ends_with("-elem") { chain.get(1).copied().unwrap_or(first) } else { first };
    if operative == first { first } else { usual }
}

/// A piece of text to put in place of what stands from the first byte to the second.
type Edit = (usize, usize, usize, String);

fn change(plan: &Plan<'_>) -> (Change, Vec<Edit>) {
    let escaped = |text: String| if plan.policy.quote == Some('\'') { text.replace('\'', "&#39;") } else { text };
    let last = plan.operative.values.last().unwrap_or(&plan.operative.written);
    let end = last.spot.end;
    let added = plan.add.join(" ");
    let mut words = Vec::new();
    let mut edits = Vec::new();
    let from = (plan.operative.name != plan.name).then(|| plan.operative.name.clone());
    if from.is_some() {
        let kept = copied(plan);
        words.push(Word::Add(plan.name.to_owned()));
        words.extend(kept.iter().chain(&plan.add).cloned().map(Word::Add));
        let copied: String = kept.iter().map(|word| format!("{word} ")).collect();
        edits.push((last.spot.text, end, end, escaped(format!("; {} {copied}{added}", plan.name))));
    } else {
        words.push(Word::Keep(plan.operative.written.text.clone()));
        let only_none = plan.operative.values.iter().all(|value| Source::read(&value.text) == Source::Nothing);
        if only_none && let Some(first) = plan.operative.values.first() {
            words.extend(plan.operative.values.iter().map(|value| Word::Remove(value.text.clone())));
            edits.push((first.spot.text, first.spot.start, end, escaped(added)));
        } else {
            words.extend(plan.operative.values.iter().map(|value| Word::Keep(value.text.clone())));
            edits.push((last.spot.text, end, end, escaped(format!(" {added}"))));
        }
        words.extend(plan.add.iter().cloned().map(Word::Add));
    }
    if plan.policy.delivery == Delivery::Meta && plan.policy.quote.is_none() {
        edits.clear();
    }
    (Change { policy: plan.policy.number, from, words }, edits)
}

/// What a new directive takes over from the one that decided until now: all that means something to it.
fn copied(plan: &Plan<'_>) -> Vec<String> {
    let script = plan.name.starts_with("script-src") || plan.name.starts_with("style-src");
    let values = plan.operative.values.iter().filter(|value| {
        let source = Source::read(&value.text);
        let keyword = !matches!(source, Source::Invalid(_) | Source::Nothing);
        !is_unquoted(&value.text) && (source.is_address() || (script && keyword))
    });
    values.map(|value| value.text.clone()).collect()
}

/// The texts with their edits, from the last to the first.
fn edited(texts: &[String], mut edits: Vec<Edit>) -> Vec<(usize, String)> {
    // The later of two at one place comes to stand behind, as it was planned.
    edits.reverse();
    edits.sort_by_key(|(text, start, ..)| (*text, std::cmp::Reverse(*start)));
    let mut out: Vec<(usize, String)> = Vec::new();
    for (text, start, end, new) in edits {
        if out.last().is_none_or(|(at, _)| *at != text) {
            let Some(old) = texts.get(text) else { continue };
            out.push((text, old.clone()));
        }
        if let Some((_, words)) = out.last_mut()
            && words.is_char_boundary(start)
            && words.is_char_boundary(end)
        {
            words.replace_range(start..end, &new);
        }
    }
    out
}
