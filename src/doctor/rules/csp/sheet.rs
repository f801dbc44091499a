//! One policy of the app, judged: what it says to each thing that Sentry needs, and the change that lets it through.

use crate::doctor::{
    csp::{
        Change as Planned, Decision, Directive, Judged, Outcome, Page, Policy, Sent, Source, Target, Word, judge,
        patch, read_sent,
    },
    finding::{At, Edit},
    project::{Change, PolicyText, Project},
    script::Span,
};

/// Combinations of what unknown parts can be that are tried.
const MAX_VARIANTS: usize = 16;

/// What a policy says to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    Blocked,
    /// It hangs on something that reading does not tell.
    Unknown,
}

/// A policy whose text is known, at least in part.
pub(super) struct Sheet<'a> {
    pub(super) policy: &'a PolicyText,
    pub(super) text: &'a str,
    pub(super) read: Vec<Policy>,
    variants: Vec<Vec<Policy>>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(policy: &'a PolicyText) -> Option<Self> {
        let text = policy.text.as_deref().ok()?;
        let read = |text: &str| read_sent(&[Sent { text, delivery: policy.delivery, report_only: policy.report_only }]);
        let variants = variants(policy, text).iter().map(|text| read(text)).collect();
        Some(Self { policy, text, read: read(text), variants })
    }

    /// Whether a target gets through.
    pub(super) fn verdict(&self, page: &Page, target: &Target) -> Verdict {
        let mut all = self.variants.iter().map(|policies| verdict(policies, page, target));
        let Some(first) = all.next() else { return Verdict::Unknown };
        if all.all(|verdict| verdict == first) { first } else { Verdict::Unknown }
    }

    /// Whether no script runs under the policy at all: it is for answers that are no pages of the app, for uploads or data.
    pub(super) fn runs_nothing(&self) -> bool {
        self.read.iter().any(|policy| {
            let scripts =
                ["script-src-elem", "script-src", "default-src"].iter().find_map(|name| policy.directive(name));
            let none = scripts.is_some_and(|directive| {
                directive.values.iter().all(|value| Source::read(&value.text) == Source::Nothing)
            });
            let sandbox = policy.directive("sandbox").is_some_and(|directive| {
                !directive.values.iter().any(|value| value.text.eq_ignore_ascii_case("allow-scripts"))
            });
            none || sandbox
        })
    }

    /// The judgement on the text as it is written.
    pub(super) fn judged(&self, page: &Page, target: &Target) -> Judged {
        judge(&self.read, page, target.clone())
    }

    /// The directive that decided.
    pub(super) fn directive(&self, decision: &Decision) -> Option<&Directive> {
        let policy = self.read.iter().find(|policy| policy.number == decision.policy)?;
        policy.directives.iter().find(|directive| Some(directive.written.spot) == decision.spot)
    }

    /// The place of a stretch of the text.
    pub(super) fn at(&self, project: &Project, start: usize, end: usize) -> At {
        let (path, span) = self.policy.written_at(start, end).unwrap_or((&self.policy.path, self.policy.span));
        place(project, path, span)
    }

    /// The place of the directive that decided.
    pub(super) fn decided_at(&self, project: &Project, decision: &Decision) -> At {
        let Some(directive) = self.directive(decision) else {
            return place(project, &self.policy.path, self.policy.span);
        };
        let end = directive.values.last().unwrap_or(&directive.written).spot.end;
        // The name can be computed, and then the first source that is written shows the place.
        let words = std::iter::once(&directive.written).chain(&directive.values);
        let start = words.map(|word| word.spot.start).find(|start| self.policy.written_at(*start, end).is_some());
        self.at(project, start.unwrap_or(directive.written.spot.start), end)
    }

    /// The edits that let through what is blocked, and the change in words; none where only a person can.
    pub(super) fn fix(&self, page: &Page, judged: &[Judged]) -> (Vec<Planned>, Option<Vec<Edit>>) {
        let planned = patch(&[], &self.read, page, judged);
        if !planned.advice.is_empty() {
            return (planned.changes, None);
        }
        let changes: Option<Vec<Change>> = planned.changes.iter().map(|change| self.change(change)).collect();
        let edits = changes.and_then(|changes| self.policy.edits(&changes));
        (planned.changes, edits.filter(|edits| !edits.is_empty()))
    }

    fn change(&self, planned: &Planned) -> Option<Change> {
        let policy = self.read.iter().find(|policy| policy.number == planned.policy)?;
        let mut words = planned.words.iter();
        let (Word::Keep(name) | Word::Add(name) | Word::Remove(name)) = words.next()?;
        let of = policy.directive(planned.from.as_deref().unwrap_or(name))?;
        let last = of.values.last().unwrap_or(&of.written);
        let (mut all, mut add, mut gone) = (Vec::new(), Vec::new(), false);
        for word in words {
            match word {
                Word::Keep(word) => all.push(word.clone()),
                Word::Add(word) => {
                    all.push(word.clone());
                    add.push(word.clone());
                }
                Word::Remove(_) => gone = true,
            }
        }
        if planned.from.is_some() {
            return Some(Change::Directive { name: name.clone(), at: last.spot.end, sources: all });
        }
        if gone {
            let first = of.values.first().unwrap_or(&of.written);
            let replace = Change::Replace { start: first.spot.start, end: last.spot.end, with: add.join(" ") };
            if self.policy.edits(std::slice::from_ref(&replace)).is_some() {
                return Some(replace);
            }
        }
        Some(Change::Sources { name: of.written.text.clone(), at: last.spot.end, add, all })
    }
}

/// The place of a stretch of a file.
pub(super) fn place(project: &Project, path: &str, span: Span) -> At {
    match project.files.read(path) {
        Ok(Some(text)) => At::span(path, &text, span),
        _ => At::whole(path),
    }
}

/// The texts with what their unknown parts can be put in; parts that can be anything stay.
fn variants(policy: &PolicyText, text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    for (number, unknown) in policy.unknown.iter().enumerate() {
        let name = format!("${{{number}}}");
        if unknown.choices.is_empty() || all.len() * unknown.choices.len() > MAX_VARIANTS {
            continue;
        }
        let with = |text: &String| -> Vec<String> {
            unknown.choices.iter().map(|choice| text.replace(&name, choice)).collect()
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

fn verdict(policies: &[Policy], page: &Page, target: &Target) -> Verdict {
    let judged = judge(policies, page, target.clone());
    if judged.outcome != Outcome::Blocked {
        return Verdict::Allowed;
    }
    let blocking = judged.decisions.iter().filter(|decision| decision.outcome == Outcome::Blocked);
    let mut certain = blocking.filter(|decision| {
        let policy = policies.iter().find(|policy| policy.number == decision.policy);
        policy.is_some_and(|policy| !is_open(policy, decision, target))
    });
    if certain.next().is_some() { Verdict::Blocked } else { Verdict::Unknown }
}

/// Whether an unknown part can change the decision.
fn is_open(policy: &Policy, decision: &Decision, target: &Target) -> bool {
    let unknown = |text: &str| text.contains("${") && !matches!(Source::read(text), Source::Nonce(_));
    let Some(at) = policy.directives.iter().position(|each| Some(each.written.spot) == decision.spot) else {
        return true;
    };
    let decider = policy.directives.get(at);
    // A whole directive can hide in it: one that comes first in the chain, or before this one with its name.
    let first = target.kind.chain().first() == decision.directive.as_deref().as_ref();
    let directives = policy.directives.iter().enumerate();
    let hidden = directives.clone().any(|(place, each)| unknown(&each.written.text) && (!first || place < at));
    let glued = directives.filter(|(place, _)| !first || *place < at).any(|(_, each)| {
        // `…${x}` at the end of a directive can bring a `;` and the next one with it.
        each.values.last().is_some_and(|last| unknown(&last.text))
    });
    hidden || glued || decider.is_some_and(|each| each.values.iter().any(|value| unknown(&value.text)))
}
