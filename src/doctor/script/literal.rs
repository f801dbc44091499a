//! Values that are written in code: plain data with where each is written.

use serde_json::Value;

/// Where something is written: byte offsets in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
}

/// A line and column of a file, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Place {
    /// The place of a byte offset.
    pub fn of(text: &str, offset: usize) -> Self {
        let head = text.get(..offset).unwrap_or(text);
        let last = head.rsplit('\n').next().unwrap_or_default();
        Self { line: head.matches('\n').count() + 1, column: last.chars().count() + 1 }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value, and where it is written; none where it came from elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// The value.
    pub value: Plain,
    /// Its place.
    pub span: Option<Span>,
}

/// What a literal can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// `undefined`, or a hole of an array.
    Undefined,
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string or a template without expressions.
    Text(String),
    /// A regular expression, as it is written.
    Regex(String),
    /// An array.
    List(Vec<Literal>),
    /// An object, in the order written.
    Object(Vec<(String, Literal)>),
}

impl Plain {
    /// What it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Regex(_) => "a regular expression",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl Literal {
    /// A field of an object: of several with the name, the last, as in JavaScript.
    pub fn field(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Plain::Object(fields) => fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text that it is.
    pub fn text(&self) -> Option<&str> {
        if let Plain::Text(text) = &self.value { Some(text) } else { None }
    }
}

impl From<&Value> for Literal {
    fn from(value: &Value) -> Self {
        let value = match value {
            Value::Null => Plain::Null,
            Value::Bool(bool) => Plain::Bool(*bool),
            Value::Number(number) => Plain::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Plain::Text(text.clone()),
            Value::Array(list) => Plain::List(list.iter().map(Self::from).collect()),
            Value::Object(map) => {
                Plain::Object(map.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect())
            }
        };
        Self { value, span: None }
    }
}
