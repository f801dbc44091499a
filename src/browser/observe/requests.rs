//! The requests of a session, from `network` events: what is under way, what failed, what was a Sentry envelope.

use std::time::Instant;

use indexmap::IndexMap;
use serde_json::Value;

use super::{address, envelope, fate, text};
use crate::event::{Fate, Request, SentEnvelope, What};

/// Requests remembered; the oldest are forgotten first.
const MAX_REQUESTS: usize = 1_000;

/// How far a request has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// No answer yet.
    Pending,
    /// Answered, with this status.
    Answered(u16),
    /// No answer will come; the browser's words.
    Failed(String),
}

/// One request; redirects continue it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// HTTP method.
    pub method: String,
    /// Address, as sent.
    pub url: String,
    /// `document`, `script`, `fetch`, `xmlhttprequest`, …; empty when the browser does not say.
    pub destination: String,
    /// Frame that sent it; none for workers.
    pub context: Option<String>,
    /// The navigation it belongs to, for documents.
    pub navigation: Option<String>,
    /// When it began.
    pub begun: Instant,
    /// The step in which it began.
    pub step: u64,
    /// How far it has come.
    pub progress: Progress,
    /// An event stream or a web socket: it does not end by itself.
    pub endless: bool,
    /// Address of the envelope, before redirects, when it is one.
    envelope: Option<(String, envelope::Header)>,
    /// Its body is still being read.
    pub reading: bool,
    fate: Option<Fate>,
    reported: bool,
}

/// A request body that has to be asked for.
#[derive(Debug)]
pub struct Wanted {
    /// BiDi request id.
    pub request: String,
}

/// The requests of a session, oldest first.
#[derive(Debug, Default)]
pub struct Requests {
    all: IndexMap<String, Sent>,
    /// Addresses that CSP blocked in this step: their requests are not told twice.
    blocked: Vec<String>,
}

impl Requests {
    /// All of them, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Sent> {
        self.all.values()
    }

    /// A request begins, or goes on after a redirect. Says when its body has to be asked for.
    pub fn begin(&mut self, params: &Value, step: u64) -> Option<Wanted> {
        let request = params.get("request")?;
        let id = text(request, "request").to_owned();
        let url = text(request, "url").to_owned();
        let method = text(request, "method").to_owned();
        if let Some(sent) = self.all.get_mut(&id) {
            // A redirect: the same request goes on to another address.
            sent.url = url;
            sent.method = method;
            sent.progress = Progress::Pending;
            return None;
        }
        let inline = request.get("goog:postData").and_then(Value::as_str);
        let has_body = inline.is_some() || request.get("bodySize").and_then(Value::as_u64).is_some_and(|size| size > 0);
        let ask = method == "POST" && has_body && inline.is_none();
        let at_sentry = address::is_sentry(&url);
        let body = inline.filter(|_| method == "POST").map(envelope::inline);
        let header = body.and_then(|body| envelope::read(&body, at_sentry));
        let header = header.or_else(|| (at_sentry && method == "POST").then(envelope::Header::default));
        let sent = Sent {
            envelope: header.map(|header| (url.clone(), header)),
            destination: destination(request),
            context: params.get("context").and_then(Value::as_str).map(str::to_owned),
            navigation: params.get("navigation").and_then(Value::as_str).map(str::to_owned),
            begun: Instant::now(),
            step,
            progress: Progress::Pending,
            endless: is_endless(request),
            reading: ask,
            fate: None,
            reported: false,
            method,
            url,
        };
        if self.all.len() >= MAX_REQUESTS {
            self.all.shift_remove_index(0);
        }
        self.all.insert(id.clone(), sent);
        ask.then_some(Wanted { request: id })
    }

    /// The body of a request has come; none when the browser has none.
    pub fn body(&mut self, id: &str, body: Option<&[u8]>) {
        if let Some(sent) = self.all.get_mut(id) {
            sent.reading = false;
            let at_sentry = address::is_sentry(&sent.url) || sent.envelope.is_some();
            if let Some(header) = body.and_then(|body| envelope::read(body, at_sentry)) {
                let to = sent.envelope.take().map_or_else(|| sent.url.clone(), |(to, _)| to);
                sent.envelope = Some((to, header));
            }
        }
    }

    /// A response has come, perhaps one that redirects.
    pub fn complete(&mut self, params: &Value) {
        let Some((sent, response)) = self.of(params).zip(params.get("response")) else { return };
        let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let status = status.unwrap_or_default();
        sent.progress = Progress::Answered(status);
        sent.fate = Some(fate::of_response(status, response, &sent.method));
        if fate::header(response, "content-type").is_some_and(|ty| ty.starts_with("text/event-stream")) {
            sent.endless = true;
        }
    }

    /// No response will come.
    pub fn fail(&mut self, params: &Value) {
        let error = text(params, "errorText").to_owned();
        // Chrome tells of bodies that nobody reads as aborted, after the answer.
        if let Some(sent) = self.of(params).filter(|sent| sent.is_pending()) {
            sent.progress = Progress::Failed(error);
            sent.fate = Some(Fate::NetworkError);
        }
    }

    /// CSP blocked an address. A Sentry address that has no request of its own is an envelope that never left.
    pub fn blocked(&mut self, address: &str) -> Option<What> {
        self.blocked.push(address.to_owned());
        if let Some(sent) = self.all.values_mut().rev().find(|sent| sent.url == address && !sent.reported) {
            if sent.envelope.is_some() {
                sent.fate = Some(Fate::BlockedByCsp);
            }
            return None;
        }
        address::is_sentry(address).then(|| {
            let to = address::without_query(address);
            What::SentryEnvelope(SentEnvelope { to, fate: Fate::BlockedByCsp, ..SentEnvelope::default() })
        })
    }

    /// What there is to tell of requests that have ended, each once; `last`: envelopes under way are told too, since
    /// nobody waits for them any longer.
    pub fn report(&mut self, last: bool) -> Vec<(u64, Instant, Option<String>, What)> {
        let blocked = std::mem::take(&mut self.blocked);
        let mut all = Vec::new();
        for sent in self.all.values_mut().filter(|sent| !sent.reported && !sent.reading) {
            let is_done = sent.progress != Progress::Pending;
            if !(is_done || (last && sent.envelope.is_some())) {
                continue;
            }
            sent.reported = true;
            let what = sent.told(&blocked);
            all.extend(what.map(|what| (sent.step, sent.begun, sent.context.clone(), what)));
        }
        all
    }

    /// HTTP status of the document of a navigation.
    pub fn status_of(&self, navigation: &str) -> Option<u16> {
        let document = self.all.values().rev().find(|sent| sent.navigation.as_deref() == Some(navigation))?;
        match document.progress {
            Progress::Answered(status) => Some(status),
            _ => None,
        }
    }

    fn of(&mut self, params: &Value) -> Option<&mut Sent> {
        self.all.get_mut(text(params.get("request")?, "request"))
    }
}

impl Sent {
    /// Whether it is under way.
    pub fn is_pending(&self) -> bool {
        self.progress == Progress::Pending
    }

    /// Whether it carries a Sentry envelope.
    pub fn is_envelope(&self) -> bool {
        self.envelope.is_some()
    }

    /// `POST http://…/api/pay`, for people.
    pub fn shown(&self) -> String {
        format!("{} {}", self.method, address::shown(&self.url))
    }

    fn told(&self, blocked: &[String]) -> Option<What> {
        let status = if let Progress::Answered(status) = self.progress { Some(status) } else { None };
        if let Some((to, header)) = &self.envelope {
            let is_blocked = blocked.contains(&self.url) || blocked.contains(to);
            let fate = if is_blocked { Fate::BlockedByCsp } else { self.fate.unwrap_or(Fate::Unknown) };
            return Some(What::SentryEnvelope(SentEnvelope {
                event_id: header.event_id.clone(),
                items: header.items.clone(),
                to: address::without_query(to),
                fate,
                status: status.filter(|_| fate != Fate::BlockedByCsp),
                issue: None,
            }));
        }
        let request = |error: Option<String>| Request {
            method: self.method.clone(),
            url: address::shown(&self.url),
            status,
            error,
            destination: Some(self.destination.clone()).filter(|destination| !destination.is_empty()),
        };
        match &self.progress {
            Progress::Answered(400..) if !self.url.ends_with("/favicon.ico") => Some(What::HttpError(request(None))),
            Progress::Failed(error) if !self.is_quiet_failure(error, blocked) => {
                let words = if error.is_empty() { "blocked by the browser" } else { error };
                Some(What::FailedRequest(request(Some(words.to_owned()))))
            }
            _ => None,
        }
    }

    /// Told otherwise (CSP), or no fault: the page was left, or took its request back.
    fn is_quiet_failure(&self, error: &str, blocked: &[String]) -> bool {
        let is_aborted = error.contains("ERR_ABORTED") || error.contains("NS_BINDING_ABORTED");
        let is_csp = error.contains("BLOCKED_BY_CSP") || error.contains("NS_ERROR_CONTENT_BLOCKED");
        is_aborted || is_csp || blocked.contains(&self.url) || self.url.ends_with("/favicon.ico")
    }
}

/// What a request is for: `document`, `script`, …
pub(super) fn destination(request: &Value) -> String {
    let named = text(request, "destination");
    if !named.is_empty() {
        return named.to_owned();
    }
    let kind = text(request, "goog:resourceType");
    let kind = if kind.is_empty() { text(request, "initiatorType") } else { kind };
    match kind.to_ascii_lowercase().as_str() {
        "xhr" => "xmlhttprequest".to_owned(),
        other => other.to_owned(),
    }
}

fn is_endless(request: &Value) -> bool {
    let kind = text(request, "goog:resourceType");
    let url = text(request, "url");
    matches!(kind, "EventSource" | "WebSocket")
        || url.starts_with("ws:")
        || url.starts_with("wss:")
        || fate::header(request, "accept").is_some_and(|accept| accept.starts_with("text/event-stream"))
}
