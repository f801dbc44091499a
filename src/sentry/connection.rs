//! One Sentry server: its address, its token, and what was learned of it.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    failure::{Failure, Kind},
    gate::Gates,
    organization::Organization,
    region,
    request::Request,
    send::{self, Body},
    value::Read,
};
use crate::{
    config::{self, ConnectionConfig},
    error::{Result, ToolError},
    http,
    redact::Secret,
};

/// Organizations whose region is remembered.
const REGIONS: usize = 1_000;
/// Organizations named in an error.
const NAMED: usize = 10;

/// One Sentry server; cheap to clone.
#[derive(Debug, Clone)]
pub struct Connection(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    host: String,
    base: Url,
    token: Secret,
    found: String,
    organization: Option<String>,
    project: Option<String>,
    /// Made with the first request: reading the system's certificates takes a while.
    client: OnceLock<reqwest::Client>,
    timeout: Duration,
    gates: Gates,
    /// Region of each organization asked for so far.
    regions: Mutex<HashMap<String, Url>>,
    /// The organization that is meant where none is named, once it is known.
    only: Mutex<Option<String>>,
}

impl Connection {
    /// A connection of the settings.
    pub(super) fn new(config: &ConnectionConfig) -> Self {
        let host = config.url.host_str().unwrap_or_default();
        let host = config.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut regions = HashMap::new();
        if let (Some(organization), Some(region)) = (&config.organization, &config.region) {
            regions.insert(organization.clone(), region.clone());
        }
        Self(Arc::new(Inner {
            name: config.name.clone(),
            host,
            client: OnceLock::new(),
            base: config.url.clone(),
            token: config.token.clone(),
            found: config.found.clone(),
            organization: config.organization.clone(),
            project: config.project.clone(),
            timeout: config.timeout,
            gates: Gates::default(),
            regions: Mutex::new(regions),
            only: Mutex::default(),
        }))
    }

    /// `sentry`, or its name in `fixloop.toml`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Host, with its port where that is not the usual one.
    pub fn host(&self) -> &str {
        &self.0.host
    }

    /// Where the token was found: a variable's name or a file.
    pub fn found(&self) -> &str {
        &self.0.found
    }

    /// The organization of the settings.
    pub fn set_organization(&self) -> Option<&str> {
        self.0.organization.as_deref()
    }

    /// The project of the settings.
    pub fn project(&self) -> Option<&str> {
        self.0.project.as_deref()
    }

    /// Whether it is Sentry's own cloud.
    pub fn is_saas(&self) -> bool {
        config::is_saas(&self.0.base)
    }

    /// Whether an address on `host` is this Sentry's: its own host, or for Sentry's cloud a subdomain of sentry.io.
    pub fn owns(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        host == self.0.host || (self.is_saas() && (host == "sentry.io" || host.ends_with(".sentry.io")))
    }

    /// Address of a page of the web interface; `path` begins without a slash, as in `issues/1/`.
    pub fn web_url(&self, organization: &str, path: &str) -> String {
        if self.is_saas() {
            format!("https://{organization}.sentry.io/{path}")
        } else {
            format!("{}organizations/{organization}/{path}", self.0.base)
        }
    }

    /// The organization to ask: `given`, else that of the settings, else the only one the token may see. Resolves its region.
    pub async fn organization(&self, given: Option<&str>, cancel: &CancellationToken) -> Result<Organization> {
        let slug = match given.map(str::trim).filter(|slug| !slug.is_empty()).or(self.set_organization()) {
            Some(slug) => slug.to_owned(),
            None => self.only_organization(cancel).await?,
        };
        let region = match self.region(&slug, cancel).await {
            Ok(region) => region,
            Err(failure) if failure.kind == Kind::NotFound => {
                let known = self.organizations(cancel).await.unwrap_or_default();
                let near = super::api::near_organization(&slug, &known).filter(|_| !known.is_empty());
                let failure = match near {
                    Some(near) => failure.hint(near),
                    None => failure,
                };
                return Err(failure.into());
            }
            Err(failure) => return Err(failure.into()),
        };
        Ok(Organization::new(self.clone(), slug, region, cancel.clone()))
    }

    /// Slugs of the organizations that the token may see, of all regions.
    pub async fn organizations(&self, cancel: &CancellationToken) -> Result<Vec<String>, Failure> {
        self.known_organizations(cancel).await.map(|(slugs, _)| slugs)
    }

    /// The same, and whether these are all there are.
    async fn known_organizations(&self, cancel: &CancellationToken) -> Result<(Vec<String>, bool), Failure> {
        let request = Request::get("/organizations/", &[]);
        let regions = region::all(self, cancel).await;
        let asked = regions.iter().map(|base| self.send(base, "", &request, cancel));
        let (mut slugs, mut failed, mut whole) = (Vec::new(), None, true);
        for answer in futures_util::future::join_all(asked).await {
            let next = answer.as_ref().is_ok_and(|answer| answer.next.is_some());
            whole &= !next;
            match answer.and_then(|answer| answer.json()) {
                Ok(list) => slugs.extend(list.items().filter_map(|organization| organization.text("slug"))),
                // One region that is down must not hide the others.
                Err(failure) => failed = Some(failure),
            }
        }
        slugs.dedup();
        match failed {
            Some(failure) if slugs.is_empty() => Err(failure),
            failed => Ok((slugs, whole && failed.is_none())),
        }
    }

    async fn only_organization(&self, cancel: &CancellationToken) -> Result<String> {
        if let Some(known) = self.0.only.lock().await.as_ref() {
            return Ok(known.clone());
        }
        let (slugs, whole) = self.known_organizations(cancel).await?;
        match slugs.as_slice() {
            [one] if whole => Ok(self.0.only.lock().await.insert(one.clone()).clone()),
            [one] => Err(ToolError::new(
                format!(
                    "{} is one organization of the token; a region did not answer, so there may be others.",
                    super::failure::quoted(one)
                ),
                "Say which with source sentry/ORGANIZATION, or set SENTRY_ORG.",
            )),
            [] => Err(ToolError::new(
                format!("The token of {} may see no organization on {}.", self.found(), self.host()),
                "Set SENTRY_ORG to the organization's slug, or use a token that has the scope org:read.",
            )),
            many => {
                let names: Vec<String> = many.iter().take(NAMED).map(|slug| super::failure::quoted(slug)).collect();
                let more = if many.len() > NAMED { ", …" } else { "" };
                Err(ToolError::new(
                    format!("The token may see {} organizations: {}{more}.", many.len(), names.join(", ")),
                    "Say which with source sentry/ORGANIZATION, or set SENTRY_ORG.",
                ))
            }
        }
    }

    /// Where requests for this organization go. Only Sentry's cloud has regions.
    async fn region(&self, slug: &str, cancel: &CancellationToken) -> Result<Url, Failure> {
        if !self.is_saas() {
            return Ok(self.0.base.clone());
        }
        // Not held while the server is asked: a slow one must not keep other organizations waiting.
        if let Some(known) = self.0.regions.lock().await.get(slug) {
            return Ok(known.clone());
        }
        let found = match region::of(self, slug, cancel).await {
            Ok(found) => found,
            // A token may lack org:read and still be good for the rest; that may change, so it is not remembered.
            Err(failure) if failure.kind == Kind::Forbidden => return Ok(self.0.base.clone()),
            Err(failure) => return Err(failure),
        };
        let mut regions = self.0.regions.lock().await;
        if regions.len() >= REGIONS {
            regions.clear();
        }
        regions.insert(slug.to_owned(), found.clone());
        Ok(found)
    }

    pub(super) fn base(&self) -> &Url {
        &self.0.base
    }

    pub(super) fn client(&self) -> Result<&reqwest::Client, Failure> {
        if let Some(client) = self.0.client.get() {
            return Ok(client);
        }
        let made = http::api_client(self.0.timeout, &self.0.base)
            .map_err(|error| Failure::new(Kind::Network, error.what(), "").caused_by(error))?;
        Ok(self.0.client.get_or_init(|| made))
    }

    pub(super) fn token(&self) -> &Secret {
        &self.0.token
    }

    pub(super) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    pub(super) fn gates(&self) -> &Gates {
        &self.0.gates
    }

    pub(super) async fn send(
        &self,
        base: &Url,
        organization: &str,
        request: &Request,
        cancel: &CancellationToken,
    ) -> Result<Body, Failure> {
        send::send(self, base, organization, request, cancel, send::JSON_LIMIT).await
    }
}
