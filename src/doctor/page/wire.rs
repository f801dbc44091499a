//! The envelopes among what a page sent, and how each ended.

use std::time::Instant;

use url::Url;

use super::{Answer, Barrier, Outcome, Sending, Violation, parcel::Parcel};
use crate::{
    browser::{Blocked, Exchange, Received, Session, Traffic, address},
    event::plain_line,
};

/// Characters kept of an answer's body.
const MAX_BODY: usize = 200;
/// Characters kept of a policy.
const MAX_POLICY: usize = 4_000;

/// A request that carried an envelope.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    /// BiDi request id.
    pub id: String,
    /// Address as sent.
    pub url: String,
    /// The envelope, where its body is known.
    pub parcel: Option<Parcel>,
    /// When it began.
    pub begun: Instant,
    /// When its answer or failure came.
    pub ended: Option<Instant>,
    method: String,
    redirects: Vec<(u16, String)>,
    received: Option<Received>,
    failure: Option<String>,
    /// The beginning of the answer's body, where it was asked for.
    pub body: Option<String>,
}

/// What there is to know of the page to read its traffic.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// The document.
    pub document: Option<Url>,
    /// Where its clients send to.
    pub endpoints: Vec<Url>,
}

impl Wire {
    /// Whether it has an item of this type.
    pub fn has(&self, item: &str) -> bool {
        self.parcel.as_ref().is_some_and(|parcel| parcel.items.iter().any(|it| it == item))
    }

    /// Reads the beginning of its answer, where the status alone does not tell.
    pub async fn read_answer(&mut self, session: &Session) {
        let tells =
            self.received.as_ref().is_none_or(|answer| answer.mime == "application/json" && answer.status == 200);
        if self.body.is_none() && !tells {
            self.body = session.answer(&self.id).await.as_deref().map(beginning);
        }
    }
}

impl Place {
    /// Whether an address is one that its clients send to; queries do not count, they hold the key.
    pub fn is_endpoint(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        self.endpoints.iter().any(|to| to.origin() == url.origin() && to.path() == url.path())
    }

    /// The path, for an address of the document's own origin, else the address; without query.
    pub fn shown(&self, url: &str) -> String {
        let whole = address::without_query(url);
        let own = Url::parse(url).ok().zip(self.document.as_ref()).filter(|(url, page)| url.origin() == page.origin());
        own.map_or(whole, |(url, _)| url.path().chars().take(500).collect())
    }

    fn is_foreign(&self, url: &str) -> bool {
        Url::parse(url).ok().zip(self.document.as_ref()).is_some_and(|(url, page)| url.origin() != page.origin())
    }

    /// The envelopes of the traffic, oldest first.
    pub fn wires(&self, traffic: &Traffic) -> Vec<Wire> {
        traffic.exchanges().filter_map(|exchange| self.wire(exchange)).collect()
    }

    fn wire(&self, exchange: &Exchange) -> Option<Wire> {
        // Its first request: a redirect may have made a GET of it.
        let is_post = exchange.method == "POST" || exchange.body.is_some() || !exchange.redirects.is_empty();
        if !is_post || matches!(exchange.destination.as_str(), "script" | "document") {
            return None;
        }
        let parcel = exchange.body.as_deref().and_then(Parcel::read);
        let is_named = parcel.as_ref().is_some_and(|parcel| parcel.has_dsn);
        let is_envelope = is_named || address::is_sentry(&exchange.url) || self.is_endpoint(&exchange.url);
        let mut redirects = exchange.redirects.clone();
        let mut method = exchange.method.clone();
        if let Some((status, to)) = exchange.answer.as_ref().and_then(|answer| hidden_redirect(&exchange.url, answer)) {
            redirects.push((status, to));
            if matches!(status, 301..=303) {
                "GET".clone_into(&mut method);
            }
        }
        is_envelope.then(|| Wire {
            id: exchange.id.clone(),
            url: exchange.url.clone(),
            parcel,
            begun: exchange.begun,
            ended: exchange.ended.filter(|_| exchange.is_over()),
            method,
            redirects,
            received: exchange.answer.clone(),
            failure: exchange.failure.clone(),
            body: None,
        })
    }

    /// How an envelope ended.
    pub fn outcome(&self, wire: &Wire, violations: &[Blocked]) -> Outcome {
        if let Some(blocked) = violations.iter().find(|it| it.is_enforced() && self.is_same(&it.blocked, wire)) {
            return Outcome::Stopped(Barrier::Csp(violation(blocked)));
        }
        if let Some(error) = &wire.failure {
            return Outcome::Stopped(self.barrier(wire, error));
        }
        let Some(answer) = self.answer(wire) else { return Outcome::Unanswered };
        let is_page = answer.mime.contains("html") || answer.body.trim_start().starts_with('<');
        let is_taken = (200..300).contains(&answer.status) && answer.method == "POST" && !is_page;
        if is_taken { Outcome::Accepted } else { Outcome::Refused(answer) }
    }

    /// What the server answered.
    pub fn answer(&self, wire: &Wire) -> Option<Answer> {
        let received = wire.received.as_ref()?;
        let header = |name: &str| {
            let found = received.headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| plain_line(value).chars().take(MAX_BODY).collect::<String>())
        };
        Some(Answer {
            status: received.status,
            method: wire.method.clone(),
            redirects: wire.redirects.iter().map(|(status, to)| (*status, self.shown(to))).collect(),
            mime: received.mime.chars().take(80).collect(),
            body: wire.body.clone().unwrap_or_default(),
            error: header("x-sentry-error"),
            limits: header("x-sentry-rate-limits").or_else(|| header("retry-after")),
        })
    }

    /// An envelope for the record.
    pub fn sending(&self, wire: &Wire, violations: &[Blocked]) -> Sending {
        let host = Url::parse(&wire.url).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        Sending {
            to: self.shown(&wire.url),
            host: host.to_owned(),
            items: wire.parcel.as_ref().map(|parcel| parcel.items.clone()).unwrap_or_default(),
            event_id: wire.parcel.as_ref().and_then(|parcel| parcel.event_id.clone()),
            outcome: self.outcome(wire, violations),
            answer: self.answer(wire),
        }
    }

    /// An envelope that a policy kept from leaving.
    pub fn unsent(&self, blocked: &Blocked) -> Sending {
        let host = Url::parse(&blocked.blocked).ok();
        Sending {
            to: self.shown(&blocked.blocked),
            host: host.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned(),
            items: Vec::new(),
            event_id: None,
            outcome: Outcome::Stopped(Barrier::Csp(violation(blocked))),
            answer: None,
        }
    }

    fn barrier(&self, wire: &Wire, error: &str) -> Barrier {
        let last = wire.redirects.last().map_or(wire.url.as_str(), |(_, to)| to.as_str());
        let is_foreign = self.is_foreign(&wire.url) || self.is_foreign(last);
        match error {
            _ if error.contains("ERR_BLOCKED_BY_CLIENT") => Barrier::Blocker,
            // The browser's words for an answer that CORS hides.
            "" | "net::ERR_FAILED" if is_foreign => Barrier::Cors,
            _ => Barrier::Network(plain_line(error).chars().take(MAX_BODY).collect()),
        }
    }

    /// Browsers name what was blocked by its address, or after a redirect by its origin alone.
    fn is_same(&self, blocked: &str, wire: &Wire) -> bool {
        blocked == wire.url || wire.redirects.iter().any(|(_, to)| to == blocked || is_origin_of(blocked, to))
    }
}

/// A redirect that Chrome followed without telling: its status (0 = not known) and the next address.
fn hidden_redirect(url: &str, answer: &Received) -> Option<(u16, String)> {
    let (_, location) = answer.headers.iter().find(|(name, _)| name == "location")?;
    if (300..400).contains(&answer.status) || answer.status == 201 {
        return None;
    }
    let status = match answer.reason.as_str() {
        "Moved Permanently" => 301,
        "Found" => 302,
        "See Other" => 303,
        "Temporary Redirect" => 307,
        "Permanent Redirect" => 308,
        _ => 0,
    };
    Some((status, Url::parse(url).ok()?.join(location).ok()?.into()))
}

fn is_origin_of(origin: &str, url: &str) -> bool {
    let parse = |text: &str| Url::parse(text).ok();
    parse(origin).zip(parse(url)).is_some_and(|(it, url)| it.path() == "/" && it.origin() == url.origin())
}

/// A violation for the record.
pub(super) fn violation(blocked: &Blocked) -> Violation {
    let cut = |text: &str, max: usize| plain_line(text).chars().take(max).collect::<String>();
    let is_address = blocked.blocked.contains("://");
    Violation {
        directive: cut(&blocked.directive, 60),
        blocked: if is_address { address::without_query(&blocked.blocked) } else { cut(&blocked.blocked, 60) },
        enforced: blocked.is_enforced(),
        policy: cut(&blocked.policy, MAX_POLICY),
        count: 1,
    }
}

/// The beginning of an answer's body, in one line.
fn beginning(body: &[u8]) -> String {
    let head = body.get(..body.len().min(2_000)).unwrap_or_default();
    plain_line(&String::from_utf8_lossy(head)).chars().take(MAX_BODY).collect()
}
