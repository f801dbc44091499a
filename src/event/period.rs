//! Which stretch of time a search is about: the last so long, or from one moment to another (pure).

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Deserializer, de};

use super::written::text_schema;

/// A stretch of time: `30m`, `24h`, `7d`, `2w`, or `START..END` and `START..` in RFC 3339 (a date will do).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Period {
    /// The last so long.
    Last {
        /// How long.
        seconds: u64,
        /// As it was written, in the form that Sentry's `statsPeriod` takes.
        text: String,
    },
    /// From one moment to another, milliseconds since the epoch.
    Range {
        /// Its beginning.
        start_ms: i64,
        /// Its end; none = now.
        end_ms: Option<i64>,
    },
}

impl Period {
    /// Reads what an agent wrote; the error says which forms there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let read = match text.split_once("..") {
            Some((start, end)) => range(start.trim(), end.trim()),
            None => last(text),
        };
        read.ok_or_else(|| {
            let said: String = text.chars().take(60).collect();
            format!("{said:?} is no period: give 30m, 24h, 7d, or 2026-11-20T09:00:00Z..2026-11-20T10:00:00Z")
        })
    }

    /// The last so many hours.
    pub fn hours(hours: u64) -> Self {
        Self::Last { seconds: hours.saturating_mul(3_600), text: format!("{hours}h") }
    }

    /// The last so many days.
    pub fn days(days: u64) -> Self {
        Self::Last { seconds: days.saturating_mul(86_400), text: format!("{days}d") }
    }

    /// First and last millisecond since the epoch.
    pub fn bounds(&self, now_ms: i64) -> (i64, i64) {
        match self {
            Self::Last { seconds, .. } => {
                let ago = i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
                (now_ms.saturating_sub(ago), now_ms)
            }
            Self::Range { start_ms, end_ms } => (*start_ms, end_ms.unwrap_or(now_ms)),
        }
    }

    /// Query parameters of Sentry's API: `statsPeriod`, or `start` and `end` in UTC without a zone, as every version of it
    /// reads them.
    pub fn query(&self, now_ms: i64) -> Vec<(&'static str, String)> {
        match self {
            Self::Last { text, .. } => vec![("statsPeriod", text.clone())],
            Self::Range { .. } => {
                let (start, end) = self.bounds(now_ms);
                vec![("start", utc(start)), ("end", utc(end))]
            }
        }
    }

    /// For the middle of a sentence: `in the last 24h`, `from … to …`.
    pub fn said(&self) -> String {
        match self {
            Self::Last { text, .. } => format!("in the last {text}"),
            Self::Range { start_ms, end_ms: Some(end_ms) } => format!("from {}Z to {}Z", utc(*start_ms), utc(*end_ms)),
            Self::Range { start_ms, end_ms: None } => format!("since {}Z", utc(*start_ms)),
        }
    }
}

fn last(text: &str) -> Option<Period> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits)? {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let amount: u64 = digits.parse().ok().filter(|amount| *amount > 0 && *amount <= 1_000_000)?;
    Some(Period::Last { seconds: amount.saturating_mul(unit), text: text.to_owned() })
}

fn range(start: &str, end: &str) -> Option<Period> {
    let start_ms = moment(start)?;
    let end_ms = if end.is_empty() { None } else { Some(moment(end)?) };
    end_ms.is_none_or(|end_ms| end_ms > start_ms).then_some(Period::Range { start_ms, end_ms })
}

/// A moment in RFC 3339; UTC where it names no zone.
fn moment(text: &str) -> Option<i64> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(stamp.as_millisecond());
    }
    let civil: civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

fn utc(ms: i64) -> String {
    let stamp = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{stamp:.0}").trim_end_matches('Z').to_owned()
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

text_schema!(Period, "24h, 7d, or START..END");

#[cfg(test)]
mod tests {
    use super::Period;

    #[test]
    fn reads_periods() {
        let now = 1_795_166_142_000;
        for (text, bounds, query, said) in [
            ("24h", (now - 86_400_000, now), "statsPeriod=24h", "in the last 24h"),
            (" 2w", (now - 1_209_600_000, now), "statsPeriod=2w", "in the last 2w"),
            (
                "2026-11-20..2026-11-20T10:30:00Z",
                (1_795_132_800_000, 1_795_170_600_000),
                "start=2026-11-20T00:00:00&end=2026-11-20T10:30:00",
                "from 2026-11-20T00:00:00Z to 2026-11-20T10:30:00Z",
            ),
            (
                "2026-11-20T02:00:00+02:00..",
                (1_795_132_800_000, now),
                "start=2026-11-20T00:00:00&end=2026-11-20T09:15:42",
                "since 2026-11-20T00:00:00Z",
            ),
        ] {
            let period = Period::parse(text).unwrap_or(Period::hours(0));
            let asked: Vec<String> = period.query(now).iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!((period.bounds(now), asked.join("&").as_str(), period.said().as_str()), (bounds, query, said));
        }
        for wrong in ["", "24", "h", "0h", "1y", "-5m", "2026-11-20", "2026-11-21..2026-11-20", "x..y"] {
            assert!(Period::parse(wrong).is_err(), "{wrong}");
        }
    }
}
