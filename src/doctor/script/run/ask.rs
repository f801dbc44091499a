//! Questions that code asks of texts and lists: does it hold this, does it match that.

use std::sync::Arc;

use super::{Module, Piece, Run, Span, Value, What};
use crate::doctor::matcher::JsRegex;

/// Longest text and expression that are matched: expressions of JavaScript may take exponential time.
const MAX_MATCHED: usize = 512;

impl Run<'_> {
    /// The answer; none where it is no such question, or not known.
    pub(super) fn asked(
        &mut self,
        module: &Arc<Module>,
        at: Span,
        object: &Value,
        method: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        let first = arguments.first()?;
        let answer = match (&object.what, method) {
            (What::Regex(pattern, flags), "test") => matches(pattern, flags, &first.text()?)?,
            (What::Text(_), "match" | "search") => {
                let What::Regex(pattern, flags) = &first.what else { return None };
                let found = matches(pattern, flags, &object.text()?)?;
                if method == "search" || found {
                    return None;
                }
                return Some(Self::known(module, at, What::Null));
            }
            (What::Text(_), "indexOf") => {
                let found = object.text()?.find(&first.text()?);
                #[expect(clippy::cast_precision_loss, reason = "a text is far shorter")]
                let number = found.map_or(-1.0, |at| at as f64);
                return Some(Self::known(module, at, What::Number(number)));
            }
            (What::Text(_), "slice" | "substring") => {
                let whole = object.text()?;
                let from = place(first.number()?)?;
                let to = match arguments.get(1) {
                    Some(to) => place(to.number()?)?,
                    None => whole.chars().count(),
                };
                let text: String = whole.chars().skip(from).take(to.saturating_sub(from)).collect();
                let piece = Piece { text: Ok(text), at: Self::origin(module, at) };
                return Some(Self::known(module, at, What::Text(vec![piece])));
            }
            (What::List(items), "includes" | "has") => {
                let wanted = first.text()?;
                match items.iter().find(|item| item.text().as_ref() == Some(&wanted)) {
                    Some(_) => true,
                    None if items.iter().all(|item| item.text().is_some()) => false,
                    None => return None,
                }
            }
            (What::List(items), "some" | "every" | "find" | "findIndex") => {
                let What::Function(home, function) = &first.what else { return None };
                let ends = method != "every";
                let mut all = true;
                for item in items {
                    let holds = self.called(home, function, vec![item.clone()], at).truthy();
                    match holds {
                        Some(holds) if holds == ends => {
                            return match method {
                                "find" => Some(item.clone()),
                                "findIndex" => None,
                                _ => Some(Self::known(module, at, What::Bool(ends))),
                            };
                        }
                        Some(_) => {}
                        None => all = false,
                    }
                }
                if !all {
                    return None;
                }
                match method {
                    "find" => return Some(Self::known(module, at, What::Undefined)),
                    "findIndex" => return Some(Self::known(module, at, What::Number(-1.0))),
                    _ => !ends,
                }
            }
            _ => return None,
        };
        Some(Self::known(module, at, What::Bool(answer)))
    }
}

/// Whether an expression of JavaScript matches somewhere; none where it cannot be told.
fn matches(pattern: &str, flags: &str, text: &str) -> Option<bool> {
    if text.len() > MAX_MATCHED || pattern.len() > MAX_MATCHED {
        return None;
    }
    let insensitive = if flags.contains('i') { "(?i)" } else { "" };
    // The regex crate takes linear time. What only JavaScript has is left to an engine that goes back, unless it repeats a
    // repetition.
    if let Ok(regex) =
        regex::RegexBuilder::new(&format!("{insensitive}{}", pattern.replace(r"\/", "/"))).size_limit(1 << 20).build()
    {
        return Some(regex.is_match(text));
    }
    let repeats = |c: char| matches!(c, '+' | '*' | '}');
    let nested = pattern.as_bytes().windows(3).any(|three| {
        let [a, b, c] = three else { return false };
        repeats(char::from(*a)) && *b == b')' && (repeats(char::from(*c)) || *c == b'{')
    });
    if nested || !insensitive.is_empty() {
        return None;
    }
    Some(JsRegex::new(pattern).ok()?.is_match(text))
}

fn place(number: f64) -> Option<usize> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    ((0.0..1e6).contains(&number) && number.fract() == 0.0).then_some(number as usize)
}
