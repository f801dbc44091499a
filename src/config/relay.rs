//! To whom the sink may pass envelopes on: DSNs of flags, environment and `fixloop.toml`. What a DSN is and whether it
//! is used is the sink's to say; here is only who asked for it.

use serde::{Deserialize, Deserializer};

use super::Settings;

/// Settings of forwarding and of the tunnel.
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// `[PROJECT=]DSN`: where envelopes of the sink go.
    pub forward: Vec<DsnSetting>,
    /// DSNs for which `/tunnel` takes envelopes.
    pub tunnel_allow: Vec<DsnSetting>,
    /// Hosts (`sentry.example.com`, `*.example.com`) to which DSNs of the file may send.
    pub hosts: Vec<String>,
    /// Envelopes that may wait in the queue.
    pub queue: u64,
    /// Bytes that may wait in the queue.
    pub queue_bytes: u64,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            forward: Vec::new(),
            tunnel_allow: Vec::new(),
            hosts: Vec::new(),
            queue: 10_000,
            queue_bytes: 64 * 1024 * 1024,
        }
    }
}

/// A DSN as somebody wrote it. It may hold a secret part, so it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DsnSetting {
    /// The text.
    pub text: String,
    /// It stands in `fixloop.toml`, which may be of a cloned repository; else the user said it by flag or environment.
    pub from_file: bool,
}

impl std::fmt::Debug for DsnSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DsnSetting").field("from_file", &self.from_file).finish_non_exhaustive()
    }
}

/// A list of flags or environment replaces the file's.
pub(super) fn resolve(said: &Settings, file: &Settings) -> RelayConfig {
    let either = |said: &Option<Vec<String>>, file: &Option<Vec<String>>| {
        let (texts, from_file) = match said {
            Some(texts) => (texts.as_slice(), false),
            None => (file.as_deref().unwrap_or_default(), true),
        };
        let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
        texts.map(|text| DsnSetting { text: text.to_owned(), from_file }).collect()
    };
    RelayConfig {
        forward: either(&said.forward, &file.forward),
        tunnel_allow: either(&said.tunnel_allow, &file.tunnel_allow),
        hosts: said.forward_hosts.clone().unwrap_or_default(),
        ..RelayConfig::default()
    }
}

/// One text or a list of them.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(Some(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    }))
}
