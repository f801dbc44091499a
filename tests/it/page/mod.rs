//! Tests of the page: snapshot, locators, actions and expectations in real Chromium, on pages served on port 0.

mod act;
mod expect;
mod hostile;
mod lines;
mod snapshot;
mod tools;

use std::sync::Arc;

use fixloop::browser::{Action, Browsers, Session, Snapshot, SnapshotOptions, Step, StepOutcome, Target};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub use crate::browser::web::Site;

/// A browser with one session; pages are shown in it one after the other.
pub struct Desk {
    browsers: Browsers,
    pub session: Arc<Session>,
}

impl Desk {
    pub async fn new() -> Self {
        let (browsers, session) = crate::browser::chrome().await;
        Self { browsers, session }
    }

    /// Serves one page and goes there.
    pub async fn show(&self, html: &str) -> String {
        let url = Site::page(html).serve().await;
        self.go(&url).await;
        url
    }

    pub async fn go(&self, url: &str) {
        self.session.perform(&Step::navigate(url), &CancellationToken::new()).await.unwrap();
    }

    pub async fn tree(&self) -> String {
        self.snapshot(SnapshotOptions { max_chars: 7_000, ..SnapshotOptions::default() }).await.tree
    }

    pub async fn find(&self, find: &str) -> Snapshot {
        self.snapshot(SnapshotOptions { find: Some(find.into()), max_chars: 7_000, root: None }).await
    }

    pub async fn snapshot(&self, options: SnapshotOptions) -> Snapshot {
        self.session.snapshot(&options).await.unwrap()
    }

    /// Runs a step written as an agent writes it.
    pub async fn act(&self, step: Value) -> Result<StepOutcome, String> {
        let step: Step = serde_json::from_value(step).unwrap();
        self.session.perform(&step, &CancellationToken::new()).await.map_err(|failure| failure.error.to_string())
    }

    #[track_caller]
    pub fn did(&self, step: Value) -> impl Future<Output = String> {
        let shown = step.to_string();
        async move { self.act(step).await.unwrap_or_else(|error| panic!("{shown}: {error}")).summary }
    }

    /// The error of a step that must fail, its times left out.
    pub async fn fails(&self, mut step: Value) -> String {
        if let Some(fields) = step.as_object_mut() {
            fields.entry("timeout_ms").or_insert(300.into());
        }
        let error = self.act(step.clone()).await.expect_err(&format!("{step} should fail"));
        regex::Regex::new(r"\d+ ms").unwrap().replace_all(&error, "N ms").into_owned()
    }

    /// The value of an expression in the page.
    pub async fn value(&self, expression: &str) -> Value {
        let read = fixloop::browser::Read::Evaluate(expression.to_owned());
        serde_json::from_str(&self.session.read(&read).await.unwrap()).unwrap()
    }

    pub async fn close(self) {
        self.browsers.shutdown().await;
    }
}

/// Compares with a snapshot in `tests/it/snapshots`.
pub fn assert_reply(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(format!("page__{name}"), text));
}

/// The ref on the line of a tree that holds this text.
#[track_caller]
pub fn reference(tree: &str, text: &str) -> String {
    let line = tree.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text} in:\n{tree}"));
    let (_, rest) = line.split_once('[').unwrap_or_else(|| panic!("no ref on {line}"));
    rest.split_once(']').unwrap().0.to_owned()
}

#[test]
fn a_step_round_trips_and_refuses_what_it_does_not_know() {
    let step = Step {
        timeout_ms: Some(50),
        ..Step::on(Action::Fill, Target { label: Some("Email".into()), ..Target::default() }).with_value("a@b.c")
    };
    let json = serde_json::to_string(&step).unwrap();
    assert_eq!(json, r#"{"do":"fill","label":"Email","value":"a@b.c","timeout_ms":50}"#);
    assert_eq!(serde_json::from_str::<Step>(&json).unwrap(), step);
    let error = serde_json::from_str::<Step>(r#"{"do":"click","selector":"x"}"#).unwrap_err().to_string();
    assert!(error.contains("unknown field `selector`, expected one of `do`, `ref`, `role`"), "{error}");
    let error = serde_json::from_str::<Step>(r#"{"do":"tap"}"#).unwrap_err().to_string();
    assert!(error.contains("expected one of `navigate`, `click`"), "{error}");
}

#[test]
fn a_ref_is_told_from_a_selector() {
    for (text, is_ref) in
        [("e12", true), ("f1e2", true), ("e", false), ("#e1", false), ("em", false), ("fe1", false), ("footer", false)]
    {
        assert_eq!(Target::ref_or_css(text).reference.is_some(), is_ref, "{text}");
    }
}
