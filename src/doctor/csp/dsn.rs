//! DSNs, as the browser SDK reads them.

use url::Url;

/// A DSN without its secret part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dsn {
    /// `https://host[:port][/path]`
    pub origin: String,
    /// The host, in lower case.
    pub host: String,
    /// The public key.
    pub key: String,
    /// Number of the project.
    pub project: String,
    /// It has the deprecated secret part.
    pub secret: bool,
}

impl Dsn {
    /// Reads `{http|https}://{key}[:{secret}]@{host}[:{port}][/{path}]/{project}`; else what is wrong, without the value.
    ///
    /// # Errors
    ///
    /// Which part is not what it must be.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or("it does not begin with https://")?;
        if !matches!(scheme, "http" | "https") {
            return Err("its scheme is neither http nor https");
        }
        let (user, rest) = rest.split_once('@').ok_or("it has no public key before an @")?;
        let (key, secret) = user.split_once(':').map_or((user, false), |(key, _)| (key, true));
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if key.is_empty() || !key.chars().all(is_word) {
            return Err("its public key has other characters than letters and digits");
        }
        let (host, path) = rest.split_once('/').ok_or("it has no project number")?;
        let (path, project) = path.rsplit_once('/').unwrap_or(("", path));
        if project.is_empty() || !project.chars().all(|c| c.is_ascii_digit()) {
            return Err("its project is not a number");
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-:[]%".contains(c);
        if host.is_empty() || !host.chars().all(plain) {
            return Err("its host has characters that a host cannot have");
        }
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        let origin = format!("{scheme}://{host}{path}");
        let url = Url::parse(&origin).map_err(|_| "its host or port is not valid")?;
        let host = url.host_str().ok_or("it has no host")?.to_ascii_lowercase();
        let origin = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { origin, host, key: key.to_owned(), project: project.to_owned(), secret })
    }

    /// Where the browser SDK sends envelopes to.
    pub fn envelope(&self) -> Option<Url> {
        Url::parse(&format!("{}/api/{}/envelope/", self.origin, self.project)).ok()
    }

    /// Where violation reports of this project go: for `report-uri`.
    pub fn security(&self) -> String {
        format!("{}/api/{}/security/?sentry_key={}", self.origin, self.project, self.key)
    }

    /// Whether it is a project of sentry.io, which has a loader and a CDN.
    pub fn is_saas(&self) -> bool {
        self.host == "sentry.io" || self.host.ends_with(".sentry.io")
    }
}
