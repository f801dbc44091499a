//! The last guard: secrets that reached a reply are taken out of it. Rooms that know their secrets leave them out before.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

/// What stands in for a secret.
const GONE: &str = "[redacted]";

/// Patterns and what replaces them. `$1` keeps the name of what was there.
static SECRETS: LazyLock<Vec<(Regex, String)>> = LazyLock::new(|| {
    let names = "password|passwd|pwd|secret|client_secret|api_?key|access_?token|refresh_?token|id_token|auth_?token|\
                 session_?id|private_?key|sentry_key_secret|sentry_secret";
    let patterns = [
        // Headers. A value must look like one: a page may hold a button named "Cookie: accept".
        (r#"(?i)\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|digest|token|dsn|sentry|negotiate|apikey)\s+)?[^\s"'<>]{6,}"#.to_owned(), "${1}"),
        (r#"(?i)\b((?:set-)?cookie["']?\s*[:=]\s*["']?)[^\s=;"'<>]+=[^\r\n"'<>]+"#.to_owned(), "${1}"),
        (r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}".to_owned(), "${1}"),
        // Tokens that say what they are: Sentry, GitHub, Slack, Stripe and OpenAI, AWS, JWT.
        (r"\b(sntry[a-z]_)[A-Za-z0-9_=+/.-]{8,}".to_owned(), "${1}"),
        (r"\b(gh[a-z]_|github_pat_|xox[a-z]-|[sr]k[-_](?:live|test|proj|ant)[-_])[A-Za-z0-9_-]{10,}".to_owned(), "${1}"),
        (r"\b(AKIA)[0-9A-Z]{16}\b".to_owned(), "${1}"),
        (r"\b(eyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+".to_owned(), "${1}"),
        // The secret half of an old DSN, and any password in an address.
        (r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@]+:)[^\s/@]+(@)".to_owned(), "${1}[redacted]${2}"),
        // Names and values: in a query or form, and in JSON.
        (format!(r#"(?i)((?:^|[?&;\s"'(]|%26)(?:{names}|token|sig|signature)=)[^&\s"'<>#;)]+"#), "${1}"),
        (format!(r#"(?i)("(?:{names})"\s*:\s*")[^"]+"#), "${1}"),
    ];
    patterns
        .into_iter()
        .filter_map(|(pattern, keep)| {
            let with = if keep.contains(GONE) { keep.to_owned() } else { format!("{keep}{GONE}") };
            Some((Regex::new(&pattern).ok()?, with))
        })
        .collect()
});

/// The text without secrets.
pub(super) fn redact(text: &str) -> String {
    let mut clean = Cow::Borrowed(text);
    for (pattern, with) in SECRETS.iter() {
        if let Cow::Owned(changed) = pattern.replace_all(&clean, with.as_str()) {
            clean = Cow::Owned(changed);
        }
    }
    clean.into_owned()
}

#[cfg(test)]
mod tests {
    use super::{SECRETS, redact};

    #[test]
    fn takes_out_secrets_and_nothing_else() {
        assert_eq!(SECRETS.len(), 10, "a pattern does not compile");
        let checks = [
            ("authorization: Bearer abc.def-123", "authorization: [redacted]"),
            (r#"{"Authorization":"Basic dXNlcjpwYXNz"}"#, r#"{"Authorization":"[redacted]"}"#),
            ("Cookie: sid=1234; theme=dark", "Cookie: [redacted]"),
            (r#"- button "Cookie: accept all""#, r#"- button "Cookie: accept all""#),
            ("send Bearer abcdefgh12345", "send Bearer [redacted]"),
            ("token sntrys_eyJpYXQiOjE3 end", "token sntrys_[redacted] end"),
            ("http://aaaa:bbbb@127.0.0.1:8969/1", "http://aaaa:[redacted]@127.0.0.1:8969/1"),
            ("http://aaaa@127.0.0.1:8969/1", "http://aaaa@127.0.0.1:8969/1"),
            ("GET /login?user=a&password=hunter2&x=1", "GET /login?user=a&password=[redacted]&x=1"),
            (r#"{"password": "hunter2", "name": "a"}"#, r#"{"password": "[redacted]", "name": "a"}"#),
            ("ghp_abcdefghij0123456789", "ghp_[redacted]"),
            ("Password field is empty", "Password field is empty"),
            ("src/token.ts:12:3 tokens=5", "src/token.ts:12:3 tokens=5"),
            ("http://localhost:5173/@vite/client", "http://localhost:5173/@vite/client"),
        ];
        for (text, expect) in checks {
            assert_eq!(redact(text), expect);
        }
    }
}
