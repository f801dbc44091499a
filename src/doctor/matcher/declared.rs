//! What `config.matcher` says, checked as Next.js checks it.

use crate::doctor::script::{Literal, Plain, Span};

use super::generation::Next;

/// Where the middleware is told to run.
#[derive(Debug, Clone, PartialEq)]
pub enum Declared {
    /// There is no matcher: everywhere.
    Everywhere,
    /// Where one of these matches.
    Entries(Vec<Entry>),
}

/// One entry of the matcher.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// As it is written.
    pub source: String,
    /// Whether a locale comes before it; `locale: false` says no.
    pub locale: bool,
    /// What a request must have.
    pub has: Vec<Condition>,
    /// What a request must not have.
    pub missing: Vec<Condition>,
    /// Where the source is written.
    pub span: Option<Span>,
}

/// A condition of `has` or `missing`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What is looked at.
    pub kind: ConditionKind,
    /// Its name; a host has none.
    pub key: String,
    /// The regular expression of its whole value; none = any but the empty one.
    pub value: Option<String>,
}

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionKind {
    /// A request header.
    Header,
    /// A cookie.
    Cookie,
    /// A parameter of the query.
    Query,
    /// The host, without its port.
    Host,
}

impl ConditionKind {
    /// Its name in the config.
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Query => "query",
            Self::Host => "host",
        }
    }
}

/// A matcher that Next.js refuses, and the build with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid {
    /// Why.
    pub why: String,
    /// Where.
    pub span: Option<Span>,
}

impl Invalid {
    pub(super) fn new(why: impl Into<String>, span: Option<Span>) -> Self {
        Self { why: why.into(), span }
    }
}

/// Reads the value of `config.matcher`.
pub fn declared(matcher: &Literal, next: Next) -> Result<Declared, Invalid> {
    let falsy = match &matcher.value {
        Plain::Undefined => true,
        Plain::Null | Plain::Bool(false) => !next.strict(),
        Plain::Number(number) => !next.strict() && *number == 0.0,
        Plain::Text(text) => !next.strict() && text.is_empty(),
        _ => false,
    };
    if falsy {
        return Ok(Declared::Everywhere);
    }
    let entries = match &matcher.value {
        Plain::Text(_) => vec![entry(matcher, next)?],
        Plain::Object(_) if !next.strict() => vec![entry(matcher, next)?],
        Plain::List(list) => list.iter().map(|item| entry(item, next)).collect::<Result<_, _>>()?,
        other => {
            let why = format!("the matcher is {}; it must be a string, or a list of strings and objects", other.kind());
            return Err(Invalid::new(why, matcher.span));
        }
    };
    Ok(Declared::Entries(entries))
}

fn entry(literal: &Literal, next: Next) -> Result<Entry, Invalid> {
    let fields = match &literal.value {
        Plain::Text(source) => {
            let (has, missing) = (Vec::new(), Vec::new());
            return Ok(Entry { source: source.clone(), locale: true, has, missing, span: literal.span });
        }
        Plain::Object(fields) => fields,
        other => {
            let why = format!("an entry of the matcher is {}; it must be a string or an object", other.kind());
            return Err(Invalid::new(why, literal.span));
        }
    };
    if let Some((key, value)) = fields.iter().find(|(key, _)| !["source", "locale", "has", "missing"].contains(&&**key))
    {
        return Err(Invalid::new(format!("an entry of the matcher has the unknown field `{key}`"), value.span));
    }
    let source = match literal.field("source") {
        Some(Literal { value: Plain::Text(source), span }) => (source.clone(), *span),
        _ => return Err(Invalid::new("an entry of the matcher has no `source` text", literal.span)),
    };
    let locale = match literal.field("locale") {
        None | Some(Literal { value: Plain::Undefined, .. }) => true,
        Some(Literal { value: Plain::Bool(false), .. }) => false,
        Some(other) => return Err(Invalid::new("`locale` can only be false", other.span)),
    };
    let (has, missing) = (conditions(literal, "has", next)?, conditions(literal, "missing", next)?);
    Ok(Entry { source: source.0, locale, has, missing, span: source.1 })
}

fn conditions(entry: &Literal, name: &str, next: Next) -> Result<Vec<Condition>, Invalid> {
    let Some(literal) = entry.field(name).filter(|field| field.value != Plain::Undefined) else {
        return Ok(Vec::new());
    };
    let list = match &literal.value {
        Plain::List(list) => list,
        _ => return Err(Invalid::new(format!("`{name}` is no list"), literal.span)),
    };
    list.iter().map(|item| condition(item, name, next)).collect()
}

fn condition(literal: &Literal, name: &str, next: Next) -> Result<Condition, Invalid> {
    let invalid = |why: String| Invalid::new(format!("`{name}`: {why}"), literal.span);
    let Plain::Object(fields) = &literal.value else { return Err(invalid("a condition is no object".to_owned())) };
    let text = |field: &str| match literal.field(field).map(|literal| &literal.value) {
        None | Some(Plain::Undefined) => Ok(None),
        Some(Plain::Text(text)) => Ok(Some(text.clone())),
        Some(other) => Err(invalid(format!("`{field}` is {}, not a text", other.kind()))),
    };
    let kind = match text("type")?.as_deref() {
        Some("header") => ConditionKind::Header,
        Some("cookie") => ConditionKind::Cookie,
        Some("query") => ConditionKind::Query,
        Some("host") => ConditionKind::Host,
        _ => return Err(invalid("`type` is none of header, cookie, query, host".to_owned())),
    };
    let value = text("value")?;
    let host = kind == ConditionKind::Host;
    // The schema of 15 and later is strict: what it does not know it refuses.
    let known: &[&str] = if host { &["type", "value"] } else { &["type", "key", "value"] };
    if let Some((key, _)) = fields.iter().find(|(key, _)| next.strict() && !known.contains(&&**key)) {
        return Err(invalid(format!("unknown field `{key}`")));
    }
    if host && value.is_none() {
        return Err(invalid("a host needs a `value`".to_owned()));
    }
    let key = if host { String::new() } else { text("key")?.ok_or_else(|| invalid("no `key`".to_owned()))? };
    // An empty value is no value.
    Ok(Condition { kind, key, value: value.filter(|value| !value.is_empty()) })
}
