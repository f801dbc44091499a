//! What is wrong with a scenario file, in our words and with its place.

use serde_saphyr::Location;

use super::format::Kind;
use crate::{error::ToolError, report::Text};

/// What is wrong with a scenario file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// 1-based; 0 = unknown.
    pub line: u64,
    /// 1-based.
    pub column: u64,
    /// What is wrong, and what is expected.
    pub message: String,
}

impl Problem {
    pub(super) fn at(location: Location, message: impl Into<String>) -> Self {
        Self { line: location.line(), column: location.column(), message: message.into() }
    }

    pub(super) fn bare(message: impl Into<String>) -> Self {
        Self { line: 0, column: 0, message: message.into() }
    }

    /// As an error of the file `file`.
    pub fn in_file(&self, file: &str) -> ToolError {
        let place = if self.line == 0 { file.to_owned() } else { format!("{file}:{}:{}", self.line, self.column) };
        ToolError::new(format!("{place}: {}", self.message), "Correct the scenario file and try again.")
    }
}

/// Our words for the reader's errors. Names from the file are quoted and cut; nothing else of it is repeated.
pub(super) fn explain(error: &serde_saphyr::Error) -> Problem {
    use serde_saphyr::Error as E;
    let error = error.without_snippet();
    let location = error.location().unwrap_or(Location::UNKNOWN);
    let message = match error {
        E::SerdeUnknownField { field, expected, .. } => unknown("key", field, expected),
        E::SerdeUnknownVariant { variant, expected, .. } => unknown("name", variant, expected),
        E::SerdeMissingField { field, .. } => format!("the key `{field}` is missing"),
        E::DuplicateMappingKey { key, .. } => {
            format!("the key {} is there twice", Text::quoted(key.as_deref().unwrap_or("?"), 60))
        }
        E::SerdeInvalidType { expected, .. } | E::SerdeInvalidValue { expected, .. } => {
            format!("this is not {}", Text::quoted(expected, 120).trim_matches(['«', '»']))
        }
        E::Unexpected { expected: "mapping start", .. } => {
            "keys and values (`key: value`) are expected here".to_owned()
        }
        E::Unexpected { expected: "sequence start", .. } => "a list (`- …`) is expected here".to_owned(),
        E::Unexpected { expected: "string scalar", .. } => "a text is expected here".to_owned(),
        E::ExpectedMappingEndAfterEnumVariantValue { .. } => "one entry of `steps` is one step".to_owned(),
        E::InvalidScalar { .. } => "a whole number, not below 0, is expected here".to_owned(),
        E::InvalidBooleanStrict { .. } => "`true` or `false` is expected here".to_owned(),
        E::Eof { .. } => "the file is empty or ends too early".to_owned(),
        E::NullIntoString { .. } => "a text is missing here (for an empty text write \"\")".to_owned(),
        E::MultipleDocuments { .. } => "a scenario file holds one document; remove `---`".to_owned(),
        E::MergeKeyNotAllowed { .. } => "merge keys (`<<`) are not used in scenarios; write the keys out".to_owned(),
        E::UnsupportedTag { .. } => "tags (`!name`) are not used in scenarios".to_owned(),
        E::Budget { breach, .. } => budget(breach),
        E::Message { msg, .. } => Text::quoted(msg, 300).trim_matches(['«', '»']).to_owned(),
        other => format!("this is not valid YAML: {}", Text::quoted(&plain(other), 200).trim_matches(['«', '»'])),
    };
    Problem::at(location, message)
}

/// Adds what most often is the matter where `${NAME}` stands in a line that is no YAML.
pub(super) fn with_quoting_hint(problem: Problem, text: &str) -> Problem {
    let line = usize::try_from(problem.line).ok().and_then(|line| text.lines().nth(line.checked_sub(1)?));
    match line {
        Some(line) if line.contains("${") && problem.message.contains("not valid YAML") => {
            Problem { message: format!("{}; in braces write \"${{NAME}}\" with quotes", problem.message), ..problem }
        }
        _ => problem,
    }
}

/// The library's message without the place, which stands before it already.
fn plain(error: &serde_saphyr::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ").and_then(|end| message.get(..end)) {
        Some(start) => start.to_owned(),
        None => message,
    }
}

fn budget(breach: &serde_saphyr::budget::BudgetBreach) -> String {
    use serde_saphyr::budget::BudgetBreach as B;
    match breach {
        B::Anchors { .. } | B::Aliases { .. } => {
            "anchors and aliases (`&name`, `*name`) are not used in scenarios; write the values out".to_owned()
        }
        B::Depth { .. } => "this is nested too deep for a scenario".to_owned(),
        B::Documents { .. } => "a scenario file holds one document; remove `---`".to_owned(),
        _ => "the file is too large for a scenario".to_owned(),
    }
}

fn unknown(what: &str, found: &str, expected: &[&str]) -> String {
    // A failed step is a kind of fault in a run, and nothing that a file may name.
    let expected: Vec<_> = expected.iter().copied().filter(|name| *name != Kind::StepFailed.word()).collect();
    format!("unknown {what} {}; expected one of: {}", Text::quoted(found, 60), expected.join(", "))
}
