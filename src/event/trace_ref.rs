//! How an agent names a trace: its id, a `traceparent`, an address, or the issue or event whose trace is meant (pure).

use serde::{Deserialize, Deserializer, de};

use super::{IssueRef, address::Address, lenient::cut, written::text_schema};

/// Which trace is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceRef {
    /// 32 lower-case hex characters: a trace, or an event of it.
    Id {
        /// The id.
        id: String,
        /// A span of it, where the text named one.
        span: Option<String>,
    },
    /// An address of Sentry.
    Remote {
        /// Host, with the port where it is not the usual one.
        host: String,
        /// Organization slug.
        organization: Option<String>,
        /// Trace id.
        id: String,
        /// A span of it, where the address names one.
        span: Option<String>,
    },
    /// The trace of an issue's latest event, or of the event that its address names.
    Issue(IssueRef),
}

impl TraceRef {
    /// Reads what an agent wrote; the error says which forms there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_matches(['«', '»', '"', '`']);
        if let Some(id) = hex(text, 32) {
            return Ok(Self::Id { id, span: None });
        }
        // traceparent: 00-TRACE-SPAN-01; sentry-trace: TRACE-SPAN-1.
        let parts: Vec<&str> = text.split('-').collect();
        if let [_, trace, span, _] | [trace, span, _] | [trace, span] = parts.as_slice()
            && let (Some(id), Some(span)) = (hex(trace, 32), hex(span, 16))
        {
            return Ok(Self::Id { id, span: Some(span) });
        }
        if let Some(remote) = remote(text) {
            return Ok(remote);
        }
        IssueRef::parse(text).map(Self::Issue).map_err(|_| {
            format!(
                "{:?} is no trace: give 32 hex characters, an issue (LOCAL-3, FRONTEND-4K), or a URL",
                cut(text, 80)
            )
        })
    }
}

fn hex(text: &str, length: usize) -> Option<String> {
    let plain: String = if length == 32 { text.replace('-', "") } else { text.to_owned() };
    let good = plain.len() == length && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Two ids with a hyphen between them are not one.
    (good && (plain.len() == text.len() || text.len() == 36)).then(|| plain.to_ascii_lowercase())
}

/// `https://ORG.sentry.io/explore/traces/trace/ID/?node=span-SPAN`, `https://HOST/organizations/ORG/performance/trace/ID/`.
fn remote(text: &str) -> Option<TraceRef> {
    let address = Address::parse(text)?;
    let id = hex(address.after("trace")?, 32)?;
    let span = address.queries().find_map(|(key, value)| {
        let named = (key == "node").then(|| value.strip_prefix("span-").map(str::to_owned)).flatten();
        hex(&named.or_else(|| (key == "spanId").then_some(value))?, 16)
    });
    Some(TraceRef::Remote { organization: address.organization(), host: address.host, id, span })
}

impl<'de> Deserialize<'de> for TraceRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self::parse(&text).map_err(de::Error::custom)
    }
}

text_schema!(TraceRef);

#[cfg(test)]
mod tests {
    use super::{IssueRef, TraceRef};

    #[test]
    fn reads_traces() {
        let (trace, span) = ("7ace0000c0ffee11deadbeef00000042", "b0b0000000000001");
        let id = |span: Option<&str>| Ok(TraceRef::Id { id: trace.to_owned(), span: span.map(str::to_owned) });
        let remote = |host: &str, organization: &str, span: Option<&str>| {
            Ok(TraceRef::Remote {
                host: host.to_owned(),
                organization: Some(organization.to_owned()),
                id: trace.to_owned(),
                span: span.map(str::to_owned),
            })
        };
        for (text, expected) in [
            (trace.to_uppercase(), id(None)),
            ("7ace0000-c0ff-ee11-dead-beef00000042".to_owned(), id(None)),
            (format!("00-{trace}-{span}-01"), id(Some(span))),
            (format!("{trace}-{span}"), id(Some(span))),
            (
                format!("https://acme.sentry.io/explore/traces/trace/{trace}/?node=span-{span}&node=txn-1"),
                remote("acme.sentry.io", "acme", Some(span)),
            ),
            (
                format!("http://127.0.0.1:9000/organizations/acme/performance/trace/{trace}/"),
                remote("127.0.0.1:9000", "acme", None),
            ),
            ("LOCAL-3".to_owned(), Ok(TraceRef::Issue(IssueRef::Local(3)))),
            ("4".to_owned(), Ok(TraceRef::Issue(IssueRef::Number(4)))),
        ] {
            assert_eq!(TraceRef::parse(&text), expected, "{text}");
        }
        assert!(TraceRef::parse("nothing at all").is_err());
    }
}
