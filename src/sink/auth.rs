//! Who sends: the ways in which SDKs put their public key on a request, and Relay's errors for each.

use base64::Engine;
use serde_json::{Map, Value};

/// What a request says of its sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Auth {
    /// Public key: 32 ASCII characters.
    pub key: String,
}

/// Where a request may carry its key.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carriers<'a> {
    /// `X-Sentry-Auth`.
    pub sentry_auth: Option<&'a str>,
    /// `Authorization`.
    pub authorization: Option<&'a str>,
    /// Query string.
    pub query: &'a str,
}

/// Why a request was refused: HTTP status, `detail` and `causes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// What is wrong.
    pub detail: String,
    /// Why, from the outside in.
    pub causes: Vec<String>,
}

impl Refusal {
    /// A refusal with no further cause.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), causes: Vec::new() }
    }

    /// Adds a cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }
}

fn bad_header(status: u16, why: impl Into<String>) -> Refusal {
    Refusal::new(status, "bad sentry DSN public key or authorization").because(why)
}

/// The key of a request without its body. `None` = it carries none; the envelope header may have a DSN.
pub fn from_request(carriers: Carriers<'_>) -> Result<Option<Auth>, Refusal> {
    let mut found: Option<Auth> = None;
    let mut take = |auth: Auth| {
        if found.is_some() {
            return Err(Refusal::new(401, "multiple authorization information provided"));
        }
        found = Some(auth);
        Ok(())
    };
    if let Some(text) = carriers.sentry_auth {
        take(from_pairs(strip_scheme(text, "sentry").unwrap_or(text).split(',').map(str::trim))?)?;
    }
    if let Some(text) = carriers.authorization {
        if let Some(pairs) = strip_scheme(text, "sentry") {
            take(from_pairs(pairs.split(',').map(str::trim))?)?;
        } else if let Some(encoded) = strip_scheme(text, "basic") {
            take(from_basic(encoded)?)?;
        }
    }
    if carriers.query.contains("sentry_key=") || carriers.query.contains("sentry_version=") {
        let decoded = url::form_urlencoded::parse(carriers.query.as_bytes())
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>();
        take(from_pairs(decoded.iter().map(String::as_str))?)?;
    }
    Ok(found)
}

/// The key of an envelope header's `dsn`; the DSN must be for the project of the path.
pub fn from_dsn(header: &Map<String, Value>, project: Option<&str>) -> Result<Option<Auth>, Refusal> {
    let Some(text) = header.get("dsn").and_then(Value::as_str) else { return Ok(None) };
    let mismatch = |why: &str| Refusal::new(400, "invalid DSN in the envelope header").because(why);
    let dsn = url::Url::parse(text).map_err(|error| mismatch(&error.to_string()))?;
    if let Some(project) = project
        && dsn.path().rsplit('/').next() != Some(project)
    {
        return Err(mismatch("its project is not that of the path"));
    }
    Ok(Some(Auth { key: key(dsn.username())? }))
}

/// The project of an envelope header's `dsn`, for those who send without a key: nothing else of the DSN is looked at.
pub fn project_of(header: &Map<String, Value>) -> Option<String> {
    let dsn = url::Url::parse(header.get("dsn")?.as_str()?).ok()?;
    let project = dsn.path().rsplit('/').next()?;
    project.parse::<u64>().ok().map(|project| project.to_string())
}

/// Checks that a key and the envelope's DSN agree.
pub fn agree(auth: &Auth, header: &Map<String, Value>, project: Option<&str>) -> Result<(), Refusal> {
    match from_dsn(header, project)? {
        Some(dsn) if dsn.key != auth.key => {
            Err(Refusal::new(400, "invalid DSN in the envelope header").because("its key is not that of the request"))
        }
        _ => Ok(()),
    }
}

/// Relay's words for a request that carries no key.
pub fn missing() -> Refusal {
    Refusal::new(401, "missing authorization information")
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.trim().split_once(' ')?;
    head.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn from_pairs<'a>(pairs: impl Iterator<Item = &'a str>) -> Result<Auth, Refusal> {
    let mut auth = Auth::default();
    for (name, value) in pairs.filter_map(|pair| pair.split_once('=')) {
        match name.trim() {
            "sentry_key" => auth.key = key(value.trim())?,
            "sentry_version" => {
                let version = value.trim().split('.').next().unwrap_or_default().parse::<u32>();
                if version.is_ok_and(|version| version > 8) {
                    return Err(bad_header(400, format!("unsupported protocol version {value}")));
                }
            }
            _ => {}
        }
    }
    if auth.key.is_empty() {
        return Err(bad_header(401, "missing sentry_key"));
    }
    Ok(auth)
}

fn from_basic(encoded: &str) -> Result<Auth, Refusal> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .map_err(|error| bad_header(401, format!("basic credentials are no base64: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| bad_header(401, "basic credentials are no UTF-8"))?;
    Ok(Auth { key: key(text.split(':').next().unwrap_or_default())? })
}

/// A key is exactly 32 ASCII characters; flags after a dot are dropped.
fn key(text: &str) -> Result<String, Refusal> {
    let key = text.split('.').next().unwrap_or_default();
    if key.len() != 32 || !key.is_ascii() {
        return Err(bad_header(401, format!("a key has 32 ASCII characters, this one has {}", key.chars().count())));
    }
    Ok(key.to_owned())
}
