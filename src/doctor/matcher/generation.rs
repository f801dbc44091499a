//! What differs between versions of Next.js in how a matcher is compiled. Read in the npm packages named here.

use std::fmt;

/// Which path-to-regexp Next.js ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// 6.1.0: Next.js before 15.5.
    Six1,
    /// 6.3.0: Next.js 15.5 and later.
    Six3,
}

/// What Next.js puts behind a source, so that the data of a page is matched with the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suffix {
    /// `(.json)?`, until 15.0.2. Behind a parameter (`/:path`) it becomes that parameter's pattern.
    Bare,
    /// `{(\.json)}?`, 15.0.3 to 15.5.15, and 16.0.0 to 16.2.4.
    Data,
    /// `.json`, `.rsc` and `.segments/….segment.rsc`, from 15.5.16 and from 16.2.5.
    Transport,
}

/// A version of Next.js, as far as matchers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    major: u32,
    minor: u32,
    patch: u32,
}

/// What is taken where nothing says which version is there: the newest that was read.
const NEWEST: Next = Next { major: 16, minor: 4, patch: 6 };

impl Default for Next {
    fn default() -> Self {
        NEWEST
    }
}

impl Next {
    /// Reads a version or a range of package.json: `16.4.6`, `15`, `^15.1.0`, `~14.2`, `latest`. Of a range, the newest
    /// version it allows; none where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if matches!(text, "latest" | "canary" | "rc" | "*") {
            return Some(NEWEST);
        }
        let version = text.trim_start_matches(['^', '~', '>', '=', 'v', ' ']);
        let mut parts = version.split(['.', '-', '+', ' ']).map(str::parse::<u32>);
        let major = parts.next()?.ok()?;
        let minor = parts.next().and_then(Result::ok);
        let patch = parts.next().and_then(Result::ok);
        // A caret allows newer minors, a tilde newer patches; what is not written is the newest.
        let (newer_minor, newer_patch) = (text.starts_with(['^', '>']), text.starts_with(['^', '~', '>']));
        let minor = if newer_minor { None } else { minor };
        let patch = if newer_patch { None } else { patch };
        Some(Self { major, minor: minor.unwrap_or(u32::MAX), patch: patch.unwrap_or(u32::MAX) })
    }

    /// The major version.
    pub fn major(self) -> u32 {
        self.major
    }

    /// Which path-to-regexp it ships.
    pub fn grammar(self) -> Grammar {
        if (self.major, self.minor) >= (15, 5) { Grammar::Six3 } else { Grammar::Six1 }
    }

    /// Which suffix it puts behind a source.
    pub fn suffix(self) -> Suffix {
        match (self.major, self.minor, self.patch) {
            version if version < (15, 0, 3) => Suffix::Bare,
            version if version < (15, 5, 16) => Suffix::Data,
            version if version < (16, 0, 0) => Suffix::Transport,
            version if version < (16, 2, 5) => Suffix::Data,
            _ => Suffix::Transport,
        }
    }

    /// Whether the config is checked by a strict schema (15 and later) or by the checks of custom routes (until 14).
    pub fn strict(self) -> bool {
        self.major >= 15
    }

    /// Whether a path is also tried decoded.
    pub fn decodes(self) -> bool {
        self.major >= 15
    }

    /// Whether `proxy.ts` is a name of the middleware's file.
    pub fn has_proxy(self) -> bool {
        self.major >= 16
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.major)?;
        for part in [self.minor, self.patch] {
            match part {
                u32::MAX => return f.write_str(".x"),
                part => write!(f, ".{part}")?,
            }
        }
        Ok(())
    }
}
