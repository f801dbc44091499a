//! Pages: all policies of headers and `<meta>`, and what they block.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode},
    response::{Html, IntoResponse, Response},
};
use fixloop::doctor::{
    finding::Found,
    live::{Live, Role, judge},
};

use super::{look, rows, server, sink};

const CSP: &str = "content-security-policy";
const ONLY: &str = "content-security-policy-report-only";

/// The pages of the test app.
pub fn answer(path: &str) -> Option<Response> {
    let page = |headers: &[(&str, &str)], head: &str| {
        let html = format!("<!doctype html><html><head>{head}<title>x</title></head><body><p>x</p></body></html>");
        let mut answer = Html(html).into_response();
        for (name, value) in headers {
            answer.headers_mut().append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        answer
    };
    Some(match path {
        "/csp/none" => page(&[], ""),
        "/csp/self" => page(&[(CSP, "default-src 'self'")], ""),
        "/csp/ok" => page(&[(CSP, "default-src 'self'; connect-src 'self' https://o1.ingest.de.sentry.io")], ""),
        "/csp/two" => page(&[(CSP, "connect-src https://o1.ingest.de.sentry.io"), (CSP, "connect-src 'self'")], ""),
        "/csp/comma" => page(&[(CSP, "connect-src *, connect-src 'self'")], ""),
        "/csp/only" => page(&[(ONLY, "default-src 'none'")], ""),
        "/csp/meta" => page(
            &[(CSP, "connect-src *")],
            "<meta charset=utf-8><META HTTP-EQUIV='Content-Security-Policy' content=\"connect-src &#39;self&#39;\">",
        ),
        // None of these is a policy for a browser.
        "/csp/no-meta" => {
            let html = "<!doctype html><html><head><!-- <meta http-equiv=Content-Security-Policy content=\"connect-src 'none'\"> -->\
                <script>var a = '<meta http-equiv=\"Content-Security-Policy\" content=\"connect-src none\">'</script>\
                <noscript><meta http-equiv=Content-Security-Policy content=\"connect-src 'none'\"></noscript>\
                <template><meta http-equiv=Content-Security-Policy content=\"connect-src 'none'\"></template></head>\
                <body><p>x</p><meta http-equiv=Content-Security-Policy content=\"connect-src 'none'\"></body></html>";
            Html(html).into_response()
        }
        "/csp/loader" => page(
            &[(CSP, "default-src 'self'; connect-src *; script-src 'self' https://js.sentry-cdn.com")],
            "<script src=\"https://js.sentry-cdn.com/0123456789abcdef0123456789abcdef.min.js\"></script>",
        ),
        "/csp/nonce" => page(
            &[(CSP, "default-src 'self'; connect-src *; script-src 'nonce-abc'")],
            "<script nonce=abc src=\"https://browser.sentry-cdn.com/10.0.0/bundle.min.js\"></script>",
        ),
        "/app/assets" => {
            page(&[], "<script src=\"/static/app.js?v=1\"></script><script src=//other.example/x.js></script>")
        }
        "/static/app.js" => ([("content-type", "text/javascript")], "console.log(1)").into_response(),
        "/static/app.js.map" => {
            (StatusCode::OK, axum::Json(serde_json::json!({"version": 3, "sources": ["a.ts"], "mappings": ""})))
                .into_response()
        }
        _ => return None,
    })
}

const DSN: &str = "https://0123456789abcdef0123456789abcdef@o1.ingest.de.sentry.io/42";

async fn page(path: &str) -> (Live, Vec<String>) {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let (live, _) = look(&sink, &format!("{}{path}", app.url), |ask| {
        ask.pages = true;
        ask.dsn = Some(DSN.to_owned());
    })
    .await;
    sink.stop().await;
    let mut found = Found::default();
    for judge in
        [judge::blocked, judge::blocked_by_one, judge::blocked_worker, judge::blocked_scripts, judge::public_maps]
    {
        judge(&live, None, &mut found);
    }
    let rows = rows(&found);
    (live, rows)
}

#[tokio::test]
async fn policies_of_all_layers_hold() {
    let blocked = "CSP001 error live events to the ingest host";
    let by_one = "CSP002 error live events to the ingest host";
    let table: [(&str, usize, &[&str]); 10] = [
        ("/csp/none", 0, &[]),
        ("/csp/self", 1, &[blocked]),
        ("/csp/ok", 1, &[]),
        ("/csp/two", 2, &[by_one]),
        ("/csp/comma", 1, &[by_one]),
        ("/csp/only", 1, &[]),
        ("/csp/meta", 2, &[by_one]),
        ("/csp/no-meta", 0, &[]),
        ("/csp/loader", 1, &["CSP004 error live SDK that the loader loads"]),
        ("/csp/nonce", 1, &[]),
    ];
    for (path, policies, expected) in table {
        let (live, rows) = page(path).await;
        let route = live.pages.iter().find(|page| page.role == Role::Route).unwrap();
        assert_eq!(route.policies.len(), policies, "{path}: {:?}", route.policies);
        assert_eq!(rows, expected, "{path}");
    }
}

#[tokio::test]
async fn policies_that_differ_or_only_report_are_said() {
    let sink = sink().await;
    let app = server::start(&sink).await;
    let table: [(&str, &[&str], &[&str]); 4] = [
        ("/csp/none", &[], &[]),
        ("/csp/only", &[], &["CSP008 info report-only", "CSP008 info differs"]),
        ("/csp/ok", &[], &["CSP008 info differs"]),
        ("/csp/none", &["/csp/ok"], &["CSP008 info differs"]),
    ];
    for (path, more, expected) in table {
        let (_, found) = look(&sink, &format!("{}{path}", app.url), |ask| {
            ask.pages = true;
            ask.paths = more.iter().map(|path| (*path).to_owned()).collect();
        })
        .await;
        assert_eq!(rows(&found), expected, "{path} {more:?}");
    }
    sink.stop().await;
}

#[tokio::test]
async fn files_and_public_source_maps_are_seen() {
    let (live, rows) = page("/app/assets").await;
    let roles: Vec<Role> = live.pages.iter().map(|page| page.role).collect();
    assert_eq!(roles, [Role::Route, Role::Missing, Role::Asset]);
    assert_eq!(live.maps.len(), 1, "{:?}", live.maps);
    assert_eq!(live.maps[0].map.path(), "/static/app.js.map");
    // On this machine it is usual.
    assert_eq!(rows, ["SRC001 info live"]);
}
