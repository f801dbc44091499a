//! Mistakes in the text: each rule by what it finds, where, and what it says to write; and texts without any.

use fixloop::doctor::csp::{Fix, lint, read};

/// `rule line:column word -> fix` for each finding; a fix in words is `…`.
fn found(text: &str) -> Vec<String> {
    let findings = lint(&read(&[text.to_owned()]));
    let said = findings.iter().map(|finding| {
        let fix = match &finding.fix {
            Fix::Write(text) => text.as_str(),
            Fix::Remove => "(out)",
            Fix::Words(words) => {
                assert!(!words.is_empty());
                "…"
            }
        };
        let spot = finding.token.spot;
        format!("{} {}:{} {} -> {fix}", finding.rule.id(), spot.line, spot.column, finding.token.text)
    });
    said.collect()
}

#[test]
fn each_mistake_is_found_at_its_place() {
    let cases: [(&str, &str); 45] = [
        ("connect-src self", "unquoted-keyword 1:13 self -> 'self'"),
        ("default-src none", "unquoted-keyword 1:13 none -> 'none'"),
        ("script-src 'self' nonce-abc", "unquoted-keyword 1:19 nonce-abc -> 'nonce-abc'"),
        ("script-src 'self' unsafe-inline", "unquoted-keyword 1:19 unsafe-inline -> 'unsafe-inline'"),
        ("connect-src \"https://*.sentry.io\"", "quoted-source 1:13 \"https://*.sentry.io\" -> https://*.sentry.io"),
        ("connect-src 'https://a.example'", "quoted-source 1:13 'https://a.example' -> https://a.example"),
        ("connect-src \"self\"", "unknown-keyword 1:13 \"self\" -> 'self'"),
        ("script-src 'unsafe-inlin'", "unknown-keyword 1:12 'unsafe-inlin' -> 'unsafe-inline'"),
        ("script-src 'self' 'frobnicate-all'", "unknown-keyword 1:19 'frobnicate-all' -> …"),
        ("connect-src 'self", "unknown-keyword 1:13 'self -> 'self'"),
        ("connect-src https:/a.example", "broken-scheme 1:13 https:/a.example -> https://a.example"),
        ("connect-src https:a.example", "broken-scheme 1:13 https:a.example -> https://a.example"),
        ("connect-src https//a.example", "broken-scheme 1:13 https//a.example -> https://a.example"),
        ("connect-src //a.example", "broken-scheme 1:13 //a.example -> https://a.example"),
        ("connect-src https://", "broken-scheme 1:13 https:// -> https:"),
        ("img-src data", "bare-scheme 1:9 data -> data:"),
        ("worker-src 'self' blob", "bare-scheme 1:19 blob -> blob:"),
        ("connect-src htps://a.example", "unknown-scheme 1:13 htps://a.example -> https://a.example"),
        ("img-src dta:", "unknown-scheme 1:9 dta: -> data:"),
        ("connect-src localhost:", "unknown-scheme 1:13 localhost: -> localhost:*"),
        ("connect-src https://*.ingest.*.sentry.io", "inner-wildcard 1:13 https://*.ingest.*.sentry.io -> …"),
        (
            "connect-src https://o1.ingest.sentry.io/*",
            "path-wildcard 1:13 https://o1.ingest.sentry.io/* -> https://o1.ingest.sentry.io/",
        ),
        ("connect-src https://a.example/b?c=1", "query-in-source 1:13 https://a.example/b?c=1 -> https://a.example/b"),
        ("connect-src https://a.example/api", "exact-path 1:13 https://a.example/api -> https://a.example/api/"),
        ("connect-src a.example:99999", "bad-port 1:13 a.example:99999 -> …"),
        ("connect-src http://[::1]:8969", "ipv6-source 1:13 http://[::1]:8969 -> …"),
        ("connect-src a_b.example", "bad-host 1:13 a_b.example -> …"),
        ("connect-src ${HOST} 'self'", "placeholder 1:13 ${HOST} -> …"),
        ("default-src 'self' connect-src *.a.example", "missing-semicolon 1:20 connect-src -> ; connect-src"),
        ("conect-src 'self'", "unknown-directive 1:1 conect-src -> connect-src"),
        ("connectSrc 'self'", "unknown-directive 1:1 connectSrc -> connect-src"),
        ("connect_src 'self'", "unknown-directive 1:1 connect_src -> connect-src"),
        ("connect-src: 'self'", "unknown-directive 1:1 connect-src: -> connect-src"),
        ("allow everything", "unknown-directive 1:1 allow -> …"),
        ("connect-src 'self'; img-src *; connect-src *.a.example", "duplicate-directive 1:32 connect-src -> …"),
        ("connect-src ‘self’ https://a.example", "not-ascii 1:13 ‘self’ -> 'self'"),
        ("connect-src 'self', https://a.example", "comma 1:21 https://a.example -> …"),
        ("default-src 'self';\n  img-src *", "line-end 1:20  -> …"),
        ("connect-src;", "empty-directive 1:1 connect-src -> connect-src 'none'"),
        ("img-src 'none' https://a.example", "none-with-others 1:9 'none' -> (out)"),
        ("connect-src *", "too-broad 1:13 * -> …"),
        ("connect-src 'self' https:", "too-broad 1:20 https: -> …"),
        ("script-src 'nonce-abc' 'unsafe-inline'", "unsafe-inline-unused 1:24 'unsafe-inline' -> …"),
        ("connect-src https://ingest.sentry.io", "no-such-ingest 1:13 https://ingest.sentry.io -> …"),
        ("block-all-mixed-content", "past-directive 1:1 block-all-mixed-content -> (out)"),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text), [expected], "{text}");
    }
}

#[test]
fn several_in_one_text_come_with_the_worst_first() {
    let text =
        "Content-Security-Policy: script-src 'strict-dynamic' https://a.example b.example;\n  connect-src self *";
    assert_eq!(
        found(text),
        [
            "unquoted-keyword 2:15 self -> 'self'",
            "strict-dynamic-alone 1:37 'strict-dynamic' -> …",
            "line-end 1:82  -> …",
            "hosts-unused 1:54 https://a.example -> …",
            "too-broad 2:20 * -> …",
        ]
    );
    assert_eq!(found("connect-src &#39;self&#39;")[0], "html-entity 1:13 &#39 -> …");
    assert_eq!(
        found("Content-Security-Policy default-src 'self'"),
        ["header-name-in-value 1:1 Content-Security-Policy -> …"]
    );
}

#[test]
fn what_meta_and_report_only_cannot_carry() {
    let meta = "<head>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self'; frame-ancestors 'none'; \
                report-uri /csp; sandbox\">";
    assert_eq!(
        found(meta),
        ["not-in-meta 2:73 frame-ancestors -> …", "not-in-meta 2:97 report-uri -> …", "not-in-meta 2:114 sandbox -> …"]
    );
    let meta = "<meta http-equiv=Content-Security-Policy-Report-Only content=\"default-src 'self'\">";
    assert_eq!(found(meta), ["report-only-in-meta 1:63 default-src -> …"]);
    let header = "content-security-policy-report-only: sandbox; connect-src 'self'";
    assert_eq!(found(header), ["not-in-report-only 1:38 sandbox -> …"]);
}

#[test]
fn sound_policies_have_no_mistakes() {
    let sound = [
        "default-src 'self'; script-src 'self' 'nonce-r4nd0m' 'strict-dynamic'; object-src 'none'; base-uri 'none'",
        "default-src 'none'; connect-src 'self' https://o1.ingest.de.sentry.io wss://app.example.com:8443; img-src 'self' data: blob:",
        "default-src 'self'; worker-src 'self' blob:; child-src 'self' blob:; frame-ancestors 'none'; upgrade-insecure-requests",
        "script-src 'self' https://js.sentry-cdn.com https://browser.sentry-cdn.com 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "default-src 'self'; report-uri https://o1.ingest.sentry.io/api/42/security/?sentry_key=k; report-to csp;",
        "connect-src 'self' http://127.0.0.1:* http://localhost:8969 https://sentry.corp.example/errors/",
        "require-trusted-types-for 'script'; trusted-types default; sandbox allow-scripts",
        "Content-Security-Policy: default-src 'self'\nServer: nginx\n",
        "<meta charset=utf-8><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self';\n  img-src 'self'\">",
        "",
        " ;; , ",
    ];
    for text in sound {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}
