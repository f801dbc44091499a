//! The search syntax of issues, as far as a query can be judged without asking a server (pure).

use super::near;

/// Values of `is:`.
const IS: &[&str] = &[
    "unresolved",
    "resolved",
    "ignored",
    "archived",
    "muted",
    "reprocessing",
    "assigned",
    "unassigned",
    "for_review",
    "linked",
    "unlinked",
    "new",
    "ongoing",
    "escalating",
    "regressed",
    "archived_until_escalating",
    "archived_until_condition_met",
    "archived_forever",
    "until_escalating",
    "until_condition_met",
    "forever",
];

/// Keys that Sentry knows besides tags.
const KEYS: &[&str] = &[
    "is",
    "has",
    "age",
    "assigned",
    "assigned_or_suggested",
    "bookmarks",
    "culprit",
    "detector",
    "device.arch",
    "device.brand",
    "device.class",
    "device.family",
    "device.locale",
    "device.model_id",
    "device.name",
    "device.orientation",
    "device.uuid",
    "dist",
    "environment",
    "error.handled",
    "error.main_thread",
    "error.mechanism",
    "error.type",
    "error.unhandled",
    "error.value",
    "event.timestamp",
    "event.type",
    "firstRelease",
    "first_release",
    "firstSeen",
    "first_seen",
    "geo.city",
    "geo.country_code",
    "geo.region",
    "geo.subdivision",
    "http.method",
    "http.referer",
    "http.status_code",
    "http.url",
    "id",
    "issue",
    "issue.category",
    "issue.priority",
    "issue.type",
    "issue.seer_actionability",
    "issue.seer_last_run",
    "lastSeen",
    "last_seen",
    "level",
    "linked",
    "location",
    "logger",
    "message",
    "os.build",
    "os.kernel_version",
    "platform",
    "platform.name",
    "project",
    "project.id",
    "project.name",
    "regressed_in_release",
    "release",
    "release.build",
    "release.package",
    "release.stage",
    "release.version",
    "replayId",
    "sdk.name",
    "sdk.version",
    "stack.abs_path",
    "stack.colno",
    "stack.filename",
    "stack.function",
    "stack.in_app",
    "stack.lineno",
    "stack.module",
    "stack.package",
    "stack.resource",
    "symbolicated_in_app",
    "timesSeen",
    "times_seen",
    "timestamp",
    "title",
    "trace",
    "transaction",
    "type",
    "url",
    "user",
    "user.display",
    "user.email",
    "user.geo",
    "user.id",
    "user.ip",
    "user.username",
];

/// Keys of Sentry that only a tracker can answer: the embedded sink has no people, priorities or tickets.
const TRACKER: &[&str] = &[
    "assigned",
    "assigned_or_suggested",
    "bookmarks",
    "detector",
    "firstRelease",
    "first_release",
    "issue.category",
    "issue.priority",
    "issue.seer_actionability",
    "issue.seer_last_run",
    "linked",
    "regressed_in_release",
];

/// Whether `key` asks for what only a tracker knows.
pub fn is_trackers(key: &str) -> bool {
    TRACKER.contains(&key)
}

/// Whether `value` is one that Sentry takes after `is:`.
pub fn is_status(value: &str) -> bool {
    IS.contains(&value)
}

/// Values of `is:` near to a wrong one.
pub fn near_status(value: &str) -> Vec<&'static str> {
    near(value, IS.iter().copied(), 3)
}

/// `Did you mean level or release?`; empty where nothing is near.
pub fn did_you_mean(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("Did you mean {one}?"),
        [head @ .., last] => format!("Did you mean {} or {last}?", head.join(", ")),
    }
}

/// The `key:value` terms of a query, without `!`; what is not one (words, `OR`, brackets) is left out.
pub fn terms(query: &str) -> Vec<(String, String)> {
    let mut terms = Vec::new();
    let mut chars = query.chars().peekable();
    while chars.peek().is_some() {
        let mut word = String::new();
        let (mut quoted, mut listed) = (false, false);
        while let Some(c) = chars.next() {
            match c {
                '\\' if quoted => word.extend(chars.next()),
                '"' => quoted = !quoted,
                '[' if !quoted && word.ends_with(':') => listed = true,
                ']' if listed && !quoted => listed = false,
                c if c.is_whitespace() && !quoted && !listed => break,
                '(' | ')' if !quoted && !listed && (word.is_empty() || c == ')') => {}
                c => word.push(c),
            }
        }
        let Some((key, value)) = word.trim_start_matches('!').split_once(':') else { continue };
        let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '[' | ']');
        if !key.is_empty() && key.chars().all(good) && !value.starts_with("//") {
            terms.push((key.to_owned(), value.to_owned()));
        }
    }
    terms
}

/// What is surely wrong with a query to Sentry, a sentence; none = the server may be asked. Only what no version of Sentry
/// takes is named: an open quote, and a value of `is:` that is a slip away from a known one.
pub fn mistake(query: &str) -> Option<String> {
    let mut open = false;
    let mut chars = query.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '"' => open = !open,
            _ => {}
        }
    }
    if open {
        return Some("A quote is not closed in the query.".to_owned());
    }
    terms(query).iter().filter(|(key, value)| key == "is" && !is_status(value)).find_map(|(_, value)| {
        let near = near_status(value);
        (!near.is_empty())
            .then(|| format!("`is:{value}` is not known. {}", did_you_mean(&near).replacen("mean ", "mean is:", 1)))
    })
}

/// The keys of a query that Sentry knows only if they are tags.
pub fn tag_keys(query: &str) -> Vec<String> {
    let mut keys: Vec<String> = terms(query).into_iter().map(|(key, _)| key).collect();
    keys.retain(|key| !KEYS.contains(&key.as_str()) && !key.starts_with("flags["));
    for key in &mut keys {
        if let Some(name) = key.strip_prefix("tags[").and_then(|rest| rest.strip_suffix(']')) {
            *key = name.to_owned();
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// What is near to a key that is neither known nor one of `tags`: known keys first.
pub fn near_keys<'a>(key: &str, tags: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    near(key, KEYS.iter().copied().chain(tags), 3)
}

#[cfg(test)]
mod tests {
    use super::{mistake, near_keys, tag_keys, terms};

    #[test]
    fn reads_terms() {
        let query =
            r#"is:unresolved !level:[error, fatal] (user.email:"a b" OR x:y) TypeError https://x/y "a:b c" tags[z]:1"#;
        let found: Vec<String> = terms(query).iter().map(|(key, value)| format!("{key}={value}")).collect();
        // A quoted word with a colon cannot be told from a term: it only means that its key is looked up in vain.
        assert_eq!(found, ["is=unresolved", "level=error, fatal", "user.email=a b", "x=y", "a=b c", "tags[z]=1"]);
    }

    #[test]
    fn names_only_sure_mistakes() {
        for fine in ["", "is:unresolved", "is:something_of_2031", "levle:error", "custom:1", r#"message:"a \" b""#] {
            assert_eq!(mistake(fine), None, "{fine}");
        }
        for (wrong, says) in [
            ("is:unresovled", "Did you mean is:unresolved"),
            ("!is:archive", "archived"),
            ("is:open\"", "quote"),
            ("level:error is:asigned", "assigned"),
        ] {
            assert!(mistake(wrong).unwrap_or_default().contains(says), "{wrong}: {:?}", mistake(wrong));
        }
    }

    #[test]
    fn finds_what_may_be_a_tag() {
        assert_eq!(tag_keys("is:unresolved levle:error tenant:x tags[tenant]:y level:error"), ["levle", "tenant"]);
        assert_eq!(near_keys("levle", ["tenant"]).first(), Some(&"level"));
        assert_eq!(near_keys("tennant", ["tenant"]), ["tenant"]);
    }
}
