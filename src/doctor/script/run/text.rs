//! Operators and templates.

use std::sync::Arc;

use super::{Expr, MAX_SIZE, Module, Node, Piece, Run, Span, Value, What};

impl Run<'_> {
    /// The pieces of a value as a text; none where it is none that can be shown.
    pub(super) fn pieces(module: &Module, value: &Value) -> Vec<Piece> {
        let one = |text: String| vec![Piece { text: Ok(text), at: value.at.clone() }];
        match &value.what {
            What::Text(pieces) => pieces.clone(),
            What::Number(number) => one(number.to_string()),
            What::Bool(bool) => one(bool.to_string()),
            What::Undefined => one("undefined".to_owned()),
            What::Null => one("null".to_owned()),
            What::Env(name) => vec![Piece { text: Err(format!("process.env.{name}")), at: value.at.clone() }],
            _ => {
                let expression = match value.hidden() {
                    Some(hidden) => hidden.expression.clone(),
                    None if *value.at.path == *module.path => module.excerpt(value.at.span),
                    None => "…".to_owned(),
                };
                vec![Piece { text: Err(expression), at: value.at.clone() }]
            }
        }
    }

    pub(super) fn template(
        &mut self,
        module: &Arc<Module>,
        at: Span,
        texts: &[(String, Span)],
        parts: &[Expr],
    ) -> Value {
        let (mut pieces, mut env): (Vec<Piece>, Vec<String>) = (Vec::new(), Vec::new());
        for (place, (text, span)) in texts.iter().enumerate() {
            if !text.is_empty() {
                pieces.push(Piece { text: Ok(text.clone()), at: Self::origin(module, *span) });
            }
            if let Some(part) = parts.get(place) {
                let value = self.value(module, part);
                pieces.extend(Self::pieces(module, &value));
                env.extend(value.env);
            }
        }
        self.joined(module, at, pieces, env)
    }

    /// A text of pieces, where it is not too long.
    pub(super) fn joined(&mut self, module: &Module, at: Span, pieces: Vec<Piece>, env: Vec<String>) -> Value {
        let length: usize = pieces.iter().map(|piece| piece.text.as_ref().map_or(0, String::len)).sum();
        self.steps += length / 64;
        if length > MAX_SIZE || pieces.len() > MAX_SIZE {
            return Self::unknown(module, at);
        }
        Value { what: What::Text(pieces), at: Self::origin(module, at), env }
    }

    pub(super) fn binary(
        &mut self,
        module: &Arc<Module>,
        at: Span,
        operator: &str,
        left: &Expr,
        right: &Expr,
    ) -> Value {
        let first = self.value(module, left);
        let takes_first = match operator {
            "||" => first.truthy(),
            "&&" => first.truthy().map(|truthy| !truthy),
            "??" => first.is_nullish().map(|nullish| !nullish),
            _ => Some(false),
        };
        if takes_first == Some(true) {
            return first;
        }
        let second = self.value(module, right);
        match (operator, takes_first) {
            ("||" | "&&" | "??", Some(_)) => Value { env: [first.env, second.env.clone()].concat(), ..second },
            // What is not known on the left of `&&` is false where it counts at all.
            ("&&", None) => {
                let no = Value { what: What::Bool(false), ..first };
                Self::choice(module, at, vec![second, no])
            }
            ("||" | "??", None) => Self::choice(module, at, vec![first, second]),
            ("+", _) => match (&first.what, &second.what) {
                (What::Number(a), What::Number(b)) => Self::known(module, at, What::Number(a + b)),
                (What::Text(_), _) | (_, What::Text(_)) => {
                    let pieces = [Self::pieces(module, &first), Self::pieces(module, &second)].concat();
                    self.joined(module, at, pieces, [first.env, second.env].concat())
                }
                _ => Self::unknown(module, at),
            },
            ("===" | "==" | "!==" | "!=", _) => match same(&first, &second) {
                Some(same) => {
                    let what = What::Bool(same == operator.starts_with('='));
                    Value { env: [first.env, second.env].concat(), ..Self::known(module, at, what) }
                }
                None => Value { env: [first.env, second.env].concat(), ..Self::unknown(module, at) },
            },
            _ => Self::unknown(module, at),
        }
    }

    pub(super) fn unary(&mut self, module: &Arc<Module>, at: Span, operator: &str, inner: &Expr) -> Value {
        if let (Node::Name(name), "typeof", Some(browser)) =
            (&inner.node, operator, self.scope.and_then(|scope| scope.browser))
            && matches!(name.as_str(), "window" | "document")
            && module.binding(name, inner.span.start).is_none()
        {
            let text = if browser { "object" } else { "undefined" };
            let pieces = vec![Piece { text: Ok(text.to_owned()), at: Self::origin(module, at) }];
            return self.joined(module, at, pieces, Vec::new());
        }
        let value = self.value(module, inner);
        match (operator, value.truthy(), value.number()) {
            ("!", Some(truthy), _) => Value { env: value.env, ..Self::known(module, at, What::Bool(!truthy)) },
            ("-", _, Some(number)) => Self::known(module, at, What::Number(-number)),
            ("+", _, Some(number)) => Self::known(module, at, What::Number(number)),
            ("void", ..) => Self::known(module, at, What::Undefined),
            ("typeof", ..) if matches!(value.what, What::Text(_)) => {
                let pieces = vec![Piece { text: Ok("string".to_owned()), at: Self::origin(module, at) }];
                self.joined(module, at, pieces, Vec::new())
            }
            _ => Self::unknown(module, at),
        }
    }
}

/// Whether two values are the same; none = not known.
fn same(a: &Value, b: &Value) -> Option<bool> {
    match (&a.what, &b.what) {
        (What::Undefined | What::Null, What::Undefined | What::Null) => Some(true),
        (What::Bool(a), What::Bool(b)) => Some(a == b),
        (What::Number(a), What::Number(b)) => Some((a - b).abs() < f64::EPSILON),
        (What::Text(_), What::Text(_)) => Some(a.text()? == b.text()?),
        (What::Env(_) | What::Unknown(_) | What::Choice(_), _)
        | (_, What::Env(_) | What::Unknown(_) | What::Choice(_)) => None,
        _ => Some(false),
    }
}
