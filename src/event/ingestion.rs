//! Did traffic flow? What was accepted and what was dropped, and what that means. Pure; of the sink and of Sentry alike.

use schemars::JsonSchema;
use serde::Serialize;

/// Something that was counted on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `accepted`, `filtered`, `rate_limited`, `invalid`, `abuse`, `client_discard`, `cardinality_limited`, `refused`.
    pub outcome: String,
    /// `error`, `transaction`, `session`, ….
    pub category: String,
    /// Why it was dropped.
    pub reason: String,
    /// How many; bytes or milliseconds of some categories.
    pub quantity: u64,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Errors are accepted, and none is dropped.
    ErrorsArrive,
    /// Errors are accepted, and others are dropped.
    SomeDropped,
    /// Errors were sent, and none was accepted.
    AllDropped,
    /// Nothing says that there was an error, and other traffic was accepted.
    NoErrors,
    /// No error was accepted, and requests were refused of which nobody knows what they held.
    Refused,
    /// Nothing was accepted, and what was dropped was no error.
    OnlyDropped,
    /// Nothing was accepted, and nothing was dropped.
    NothingReceived,
}

/// Categories that hold errors.
const ERRORS: [&str; 4] = ["error", "default", "security", "event"];
/// Categories that are no proof that the app ran.
const ASIDE: [&str; 1] = ["client_report"];

impl Outcome {
    /// Whether it is of errors.
    pub fn is_error(&self) -> bool {
        is_error(&self.category)
    }

    /// Whether it was kept.
    pub fn is_accepted(&self) -> bool {
        self.outcome == "accepted"
    }
}

/// Whether a category holds errors.
pub fn is_error(category: &str) -> bool {
    ERRORS.contains(&category)
}

/// What the outcomes say of errors.
pub fn verdict(outcomes: &[Outcome]) -> Verdict {
    let sum = |accepted: bool, errors: bool| -> u64 {
        outcomes
            .iter()
            .filter(|one| one.is_accepted() == accepted && one.is_error() == errors)
            .filter(|one| !ASIDE.contains(&one.category.as_str()))
            .fold(0, |sum, one| sum.saturating_add(one.quantity))
    };
    let (dropped, refused) = (sum(false, true), unreadable(outcomes));
    match (sum(true, true), dropped, sum(true, false)) {
        (1.., 0, _) if refused == 0 => Verdict::ErrorsArrive,
        (1.., _, _) => Verdict::SomeDropped,
        (0, 1.., _) => Verdict::AllDropped,
        (0, 0, _) if refused > 0 => Verdict::Refused,
        (0, 0, 1..) => Verdict::NoErrors,
        (0, 0, 0) if sum(false, false) > 0 => Verdict::OnlyDropped,
        (0, 0, 0) => Verdict::NothingReceived,
    }
}

/// What is known of errors besides the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastError {
    /// One is kept.
    Kept,
    /// None is kept.
    None,
    /// It could not be asked for.
    Unknown,
}

/// The verdict of counts that may be late or missing (none), with what else is known; none = it is not known.
pub fn settled(counts: Option<Verdict>, last: LastError, sessions: bool) -> Option<Verdict> {
    use Verdict::{AllDropped, ErrorsArrive, NoErrors, NothingReceived, OnlyDropped, Refused, SomeDropped};
    match (counts, last) {
        (Some(ErrorsArrive | SomeDropped), _) => counts,
        (Some(AllDropped | Refused), LastError::Kept) => Some(SomeDropped),
        (Some(AllDropped | Refused), _) => counts,
        (None | Some(NoErrors | NothingReceived | OnlyDropped), LastError::Kept) => Some(ErrorsArrive),
        (None | Some(NothingReceived | OnlyDropped), LastError::None) if sessions => Some(NoErrors),
        // Counts are late by minutes: they alone do not say that there was none.
        (Some(NoErrors), LastError::Unknown) => None,
        (Some(NothingReceived | OnlyDropped), LastError::Unknown) if sessions => None,
        (None | Some(NoErrors | NothingReceived | OnlyDropped), _) => counts,
    }
}

/// What was refused before anyone knew what it was: it may have been errors.
fn unreadable(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().filter(|one| one.outcome == "refused").fold(0, |sum, one| sum.saturating_add(one.quantity))
}

/// What to do about a drop.
pub fn advice(outcome: &str, reason: &str) -> &'static str {
    let has = |part: &str| reason.contains(part);
    match outcome {
        "rate_limited" if has("key") => {
            "the DSN key has a rate limit: raise it in the project's client keys, or send less"
        }
        "rate_limited" => "a quota or spike protection is used up: raise it, or send less (sample rates)",
        "filtered" if has("sampl") => "dynamic sampling keeps only a share: that is a setting of the project",
        "filtered" => "an inbound filter of the project drops it: look at its Inbound Filters",
        "invalid" if has("project") || has("auth") => "the DSN does not belong to an active project or key: check it",
        "invalid" if has("size") || has("large") => {
            "it is too large: send fewer breadcrumbs, attachments or extra data"
        }
        "invalid" => "the server could not read it: update the SDK, and look at what builds the payload",
        "abuse" => "the server's abuse limit cut it off: find what sends so much",
        "client_discard" if has("sample_rate") => "the SDK's sampleRate or tracesSampleRate leaves it out",
        "client_discard" if has("before_send") => "the app's beforeSend hook drops it",
        "client_discard" if has("event_processor") => "an event processor or integration of the SDK drops it",
        "client_discard" if has("network") => {
            "the SDK could not reach the server: look at the network, an ad blocker, CSP connect-src"
        }
        "client_discard" if has("ratelimit") => "the server had told the SDK to wait",
        "client_discard" if has("overflow") => "the SDK's queue was full: it sends more than gets through",
        "client_discard" => "the SDK dropped it before sending",
        "refused" => "the sender's request is wrong: its DSN, its path or its body",
        "cardinality_limited" => "too many different values of a metric",
        _ => "see the project's stats page",
    }
}

#[cfg(test)]
mod tests {
    use super::{LastError, Outcome, Verdict, settled, verdict};

    #[test]
    fn tells_no_errors_from_nothing_received() {
        let read = |rows: &[(&str, &str, u64)]| {
            let rows = rows.iter().map(|(outcome, category, quantity)| Outcome {
                outcome: (*outcome).to_owned(),
                category: (*category).to_owned(),
                reason: String::new(),
                quantity: *quantity,
            });
            verdict(&rows.collect::<Vec<_>>())
        };
        for (rows, expected) in [
            (vec![], Verdict::NothingReceived),
            (vec![("accepted", "error", 0)], Verdict::NothingReceived),
            (vec![("accepted", "client_report", 3)], Verdict::NothingReceived),
            (vec![("accepted", "error", 1)], Verdict::ErrorsArrive),
            (vec![("accepted", "default", 1), ("client_discard", "transaction", 9)], Verdict::ErrorsArrive),
            (vec![("accepted", "error", 1), ("rate_limited", "error", 2)], Verdict::SomeDropped),
            (vec![("accepted", "session", 5), ("filtered", "error", 2)], Verdict::AllDropped),
            (vec![("refused", "unknown", 2)], Verdict::Refused),
            (vec![("accepted", "session", 5), ("refused", "unknown", 2)], Verdict::Refused),
            (vec![("accepted", "error", 1), ("refused", "unknown", 2)], Verdict::SomeDropped),
            (vec![("refused", "unknown", 2), ("invalid", "error", 2)], Verdict::AllDropped),
            (vec![("accepted", "transaction", 5)], Verdict::NoErrors),
            (vec![("client_discard", "transaction", 5)], Verdict::OnlyDropped),
            (vec![("invalid", "session", 5), ("accepted", "client_report", 1)], Verdict::OnlyDropped),
        ] {
            assert_eq!(read(&rows), expected, "{rows:?}");
        }
    }

    #[test]
    fn what_else_is_known_settles_it() {
        use Verdict::{AllDropped, ErrorsArrive, NoErrors, NothingReceived, OnlyDropped, SomeDropped};
        for (counts, last, sessions, expected) in [
            (Some(NoErrors), LastError::Kept, false, Some(ErrorsArrive)),
            (Some(AllDropped), LastError::Kept, false, Some(SomeDropped)),
            (Some(NothingReceived), LastError::Kept, false, Some(ErrorsArrive)),
            (None, LastError::Kept, false, Some(ErrorsArrive)),
            (Some(AllDropped), LastError::None, true, Some(AllDropped)),
            (Some(NoErrors), LastError::None, false, Some(NoErrors)),
            (Some(NothingReceived), LastError::None, true, Some(NoErrors)),
            (Some(OnlyDropped), LastError::None, true, Some(NoErrors)),
            (Some(OnlyDropped), LastError::None, false, Some(OnlyDropped)),
            (None, LastError::None, true, Some(NoErrors)),
            (None, LastError::None, false, None),
            (Some(NoErrors), LastError::Unknown, true, None),
            (Some(NothingReceived), LastError::Unknown, true, None),
            (Some(NothingReceived), LastError::Unknown, false, Some(NothingReceived)),
            (Some(ErrorsArrive), LastError::Unknown, true, Some(ErrorsArrive)),
            (None, LastError::Unknown, true, None),
        ] {
            assert_eq!(settled(counts, last, sessions), expected, "{counts:?} {last:?} {sessions}");
        }
    }
}
