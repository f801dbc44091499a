//! What a rule found: plain data, worded by us, with the places, the evidence and the fix.

use std::fmt;

use super::script::{Place, Span};

/// How bad a finding is; ordered, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A secret is out, or will be.
    Critical,
    /// Events are lost.
    Error,
    /// Some events are lost, or wrong.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// Reads its word.
    pub fn read(word: &str) -> Option<Self> {
        let all = [Self::Critical, Self::Error, Self::Warning, Self::Info];
        all.into_iter().find(|severity| severity.word().eq_ignore_ascii_case(word))
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It follows from what is written, or it was seen.
    Certain,
    /// It holds unless something that was not read says otherwise.
    Likely,
}

/// A place: in a file of the workspace, or at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// Path relative to the workspace with `/`, or a URL.
    pub source: String,
    /// Line and column; none = the whole of it.
    pub place: Option<Place>,
    /// The line, or the value, as it is there; shortened. Foreign text.
    pub excerpt: Option<String>,
    /// What this place has to do with it, where there are several.
    pub note: Option<&'static str>,
}

impl At {
    /// A whole file, or an address.
    pub fn whole(source: impl Into<String>) -> Self {
        Self { source: source.into(), place: None, excerpt: None, note: None }
    }

    /// A place in a text that was read: `path:line:column` with its line.
    pub fn span(path: impl Into<String>, text: &str, span: Span) -> Self {
        let head = text.get(..span.start).unwrap_or(text);
        let from = head.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(from..).and_then(|rest| rest.lines().next()).unwrap_or_default().trim();
        let excerpt = line.chars().take(MAX_EXCERPT).collect();
        Self { source: path.into(), place: Some(Place::of(text, span.start)), excerpt: Some(excerpt), note: None }
    }

    /// The same with a word on what it has to do with the finding.
    #[must_use]
    pub fn noted(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }
}

/// Characters of a line that are shown.
const MAX_EXCERPT: usize = 200;

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{}:{place}", self.source),
            None => f.write_str(&self.source),
        }
    }
}

/// Something that shows that a finding is true: a compiled expression, a directive, an answer, a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What it is, in our words.
    pub label: &'static str,
    /// It. Foreign text.
    pub text: String,
}

/// A change of the project's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Writes other text in place of a stretch of the file as it was read.
    Replace {
        /// Path relative to the workspace.
        path: String,
        /// The stretch; empty = an insertion.
        span: Span,
        /// What is written.
        with: String,
    },
    /// Makes a file that is not there.
    Create {
        /// Path relative to the workspace.
        path: String,
        /// Its text.
        text: String,
    },
    /// Gives a file another name.
    Rename {
        /// Path relative to the workspace.
        from: String,
        /// Path relative to the workspace.
        to: String,
    },
}

/// What to do about a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in one line: `leave /monitoring out of the matcher`.
    pub title: String,
    /// Changes that do it; empty = only a person can.
    pub edits: Vec<Edit>,
    /// What a person does instead, or besides: exact words, one step each.
    pub steps: Vec<String>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Id of the rule: `TUN002`.
    pub rule: &'static str,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is wrong and what comes of it, with the values, in a sentence or two. Secrets are masked before they get here.
    pub message: String,
    /// Tells findings of one rule apart, the same as long as the fault is the same: a name or value, no line number.
    pub key: String,
    /// Where, the place to look at first.
    pub at: Vec<At>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub fix: Option<Fix>,
    /// Values that must not be shown, not even within an excerpt or a diff.
    pub secrets: Vec<String>,
}

impl Finding {
    /// A finding of a rule, certain, with nothing more than its words.
    pub fn new(rule: &'static str, severity: Severity, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity,
            confidence: Confidence::Certain,
            message: message.into(),
            key: key.into(),
            at: Vec::new(),
            evidence: Vec::new(),
            fix: None,
            secrets: Vec::new(),
        }
    }

    /// With a place.
    #[must_use]
    pub fn at(mut self, at: At) -> Self {
        self.at.push(at);
        self
    }

    /// With something that shows it.
    #[must_use]
    pub fn evidence(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.evidence.push(Evidence { label, text: text.into() });
        self
    }

    /// With what to do.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Not certain.
    #[must_use]
    pub fn likely(mut self) -> Self {
        self.confidence = Confidence::Likely;
        self
    }
}

/// A question that reading cannot answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// The rule that asked.
    pub rule: &'static str,
    /// What is not known, in our words: `the tunnel's path`.
    pub what: String,
    /// The expression that hides it, with its place.
    pub at: At,
    /// Where the truth can be had: `build the app: .next/routes-manifest.json has it`, `give url`.
    pub ask: &'static str,
}

/// What the rules found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What cannot be told.
    pub undecided: Vec<Undecided>,
}

impl Found {
    /// Takes a finding.
    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}
