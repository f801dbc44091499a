//! The doctor in a real browser, with the real SDKs.

mod app;
mod cases;
mod drift;

use std::time::Duration;

use fixloop::{
    browser::{Browsers, OpenOptions},
    doctor::{
        page::{Answer, Ask, Barrier, Delivery, InPage, Outcome},
        rules,
    },
    sink::Sink,
};
use tokio_util::sync::CancellationToken;

use app::Case;

/// A browser and a sink, shared by the cases of a test.
struct Room {
    browsers: Browsers,
    sink: Sink,
    _state: tempfile::TempDir,
}

impl Room {
    async fn open() -> Self {
        let state = tempfile::tempdir().unwrap();
        let config = fixloop::config::Config::default().sink;
        let config = fixloop::config::SinkConfig { port: 0, ..config };
        let sink = Sink::start(&config, Some(state.path().to_owned())).await.unwrap();
        let browsers = Browsers::new(crate::browser::config());
        // Keeps the browser running between the looks.
        browsers.open(OpenOptions::default(), &CancellationToken::new()).await.unwrap();
        Self { browsers, sink, _state: state }
    }

    /// Looks at one case, and writes down what came of it, without what differs from run to run.
    async fn look(&self, case: Case) -> String {
        let (sink, dsn) = (self.sink.url().unwrap(), self.sink.dsn().unwrap());
        let url = app::serve(case, &sink, &dsn).await;
        let load = Duration::from_secs(if case.path == "/hang" { 1 } else { 20 });
        let ask = Ask { load, delivery: Duration::from_secs(5), ..Ask::new(&url) };
        let page = InPage::look(&self.browsers, &self.sink, &ask, &CancellationToken::new()).await.unwrap();
        assert_eq!(self.browsers.ids(), ["s1"], "{}: the session of the look is closed", case.name);
        let mut text = written(&page);
        let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
        let key = dsn.split(['/', '@']).nth(2).unwrap();
        for (from, to) in [(sink.as_str(), "SINK"), (origin.as_str(), "APP"), (key, "KEY")] {
            text = text.replace(from, to);
        }
        let text = text.replace(&format!("{key}@{}", &sink[7..]), "KEY@SINK");
        let text = text.replace(&sink[7..], "SINK").replace(&origin[7..], "APP");
        mask(&text)
    }

    async fn close(self) {
        self.browsers.shutdown().await;
        self.sink.stop().await;
    }
}

/// Numbers that differ from run to run.
fn mask(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in [
        (r"fixloop test error [0-9a-f]{8}", "fixloop test error TOKEN"),
        (r"\b[0-9a-f]{32}\b", "ID"),
        (r"LOCAL-\d+", "LOCAL-n"),
        (r"in \d+ ms", "in n ms"),
        (r"127\.0\.0\.1:\d+", "DEAD"),
        (r"localhost:\d+", "OTHER"),
        // An SDK sends sessions in its own time.
        (r"and (another envelope|\d+ more envelopes)", "and more"),
        (r"Lost: (one envelope|\d+ envelopes)", "Lost: some"),
        (r"enforced=(true|false) x\d+", "enforced=$1"),
        (r"(discarded: \w+ session) \d+", "$1"),
    ] {
        text = regex::Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
    }
    text
}

fn written(page: &InPage) -> String {
    let mut out = String::new();
    let mut line = |text: String| out.push_str(&format!("{text}\n"));
    let document = &page.document;
    line(format!("document: {} {:?} {} {:?}", document.url, document.status, document.mime, document.problem));
    for client in &page.sdk.clients {
        line(format!("client: {} {} enabled={} {:?}", client.sdk, client.version, client.enabled, client.dsn));
    }
    if !page.sdk.idle.is_empty() || page.sdk.loader.is_some() {
        line(format!("idle: {:?} loader: {:?}", page.sdk.idle, page.sdk.loader));
    }
    if let Some(replay) = &page.sdk.replay {
        let worker = if replay.worker_blocked { ", worker blocked" } else { "" };
        line(format!("replay: {:?} sent={}{worker}", replay.mode, replay.sent));
    }
    for (word, delivery) in [("thrown", &page.delivery), ("handed", &page.handed)] {
        if let Some(delivery) = delivery {
            line(format!("{word}: {}", delivered(delivery)));
        }
    }
    for script in &page.scripts {
        line(format!("script: {script:?}"));
    }
    for violation in &page.violations {
        line(format!(
            "violation: {} {} enforced={} x{} {:?}",
            violation.directive, violation.blocked, violation.enforced, violation.count, violation.policy
        ));
    }
    for discarded in &page.discarded {
        line(format!("discarded: {} {} {}", discarded.reason, discarded.category, discarded.quantity));
    }
    let found = rules::in_page(page, None);
    for finding in &found.findings {
        line(format!("- {} {} [{}] {}", finding.rule, finding.severity, finding.key, finding.message));
        for evidence in &finding.evidence {
            line(format!("    {}: {}", evidence.label, evidence.text));
        }
        if let Some(fix) = &finding.fix {
            line(format!("    fix: {} {}", fix.title, fix.steps.join(" | ")));
        }
    }
    for undecided in &found.undecided {
        line(format!("? {} {} ({}) {}", undecided.rule, undecided.what, undecided.at, undecided.ask));
    }
    out
}

fn delivered(delivery: &Delivery) -> String {
    let Delivery { outcome, via, items, mechanism, release, environment, .. } = delivery;
    let outcome = match outcome {
        Outcome::Stopped(Barrier::Csp(violation)) => format!("stopped by {}", violation.directive),
        Outcome::Refused(answer) | Outcome::Vanished(answer) => format!("{} {}", kind(outcome), answered(answer)),
        other => format!("{other:?}"),
    };
    let id = if delivery.event_id.is_some() { "with id" } else { "no id" };
    let issue = if delivery.issue.is_some() { ", issue" } else { "" };
    let replay = if delivery.replay_id.is_some() { ", replay" } else { "" };
    format!(
        "{outcome} via {via:?} {items:?} by {mechanism:?}, {release:?} {environment:?}, {id}{issue}{replay}, {} more",
        delivery.more
    )
}

fn kind(outcome: &Outcome) -> &'static str {
    if matches!(outcome, Outcome::Refused(_)) { "refused" } else { "vanished" }
}

fn answered(answer: &Answer) -> String {
    format!(
        "{} {} {:?} {} {:?} {:?}",
        answer.method, answer.status, answer.redirects, answer.mime, answer.body, answer.limits
    )
}
