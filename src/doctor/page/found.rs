//! What `page.js` answers, read into plain data. A page can forge all of it.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{Client, Loader, Replay, Sdk, parcel::word};
use crate::{browser::address, event::plain_line, redact};

/// The SDK and the document, at one moment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Found {
    pub url: String,
    pub mime: String,
    clients: Vec<FoundClient>,
    versions: Vec<String>,
    loader: Option<FoundLoader>,
    replay: Option<FoundReplay>,
    outcomes: Vec<(String, u64)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FoundClient {
    sdk: String,
    version: String,
    enabled: bool,
    dsn: Option<String>,
    options: IndexMap<String, Value>,
    integrations: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FoundLoader {
    url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FoundReplay {
    mode: Option<String>,
    id: Option<String>,
}

/// What became of the test error inside the SDK.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fate {
    pub log: Vec<Stage>,
    pub dropped: Vec<String>,
}

/// A stage that an event reached.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stage {
    pub stage: String,
    pub id: String,
    pub mechanism: Option<String>,
}

impl Fate {
    /// Ids of the events that were made of it, each once.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.log.iter().map(|stage| stage.id.as_str()).filter(|id| !id.is_empty()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether an event came so far: `seen`, `passed`, `sent`.
    pub fn has(&self, stage: &str) -> bool {
        self.log.iter().any(|it| it.stage == stage)
    }

    /// What caught it.
    pub fn mechanism(&self) -> Option<String> {
        // An event that was only seen has none of its own yet.
        self.log.iter().filter(|it| it.stage != "seen").find_map(|it| it.mechanism.as_deref()).map(name)
    }
}

impl Found {
    /// Reads an answer; what has another shape is left out.
    pub fn read(answer: Value) -> Self {
        serde_json::from_value(answer).unwrap_or_default()
    }

    /// Whether something runs that can catch an error, now or when one comes.
    pub fn has_sdk(&self) -> bool {
        !self.clients.is_empty() || self.loader.is_some()
    }

    /// Whether the SDK itself is there.
    pub fn has_client(&self) -> bool {
        !self.clients.is_empty()
    }

    /// What clients count as thrown away: reason, category, how many.
    pub fn outcomes(&self) -> impl Iterator<Item = (String, String, u64)> {
        let read = |(key, count): &(String, u64)| {
            let (reason, category) = key.split_once(':')?;
            Some((word(reason), word(category), *count))
        };
        self.outcomes.iter().filter_map(read)
    }

    /// Where its clients send to, as the browser SDK makes it of tunnel and DSN.
    pub fn endpoints(&self) -> Vec<Url> {
        self.clients.iter().filter_map(|client| client.endpoint(&self.url)).collect()
    }

    /// The SDK for the record.
    pub fn sdk(&self) -> Sdk {
        let clients: Vec<Client> = self.clients.iter().map(FoundClient::client).collect();
        let is_idle = |version: &&String| !clients.iter().any(|client| client.version == name(version));
        Sdk {
            idle: self.versions.iter().filter(is_idle).map(|version| name(version)).collect(),
            loader: self.loader.as_ref().map(|it| Loader { url: address::shown(&it.url), loaded: !clients.is_empty() }),
            replay: self.replay.as_ref().map(|it| Replay {
                mode: it.mode.as_deref().map(name),
                id: it.id.as_deref().map(name),
                ..Replay::default()
            }),
            clients,
        }
    }
}

impl FoundClient {
    fn client(&self) -> Client {
        let value = |(option, value): (&String, &Value)| (name(option), shown(option, value));
        Client {
            sdk: name(&self.sdk),
            version: name(&self.version),
            enabled: self.enabled,
            dsn: self.dsn.as_deref().map(|dsn| plain_line(dsn).chars().take(300).collect()),
            options: self.options.iter().map(value).collect(),
            integrations: self.integrations.iter().map(|it| name(it)).collect(),
        }
    }

    fn endpoint(&self, document: &str) -> Option<Url> {
        let tunnel = self.options.get("tunnel").and_then(Value::as_str).filter(|tunnel| !tunnel.is_empty());
        if let Some(tunnel) = tunnel {
            return Url::parse(document).ok()?.join(tunnel).ok();
        }
        let dsn = Url::parse(self.dsn.as_deref()?).ok()?;
        let (path, project) = dsn.path().rsplit_once('/')?;
        let mut to = dsn.clone();
        to.set_username("").ok()?;
        to.set_password(None).ok()?;
        to.set_path(&format!("{path}/api/{project}/envelope/"));
        Some(to)
    }
}

fn shown(option: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains("://") || text.starts_with('/') => Value::String(address::shown(text)),
        Value::String(text) => Value::String(redact::shown(option, &redact::text(&plain_line(text))).to_owned()),
        Value::Array(_) | Value::Object(_) => Value::Null,
        other => other.clone(),
    }
}

/// A name or version: what it is made of in every SDK, and not long.
fn name(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "._-@/+".contains(*c)).take(80).collect()
}
