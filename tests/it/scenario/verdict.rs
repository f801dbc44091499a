//! The truth table of verdicts.

use std::fmt::Write as _;

use fixloop::scenario::{Fault, Kind, Run, RunStatus, Verdict, judge, targets};

use super::parts::{blind, fault, run};

/// Kinds of runs after a fix, each by a letter.
fn after(letter: char, index: usize) -> Run {
    let id = format!("r{index}");
    match letter {
        // Complete and clean.
        'c' => run(&id, 3, &[]),
        // Complete, shows the fault.
        'F' => run(&id, 3, &[fault("A", 2)]),
        // Complete, shows a fault of the baseline that was not asked about.
        'o' => run(&id, 3, &[fault("B", 1)]),
        // Complete, shows a new fault.
        'N' => run(&id, 3, &[fault("N", 2)]),
        // Complete, shows the fault and a new one.
        'X' => run(&id, 3, &[fault("A", 2), fault("N", 2)]),
        // Stopped at the second step, where the baseline did not.
        's' => run(&id, 1, &[fault("step-2-x", 2)]),
        // Stopped, and shows the fault too.
        'S' => run(&id, 1, &[fault("A", 1), fault("step-2-x", 2)]),
        // Complete and clean, but for an event of which the issue is not known.
        'u' => Run { unplaced: 1, ..run(&id, 3, &[]) },
        // No browser.
        'b' => blind(&id, RunStatus::CouldNotRun),
        // Cancelled.
        'x' => blind(&id, RunStatus::Cancelled),
        // Another scenario.
        'd' => Run { step_hash: "other".to_owned(), ..run(&id, 3, &[]) },
        _ => unreachable!(),
    }
}

fn runs(letters: &str) -> Vec<Run> {
    letters.chars().enumerate().map(|(index, letter)| after(letter, index)).collect()
}

/// What the rules of the house say, written a second time and otherwise: `expected` knows sets of letters only.
fn expected(letters: &str, wanted: usize) -> Verdict {
    let has = |any: &str| letters.chars().any(|letter| any.contains(letter));
    if has("d") {
        return Verdict::Inconclusive;
    }
    if has("NXsS") {
        return Verdict::Regressed;
    }
    match (has("F"), has("co")) {
        (true, true) => Verdict::Flaky,
        (true, false) => Verdict::StillFailing,
        (false, _) if letters.len() < wanted || letters.is_empty() || has("bxu") => Verdict::Inconclusive,
        (false, _) => Verdict::Fixed,
    }
}

#[test]
fn every_combination_of_runs_has_its_verdict() {
    let baseline = run("base", 3, &[fault("A", 2), fault("B", 1)]);
    let letters = "cFoNXsSbxdu";
    let mut checked = 0;
    let mut all: Vec<String> = vec![String::new()];
    for _ in 0..3 {
        let longer: Vec<String> =
            all.iter().flat_map(|head| letters.chars().map(move |letter| format!("{head}{letter}"))).collect();
        all.extend(longer);
        all.sort();
        all.dedup();
    }
    for combination in &all {
        for wanted in 1..=3_u32 {
            let judgement = judge(Some(&baseline), &["A".to_owned()], &runs(combination), wanted);
            let want = expected(combination, usize::try_from(wanted).unwrap());
            assert_eq!(judgement.verdict, want, "{combination} of {wanted}: {:?}", judgement.reasons);
            assert!(!judgement.reasons.is_empty(), "{combination}");
            checked += 1;
        }
    }
    assert_eq!(checked, 3 * (1 + 11 + 121 + 1331));
}

#[test]
fn without_proof_nothing_is_fixed() {
    let targets = ["A".to_owned()];
    let red = run("base", 3, &[fault("A", 2)]);
    let clean = runs("ccc");
    let no_proof: [(&str, Option<Run>, &[String]); 6] = [
        ("no baseline", None, &targets),
        ("green baseline", Some(run("base", 3, &[])), &targets),
        ("another fault", Some(run("base", 3, &[fault("B", 2)])), &targets),
        ("no fault", Some(red.clone()), &[]),
        ("blind baseline", Some(blind("base", RunStatus::CouldNotRun)), &targets),
        ("other steps", Some(Run { step_hash: "old".to_owned(), ..red.clone() }), &targets),
    ];
    for (name, baseline, targets) in no_proof {
        let judgement = judge(baseline.as_ref(), targets, &clean, 3);
        assert_eq!(judgement.verdict, Verdict::Inconclusive, "{name}");
    }
    assert_eq!(judge(Some(&red), &targets, &clean, 3).verdict, Verdict::Fixed, "with proof it is");
}

#[test]
fn every_target_must_be_gone() {
    let baseline = run("base", 3, &[fault("A", 2), fault("B", 1)]);
    let both = ["A".to_owned(), "B".to_owned()];
    assert_eq!(judge(Some(&baseline), &both, &runs("ooo"), 3).verdict, Verdict::StillFailing);
    assert_eq!(judge(Some(&baseline), &both, &runs("coc"), 3).verdict, Verdict::Flaky);
    let one = judge(Some(&baseline), &["A".to_owned()], &runs("ooo"), 3);
    assert_eq!(one.verdict, Verdict::Fixed);
    assert_eq!(one.other_faults, [fault("B", 1)], "and what is still there is told");
}

#[test]
fn a_step_that_failed_is_a_fault_like_any_other() {
    let baseline = run("base", 1, &[fault("step-2-x", 2)]);
    let target = ["step-2-x".to_owned()];
    let judge = |letters: &str| judge(Some(&baseline), &target, &runs(letters), 2).verdict;
    assert_eq!(judge("cc"), Verdict::Fixed);
    assert_eq!(judge("ss"), Verdict::StillFailing);
    assert_eq!(judge("sc"), Verdict::Flaky);
}

/// A fault of the issue `LOCAL-1`.
fn of_issue(fingerprint: &str, kind: Kind) -> Fault {
    Fault { kind, issue: Some("LOCAL-1".to_owned()), ..fault(fingerprint, 2) }
}

#[test]
fn what_still_arrives_in_the_issue_is_not_fixed() {
    let thrown = of_issue("A", Kind::UncaughtError);
    let baseline = run("base", 3, std::slice::from_ref(&thrown));
    let wanted = targets(std::slice::from_ref(&thrown));
    assert_eq!(wanted, ["A", "issue-LOCAL-1"]);
    let other = Fault { issue: Some("LOCAL-2".to_owned()), ..of_issue("issue-LOCAL-2", Kind::SentryEnvelope) };
    let cases = [
        ("caught and captured", of_issue("issue-LOCAL-1", Kind::SentryEnvelope), Verdict::StillFailing),
        ("caught, logged and captured", of_issue("L", Kind::ConsoleError), Verdict::StillFailing),
        ("as it was", thrown, Verdict::StillFailing),
        ("another issue", other, Verdict::Regressed),
    ];
    for (name, seen, verdict) in cases {
        let judgement = judge(Some(&baseline), &wanted, &[run("r0", 3, &[seen])], 1);
        assert_eq!(judgement.verdict, verdict, "{name}: {:?}", judgement.reasons);
        assert_eq!(judgement.new_faults.len(), usize::from(verdict == Verdict::Regressed), "{name}");
        assert!(judgement.other_faults.is_empty(), "{name}: {:?}", judgement.other_faults);
    }
    assert_eq!(judge(Some(&baseline), &wanted, &[run("r0", 3, &[])], 1).verdict, Verdict::Fixed);
}

#[test]
fn a_fault_that_is_allowed_now_is_not_fixed() {
    let baseline = run("base", 3, &[fault("A", 2)]);
    let mut hidden = run("r0", 3, &[]);
    let observation = serde_json::json!({
        "allowed": true,
        "observation": { "step": 2, "at_ms": 1, "fingerprint": "A", "kind": "uncaught_error", "message": "x" }
    });
    hidden.observations = vec![serde_json::from_value(observation).unwrap()];
    assert_eq!(judge(Some(&baseline), &["A".to_owned()], &[hidden], 1).verdict, Verdict::StillFailing);
}

#[test]
fn the_reasons_say_it_in_plain_words() {
    let stopped = run("base", 1, &[fault("A", 2), fault("step-2-x", 2)]);
    let full = run("base", 3, &[fault("A", 2)]);
    let mut texts = String::new();
    let cases = [
        ("fixed", Some(&full), "ccc", 3),
        ("still failing", Some(&full), "FFF", 3),
        ("flaky", Some(&full), "cFc", 3),
        ("regressed", Some(&full), "NNN", 3),
        ("both", Some(&full), "XFc", 3),
        ("hidden behind", Some(&stopped), "NNN", 3),
        ("stopped where it stopped", Some(&stopped), "sss", 3),
        ("no browser", Some(&full), "b", 3),
        ("cancelled", Some(&full), "cx", 3),
        ("other steps", Some(&full), "d", 1),
        ("an event without an issue", Some(&full), "cu", 2),
        ("no baseline", None, "c", 1),
    ];
    for (name, baseline, letters, wanted) in cases {
        let judgement = judge(baseline, &["A".to_owned()], &runs(letters), wanted);
        let _ = writeln!(texts, "{name}: {}", judgement.verdict.word());
        judgement.reasons.iter().for_each(|reason| _ = writeln!(texts, "  {reason}"));
    }
    insta::assert_snapshot!(texts);
}
