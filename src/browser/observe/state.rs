//! The state of a session, and how each event changes it.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use serde_json::Value;

use super::{
    Ask, CHANNEL, address,
    console::Console,
    dialogs::{self, Dialogs},
    faults::{self, Told},
    frames::Frames,
    requests::Requests,
    seen::{self, Seen},
    text,
    traffic::Traffic,
};
use crate::event::{Fault, Observation, What};

/// Worker realms and message counts remembered.
const MAX_REALMS: usize = 1_000;

/// What is known of a session now.
#[derive(Debug)]
pub struct State {
    /// Its pages and frames.
    pub frames: Frames,
    /// Its requests.
    pub requests: Requests,
    /// Its console.
    pub console: Console,
    /// What was sent, with bodies and answers; none = nobody asked to keep it.
    pub traffic: Option<Traffic>,
    user_context: String,
    seen: Seen,
    /// The step that runs, counted from 1; 0 between steps.
    step: u64,
    steps: u64,
    begun: Instant,
    /// When the latest step began that did something, not only looked.
    acting_since: Instant,
    /// When the session began.
    opened: Instant,
    dialogs: Dialogs,
    /// Worker realms, with the address of their script.
    workers: HashMap<String, String>,
    /// Messages of the observer script, by realm.
    received: HashMap<String, u64>,
    /// The latest tab that the page opened in this step, and its address.
    popup: Option<Popup>,
}

#[derive(Debug)]
struct Popup {
    id: String,
    url: String,
}

impl State {
    /// Nothing known yet.
    pub fn new(user_context: &str) -> Self {
        Self {
            frames: Frames::new(user_context),
            requests: Requests::default(),
            console: Console::default(),
            traffic: None,
            user_context: user_context.to_owned(),
            seen: Seen::default(),
            step: 0,
            steps: 0,
            begun: Instant::now(),
            acting_since: Instant::now(),
            opened: Instant::now(),
            dialogs: Dialogs::default(),
            workers: HashMap::new(),
            received: HashMap::new(),
            popup: None,
        }
    }

    /// A step begins: what comes from now on is its doing. Returns its number in the session.
    pub fn begin_step(&mut self) -> usize {
        self.tell_requests(false);
        self.steps += 1;
        self.step = self.steps;
        self.begun = Instant::now();
        self.dialogs.begin_step();
        self.popup = None;
        seen::number(self.step)
    }

    /// The step ends; returns what it caused.
    pub fn end_step(&mut self) -> Vec<Observation> {
        self.tell_requests(true);
        let step = std::mem::take(&mut self.step);
        self.seen.take_step(step, self.begun)
    }

    /// Takes what came between steps (their number is 0), and what steps that were told already caused later.
    pub fn drain(&mut self) -> Vec<Observation> {
        self.tell_requests(false);
        self.seen.take_rest()
    }

    /// The running step does something; expectations after it count requests from here on.
    pub fn begin_acting(&mut self) {
        self.acting_since = self.begun;
    }

    /// Expectations from now on count all requests of the session, until a step does something.
    pub fn look_back(&mut self) {
        self.acting_since = self.opened;
    }

    /// Whether expectations count all requests.
    pub fn looks_back(&self) -> bool {
        self.acting_since == self.opened
    }

    /// When the latest step began that did something.
    pub fn acting_since(&self) -> Instant {
        self.acting_since
    }

    /// HTTP status of the document in front, when it was navigated to since `since`.
    pub fn status_since(&self, since: Instant) -> Option<u16> {
        let front = self.frames.get(self.frames.front())?;
        front.navigated.filter(|at| *at >= since)?;
        self.requests.status_of(front.navigation.as_deref()?)
    }

    /// Whether the step has seen an error that an SDK would report.
    pub fn has_error(&self) -> bool {
        self.seen.has_error(self.step)
    }

    /// Whether the step has seen an envelope that CSP kept from leaving.
    pub fn has_lost_envelope(&self) -> bool {
        self.seen.any(self.step, |what| matches!(what, What::SentryEnvelope(_)))
    }

    /// Whether the page opens dialogs without end.
    pub fn has_endless_dialogs(&self) -> bool {
        self.dialogs.is_endless()
    }

    /// How many messages of the observer script came from this realm.
    pub fn received(&self, realm: &str) -> u64 {
        self.received.get(realm).copied().unwrap_or_default()
    }

    /// The address of the tab that the page opened in this step; empty where it is not known.
    pub fn popup(&self) -> Option<String> {
        self.popup.as_ref().map(|popup| address::shown(&popup.url))
    }

    /// A tab (empty: the one in front) has lost its process.
    pub fn crashed(&mut self, context: &str) {
        let context = if context.is_empty() { self.frames.front().to_owned() } else { context.to_owned() };
        let url = self.frames.crashed(&context);
        let message = "the page's process crashed".to_owned();
        self.seen.add(self.step, Instant::now(), &url, What::Crash { message });
    }

    /// The browser itself is gone.
    pub fn browser_died(&mut self, message: &str) {
        let is_crash = |what: &What| matches!(what, What::Crash { .. });
        if !self.seen.any(self.step, is_crash) {
            let what = What::Crash { message: message.to_owned() };
            self.seen.add(self.step, Instant::now(), "", what);
        }
    }

    /// Takes an event; says what it asks of us.
    pub fn take(&mut self, method: &str, params: &Value) -> Option<Ask> {
        let is_kept = method.starts_with("network.") && self.is_ours(params)
            || method == "script.message" && text(params, "channel") == CHANNEL;
        if is_kept && let Some(traffic) = &mut self.traffic {
            traffic.take(method, params);
        }
        match method {
            "browsingContext.userPromptOpened" => return self.dialog(params),
            "browsingContext.contextCreated" => {
                self.frames.take(method, params);
                self.created(params);
            }
            "network.beforeRequestSent" if self.is_ours(params) => {
                return self.requests.begin(params, self.step).map(|wanted| Ask::Body(wanted.request));
            }
            "network.responseCompleted" if self.is_ours(params) => self.requests.complete(params),
            "network.fetchError" if self.is_ours(params) => self.requests.fail(params),
            "script.message" if text(params, "channel") == CHANNEL => self.message(params),
            "script.realmCreated" => self.realm(params),
            "log.entryAdded" => self.log(params),
            "goog:cdp.Inspector.targetCrashed" => {
                return Some(Ask::Crashed { session: text(params, "session").to_owned() });
            }
            _ if method.starts_with("browsingContext.") => {
                self.frames.take(method, params);
                self.popup_goes(params);
            }
            _ => {}
        }
        None
    }

    /// The body of a request has come; none when the browser has none.
    pub fn body(&mut self, id: &str, body: Option<&[u8]>) {
        self.requests.body(id, body);
        if let Some(traffic) = &mut self.traffic {
            traffic.body(id, body);
        }
    }

    /// Network events come from the whole browser, since workers have no context to subscribe to.
    fn is_ours(&self, params: &Value) -> bool {
        match params.get("context").and_then(Value::as_str) {
            Some(context) => self.frames.has(context),
            None => params.get("userContext").and_then(Value::as_str).is_some_and(|of| of == self.user_context),
        }
    }

    fn dialog(&mut self, params: &Value) -> Option<Ask> {
        let context = text(params, "context").to_owned();
        if !self.frames.has(&context) {
            return None;
        }
        let kind = text(params, "type");
        let accept = dialogs::accepts(kind);
        let pause = self.dialogs.opened(self.step > 0);
        let what = What::Dialog {
            dialog: kind.to_owned(),
            message: text(params, "message").chars().take(500).collect(),
            answer: if accept { "accepted" } else { "dismissed" }.to_owned(),
        };
        let url = self.url_of(&context);
        self.seen.add(self.step, Instant::now(), &url, what);
        Some(Ask::Dialog { context, accept, pause })
    }

    fn created(&mut self, params: &Value) {
        let id = text(params, "context");
        let opener = params.get("originalOpener").and_then(Value::as_str);
        if self.frames.has(id)
            && opener.is_some_and(|opener| self.frames.has(opener))
            && params.get("parent").is_none_or(Value::is_null)
        {
            // Not brought to the front: chromedriver (156) never answers calls into tabs that a page opened.
            self.popup = Some(Popup { id: id.to_owned(), url: String::new() });
            self.popup_goes(params);
        }
    }

    /// A tab that the page opened goes to an address; only the first one tells what the page wanted to show.
    fn popup_goes(&mut self, params: &Value) {
        let url = text(params, "url");
        if let Some(popup) = self.popup.as_mut().filter(|popup| popup.id == text(params, "context"))
            && popup.url.is_empty()
            && url != "about:blank"
        {
            url.clone_into(&mut popup.url);
        }
    }

    fn realm(&mut self, params: &Value) {
        if text(params, "type").ends_with("-worker") && self.workers.len() < MAX_REALMS {
            self.workers.insert(text(params, "realm").to_owned(), text(params, "origin").to_owned());
        }
    }

    fn message(&mut self, params: &Value) {
        let source = params.get("source").unwrap_or(&Value::Null);
        if self.received.len() >= MAX_REALMS {
            self.received.clear();
        }
        *self.received.entry(text(source, "realm").to_owned()).or_default() += 1;
        let url = self.url_of(text(source, "context"));
        let data = params.get("data").unwrap_or(&Value::Null);
        if let Some(address) = faults::blocked_address(data)
            && let Some(lost) = self.requests.blocked(&address)
        {
            self.seen.add(self.step, Instant::now(), &url, lost);
        }
        match faults::told(data) {
            Some(Told::Fault(what)) => {
                if let What::ConsoleError(fault) = &what {
                    self.console.add("error", &faults::line_of(fault));
                }
                self.seen.add(self.step, Instant::now(), &url, what);
            }
            Some(Told::Bare(fault)) if !self.is_workers(&fault) => {
                self.seen.add(self.step, Instant::now(), &url, What::UncaughtError(fault));
            }
            _ => {}
        }
    }

    /// A worker's uncaught error reaches its page as an event without the error; the log tells it whole.
    fn is_workers(&self, fault: &Fault) -> bool {
        let scripts: HashSet<&str> = self.workers.values().map(String::as_str).collect();
        let file = fault.frames.first().and_then(|frame| frame.abs_path.as_deref());
        file.is_some_and(|file| scripts.contains(file))
    }

    fn log(&mut self, entry: &Value) {
        let source = entry.get("source").unwrap_or(&Value::Null);
        let context = text(source, "context");
        let is_worker = self.workers.contains_key(text(source, "realm"));
        if !(self.frames.has(context) || is_worker) {
            return;
        }
        let line = text(entry, "text");
        let is_error = text(entry, "level") == "error";
        match text(entry, "type") {
            "javascript" => {
                self.console.add("error", &format!("Uncaught {line}"));
                // Of pages the observer script knows more.
                if is_worker {
                    let what = What::UncaughtError(faults::of_log(entry));
                    self.seen.add(self.step, Instant::now(), &self.url_of(context), what);
                }
            }
            "console" if is_error && is_worker => {
                self.console.add("error", line);
                let what = What::ConsoleError(faults::of_log(entry));
                self.seen.add(self.step, Instant::now(), &self.url_of(context), what);
            }
            "console" if text(entry, "method") != "error" => self.console.add(text(entry, "level"), line),
            _ => {}
        }
    }

    fn tell_requests(&mut self, last: bool) {
        for (step, at, context, what) in self.requests.report(last) {
            let url = self.url_of(context.as_deref().unwrap_or_default());
            // One of an earlier step, which was told already, waits for the next drain under that step's number.
            self.seen.add(step, at, &url, what);
        }
    }

    fn url_of(&self, context: &str) -> String {
        let front = self.frames.front();
        let frame = self.frames.get(context).or_else(|| self.frames.get(front));
        frame.map(|frame| address::shown(&frame.url)).unwrap_or_default()
    }
}
