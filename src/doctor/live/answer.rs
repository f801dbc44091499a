//! What a server answered, and who it seems to be.

use std::time::Duration;

use url::Url;

use crate::redact;

/// Characters of a body that are evidence.
const SHOWN: usize = 160;
/// Headers that are kept besides those of policies; none of them holds a secret of the project. What is not here is not kept.
pub(super) const KEPT: [&str; 30] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "allow",
    "cf-cache-status",
    "cf-mitigated",
    "cf-ray",
    "content-length",
    "content-type",
    "location",
    "retry-after",
    "server",
    "sourcemap",
    "via",
    "www-authenticate",
    "x-amz-cf-id",
    "x-clerk-auth-reason",
    "x-clerk-auth-status",
    "x-fastly-request-id",
    "x-matched-path",
    "x-middleware-rewrite",
    "x-nextjs-cache",
    "x-nextjs-prerender",
    "x-nextjs-redirect",
    "x-nextjs-stale-time",
    "x-nf-request-id",
    "x-powered-by",
    "x-sentry-error",
    "x-sentry-rate-limits",
    "x-vercel-error",
    "x-vercel-id",
];

/// A redirect that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Who redirected.
    pub url: Url,
    /// `307`
    pub status: u16,
    /// Where to.
    pub to: Url,
}

/// The last answer of a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Who answered, after redirects.
    pub url: Url,
    /// `200`
    pub status: u16,
    /// Headers by name in lower case: policies, and those that tell what happened; no cookies.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// It is the whole body.
    pub whole: bool,
    /// From the request to the answer's head.
    pub took: Duration,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// Nothing listens there.
    Refused,
    /// No answer came in time.
    Silent,
    /// It is a host that was not named, or an address that is never reached; why.
    Forbidden(String),
    /// The connection broke, its certificate is not good, the name has no address, …
    Failed(String),
}

/// A request with the redirects that it went through.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Redirects that were followed.
    pub hops: Vec<Hop>,
    /// The last answer.
    pub end: Result<Answer, Unanswered>,
    /// Why the redirect that `end` is was not followed.
    pub stopped: Option<&'static str>,
}

impl Answer {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The content type without its parameters, in lower case; empty where there is none.
    pub fn mime(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Whether the body is a page.
    pub fn is_html(&self) -> bool {
        let begin = String::from_utf8_lossy(self.body.get(..200.min(self.body.len())).unwrap_or_default());
        let begin = begin.trim_start().to_ascii_lowercase();
        matches!(self.mime().as_str(), "text/html" | "application/xhtml+xml")
            || begin.starts_with("<!doctype html")
            || begin.starts_with("<html")
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Where it redirects to.
    pub fn location(&self) -> Option<Url> {
        if !matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        self.url.join(self.header("location")?).ok()
    }

    /// Whether Relay, or the local sink, answered: the request came through to where events are taken in.
    pub fn is_relay(&self) -> bool {
        if self.header("x-sentry-error").is_some() || self.is_sink() {
            return true;
        }
        let json = self.json();
        let detail = json.as_ref().and_then(|json| json.get("detail")).and_then(serde_json::Value::as_str);
        detail.is_some_and(|detail| RELAY.iter().any(|known| detail.contains(known)))
    }

    /// Whether the local sink answered (this one, or that of another workspace).
    pub fn is_sink(&self) -> bool {
        self.header("server") == Some("fixloop")
    }

    /// Who answered, as far as headers tell: `Next.js behind Cloudflare`.
    pub fn by(&self) -> Option<String> {
        let has = |name: &str| self.header(name).is_some();
        let server = self.header("server").unwrap_or_default().to_ascii_lowercase();
        let front = FRONTS.iter().find(|(name, word, _)| has(name) || (!word.is_empty() && server.contains(word)));
        let own = has("cf-mitigated")
            || has("x-vercel-error")
            || (self.is_html() && server == "cloudflare" && self.status >= 400);
        let app = if own { None } else { self.app(&server) };
        match (app, front) {
            (Some(app), Some((_, _, front))) => Some(format!("{app} behind {front}")),
            (Some(app), None) => Some(app.to_owned()),
            (None, Some((_, _, front))) => Some((*front).to_owned()),
            (None, None) => None,
        }
    }

    fn app(&self, server: &str) -> Option<&'static str> {
        if self.is_sink() {
            return Some("the local sink");
        }
        if self.is_relay() {
            return Some("Sentry");
        }
        let powered = self.header("x-powered-by").unwrap_or_default().to_ascii_lowercase();
        let next = self.headers.iter().any(|(name, _)| name.starts_with("x-nextjs-") || name == "x-middleware-rewrite");
        if next || powered.contains("next.js") || self.text().contains("/_next/static/") {
            return Some("Next.js");
        }
        let named = SERVERS.iter().find(|(word, _)| powered.contains(word) || server.contains(word));
        named.map(|(_, name)| *name)
    }

    /// The beginning of the body on one line, without secrets; empty where there is none.
    pub fn begin(&self) -> String {
        let text = self.text();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        redact::text(&line.chars().take(SHOWN).collect::<String>())
    }

    /// Status, where it redirects to, content type, begin of the body: what shows what happened.
    pub fn evidence(&self) -> String {
        let mut said = format!("{} {}", self.status, shown(&self.url));
        if let Some(to) = self.header("location") {
            said += &format!(", Location: {}", redact::url(to));
        }
        match self.header("content-type") {
            Some(ty) => said += &format!(", Content-Type: {ty}"),
            None => said += ", no Content-Type",
        }
        for name in ["allow", "server", "retry-after", "x-sentry-error", "x-sentry-rate-limits", "x-clerk-auth-reason"]
        {
            if let Some(value) = self.header(name) {
                said += &format!(", {name}: {value}");
            }
        }
        let begin = self.begin();
        if !begin.is_empty() {
            said += &format!(", body: {begin}");
        }
        said
    }
}

/// `detail` of Relay's refusals.
const RELAY: [&str; 7] = [
    "missing authorization information",
    "bad sentry DSN",
    "multiple authorization information",
    "event submission rejected",
    "invalid envelope",
    "malformed envelope",
    "bad envelope",
];

/// Header that only it sends, a word of `server`, and its name.
const FRONTS: [(&str, &str, &str); 6] = [
    ("cf-ray", "cloudflare", "Cloudflare"),
    ("x-vercel-id", "vercel", "Vercel"),
    ("x-nf-request-id", "netlify", "Netlify"),
    ("x-amz-cf-id", "cloudfront", "CloudFront"),
    ("x-fastly-request-id", "", "Fastly"),
    ("x-azure-ref", "", "Azure Front Door"),
];

/// Words of `server` and `x-powered-by`, and names.
const SERVERS: [(&str, &str); 16] = [
    ("express", "Express"),
    ("fastify", "Fastify"),
    ("nginx", "nginx"),
    ("openresty", "nginx"),
    ("caddy", "Caddy"),
    ("apache", "Apache"),
    ("uvicorn", "uvicorn"),
    ("gunicorn", "gunicorn"),
    ("werkzeug", "Flask"),
    ("wsgiserver", "Django"),
    ("php", "PHP"),
    ("asp.net", "ASP.NET"),
    ("kestrel", "ASP.NET"),
    ("traefik", "Traefik"),
    ("envoy", "Envoy"),
    ("awselb", "AWS load balancer"),
];

impl Unanswered {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Refused => "nothing listens there (connection refused)".to_owned(),
            Self::Silent => "no answer came in time".to_owned(),
            Self::Forbidden(why) => format!("not asked: {why}"),
            Self::Failed(why) => format!("no answer: {why}"),
        }
    }
}

impl Exchange {
    /// The last answer.
    pub fn answer(&self) -> Option<&Answer> {
        self.end.as_ref().ok()
    }

    /// What shows what happened: redirects, and the last answer.
    pub fn evidence(&self) -> String {
        let mut lines: Vec<String> =
            self.hops.iter().map(|hop| format!("{} {} → {}", hop.status, shown(&hop.url), shown(&hop.to))).collect();
        match &self.end {
            Ok(answer) => lines.push(answer.evidence()),
            Err(why) => lines.push(why.words()),
        }
        if let Some(why) = self.stopped {
            lines.push(why.to_owned());
        }
        lines.join("\n")
    }
}

/// An address as it may be shown: without user, password and values that look secret.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    redact::url(url.as_str()).chars().take(300).collect()
}
