//! Ids of findings: the same as long as the fault is the same, whatever else in the file changes.

use std::collections::BTreeSet;

use md5::{Digest, Md5};

use super::Numbered;
use crate::doctor::finding::Finding;

/// Hex digits of an id, where nothing else begins with them.
const DIGITS: usize = 4;

/// Sorts findings, the worst first, drops those that say the same twice, and gives each its id.
pub(super) fn numbered(mut findings: Vec<Finding>) -> Vec<Numbered> {
    findings.sort_by_cached_key(|finding| {
        let first = finding.at.first();
        let place = first.and_then(|at| at.place).map(|place| (place.line, place.column));
        (finding.severity, finding.rule, first.map(|at| at.source.clone()), place, finding.key.clone())
    });
    // Two apps may share a file.
    findings.dedup_by(|a, b| a.rule == b.rule && a.key == b.key && a.at == b.at);
    let mut taken = BTreeSet::new();
    findings
        .into_iter()
        .map(|finding| {
            let id = id(&finding, &taken);
            taken.insert(id.clone());
            Numbered { id, finding }
        })
        .collect()
}

fn id(finding: &Finding, taken: &BTreeSet<String>) -> String {
    let source = finding.at.first().map(|at| at.source.as_str()).unwrap_or_default();
    let mut hash = Md5::new();
    for part in [finding.rule, source, finding.key.as_str()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let short = (DIGITS..=digits.len()).step_by(DIGITS).filter_map(|length| digits.get(..length).map(str::to_owned));
    // Of several with one key in one file, the later ones get more digits, at last a number.
    let ids = short.chain((2..).map(|again: usize| format!("{digits}{again}")));
    let mut ids = ids.map(|hash| format!("{}-{hash}", finding.rule));
    ids.find(|id| !taken.contains(id)).unwrap_or_default()
}
