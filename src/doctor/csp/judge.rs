//! The verdict on a target: each policy by itself, then all together.

use super::{Directive, Kind, Near, Page, Policy, Spot, Target, matching::covers, near::nearest, source::Source};

/// What becomes of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No enforced policy blocks it.
    Allowed,
    /// Only where its tag has the nonce of the policy.
    WithNonce,
    /// A policy blocks it.
    Blocked,
}

/// What one policy says to a target.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Number of the policy.
    pub policy: usize,
    /// The policy reports only.
    pub report_only: bool,
    /// The directive that decides: first of the chain that the policy has; none = nothing governs it.
    pub directive: Option<String>,
    /// Where the directive stands.
    pub spot: Option<Spot>,
    /// What it says.
    pub outcome: Outcome,
    /// The source that let it through.
    pub source: Option<String>,
    /// The directive has nothing that can match by address: `'none'`, or nothing at all.
    pub empty: bool,
    /// `'strict-dynamic'` makes the listed hosts count for nothing.
    pub strict_dynamic: bool,
    /// The source that comes nearest, and why it does not match.
    pub near: Option<Near>,
}

/// A target with its verdict.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The target.
    pub target: Target,
    /// All enforced policies together.
    pub outcome: Outcome,
    /// An https page that asks for http: browsers refuse that as mixed content, whatever a policy says.
    pub mixed: bool,
    /// What each policy says, in order; policies that browsers leave out are not among them.
    pub decisions: Vec<Decision>,
}

impl Judged {
    /// The decision that matters: the first enforced policy that blocks, else the first that governs it at all.
    pub fn deciding(&self) -> Option<&Decision> {
        let mut enforced = self.decisions.iter().filter(|decision| !decision.report_only);
        let governs = || self.decisions.iter().find(|decision| !decision.report_only && decision.directive.is_some());
        enforced.find(|decision| self.outcome != Outcome::Allowed && decision.outcome == self.outcome).or_else(governs)
    }

    /// Report-Only policies that would block it.
    pub fn reported(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.report_only && decision.outcome != Outcome::Allowed)
    }
}

/// Judges one target by all policies of its page.
pub fn judge(policies: &[Policy], page: &Page, target: Target) -> Judged {
    let heard = policies.iter().filter(|policy| !policy.is_void());
    let decisions: Vec<Decision> = heard.map(|policy| decide(policy, page, &target)).collect();
    let enforced = || decisions.iter().filter(|decision| !decision.report_only).map(|decision| decision.outcome);
    let outcome = if enforced().any(|outcome| outcome == Outcome::Blocked) {
        Outcome::Blocked
    } else if enforced().any(|outcome| outcome == Outcome::WithNonce) {
        Outcome::WithNonce
    } else {
        Outcome::Allowed
    };
    let mixed = is_mixed(page, &target);
    Judged { target, outcome, mixed, decisions }
}

/// Pictures and media are asked for by https instead, and the own machine is trusted.
fn is_mixed(page: &Page, target: &Target) -> bool {
    let plain = matches!(target.url.scheme(), "http" | "ws") && page.url().scheme() == "https";
    let host = target.url.host_str().unwrap_or_default();
    let own = matches!(host, "localhost" | "[::1]") || host.ends_with(".localhost") || host.starts_with("127.");
    plain && !own && !matches!(target.kind, Kind::Image | Kind::Media)
}

/// The directive of a policy that decides on a kind.
pub(super) fn operative(policy: &Policy, kind: Kind) -> Option<&Directive> {
    kind.chain().iter().find_map(|name| policy.directive(name))
}

fn decide(policy: &Policy, page: &Page, target: &Target) -> Decision {
    let mut decision = Decision {
        policy: policy.number,
        report_only: policy.report_only,
        directive: None,
        spot: None,
        outcome: Outcome::Allowed,
        source: None,
        empty: false,
        strict_dynamic: false,
        near: None,
    };
    let Some(directive) = operative(policy, target.kind) else { return decision };
    let sources: Vec<(Source, &str)> =
        directive.values.iter().map(|token| (Source::read(&token.text), token.text.as_str())).collect();
    decision.directive = Some(directive.name.clone());
    decision.spot = Some(directive.written.spot);
    decision.empty = !sources.iter().any(|(source, _)| source.is_address());
    let strict = sources.iter().find(|(source, _)| *source == Source::StrictDynamic);
    decision.strict_dynamic = strict.is_some() && target.kind.is_script();
    let by_address = || sources.iter().find(|(source, _)| covers(source, &target.url, page).is_ok());
    let found = match target.kind {
        Kind::Inline => inline(&sources),
        Kind::Worker | Kind::DynamicScript => strict.or_else(by_address),
        // A tag in the HTML needs a nonce there; hosts count for nothing.
        Kind::Script if strict.is_some() => None,
        _ => by_address(),
    };
    decision.source = found.map(|(_, text)| (*text).to_owned());
    let nonce = sources.iter().any(|(source, _)| matches!(source, Source::Nonce(_)));
    decision.outcome = match found {
        Some(_) => Outcome::Allowed,
        None if nonce && matches!(target.kind, Kind::Script | Kind::Inline | Kind::Style) => Outcome::WithNonce,
        None => Outcome::Blocked,
    };
    if found.is_none() && target.kind != Kind::Inline && !decision.strict_dynamic {
        decision.near = nearest(&sources, &target.url, page);
    }
    decision
}

/// `'unsafe-inline'` counts only where no nonce, no hash and no `'strict-dynamic'` stands beside it.
fn inline<'a, 's>(sources: &'s [(Source, &'a str)]) -> Option<&'s (Source, &'a str)> {
    let stricter = |source: &Source| matches!(source, Source::Nonce(_) | Source::Hash | Source::StrictDynamic);
    if sources.iter().any(|(source, _)| stricter(source)) {
        return None;
    }
    sources.iter().find(|(source, _)| *source == Source::UnsafeInline)
}
