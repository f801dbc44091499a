//! What runs against what is written.

use fixloop::doctor::{
    page::{Client, Document, InPage, Sdk},
    project::Project,
    rules,
};
use serde_json::{Value, json};

const DSN: &str = "https://0123456789abcdef0123456789abcdef@o1.ingest.de.sentry.io/42";

/// A page in which a client runs with these options; none = no SDK runs.
fn page(dsn: &str, options: Option<Value>) -> InPage {
    let client = |options: Value| Client {
        sdk: "sentry.javascript.react".into(),
        version: "10.78.0".into(),
        enabled: true,
        dsn: Some(dsn.into()),
        options: serde_json::from_value(options).unwrap(),
        integrations: vec!["GlobalHandlers".into()],
    };
    let url = "http://127.0.0.1:5173/".to_owned();
    let document = Document { url: url.clone(), status: Some(200), mime: "text/html".into(), problem: None };
    let sdk = Sdk { clients: options.into_iter().map(client).collect(), ..Sdk::default() };
    InPage { url, document, sdk, ..InPage::default() }
}

/// What is found in a Vite app with this `src/main.tsx`.
fn found(main: &str, page: &InPage) -> String {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let package = r#"{"name":"app","dependencies":{"@sentry/react":"10.78.0","react":"19.0.0"},"devDependencies":{"vite":"7.0.0"}}"#;
    write("package.json", package);
    write("vite.config.ts", "export default {};");
    write("index.html", "<!doctype html><script type=module src=/src/main.tsx></script>");
    write("src/main.tsx", main);
    let project = Project::read(folder.path());
    let app = project.apps.first().expect("an app");
    assert_eq!(app.inits.len(), 1, "{app:?}");
    let found = rules::in_page(page, Some(app));
    let line = |finding: &fixloop::doctor::finding::Finding| {
        let at: Vec<String> = finding.at.iter().map(ToString::to_string).collect();
        format!(
            "{} {} {:?} [{}] {} at {}",
            finding.rule,
            finding.severity,
            finding.confidence,
            finding.key,
            finding.message,
            at.join(", ")
        )
    };
    found.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn main_with(options: &str) -> String {
    format!("import * as Sentry from '@sentry/react';\nSentry.init({{\n  {options}\n}});\n")
}

#[test]
fn what_runs_as_it_is_written_is_no_finding() {
    let runs = json!({"release": "app@1.0", "tracesSampleRate": 0.2, "sampleRate": 1, "tunnel": "/t", "environment": "production"});
    let page = page(DSN, Some(runs));
    for options in [
        format!("dsn: '{DSN}', release: 'app@1.0', tracesSampleRate: 0.2"),
        format!("dsn: '{}'", DSN.replace("@", ":secret@")),
        "dsn: import.meta.env.VITE_SENTRY_DSN, tunnel: true".to_owned(),
        "release: __APP_VERSION__, environment: import.meta.env.MODE".to_owned(),
        "tracesSampleRate: import.meta.env.PROD ? 0.1 : 1".to_owned(),
        "tracesSampleRate: process.env.NODE_ENV === 'production' ? 0.1 : 1".to_owned(),
        "enabled: import.meta.env.DEV".to_owned(),
        "release: '', tunnel: undefined, debug: false, sampleRate: 1.0".to_owned(),
        "...window.options".to_owned(),
    ] {
        assert_eq!(found(&main_with(&options), &page), "", "{options}");
    }
}

#[test]
fn what_runs_otherwise_is_named_with_its_place() {
    let runs = json!({"release": "app@0.9", "tracesSampleRate": 1, "tunnel": "/old", "enabled": false});
    let other = DSN.replace("ingest.de", "ingest.us");
    let options =
        format!("dsn: '{DSN}',\n  release: 'app@1.0',\n  tracesSampleRate: 0.2,\n  tunnel: '/t',\n  enabled: true,");
    insta::assert_snapshot!(found(&main_with(&options), &page(&other, Some(runs))));
}

#[test]
fn an_sdk_that_does_not_run_is_named_with_its_place() {
    let plain = found(&main_with(&format!("dsn: '{DSN}'")), &page(DSN, None));
    let guarded = format!(
        "import * as Sentry from '@sentry/react';\nif (import.meta.env.PROD) {{\n  Sentry.init({{ dsn: '{DSN}' }});\n}}\n"
    );
    insta::assert_snapshot!(format!("{plain}\n{}", found(&guarded, &page(DSN, None))));
}
