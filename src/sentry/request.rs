//! A request to the API as plain data: method, path template of the official schema, parameters, body.

use reqwest::Method;
use serde_json::Value;

use crate::event::Period;

/// Bytes that stand for themselves in one segment of a path (RFC 3986 unreserved); all others are percent-encoded.
const UNRESERVED: &[u8] = b"-._~";

/// One request. Its endpoint is a path template of Sentry's OpenAPI schema, below `/api/0`.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// HTTP method.
    pub method: Method,
    /// `/organizations/{organization_id_or_slug}/issues/{issue_id}/`; rate limits count by it.
    pub endpoint: &'static str,
    /// Values of the placeholders, in order, without the organization's.
    pub segments: Vec<String>,
    /// Query parameters, in order; a name may come more than once.
    pub query: Vec<(String, String)>,
    /// JSON body.
    pub body: Option<Value>,
}

impl Request {
    /// A GET of `endpoint`; `segments` fill its placeholders after the organization's.
    pub fn get(endpoint: &'static str, segments: &[&str]) -> Self {
        Self::new(Method::GET, endpoint, segments, None)
    }

    /// A POST with a JSON body.
    pub fn post(endpoint: &'static str, segments: &[&str], body: Value) -> Self {
        Self::new(Method::POST, endpoint, segments, Some(body))
    }

    /// A PUT with a JSON body.
    pub fn put(endpoint: &'static str, segments: &[&str], body: Value) -> Self {
        Self::new(Method::PUT, endpoint, segments, Some(body))
    }

    /// A DELETE.
    pub fn delete(endpoint: &'static str, segments: &[&str]) -> Self {
        Self::new(Method::DELETE, endpoint, segments, None)
    }

    fn new(method: Method, endpoint: &'static str, segments: &[&str], body: Option<Value>) -> Self {
        let segments = segments.iter().map(|segment| (*segment).to_owned()).collect();
        Self { method, endpoint, segments, query: Vec::new(), body }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a query parameter where there is a value.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds a query parameter once for each value.
    #[must_use]
    pub fn each<S: AsRef<str>>(mut self, name: &str, values: &[S]) -> Self {
        self.query.extend(values.iter().map(|value| (name.to_owned(), value.as_ref().to_owned())));
        self
    }

    /// Adds the parameters of a stretch of time, where there is one.
    #[must_use]
    pub fn period(mut self, period: Option<&Period>) -> Self {
        if let Some(period) = period {
            let now = jiff::Timestamp::now().as_millisecond();
            self.query.extend(period.query(now).into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        self
    }

    /// The path below `/api/0`, with `organization` and the segments in their places, each percent-encoded: a slug or an id
    /// cannot leave its segment.
    pub(super) fn path(&self, organization: &str) -> String {
        let mut segments = self.segments.iter();
        let parts = self.endpoint.split('/').map(|part| match part {
            "{organization_id_or_slug}" => encoded(organization),
            part if part.starts_with('{') => encoded(segments.next().map_or("", String::as_str)),
            part => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

/// A segment of a path; `.` and `..` would change the path even when encoded, so they become harmless.
fn encoded(segment: &str) -> String {
    if segment.is_empty() || segment.bytes().all(|byte| byte == b'.') {
        return "-".to_owned();
    }
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
