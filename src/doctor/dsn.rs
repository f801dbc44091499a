//! DSNs as they are written: what is wrong with one in the eyes of the JavaScript SDK and of Sentry, and the right form.

pub use super::csp::Dsn;

/// Characters of a public key; Sentry knows no other.
const KEY: usize = 32;

/// What is wrong with a DSN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which part, and why, in a sentence without the value.
    pub why: String,
    /// The DSN as it is meant, where that can be told.
    pub right: Option<String>,
}

/// Parts of a DSN, none of them secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// It, read.
    pub dsn: Dsn,
    /// `4507700010002`, of hosts of sentry.io that name it.
    pub organization: Option<String>,
    /// `us`, `de`: where the organization's data lies, as the host says it.
    pub region: Option<String>,
}

/// Reads a DSN as strictly as the JavaScript SDK and Sentry do.
///
/// # Errors
///
/// What is wrong, and the right form where it can be told.
pub fn read(text: &str) -> Result<Dsn, Wrong> {
    let clean = text.trim().trim_matches(['"', '\'', '`']).trim().trim_end_matches('/');
    let wrong = |why: &str, right: bool| Wrong {
        why: why.to_owned(),
        right: right.then(|| clean.to_owned()).filter(|clean| judge(clean).is_ok()),
    };
    if is_placeholder(text) {
        return Err(wrong("it is an example, not the DSN of a project", false));
    }
    if text != text.trim() {
        let what = if text.contains(['\n', '\r']) { "a line break" } else { "a space" };
        return Err(wrong(&format!("it begins or ends with {what}"), true));
    }
    if text.contains(['"', '\'', '`']) {
        return Err(wrong("it has quotes within it", true));
    }
    if text.chars().any(char::is_whitespace) {
        return Err(wrong("it has a space or a line break within it", false));
    }
    if text.ends_with('/') {
        return Err(wrong("it ends with a slash", true));
    }
    judge(text).map_err(|why| wrong(&why, false))
}

/// What the grammar says, of a text without decoration.
fn judge(text: &str) -> Result<Dsn, String> {
    let dsn = Dsn::read(text).map_err(str::to_owned)?;
    if dsn.key.len() != KEY && !is_local(&dsn) {
        return Err(format!("its public key has {} characters, Sentry's have {KEY}", dsn.key.len()));
    }
    if let Some(why) = odd_host(&dsn.host) {
        return Err(why);
    }
    Ok(dsn)
}

/// A host of sentry.io that none of its ingest hosts is like.
fn odd_host(host: &str) -> Option<String> {
    let rest = host.strip_suffix(".sentry.io")?;
    let labels: Vec<&str> = rest.split('.').collect();
    let organization =
        |label: &str| label.strip_prefix('o').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    match labels.as_slice() {
        [first, "ingest"] | [first, "ingest", _] if !organization(first) => {
            Some("its host does not begin with the number of an organization: o123.ingest…".to_owned())
        }
        ["ingest"] => Some("its host lacks the number of the organization: o123.ingest…".to_owned()),
        _ => None,
    }
}

/// Whether it is what documentation and templates have in place of a DSN.
pub fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "examplepublickey",
        "public_dsn",
        "your-dsn",
        "your_dsn",
        "yourdsn",
        "your-sentry-dsn",
        "your_sentry_dsn",
        "<key>",
        "<dsn>",
        "changeme",
        "xxxxxxxx",
        "@o0.ingest.",
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Whether it leads to a sink or a Sentry on this machine.
pub fn is_local(dsn: &Dsn) -> bool {
    let host = dsn.host.trim_matches(['[', ']']);
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "::1"
        || host == "0.0.0.0"
        || host.starts_with("127.")
}

/// The parts that a DSN is made of.
pub fn parts(dsn: &Dsn) -> Parts {
    let labels: Vec<&str> = dsn.host.split('.').collect();
    let (organization, region) = match labels.as_slice() {
        [first, "ingest", "sentry", "io"] => (first.strip_prefix('o'), Some("us")),
        [first, "ingest", region, "sentry", "io"] => (first.strip_prefix('o'), Some(*region)),
        _ => (None, None),
    };
    Parts { organization: organization.map(str::to_owned), region: region.map(str::to_owned), dsn: dsn.clone() }
}

/// The secret part of a DSN of the deprecated form.
pub fn secret(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let (user, _) = rest.split_once('@')?;
    user.split_once(':').map(|(_, secret)| secret).filter(|secret| !secret.is_empty())
}

/// A DSN without its secret part: what may be shown.
pub fn shown(text: &str) -> String {
    match secret(text) {
        Some(secret) => text.replacen(&format!(":{secret}@"), "@", 1),
        None => text.to_owned(),
    }
}
