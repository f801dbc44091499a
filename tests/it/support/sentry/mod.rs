//! A scripted Sentry: the Web API over real HTTP, on a free port of loopback, that answers what a test says and keeps
//! every request.
//!
//! ```ignore
//! let sentry = Sentry::acme().await;                            // with a small made-up organization
//! sentry.on("GET", "/organizations/{organization_id_or_slug}/issues/", json!([…]));
//! sentry.on("GET", "/organizations/acme/issues/", [Answer::status(503), Answer::json(json!([]))]);
//! let server = Server::start(sentry.setup()).await;
//! let reply = server.call("search_issues", json!({"source": "sentry"})).await.ok();
//! assert_eq!(sentry.to("GET", "/organizations/{organization_id_or_slug}/issues/").len(), 2);
//! ```
//!
//! Paths are those below `/api/0`, with the placeholders of the official schema (any name in braces will do). A route with
//! fewer placeholders wins over one with more; a later `on` for the same route replaces the earlier one. What has no route
//! is a 404 as Sentry says it.

pub mod acme;
mod answer;
mod request;
mod route;
mod wire;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use tokio::{net::TcpListener, sync::watch, task::AbortHandle, time::timeout};

pub use answer::{Answer, Script};
pub use request::Request;
use route::Route;

use super::server::Setup;

/// The token that a test's server gets. No list of secrets knows its shape, so that a leak is not hidden by redaction.
pub const TOKEN: &str = "fixture-auth-7d1f0e5c93ab4a28b6c2";

/// The scripted Sentry; gone when dropped.
#[derive(Debug)]
pub struct Sentry {
    state: Arc<State>,
    port: u16,
    home: tempfile::TempDir,
    task: AbortHandle,
}

#[derive(Debug, Default)]
struct State {
    inner: Mutex<Inner>,
    news: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Inner {
    routes: Vec<Route>,
    requests: Vec<Request>,
    /// How many requests came before the first of `requests`.
    forgotten: usize,
    slow: Duration,
    change: Option<Change>,
}

/// What changes each answer.
struct Change(Box<dyn Fn(&mut serde_json::Value) + Send>);

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Change")
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Keeps a request, and says its number and what to answer.
    fn take(&self, mut request: Request) -> (usize, Answer) {
        let mut inner = self.lock();
        let best =
            inner.routes.iter_mut().filter(|route| route.matches(&request)).min_by_key(|route| route.placeholders());
        let mut answer = match best {
            Some(route) => {
                request.route = Some(route.template.clone());
                route.answer(&request)
            }
            None => {
                Answer::status(404).body_json(serde_json::json!({"detail": "The requested resource does not exist"}))
            }
        };
        if let (Some(change), Ok(mut body)) = (&inner.change, serde_json::from_slice(&answer.body)) {
            (change.0)(&mut body);
            answer.body = body.to_string().into_bytes();
        }
        if answer.delay.is_zero() {
            answer.delay = inner.slow;
        }
        request.status = answer.status;
        inner.requests.push(request);
        let count = inner.requests.len();
        let number = inner.forgotten + count - 1;
        drop(inner);
        self.news.send_replace(count);
        (number, answer)
    }

    fn answered(&self, number: usize) {
        // It may be forgotten by now: a client that gave up leaves its request in our hands.
        let mut inner = self.lock();
        let at = number.checked_sub(inner.forgotten);
        if let Some(request) = at.and_then(|at| inner.requests.get_mut(at)) {
            request.answered = Some(Instant::now());
        }
    }
}

impl Sentry {
    /// One that knows nothing: every request is a 404. A second one stands for a wrong host.
    pub async fn start() -> Self {
        Self::start_at(0).await
    }

    /// Like [`Sentry::start`], on this port: for one that was down.
    pub async fn start_at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<State>::default();
        let task = tokio::spawn(wire::serve(listener, Arc::clone(&state), port)).abort_handle();
        Self { state, port, home: tempfile::tempdir().unwrap(), task }
    }

    /// One with the made-up organization `acme` ([`acme`]), whose issue FRONTEND-4K has a rich event.
    pub async fn acme() -> Self {
        let sentry = Self::start().await;
        acme::install(&sentry);
        sentry
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How to start a server that is connected to it, for the organization `acme`. The home folder is an empty one, so
    /// that no `.sentryclirc` of whoever runs the tests is read.
    pub fn setup(&self) -> Setup {
        self.bare_setup().env("SENTRY_URL", &self.url()).env("SENTRY_AUTH_TOKEN", TOKEN).env("SENTRY_ORG", acme::ORG)
    }

    /// How to start a server with an empty home folder and no connection.
    pub fn bare_setup(&self) -> Setup {
        Setup::default().env("HOME", &self.home().to_string_lossy()).env("USERPROFILE", &self.home().to_string_lossy())
    }

    /// The empty home folder of [`Sentry::setup`].
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Answers a route with this: JSON, an [`Answer`], or several in order, of which the last is repeated.
    pub fn on(&self, method: &str, template: &str, script: impl Into<Script>) {
        let mut inner = self.state.lock();
        inner.routes.retain(|route| !(route.method == method && route.template == template));
        inner.routes.push(Route::new(method, template, script.into()));
    }

    /// Answers a route with what this makes of the request.
    pub fn on_with(&self, method: &str, template: &str, answer: impl Fn(&Request) -> Answer + Send + 'static) {
        self.on(method, template, Script::With(Box::new(answer)));
    }

    /// Changes every JSON answer from now on.
    pub fn change(&self, change: impl Fn(&mut serde_json::Value) + Send + 'static) {
        self.state.lock().change = Some(Change(Box::new(change)));
    }

    /// Lets every answer that has no delay of its own take this long, so that requests sent at once overlap.
    pub fn slow(&self, delay: Duration) {
        self.state.lock().slow = delay;
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().requests.clone()
    }

    /// The requests to a route so far.
    pub fn to(&self, method: &str, template: &str) -> Vec<Request> {
        let is_this = |request: &Request| request.method == method && route::fits(template, &request.path);
        self.requests().into_iter().filter(is_this).collect()
    }

    /// `GET /organizations/acme/ → 200` for each request so far, for assertions that one can read.
    pub fn journal(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        let mut inner = self.state.lock();
        inner.forgotten += inner.requests.len();
        inner.requests.clear();
    }

    /// Waits until this many requests have come.
    pub async fn wait_for(&self, count: usize) -> Vec<Request> {
        let mut news = self.state.news.subscribe();
        let enough = timeout(Duration::from_secs(60), news.wait_for(|seen| *seen >= count)).await;
        assert!(enough.is_ok(), "never saw {count} requests, only {:#?}", self.journal());
        self.requests()
    }

    /// How many requests were sent one after the other's answer: the round trips that cannot be saved. Meaningful when
    /// the answers are [`slow`](Self::slow).
    pub fn round_trips(&self) -> usize {
        let mut spans: Vec<_> =
            self.requests().iter().filter_map(|request| Some((request.answered?, request.arrived))).collect();
        spans.sort();
        let mut last = None;
        spans
            .iter()
            .filter(|(answered, arrived)| {
                let after = last.is_none_or(|last| *arrived >= last);
                if after {
                    last = Some(*answered);
                }
                after
            })
            .count()
    }

    /// Fails where anything that came here holds the token: for a wrong host.
    #[track_caller]
    pub fn assert_never_saw_the_token(&self) {
        for request in self.requests() {
            assert!(!request.raw().contains(TOKEN), "the token reached the wrong host: {}", request.raw());
        }
    }
}

impl Drop for Sentry {
    fn drop(&mut self) {
        self.task.abort();
    }
}
