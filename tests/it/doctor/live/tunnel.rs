//! What each answer of a tunnel is taken for.

use fixloop::doctor::{
    finding::Found,
    live::{Binary, Receiver, Relays},
};

use super::{look, rows, server, sink};

/// Path; symptom; findings.
const TABLE: [(&str, &str, &[&str]); 33] = [
    ("/login302", "login_redirect", &["TUN008 error login_redirect"]),
    ("/login307", "login_redirect", &["TUN008 error login_redirect"]),
    ("/accounts", "login_redirect", &["TUN008 error login_redirect"]),
    ("/locale", "locale_redirect", &["TUN008 error locale_redirect"]),
    ("/locale-works", "locale_redirect", &["TUN009 warning locale_redirect"]),
    ("/slash", "slash_redirect", &["TUN009 warning slash_redirect"]),
    ("/bare/", "slash_redirect", &["TUN009 warning slash_redirect"]),
    ("/bare", "refused_as_it_must", &[]),
    ("/moved", "redirect", &["TUN008 error redirect"]),
    ("/circle", "redirect", &["TUN008 error redirect"]),
    ("/far", "redirect", &["TUN008 error redirect"]),
    ("/404", "not_found", &["TUN008 error not_found"]),
    ("/405", "method_not_allowed", &["TUN008 error method_not_allowed"]),
    ("/411", "length_required", &["TUN008 error length_required"]),
    ("/413", "too_large", &["TUN008 error too_large"]),
    ("/415", "wrong_content_type", &["TUN008 error wrong_content_type"]),
    ("/422", "wrong_content_type", &["TUN008 error wrong_content_type"]),
    ("/429", "rate_limited", &["TUN008 error rate_limited"]),
    ("/401", "unauthorized", &["TUN008 error unauthorized"]),
    ("/401json", "unauthorized", &["TUN008 error unauthorized"]),
    ("/403html", "forbidden", &["TUN008 error forbidden"]),
    ("/csrf", "forbidden", &["TUN008 error forbidden"]),
    ("/html200", "html_page", &["TUN008 error html_page"]),
    ("/502", "bad_gateway", &["TUN008 error bad_gateway"]),
    // What a handler may answer to an empty envelope: nothing is claimed.
    ("/403", "denied", &[]),
    ("/500", "server_error", &[]),
    ("/strict", "refused_as_it_must", &[]),
    ("/text", "refused_as_it_must", &["TUN008 error binary"]),
    ("/small", "refused_as_it_must", &["TUN008 warning large"]),
    ("/cors", "refused_as_it_must", &[]),
    ("/swallow", "refused_as_it_must", &[]),
    ("/rewrite", "sentry_answers", &["TUN010 warning live"]),
    ("/rewrite-clean", "sentry_answers", &[]),
];

#[tokio::test]
async fn each_symptom_is_told() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let mut problems = Vec::new();
    for (path, symptom, expected) in TABLE {
        let (live, found) = look(&sink, &app.url, |ask| ask.tunnel = Some(path.to_owned())).await;
        let seen = live.tunnel.unwrap();
        if seen.first.symptom.word() != symptom || rows(&found) != expected {
            problems.push(format!(
                "{path}: {} {:?}\n{}",
                seen.first.symptom.word(),
                rows(&found),
                seen.first.exchange.evidence()
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    sink.stop().await;
}

/// The whole words of a finding: message, evidence, steps.
fn words(found: &Found, app: &str) -> String {
    let mut out = String::new();
    for finding in &found.findings {
        out += &format!("{} {} {}\n{}\n", finding.rule, finding.severity, finding.key, finding.message);
        for evidence in &finding.evidence {
            out += &format!("  {}: {}\n", evidence.label, evidence.text.replace('\n', "\n    "));
        }
        if let Some(fix) = &finding.fix {
            out += &format!("  fix: {}\n", fix.title);
            out.extend(fix.steps.iter().map(|step| format!("  - {step}\n")));
        }
    }
    out.replace(app, "http://app")
}

#[tokio::test]
async fn the_words_of_findings() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let mut out = String::new();
    for (path, _, expected) in TABLE {
        if !expected.is_empty() {
            let (_, found) = look(&sink, &app.url, |ask| ask.tunnel = Some(path.to_owned())).await;
            out += &words(&found, &app.url);
            out.push('\n');
        }
    }
    insta::assert_snapshot!(out);
    sink.stop().await;
}

#[tokio::test]
async fn an_event_goes_through_to_the_sink_and_bytes_stay_bytes() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let dsn = sink.dsn().unwrap();
    for (path, binary) in [("/strict", Binary::Same), ("/rewrite-clean", Binary::Same), ("/text", Binary::Lost(400))] {
        let (live, found) = look(&sink, &app.url, |ask| {
            ask.tunnel = Some(path.to_owned());
            ask.dsn = Some(dsn.clone());
        })
        .await;
        let delivered = live.tunnel.unwrap().delivered.unwrap();
        assert_eq!((delivered.to, delivered.own_dsn), (Receiver::Sink, true), "{path}");
        let issue = delivered.arrival.as_ref().and_then(|arrival| arrival.issue.clone());
        assert_eq!(issue.as_deref(), Some("LOCAL-1"), "{path}");
        let stored = sink.event(&delivered.event_id).await.unwrap().unwrap();
        assert_eq!(stored.event.environment.as_deref(), Some("fixloop-test"), "{path}");
        assert_eq!(delivered.binary, Some(binary.clone()), "{path}");
        assert_eq!(found.findings.is_empty(), binary == Binary::Same, "{path}: {:?}", rows(&found));
    }
    sink.stop().await;
}

#[tokio::test]
async fn what_is_taken_and_does_not_arrive_is_said() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let dsn = sink.dsn().unwrap();
    let (_, found) = look(&sink, &app.url, |ask| {
        ask.tunnel = Some("/swallow".to_owned());
        ask.dsn = Some(dsn.clone());
    })
    .await;
    assert_eq!(rows(&found), ["TUN008 error event"]);
    // A handler that allows another DSN than the app has: region, project, key.
    let other = dsn.replace("/1", "/2");
    let (live, found) = look(&sink, &app.url, |ask| {
        ask.tunnel = Some("/strict".to_owned());
        ask.dsn = Some(other);
    })
    .await;
    assert_eq!(rows(&found), ["TUN007 error live"], "{:?}", live.tunnel);
    sink.stop().await;
}

#[tokio::test]
async fn an_answer_that_does_not_tell_is_undecided() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    for path in ["/403", "/500"] {
        let (_, found) = look(&sink, &app.url, |ask| ask.tunnel = Some(path.to_owned())).await;
        let undecided: Vec<_> = found.undecided.iter().map(|undecided| undecided.rule).collect();
        assert_eq!(undecided, ["TUN008"], "{path}");
    }
    sink.stop().await;
}

#[tokio::test]
async fn nothing_is_sent_to_a_real_sentry_unless_asked_for() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let (live, _) = look(&sink, &app.url, |ask| {
        ask.tunnel = Some("/strict".to_owned());
        ask.dsn = Some("https://0123456789abcdef0123456789abcdef@o1.ingest.de.sentry.io/42".to_owned());
    })
    .await;
    let seen = live.tunnel.unwrap();
    assert!(seen.delivered.is_none() && live.ingest.is_none());
    assert!(matches!(seen.relays, Relays::Refused(_)), "{:?}", seen.relays);
    sink.stop().await;
}

#[tokio::test]
async fn a_tunnel_that_posts_anywhere_is_proved_by_our_own_listener() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    for (path, how, cookie, tls) in [
        ("/open", "a DSN of another host", true, false),
        ("/open-later", "a DSN of another host", false, false),
        ("/open-https", "a DSN of another host", false, true),
        ("/open-includes", "a DSN with the allowed host in its path", true, false),
    ] {
        let (live, found) = look(&sink, &app.url, |ask| ask.tunnel = Some(path.to_owned())).await;
        let seen = live.tunnel.unwrap();
        let Relays::Open(open) = &seen.relays else { panic!("{path}: {:?}", seen.relays) };
        let first = &open[0];
        assert_eq!((first.how, first.cookie, first.tls), (how, cookie, tls), "{path}: {open:?}");
        assert!(rows(&found).contains(&"TUN004 error live".to_owned()), "{path}: {:?}", rows(&found));
    }
    for path in ["/strict", "/rewrite", "/text"] {
        let (live, found) = look(&sink, &app.url, |ask| ask.tunnel = Some(path.to_owned())).await;
        let relays = live.tunnel.unwrap().relays;
        assert!(matches!(relays, Relays::Refused(_) | Relays::NotAsked), "{path}: {relays:?}");
        assert!(!rows(&found).iter().any(|row| row.starts_with("TUN004")), "{path}");
    }
    sink.stop().await;
}

#[tokio::test]
async fn the_base_path_is_found_to_be_missing() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let (live, found) = look(&sink, &app.url, |ask| {
        ask.tunnel = Some("/tunnel".to_owned());
        ask.base_path = Some("/base".to_owned());
        ask.locales = vec!["en".to_owned()];
    })
    .await;
    assert_eq!(rows(&found), ["TUN008 error not_found"], "{:?}", live.tunnel);
    assert_eq!(found.findings[0].fix.as_ref().unwrap().title, "Set the tunnel to /base/tunnel");
    sink.stop().await;
}

#[tokio::test]
async fn what_a_real_sentry_answers_is_told() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let dsn = app.url.replace("http://", "http://0123456789abcdef0123456789abcdef@");
    for (project, expected) in [
        (200, None),
        (201, Some("error 200")),
        (302, Some("error 200")),
        (400, Some("error 400")),
        (401, Some("error 401")),
        (403, Some("error 403")),
        (404, Some("error 404")),
        (413, Some("error 413")),
        (429, Some("warning 429")),
        (503, Some("error 503")),
    ] {
        let dsn = format!("{dsn}/{project}");
        let (live, found) = look(&sink, &app.url, |ask| {
            ask.dsn = Some(dsn.clone());
            ask.send = true;
        })
        .await;
        assert!(live.ingest.is_some());
        let expected: Vec<String> = expected.iter().map(|expected| format!("DSN007 {expected}")).collect();
        assert_eq!(rows(&found), expected, "{project}");
        let (live, found) = look(&sink, &app.url, |ask| ask.dsn = Some(dsn)).await;
        assert!(live.ingest.is_none() && found.findings.is_empty(), "nothing is sent unasked");
    }
    sink.stop().await;
}

#[tokio::test]
async fn a_tunnel_on_another_origin_must_say_that_it_may_be_read() {
    let sink = sink().await;
    let (page, app) = (server::start(&sink).await, server::start(&sink).await);
    for (path, expected) in [("/strict", &["TUN008 warning cors"][..]), ("/cors", &[])] {
        let (_, found) = look(&sink, &page.url, |ask| ask.tunnel = Some(format!("{}{path}", app.url))).await;
        assert_eq!(rows(&found), expected, "{path}");
    }
    sink.stop().await;
}
