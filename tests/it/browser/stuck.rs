//! Pages that do not come to rest: dialogs, endless loading, cancelled calls, tabs of their own.

use std::time::{Duration, Instant};

use fixloop::{
    browser::{Action, Read, Step, Target},
    event::{Observation, What},
};
use tokio_util::sync::CancellationToken;

use super::{chrome, web::Site};

fn button(name: &str) -> Target {
    Target { role: Some("button".into()), name: Some(name.into()), ..Target::default() }
}

fn dialogs(observations: &[Observation]) -> Vec<String> {
    let line = |seen: &Observation| match &seen.what {
        What::Dialog { dialog, message, answer } => Some(format!("{dialog} {message} {answer}")),
        _ => None,
    };
    observations.iter().filter_map(line).collect()
}

#[tokio::test]
async fn dialogs_are_answered_and_told() {
    let html =
        "<button onclick=\"alert('one'); this.textContent = confirm('two') + '/' + prompt('three')\">Ask</button>";
    let url = Site::page(html).with("/now", 200, &[], "<script>alert('loading')</script>loaded").serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    let outcome = session.perform(&Step::navigate(format!("{url}/now")), &cancel).await.unwrap();
    assert_eq!(dialogs(&outcome.observations), ["alert loading accepted"]);
    session.perform(&Step::navigate(&url), &cancel).await.unwrap();
    let outcome = session.perform(&Step::on(Action::Click, button("Ask")), &cancel).await.unwrap();
    assert_eq!(
        dialogs(&outcome.observations),
        ["alert one accepted", "confirm two dismissed", "prompt three dismissed"]
    );
    let step = Step::on(Action::Expect, button("false/null"));
    session.perform(&step, &cancel).await.unwrap();
    browsers.shutdown().await;
}

#[tokio::test]
async fn dialogs_between_steps_are_all_answered() {
    let html = "<button>Fine</button><script>function ask() { \
        let n = 0; const timer = setInterval(() => { alert('tick'); if (++n === 30) clearInterval(timer); }, 10); }</script>";
    let url = Site::page(html).serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    session.perform(&Step::navigate(&url), &cancel).await.unwrap();
    session.read(&Read::Evaluate("setTimeout(ask)".into())).await.unwrap();
    let mut told = 0;
    let all = async {
        while told < 30 {
            told += session.drain().await.iter().map(|seen| seen.count).sum::<u32>();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.unwrap();
    session.perform(&Step::on(Action::Click, button("Fine")), &cancel).await.unwrap();
    browsers.shutdown().await;
}

#[tokio::test]
async fn a_page_that_goes_elsewhere_while_it_loads_is_followed() {
    let go = "location.replace('/end')";
    let deferred = "<script src=/go.js defer></script><p>start</p>";
    let site = Site::page("")
        .with("/inline", 200, &[], &format!("<p>start</p><script>{go}</script><p>more</p>"))
        .with("/deferred", 200, &[], deferred)
        .with("/go.js", 200, &[("content-type", "text/javascript")], go)
        .with("/twice", 200, &[], "<script>location.href = '/inline'</script>")
        .with("/end", 203, &[], "<title>end</title>");
    let url = site.serve().await;
    let (browsers, session) = chrome().await;
    for path in ["inline", "deferred", "twice"] {
        let step = Step::navigate(format!("{url}/{path}"));
        let outcome = session.perform(&step, &CancellationToken::new()).await;
        let info = session.info().await.unwrap();
        assert_eq!((info.url, info.title.as_str()), (format!("{url}/end"), "end"), "{path}: {outcome:?}");
        assert_eq!(outcome.unwrap().status, Some(203), "{path}");
    }
    browsers.shutdown().await;
}

#[tokio::test]
async fn a_page_that_spins_is_told() {
    let html = "<button onclick=\"setTimeout(() => { for (;;) {} })\">Spin</button>";
    let url = Site::page(html).serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    session.perform(&Step::navigate(&url), &cancel).await.unwrap();
    let outcome = session.perform(&Step::on(Action::Click, button("Spin")), &cancel).await.unwrap();
    assert!(outcome.summary.contains("the page does not answer"), "{}", outcome.summary);
    assert!(outcome.took_ms < 15_000, "the bound of settling, not of a command: {} ms", outcome.took_ms);
    browsers.shutdown().await;
}

#[tokio::test]
async fn a_page_that_closes_its_tab_leaves_a_session_that_works() {
    let html = "<button onclick=\"window.open('/popup'); window.close()\">Now</button>";
    let url = Site::page(html).with("/popup", 200, &[], "<title>popup</title>").serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    // Chrome lets a page close its tab only where there is nothing to go back to.
    let replace = format!("void setTimeout(() => location.replace('{url}'))");
    session.read(&Read::Evaluate(replace)).await.unwrap();
    session.perform(&Step::on(Action::WaitFor, button("Now")), &cancel).await.unwrap();
    let outcome = session.perform(&Step::on(Action::Click, button("Now")), &cancel).await.unwrap();
    let told = format!("opened a tab with «{url}/popup»");
    assert!(outcome.summary.contains(&told), "{}", outcome.summary);
    assert!(outcome.summary.contains("the page closed its tab"), "{}", outcome.summary);
    // Between steps, in the empty tab that it was given.
    assert_eq!(session.info().await.unwrap().url, "about:blank");
    session.read(&Read::Evaluate("void setTimeout(close)".into())).await.unwrap();
    let closed = async { while !session.info().await.unwrap().url.is_empty() {} };
    tokio::time::timeout(Duration::from_secs(20), closed).await.unwrap();
    let failure = session.perform(&Step::on(Action::Click, button("Now")), &cancel).await.unwrap_err();
    assert_eq!(failure.error.what(), "The page closed its own tab.");
    let outcome = session.perform(&Step::navigate(&url), &cancel).await.unwrap();
    assert_eq!(outcome.status, Some(200));
    browsers.shutdown().await;
}

#[tokio::test]
async fn dialogs_without_end_are_an_error_and_the_session_goes_on() {
    let html = "<button onclick=\"for (;;) alert('again')\">Loop</button>";
    let url = Site::page(html).with("/now", 200, &[], "<script>for (;;) confirm('now')</script>").serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    for path in ["/", "/now"] {
        let step = Step::navigate(format!("{url}{path}"));
        let mut outcome = session.perform(&step, &cancel).await;
        if path == "/" {
            assert!(outcome.is_ok(), "{outcome:?}");
            outcome = session.perform(&Step::on(Action::Click, button("Loop")), &cancel).await;
        }
        let failure = outcome.unwrap_err();
        assert_eq!(failure.error.what(), "The page opens dialogs without end.");
        assert!(!failure.observations.is_empty());
        let fine = session.perform(&Step::navigate(format!("{url}/nowhere")), &cancel).await.unwrap();
        assert_eq!(fine.status, Some(404));
    }
    browsers.shutdown().await;
}

#[tokio::test]
async fn a_page_that_never_loads_says_what_is_pending() {
    let html = "<script>fetch('/hang')</script><img src=/hang?image>half";
    let url = Site::page(html).serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    let step = Step { timeout_ms: Some(700), ..Step::navigate(format!("{url}/hang")) };
    let failure = session.perform(&step, &cancel).await.unwrap_err();
    let what = failure.error.what().replace(&url, "ORIGIN");
    assert_eq!(what, "«ORIGIN/hang» did not load within 700 ms: no answer to «GET ORIGIN/hang».");
    // What hangs beside the document does not keep it from being used.
    let outcome = session.perform(&Step::navigate(&url), &cancel).await.unwrap();
    assert!(outcome.summary.contains("not all of it loaded within 5 s: no answer to"), "{}", outcome.summary);
    browsers.shutdown().await;
}

#[tokio::test]
async fn addresses_that_are_not_of_the_web_are_refused() {
    let (browsers, session) = chrome().await;
    for address in [
        "file:///etc/hostname",
        "javascript:alert(1)",
        "data:text/html,x",
        "chrome://version",
        "view-source:http://h/",
        "about:config",
        "",
    ] {
        let failure = session.perform(&Step::navigate(address), &CancellationToken::new()).await.unwrap_err();
        let what = failure.error.what();
        assert!(what.contains("does not open") || what.contains("names no address"), "{address}: {what}");
        assert!(failure.error.hint().is_some(), "{address}");
    }
    browsers.shutdown().await;
}

#[tokio::test]
async fn a_cancelled_step_ends_at_once_and_the_session_goes_on() {
    let url = Site::page("<title>t</title>").serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    let step = Step::navigate(format!("{url}/hang"));
    let (outcome, cancelled_at) = tokio::join!(session.perform(&step, &cancel), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cancel.cancel();
        Instant::now()
    });
    assert_eq!(outcome.unwrap_err().error.what(), "The call was cancelled.");
    assert!(cancelled_at.elapsed() < Duration::from_millis(200));
    session.perform(&Step::navigate(&url), &CancellationToken::new()).await.unwrap();
    browsers.shutdown().await;
}

#[tokio::test]
async fn a_tab_that_the_page_opens_is_told_and_left_alone() {
    let html = "<title>first</title><button onclick=\"window.open('/second')\">Open</button>";
    let url = Site::page(html).with("/second", 200, &[], "<title>second</title>").serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    session.perform(&Step::navigate(&url), &cancel).await.unwrap();
    let outcome = session.perform(&Step::on(Action::Click, button("Open")), &cancel).await.unwrap();
    let told = format!("opened a tab with «{url}/second»");
    assert!(outcome.summary.contains(&told), "{}", outcome.summary);
    assert_eq!(session.info().await.unwrap().title, "first");
    browsers.shutdown().await;
}

#[tokio::test]
async fn sessions_are_isolated_and_run_side_by_side() {
    let html = "<script>document.title = document.cookie || 'none'; document.cookie = 'who=me'</script>";
    let url = Site::page(html).serve().await;
    let (browsers, first) = chrome().await;
    let cancel = CancellationToken::new();
    let second = browsers.open(fixloop::browser::OpenOptions::default(), &cancel).await.unwrap();
    let step = Step::navigate(&url);
    let (one, two) = tokio::join!(first.perform(&step, &cancel), second.perform(&step, &cancel));
    one.unwrap();
    two.unwrap();
    first.perform(&step, &cancel).await.unwrap();
    assert_eq!(first.info().await.unwrap().title, "who=me");
    assert_eq!(second.info().await.unwrap().title, "none");
    let ambiguous = browsers.session(None).unwrap_err();
    assert!(ambiguous.what().contains("s1, s2"), "{ambiguous}");
    browsers.close(Some("s1")).await.unwrap();
    assert!(browsers.session(Some("s1")).is_err());
    second.perform(&step, &cancel).await.unwrap();
    browsers.shutdown().await;
}
