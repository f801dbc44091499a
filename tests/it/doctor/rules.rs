//! The list of rules: all that were promised, each declared whole, each with a case.

use std::collections::BTreeSet;

use fixloop::doctor::rules::{self, Check};

use super::{case::Case, cases::files};

/// Numbers of the rules of each group.
const GROUPS: [(&str, usize); 8] =
    [("DSN", 7), ("CFG", 9), ("TUN", 12), ("CSP", 8), ("BRW", 4), ("SRC", 1), ("SEC", 4), ("SPT", 1)];

#[test]
fn every_rule_is_there_once_and_declared_whole() {
    let mut expected: Vec<String> = Vec::new();
    for (group, last) in GROUPS {
        expected.extend((1..=last).map(|number| format!("{group}{number:03}")));
    }
    expected.sort();
    let mut there: Vec<String> = rules::all().map(|rule| rule.id.to_owned()).collect();
    there.sort();
    assert_eq!(there, expected);
    for rule in rules::all() {
        assert!(!rule.title.is_empty() && !rule.title.ends_with('.'), "{}: {}", rule.id, rule.title);
        assert!(rule.why.split_whitespace().count() >= 8, "{}: why: {}", rule.id, rule.why);
        assert!(rule.docs.starts_with("https://"), "{}: docs: {}", rule.id, rule.docs);
        assert!(!rule.checks.is_empty(), "{} looks at nothing", rule.id);
        assert_eq!(rules::by_id(&rule.id.to_lowercase()).map(|found| found.id), Some(rule.id));
    }
}

#[test]
fn every_rule_that_reads_has_a_case_that_it_finds() {
    let cases = files("cases", "case");
    let found: BTreeSet<String> =
        cases.iter().flat_map(|(name, text)| Case::read(name, text).unwrap().finds).map(|find| find.rule).collect();
    let reads = rules::all().filter(|rule| rule.checks.iter().any(|check| matches!(check, Check::Static(_))));
    let without: Vec<&str> = reads.map(|rule| rule.id).filter(|id| !found.contains(*id)).collect();
    assert!(without.is_empty(), "no case finds {without:?}");
}
