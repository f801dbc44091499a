//! How an agent names an issue or an event: ids, short ids, numbers and addresses, read into one type each (pure).

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::{
    address::{Address, is_word},
    written::{TextOrNumber, text_schema},
};

/// Which issue is meant. Read from `LOCAL-3`, `3`, `FRONTEND-4K`, `fixloop://issues/LOCAL-3` or the address of an issue
/// in Sentry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueRef {
    /// An issue of the embedded sink: the number in `LOCAL-3`.
    Local(u64),
    /// A bare number: the embedded sink's where it has it, else Sentry's numeric id.
    Number(u64),
    /// A short id of Sentry, upper-case: `FRONTEND-4K`.
    Short(String),
    /// The address of an issue in Sentry.
    Remote(RemoteIssue),
    /// An event: the issue that it belongs to.
    Event(String),
}

/// What the address of an issue in Sentry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteIssue {
    /// Host, with the port where it is not the usual one.
    pub host: String,
    /// Organization slug, from the path or the subdomain.
    pub organization: Option<String>,
    /// Numeric id or short id.
    pub issue: String,
    /// Event id, or `latest`, `oldest`, …, where the address names one.
    pub event: Option<String>,
}

/// Which event is meant: 32 lower-case hex characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRef(pub String, pub Option<EventHost>);

/// What the address of an event says of where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHost {
    /// Host, with the port where it is not the usual one.
    pub host: String,
    /// Organization slug, from the path or the subdomain.
    pub organization: Option<String>,
}

impl IssueRef {
    /// Reads what an agent wrote; the error says which forms there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_matches(['«', '»', '"', '`']);
        let wrong = || {
            let said: String = text.chars().take(80).collect();
            format!("{said:?} is no issue: give LOCAL-3, a number, a short id such as FRONTEND-4K, or an issue's URL")
        };
        if let Some(rest) = text.strip_prefix("fixloop://issues/") {
            return Self::parse(rest);
        }
        if text.contains("://") {
            return remote(text).map(Self::Remote).ok_or_else(wrong);
        }
        if let Ok(EventRef(id, None)) = EventRef::parse(text) {
            return Ok(Self::Event(id));
        }
        let number = text.strip_prefix('#').unwrap_or(text);
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            return number.parse().map(Self::Number).map_err(|_| wrong());
        }
        let (project, id) = text.rsplit_once('-').ok_or_else(wrong)?;
        if project.eq_ignore_ascii_case("LOCAL") {
            return id.parse().map(Self::Local).map_err(|_| wrong());
        }
        let word = |text: &str| text.len() <= 100 && is_word(&text);
        let short = word(project) && word(id) && id.len() <= 16 && !id.contains('_');
        if short { Ok(Self::Short(text.to_ascii_uppercase())) } else { Err(wrong()) }
    }

    /// `LOCAL-3`, where it can be an issue of the embedded sink.
    pub fn local(&self) -> Option<String> {
        match self {
            Self::Local(number) | Self::Number(number) => Some(format!("LOCAL-{number}")),
            Self::Short(_) | Self::Remote(_) | Self::Event(_) => None,
        }
    }
}

impl fmt::Display for IssueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(number) => write!(f, "LOCAL-{number}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Short(id) => f.write_str(id),
            Self::Event(id) => write!(f, "the issue of event {id}"),
            Self::Remote(remote) => write!(f, "{} on {}", remote.issue, remote.host),
        }
    }
}

/// `https://ORG.sentry.io/issues/ID/…`, `https://HOST/organizations/ORG/issues/ID/events/EVENT/`, and older forms.
fn remote(text: &str) -> Option<RemoteIssue> {
    let address = Address::parse(text)?;
    let issue = address.after("issues").or_else(|| address.after("group")).filter(is_word)?.to_owned();
    // The oldest form: /ORG/PROJECT/issues/ID/.
    let parts = address.parts();
    let leading = || match parts.as_slice() {
        [organization, _, "issues" | "group", ..] => Some(*organization),
        _ => None,
    };
    let organization = address.named_organization().or_else(leading).filter(is_word).map(str::to_owned);
    let event = address.after("events").filter(is_word).map(str::to_owned);
    Some(RemoteIssue { host: address.host.clone(), organization, issue, event })
}

/// Host and organization of an address of Sentry.
fn event_host(text: &str) -> Option<EventHost> {
    let address = Address::parse(text)?;
    Some(EventHost { organization: address.organization(), host: address.host })
}

impl EventRef {
    /// Reads an event id, with or without hyphens, `fixloop://envelopes/ID`, or the address of an event in Sentry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_matches(['«', '»', '"', '`']);
        let id = text.strip_prefix("fixloop://envelopes/").unwrap_or(text);
        // The address of an event in Sentry ends with it.
        let (id, host) = match id.split_once("/events/") {
            Some((_, rest)) if id.contains("://") => {
                let host = event_host(id).ok_or_else(|| "the address of the event has no host".to_owned())?;
                (rest.split(['/', '?', '#']).next().unwrap_or(rest), Some(host))
            }
            _ => (id, None),
        };
        let hex: String = id.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).take(33).collect();
        if hex.len() == 32 && hex.chars().all(|c| c.is_ascii_hexdigit()) {
            Ok(Self(hex, host))
        } else {
            let said: String = id.chars().take(80).collect();
            Err(format!("{said:?} is no event id: it has 32 hex characters"))
        }
    }
}

impl<'de> Deserialize<'de> for IssueRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match TextOrNumber::read(deserializer) {
            Some(TextOrNumber::Number(number)) => Ok(Self::Number(number)),
            Some(TextOrNumber::Text(text)) => Self::parse(&text).map_err(de::Error::custom),
            None => Err(de::Error::custom("an issue is a text: LOCAL-3, a number, a short id, or a URL")),
        }
    }
}

impl<'de> Deserialize<'de> for EventRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

text_schema!(IssueRef);
text_schema!(EventRef);
