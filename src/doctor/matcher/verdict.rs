//! Whether the middleware runs for a request, which entry says so, and why.

use super::{
    compile::{Check, Compiled, Matcher},
    declared::ConditionKind,
    request::{Request, decoded},
};

/// The answer for one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It runs: there is no matcher.
    Everywhere,
    /// It runs: this entry matches.
    Caught(Caught),
    /// It does not run; why each entry does not match.
    Free(Vec<Miss>),
}

/// Which entry catches a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Caught {
    /// Its place in the matcher, from 0.
    pub entry: usize,
    /// The path that it matched: with the default locale, or decoded, where that was needed.
    pub path: String,
    /// The data prefix that took part, `_next/data/BUILD`.
    pub data: Option<String>,
    /// The suffix that took part: `.json`, `.rsc`, ….
    pub suffix: Option<String>,
}

/// Why an entry does not match.
#[derive(Debug, Clone, PartialEq)]
pub enum Miss {
    /// Its path does not.
    Path,
    /// Its path does; this condition of `has` is not met.
    Has(String),
    /// Its path does; this condition of `missing` is met.
    Missing(String),
}

impl Verdict {
    /// Whether the middleware runs.
    pub fn runs(&self) -> bool {
        !matches!(self, Self::Free(_))
    }

    /// The entry that catches it.
    pub fn entry(&self) -> Option<usize> {
        if let Self::Caught(caught) = self { Some(caught.entry) } else { None }
    }
}

impl Matcher {
    /// The matcher's own answer for exactly this path: what Next.js's `getMiddlewareRouteMatcher` says.
    pub fn matches(&self, request: &Request) -> Verdict {
        let Some(entries) = &self.entries else { return Verdict::Everywhere };
        let mut misses = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            match entry.ask(request) {
                Ok(groups) => return Verdict::Caught(caught(place, request, &groups)),
                Err(miss) => misses.push(miss),
            }
        }
        Verdict::Free(misses)
    }

    /// The server's answer: with i18n, a path without a locale gets the default one; and a path is tried decoded too.
    pub fn serves(&self, request: &Request) -> Verdict {
        let request = request.at(&self.with_locale(&request.path));
        let verdict = self.matches(&request);
        if verdict.runs() || !self.site.next.decodes() {
            return verdict;
        }
        match decoded(&request.path).filter(|decoded| *decoded != request.path) {
            Some(decoded) => match self.matches(&request.at(&decoded)) {
                caught @ Verdict::Caught(_) => caught,
                _ => verdict,
            },
            None => verdict,
        }
    }

    /// The path as Next.js's router has it: with the default locale where it names none.
    fn with_locale(&self, path: &str) -> String {
        let Some((locales, default)) = self.site.locales.as_ref().and_then(|all| Some((all, all.first()?))) else {
            return path.to_owned();
        };
        let base = self.site.base_path.as_str();
        let inner = path.strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let (base, inner) = inner.map_or(("", path), |rest| (base, rest));
        let first = inner.trim_start_matches('/').split('/').next().unwrap_or_default();
        if locales.iter().any(|locale| locale.eq_ignore_ascii_case(first)) || inner.starts_with("/_next/") {
            return path.to_owned();
        }
        let inner = if inner == "/" { "" } else { inner };
        format!("{base}/{default}{inner}")
    }
}

fn caught(entry: usize, request: &Request, groups: &[Option<String>]) -> Caught {
    // The first group is the data prefix, and the last one the suffix: Next.js puts them there.
    let group = |group: Option<&Option<String>>| group.cloned().flatten().filter(|text| !text.is_empty());
    let (data, suffix) = (group(groups.get(1)), group(groups.last().filter(|_| groups.len() > 2)));
    Caught { entry, path: request.path.clone(), data, suffix }
}

impl Compiled {
    fn ask(&self, request: &Request) -> Result<Vec<Option<String>>, Miss> {
        let groups = self.regex.find(&request.path).ok_or(Miss::Path)?;
        if let Some(check) = self.has.iter().find(|check| !check.met(request)) {
            return Err(Miss::Has(check.name()));
        }
        match self.missing.iter().find(|check| check.met(request)) {
            Some(check) => Err(Miss::Missing(check.name())),
            None => Ok(groups),
        }
    }
}

impl Check {
    /// `header x-foo`, `host`.
    fn name(&self) -> String {
        format!("{} {}", self.condition.kind.name(), self.condition.key).trim_end().to_owned()
    }

    fn met(&self, request: &Request) -> bool {
        let key = self.condition.key.as_str();
        let value = match self.condition.kind {
            ConditionKind::Header => request.header(key).map(str::to_owned),
            ConditionKind::Cookie => request.cookie(key),
            ConditionKind::Host => request.host(),
            // Of several values, the last one is looked at; but several are something even where they are empty.
            ConditionKind::Query => match request.query.get(key).map(Vec::as_slice) {
                Some([one]) => Some(one.clone()),
                Some([.., last]) => {
                    return self.value.as_ref().is_none_or(|value| value.is_match(last));
                }
                _ => None,
            },
        };
        value.filter(|value| !value.is_empty()).is_some_and(|text| match &self.value {
            Some(value) => value.is_match(&text),
            None => true,
        })
    }
}
