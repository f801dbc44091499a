//! The last guard: secrets in any text, also where it is no address and no JSON.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use super::{REDACTED, names};

/// Patterns of what says by itself that it is a secret, and what replaces them. `$1` keeps what was there before.
static SECRETS: LazyLock<Vec<(Regex, String)>> = LazyLock::new(|| {
    let patterns = [
        // None of them crosses the end of a line or a guillemet: an unclosed quote of a page would take our own words with
        // it, or the mark that closes its own.
        // Headers. A value must look like one: a page may hold a button named "Cookie: accept".
        (
            r#"(?i)\b((?:proxy-)?authorization["']?[ \t]*[:=][ \t]*["']?)(?:(?:bearer|basic|digest|token|dsn|sentry|negotiate|apikey)[ \t]+)?[^\s"'<>«»]{6,}"#,
            "${1}",
        ),
        (r#"(?i)\b((?:set-)?cookie["']?[ \t]*[:=][ \t]*["']?)[^\s=;"'<>«»]+=[^\r\n"'<>«»]+"#, "${1}"),
        (r"(?i)\b(bearer[ \t]+)[A-Za-z0-9._~+/=-]{8,}", "${1}"),
        // A private key: whole lines of it, as far as they go. This one does cross lines, of nothing but base64.
        (
            r"(?x)(-----BEGIN\x20[A-Z0-9\x20]{0,20}PRIVATE\x20KEY-----)
            (?: (?:(?:\\[rn]|\s)*[A-Za-z0-9+/=]{40,})* (?:(?:\\[rn]|\s)*[A-Za-z0-9+/=]+)? (?:\\[rn]|\s)*-----END\x20[A-Z0-9\x20]{0,20}PRIVATE\x20KEY-----
            | (?:(?:\\[rn]|\s)*[A-Za-z0-9+/=]{40,})+ (?:(?:\\[rn]|[\x20\t])*[A-Za-z0-9+/=]+)?
            | (?:\\[rn]|[\x20\t])*[A-Za-z0-9+/=]+ )",
            "${1}",
        ),
        // Tokens that say what they are: Sentry, GitHub, Slack, Stripe and OpenAI, AWS, GitLab, npm, Google, JWT (also cut).
        (r"\b(sntry[a-z]_)[A-Za-z0-9_=+/.-]{8,}", "${1}"),
        // Those of before 2023, behind the option of a command.
        (r"(?i)(\bauth[_.-]?token[ \t]+)[a-f0-9]{64}\b", "${1}"),
        (r"\b(gh[a-z]_|github_pat_|xox[a-z]-|[sr]k[-_](?:live|test|proj|ant)[-_])[A-Za-z0-9_-]{10,}", "${1}"),
        (r"\b(AKIA)[0-9A-Z]{16}\b", "${1}"),
        (r"\b(glpat-|AIza)[A-Za-z0-9_-]{10,}", "${1}"),
        (r"\b(npm_|hf_)[A-Za-z0-9]{16,}", "${1}"),
        (r"\b(eyJ)[A-Za-z0-9_-]{8,}\.(?:[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)?", "${1}"),
        // The secret half of an old DSN, and any password in an address.
        (r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@«»]+:)[^\s/@«»]+(@)", "${1}[redacted]${2}"),
    ];
    patterns
        .into_iter()
        .filter_map(|(pattern, keep)| {
            let with = if keep.contains(REDACTED) { keep.to_owned() } else { format!("{keep}{REDACTED}") };
            Some((Regex::new(pattern).ok()?, with))
        })
        .collect()
});

/// A name and its value in quotes: JSON (also within a JSON string), a Python or JavaScript object, an assignment. The
/// end of the value may have been cut off.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        ( \\?["'`]? ([A-Za-z_][\w.-]{0,60}) \\?["'`]? [\x20\t]*[:=][\x20\t]* [bru]? )
        (?: \\"([^"\\\r\n«»]+)(?:\\")? | "((?:[^"\\\r\n«»]|\\.)+)"? | '((?:[^'\\\r\n«»]|\\.)+)'? )"#,
    )
    .ok()
});

/// A name and its value as in a query, a form or an assignment.
static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(^|[?&\#;,/\s"'`(\[{«]|%26)([A-Za-z_][\w.%\[\]-]{0,60})=([^&\s"'`<>\#;,)\]}«»]+)"#).ok()
});

/// The text without secrets.
pub fn text(text: &str) -> String {
    let mut clean = Cow::Borrowed(text);
    for (pattern, with) in SECRETS.iter() {
        clean = replaced(clean, |clean| pattern.replace_all(clean, with.as_str()));
    }
    if let Some(pattern) = QUOTED.as_ref() {
        clean = replaced(clean, |clean| pattern.replace_all(clean, quoted));
    }
    if let Some(pattern) = PLAIN.as_ref() {
        clean = replaced(clean, |clean| pattern.replace_all(clean, plain));
    }
    clean.into_owned()
}

fn replaced<'a>(text: Cow<'a, str>, replace: impl FnOnce(&str) -> Cow<'_, str>) -> Cow<'a, str> {
    match replace(&text) {
        Cow::Owned(changed) => Cow::Owned(changed),
        Cow::Borrowed(_) => text,
    }
}

fn group<'a>(found: &'a Captures<'_>, at: usize) -> &'a str {
    found.get(at).map_or("", |part| part.as_str())
}

fn quoted(found: &Captures<'_>) -> String {
    if !names::is_secret(group(found, 2)) {
        return group(found, 0).to_owned();
    }
    let mark = match (found.get(3), found.get(4)) {
        (Some(_), _) => "\\\"",
        (_, Some(_)) => "\"",
        _ => "'",
    };
    format!("{}{mark}{REDACTED}{mark}", group(found, 1))
}

fn plain(found: &Captures<'_>) -> String {
    let (before, name, value) = (group(found, 1), group(found, 2), group(found, 3));
    // The room that wrote the address was here before; its bracket is not part of the value here.
    if REDACTED.strip_suffix(']') == Some(value) {
        return group(found, 0).to_owned();
    }
    // What says nothing outside an address is a secret only there.
    let in_address = matches!(before, "?" | "&" | "#" | "%26");
    // What has been left out already stays so.
    if value.contains("[redacted") {
        return group(found, 0).to_owned();
    }
    let secret = if in_address { names::is_secret_pair(name, value, false) } else { names::is_secret(name) };
    if secret {
        return format!("{before}{name}={REDACTED}");
    }
    // `to=token=abc`: the value is a pair again.
    match PLAIN.as_ref().filter(|_| value.contains('=')) {
        Some(pattern) => format!("{before}{name}={}", pattern.replace_all(value, plain)),
        None => group(found, 0).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{PLAIN, QUOTED, SECRETS, text};

    #[test]
    fn takes_out_secrets_and_nothing_else() {
        assert!(SECRETS.len() == 12 && QUOTED.is_some() && PLAIN.is_some(), "a pattern does not compile");
        let checks = [
            ("authorization: Bearer abc.def-123", "authorization: [redacted]"),
            (r#"{"Authorization":"Basic dXNlcjpwYXNz"}"#, r#"{"Authorization":"[redacted]"}"#),
            ("Cookie: sid=1234; theme=dark", "Cookie: [redacted]"),
            (r#"- button "Cookie: accept all""#, r#"- button "Cookie: accept all""#),
            ("send Bearer abcdefgh12345", "send Bearer [redacted]"),
            ("token=sk_live_abcdefghijklmnop1234 end", "token=sk_live_[redacted] end"),
            ("token sntrys_eyJpYXQiOjE3 end", "token sntrys_[redacted] end"),
            (
                "sentry-cli --auth-token 9d41c07be35f4a2886b1d0c3f5e7a9924b6d8f1a3c5e70928b4d6f8a1c3e5079 releases",
                "sentry-cli --auth-token [redacted] releases",
            ),
            ("http://aaaa:bbbb@127.0.0.1:8969/1", "http://aaaa:[redacted]@127.0.0.1:8969/1"),
            ("http://aaaa@127.0.0.1:8969/1", "http://aaaa@127.0.0.1:8969/1"),
            ("GET /login?user=a&password=hunter2&x=1", "GET /login?user=a&password=[redacted]&x=1"),
            (r#"{"password": "hunter2", "name": "a"}"#, r#"{"password": "[redacted]", "name": "a"}"#),
            ("{'password': 'hunter2', 'n': 1}", "{'password': '[redacted]', 'n': 1}"),
            ("{'token': b'it\\'s', \"pwd\": u'x'}", "{'token': b'[redacted]', \"pwd\": u'[redacted]'}"),
            (r#"body: {\"password\":\"hunter2\",\"n\":1}"#, r#"body: {\"password\":\"[redacted]\",\"n\":1}"#),
            ("User(name='eve', password='hunter2')", "User(name='eve', password='[redacted]')"),
            ("User(name=eve, password=hunter2)", "User(name=eve, password=[redacted])"),
            ("at http://h/cb#access_token=abc&x=1", "at http://h/cb#access_token=[redacted]&x=1"),
            ("http://h/#token=[redacted]&x=1", "http://h/#token=[redacted]&x=1"),
            ("http://h/cb?code=4f9a0b2c", "http://h/cb?code=[redacted]"),
            ("http://h/?code=200&key=shoes&state=open", "http://h/?code=200&key=shoes&state=open"),
            ("exit code=123456 key=abcdef0123456789", "exit code=123456 key=abcdef0123456789"),
            (
                r#"{"code": "ECONNREFUSED", "state": "CA", "key": "a"}"#,
                r#"{"code": "ECONNREFUSED", "state": "CA", "key": "a"}"#,
            ),
            (r#"if (token === "abc") {"#, r#"if (token === "abc") {"#),
            ("<input type=\"password\" name='q'>", "<input type=\"password\" name='q'>"),
            ("vars: {'password': 'hunter2 and so…", "vars: {'password': '[redacted]'"),
            (r#"{"password": "hun\"ter2\\", "name": "a"}"#, r#"{"password": "[redacted]", "name": "a"}"#),
            // What is not closed ends with its line.
            ("{\"password\":\"\n</fence>\nours", "{\"password\":\"\n</fence>\nours"),
            ("{\"password\":\"hunter2\n</fence>\nours", "{\"password\":\"[redacted]\"\n</fence>\nours"),
            ("{\"password\":\"hunter2\\\n</fence>\nours", "{\"password\":\"[redacted]\"\\\n</fence>\nours"),
            ("{\"password\":\n\"ours\"", "{\"password\":\n\"ours\""),
            ("Authorization:\nsession-s1", "Authorization:\nsession-s1"),
            ("Authorization: Bearer\nsession-s1", "Authorization: [redacted]\nsession-s1"),
            ("Cookie:\nsession-s1", "Cookie:\nsession-s1"),
            ("bearer\nsession-s1", "bearer\nsession-s1"),
            ("ghp_abcdefghij0123456789", "ghp_[redacted]"),
            ("email=password=hunter2&to=x=token=abc", "email=password=[redacted]&to=x=token=[redacted]"),
            ("«password=hunter2» at «a»", "«password=[redacted]» at «a»"),
            ("«Cookie: a=b; c=d» at «a»", "«Cookie: [redacted]» at «a»"),
            ("«{\"password\": \"hunter2» at «a»", "«{\"password\": \"[redacted]\"» at «a»"),
            ("«Authorization: Bearer abcdef» ours", "«Authorization: [redacted]» ours"),
            (
                "-----BEGIN EC PRIVATE KEY-----\n  MHcCAQEEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n  AAAA==\n-----END EC PRIVATE KEY-----\nours",
                "-----BEGIN EC PRIVATE KEY-----[redacted]\nours",
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nMHcCAQEEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA…\nours",
                "-----BEGIN PRIVATE KEY-----[redacted]…\nours",
            ),
            ("-----BEGIN PRIVATE KEY----- MHcCAQEE… ours", "-----BEGIN PRIVATE KEY-----[redacted]… ours"),
            ("glpat-AAAAbbbbCCCCdddd npm_0123456789abcdef0", "glpat-[redacted] npm_[redacted]"),
            ("jwt eyJhbGciOiJI.eyJzdWIiOi…", "jwt eyJ[redacted]…"),
            ("Password field is empty", "Password field is empty"),
            ("src/token.ts:12:3 tokens=5", "src/token.ts:12:3 tokens=5"),
            ("http://localhost:5173/@vite/client", "http://localhost:5173/@vite/client"),
        ];
        for (said, expect) in checks {
            assert_eq!(text(said), expect);
            assert_eq!(text(expect), expect, "twice");
        }
    }
}
