//! Which Sentry is asked, and from when on (pure).

use serde::{Deserialize, Deserializer, de};

use super::written::text_schema;

/// Which Sentry is asked, and for which organization where not that of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Which one.
    pub which: Which,
    /// Organization slug: `sentry/acme`.
    pub organization: Option<String>,
}

/// Which Sentry is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Which {
    /// What the other arguments say; else the embedded sink where it has events; else Sentry.
    #[default]
    Auto,
    /// The embedded sink.
    Local,
    /// The Sentry connection of the environment, or the first one there is.
    Sentry,
    /// The connection with this name in `fixloop.toml`.
    Named(String),
}

impl Source {
    /// Reads `auto`, `local`, `sentry`, `NAME`, `sentry/ORG` or `NAME/ORG`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_name = |text: &str| {
            let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
            !text.is_empty() && text.len() <= 100 && text.chars().all(good)
        };
        let text = text.trim();
        let (word, organization) = match text.split_once('/') {
            Some((word, organization)) => (word.trim(), Some(organization.trim())),
            None => (text, None),
        };
        let which = match word.to_ascii_lowercase().as_str() {
            "" | "auto" => organization.is_none().then_some(Which::Auto),
            "local" | "sink" => organization.is_none().then_some(Which::Local),
            "sentry" => Some(Which::Sentry),
            _ if is_name(word) => Some(Which::Named(word.to_owned())),
            _ => None,
        };
        match which.filter(|_| organization.is_none_or(is_name)) {
            Some(which) => Ok(Self { which, organization: organization.map(str::to_owned) }),
            None => {
                let said: String = text.chars().take(60).collect();
                Err(format!(
                    "{said:?} is no source: give auto, local, sentry, sentry/ORGANIZATION, or a connection's name"
                ))
            }
        }
    }

    /// Whether only Sentry can be meant.
    pub fn is_remote(&self) -> bool {
        matches!(self.which, Which::Sentry | Which::Named(_))
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

text_schema!(Source, "auto, local, sentry, sentry/ORG, or a connection's name");

/// A moment in the past, as an agent writes it: seconds ago, or RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Since {
    /// Seconds before now.
    Ago(f64),
    /// Milliseconds since the epoch.
    At(i64),
}

impl Since {
    /// Milliseconds since the epoch.
    pub fn millis(self, now_ms: i64) -> i64 {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
            Self::Ago(seconds) => now_ms.saturating_sub((seconds.abs() * 1000.0) as i64),
            Self::At(millis) => millis,
        }
    }
}

impl<'de> Deserialize<'de> for Since {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let read = match &value {
            serde_json::Value::Number(number) => number.as_f64().map(Self::Ago),
            serde_json::Value::String(text) => match text.trim().trim_end_matches('s').parse::<f64>() {
                Ok(seconds) => Some(Self::Ago(seconds)),
                Err(_) => text.trim().parse::<jiff::Timestamp>().ok().map(|at| Self::At(at.as_millisecond())),
            },
            _ => None,
        };
        let read = read.filter(|since| !matches!(since, Self::Ago(seconds) if !seconds.is_finite()));
        read.ok_or_else(|| {
            de::Error::custom(format!("{value} is no moment: give seconds ago (60) or 2026-11-22T13:00:00Z"))
        })
    }
}

text_schema!(Since);
