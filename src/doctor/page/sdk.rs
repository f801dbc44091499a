//! The SDK that runs in a page, as it is found there.

use indexmap::IndexMap;
use serde_json::Value;

/// The SDK of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sdk {
    /// Its clients, one for each copy of the SDK that was started: two versions in a page know nothing of each other.
    pub clients: Vec<Client>,
    /// Versions of copies that were loaded but never started (`init` was not called).
    pub idle: Vec<String>,
    /// The Loader script, where the page has it.
    pub loader: Option<Loader>,
    /// Replay.
    pub replay: Option<Replay>,
}

/// The Loader script of Sentry: it loads the SDK itself when it is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loader {
    /// Its address.
    pub url: String,
    /// The SDK came.
    pub loaded: bool,
}

/// A client: what `Sentry.init` made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Client {
    /// `sentry.javascript.nextjs`
    pub sdk: String,
    /// `10.78.0`
    pub version: String,
    /// It may send: `enabled` is not false, and it has a DSN and a transport.
    pub enabled: bool,
    /// Its DSN, without the secret part; none = it has none, or one that it could not read.
    pub dsn: Option<String>,
    /// Options that matter here, with their values in effect: `release`, `tunnel`, `sampleRate`, …. A function is `true`
    /// under its name, a list its length.
    pub options: IndexMap<String, Value>,
    /// Names of its integrations.
    pub integrations: Vec<String>,
}

impl Client {
    /// An option that is set.
    pub fn option(&self, name: &str) -> Option<&Value> {
        self.options.get(name).filter(|value| !value.is_null())
    }

    /// An option that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.option(name).and_then(Value::as_str)
    }
}

/// Session Replay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// `session`, `buffer`; none = it does not record (its sample rates decided so).
    pub mode: Option<String>,
    /// Its id.
    pub id: Option<String>,
    /// A recording was sent.
    pub sent: bool,
    /// Its compression worker was blocked by a policy: it goes on, uncompressed and on the page's own thread.
    pub worker_blocked: bool,
}
