//! What went wrong with a request, in one sentence, and what to do about it.

use serde_json::Value;

use super::{request::Request, value::Read};
use crate::{error::ToolError, event};

/// Characters of a server's own words that are passed on.
const WORDS: usize = 300;

/// A request that brought no answer to use.
#[derive(Debug)]
pub struct Failure {
    /// What kind of failure.
    pub kind: Kind,
    what: String,
    hint: Option<String>,
    source: Option<anyhow::Error>,
}

/// Kinds of failure, as far as a caller can act on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 400, 409, 413 and the like: the request is wrong.
    Refused,
    /// 401: the token is not accepted.
    Unauthorized,
    /// 403: the token may not.
    Forbidden,
    /// 404: there is none, or the token may not see it.
    NotFound,
    /// 429, for longer than we may wait.
    Limited,
    /// 5xx, after retries.
    Server,
    /// No connection, or none that lasted; or the time limit was up.
    Network,
    /// The answer is not what the API gives.
    Unreadable,
    /// The call was cancelled.
    Cancelled,
}

impl Failure {
    /// A failure with its words.
    pub(super) fn new(kind: Kind, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, what: what.into(), hint: Some(hint.into()).filter(|hint| !hint.is_empty()), source: None }
    }

    /// Adds the cause, for the log.
    pub(super) fn caused_by(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The call was cancelled.
    pub(super) fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "The call was cancelled.", "")
    }

    /// What failed, in one sentence: for a reply that shows the rest.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Replaces the hint with a better one that the caller knows.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An answer with an error status.
    pub(super) fn of_status(status: u16, body: &[u8], host: &str, request: &Request, found: &str) -> Self {
        let (kind, hint) = match status {
            401 => (
                Kind::Unauthorized,
                format!("The token of {found} is not accepted there: it is wrong, expired, or of another server."),
            ),
            403 => (
                Kind::Forbidden,
                format!("The token of {found} may lack the scope {}, or may not see this.", scope(request)),
            ),
            404 => (
                Kind::NotFound,
                "It does not exist, the token may not see it, or this server is too old to have it; list_projects \
                 shows what there is."
                    .to_owned(),
            ),
            429 => (Kind::Limited, "Wait, or ask for less at once.".to_owned()),
            413 => (Kind::Refused, "Send less at once.".to_owned()),
            400..=499 => (Kind::Refused, "Correct the arguments.".to_owned()),
            300..=399 => (
                Kind::Unreadable,
                "A redirect is not followed, since the token would go along: set SENTRY_URL to the final address."
                    .to_owned(),
            ),
            _ => (Kind::Server, "The server has a problem of its own; try again later.".to_owned()),
        };
        let words = words(body).map(|words| format!(": {}", quoted(&words))).unwrap_or_default();
        Self::new(kind, format!("{host} answered {status} to {}{words}.", asked(request)), hint)
    }
}

/// `GET /organizations/{organization_id_or_slug}/issues/`, as words.
pub(super) fn asked(request: &Request) -> String {
    let path = request.endpoint.replace("{organization_id_or_slug}", "ORG");
    format!("{} {path}", request.method)
}

/// A server's words, for the middle of a sentence of ours.
pub(super) fn quoted(text: &str) -> String {
    event::quoted(text, WORDS)
}

/// The words of an error body: `{detail}`, `{detail: {code, message}}`, a field map, a bare string, or an HTML page's title.
fn words(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => said(&value, 3).filter(|words| !words.trim().is_empty()),
        Err(_) if text.starts_with('<') => {
            let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
            Some(format!("an HTML page {}", title.map_or("", |(title, _)| title).trim()).trim().to_owned())
        }
        Err(_) => Some(text.chars().take(WORDS).collect()),
    }
}

fn said(value: &Value, depth: usize) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => {
            let all: Vec<String> = list.iter().take(5).filter_map(|item| said(item, depth.checked_sub(1)?)).collect();
            Some(all.join(", ")).filter(|all| !all.is_empty())
        }
        Value::Object(map) => {
            for key in ["detail", "message", "error", "errors", "non_field_errors"] {
                let inner = value.at(key);
                if let Some(words) = depth.checked_sub(1).and_then(|depth| said(inner, depth)) {
                    let code = inner.text("code").map(|code| format!(" ({code})")).unwrap_or_default();
                    return Some(words + &code);
                }
            }
            let fields = map
                .iter()
                .take(5)
                .filter_map(|(key, value)| Some(format!("{key}: {}", said(value, depth.checked_sub(1)?)?)));
            Some(fields.collect::<Vec<_>>().join("; ")).filter(|all| !all.is_empty())
        }
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The scope that a request needs, by the official schema.
fn scope(request: &Request) -> &'static str {
    let (endpoint, reads) = (request.endpoint, request.method == reqwest::Method::GET);
    let has = |part: &str| endpoint.contains(part);
    match () {
        () if has("/releases/") => {
            if reads {
                "project:read"
            } else {
                "project:releases"
            }
        }
        () if has("/issues/") || has("/shortids/") => {
            if reads {
                "event:read"
            } else {
                "event:write"
            }
        }
        () if has("/teams/") && !reads => "project:write or team:write",
        () if has("/projects/{organization") => {
            if reads {
                "project:read"
            } else {
                "project:write"
            }
        }
        () => {
            if reads {
                "org:read"
            } else {
                "org:write"
            }
        }
    }
}

impl From<Failure> for ToolError {
    fn from(failure: Failure) -> Self {
        let error = match failure.hint {
            Some(hint) => Self::new(failure.what, hint),
            None => Self::bare(failure.what),
        };
        match failure.source {
            Some(source) => error.caused_by(source),
            None => error,
        }
    }
}
