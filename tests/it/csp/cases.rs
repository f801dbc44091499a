//! Cases that were each seen in Chromium 156 before this code was written, and the deciding words of our answers.

use fixloop::doctor::csp::{Kind, Outcome};

use super::{PAGE, judged};

const US: &str = "https://o1.ingest.sentry.io/api/42/envelope/";
const DE: &str = "https://o1.ingest.de.sentry.io/api/42/envelope/";
const HTTP: &str = "http://app.example.com/";
const CDN: &str = "https://browser.sentry-cdn.com/11.8.0/bundle.min.js";
const JS: &str = "https://js.sentry-cdn.com/0123456789abcdef0123456789abcdef.min.js";
const META: &str = r#"<meta http-equiv="Content-Security-Policy" content="connect-src 'self'">"#;

use Kind::{Connect, DynamicScript, Worker};

/// Number, page, policies, kind, address, whether it is allowed.
type Case = (u8, &'static str, &'static [&'static str], Kind, &'static str, bool);

const CASES: [Case; 55] = [
    (1, PAGE, &["connect-src 'self'"], Connect, US, false),
    (2, PAGE, &["connect-src *.sentry.io"], Connect, US, true),
    (3, PAGE, &["connect-src *.sentry.io"], Connect, DE, true),
    (4, PAGE, &["connect-src *.sentry.io"], Connect, "https://sentry.io/api/42/envelope/", false),
    (5, PAGE, &["connect-src 'self' *.ingest.sentry.io"], Connect, DE, false),
    (6, PAGE, &["connect-src *.ingest.de.sentry.io"], Connect, DE, true),
    (7, PAGE, &["connect-src *.ingest.us.sentry.io"], Connect, US, false),
    (8, PAGE, &["connect-src http://*.sentry.io"], Connect, US, true),
    (9, PAGE, &["connect-src https://*.sentry.io"], Connect, "http://o1.ingest.sentry.io/api/42/envelope/", false),
    (10, HTTP, &["connect-src *.sentry.io"], Connect, US, true),
    (11, HTTP, &["connect-src https://*.sentry.io"], Connect, "http://o1.ingest.sentry.io/api/42/envelope/", false),
    (12, PAGE, &["default-src 'self'"], Connect, US, false),
    (13, PAGE, &["default-src 'self'; connect-src 'self' https:"], Connect, US, true),
    (14, PAGE, &["default-src 'self'; connect-src *"], Connect, US, true),
    (15, PAGE, &["connect-src https://o1.ingest.sentry.io/api/"], Connect, US, true),
    (16, PAGE, &["connect-src https://o1.ingest.sentry.io/api"], Connect, US, false),
    (17, PAGE, &["connect-src https://o1.ingest.sentry.io:443"], Connect, US, true),
    (18, PAGE, &["connect-src https://sentry.corp.example"], Connect, "https://sentry.corp.example:9000/api/1/", false),
    (
        19,
        PAGE,
        &["connect-src https://sentry.corp.example:*"],
        Connect,
        "https://sentry.corp.example:9000/api/1/",
        true,
    ),
    (20, PAGE, &["connect-src *", "connect-src 'self'"], Connect, US, false),
    (21, PAGE, &["connect-src *, connect-src 'self'"], Connect, US, false),
    (22, PAGE, &["connect-src 'self'; connect-src *"], Connect, US, false),
    (23, PAGE, &["Content-Security-Policy-Report-Only: connect-src 'none'"], Connect, US, true),
    (24, PAGE, &["connect-src 'none'"], Connect, "/monitoring", false),
    (25, PAGE, &["connect-src 'none' https://o1.ingest.sentry.io"], Connect, US, true),
    (26, PAGE, &["connect-src 'self'"], Connect, "/monitoring?o=1&p=42", true),
    (27, PAGE, &["connect-src 'self'"], Connect, "https://www.app.example.com/monitoring", false),
    (28, HTTP, &["connect-src 'self'"], Connect, "https://app.example.com/monitoring", true),
    (29, PAGE, &["script-src 'self'"], Connect, US, true),
    (30, PAGE, &[META, "connect-src *"], Connect, US, false),
    (31, PAGE, &["connect-src *.SENTRY.IO"], Connect, US, true),
    (32, PAGE, &["connect-src \"https://*.sentry.io\""], Connect, US, false),
    (33, PAGE, &["connect-src https://*.ingest.*.sentry.io"], Connect, DE, false),
    (34, PAGE, &["connect-src https://o1.ingest.sentry.io/*"], Connect, US, false),
    (35, PAGE, &["default-src 'self' connect-src https://*.sentry.io"], Connect, US, true),
    (36, PAGE, &["connect-src https://ingest.sentry.io"], Connect, US, false),
    (37, PAGE, &["connect-src o1.ingest.sentry.io"], Connect, US, true),
    (38, PAGE, &["connect-src *.ingest.sentry.io; report-uri /csp"], Connect, US, true),
    (39, PAGE, &["connect-src 'self' ws:"], Connect, US, false),
    (40, PAGE, &["connect-src *.ingest.sentry.io"], Connect, "https://o1.ingest.sentry.io.evil.example/", false),
    (41, PAGE, &["connect-src 'self'"], Connect, "http://127.0.0.1:8969/stream", false),
    (42, PAGE, &["connect-src 'self' http://127.0.0.1:*"], Connect, "http://127.0.0.1:8969/stream", true),
    (43, PAGE, &["connect-src 'self' http://localhost:*"], Connect, "http://127.0.0.1:8969/stream", false),
    (60, PAGE, &["default-src 'self'; script-src 'self'"], Worker, "blob:", false),
    (61, PAGE, &["default-src 'self'; script-src 'self'; worker-src 'self' blob:"], Worker, "blob:", true),
    (62, PAGE, &["default-src 'self'; script-src 'self'; child-src 'self' blob:"], Worker, "blob:", true),
    (63, PAGE, &["default-src 'self'; script-src 'self' blob:"], Worker, "blob:", true),
    (64, PAGE, &["worker-src *"], Worker, "blob:", false),
    (65, PAGE, &["worker-src 'self'; child-src blob:"], Worker, "blob:", false),
    (66, PAGE, &["script-src 'nonce-abc' 'strict-dynamic'"], Worker, "blob:", true),
    (80, PAGE, &["script-src 'self'"], DynamicScript, CDN, false),
    (81, PAGE, &["script-src 'self' https://*.sentry-cdn.com"], DynamicScript, JS, true),
    (82, PAGE, &["script-src 'self' https://js.sentry-cdn.com"], DynamicScript, CDN, false),
    (83, PAGE, &["script-src 'nonce-abc' 'strict-dynamic'"], DynamicScript, CDN, true),
    (84, PAGE, &["script-src 'nonce-abc' https://browser.sentry-cdn.com"], DynamicScript, CDN, true),
];

#[test]
fn all_are_decided_as_chromium_decided() {
    for (id, page, policies, kind, url, allowed) in CASES {
        let outcome = judged(policies, kind, url, page).outcome;
        let expected = if allowed { Outcome::Allowed } else { Outcome::Blocked };
        assert_eq!(outcome, expected, "case {id}: {policies:?} {url}");
    }
}

/// Seen in Chromium 156 in the same way: where CSP3, or crates that follow it, say otherwise.
#[test]
fn what_chromium_does_of_its_own_is_followed() {
    let cases: [(&str, &str, &str, bool); 24] = [
        // A port that is not upgraded with its scheme.
        (PAGE, "http://x.example:8080", "https://x.example:8080/", false),
        (PAGE, "http://x.example:443", "https://x.example/", true),
        (PAGE, "http://x.example:80", "https://x.example/", true),
        (PAGE, "http://x.example:80", "https://x.example:8443/", false),
        (PAGE, "http://x.example:*", "https://x.example:8443/", true),
        (HTTP, "app.example.com:80", "https://app.example.com/a", true),
        ("http://localhost:3000/", "localhost:3000", "https://localhost:3000/a", false),
        ("http://localhost:3000/", "'self'", "https://localhost:3000/a", true),
        ("http://localhost:3000/", "'self'", "ws://localhost:3000/a", true),
        (HTTP, "'self'", "ws://app.example.com/a", true),
        (PAGE, "'self'", "wss://app.example.com/a", true),
        // Addresses.
        (PAGE, "10.0.0.1", "https://10.0.0.1/", true),
        (PAGE, "[::1]:*", "http://[::1]:8969/", false),
        (PAGE, "*", "https://[::1]:8969/", true),
        (PAGE, "*", "wss://x.example/", true),
        (PAGE, "https://x.example", "wss://x.example/", false),
        (PAGE, "http:", "wss://x.example/", false),
        // Paths.
        (PAGE, "https://x.example/a?b=1", "https://x.example/a?c=2", true),
        (PAGE, "https://x.example/a%2Fb/", "https://x.example/a/b/c", true),
        (PAGE, "https://x.example/%zz/", "https://x.example/%zz/b", true),
        (PAGE, "https://x.example/Api/", "https://x.example/api/1", false),
        // Words that are no sources.
        (PAGE, "https:/x.example https:x.example //x.example https://", "https://x.example/", false),
        (PAGE, "https://x.example:99999", "https://x.example/", false),
        (PAGE, "https://x.example.", "https://x.example./", true),
    ];
    for (page, sources, url, allowed) in cases {
        let outcome = judged(&[&format!("connect-src {sources}")], Connect, url, page).outcome;
        let expected = if allowed { Outcome::Allowed } else { Outcome::Blocked };
        assert_eq!(outcome, expected, "{page}: {sources} {url}");
    }
    let dynamic = ["worker-src 'strict-dynamic'", "child-src 'strict-dynamic'", "default-src 'strict-dynamic'"];
    for policy in dynamic {
        assert_eq!(judged(&[policy], Worker, "blob:", PAGE).outcome, Outcome::Allowed, "{policy}");
    }
}

#[test]
fn the_directive_and_the_source_that_decide_are_named() {
    let cases: [(&[&str], Kind, &str, &str); 9] = [
        (&["default-src 'self'"], Connect, US, "1 default-src none"),
        (&["default-src *; connect-src 'self' *.sentry.io"], Connect, US, "1 connect-src *.sentry.io"),
        (&["script-src 'self'"], Connect, US, "nothing"),
        (&["connect-src *", "img-src *", "connect-src a.example"], Connect, US, "3 connect-src none"),
        (&["connect-src *, connect-src https:"], Connect, US, "1 connect-src *"),
        (&["script-src 'self'; child-src blob:"], Worker, "blob:", "1 child-src blob:"),
        (&["script-src-elem 'none'; script-src 'self'"], Worker, "blob:", "1 script-src none"),
        (&["script-src-elem 'none'; script-src 'self'"], DynamicScript, "/a.js", "1 script-src-elem none"),
        (&["script-src 'nonce-a' 'strict-dynamic'"], DynamicScript, CDN, "1 script-src 'strict-dynamic'"),
    ];
    for (policies, kind, url, expected) in cases {
        let judged = judged(policies, kind, url, PAGE);
        let said = judged.deciding().map_or("nothing".to_owned(), |decision| {
            let source = decision.source.clone().unwrap_or("none".to_owned());
            format!("{} {} {source}", decision.policy, decision.directive.clone().unwrap_or_default())
        });
        assert_eq!(said, expected, "{policies:?}");
    }
}

#[test]
fn the_source_that_comes_near_is_explained() {
    let cases = [
        ("*.ingest.sentry.io https://cdn.example", DE, "*.ingest.sentry.io", "another region"),
        ("ingest.sentry.io", DE, "ingest.sentry.io", "another region"),
        ("*.sentry.io", "https://sentry.io/api/42/envelope/", "*.sentry.io", "not the host itself"),
        ("https://o1.ingest.sentry.io/api", US, "https://o1.ingest.sentry.io/api", "that one path only"),
        ("https://o1.ingest.sentry.io/*", US, "https://o1.ingest.sentry.io/*", "plain character"),
        ("https://sentry.corp.example", "https://sentry.corp.example:9000/", "https://sentry.corp.example", "the port"),
        ("wss://o1.ingest.sentry.io", US, "wss://o1.ingest.sentry.io", "the scheme does not"),
        ("http://localhost:*", "http://127.0.0.1:8969/", "http://localhost:*", "two hosts"),
        ("'self'", "https://app.example.com:8443/", "'self'", "own scheme, host and port"),
        ("o2.ingest.sentry.io", US, "o2.ingest.sentry.io", "another host"),
    ];
    for (sources, url, source, why) in cases {
        let judged = judged(&[&format!("connect-src {sources}")], Connect, url, PAGE);
        let near = judged.deciding().and_then(|decision| decision.near.clone());
        let near = near.unwrap_or_else(|| panic!("{sources}: nothing is near"));
        assert!(near.source == source && near.why.contains(why), "{sources}: {near:?}");
    }
    assert!(judged(&["connect-src https://a.example"], Connect, US, PAGE).deciding().unwrap().near.is_none());
}

#[test]
fn nonces_and_inline_scripts() {
    use Kind::{Inline, Script};
    use Outcome::{Allowed, Blocked, WithNonce};
    let cases = [
        ("script-src 'nonce-abc'", Script, WithNonce),
        ("script-src 'nonce-${nonce}' 'strict-dynamic'", Script, WithNonce),
        ("script-src 'nonce-abc' https://x.example", Script, Allowed),
        ("script-src 'nonce-abc' 'strict-dynamic' https://x.example", Script, WithNonce),
        ("script-src 'strict-dynamic' https://x.example", Script, Blocked),
        ("script-src 'unsafe-inline'", Inline, Allowed),
        ("script-src 'unsafe-inline' 'nonce-abc'", Inline, WithNonce),
        ("script-src 'unsafe-inline' 'sha256-abc='", Inline, Blocked),
        ("script-src 'self'", Inline, Blocked),
        ("default-src 'unsafe-inline' 'strict-dynamic'", Inline, Blocked),
        ("img-src 'self'", Inline, Allowed),
    ];
    for (policy, kind, expected) in cases {
        assert_eq!(judged(&[policy], kind, "https://x.example/a.js", PAGE).outcome, expected, "{policy}");
    }
}

#[test]
fn report_only_policies_block_nothing_and_are_told_apart() {
    let headers = "Content-Security-Policy: connect-src *\nContent-Security-Policy-Report-Only: default-src 'self'\n";
    let judged = judged(&[headers], Connect, US, PAGE);
    assert_eq!(judged.outcome, Outcome::Allowed);
    assert_eq!(judged.reported().map(|decision| decision.policy).collect::<Vec<_>>(), [2]);
    let meta = r#"<meta content="connect-src 'none'" http-equiv="content-security-policy-report-only">"#;
    assert!(super::judged(&[meta], Connect, US, PAGE).decisions.is_empty(), "browsers leave it out");
}

#[test]
fn mixed_content_is_told_apart() {
    let cases = [
        (PAGE, "http://sentry.corp.example/api/1/", true),
        (PAGE, "http://127.0.0.1:8969/stream", false),
        (PAGE, "http://shop.localhost:8969/", false),
        (HTTP, "http://sentry.corp.example/api/1/", false),
        (PAGE, "https://sentry.corp.example/api/1/", false),
    ];
    for (page, url, mixed) in cases {
        let judged = judged(&["connect-src http:"], Connect, url, page);
        assert_eq!((judged.mixed, judged.outcome), (mixed, Outcome::Allowed), "{page} {url}");
    }
}
