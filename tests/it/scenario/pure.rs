//! Comparison, variables, faults and what a run keeps.

use std::collections::BTreeMap;

use fixloop::{
    error::ToolError,
    event::{Fate, Fault as Thrown, Observation, Request, SentEnvelope, What},
    report::Text,
    scenario::{
        KnownIssue, Loaded, Parts, Performed, Run, RunStatus, Secrets, StepResult, StepStatus, assemble, compare, fill,
        read, render_comparison, sort_out, unplaced,
    },
};

use super::parts::{blind, fault, run};

#[test]
fn compares_by_fingerprint_and_by_step() {
    let before = run("before", 3, &[fault("A", 2), fault("B", 1), fault("C", 3)]);
    let after = run("after", 3, &[fault("B", 1), fault("N", 2)]);
    let comparison = compare(&before, &after);
    let prints = |faults: &[fixloop::scenario::Fault]| {
        faults.iter().map(|fault| fault.fingerprint.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(prints(&comparison.gone), "A C");
    assert_eq!(prints(&comparison.still), "B");
    assert_eq!(prints(&comparison.new), "N");
    assert!(comparison.steps.is_empty());

    // A run that stopped at step 2 says nothing of what comes at step 2 and later.
    let stopped = run("after", 1, &[fault("step-2-x", 2)]);
    let comparison = compare(&before, &stopped);
    assert_eq!(prints(&comparison.gone), "B");
    assert_eq!(prints(&comparison.not_reached), "A C");
    assert_eq!(comparison.steps.len(), 2);
    let blind = compare(&before, &blind("after", RunStatus::CouldNotRun));
    assert_eq!((prints(&blind.gone), prints(&blind.not_reached)), (String::new(), "A B C".to_owned()));

    let mut text = Text::new("mark");
    render_comparison(&mut text, &compare(&before, &Run { step_hash: "other".into(), ..stopped }));
    insta::assert_snapshot!(text.finish());
}

fn environment(name: &str) -> Option<String> {
    let values = BTreeMap::from([("USER_NAME", "amelie"), ("PASS", "s3cret & more"), ("EMPTY", ""), ("PIN", "12")]);
    values.get(name).map(|value| (*value).to_owned())
}

#[test]
fn variables_are_filled_in() {
    let good = [
        ("plain", "plain"),
        ("${USER_NAME}", "amelie"),
        ("a ${USER_NAME}-${PIN}.", "a amelie-12."),
        ("${GONE:-x y}", "x y"),
        ("${GONE:-}", ""),
        ("${EMPTY:-x}", "x"),
        ("${USER_NAME:-x}", "amelie"),
        ("$${USER_NAME}", "${USER_NAME}"),
        ("$", "$"),
        ("$$", "$$"),
        ("$USER_NAME {x} }", "$USER_NAME {x} }"),
    ];
    for (text, filled) in good {
        assert_eq!(fill(text, &environment, &mut Secrets::default()).unwrap(), filled, "{text}");
    }
    for text in ["${GONE}", "${EMPTY}"] {
        let error = fill(text, &environment, &mut Secrets::default()).unwrap_err();
        assert!(error.what().contains(text.trim_matches(['$', '{', '}'])), "{error}");
    }
}

#[test]
fn values_are_taken_out_again_in_every_spelling() {
    let mut secrets = Secrets::default();
    fill("${PASS} ${USER_NAME} ${GONE:-fallback}", &environment, &mut secrets).unwrap();
    let text = "s3cret & more, s3cret+%26+more, s3cret%20%26%20more, amelie, fallback";
    assert_eq!(secrets.redact(text), "${PASS}, ${PASS}, ${PASS}, ${USER_NAME}, fallback");
}

fn seen(step: usize, fingerprint: &str, what: What) -> Observation {
    Observation { step, at_ms: 5, page_url: String::new(), count: 1, fingerprint: fingerprint.into(), what }
}

fn thrown(name: &str, message: &str) -> Thrown {
    Thrown { name: name.into(), message: message.into(), ..Thrown::default() }
}

fn envelope(fate: Fate, issue: Option<&str>) -> What {
    What::SentryEnvelope(SentEnvelope {
        items: vec!["event".into()],
        to: "http://127.0.0.1:8969/api/1/envelope/".into(),
        fate,
        issue: issue.map(str::to_owned),
        ..SentEnvelope::default()
    })
}

fn request(url: &str, status: Option<u16>, error: Option<&str>) -> Request {
    Request { method: "GET".into(), url: url.into(), status, error: error.map(str::to_owned), destination: None }
}

const SCENARIO: &str = r#"
name: Shop
base_url: http://127.0.0.1:1
steps:
  - navigate: /
  - fill: {label: Password, value: "${PASS}"}
  - click: {role: button, name: "Hello ${USER_NAME}"}
allow:
  - {kind: console_error, text: cookie}
  - fingerprint: known
"#;

fn loaded() -> Loaded {
    Loaded { scenario: read(SCENARIO).unwrap(), file: "fixloop/shop.yaml".into(), content_hash: "c".into() }
}

#[test]
fn faults_are_what_is_wrong_and_not_allowed() {
    let issues = [
        KnownIssue { id: "LOCAL-1".into(), title: "TypeError: x is null".into() },
        KnownIssue { id: "LOCAL-2".into(), title: "PaymentError: declined".into() },
    ];
    let url = "http://127.0.0.1:1/api";
    let observations = vec![
        seen(3, "t", What::UncaughtError(thrown("TypeError", "x is null"))),
        seen(3, "t", What::UncaughtError(thrown("TypeError", "x is null"))),
        seen(3, "e", envelope(Fate::Accepted, Some("LOCAL-1"))),
        seen(3, "e", envelope(Fate::Accepted, Some("LOCAL-2"))),
        seen(3, "e", envelope(Fate::Accepted, None)),
        seen(3, "u", envelope(Fate::Unknown, None)),
        seen(3, "csp", envelope(Fate::BlockedByCsp, None)),
        seen(1, "c1", What::ConsoleError(thrown("", "third-party cookie blocked"))),
        seen(1, "c2", What::ConsoleError(thrown("", "something else"))),
        seen(1, "known", What::HttpError(request(url, Some(500), None))),
        seen(2, "h", What::HttpError(request(url, Some(404), None))),
        seen(1, "fav", What::HttpError(request("http://127.0.0.1:1/favicon.ico", Some(404), None))),
        seen(2, "ab", What::FailedRequest(request(url, None, Some("net::ERR_ABORTED")))),
        seen(2, "", What::FailedRequest(request(url, None, Some("net::ERR_CONNECTION_REFUSED")))),
        seen(2, "d", What::Dialog { dialog: "alert".into(), message: "hi".into(), answer: "accepted".into() }),
    ];
    let (kept, faults) = sort_out(&loaded().scenario, observations, &issues);
    assert_eq!(kept.len(), 15);
    let lines: Vec<String> = faults
        .iter()
        .map(|fault| {
            let issue = fault.issue.clone().unwrap_or_default();
            format!("{} {} x{} {issue} [{}]", fault.kind.word(), fault.title, fault.count, fault.fingerprint)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_event_without_a_known_issue_is_counted() {
    let with = |fate, issue, items: &[&str], to: &str| {
        let What::SentryEnvelope(envelope) = envelope(fate, issue) else { unreachable!() };
        let items = items.iter().map(|item| (*item).to_owned()).collect();
        seen(1, "e", What::SentryEnvelope(SentEnvelope { items, to: to.to_owned(), ..envelope }))
    };
    let (ours, other) = ("http://127.0.0.1:8969/api/1/envelope/", "https://o1.ingest.sentry.io/api/1/envelope/");
    let event: &[&str] = &["event"];
    for (observation, count) in [
        (with(Fate::Unknown, None, event, ours), 1),
        (with(Fate::Unknown, None, event, other), 1),
        (with(Fate::Unknown, None, &["session"], ours), 0),
        (with(Fate::Accepted, None, &["event", "attachment"], ours), 1),
        (with(Fate::Accepted, None, event, other), 0),
        (with(Fate::Accepted, None, &["transaction"], ours), 0),
        (with(Fate::Accepted, Some("LOCAL-1"), event, ours), 0),
        (with(Fate::BlockedByCsp, None, event, ours), 0),
    ] {
        let is_ours = |url: &url::Url| url.host_str() == Some("127.0.0.1");
        assert_eq!(unplaced(std::slice::from_ref(&observation), is_ours), count, "{observation:?}");
    }
}

fn parts(steps: Vec<StepResult>, observations: Vec<Observation>, failure: Option<ToolError>) -> Parts {
    Parts {
        id: "r00000001".into(),
        attempt: 1,
        of: 1,
        performed: Some(Performed { steps, observations, failure, took_ms: 5 }),
        ..Parts::default()
    }
}

fn step_results(words: &[(&str, StepStatus)]) -> Vec<StepResult> {
    let result = |(what, status): &(&str, StepStatus)| StepResult {
        action: fixloop::browser::Action::Click,
        what: (*what).to_owned(),
        status: *status,
        took_ms: 1,
        http_status: None,
    };
    words.iter().map(result).collect()
}

#[test]
fn no_value_from_the_environment_is_kept() {
    let mut secrets = Secrets::default();
    fill("${PASS}${USER_NAME}", &environment, &mut secrets).unwrap();
    let steps = step_results(&[
        ("went to http://127.0.0.1:1/", StepStatus::Passed),
        ("filled label «Password» with s3cret & more", StepStatus::Passed),
        ("click button «Hello amelie»", StepStatus::Failed),
    ]);
    let message = "cannot greet amelie at /login?p=s3cret%20%26%20more";
    let observations = vec![seen(2, "f", What::UncaughtError(thrown("Error", message)))];
    let error = ToolError::bare("No button «Hello amelie»; near: «s3cret & more».");
    let run = assemble(&loaded(), parts(steps, observations, Some(error)), &secrets);
    let json = serde_json::to_string_pretty(&run).unwrap();
    let report = fixloop::scenario::run_report(&run);
    for text in [&json, &report] {
        for secret in ["amelie", "s3cret", "%26"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(run.faults.len(), 2);
    insta::assert_snapshot!(report.replace(&run.environment.fixloop, "VERSION"));
}

#[test]
fn what_runs_are_told_apart_by_stays() {
    // Values that are words of ours, or part of the scenario's own name.
    let values =
        BTreeMap::from([("A", "click"), ("B", "shop"), ("C", "passed"), ("D", "uncaught_error"), ("E", "fixloop")]);
    let environment = |name: &str| values.get(name).map(|value| (*value).to_owned());
    let mut secrets = Secrets::default();
    fill("${A}${B}${C}${D}${E}", &environment, &mut secrets).unwrap();
    let thrown = || vec![seen(2, "click", What::UncaughtError(thrown("shop", "the shop cannot click")))];
    let steps = || step_results(&[("went to the shop", StepStatus::Passed); 3]);
    let plain = assemble(&loaded(), parts(steps(), thrown(), None), &Secrets::default());
    let run = assemble(&loaded(), parts(steps(), thrown(), None), &secrets);
    assert_eq!(run.faults[0].title, "${B}: the ${B} cannot ${A}");
    assert_eq!(
        (&run.steps[0].what, &plain.steps[0].what),
        (&"went to the ${B}".to_owned(), &"went to the shop".to_owned())
    );
    assert_eq!((&run.file, &run.scenario, &run.step_hash), (&plain.file, &plain.scenario, &plain.step_hash));
    assert_eq!(
        (run.status, run.faults[0].kind, run.steps[0].action),
        (plain.status, plain.faults[0].kind, plain.steps[0].action)
    );
    assert!(run.shows("click"));
    assert_eq!(serde_json::from_str::<Run>(&serde_json::to_string(&run).unwrap()).unwrap(), run);
}

#[test]
fn short_values_are_taken_out_as_words_where_they_were_used() {
    let values = BTreeMap::from([("CVC", "123"), ("QTY", "1")]);
    let environment = |name: &str| values.get(name).map(|value| (*value).to_owned());
    let mut secrets = Secrets::default();
    fill("${CVC}${QTY}", &environment, &mut secrets).unwrap();
    for (text, shortest, clean) in [
        ("123", 1, "${CVC}"),
        ("cvc=123, 123. 1", 1, "cvc=${CVC}, ${CVC}. ${QTY}"),
        ("cvc=123, 1", 3, "cvc=${CVC}, 1"),
        ("1234 a123 123_ 0123123", 1, "1234 a123 123_ 0123123"),
        ("123", usize::MAX, "123"),
        ("1 1 1", 1, "${QTY} ${QTY} ${QTY}"),
    ] {
        assert_eq!(secrets.redact_words(text, shortest), clean, "{text}");
    }
    let source = SCENARIO.replace("${PASS}", "${CVC}").replace("${USER_NAME}", "x");
    let loaded = Loaded { scenario: read(&source).unwrap(), ..loaded() };
    let steps = step_results(&[("1", StepStatus::Passed), ("", StepStatus::Passed), ("", StepStatus::Failed)]);
    let says = |step| seen(step, &format!("f{step}"), What::UncaughtError(thrown("Error", "bad 123 or 1")));
    let error = ToolError::bare("The cvc 123 is no 1.");
    let run = assemble(&loaded, parts(steps, vec![says(1), says(2), says(3)], Some(error)), &secrets);
    let titles: Vec<&str> = run.faults.iter().map(|fault| fault.title.as_str()).collect();
    assert_eq!(titles[..3], ["Error: bad 123 or 1", "Error: bad ${CVC} or ${QTY}", "Error: bad ${CVC} or 1"]);
    assert_eq!(run.reason.as_deref(), Some("Step 3 failed: The cvc ${CVC} is no 1."));
    assert!(titles[3].ends_with("The cvc ${CVC} is no 1."), "{titles:?}");
}

#[test]
fn a_page_that_does_not_open_is_no_verdict_on_the_app() {
    let steps = step_results(&[("", StepStatus::Failed), ("", StepStatus::NotRun), ("", StepStatus::NotRun)]);
    let refused = seen(1, "r", What::FailedRequest(request("http://127.0.0.1:1/", None, Some("refused"))));
    let parts = parts(steps, vec![refused], Some(ToolError::new("refused", "Start the app.")));
    let run = assemble(&loaded(), parts, &Secrets::default());
    assert_eq!(run.status, RunStatus::CouldNotRun);
    assert!(run.faults.is_empty());
    assert_eq!(run.reason.as_deref(), Some("The first page did not open: refused Start the app."));
}

#[test]
fn a_run_ends_as_its_steps_and_faults_say() {
    let all = |status| step_results(&[("", StepStatus::Passed), ("", StepStatus::Passed), ("", status)]);
    let ended = |parts: Parts| assemble(&loaded(), parts, &Secrets::default()).status;
    assert_eq!(ended(parts(all(StepStatus::Passed), vec![], None)), RunStatus::Passed);
    let error = || Some(ToolError::bare("gone"));
    assert_eq!(ended(parts(all(StepStatus::Failed), vec![], error())), RunStatus::Failed);
    let cancelled = Parts { cancelled: true, ..parts(all(StepStatus::Failed), vec![], Some(ToolError::cancelled())) };
    assert_eq!(ended(cancelled), RunStatus::Cancelled);
    let lost = Parts { could_not_run: Some("lost".into()), ..parts(all(StepStatus::Failed), vec![], error()) };
    assert_eq!(ended(lost), RunStatus::CouldNotRun);
    assert_eq!(ended(Parts { could_not_run: Some("none".into()), ..Parts::default() }), RunStatus::CouldNotRun);
}
