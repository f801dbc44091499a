//! How an agent names a profile: its id, its address, or the transaction whose profiles are meant (pure).

use serde::{Deserialize, Deserializer, de};

use super::{
    Period,
    address::{Address, is_word},
    lenient::cut,
    written::text_schema,
};

/// Which profile is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileRef {
    /// 32 lower-case hex characters, of a profile or a continuous profiler.
    Id(String),
    /// An address of Sentry.
    Remote {
        /// Host, with the port where it is not the usual one.
        host: String,
        /// Organization slug.
        organization: Option<String>,
        /// Project slug.
        project: String,
        /// Profile or profiler id.
        id: String,
        /// The stretch of time that it names.
        period: Option<Period>,
    },
    /// The name of a transaction.
    Transaction(String),
}

impl ProfileRef {
    /// Reads what an agent wrote; the error says which forms there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_matches(['«', '»', '"', '`']);
        if let Some(id) = hex(text) {
            return Ok(Self::Id(id));
        }
        match Address::parse(text) {
            // A page load's transaction may be called by its address.
            Some(address) => Ok(remote(&address).unwrap_or_else(|| Self::Transaction(text.to_owned()))),
            None if text.is_empty() || text.len() > 1_000 => Err(format!(
                "{:?} is no profile: give 32 hex characters, a URL, or a transaction's name",
                cut(text, 80)
            )),
            None => Ok(Self::Transaction(text.to_owned())),
        }
    }
}

fn hex(text: &str) -> Option<String> {
    let plain = text.replace('-', "").to_ascii_lowercase();
    (plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(plain)
}

/// `…/profiling/profile/PROJECT/ID/flamegraph/`, `…/profiling/profile/PROJECT/flamegraph/?profilerId=ID&start=…&end=…`.
fn remote(address: &Address) -> Option<ProfileRef> {
    let parts = address.parts();
    let at = parts.iter().position(|part| *part == "profile")?;
    let project = parts.get(at + 1).copied().filter(is_word)?.to_owned();
    let id = parts.get(at + 2).and_then(|id| hex(id)).or_else(|| hex(&address.query("profilerId")?))?;
    let stretch = address.query("start").zip(address.query("end"));
    let period = stretch.and_then(|(start, end)| Period::parse(&format!("{start}..{end}")).ok());
    Some(ProfileRef::Remote { host: address.host.clone(), organization: address.organization(), project, id, period })
}

impl<'de> Deserialize<'de> for ProfileRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

text_schema!(ProfileRef);

#[cfg(test)]
mod tests {
    use super::{Period, ProfileRef};

    #[test]
    fn reads_profiles() {
        let id = "c0de0000000000000000000000000777";
        let remote = |period: Option<&str>| ProfileRef::Remote {
            host: "acme.sentry.io".to_owned(),
            organization: Some("acme".to_owned()),
            project: "web".to_owned(),
            id: id.to_owned(),
            period: period.and_then(|period| Period::parse(period).ok()),
        };
        for (text, expected) in [
            (id.to_uppercase(), ProfileRef::Id(id.to_owned())),
            (format!("https://acme.sentry.io/explore/profiling/profile/web/{id}/flamegraph/"), remote(None)),
            (
                format!(
                    "https://acme.sentry.io/profiling/profile/web/flamegraph/?profilerId={id}&start=2026-11-20T09:00:00Z&end=2026-11-20T09:01:00Z"
                ),
                remote(Some("2026-11-20T09:00:00Z..2026-11-20T09:01:00Z")),
            ),
            ("GET /checkout".to_owned(), ProfileRef::Transaction("GET /checkout".to_owned())),
            ("http://localhost/".to_owned(), ProfileRef::Transaction("http://localhost/".to_owned())),
        ] {
            assert_eq!(ProfileRef::parse(&text), Ok(expected), "{text}");
        }
        assert!(ProfileRef::parse(" ").is_err());
    }
}
