//! Passing on: which envelopes go to which real Sentry, the workers that send them, and what is said of it.
//!
//! Nothing is sent to anyone but the DSNs that the user gave. The queue is in the store; a worker for each DSN empties it.

mod dsn;
mod limits;
mod live;
mod outgoing;
mod routes;
mod send;
mod sender;
mod worker;

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use dsn::Dsn;
pub use sender::Sender;

use self::{
    live::{Live, Refusals},
    routes::Routes,
    worker::Worker,
};
use super::{
    parcel::Parcel,
    store::{
        Store, now_ms,
        outbox::{self, Fate, Forward},
    },
};
use crate::{
    config::RelayConfig,
    error::Result,
    event::{ForwardCounts, ForwardState, Forwarded},
    http,
};

/// DSNs of which `status` tells, and fates of one event.
const MOST: usize = 40;
const FATES: usize = 10;

/// Forwarding and the tunnel of one sink.
#[derive(Debug)]
pub struct Relay {
    routes: Routes,
    live: BTreeMap<Dsn, Arc<Live>>,
    refusals: Refusals,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    problems: Mutex<Vec<String>>,
}

/// What the tunnel does with an envelope for a DSN.
#[derive(Debug)]
pub enum Tunnelled<'a> {
    /// It is for the sink itself.
    Ours,
    /// It is kept, and passed on.
    To(&'a Dsn),
    /// The user allows no such DSN.
    No,
}

impl Relay {
    /// What these settings allow. Nothing is sent before [`Relay::start`].
    pub fn new(config: &RelayConfig) -> Arc<Self> {
        let routes = Routes::of(config);
        let live = routes.destinations().into_iter().map(|dsn| (dsn, Arc::default())).collect();
        let problems = Mutex::new(routes.problems.clone());
        Arc::new(Self { routes, live, refusals: Refusals::default(), tasks: Mutex::default(), problems })
    }

    /// Starts a worker for each DSN.
    pub fn start(&self, store: &Store, stopping: &CancellationToken) {
        for (dsn, live) in &self.live {
            let client = url::Url::parse(&dsn.envelope_url())
                .map_err(|error| error.to_string())
                .and_then(|url| http::api_client(send::TIME, &url).map_err(|error| error.what().to_owned()));
            let client = match client {
                Ok(client) => client,
                Err(why) => {
                    let problem = format!("Nothing is passed on to {dsn}: {why}");
                    self.problems.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
                    continue;
                }
            };
            let worker = Worker {
                dsn: dsn.clone(),
                store: store.clone(),
                client,
                live: Arc::clone(live),
                stopping: stopping.clone(),
            };
            self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(tokio::spawn(worker.run()));
        }
    }

    /// Waits for the workers to end, once the sink is stopping.
    pub async fn stop(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        // Each ends by itself; a panic in one has been reported.
        let _ = futures_util::future::join_all(tasks).await;
    }

    /// Where envelopes of a project go, seen from the sink that listens on `port`: never to itself.
    pub fn of_project(&self, project: &str, port: u16) -> Option<&Dsn> {
        self.routes.of_project(project).filter(|dsn| !dsn.is_sink(port))
    }

    /// What the tunnel does with an envelope for a DSN.
    pub fn tunnel(&self, dsn: &Dsn, port: u16) -> Tunnelled<'_> {
        if dsn.is_sink(port) {
            return Tunnelled::Ours;
        }
        self.routes.tunnelled(dsn).map_or(Tunnelled::No, Tunnelled::To)
    }

    /// Counts an envelope that the tunnel refused.
    pub fn count_refusal(&self, why: &str) {
        self.refusals.count(why);
    }

    /// Refusals of the tunnel by reason, since this process began.
    pub fn refusals(&self) -> Vec<(String, u64)> {
        self.refusals.all()
    }

    /// What is not done that a setting asks for, and why.
    pub fn problems(&self, port: Option<u16>, shared: bool) -> Vec<String> {
        let mut all = self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let ours = self.live.keys().filter(|dsn| port.is_some_and(|port| dsn.is_sink(port)));
        all.extend(ours.map(|dsn| format!("{dsn} is this sink itself: nothing is passed on to it.")));
        if shared && !self.live.is_empty() {
            all.push(
                "What is passed on is decided by the fixloop that listens; start it with the same --forward."
                    .to_owned(),
            );
        }
        all
    }

    /// What became of everything.
    pub async fn counts(&self, store: &Store) -> Result<Vec<ForwardCounts>> {
        let mut all: Vec<(String, Option<Dsn>)> =
            self.live.keys().map(|dsn| (dsn.public(), Some(dsn.clone()))).collect();
        for known in store.read(|connection| outbox::known(connection, MOST)).await? {
            if !all.iter().any(|(public, _)| *public == known) {
                all.push((known, None));
            }
        }
        all.truncate(MOST);
        let mut counts = Vec::with_capacity(all.len());
        for (public, dsn) in all {
            let of = public.clone();
            let (mut one, limits) = store
                .read(move |connection| {
                    Ok((outbox::counts(connection, &of)?, outbox::limits(connection, &of, now_ms())?))
                })
                .await?;
            one.to = masked(&public);
            one.what = match &dsn {
                Some(dsn) => self.routes.what(dsn),
                None => "no more: --forward does not name it now, so what is queued waits".to_owned(),
            };
            one.limited = limits.into_iter().map(|(category, until)| (named(&category), time(until))).collect();
            one.waiting = dsn.and_then(|dsn| self.waiting(&dsn));
            counts.push(one);
        }
        Ok(counts)
    }

    /// What became of the envelopes with this event id.
    pub async fn fates(&self, store: &Store, event_id: String) -> Result<Vec<Forwarded>> {
        let rows = store
            .read(move |connection| {
                let fates = outbox::fates(connection, &event_id, FATES)?;
                fates
                    .into_iter()
                    .map(|fate| {
                        let limits = match fate.state {
                            ForwardState::Queued => outbox::limits(connection, &fate.dsn, now_ms())?,
                            _ => Vec::new(),
                        };
                        Ok((fate, limits))
                    })
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        Ok(rows.into_iter().map(|(fate, limits)| self.forwarded(fate, &limits)).collect())
    }

    fn forwarded(&self, fate: Fate, limits: &[(String, i64)]) -> Forwarded {
        let limit = limits
            .iter()
            .filter(|(category, _)| category.is_empty() || fate.categories.split(';').any(|own| own == category))
            .max_by_key(|(_, until)| *until);
        let why = match (limit, fate.why.is_empty()) {
            (Some((category, until)), _) => {
                Some(format!("rate limited for {} until {}", named(category), time(*until)))
            }
            (None, false) => Some(fate.why),
            (None, true) if fate.state == ForwardState::Queued => match Dsn::parse(&fate.dsn) {
                Ok(dsn) if self.live.contains_key(&dsn) => self.waiting(&dsn),
                _ => Some("--forward does not name this DSN now".to_owned()),
            },
            (None, true) => None,
        };
        Forwarded { to: masked(&fate.dsn), state: fate.state, at: time(fate.at_ms), http: fate.http, why }
    }

    fn waiting(&self, dsn: &Dsn) -> Option<String> {
        let (why, until) = self.live.get(dsn)?.get()?;
        Some(format!("{why}; next try at {}", time(until)))
    }
}

/// What goes with a parcel that is passed on to `dsn`.
pub fn forward(parcel: &mut Parcel, dsn: &Dsn, sender: &Sender) -> Forward {
    let digest = parcel.event_id.as_deref().map(|id| {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        parcel.items.iter().for_each(|piece| piece.digest.hash(&mut hasher));
        hasher.finish().cast_signed()
    });
    Forward {
        dsn: dsn.public(),
        categories: limits::categories(parcel.items.iter().map(|piece| piece.ty.as_str())),
        digest,
        headers: sender.to_json(),
        raw: parcel.outgoing.take(),
    }
}

fn masked(public: &str) -> String {
    Dsn::parse(public).map_or_else(|_| "an unknown DSN".to_owned(), |dsn| dsn.to_string())
}

fn named(category: &str) -> String {
    if category.is_empty() { "all".to_owned() } else { category.to_owned() }
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |time| format!("{time:.0}"))
}
