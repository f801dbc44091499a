//! The one error of fixloop: what failed, with which value, and what to do next.

use std::fmt;

/// An error that an agent (or a person at a shell) can act on.
///
/// `what` says what failed and with which value; `hint` says what to do next. The cause chain in `source` goes to the
/// log only, since it may hold text that we did not write.
#[derive(Debug)]
pub struct ToolError {
    what: String,
    hint: Option<String>,
    source: Option<anyhow::Error>,
}

/// The result of everything that can fail in fixloop.
pub type Result<T, E = ToolError> = std::result::Result<T, E>;

impl ToolError {
    /// An error with no cause of its own: what failed, and what to do next.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: Some(hint.into()), source: None }
    }

    /// An error where nothing but `what` can be said.
    pub fn bare(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None, source: None }
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error with its words changed: what must not be shown left out. Its cause stays behind.
    #[must_use]
    pub fn map_words(&self, change: impl Fn(&str) -> String) -> Self {
        Self { what: change(&self.what), hint: self.hint.as_deref().map(change), source: None }
    }

    /// The call was cancelled by the client.
    pub fn cancelled() -> Self {
        Self::bare("The call was cancelled.")
    }

    /// The sink has no such issue.
    pub fn no_issue(id: &str) -> Self {
        Self::new(format!("There is no issue {id} in the embedded sink."), "search_issues lists the issues there are.")
    }

    /// The sink has no such event.
    pub fn no_event(id: &str) -> Self {
        Self::new(
            format!("There is no event {id} in the embedded sink: it never arrived, or it has aged out."),
            "status says what the sink has received; wait_for_event waits for what is on its way.",
        )
    }

    /// What failed, with which value.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do next, where something can be done.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The cause chain, for the log and never for the model.
    pub fn source_chain(&self) -> Option<String> {
        self.source.as_ref().map(|source| format!("{source:#}"))
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n{hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ToolError {}
