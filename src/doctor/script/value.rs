//! Values as reading finds them: known, chosen among at run time, or hidden behind an expression.

use std::sync::Arc;

use super::{
    Span,
    tree::{Function, Module},
};

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Path relative to the workspace.
    pub path: Arc<str>,
    /// Where in that file.
    pub span: Span,
}

/// A value.
#[derive(Debug, Clone)]
pub struct Value {
    /// What it is in a production build.
    pub what: What,
    /// The expression that has it.
    pub at: Origin,
    /// Env variables that it was read from, in order of precedence.
    pub env: Vec<String>,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum What {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text, in pieces as it is put together.
    Text(Vec<Piece>),
    /// A regular expression: pattern and flags.
    Regex(String, String),
    /// A list. An element that is `Unknown` may stand for none or several.
    List(Vec<Value>),
    /// An object: its fields in order, of several with a name the last counts, and what may hide more of them.
    Object(Vec<(String, Value)>, Vec<Hidden>),
    /// A function, and the module it is written in.
    Function(Arc<Module>, Arc<Function>),
    /// A variable of the environment that no env file sets.
    Env(String),
    /// One of these, as it turns out at run time.
    Choice(Vec<Value>),
    /// Only running the code would tell.
    Unknown(Hidden),
}

/// An expression that hides a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// It, as it is written, shortened.
    pub expression: String,
    /// Where.
    pub at: Origin,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// It, or the expression that hides it.
    pub text: Result<String, String>,
    /// The literal (or expression) that it comes from. Of a literal the quotes are part.
    pub at: Origin,
}

impl Value {
    /// The text, where all of it is known.
    pub fn text(&self) -> Option<String> {
        match &self.what {
            What::Text(pieces) => pieces.iter().map(|piece| piece.text.as_deref().ok()).collect(),
            _ => None,
        }
    }

    /// The same, known to depend on these variables too.
    #[must_use]
    pub(super) fn following(mut self, variables: Vec<String>) -> Self {
        self.env.extend(variables);
        self
    }

    /// What it can be, at run time: itself, or the members of a choice.
    pub fn choices(&self) -> Vec<&Self> {
        match &self.what {
            What::Choice(all) => all.iter().flat_map(Self::choices).collect(),
            _ => vec![self],
        }
    }

    /// The first text among what it can be.
    pub fn any_text(&self) -> Option<String> {
        self.choices().into_iter().find_map(Self::text)
    }

    /// The boolean that it is.
    pub fn bool(&self) -> Option<bool> {
        if let What::Bool(bool) = self.what { Some(bool) } else { None }
    }

    /// The number that it is.
    pub fn number(&self) -> Option<f64> {
        if let What::Number(number) = self.what { Some(number) } else { None }
    }

    /// A field of an object: of several with the name, the last.
    pub fn field(&self, name: &str) -> Option<&Self> {
        match &self.what {
            What::Object(fields, _) => fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The elements of a list; none where it is something else.
    pub fn items(&self) -> &[Self] {
        if let What::List(items) = &self.what { items } else { &[] }
    }

    /// Whether it counts as true; none = not known.
    pub fn truthy(&self) -> Option<bool> {
        match &self.what {
            What::Undefined | What::Null => Some(false),
            What::Bool(bool) => Some(*bool),
            What::Number(number) => Some(*number != 0.0 && !number.is_nan()),
            What::Text(pieces) => {
                let some = pieces.iter().any(|piece| piece.text.as_ref().is_ok_and(|text| !text.is_empty()));
                let hidden = pieces.iter().any(|piece| piece.text.is_err());
                if some {
                    Some(true)
                } else if hidden {
                    None
                } else {
                    Some(false)
                }
            }
            What::Regex(..) | What::List(_) | What::Object(..) | What::Function(..) => Some(true),
            What::Choice(all) => {
                let first = all.first()?.truthy()?;
                all.iter().all(|each| each.truthy() == Some(first)).then_some(first)
            }
            What::Env(_) | What::Unknown(_) => None,
        }
    }

    /// Whether it is `undefined` or `null`; none = not known.
    pub fn is_nullish(&self) -> Option<bool> {
        match &self.what {
            What::Undefined | What::Null => Some(true),
            What::Env(_) | What::Unknown(_) | What::Choice(_) => None,
            _ => Some(false),
        }
    }

    /// What hides it; none = it is known.
    pub fn hidden(&self) -> Option<&Hidden> {
        if let What::Unknown(hidden) = &self.what { Some(hidden) } else { None }
    }
}
