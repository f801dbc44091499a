//! The cases: each an app with one thing wrong, or nothing.

use super::{Case, Room, app::Tunnel};

const V11: &[&str] = &["v11"];
const INIT: &str = "Sentry.init({ dsn: 'DSN', release: 'app@1.0', environment: 'test' });";
const TUNNEL: &str = "Sentry.init({ dsn: 'DSN', tunnel: '/tunnel', release: 'app@1.0', environment: 'test' });";

/// What the Loader script does: it keeps errors, and fetches the SDK when the first one comes.
const LOADER: &str = "<script>
    window.Sentry = { forceLoad() {}, onLoad() {} };
    window.start = (Sentry) => { onerror = null; Sentry.init({ dsn: 'DSN', release: 'app@1.0' }); kept.forEach((it) => Sentry.captureException(it[4])); };
    const kept = [];
    window.onerror = (...it) => {
      kept.push(it);
      const script = document.createElement('script');
      script.src = '/bare-v11.js';
      document.head.append(script);
    };
  </script>";
const LOST_LOADER: &str = "<script>
    window.Sentry = { forceLoad() {}, onLoad() {} };
    window.onerror = () => {
      const script = document.createElement('script');
      script.src = '/bundle.min.js';
      document.head.append(script);
    };
  </script>";

fn case(name: &'static str) -> Case {
    Case { name, sdks: V11, start: INIT, ..Case::default() }
}

fn tunnelled(name: &'static str, tunnel: Tunnel) -> Case {
    Case { start: TUNNEL, tunnel, ..case(name) }
}

async fn all(cases: Vec<Case>) -> String {
    let room = Room::open().await;
    let mut text = String::new();
    for case in cases {
        text.push_str(&format!("== {}\n{}\n", case.name, room.look(case).await));
    }
    room.close().await;
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_apps_deliver_the_test_error() {
    insta::assert_snapshot!(all(vec![
        case("v11, straight to the sink"),
        Case { sdks: &["v10"], ..case("v10") },
        Case { sdks: &["v8"], ..case("v8") },
        Case { sdks: &["v7"], ..case("v7") },
        tunnelled("through a tunnel", Tunnel::Forwards),
        tunnelled("through a tunnel with a slash too few", Tunnel::Slash),
        Case {
            headers: &[("content-security-policy", "default-src 'self' 'unsafe-inline'; connect-src SINK; img-src data:")],
            ..case("a policy that allows it")
        },
        Case {
            start: "Sentry.init({ dsn: 'DSN', replaysSessionSampleRate: 1, integrations: [Sentry.replayIntegration()] });",
            ..case("with replay")
        },
        Case { html: "<script>setTimeout(() => { throw new Error('mine') }); alert('hello')</script>", ..case("a page that throws and alerts by itself") },
    ]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_envelopes_from_arriving_is_named() {
    insta::assert_snapshot!(all(vec![
        Case {
            headers: &[("content-security-policy", "default-src 'self' 'unsafe-inline'; img-src data:")],
            ..case("a policy without the ingest host")
        },
        Case {
            headers: &[("content-security-policy", "connect-src 'none'")],
            ..tunnelled("a policy without the tunnel", Tunnel::Forwards)
        },
        Case {
            headers: &[("content-security-policy-report-only", "connect-src 'self'")],
            ..case("a policy that only reports")
        },
        Case {
            headers: &[("content-security-policy", "worker-src 'self'")],
            start: "Sentry.init({ dsn: 'DSN', release: 'app@1.0', replaysSessionSampleRate: 1, integrations: [Sentry.replayIntegration()] });",
            ..case("a policy without the worker")
        },
        tunnelled("no tunnel there", Tunnel::None),
        tunnelled("the tunnel is a page", Tunnel::Page),
        tunnelled("the tunnel asks for a login", Tunnel::Login),
        tunnelled("the tunnel asks for a login and keeps the method", Tunnel::LoginKept),
        tunnelled("the tunnel takes nothing of that size", Tunnel::TooLarge),
        tunnelled("the tunnel does not know the DSN", Tunnel::Forbidden),
        tunnelled("the tunnel is limited", Tunnel::Limited),
        tunnelled("the tunnel never answers", Tunnel::Hangs),
        Case {
            start: "Sentry.init({ dsn: 'DSN', release: 'app@1.0', tunnel: 'OTHER/tunnel' });",
            ..tunnelled("the tunnel is on another origin", Tunnel::Forwards)
        },
        tunnelled("the tunnel swallows", Tunnel::Swallows),
        Case { start: "Sentry.init({ dsn: 'DEAD', release: 'app@1.0' });", ..case("nothing listens at the DSN") },
    ]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_sdk_itself_loses_is_named() {
    insta::assert_snapshot!(
        all(vec![
            Case { sdks: &[], ..case("no SDK") },
            Case { start: "", ..case("an SDK that nobody starts") },
            Case { start: "Sentry.getCurrentScope();", ..case("an SDK that is touched and not started") },
            Case { start: "Sentry.init({ dsn: 'DSN', enabled: false });", ..case("switched off") },
            Case { start: "Sentry.init({ dsn: '' });", ..case("an empty DSN") },
            Case { start: "Sentry.init({ dsn: 'nonsense' });", ..case("a DSN that is none") },
            Case { start: "Sentry.init({ dsn: 'DSN', beforeSend: () => null });", ..case("beforeSend gives null") },
            Case {
                sdks: &["v7"],
                start: "Sentry.init({ dsn: 'DSN', beforeSend: () => null });",
                ..case("v7 beforeSend gives null")
            },
            Case { start: "Sentry.init({ dsn: 'DSN', sampleRate: 0 });", ..case("sampleRate 0") },
            Case { start: "Sentry.init({ dsn: 'DSN', ignoreErrors: [/.*/] });", ..case("all errors ignored") },
            Case {
                start: "Sentry.init({ dsn: 'DSN', defaultIntegrations: false });",
                ..case("no default integrations")
            },
            Case { sdks: &["v10", "v11"], ..case("two copies") },
            Case { sdks: &[], html: LOADER, ..case("a loader that fetches the SDK when an error comes") },
            Case { sdks: &[], html: LOST_LOADER, ..case("a loader whose SDK does not come") },
            Case {
                start: "Sentry.init({ dsn: 'DEAD' }); Sentry.init({ dsn: 'DSN', release: 'app@1.0' });",
                ..case("started twice")
            },
        ])
        .await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_cannot_be_tested_say_why() {
    insta::assert_snapshot!(
        all(vec![
            Case { path: "/data.json", ..case("no HTML") },
            Case { path: "/moved", ..case("a redirect to a login without the SDK") },
            Case { path: "/away", ..case("a redirect to another host") },
            Case { path: "/broken", ..case("a page that is broken") },
            Case { path: "/hang", ..case("a page that never loads") },
            Case {
                html: "<script>setInterval(() => { document.title = String(Math.random()) }, 1)</script>",
                ..case("a page that never rests")
            },
            Case {
                start: "Sentry.init({ dsn: 'DSN' }); addEventListener('error', () => { location.href = '/login' });",
                ..case("a page that leaves when it fails")
            },
            Case {
                start: "Sentry.init({ dsn: 'DSN' }); addEventListener('error', () => { for (;;); });",
                ..case("a page that hangs when it fails")
            },
        ])
        .await
    );
}
