//! The tabs and frames of a session, as `browsingContext` events tell them.

use std::time::Instant;

use indexmap::IndexMap;
use serde_json::Value;

use super::text;

/// How far a document has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Load {
    /// A navigation has begun, nothing of it is there.
    #[default]
    Started,
    /// The document is being read.
    Committed,
    /// `DOMContentLoaded`.
    Interactive,
    /// `load`.
    Complete,
}

/// One tab, or one frame in it.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// BiDi browsing context id.
    pub id: String,
    /// The frame around it; none for a tab.
    pub parent: Option<String>,
    /// Address of its document.
    pub url: String,
    /// The latest navigation.
    pub navigation: Option<String>,
    /// How far the latest navigation has come.
    pub load: Load,
    /// When the latest navigation began.
    pub navigated: Option<Instant>,
    /// Navigations that began in it.
    pub navigations: u64,
    /// Its process crashed.
    pub crashed: bool,
}

/// All tabs and frames of one user context, oldest first.
#[derive(Debug, Default)]
pub struct Frames {
    user_context: String,
    all: IndexMap<String, Frame>,
    front: String,
}

impl Frames {
    /// None yet.
    pub fn new(user_context: &str) -> Self {
        Self { user_context: user_context.to_owned(), ..Self::default() }
    }

    /// Takes over a tab that the session has just made.
    pub fn set_front(&mut self, id: &str) {
        let fresh = || Frame { id: id.to_owned(), url: "about:blank".into(), load: Load::Complete, ..Frame::default() };
        self.all.entry(id.to_owned()).or_insert_with(fresh);
        self.front = id.to_owned();
    }

    /// Puts a new tab in place of the one in front, which is forgotten.
    pub fn replace_front(&mut self, id: &str) {
        let lost = std::mem::take(&mut self.front);
        self.set_front(id);
        self.destroyed(&lost);
    }

    /// Id of the tab in front.
    pub fn front(&self) -> &str {
        &self.front
    }

    /// One of them.
    pub fn get(&self, id: &str) -> Option<&Frame> {
        self.all.get(id)
    }

    /// All of them, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Frame> {
        self.all.values()
    }

    /// Whether the frame belongs to this session.
    pub fn has(&self, id: &str) -> bool {
        self.all.contains_key(id)
    }

    /// The tab that a frame is in.
    pub fn tab_of<'a>(&'a self, id: &'a str) -> &'a str {
        let mut at = id;
        // Bounded: a frame tree has no loops, but we do not trust it with that.
        for _ in 0..64 {
            match self.all.get(at).and_then(|frame| frame.parent.as_deref()) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    /// A frame has lost its process; returns its address.
    pub fn crashed(&mut self, id: &str) -> String {
        self.all.get_mut(id).map_or_else(String::new, |frame| {
            frame.crashed = true;
            frame.url.clone()
        })
    }

    /// Whether the tab in front has lost its process.
    pub fn is_front_crashed(&self) -> bool {
        self.get(&self.front).is_some_and(|front| front.crashed)
    }

    /// Whether the tab in front is there no more: the page closed it.
    pub fn is_front_closed(&self) -> bool {
        !self.front.is_empty() && !self.has(&self.front)
    }

    /// Takes a `browsingContext` event.
    pub fn take(&mut self, method: &str, params: &Value) {
        let id = text(params, "context");
        match method {
            "browsingContext.contextCreated" => self.created(params),
            "browsingContext.contextDestroyed" => self.destroyed(id),
            "browsingContext.navigationStarted" => {
                if let Some(frame) = self.all.get_mut(id) {
                    frame.navigation = params.get("navigation").and_then(Value::as_str).map(str::to_owned);
                    frame.load = Load::Started;
                    frame.navigations += 1;
                    frame.navigated = Some(Instant::now());
                }
            }
            "browsingContext.navigationCommitted" => self.reached(id, params, Load::Committed),
            "browsingContext.domContentLoaded" => self.reached(id, params, Load::Interactive),
            "browsingContext.load" => self.reached(id, params, Load::Complete),
            "browsingContext.navigationFailed"
            | "browsingContext.navigationAborted"
            | "browsingContext.downloadWillBegin" => {
                // The old document stays.
                self.reached_load(id, params, Load::Complete);
            }
            "browsingContext.fragmentNavigated" | "browsingContext.historyUpdated" => {
                if let Some(frame) = self.all.get_mut(id) {
                    text(params, "url").clone_into(&mut frame.url);
                }
            }
            _ => {}
        }
    }

    fn created(&mut self, params: &Value) {
        if text(params, "userContext") != self.user_context {
            return;
        }
        let id = text(params, "context");
        let frame = self.all.entry(id.to_owned()).or_default();
        id.clone_into(&mut frame.id);
        text(params, "url").clone_into(&mut frame.url);
        frame.load = Load::Complete;
        frame.parent = params.get("parent").and_then(Value::as_str).map(str::to_owned);
        for child in params.get("children").and_then(Value::as_array).into_iter().flatten() {
            self.created(child);
        }
    }

    fn destroyed(&mut self, id: &str) {
        let mut gone = vec![id.to_owned()];
        while let Some(id) = gone.pop() {
            self.all.shift_remove(&id);
            let children = self.all.values().filter(|frame| frame.parent.as_deref() == Some(&id));
            gone.extend(children.map(|frame| frame.id.clone()));
        }
    }

    fn reached(&mut self, id: &str, params: &Value, load: Load) {
        self.reached_load(id, params, load);
        if let Some(frame) = self.all.get_mut(id) {
            text(params, "url").clone_into(&mut frame.url);
            if load == Load::Committed {
                frame.crashed = false;
            }
        }
    }

    /// Events of an older navigation than the latest say nothing about the latest.
    fn reached_load(&mut self, id: &str, params: &Value, load: Load) {
        if let Some(frame) = self.all.get_mut(id) {
            let navigation = params.get("navigation").and_then(Value::as_str);
            let is_latest =
                navigation.is_none() || frame.navigation.is_none() || navigation == frame.navigation.as_deref();
            if is_latest && (load > frame.load || load == Load::Committed) {
                frame.load = load;
            }
        }
    }
}
