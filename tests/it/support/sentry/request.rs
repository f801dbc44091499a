//! A request that the scripted Sentry got.

use std::time::Instant;

use serde_json::Value;

/// A request, as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// The path below `/api/0`, still percent-encoded; the whole path where it is not below it.
    pub path: String,
    /// Path and query as they came.
    pub target: String,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The route that answered; none = 404.
    pub route: Option<String>,
    /// The status that was answered.
    pub status: u16,
    /// When its head had come.
    pub arrived: Instant,
    /// When the answer was sent whole; none = not yet, or never.
    pub answered: Option<Instant>,
}

impl Request {
    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// `GET /organizations/acme/issues/?limit=10 → 200`.
    pub fn line(&self) -> String {
        let target = self.target.split_once("/api/0").map_or(self.target.as_str(), |(_, rest)| rest);
        format!("{} {target} → {}", self.method, self.status)
    }

    /// All of it as one text.
    pub fn raw(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{} {}\n{headers}\n{}", self.method, self.target, String::from_utf8_lossy(&self.body))
    }
}
