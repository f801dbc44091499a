//! CSP reports: what was violated, and by what; in the spelling of `report-uri` and in that of the Reporting API.

use serde_json::{Map, Value};
use url::Url;

use super::{Event, lenient::text_of};

impl Event {
    /// The directive that a `csp` event violated, `connect-src`; empty where the report does not say.
    pub fn csp_directive(&self) -> String {
        let keys = ["effective-directive", "effectiveDirective", "violated-directive", "violatedDirective"];
        let said = self.csp.as_ref().and_then(|csp| field(csp, &keys)).unwrap_or_default();
        said.split_whitespace().next().unwrap_or_default().to_ascii_lowercase()
    }

    /// What a `csp` event blocked: a host, `'self'` for the page's own, or `inline`, `eval`, `data`, `blob`, ….
    pub fn csp_blocked(&self) -> String {
        let Some(csp) = &self.csp else { return String::new() };
        let blocked = field(csp, &["blocked-uri", "blockedURL", "blocked-url"]).unwrap_or_else(|| "self".to_owned());
        let Ok(url) = Url::parse(&blocked) else {
            return if blocked == "self" { "'self'".to_owned() } else { blocked.trim_end_matches(':').to_owned() };
        };
        let Some(host) = url.host_str() else { return url.scheme().to_owned() };
        let page = field(csp, &["document-uri", "documentURL"]).and_then(|page| Url::parse(&page).ok());
        let own = page.is_some_and(|page| page.origin() == url.origin());
        match (own, url.port()) {
            (true, _) => "'self'".to_owned(),
            (false, Some(port)) => format!("{host}:{port}"),
            (false, None) => host.to_owned(),
        }
    }
}

fn field(csp: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text_of(csp, key))
}
