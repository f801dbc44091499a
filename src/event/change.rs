//! What can be changed of an issue, in words that an agent writes and reads (pure).

use std::fmt;

use super::quoted;

/// The status of an issue with what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueState {
    /// Open.
    Unresolved,
    /// Fixed, perhaps from a release or commit on.
    Resolved(Option<ResolvedIn>),
    /// Left alone, for good or until something happens; none = as the server does it.
    Ignored(Option<Until>),
    /// A status of the server's own: `pending_merge`, `regressed`, ….
    Other(String),
}

/// From when on an issue counts as fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedIn {
    /// This release; `latest` = the newest.
    Release(String),
    /// The release after the newest.
    Next,
    /// This commit; no repository = the only one there is.
    Commit {
        /// Its hash.
        commit: String,
        /// `acme/shop`.
        repository: Option<String>,
    },
}

/// Until when an issue is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// For good.
    Forever,
    /// It happens much more often.
    Escalating,
    /// So many minutes from now.
    Minutes(u64),
    /// This moment, RFC 3339.
    Moment(String),
    /// So many more events (true: users), within so many minutes.
    More {
        /// Users, not events.
        users: bool,
        /// How many.
        count: u64,
        /// Within so many minutes.
        window: Option<u64>,
    },
}

/// The longest window that Sentry takes: a week.
const LONGEST_WINDOW: u64 = 10_080;

impl ResolvedIn {
    /// Reads `next`, `latest`, a release, or `commit:SHA` and `commit:OWNER/REPO@SHA`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("`in` is empty: give next, latest, a release, or commit:OWNER/REPO@SHA".to_owned());
        }
        let Some(commit) = text.strip_prefix("commit:") else {
            return Ok(if text == "next" { Self::Next } else { Self::Release(text.to_owned()) });
        };
        let (repository, commit) = match commit.rsplit_once('@') {
            Some((repository, commit)) => (Some(repository.trim().to_owned()), commit.trim()),
            None => (None, commit.trim()),
        };
        let hash = (4..=64).contains(&commit.len()) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hash || repository.as_deref() == Some("") {
            return Err(format!("{text:?} is no commit: give commit:SHA or commit:OWNER/REPO@SHA"));
        }
        Ok(Self::Commit { commit: commit.to_owned(), repository })
    }
}

impl fmt::Display for ResolvedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(version) => f.write_str(version),
            Self::Next => f.write_str("next"),
            Self::Commit { commit, repository: Some(repository) } => write!(f, "commit:{repository}@{commit}"),
            Self::Commit { commit, repository: None } => write!(f, "commit:{commit}"),
        }
    }
}

impl Until {
    /// Reads `forever`, `escalating`, `7d`, `100 events`, `100 events/24h`, `50 users/7d`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = text.trim().to_ascii_lowercase();
        let read = match plain.as_str() {
            "forever" => Some(Self::Forever),
            "escalating" | "until_escalating" => Some(Self::Escalating),
            _ => minutes(&plain).map(Self::Minutes).or_else(|| more(&plain)),
        };
        read.ok_or_else(|| {
            let said: String = text.chars().take(60).collect();
            format!("{said:?} is no way to archive: give forever, escalating, 7d, 100 events/24h, or 50 users/7d")
        })
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.write_str("forever"),
            Self::Escalating => f.write_str("escalating"),
            Self::Minutes(minutes) => f.write_str(&length(*minutes)),
            Self::Moment(moment) => f.write_str(moment),
            Self::More { users, count, window } => {
                write!(f, "{count} {}", if *users { "users" } else { "events" })?;
                window.map_or(Ok(()), |window| write!(f, "/{}", length(window)))
            }
        }
    }
}

fn minutes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits)? {
        "m" | "min" => 1,
        "h" => 60,
        "d" => 1_440,
        "w" => 10_080,
        _ => return None,
    };
    digits.parse::<u64>().ok().filter(|amount| (1..=1_000_000).contains(amount))?.checked_mul(unit)
}

fn more(text: &str) -> Option<Until> {
    let (amount, window) = match text.split_once('/') {
        Some((amount, window)) => {
            (amount.trim(), Some(minutes(window.trim()).filter(|window| *window <= LONGEST_WINDOW)?))
        }
        None => (text, None),
    };
    let digits = amount.trim_end_matches(|c: char| !c.is_ascii_digit());
    let users = match amount.strip_prefix(digits)?.trim() {
        "user" | "users" => true,
        "event" | "events" | "x" | "times" => false,
        _ => return None,
    };
    Some(Until::More { users, count: digits.parse().ok().filter(|count| *count > 0)?, window })
}

fn length(minutes: u64) -> String {
    match minutes {
        minutes if minutes % 1_440 == 0 => format!("{}d", minutes / 1_440),
        minutes if minutes % 60 == 0 => format!("{}h", minutes / 60),
        minutes => format!("{minutes}m"),
    }
}

impl IssueState {
    /// Whether an issue in this state is already as `wanted`: a plain `resolved` is met by any kind of it.
    pub fn meets(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Resolved(_), Self::Resolved(None)) | (Self::Ignored(_), Self::Ignored(None)) => true,
            _ => self == wanted,
        }
    }

    /// The arguments of `update_issue` that lead back to this state, as members of a JSON object. A moment has passed or
    /// will: what is left of it counts from `now_ms`.
    pub fn arguments(&self, now_ms: i64) -> Vec<(&'static str, String)> {
        match self {
            Self::Unresolved | Self::Other(_) => vec![("status", "unresolved".to_owned())],
            Self::Resolved(None) => vec![("status", "resolved".to_owned())],
            Self::Resolved(Some(place)) => vec![("status", "resolved".to_owned()), ("in", place.to_string())],
            Self::Ignored(None) => vec![("status", "ignored".to_owned())],
            Self::Ignored(Some(Until::Moment(moment))) => {
                let end = moment.parse::<jiff::Timestamp>().map_or(now_ms, |end| end.as_millisecond());
                let left = u64::try_from((end - now_ms) / 60_000).unwrap_or(0).max(1);
                vec![("archive", Until::Minutes(left).to_string())]
            }
            Self::Ignored(Some(until)) => vec![("archive", until.to_string())],
        }
    }
}

impl fmt::Display for IssueState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved => f.write_str("unresolved"),
            Self::Resolved(None) => f.write_str("resolved"),
            Self::Resolved(Some(ResolvedIn::Next)) => f.write_str("resolved in the next release"),
            Self::Resolved(Some(ResolvedIn::Release(version))) => write!(f, "resolved in release {}", word(version)),
            Self::Resolved(Some(ResolvedIn::Commit { commit, repository })) => {
                write!(f, "resolved in commit {}", word(commit))?;
                repository.as_ref().map_or(Ok(()), |repository| write!(f, " of {}", word(repository)))
            }
            Self::Ignored(None) => f.write_str("ignored"),
            Self::Ignored(Some(Until::Forever)) => f.write_str("ignored for good"),
            Self::Ignored(Some(Until::Escalating)) => f.write_str("ignored until it escalates"),
            Self::Ignored(Some(Until::Minutes(minutes))) => write!(f, "ignored for {}", length(*minutes)),
            Self::Ignored(Some(Until::Moment(moment))) => write!(f, "ignored until {}", word(moment)),
            Self::Ignored(Some(Until::More { users, count, window })) => {
                write!(f, "ignored until {count} more {}", if *users { "users" } else { "events" })?;
                window.map_or(Ok(()), |window| write!(f, " within {}", length(window)))
            }
            Self::Other(status) => f.write_str(&word(status)),
        }
    }
}

/// A server's word within ours: bare where it is one that can do nothing, as versions, hashes and moments are; else quoted.
fn word(said: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_.-+@/: ".contains(c);
    let fine = said.len() <= 120 && said.chars().all(bare) && !said.contains("//") && said.split(' ').count() <= 2;
    if fine { said.to_owned() } else { quoted(said, 120) }
}

#[cfg(test)]
mod tests {
    use super::{IssueState, ResolvedIn, Until};

    #[test]
    fn reads_and_writes_the_same_words() {
        for text in ["forever", "escalating", "30m", "12h", "7d", "100 events", "100 events/12h", "50 users/7d"] {
            assert_eq!(Until::parse(text).map(|until| until.to_string()), Ok(text.to_owned()));
        }
        for (text, means) in [
            ("until_escalating", "escalating"),
            ("2w", "14d"),
            ("24h", "1d"),
            ("100x/60m", "100 events/1h"),
            ("1 User", "1 users"),
        ] {
            assert_eq!(Until::parse(text).map(|until| until.to_string()), Ok(means.to_owned()));
        }
        for wrong in ["", "ever", "0d", "-1h", "5", "0 events", "5 events/8d", "5 apples", "/1h"] {
            assert!(Until::parse(wrong).is_err(), "{wrong}");
        }
        for text in ["next", "latest", "shop@1.2.0", "commit:0f3a9c1", "commit:acme/shop@0f3a9c1"] {
            assert_eq!(ResolvedIn::parse(text).map(|place| place.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["", "commit:", "commit:zz", "commit:@0f3a9c1"] {
            assert!(ResolvedIn::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn knows_what_is_so_already_and_the_way_back() {
        let release = |version: &str| IssueState::Resolved(Some(ResolvedIn::Release(version.to_owned())));
        assert!(release("1").meets(&IssueState::Resolved(None)));
        assert!(!IssueState::Resolved(None).meets(&release("1")) && !release("2").meets(&release("1")));
        assert!(!IssueState::Unresolved.meets(&IssueState::Ignored(None)));
        let moment = IssueState::Ignored(Some(Until::Moment("1970-01-01T02:00:00Z".to_owned())));
        assert_eq!(moment.arguments(3_600_000), [("archive", "1h".to_owned())]);
        assert_eq!(release("1").arguments(0), [("status", "resolved".to_owned()), ("in", "1".to_owned())]);
    }
}
