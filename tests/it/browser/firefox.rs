//! The same code with Firefox and geckodriver: standard BiDi only.

use fixloop::{
    browser::{Action, Browsers, OpenOptions, SnapshotOptions, Step, Target},
    event::{Fate, What},
};
use tokio_util::sync::CancellationToken;

use super::{config, web::Site};

#[tokio::test]
async fn firefox_opens_clicks_shows_and_observes() {
    if !config().path.iter().any(|folder| folder.join("geckodriver").is_file()) {
        let asked = std::env::var("FIREFOX").is_ok_and(|asked| asked == "1");
        assert!(!asked, "FIREFOX=1, but there is no geckodriver on PATH: cargo install geckodriver --locked");
        eprintln!("NOT RUN: no geckodriver on PATH. `FIREFOX=1 make test` installs it and tests Firefox too.");
        return;
    }
    let html = "<title>Shop</title><button onclick=\"fetch('/api/1/envelope/', { method: 'POST', body: \
        '{&quot;event_id&quot;:&quot;ab&quot;}\\n{&quot;type&quot;:&quot;event&quot;}\\n{}' }); \
        throw new TypeError('boom', { cause: 'why' })\">Pay</button>";
    let json: &[(&str, &str)] = &[("content-type", "application/json")];
    let url = Site::page(&html.replace("\\n", "\\u005cn")).with("/api/1/envelope/", 200, json, "{}").serve().await;
    let browsers = Browsers::new(config());
    let cancel = CancellationToken::new();
    let firefox = OpenOptions { browser: Some("firefox".into()), ..OpenOptions::default() };
    let session = browsers.open(firefox, &cancel).await.unwrap();
    let outcome = session.perform(&Step::navigate(&url), &cancel).await.unwrap();
    assert_eq!(outcome.status, Some(200));
    let snapshot = session.snapshot(&SnapshotOptions { max_chars: 4_000, ..SnapshotOptions::default() }).await.unwrap();
    assert!(snapshot.tree.contains("button \"Pay\""), "{}", snapshot.tree);
    let pay = Target { role: Some("button".into()), name: Some("Pay".into()), ..Target::default() };
    let outcome = session.perform(&Step::on(Action::Click, pay), &cancel).await.unwrap();
    let is_error = |what: &What| matches!(what, What::UncaughtError(fault) if fault.name == "TypeError" && fault.causes == ["why"] && !fault.frames.is_empty());
    assert!(outcome.observations.iter().any(|seen| is_error(&seen.what)), "{:?}", outcome.observations);
    let is_sent = |what: &What| matches!(what, What::SentryEnvelope(sent) if sent.fate == Fate::Accepted);
    assert!(outcome.observations.iter().any(|seen| is_sent(&seen.what)), "{:?}", outcome.observations);
    browsers.shutdown().await;
}
