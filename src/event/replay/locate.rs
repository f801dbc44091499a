//! How an agent names an event, or a replay: an id, the address of a replay, or the issue that has it (pure).

use serde::{Deserialize, Deserializer, de};

use crate::event::{
    EventRef, IssueRef,
    address::Address,
    written::{TextOrNumber, text_schema},
};

/// What is meant where an event, a replay, or an issue that has one may be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An id: 32 lower-case hex characters, of an event or a replay.
    Id(String),
    /// The address of a replay.
    Replay {
        /// Host, with the port where it is not the usual one.
        host: String,
        /// Organization slug, from the path or the subdomain.
        organization: Option<String>,
        /// 32 lower-case hex characters.
        id: String,
    },
    /// An issue: its latest event, or the one that its address names.
    Issue(IssueRef),
}

impl Subject {
    /// Reads what an agent wrote; the error says which forms there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(EventRef(id, None)) = EventRef::parse(text) {
            return Ok(Self::Id(id));
        }
        if let Some(replay) = replay_address(text.trim()) {
            return Ok(replay);
        }
        IssueRef::parse(text).map(Self::Issue).map_err(|_| {
            let said: String = text.chars().take(80).collect();
            format!("{said:?} is nothing to look at: give an id of 32 hex characters, an issue (LOCAL-3, FRONTEND-4K), or a URL")
        })
    }
}

/// `https://ORG.sentry.io/explore/replays/ID/`, `https://HOST/organizations/ORG/replays/PROJECT:ID/`.
fn replay_address(text: &str) -> Option<Subject> {
    let address = Address::parse(text)?;
    let id = address.after("replays").and_then(|id| id.rsplit(':').next()).and_then(|id| EventRef::parse(id).ok())?.0;
    let organization = address.named_organization().map(str::to_owned);
    Some(Subject::Replay { host: address.host, organization, id })
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match TextOrNumber::read(deserializer) {
            Some(TextOrNumber::Number(number)) => Ok(Self::Issue(IssueRef::Number(number))),
            Some(TextOrNumber::Text(text)) => Self::parse(&text).map_err(de::Error::custom),
            None => Err(de::Error::custom("give a text: an id, an issue, or a URL")),
        }
    }
}

text_schema!(Subject);
