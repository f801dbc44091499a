//! One test error: thrown or handed over, and followed until its end.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Barrier, Delivery, Outcome, Trigger,
    found::{Fate, Found},
    look::SCRIPT,
    wire::{self, Place, Wire},
};
use crate::{
    browser::{Blocked, Session},
    error::{Result, ToolError},
    event::Event,
    sink::{Sink, WaitFor},
};

/// How long an SDK may take to see an error that was thrown: it does so in the same task.
const QUIET: Duration = Duration::from_secs(1);
/// How long an envelope may take from the SDK, which says that it was sent, to the network.
const NETWORK: Duration = Duration::from_millis(700);
/// How long an envelope may take from a page that does not answer any more.
const GONE: Duration = Duration::from_secs(2);
/// The same where it need not be there at all.
const GLANCE: Duration = Duration::from_millis(200);
/// What the page may take longer than it was told to wait.
const SLACK: Duration = Duration::from_secs(2);
/// How long an event may take from the answer to the sink: it answers after it has written.
const SINK: Duration = Duration::from_secs(1);

/// A test error in a page.
pub(super) struct Trial<'a> {
    pub session: &'a Session,
    pub sink: &'a Sink,
    /// How long it may take.
    pub limit: Duration,
}

/// What tells a test error from the page's own.
struct Its {
    token: String,
    fate: Fate,
    /// The Loader fetched the SDK only when the error came.
    is_lazy: bool,
}

impl Its {
    fn is(&self, wire: &Wire) -> bool {
        let Some(parcel) = &wire.parcel else { return false };
        parcel.holds(&self.token) || parcel.event_id.as_deref().is_some_and(|id| self.fate.ids().contains(&id))
    }
}

/// What was seen of a test error on the wire.
struct Seen {
    wires: Vec<Wire>,
    blocked: Vec<Blocked>,
}

impl Trial<'_> {
    /// Throws one, where nobody catches it.
    pub async fn throw(&self, place: &mut Place, found: &Found) -> Result<Delivery> {
        self.follow(Trigger::Thrown, place, found).await
    }

    /// Gives one to `captureException`.
    pub async fn hand(&self, place: &Place, found: &Found) -> Result<Delivery> {
        self.follow(Trigger::Handed, &mut place.clone(), found).await
    }

    async fn follow(&self, trigger: Trigger, place: &mut Place, found: &Found) -> Result<Delivery> {
        let token = format!("{:08x}", RandomState::new().hash_one(0) & 0xffff_ffff);
        let message = format!("fixloop test error {token}: thrown on purpose, nothing is broken");
        let begun = Instant::now();
        let fire = json!({"token": token, "message": message, "hand": trigger == Trigger::Handed});
        self.call("fire", &fire).await?;
        // The Loader fetches the SDK only now, so that nothing listens in it.
        let is_lazy = !found.has_client();
        let late = if is_lazy { Some(self.late().await?) } else { None };
        let found = late.as_ref().unwrap_or(found);
        let asked = if is_lazy { Ok(Fate::default()) } else { self.fate().await };
        // A page that leaves or hangs when it fails tells no more: what is on the wire still counts.
        let (fate, gone) = match asked {
            Ok(fate) => (fate, None),
            Err(error) if self.session.is_over() => return Err(error),
            Err(error) => (Fate::default(), Some(error)),
        };
        if is_lazy {
            place.endpoints = found.endpoints();
        }
        let wait = match () {
            () if is_lazy && !found.has_client() => Duration::ZERO,
            () if gone.is_some() => GONE,
            () if fate.has("sent") || (fate.log.is_empty() && !is_lazy) => NETWORK,
            () => self.limit.saturating_sub(begun.elapsed()),
        };
        let its = Its { token, fate, is_lazy: is_lazy || gone.is_some() };
        let seen = self.seen(place, &its, begun, wait).await;
        let mut delivery = Delivery { trigger, message, mechanism: its.fate.mechanism(), ..Delivery::default() };
        self.judge(&mut delivery, place, found, &its, seen, begun).await;
        match gone {
            Some(error) if delivery.outcome == Outcome::Uncaught => Err(error),
            _ => Ok(delivery),
        }
    }

    /// Waits for the envelopes of the test error, until each has ended, or for a policy that kept one from leaving.
    async fn seen(&self, place: &Place, its: &Its, begun: Instant, wait: Duration) -> Seen {
        let (fate, is_its) = (&its.fate, |wire: &Wire| its.is(wire));
        let is_dropped = !fate.dropped.is_empty() && !fate.has("sent");
        let look = |wires: Vec<Wire>, blocked: &[Blocked]| {
            let its: Vec<Wire> = wires.into_iter().filter(|wire| wire.begun >= begun && is_its(wire)).collect();
            Seen { wires: its, blocked: blocked.to_vec() }
        };
        let ready = self.session.traffic_until(if is_dropped { Duration::ZERO } else { wait }, |traffic| {
            let seen = look(place.wires(traffic), traffic.violations());
            let is_over = !seen.wires.is_empty() && seen.wires.iter().all(|wire| wire.ended.is_some());
            let may_be_blocked = seen.wires.is_empty() && (fate.has("sent") || its.is_lazy);
            let is_blocked = may_be_blocked && stopped(place, &seen.blocked).is_some();
            (is_over || is_blocked).then_some(seen)
        });
        if let Some(seen) = ready.await {
            return seen;
        }
        // An envelope that began is waited for longer.
        let left = self.limit.saturating_sub(begun.elapsed());
        let ended = self.session.traffic_until(left, |traffic| {
            let seen = look(place.wires(traffic), traffic.violations());
            seen.wires.iter().all(|wire| wire.ended.is_some()).then_some(seen)
        });
        match ended.await {
            Some(seen) => seen,
            None => {
                let now = self.session.traffic(|traffic| look(place.wires(traffic), traffic.violations()));
                now.unwrap_or(Seen { wires: Vec::new(), blocked: Vec::new() })
            }
        }
    }

    async fn judge(
        &self,
        delivery: &mut Delivery,
        place: &Place,
        found: &Found,
        its: &Its,
        mut seen: Seen,
        begun: Instant,
    ) {
        delivery.took_ms = millis(begun.elapsed());
        for wire in &mut seen.wires {
            wire.read_answer(self.session).await;
        }
        let outcomes = seen.wires.iter().map(|wire| (wire, place.outcome(wire, &seen.blocked)));
        // The best of several: other copies of the SDK may have other ways.
        let best = outcomes.min_by_key(|(_, outcome)| *outcome != Outcome::Accepted);
        let Some((wire, outcome)) = best else {
            delivery.event_id = its.fate.ids().first().map(|id| id.chars().take(32).collect());
            delivery.outcome = unsent(place, found, its, &seen.blocked);
            if matches!(delivery.outcome, Outcome::Stopped(_)) {
                delivery.via = place.endpoints.first().map(|to| place.shown(to.as_str()));
            }
            return;
        };
        let parcel = wire.parcel.clone().unwrap_or_default();
        delivery.event_id.clone_from(&parcel.event_id);
        delivery.via = Some(place.shown(&wire.url));
        delivery.items = parcel.items;
        if let Some(ended) = wire.ended {
            delivery.took_ms = millis(ended.saturating_duration_since(begun));
        }
        delivery.more = seen.wires.len().saturating_sub(1);
        if let Some(event) = &parcel.event {
            take(delivery, event);
        }
        delivery.outcome = outcome;
        let is_ours = url::Url::parse(&wire.url).is_ok_and(|to| self.sink.is_ours(&to));
        let is_ours = is_ours || ends_here(self.sink, found);
        self.arrive(delivery, is_ours, place.answer(wire).unwrap_or_default()).await;
    }

    /// Looks into the sink for an event that left the page; `ours`: where it was taken, it must be there.
    async fn arrive(&self, delivery: &mut Delivery, ours: bool, answer: super::Answer) {
        let Some(id) = delivery.event_id.clone() else { return };
        let is_taken = delivery.outcome == Outcome::Accepted;
        let is_hidden = delivery.outcome == Outcome::Stopped(Barrier::Cors);
        if !(is_taken || is_hidden || delivery.outcome == Outcome::Unanswered) {
            return;
        }
        let what = WaitFor { event_id: Some(id), since_ms: Some(0), ..WaitFor::default() };
        let limit = if ours && is_taken { SINK } else { GLANCE };
        let stored = self.sink.wait(&what, limit, &CancellationToken::new()).await;
        match stored {
            Ok(Some(stored)) => {
                delivery.issue = stored.issue;
                if !is_hidden {
                    delivery.outcome = Outcome::Arrived;
                }
            }
            _ if ours && is_taken => delivery.outcome = Outcome::Vanished(answer),
            _ => {}
        }
    }

    /// The SDK, once the Loader has fetched it.
    async fn late(&self) -> Result<Found> {
        Ok(Found::read(self.call("find", &json!({"wait": millis(self.limit / 2)})).await?))
    }

    async fn fate(&self) -> Result<Fate> {
        let input = json!({"quiet": millis(QUIET), "limit": millis(self.limit)});
        let asked = tokio::time::timeout(self.limit + SLACK, self.call("fate", &input)).await;
        let answer = asked.map_err(|_| ToolError::bare("The page does not answer any more since it failed."))??;
        Ok(serde_json::from_value(answer).unwrap_or_default())
    }

    async fn call(&self, operation: &str, input: &Value) -> Result<Value> {
        self.session.call(SCRIPT, json!([operation, input])).await
    }
}

/// What is on the event.
fn take(delivery: &mut Delivery, event: &Event) {
    delivery.release.clone_from(&event.release);
    delivery.environment.clone_from(&event.environment);
    delivery.replay_id.clone_from(&event.replay_id);
    // Inside the SDK it is not set until late.
    let mechanism = event.exceptions.last().and_then(|thrown| thrown.mechanism.as_ref());
    if let Some(ty) = mechanism.and_then(|it| it.ty.as_ref()) {
        delivery.mechanism = Some(ty.clone());
    }
}

/// Why no envelope of it is on the wire.
fn unsent(place: &Place, found: &Found, its: &Its, blocked: &[Blocked]) -> Outcome {
    let fate = &its.fate;
    let is_disabled = found.has_client() && !found.sdk().clients.iter().any(|client| client.enabled);
    if let Some(reason) = fate.dropped.iter().find(|reason| !matches!(reason.as_str(), "network_error" | "send_error"))
    {
        return Outcome::Dropped(super::parcel::word(reason));
    }
    match stopped(place, blocked) {
        Some(blocked) if !fate.log.is_empty() || its.is_lazy => {
            Outcome::Stopped(Barrier::Csp(wire::violation(blocked)))
        }
        _ if fate.log.is_empty() => Outcome::Uncaught,
        _ if is_disabled => Outcome::Disabled,
        _ => Outcome::Unanswered,
    }
}

/// The violation that kept an envelope from leaving: the browser never tells of its request.
fn stopped<'a>(place: &Place, blocked: &'a [Blocked]) -> Option<&'a Blocked> {
    blocked.iter().find(|it| it.is_enforced() && place.is_endpoint(&it.blocked))
}

/// Whether the DSN of a client names the local sink.
fn ends_here(sink: &Sink, found: &Found) -> bool {
    let sdk = found.sdk();
    let dsns = sdk.clients.iter().filter_map(|client| client.dsn.as_deref());
    dsns.filter_map(|dsn| url::Url::parse(dsn).ok()).any(|dsn| sink.is_ours(&dsn))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
