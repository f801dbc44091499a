//! Messages without what changes from event to event: ids, numbers, dates, addresses.

use std::{borrow::Cow, sync::LazyLock};

use regex_automata::meta::Regex;

/// The kinds of values, in the order in which they win. One pattern each, joined into one search: at one place the
/// earlier kind wins. The search engine has no look-around; what needs it is checked by [`is_really`].
const KINDS: [(&str, &str); 19] = [
    ("email", r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*"),
    ("url", r"\b(?:wss?|https?|ftp)://[^\s/$.?#]\S+"),
    ("hostname", HOSTNAME),
    ("ip", IP),
    ("traceparent", r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\b|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b"),
    ("uuid", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    ("sha1", r"\b[0-9a-fA-F]{40}\b"),
    ("md5", r"\b[0-9a-fA-F]{32}\b"),
    ("date", DATE),
    ("duration", r"\b[0-9]+ms\b|\b[0-9]+(?:\.[0-9]+)?s\b"),
    ("swift_txn_id", r"\btx[0-9a-f]{21}-[0-9a-f]{10}\S*"),
    // Numbers come before hashes, so that a number is a number however many digits it has.
    ("float", r"-[0-9]+\.[0-9]+\b|\b[0-9]+\.[0-9]+\b"),
    ("int", r"-[0-9]+\b|\b[0-9]+\b"),
    ("hex", r"\b0[xX][0-9a-fA-F]+\b"),
    ("hex", r"\b[0-9a-f]{8,128}\b"),
    ("hex", r"\b[0-9A-F]{8,128}\b"),
    ("git_sha", r"\b[0-9a-f]{7}\b"),
    // Only the value half of `key=value`: the `=` is kept.
    ("quoted_str", r#"='[^']+'|="[^"]+""#),
    ("bool", r"=(?:[Tt]rue|[Ff]alse)\b"),
];

/// Host names under the most used top-level domains: all capitals or all small.
const HOSTNAME: &str = r"(?x)
    \b (?: [a-zA-Z0-9-]{1,63} \. )+? (?:
    com|net|org|jp|de|uk|fr|br|it|ru|es|me|gov|pl|ca|au|cn|co|in|nl|edu|info|eu|ch|id|at|kr|cz|mx|be|tv|se|tr|tw|al|ua|
    ir|vn|cl|sk|ly|cc|to|no|fi|us|pt|dk|ar|hu|tk|gr|il|news|ro|my|biz|ie|za|nz|sg|ee|th|io|xyz|pe|bg|hk|rs|lt|link|ph|
    club|si|site|mobi|by|cat|wiki|la|ga|xxx|cf|hr|ng|jobs|online|kz|ug|gq|ae|is|lv|pro|fm|tips|ms|sa|app|
    COM|NET|ORG|DE|UK|FR|EU|IO|APP|INFO|EDU|GOV ) \b";

/// IPv6 and IPv4. `\B` before a colon means that no word character stands there, so `Class::method` is none.
const IP: &str = r"(?x)
    \b (?: [0-9a-fA-F]{1,4} : ){7} [0-9a-fA-F]{1,4} \b |
    \b (?: [0-9a-fA-F]{1,4} : ){1,6} (?: : [0-9a-fA-F]{1,4} ){1,6} \b |
    \b (?: [0-9a-fA-F]{1,4} : ){1,7} : \B |
    \B :: (?: [fF]{4} : )? (?: [0-9]{1,3} \. ){3} [0-9]{1,3} \b |
    \B : (?: : [0-9a-fA-F]{1,4} ){1,7} \b |
    \b (?: (?: 25[0-5] | 2[0-4][0-9] | 1?[0-9]?[0-9] ) \. ){3} (?: 25[0-5] | 2[0-4][0-9] | 1?[0-9]?[0-9] ) \b";

/// Dates and times in the forms that logs and errors use.
const DATE: &str = r"(?x)
    (?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]*,?\s [0-9]{1,2}[\s-](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[\s-]
        [0-9]{2,4}\s[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})? (?:\s(?:[-+][0-9]{4}|UTC?|GMT|[ECMP][SD]T))? |
    (?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)\s (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s [0-9]{1,2}\s
        [0-9]{4}\s[0-9]{2}:[0-9]{2}:[0-9]{2}\sGMT[+-][0-9]{4} (?:\s\([^)]+\))? |
    (?:(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)\s+)? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+ [0-9]{1,2}
        (?:,\s[0-9]{2,4}|\s+[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\s+[0-9]{4})?) |
    [0-9]{4}-?[01][0-9]-?[0-3][0-9][\sT][0-2][0-9]:?[0-5][0-9](?::?[0-5][0-9](?:[.,][0-9]+)?)?
        (?:Z|[+-][0-2][0-9]:?[0-5][0-9])? |
    [1-9][0-9]?:[0-9]{2}(?::[0-9]{2})?(?:\s?[aApP][mM])? |
    [0-9]{4}-[01][0-9]-[0-3][0-9] |
    [0-2][0-9]:[0-5][0-9]:[0-5][0-9] |
    datetime\.datetime\([^)]*\)";

/// Word boundaries are ASCII: the fast engine knows no others, and all values are ASCII.
static ALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let patterns = KINDS.map(|(_, pattern)| pattern.replace(r"\b", r"(?-u:\b)").replace(r"\B", r"(?-u:\B)"));
    Regex::new_many(&patterns).ok()
});

/// The first two lines that are not blank, with `...` where more followed, and values replaced by `<kind>`.
pub(in crate::event) fn normalize(message: &str) -> Cow<'_, str> {
    let mut lines = message.lines().filter(|line| !line.trim().is_empty());
    let head: Cow<'_, str> = match (lines.next(), lines.next(), lines.next()) {
        (None, ..) => return Cow::Borrowed(""),
        (Some(only), None, _) => Cow::Borrowed(only),
        (Some(first), Some(second), None) => Cow::Owned(format!("{first}\n{second}")),
        (Some(first), Some(second), Some(_)) => Cow::Owned(format!("{first}\n{second}...")),
    };
    match replaced(&head) {
        Some(replaced) => Cow::Owned(replaced),
        None => match head {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        },
    }
}

fn replaced(text: &str) -> Option<String> {
    // Every kind holds one of these; most messages hold none, and need no search.
    if !text.bytes().any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b'=' | b':' | b'.')) {
        return None;
    }
    let all = ALL.as_ref()?;
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for found in all.find_iter(text) {
        let Some(value) = text.get(found.range()) else { continue };
        let kind = KINDS.get(found.pattern().as_usize()).map_or("value", |(kind, _)| kind);
        out.push_str(text.get(last..found.start()).unwrap_or_default());
        last = found.end();
        if !is_really(kind, value) {
            out.push_str(value);
            continue;
        }
        if value.starts_with('=') && kind != "email" {
            out.push('=');
        }
        out.push('<');
        out.push_str(kind);
        out.push('>');
    }
    out.push_str(text.get(last..).unwrap_or_default());
    Some(out.trim().to_owned())
}

/// What a pattern cannot say: a hash has a digit (`defaced` and `deadbeef` are words).
fn is_really(kind: &str, value: &str) -> bool {
    match kind {
        "hex" | "git_sha" => value.bytes().any(|byte| byte.is_ascii_digit()),
        _ => true,
    }
}
