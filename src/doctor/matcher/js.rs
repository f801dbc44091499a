//! Regular expressions as JavaScript runs them: the one user of `regress`.

use std::fmt;

/// A compiled regular expression without flags.
pub struct JsRegex {
    regex: regress::Regex,
    source: String,
}

/// What one match caught: the text of each group that took part.
pub type Groups = Vec<Option<String>>;

impl JsRegex {
    /// Compiles it; the error is the engine's.
    pub fn new(source: &str) -> Result<Self, String> {
        // Without the flag `u`, JavaScript sees code units, in the expression and in the text.
        let units: Vec<u32> = source.encode_utf16().map(u32::from).collect();
        let regex = regress::Regex::from_unicode(units.iter().copied(), regress::Flags::default())
            .map_err(|error| format!("Invalid regular expression: {error}"))?;
        Ok(Self { regex, source: source.to_owned() })
    }

    /// The first match's groups, the first of which is the whole match.
    pub fn find(&self, text: &str) -> Option<Groups> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let found = self.regex.find_from_ucs2(&units, 0).next()?;
        let text = |range: std::ops::Range<usize>| units.get(range).map(String::from_utf16_lossy);
        Some(found.groups().map(|range| range.and_then(text)).collect())
    }

    /// Whether it matches somewhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        let units: Vec<u16> = text.encode_utf16().collect();
        self.regex.find_from_ucs2(&units, 0).next().is_some()
    }

    /// Its text.
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for JsRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.source)
    }
}
