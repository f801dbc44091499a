//! Expressions → literals, as far as that can be done without running anything.

use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, BinaryOperator, Expression, ObjectExpression, ObjectPropertyKind,
    TemplateLiteral,
};
use oxc_span::GetSpan;

use super::{Literal, Plain, Script, Span, span};

/// A value that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The value.
    pub literal: Literal,
    /// What had to be followed: names, spreads, templates with expressions, sums. Next.js itself does not follow them.
    pub followed: Vec<Span>,
}

/// An expression whose value only running the code would tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// The expression as it is written, shortened.
    pub expression: String,
    /// Where.
    pub span: Span,
}

/// Names that lead to names, and literals in literals.
const MAX_DEPTH: usize = 64;
/// Literals in one value: a name used twice in each of several levels grows fast.
const MAX_LITERALS: usize = 10_000;

struct Walk<'s, 'a> {
    script: &'s Script<'a>,
    followed: Vec<Span>,
    seen: usize,
}

impl<'a> Script<'a> {
    /// The value of an expression.
    pub(super) fn evaluate(&self, expression: &Expression<'a>) -> Result<Evaluated, Unknown> {
        let mut walk = Walk { script: self, followed: Vec::new(), seen: 0 };
        let literal = walk.value(expression, 0)?;
        Ok(Evaluated { literal, followed: walk.followed })
    }

    /// The text of a place, in one line, at most `max` characters.
    pub(super) fn excerpt(&self, at: Span, max: usize) -> String {
        let text = self.text.get(at.start..at.end).unwrap_or_default();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > max { line.chars().take(max).collect::<String>() + "…" } else { line }
    }
}

impl<'a> Walk<'_, 'a> {
    fn unknown(&self, at: Span) -> Unknown {
        Unknown { expression: self.script.excerpt(at, 120), span: at }
    }

    fn value(&mut self, expression: &Expression<'a>, depth: usize) -> Result<Literal, Unknown> {
        let at = span(expression.span());
        self.seen += 1;
        if depth > MAX_DEPTH || self.seen > MAX_LITERALS {
            return Err(self.unknown(at));
        }
        let value = match expression {
            Expression::NullLiteral(_) => Plain::Null,
            Expression::BooleanLiteral(literal) => Plain::Bool(literal.value),
            Expression::NumericLiteral(literal) => Plain::Number(literal.value),
            Expression::StringLiteral(literal) if !literal.lone_surrogates => Plain::Text(literal.value.to_string()),
            Expression::RegExpLiteral(_) => Plain::Regex(self.script.excerpt(at, 4096)),
            Expression::TemplateLiteral(template) => self.template(template, depth)?,
            Expression::ArrayExpression(array) => Plain::List(self.array(array, depth)?),
            Expression::ObjectExpression(object) => Plain::Object(self.object(object, depth)?),
            Expression::TSAsExpression(inner) => return self.value(&inner.expression, depth + 1),
            Expression::TSSatisfiesExpression(inner) => return self.value(&inner.expression, depth + 1),
            Expression::TSTypeAssertion(inner) => return self.value(&inner.expression, depth + 1),
            Expression::TSNonNullExpression(inner) => return self.value(&inner.expression, depth + 1),
            Expression::ParenthesizedExpression(inner) => return self.value(&inner.expression, depth + 1),
            Expression::Identifier(name) if name.name.as_str() == "undefined" => Plain::Undefined,
            Expression::Identifier(name) => {
                let constant = self.script.constant(name.name.as_str()).ok_or_else(|| self.unknown(at))?;
                self.followed.push(at);
                return self.value(constant, depth + 1);
            }
            Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
                self.followed.push(at);
                let (left, right) = (self.value(&sum.left, depth + 1)?, self.value(&sum.right, depth + 1)?);
                match (left.text(), right.text()) {
                    (Some(left), Some(right)) if left.len() + right.len() < super::MAX_SCRIPT => {
                        Plain::Text(format!("{left}{right}"))
                    }
                    _ => return Err(self.unknown(at)),
                }
            }
            _ => return Err(self.unknown(at)),
        };
        Ok(Literal { value, span: Some(at) })
    }

    fn template(&mut self, template: &TemplateLiteral<'a>, depth: usize) -> Result<Plain, Unknown> {
        let at = span(template.span);
        if !template.expressions.is_empty() {
            self.followed.push(at);
        }
        let mut text = String::new();
        for (place, quasi) in template.quasis.iter().enumerate() {
            let part = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            text.push_str(part.as_str());
            if let Some(expression) = template.expressions.get(place) {
                match self.value(expression, depth + 1)?.value {
                    Plain::Text(part) if text.len() + part.len() < super::MAX_SCRIPT => text.push_str(&part),
                    Plain::Number(number) => text.push_str(&number.to_string()),
                    _ => return Err(self.unknown(span(expression.span()))),
                }
            }
        }
        Ok(Plain::Text(text))
    }

    fn array(&mut self, array: &ArrayExpression<'a>, depth: usize) -> Result<Vec<Literal>, Unknown> {
        let mut list = Vec::new();
        for element in &array.elements {
            match element {
                ArrayExpressionElement::SpreadElement(spread) => {
                    let at = span(spread.span);
                    self.followed.push(at);
                    match self.value(&spread.argument, depth + 1)?.value {
                        Plain::List(more) => list.extend(more),
                        _ => return Err(self.unknown(at)),
                    }
                }
                ArrayExpressionElement::Elision(_) => list.push(Literal { value: Plain::Undefined, span: None }),
                element => match element.as_expression() {
                    Some(expression) => list.push(self.value(expression, depth + 1)?),
                    None => return Err(self.unknown(span(element.span()))),
                },
            }
        }
        Ok(list)
    }

    fn object(&mut self, object: &ObjectExpression<'a>, depth: usize) -> Result<Vec<(String, Literal)>, Unknown> {
        let mut fields = Vec::new();
        for property in &object.properties {
            match property {
                ObjectPropertyKind::SpreadProperty(spread) => {
                    let at = span(spread.span);
                    self.followed.push(at);
                    match self.value(&spread.argument, depth + 1)?.value {
                        Plain::Object(more) => fields.extend(more),
                        _ => return Err(self.unknown(at)),
                    }
                }
                ObjectPropertyKind::ObjectProperty(property) => {
                    let key = if property.computed { None } else { property.key.static_name() };
                    let key = key.ok_or_else(|| self.unknown(span(property.key.span())))?.into_owned();
                    fields.push((key, self.value(&property.value, depth + 1)?));
                }
            }
        }
        Ok(fields)
    }
}
