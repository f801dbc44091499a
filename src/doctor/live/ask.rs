//! What is to be looked at.

use std::time::Duration;

use url::Url;

use crate::{
    doctor::{
        csp::Dsn,
        project::{App, Runtime},
        script::{Value, What},
        tunnel::{derived, saas},
    },
    error::{Result, ToolError},
    http, redact,
};

/// One request with its redirects.
const LIMIT: Duration = Duration::from_secs(8);
/// Paths of one look.
const MAX_PATHS: usize = 8;
/// Locales that are tried.
const MAX_LOCALES: usize = 3;

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct Ask {
    /// A page.
    pub url: Url,
    /// Whether pages are looked at, or the tunnel and the ingest host alone.
    pub pages: bool,
    /// More paths of the same origin.
    pub paths: Vec<String>,
    /// The tunnel as the SDK has it: a path, or a whole URL.
    pub tunnel: Option<String>,
    /// It is `tunnelRoute` of Next.js: the SDK adds project and region of the DSN to its address.
    pub tunnel_route: bool,
    /// The DSN of the browser SDK.
    pub dsn: Option<String>,
    /// Whether a test event may be sent to a real Sentry.
    pub send: bool,
    /// Under which the app lives: `/app`.
    pub base_path: Option<String>,
    /// Locales that stand first in its addresses.
    pub locales: Vec<String>,
    /// Time limit of one request with its redirects.
    pub limit: Duration,
    /// The project named the tunnel, not the user: a whole URL in it names no host.
    from_project: bool,
}

impl Ask {
    /// The page at an address, and nothing else.
    ///
    /// # Errors
    ///
    /// It is no http or https address.
    pub fn new(url: &str) -> Result<Self> {
        let given = format!(
            "«{}»",
            redact::url(url).replace(['«', '»', '\n', '\r'], " ").chars().take(300).collect::<String>()
        );
        let mut url = http::page_address(url.trim(), &given)?;
        bare(&mut url);
        Ok(Self {
            url,
            pages: true,
            paths: Vec::new(),
            tunnel: None,
            tunnel_route: false,
            dsn: None,
            send: false,
            base_path: None,
            locales: Vec::new(),
            limit: LIMIT,
            from_project: false,
        })
    }

    /// With what the project says and the call did not.
    #[must_use]
    pub fn with_app(mut self, app: &App) -> Self {
        if self.dsn.is_none() {
            // One that is not well written is a finding of its own.
            self.dsn = app.dsn(Runtime::Client).and_then(|dsn| dsn.text).filter(|dsn| Dsn::read(dsn).is_ok());
        }
        if self.base_path.is_none() {
            self.base_path = app.base_path().ok().filter(|base| base.starts_with('/'));
        }
        // The SDK lets `tunnelRoute` win over `tunnel`, but uses it only for projects of sentry.io: the DSN tells it which.
        let known = self.dsn.as_deref().and_then(|dsn| Dsn::read(dsn).ok());
        let is_saas = known.as_ref().and_then(saas).is_some();
        let route = app.tunnel_route().filter(|_| is_saas).and_then(|route| route.address);
        if self.tunnel.is_some() {
            self.tunnel_route = self.tunnel == route;
        } else {
            self.from_project = true;
            self.tunnel_route = route.is_some();
            let base = self.base_path.clone().unwrap_or_default();
            let option = || {
                let option = app.tunnel_option()?;
                match &option.value.what {
                    // `tunnel: true`: a path that follows from the DSN.
                    What::Bool(true) => known.as_ref().map(|dsn| format!("{base}{}", derived(dsn))),
                    _ => option.address,
                }
            };
            self.tunnel = route.or_else(option).filter(|tunnel| self.url.join(tunnel).is_ok());
        }
        let next = app.next.as_ref().and_then(|next| next.options.iter().rev().find(|option| option.name == "i18n"));
        if self.locales.is_empty()
            && let Some(locales) = next.and_then(|i18n| i18n.value.field("locales"))
        {
            self.locales = locales.items().iter().filter_map(Value::text).take(MAX_LOCALES).collect();
        }
        self
    }

    /// With the tunnel that the user names, which counts more than the project's.
    #[must_use]
    pub fn with_tunnel(mut self, tunnel: &str) -> Self {
        let tunnel = tunnel.trim();
        self.tunnel_route = self.tunnel_route && self.tunnel.as_deref() == Some(tunnel);
        self.tunnel = Some(tunnel.to_owned());
        self.from_project = false;
        self
    }

    /// The DSN, read.
    ///
    /// # Errors
    ///
    /// It is no DSN; its value is left out.
    pub(super) fn dsn(&self) -> Result<Option<Dsn>> {
        self.dsn.as_deref().map(Dsn::read).transpose().map_err(|why| {
            ToolError::new(format!("The DSN is none: {why}."), "A DSN is https://KEY@oN.ingest.de.sentry.io/PROJECT.")
        })
    }

    /// The address that the SDK posts to.
    ///
    /// # Errors
    ///
    /// It is neither a path nor a URL.
    pub(super) fn tunnel(&self, dsn: Option<&Dsn>) -> Result<Option<Url>> {
        let Some(tunnel) = &self.tunnel else { return Ok(None) };
        let read = self.url.join(tunnel.trim()).ok();
        let mut url = read.filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(|| {
            ToolError::new("The tunnel is neither a path nor a URL.", "Give it as Sentry.init has it: /tunnel.")
        })?;
        if self.tunnel_route
            && url.query().is_none()
            && let Some(parts) = dsn.and_then(saas)
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("o", parts.0).append_pair("p", parts.1);
            if let Some(region) = parts.2 {
                pairs.append_pair("r", region);
            }
        }
        bare(&mut url);
        Ok(Some(url))
    }

    /// Whether the user named the tunnel's host.
    pub(super) fn names_tunnel(&self) -> bool {
        self.tunnel.is_some() && !self.from_project
    }

    /// The pages to look at.
    pub(super) fn routes(&self) -> Vec<Url> {
        let mut routes = vec![self.url.clone()];
        for path in self.paths.iter().take(MAX_PATHS) {
            let url = self.url.join(path).ok().filter(|url| url.origin() == self.url.origin());
            routes.extend(url.filter(|url| !routes.contains(url)));
        }
        routes
    }
}

/// Without a login, which is not sent and not shown, and without the fragment, which never is.
fn bare(url: &mut Url) {
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
}
