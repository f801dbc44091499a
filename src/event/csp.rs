//! CSP reports: what was violated, and by what; old (`csp-report`) and new (Reporting API) spelling.

use serde_json::{Map, Value};
use url::Url;

use super::{Event, lenient::text_of};

impl Event {
    /// The events of a body that a browser posted to the security endpoint: `{"csp-report": {…}}`, or the Reporting
    /// API's `[{"type": "csp-violation", "body": {…}}]`. Reports of other types are left out.
    pub fn from_security_report(body: &Value) -> Vec<Self> {
        let event = |report: &Value| {
            let csp = report.as_object()?.clone();
            let mut event = Self::from_value(&serde_json::json!({ "type": "csp", "platform": "javascript" }));
            event.request = Some(super::RequestInfo {
                url: field(&csp, &["document-uri", "documentURL"]),
                ..super::RequestInfo::default()
            });
            event.csp = Some(csp);
            Some(event)
        };
        match body {
            Value::Array(reports) => reports
                .iter()
                .take(100)
                .filter(|report| report.get("type").and_then(Value::as_str) == Some("csp-violation"))
                .filter_map(|report| event(report.get("body")?))
                .collect(),
            Value::Object(map) => {
                map.get("csp-report").or_else(|| map.get("body")).and_then(event).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

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
