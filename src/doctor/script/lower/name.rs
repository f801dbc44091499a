//! The names that patterns bind.

use oxc_ast::ast::BindingPattern;

use super::{Bound, Lower};
use crate::doctor::script::span;

/// Patterns within patterns.
const MAX_PATTERNS: usize = 32;

impl<'a> Lower<'_, 'a> {
    /// Binds every name of a pattern to what `value` makes of the way to it. A default value hides it: not known.
    pub(super) fn names(
        &mut self,
        pattern: &BindingPattern<'a>,
        way: &mut Vec<String>,
        value: &dyn Fn(&[String]) -> Bound,
    ) {
        if way.len() > MAX_PATTERNS {
            return;
        }
        match pattern {
            BindingPattern::BindingIdentifier(id) => self.bind(id.name.as_str(), span(id.span), value(way)),
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    let name = if property.computed { None } else { property.key.static_name() };
                    match name {
                        Some(name) => {
                            way.push(name.into_owned());
                            self.names(&property.value, way, value);
                            way.pop();
                        }
                        None => self.names(&property.value, way, &|_| Bound::Unknown),
                    }
                }
                if let Some(rest) = &object.rest {
                    self.names(&rest.argument, way, &|_| Bound::Unknown);
                }
            }
            BindingPattern::ArrayPattern(array) => {
                for (number, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        way.push(number.to_string());
                        self.names(element, way, value);
                        way.pop();
                    }
                }
                if let Some(rest) = &array.rest {
                    self.names(&rest.argument, way, &|_| Bound::Unknown);
                }
            }
            BindingPattern::AssignmentPattern(with_default) => {
                self.names(&with_default.left, way, &|_| Bound::Unknown);
            }
        }
    }
}
