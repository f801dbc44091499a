//! Content Security Policy: what a browser lets a page do, decided as Chromium decides it.
//!
//! [`check`] reads the policies of one page, judges each target, lints the text and finds the smallest change that lets
//! through what is needed. The rules of matching are those that Chromium 156 was seen to follow, where it differs from CSP3
//! too; `tests/it/csp` compares them with a real Chromium on generated policies.

mod dsn;
mod judge;
mod lint;
mod matching;
mod near;
mod need;
mod patch;
mod read;
mod source;
mod suggest;
mod target;

pub use dsn::Dsn;
pub use judge::{Decision, Judged, Outcome, judge};
pub use lint::{Finding, Fix, Rule, lint};
pub use matching::{Miss, Page, covers};
pub use near::Near;
pub use need::{Needs, Reporting, needs, reporting};
pub use patch::{Advice, Change, Patch, Word, patch};
pub use read::{Delivery, Directive, Ignored, Policy, Sent, Spot, Token, read, read_sent};
pub use source::{HostSource, Port, Source, Wrong};
pub use target::{Kind, Role, Target};

/// Everything that is known of the policies of one page.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The policies, in the order in which they were given.
    pub policies: Vec<Policy>,
    /// Each target with what became of it.
    pub judged: Vec<Judged>,
    /// Mistakes in the text, the worst first.
    pub findings: Vec<Finding>,
    /// The smallest change that lets through all that is needed.
    pub patch: Patch,
    /// For each of `judged`, the change that would let it through alone.
    pub alone: Vec<Patch>,
}

/// Judges `targets` by the policies in `texts` (header values, header lines or `<meta>` tags), which all hold for `page`.
pub fn check(texts: &[String], page: &Page, targets: Vec<Target>) -> Checked {
    let policies = read(texts);
    let judged: Vec<Judged> = targets.into_iter().map(|target| judge(&policies, page, target)).collect();
    let findings = lint(&policies);
    let alone = judged.iter().map(|judged| patch(texts, &policies, page, [judged])).collect();
    let needed = judged.iter().filter(|judged| judged.target.role == Role::Needed);
    let patch = patch(texts, &policies, page, needed);
    Checked { policies, judged, findings, patch, alone }
}
