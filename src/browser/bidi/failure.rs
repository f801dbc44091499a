//! How a BiDi command can fail.

use std::{fmt, time::Duration};

use crate::{browser::words::quoted, error::ToolError};

/// Why a BiDi command gave no result.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The browser refused it.
    Command {
        /// BiDi error code: `no such frame`, `no such node`, `unknown error`, ….
        code: String,
        /// The browser's words; may quote the page.
        message: String,
    },
    /// No answer in time.
    Timeout {
        /// The command.
        method: String,
        /// How long we waited.
        after: Duration,
    },
    /// The process of the page died; browser and session live on.
    Crashed,
    /// The connection is gone: browser or driver died, or fixloop closed it.
    Closed {
        /// What is known of the cause.
        reason: String,
    },
}

impl Failure {
    /// Whether the document (or frame) that the command was for went away under it: a navigation.
    pub fn is_document_gone(&self) -> bool {
        match self {
            Self::Command { code, message } => {
                matches!(code.as_str(), "no such frame" | "no such realm" | "no such script")
                    || message.contains("Inspected target navigated")
                    || message.contains("Cannot find context with specified id")
                    || message.contains("Execution context was destroyed")
                    || message.contains("AbortError")
                    || message.contains("destroyed")
            }
            _ => false,
        }
    }

    /// Whether nothing can come over this connection any more.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { code, message } => {
                // Both come from the browser, and the message may be what the page threw.
                let code: String = code.chars().filter(|c| c.is_ascii_alphanumeric() || " -_".contains(*c)).collect();
                let code: String = code.chars().take(60).collect();
                write!(f, "{code}: {}", quoted(message.lines().next().unwrap_or_default(), 300))
            }
            Self::Timeout { method, after } => write!(f, "{method} got no answer in {} ms", after.as_millis()),
            Self::Crashed => f.write_str("the page crashed"),
            Self::Closed { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for ToolError {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Closed { reason } => Self::new(
                format!("The browser session is over: {reason}."),
                "Call browser_open to start a new one; the old session id is not used again.",
            ),
            Failure::Crashed => Self::new(
                "The page crashed: its process died.",
                "The session goes on with an empty tab; navigate again.",
            ),
            Failure::Timeout { .. } => Self::new(
                format!("The browser does not answer: {failure}."),
                "The page may be busy in an endless loop; navigate elsewhere, or close the session and open a new one.",
            ),
            Failure::Command { .. } => Self::bare(format!("The browser refused: {failure}.")),
        }
    }
}
