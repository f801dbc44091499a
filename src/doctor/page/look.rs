//! Opens the page, throws the test error, and watches what becomes of it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    Discarded, Document, InPage,
    found::Found,
    guard::Guard,
    trial::Trial,
    wire::{self, Place},
};
use crate::{
    browser::{Browsers, OpenOptions, Session, Step, address},
    error::{Result, ToolError},
    sink::Sink,
};

/// The script that looks from within.
pub(super) const SCRIPT: &str = include_str!("page.js");
/// How long an SDK may take to start after the page has settled.
const START: Duration = Duration::from_secs(2);
/// How long a recording may take to be sent: replay waits for 5 s of it.
const RECORDING: Duration = Duration::from_secs(8);
/// Scripts kept that did not load.
const MAX_SCRIPTS: usize = 20;

/// What to look at.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Address of the page.
    pub url: String,
    /// `chrome` or `firefox`; none = the configured or first found.
    pub browser: Option<String>,
    /// How long the page may take to load.
    pub load: Duration,
    /// How long the test error may take to arrive.
    pub delivery: Duration,
}

impl Ask {
    /// A page, with the usual limits.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), browser: None, load: Duration::from_secs(20), delivery: Duration::from_secs(10) }
    }
}

impl InPage {
    /// Opens the page in a browser session of its own, finds its SDK, throws a test error in it and waits for what becomes
    /// of it. Takes at most `ask.load`, twice `ask.delivery` and about 20 s. The session is closed at the end, also when the
    /// call is cancelled or dropped. A page that does not load, or has no SDK, is a result.
    ///
    /// # Errors
    ///
    /// No browser could be started, or it died; cancelled.
    pub async fn look(browsers: &Browsers, sink: &Sink, ask: &Ask, cancel: &CancellationToken) -> Result<Self> {
        let options = OpenOptions { browser: ask.browser.clone(), viewport: None };
        let session = browsers.open(options, cancel).await?;
        let guard = Guard::new(browsers, &session);
        let look = Look { session: &session, sink, ask };
        let looked = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ToolError::cancelled()),
            looked = look.run(cancel) => looked,
        };
        guard.close().await;
        looked
    }
}

struct Look<'a> {
    session: &'a Session,
    sink: &'a Sink,
    ask: &'a Ask,
}

impl Look<'_> {
    async fn run(&self, cancel: &CancellationToken) -> Result<InPage> {
        self.session.keep_traffic().await;
        let mut page = InPage { url: address::shown(&self.ask.url), ..InPage::default() };
        let found = self.open(&mut page.document, cancel).await?;
        let mut place = Place { document: Url::parse(&found.url).ok(), endpoints: found.endpoints() };
        page.sdk = found.sdk();
        if page.document.problem.is_none() && found.has_sdk() {
            match self.test(&mut page, &mut place, &found).await {
                Err(error) if self.session.is_over() => return Err(error),
                // The page went away, or hangs.
                Err(error) => page.document.problem = Some(error.what().to_owned()),
                Ok(()) => {}
            }
        }
        self.gather(&mut page, &place, &found).await;
        Ok(page)
    }

    /// Loads the page, and finds its SDK.
    async fn open(&self, document: &mut Document, cancel: &CancellationToken) -> Result<Found> {
        let limit = u32::try_from(self.ask.load.as_millis()).unwrap_or(u32::MAX);
        let step = Step { timeout_ms: Some(limit), ..Step::navigate(&self.ask.url) };
        match self.session.perform(&step, cancel).await {
            Ok(outcome) => document.status = outcome.status,
            Err(failure) if self.session.is_over() || cancel.is_cancelled() => return Err(failure.error),
            Err(failure) => {
                document.url = address::shown(&self.ask.url);
                document.problem = Some(words(&failure.error));
                return Ok(Found::default());
            }
        }
        let found = match self.call("find", &json!({"wait": START.as_millis()})).await {
            Ok(answer) => Found::read(answer),
            Err(error) if self.session.is_over() => return Err(error),
            Err(error) => {
                document.problem = Some(words(&error));
                Found::default()
            }
        };
        document.url = address::shown(&found.url);
        document.mime = found.mime.chars().filter(|c| !c.is_control()).take(80).collect();
        if document.problem.is_none() {
            document.problem = self.problem(document, &found);
        }
        Ok(found)
    }

    /// Why no test error is thrown in this document.
    fn problem(&self, document: &Document, found: &Found) -> Option<String> {
        let host = |url: &str| Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let is_html = document.mime.contains("html");
        match (host(&self.ask.url), host(&found.url), document.status) {
            (Some(asked), Some(came), _) if asked != came => {
                Some(format!("it went on to {came}, a host that nobody named: no error is thrown there"))
            }
            _ if !is_html => Some(format!("it is {}, no HTML page", document.mime)),
            // The app's own error page may well have the SDK.
            (_, _, Some(status @ 400..)) if !found.has_sdk() => Some(format!("it is answered with {status}")),
            _ => None,
        }
    }

    /// Throws the test error; and where the SDK did not catch it, hands it a second one.
    async fn test(&self, page: &mut InPage, place: &mut Place, found: &Found) -> Result<()> {
        let trial = Trial { session: self.session, sink: self.sink, limit: self.ask.delivery };
        let thrown = trial.throw(place, found).await?;
        let is_uncaught = thrown.outcome == super::Outcome::Uncaught;
        page.delivery = Some(thrown);
        let now = self.now().await;
        if is_uncaught && now.as_ref().is_some_and(Found::has_client) {
            page.handed = Some(trial.hand(place, found).await?);
        }
        if let Some(now) = now.filter(Found::has_client) {
            place.endpoints = now.endpoints();
            page.sdk = now.sdk();
        }
        if page.sdk.replay.as_ref().is_some_and(|replay| replay.mode.is_some()) {
            self.recording(page, place).await;
        }
        Ok(())
    }

    /// Waits for a recording, where the way is free.
    async fn recording(&self, page: &InPage, place: &Place) {
        use super::Outcome::{Accepted, Arrived};
        let is_free = page.delivery.as_ref().is_some_and(|it| matches!(it.outcome, Accepted | Arrived));
        if is_free {
            let ended = self.session.traffic_until(RECORDING, |traffic| {
                let mut wires = place.wires(traffic).into_iter();
                wires.any(|wire| wire.ended.is_some() && wire.has("replay_recording")).then_some(())
            });
            ended.await;
        }
    }

    /// What there is besides the test error.
    async fn gather(&self, page: &mut InPage, place: &Place, before: &Found) {
        let seen = self.session.traffic(|traffic| {
            let wires = place.wires(traffic);
            let scripts = traffic.exchanges().filter(|it| it.destination == "script").filter_map(|it| {
                let status = it.answer.as_ref().map(|answer| answer.status).filter(|status| *status >= 400);
                let words = status.map(|status| status.to_string()).or_else(|| it.failure.clone())?;
                Some((address::without_query(&it.url), words.chars().take(100).collect()))
            });
            (wires, scripts.take(MAX_SCRIPTS).collect::<Vec<_>>(), traffic.violations().to_vec())
        });
        let Some((mut wires, scripts, blocked)) = seen else { return };
        page.scripts = scripts;
        for blocked in &blocked {
            let violation = wire::violation(blocked);
            match page
                .violations
                .iter_mut()
                .find(|known| super::Violation { count: 1, ..(*known).clone() } == violation)
            {
                Some(known) => known.count += 1,
                None => page.violations.push(violation),
            }
        }
        for wire in &mut wires {
            wire.read_answer(self.session).await;
            page.sendings.push(place.sending(wire, &blocked));
        }
        // The browser never tells of requests that a policy forbids.
        for blocked in blocked.iter().filter(|it| it.is_enforced() && place.is_endpoint(&it.blocked)) {
            if !wires.iter().any(|wire| wire.url == blocked.blocked) {
                page.sendings.push(place.unsent(blocked));
            }
        }
        if let Some(replay) = &mut page.sdk.replay {
            replay.sent = page.sendings.iter().any(|it| it.items.iter().any(|item| item == "replay_recording"));
            replay.worker_blocked = page.violations.iter().any(|it| {
                it.enforced
                    && it.blocked == "blob"
                    && matches!(it.directive.as_str(), "worker-src" | "child-src" | "script-src" | "script-src-elem")
            });
        }
        let reported = wires.iter().filter_map(|wire| wire.parcel.as_ref()).flat_map(|parcel| parcel.discarded.clone());
        let counted = before.outcomes().map(|(reason, category, quantity)| Discarded { reason, category, quantity });
        for next in counted.chain(reported) {
            match page.discarded.iter_mut().find(|it| it.reason == next.reason && it.category == next.category) {
                Some(known) => known.quantity = known.quantity.max(next.quantity),
                None => page.discarded.push(next),
            }
        }
    }

    /// The SDK as it is now; none = the page does not say.
    async fn now(&self) -> Option<Found> {
        self.call("end", &json!({})).await.ok().map(Found::read)
    }

    async fn call(&self, operation: &str, input: &Value) -> Result<Value> {
        self.session.call(SCRIPT, json!([operation, input])).await
    }
}

/// An error as part of a sentence.
fn words(error: &ToolError) -> String {
    error.what().trim_end_matches('.').to_owned()
}
