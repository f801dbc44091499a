//! What must not be shown, taken out of every text that leaves the doctor.

use crate::redact::{self, REDACTED};

use super::check::Numbered;

/// A shorter value is no secret, and would be found in everything.
const SHORTEST: usize = 6;

/// The secrets of findings.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// The longest first: one may be part of another.
    secrets: Vec<String>,
}

impl Mask {
    /// Of these findings.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Numbered>) -> Self {
        let mut mask = Self::default();
        mask.add(findings);
        mask
    }

    /// Also of these.
    pub fn add<'a>(&mut self, findings: impl IntoIterator<Item = &'a Numbered>) {
        let all = findings.into_iter().flat_map(|each| &each.finding.secrets);
        self.secrets.extend(all.filter(|secret| secret.len() >= SHORTEST).cloned());
        self.sort();
    }

    /// Also what another one hides.
    pub fn also(&mut self, other: &Self) {
        self.secrets.extend(other.secrets.iter().cloned());
        self.sort();
    }

    fn sort(&mut self) {
        self.secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.secrets.dedup();
    }

    /// A text without them, and without what says by itself that it is a secret.
    pub fn text(&self, text: &str) -> String {
        let own = self.secrets.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), REDACTED) } else { text }
        });
        redact::text(&own)
    }
}
