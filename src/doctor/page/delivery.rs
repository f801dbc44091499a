//! What became of an envelope, and of the test error in it.

/// How a test error came about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trigger {
    /// Thrown in a task of its own, caught by nobody: what the app's faults do.
    #[default]
    Thrown,
    /// Given to `captureException`.
    Handed,
}

/// What became of a test error.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delivery {
    /// How it came about.
    pub trigger: Trigger,
    /// Its message.
    pub message: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Event id, 32 hex; none = the SDK made no event of it.
    pub event_id: Option<String>,
    /// The issue of the local sink that has it: `LOCAL-7`.
    pub issue: Option<String>,
    /// Where the SDK sent it: a path of the page's own host (`/api/monitoring`), else the address. Without the key.
    pub via: Option<String>,
    /// Milliseconds from the throw until it was in the sink, else until the answer.
    pub took_ms: u64,
    /// Types of the items of its envelope.
    pub items: Vec<String>,
    /// What caught it: `auto.browser.global_handlers.onerror`.
    pub mechanism: Option<String>,
    /// Release on the event.
    pub release: Option<String>,
    /// Environment on the event.
    pub environment: Option<String>,
    /// Replay on the event.
    pub replay_id: Option<String>,
    /// Further events of the same error: as many as other SDKs or clients sent.
    pub more: usize,
}

impl Delivery {
    /// That it came through, in a sentence; none = it did not.
    pub fn sentence(&self) -> Option<String> {
        let via = self.via.as_deref().unwrap_or("an address that is not known");
        let took = self.took_ms;
        match (&self.outcome, &self.issue) {
            (Outcome::Arrived, Some(issue)) => {
                Some(format!("The test error reached the local sink as {issue} in {took} ms, through {via}."))
            }
            (Outcome::Arrived, None) => {
                Some(format!("The test error reached the local sink in {took} ms, through {via}."))
            }
            (Outcome::Accepted, _) => Some(format!("The test error was taken by {via} in {took} ms.")),
            _ => None,
        }
    }
}

/// How a test error ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The local sink has it.
    Arrived,
    /// A server took it that is not the local sink.
    Accepted,
    /// It was answered with success, but is not in the local sink, which its DSN names.
    Vanished(Answer),
    /// The SDK's handlers never saw it.
    #[default]
    Uncaught,
    /// The SDK threw it away: `before_send`, `event_processor`, `sample_rate`, `ratelimit_backoff`, `queue_overflow`.
    Dropped(String),
    /// The SDK saw it and sent nothing: the client is disabled, or has no DSN.
    Disabled,
    /// It did not leave the browser, or no answer came back.
    Stopped(Barrier),
    /// It was answered with no success.
    Refused(Answer),
    /// Nothing more was seen of it in time.
    Unanswered,
}

/// What keeps a request from its server, or its answer from the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Barrier {
    /// A Content-Security-Policy.
    Csp(Violation),
    /// An extension or the browser's own protection: `ERR_BLOCKED_BY_CLIENT`.
    Blocker,
    /// The answer lacks what CORS asks for, or a redirect went to another origin.
    Cors,
    /// No connection; the browser's words.
    Network(String),
}

/// What a server answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The method of the last request: a POST that was redirected with 302 goes on as GET.
    pub method: String,
    /// Where the answer came from, when redirects led elsewhere: status and address of each stop, in order.
    pub redirects: Vec<(u16, String)>,
    /// Its media type.
    pub mime: String,
    /// Its beginning.
    pub body: String,
    /// `X-Sentry-Error`
    pub error: Option<String>,
    /// `X-Sentry-Rate-Limits`, else `Retry-After`.
    pub limits: Option<String>,
}

/// An envelope that the page sent, or tried to.
#[derive(Debug, Clone, PartialEq)]
pub struct Sending {
    /// Where to: a path of the page's own host, else the address. Without the key.
    pub to: String,
    /// The host of the address, with its port.
    pub host: String,
    /// Types of its items; empty where its body is not known.
    pub items: Vec<String>,
    /// Event id of its header.
    pub event_id: Option<String>,
    /// How it ended: never `Arrived`, `Uncaught`, `Dropped` or `Disabled`.
    pub outcome: Outcome,
    /// The answer, where one came.
    pub answer: Option<Answer>,
}

/// What a Content-Security-Policy forbade, or would forbid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violation {
    /// The directive that was asked: `connect-src`.
    pub directive: String,
    /// What was blocked: an address, `blob`, `inline`, `eval`.
    pub blocked: String,
    /// It was blocked; else only reported.
    pub enforced: bool,
    /// The policy, as the browser has it.
    pub policy: String,
    /// How often.
    pub count: u32,
}

/// What an SDK threw away, as its client reports say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discarded {
    /// `before_send`, `network_error`, `ratelimit_backoff`, ….
    pub reason: String,
    /// `error`, `transaction`, `replay`, ….
    pub category: String,
    /// How many.
    pub quantity: u64,
}
