//! What a step tells of the faults it caused: each trap of browsers and drivers is a row here.

use fixloop::{
    browser::{OpenOptions, Session, Step, StepOutcome},
    event::{Fate, Fault, Observation, What},
};
use tokio_util::sync::CancellationToken;

use super::{chrome, web::Site};

async fn go(session: &Session, url: &str) -> StepOutcome {
    session.perform(&Step::navigate(url), &CancellationToken::new()).await.unwrap()
}

/// One line for each observation, without what differs from run to run.
fn lines(observations: &[Observation], origin: &str) -> Vec<String> {
    let fault = |fault: &Fault| {
        let place = fault.frames.first().and_then(|frame| frame.location()).unwrap_or_else(|| "nowhere".into());
        format!("[{}] {} <- {:?} at {place}", fault.name, fault.message, fault.causes)
    };
    let line = |seen: &Observation| match &seen.what {
        What::UncaughtError(error) => format!("error {}", fault(error)),
        What::UnhandledRejection(error) => format!("rejection {}", fault(error)),
        What::ConsoleError(error) => format!("console {}", fault(error)),
        What::FailedRequest(request) => format!("failed {} {} {:?}", request.method, request.url, request.error),
        What::HttpError(request) => format!("http {:?} {} {:?}", request.status, request.url, request.destination),
        What::CspViolation(csp) => format!("csp {} {} {}", csp.directive, csp.blocked_url, csp.disposition),
        What::Dialog { dialog, message, answer } => format!("{dialog} {message:?} {answer}"),
        What::SentryEnvelope(sent) => {
            format!("envelope {:?} {:?} {} {:?} {:?}", sent.event_id, sent.items, sent.to, sent.fate, sent.status)
        }
        What::Crash { message } => format!("crash {message}"),
    };
    observations.iter().map(|seen| format!("{}x{}", line(seen), seen.count).replace(origin, "ORIGIN")).collect()
}

#[tokio::test]
async fn faults_of_a_page_are_told_with_cause_and_place() {
    let cases = [
        (
            "throw new TypeError('boom', { cause: new RangeError('deep') })",
            "error [TypeError] boom <- [\"RangeError: deep\"]",
        ),
        ("Promise.reject(new TypeError('late', { cause: 'why' }))", "rejection [TypeError] late <- [\"why\"]"),
        ("setTimeout(() => { throw new Error('in a timer') })", "error [Error] in a timer <- []"),
        (
            "Promise.resolve().then(() => undefinedFunction())",
            "rejection [ReferenceError] undefinedFunction is not defined",
        ),
        ("throw { code: 42 }", "error [] {\"code\":42} <- []"),
        ("throw 'a string'", "error [] a string <- []"),
        ("Promise.reject(undefined)", "rejection [] undefined <- []"),
        ("Promise.reject(new Response('', { status: 503 }))", "rejection [] Response 503"),
        (
            "console.error(new Error('logged', { cause: new Error('root') }))",
            "console [Error] logged <- [\"Error: root\"]",
        ),
        ("console.error('%s failed:', 'save', new TypeError('x'))", "console [] save failed: TypeError: x"),
        ("console.error('plain', { a: 1 })", "console [] plain {\"a\":1}"),
        (
            "throw new AggregateError([new Error('one'), new Error('two')], 'many')",
            "error [AggregateError] many <- [\"errors[0] Error: one\"",
        ),
    ];
    let (browsers, session) = chrome().await;
    for (code, expected) in cases {
        let url = Site::page(&format!("<!doctype html><script>\n{code}\n</script>")).serve().await;
        let outcome = go(&session, &url).await;
        let lines = lines(&outcome.observations, &url);
        assert_eq!(lines.len(), 1, "{code}: {lines:?}");
        assert!(lines[0].starts_with(expected), "{code}: {lines:?}");
        let has_place = !expected.contains("[]") || expected.starts_with("console");
        assert!(!has_place || lines[0].contains("ORIGIN/:2:"), "{code}: {lines:?}");
    }
    browsers.shutdown().await;
}

#[tokio::test]
async fn requests_frames_workers_and_csp_are_told_once() {
    // Bound, and closed again: nothing listens there.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port().to_string();
    let fetches = "<script>fetch('/no?token=abc&a=1'); fetch('http://127.0.0.1:CLOSED/').catch(() => 0)</script>";
    let site = Site::default()
        .with("/missing-image", 200, &[], "<img src=/no.png>")
        .with("/fetches", 200, &[], &fetches.replace("CLOSED", &closed))
        .with("/worker", 200, &[], "<script>new Worker('/w.js')</script>")
        .with("/w.js", 200, &[("content-type", "text/javascript")], "console.error(new Error('x')); throw new TypeError('in worker')")
        .with("/frame", 200, &[], "<iframe src=/inner></iframe>")
        .with("/inner", 200, &[], "<script>throw new Error('in frame')</script>")
        .with("/csp", 200, &[("content-security-policy", "img-src 'none'; connect-src 'none'")],
            "<img src=/x.png><script>fetch('/api/7/envelope/?sentry_key=k', { method: 'POST' }).catch(() => 0)</script>")
        .with("/gone", 404, &[], "gone");
    let url = site.serve().await;
    let (browsers, session) = chrome().await;
    let mut all = Vec::new();
    for path in ["/missing-image", "/fetches", "/worker", "/frame", "/csp", "/gone"] {
        let outcome = go(&session, &format!("{url}{path}")).await;
        let mut lines = lines(&outcome.observations, &url);
        lines.sort();
        let lines = lines.join("\n  ").replace(&closed, "CLOSED");
        all.push(format!("{path} {:?}\n  {lines}", outcome.status));
    }
    insta::assert_snapshot!(all.join("\n"));
    browsers.shutdown().await;
}

#[tokio::test]
async fn every_envelope_is_told_with_its_fate() {
    let answers: [(&str, u16, &[(&str, &str)], &str, Fate); 7] = [
        ("/api/1/envelope/", 200, &[("content-type", "application/json")], "{}", Fate::Accepted),
        ("/api/2/envelope/", 404, &[], "no", Fate::NotFound),
        ("/api/3/envelope/", 429, &[("retry-after", "60")], "", Fate::RateLimited),
        ("/api/4/envelope/", 200, &[], "<html>login</html>", Fate::RedirectedToHtml),
        ("/api/5/envelope/", 302, &[("location", "/login")], "", Fate::RedirectedToHtml),
        ("/tunnel", 200, &[("content-type", "application/json")], "{}", Fate::Accepted),
        ("/api/6/envelope/", 403, &[], "", Fate::Rejected),
    ];
    let id = "0123456789abcdef0123456789abcdef";
    let body = format!(
        r#"{{"event_id":"{id}","dsn":"http://k@h/1"}}\n{{"type":"event"}}\n{{}}\n{{"type":"attachment","length":3}}\na\nb\n{{"type":"session"}}\n{{}}"#
    );
    let senders = [
        ("fetch", format!("fetch(to, {{ method: 'POST', body: '{body}', keepalive: true }}).catch(() => 0)")),
        ("blob", format!("fetch(to, {{ method: 'POST', body: new Blob(['{body}']) }}).catch(() => 0)")),
        ("beacon", format!("navigator.sendBeacon(to, '{body}')")),
        ("bytes", format!("fetch(to, {{ method: 'POST', body: new TextEncoder().encode('{body}') }}).catch(() => 0)")),
        ("xhr", format!("const x = new XMLHttpRequest(); x.open('POST', to); x.send('{body}')")),
    ];
    let mut site = Site::default().with("/login", 200, &[], "<html>log in</html>");
    for (path, status, headers, body, _) in &answers {
        site = site.with(path, *status, headers, body);
    }
    for (name, sender) in &senders {
        for (number, (path, ..)) in answers.iter().enumerate() {
            let page = format!("<script>const to = '{path}?sentry_key=secret'; {sender}</script>");
            site = site.with(&format!("/{name}{number}"), 200, &[], &page);
        }
    }
    let url = site.serve().await;
    let (browsers, session) = chrome().await;
    let mut unread = 0;
    for (name, _) in &senders {
        for (number, (path, .., fate)) in answers.iter().enumerate() {
            let outcome = go(&session, &format!("{url}/{name}{number}")).await;
            let sent: Vec<_> = outcome
                .observations
                .iter()
                .filter_map(|seen| match &seen.what {
                    What::SentryEnvelope(sent) => Some(sent.clone()),
                    _ => None,
                })
                .collect();
            let [sent] = sent.as_slice() else { panic!("{name} {path}: {:?}", outcome.observations) };
            // Chrome reads the body of a Blob late: it is forgotten once the request was redirected, and now and then where
            // the answer is quicker. What became of the envelope is known all the same.
            if *name == "blob" && sent.event_id.is_none() {
                unread += 1;
            } else {
                assert_eq!(sent.event_id.as_deref(), Some(id), "{name} {path}");
                assert_eq!(sent.items, ["event", "attachment", "session"], "{name} {path}");
            }
            assert_eq!(sent.to, format!("{url}{path}"), "{name} {path}");
            assert_eq!(sent.fate, *fate, "{name} {path}");
            assert_eq!(outcome.observations.len(), 1, "{name} {path}: {:?}", outcome.observations);
        }
    }
    assert!(unread <= 3, "{unread} of 7 Blob bodies were not read");
    browsers.shutdown().await;
}

#[tokio::test]
async fn requests_of_a_worker_are_told_to_its_session_only() {
    let js: &[(&str, &str)] = &[("content-type", "text/javascript")];
    let code = "fetch('/no').then((answer) => postMessage(answer.status))";
    let shared = "fetch('/no-shared')";
    let service = "self.addEventListener('activate', () => fetch('/no-service'))";
    let html = "<script>new SharedWorker('/s.js'); navigator.serviceWorker.register('/sw.js'); \
        new Worker('/w.js').onmessage = () => { document.title = 'asked'; }</script>";
    let url = Site::page(html)
        .with("/w.js", 200, js, code)
        .with("/s.js", 200, js, shared)
        .with("/sw.js", 200, js, service)
        .serve()
        .await;
    let still = Site::page("<p>still</p>").serve().await;
    let (browsers, loud) = chrome().await;
    let quiet = browsers.open(OpenOptions::default(), &CancellationToken::new()).await.unwrap();
    go(&quiet, &still).await;
    let mut seen = go(&loud, &url).await.observations;
    let mut told = go(&quiet, &still).await.observations;
    let all = async {
        let is_told = |seen: &[Observation], path: &str| {
            seen.iter().any(|seen| matches!(&seen.what, What::HttpError(request) if request.url.ends_with(path)))
        };
        while !["/no", "/no-shared", "/no-service"].iter().all(|path| is_told(&seen, path)) {
            seen.extend(loud.drain().await);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), all).await.unwrap();
    told.extend(quiet.drain().await);
    assert_eq!(lines(&told, &url), Vec::<String>::new());
    browsers.shutdown().await;
}
