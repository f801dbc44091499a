//! What the scripted Sentry answers, also in ways that a healthy server does not.

use std::{collections::VecDeque, fmt, time::Duration};

use serde_json::Value;

use super::Request;

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) status: u16,
    /// `{url}` in a value is replaced by the server's own address.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) delay: Duration,
    pub(super) ending: Ending,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As announced.
    Whole,
    /// After this many bytes of the body the connection is closed.
    Cut(usize),
    /// The length is announced as this, the body sent as it is, the connection closed.
    Length(usize),
    /// One byte of the body at a time, this far apart.
    Drip(Duration),
    /// Not at all: the connection stays open until the client leaves.
    Never,
}

impl Answer {
    /// 200 with this as JSON.
    pub fn json(body: Value) -> Self {
        Self::status(200).body_json(body)
    }

    /// This status and an empty body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delay: Duration::ZERO, ending: Ending::Whole }
    }

    /// This status and Sentry's usual `{"detail": …}`.
    pub fn detail(status: u16, detail: &str) -> Self {
        Self::status(status).body_json(serde_json::json!({"detail": detail}))
    }

    /// A page, as a proxy or a broken server says it.
    pub fn html(status: u16, page: &str) -> Self {
        Self::status(status).header("content-type", "text/html; charset=utf-8").body(page.as_bytes())
    }

    /// Takes the connection and never answers.
    pub fn never() -> Self {
        Self { ending: Ending::Never, ..Self::status(200) }
    }

    /// With this status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With this header; `{url}` in the value is the server's own address.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this body, as it is.
    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// With this body as JSON.
    pub fn body_json(self, body: Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string().as_bytes())
    }

    /// With Sentry's `Link` header: both relations, `results="false"` where there is no such page.
    pub fn pages(self, previous: Option<&str>, next: Option<&str>) -> Self {
        let link = |rel: &str, cursor: Option<&str>, other: &str| {
            let cursor_or = cursor.unwrap_or(other);
            format!(
                "<{{url}}/api/0/page/?cursor={cursor_or}>; rel=\"{rel}\"; results=\"{}\"; cursor=\"{cursor_or}\"",
                cursor.is_some()
            )
        };
        let value = format!("{}, {}", link("previous", previous, "0:0:1"), link("next", next, "0:100:0"));
        self.header("link", &value)
    }

    /// After this long.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Cut off after this many bytes of the body.
    pub fn cut(mut self, bytes: usize) -> Self {
        self.ending = Ending::Cut(bytes);
        self
    }

    /// With a length announced that is not the body's.
    pub fn announce(mut self, bytes: usize) -> Self {
        self.ending = Ending::Length(bytes);
        self
    }

    /// One byte at a time.
    pub fn drip(mut self, pause: Duration) -> Self {
        self.ending = Ending::Drip(pause);
        self
    }
}

/// What a route answers.
pub enum Script {
    /// These in order; the last one is repeated.
    InOrder(VecDeque<Answer>),
    /// What this makes of the request.
    With(Box<dyn Fn(&Request) -> Answer + Send>),
}

impl Script {
    pub(super) fn next(&mut self, request: &Request) -> Answer {
        match self {
            Self::With(answer) => answer(request),
            Self::InOrder(answers) if answers.len() > 1 => answers.pop_front().unwrap(),
            Self::InOrder(answers) => answers.front().cloned().expect("a route has an answer"),
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl From<Value> for Script {
    fn from(body: Value) -> Self {
        Answer::json(body).into()
    }
}

impl From<Answer> for Script {
    fn from(answer: Answer) -> Self {
        [answer].into()
    }
}

impl From<Vec<Answer>> for Script {
    fn from(answers: Vec<Answer>) -> Self {
        Self::InOrder(answers.into())
    }
}

impl<const N: usize> From<[Answer; N]> for Script {
    fn from(answers: [Answer; N]) -> Self {
        Self::InOrder(answers.into())
    }
}
