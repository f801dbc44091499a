//! Names that say that their value is a secret.

/// Parts of names that say "secret"; compared without case, hyphens, dots and underscores.
const PARTS: [&str; 25] = [
    "authorization",
    "authkey",
    "cookie",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "csrf",
    "xsrf",
    "session",
    "credential",
    "privatekey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "signature",
    "cardnumber",
    "creditcard",
    "cvv",
    "ssn",
    "jwt",
    "assertion",
];

/// Names and words of names (`connect.sid`, `user_pwd`) that are secrets as a whole.
const WORDS: [&str; 9] = ["pwd", "pw", "sid", "sig", "otp", "totp", "mfa", "pin", "cvc"];

/// Names that are secrets alone, but not as a word of a longer one (`auth_method`, `pass_count`).
const WHOLE: [&str; 4] = ["auth", "pass", "xauth", "passw"];

/// Names that hold such a part, and are none.
const PUBLIC: [&str; 16] = [
    "sessionreplay",
    "sessionsamplerate",
    "sessioncount",
    "sessionstatus",
    "sessionduration",
    "sessions",
    "sessionstorage",
    "tokencount",
    "tokentype",
    "tokenize",
    "tokenizer",
    "cookieenabled",
    "cookieconsent",
    "assertionerror",
    "assertions",
    "sessionstarted",
];

/// Names of query parts that are secrets where a login uses them, and say nothing elsewhere (`code=200`, `key=shoes`).
const WEAK: [&str; 6] = ["key", "code", "state", "nonce", "ticket", "verifier"];
/// A value of a weak name that is this long is one, …
const LONG: usize = 16;
/// … and one this long, where it holds a digit and is no plain number or word.
const SHORT: usize = 6;

/// Whether a header, field, variable or query key of this name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if PUBLIC.contains(&plain.as_str()) || plain.ends_with("tokens") {
        return false;
    }
    WHOLE.contains(&plain.as_str())
        || WORDS.contains(&plain.as_str())
        || PARTS.iter().any(|part| plain.contains(part))
        || name.split(['_', '-', '.', '[', ']']).any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

/// Whether this pair in an address is a secret: also what only a login's address says (`code`, `state`, `key`).
pub(super) fn is_secret_pair(name: &str, value: &str, login: bool) -> bool {
    if is_secret(name) {
        return true;
    }
    let name = name.to_ascii_lowercase();
    let long = value.chars().count();
    is_weak(&name) && (login || long >= LONG || (long >= SHORT && value.contains(|c: char| c.is_ascii_digit())))
}

/// Whether the names of an address are those of a login that comes back: `code` and `state`.
pub(super) fn is_login<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let (mut code, mut state) = (false, false);
    for name in names {
        code |= name.eq_ignore_ascii_case("code");
        state |= name.eq_ignore_ascii_case("state");
    }
    code && state
}

fn is_weak(name: &str) -> bool {
    WEAK.contains(&name)
}
