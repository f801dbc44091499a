//! Requests with their bodies and answers, and CSP violations with their policies: kept only where a session was asked to,
//! since it costs memory.

use std::time::Instant;

use indexmap::IndexMap;
use serde_json::Value;

use super::{envelope, fate, remote, text};

/// Requests kept; the oldest are forgotten first.
const MAX_EXCHANGES: usize = 300;
/// Bodies kept, in bytes all together; later ones are not kept.
const MAX_BODIES: usize = 32 * 1024 * 1024;
/// Violations kept.
const MAX_VIOLATIONS: usize = 100;
/// Redirects kept of a request; browsers follow no more.
const MAX_REDIRECTS: usize = 20;

/// What a session sent since it was asked to keep it.
#[derive(Debug, Default)]
pub struct Traffic {
    exchanges: IndexMap<String, Exchange>,
    violations: Vec<Blocked>,
    bodies: usize,
}

/// A POST, or the request for a script or document, with what became of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// BiDi request id.
    pub id: String,
    /// Address of the first request, as sent: its query may hold keys.
    pub url: String,
    /// Method of the latest request: redirects may turn a POST into a GET.
    pub method: String,
    /// `document`, `script`, `fetch`, …; empty when the browser does not say.
    pub destination: String,
    /// Body of the first request; none = it has none, or one too large to keep.
    pub body: Option<Vec<u8>>,
    /// The body is still being read.
    pub reading: bool,
    /// Where redirects led: status of the answer that sent it on, and the next address.
    pub redirects: Vec<(u16, String)>,
    /// The last answer, which redirected no further.
    pub answer: Option<Received>,
    /// No answer came; the browser's words.
    pub failure: Option<String>,
    /// When it began.
    pub begun: Instant,
    /// When its answer or failure came.
    pub ended: Option<Instant>,
}

/// What an answer says about itself.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// HTTP status.
    pub status: u16,
    /// Media type without parameters, in lower case.
    pub mime: String,
    /// The words after the status, as HTTP/1.1 has them. Chrome follows redirects of a `keepalive` fetch without a word: then
    /// status and body are those of the end, but these words and `location` those of the first answer.
    pub reason: String,
    /// Some headers, by lower-case name: `location`, `x-sentry-error`, `x-sentry-rate-limits`, `retry-after`.
    pub headers: Vec<(String, String)>,
}

/// A CSP violation, with its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The effective directive.
    pub directive: String,
    /// The address as it was sent, or `inline`, `blob`, ….
    pub blocked: String,
    /// `enforce` or `report`.
    pub disposition: String,
    /// The policy that forbids it.
    pub policy: String,
}

impl Exchange {
    /// Whether nothing more will become of it.
    pub fn is_over(&self) -> bool {
        self.ended.is_some() && !self.reading
    }
}

impl Traffic {
    /// The requests kept, oldest first.
    pub fn exchanges(&self) -> impl DoubleEndedIterator<Item = &Exchange> {
        self.exchanges.values()
    }

    /// The violations kept, oldest first.
    pub fn violations(&self) -> &[Blocked] {
        &self.violations
    }

    /// Takes a `network` event, or a message of the observer script.
    pub(super) fn take(&mut self, method: &str, params: &Value) {
        match method {
            "network.beforeRequestSent" => self.begin(params),
            "network.responseCompleted" => self.complete(params),
            "network.fetchError" => self.fail(params),
            "script.message" => self.violation(params.get("data").unwrap_or(&Value::Null)),
            _ => {}
        }
    }

    /// The body of a request has come; none when the browser has none.
    pub(super) fn body(&mut self, id: &str, body: Option<&[u8]>) {
        let fits = body.filter(|body| self.bodies.saturating_add(body.len()) <= MAX_BODIES);
        if let Some(exchange) = self.exchanges.get_mut(id) {
            exchange.reading = false;
            exchange.body = fits.map(<[u8]>::to_vec);
            self.bodies += exchange.body.as_ref().map_or(0, Vec::len);
        }
    }

    fn begin(&mut self, params: &Value) {
        let Some(request) = params.get("request") else { return };
        let (id, url, method) = (text(request, "request"), text(request, "url"), text(request, "method"));
        if let Some(known) = self.exchanges.get_mut(id) {
            let status = known.answer.take().map_or(0, |answer| answer.status);
            if known.redirects.len() < MAX_REDIRECTS {
                known.redirects.push((status, url.to_owned()));
            }
            method.clone_into(&mut known.method);
            known.ended = None;
            return;
        }
        let destination = super::requests::destination(request);
        let is_kept = method == "POST" || matches!(destination.as_str(), "script" | "document");
        if !is_kept {
            return;
        }
        let inline = request.get("goog:postData").and_then(Value::as_str);
        let has_body = request.get("bodySize").and_then(Value::as_u64).is_some_and(|size| size > 0);
        if self.exchanges.len() >= MAX_EXCHANGES
            && let Some((_, forgotten)) = self.exchanges.shift_remove_index(0)
        {
            self.bodies -= forgotten.body.map_or(0, |body| body.len());
        }
        let exchange = Exchange {
            id: id.to_owned(),
            url: url.to_owned(),
            method: method.to_owned(),
            destination,
            body: None,
            reading: method == "POST" && has_body && inline.is_none(),
            redirects: Vec::new(),
            answer: None,
            failure: None,
            begun: Instant::now(),
            ended: None,
        };
        self.exchanges.insert(id.to_owned(), exchange);
        if let Some(inline) = inline {
            let body = envelope::inline(inline);
            self.body(id, Some(&body));
        }
    }

    fn complete(&mut self, params: &Value) {
        let Some((exchange, response)) = self.of(params).zip(params.get("response")) else { return };
        let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let mime = fate::header(response, "content-type").unwrap_or_else(|| text(response, "mimeType").to_owned());
        let named = |name: &&str| Some(((*name).to_owned(), fate::header_as_sent(response, name)?.to_owned()));
        exchange.answer = Some(Received {
            status: status.unwrap_or_default(),
            mime: mime.split(';').next().unwrap_or_default().trim().to_owned(),
            reason: text(response, "statusText").chars().take(40).collect(),
            headers: HEADERS.iter().filter_map(named).collect(),
        });
        exchange.ended = Some(Instant::now());
    }

    fn fail(&mut self, params: &Value) {
        let error = text(params, "errorText").to_owned();
        // Chrome tells of bodies that nobody reads as aborted, after the answer.
        if let Some(exchange) = self.of(params).filter(|exchange| exchange.ended.is_none()) {
            exchange.failure = Some(error);
            exchange.ended = Some(Instant::now());
        }
    }

    fn violation(&mut self, data: &Value) {
        let message = remote::plain(data);
        if text(&message, "kind") != "csp" || self.violations.len() >= MAX_VIOLATIONS {
            return;
        }
        let field = |name: &str| text(&message, name).to_owned();
        self.violations.push(Blocked {
            directive: field("directive"),
            blocked: field("blocked"),
            disposition: field("disposition"),
            policy: field("policy"),
        });
    }

    fn of(&mut self, params: &Value) -> Option<&mut Exchange> {
        self.exchanges.get_mut(text(params.get("request")?, "request"))
    }
}

/// Headers that are kept of an answer.
const HEADERS: &[&str] = &["location", "x-sentry-error", "x-sentry-rate-limits", "retry-after"];

impl Blocked {
    /// Whether it was blocked, not only reported.
    pub fn is_enforced(&self) -> bool {
        self.disposition != "report"
    }
}
