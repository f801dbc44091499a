//! Methods of texts and lists, and the functions of `Object`, `Array` and `Promise`.

use std::sync::Arc;

use super::{Module, Piece, Run, Span, Value, What};

impl Run<'_> {
    /// `Object.entries(…)` and the like; none where it is not known.
    pub(super) fn standard(
        &mut self,
        module: &Arc<Module>,
        at: Span,
        object: &str,
        method: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        let first = arguments.first()?;
        let what = match (object, method, &first.what) {
            ("Object", "entries", What::Object(fields, hidden)) if hidden.is_empty() => {
                let pair = |(name, value): (String, Value)| {
                    let name = Self::text_at(module, value.at.span, name);
                    Self::known(module, at, What::List(vec![name, value]))
                };
                What::List(last_of_each(fields).into_iter().map(pair).collect())
            }
            ("Object", "values", What::Object(fields, hidden)) if hidden.is_empty() => {
                What::List(last_of_each(fields).into_iter().map(|(_, value)| value).collect())
            }
            ("Object", "keys", What::Object(fields, hidden)) if hidden.is_empty() => {
                let fields = last_of_each(fields).into_iter();
                What::List(fields.map(|(name, value)| Self::text_at(module, value.at.span, name)).collect())
            }
            ("Object", "fromEntries", What::List(pairs)) => {
                let pair = |pair: &Value| match pair.items() {
                    [name, value] => Some((name.text()?, value.clone())),
                    _ => None,
                };
                What::Object(pairs.iter().map(pair).collect::<Option<_>>()?, Vec::new())
            }
            ("Object", "assign", _) => {
                let (mut fields, mut hidden) = (Vec::new(), Vec::new());
                for argument in arguments {
                    match &argument.what {
                        What::Object(more, more_hidden) => {
                            fields.extend(more.iter().cloned());
                            hidden.extend(more_hidden.iter().cloned());
                        }
                        _ => return None,
                    }
                }
                What::Object(fields, hidden)
            }
            ("Object", "freeze" | "seal", _) | ("Promise", "resolve", _) | ("Array", "from", What::List(_)) => {
                return Some(first.clone());
            }
            _ => return None,
        };
        Some(Self::known(module, at, what))
    }

    fn text_at(module: &Module, at: Span, text: String) -> Value {
        let origin = Self::origin(module, at);
        Self::known(module, at, What::Text(vec![Piece { text: Ok(text), at: origin }]))
    }

    pub(super) fn method(
        &mut self,
        module: &Arc<Module>,
        at: Span,
        object: &Value,
        method: &str,
        arguments: &[Value],
    ) -> Value {
        if let Some(answer) = self.asked(module, at, object, method, arguments) {
            return answer;
        }
        let value = match &object.what {
            What::Text(pieces) => self.of_text(module, at, pieces, method, arguments, &object.env),
            What::List(items) => self.of_list(module, at, items, method, arguments),
            What::Number(_) | What::Bool(_) if method == "toString" => {
                Some(Self::known(module, at, What::Text(Self::pieces(module, object))))
            }
            What::Choice(all) => {
                let each = all.iter().map(|each| self.method(module, at, each, method, arguments));
                let all = each.collect();
                Some(Self::choice(module, at, all))
            }
            _ => None,
        };
        value.unwrap_or_else(|| Value { env: object.env.clone(), ..Self::unknown(module, at) })
    }

    fn of_text(
        &mut self,
        module: &Arc<Module>,
        at: Span,
        pieces: &[Piece],
        method: &str,
        arguments: &[Value],
        env: &[String],
    ) -> Option<Value> {
        let each = |change: &dyn Fn(&str) -> String| -> Vec<Piece> {
            let changed = |piece: &Piece| Piece {
                text: piece.text.as_deref().map(change).map_err(Clone::clone),
                at: piece.at.clone(),
            };
            pieces.iter().map(changed).collect()
        };
        let whole = || pieces.iter().map(|piece| piece.text.as_deref().ok()).collect::<Option<String>>();
        let argument = || arguments.first().and_then(Value::text);
        let pieces = match method {
            "toString" | "toWellFormed" | "normalize" | "valueOf" => pieces.to_vec(),
            "trim" | "trimStart" | "trimEnd" => {
                let mut pieces = pieces.to_vec();
                if method != "trimEnd"
                    && let Some(Piece { text: Ok(text), .. }) = pieces.first_mut()
                {
                    *text = text.trim_start().to_owned();
                }
                if method != "trimStart"
                    && let Some(Piece { text: Ok(text), .. }) = pieces.last_mut()
                {
                    *text = text.trim_end().to_owned();
                }
                pieces
            }
            "toLowerCase" => each(&|text| text.to_lowercase()),
            "toUpperCase" => each(&|text| text.to_uppercase()),
            "concat" => {
                let more = arguments.iter().flat_map(|value| Self::pieces(module, value));
                pieces.iter().cloned().chain(more).collect()
            }
            "replace" | "replaceAll" => Self::replaced(module, pieces, method, arguments)?,
            "split" => {
                let (whole, separator) = (whole()?, argument()?);
                let parts: Vec<String> = match separator.as_str() {
                    "" => whole.chars().map(String::from).collect(),
                    separator => whole.split(separator).map(str::to_owned).collect(),
                };
                let origin = pieces.first()?.at.clone();
                let part = |text: String| {
                    let pieces = vec![Piece { text: Ok(text), at: origin.clone() }];
                    Self::known(module, at, What::Text(pieces))
                };
                return Some(Self::known(module, at, What::List(parts.into_iter().map(part).collect())));
            }
            "startsWith" | "endsWith" | "includes" => {
                let (whole, part) = (whole()?, argument()?);
                let is = match method {
                    "startsWith" => whole.starts_with(&part),
                    "endsWith" => whole.ends_with(&part),
                    _ => whole.contains(&part),
                };
                return Some(Self::known(module, at, What::Bool(is)));
            }
            _ => return None,
        };
        Some(self.joined(module, at, pieces, env.to_vec()))
    }

    /// Replaces within each piece: what reaches over the border of two is not found.
    fn replaced(module: &Module, pieces: &[Piece], method: &str, arguments: &[Value]) -> Option<Vec<Piece>> {
        let [what, with] = arguments else { return None };
        if matches!(with.what, What::Function(..)) {
            return None;
        }
        let with = Self::pieces(module, with);
        let (pattern, all) = match &what.what {
            What::Regex(pattern, flags) => {
                let insensitive = if flags.contains('i') { "(?i)" } else { "" };
                let lines = if flags.contains('m') { "(?m)" } else { "" };
                (format!("{insensitive}{lines}{pattern}"), flags.contains('g'))
            }
            _ => (regex::escape(&what.text()?), method == "replaceAll"),
        };
        // The regex crate takes linear time; what only JavaScript has, it refuses, and then nothing is known.
        let pattern = regex::RegexBuilder::new(&pattern).size_limit(1 << 20).build().ok()?;
        let (mut out, mut done) = (Vec::new(), false);
        for piece in pieces {
            let Ok(text) = &piece.text else {
                out.push(piece.clone());
                continue;
            };
            let mut from = 0;
            let part = |from: usize, to: usize| Piece {
                text: Ok(text.get(from..to).unwrap_or_default().to_owned()),
                at: piece.at.clone(),
            };
            // What replaces a stretch by plain text stays one piece of the same literal.
            let mut open = String::new();
            let plain: Option<String> = with.iter().map(|piece| piece.text.as_deref().ok()).collect();
            for found in pattern.find_iter(text) {
                if done && !all {
                    break;
                }
                done = true;
                match &plain {
                    Some(plain) => {
                        open.push_str(text.get(from..found.start()).unwrap_or_default());
                        open.push_str(plain);
                    }
                    None => {
                        out.push(part(from, found.start()));
                        out.extend(with.iter().cloned());
                    }
                }
                from = found.end();
            }
            open.push_str(text.get(from..).unwrap_or_default());
            out.push(Piece { text: Ok(open), at: piece.at.clone() });
        }
        Some(out)
    }

    fn of_list(
        &mut self,
        module: &Arc<Module>,
        at: Span,
        items: &[Value],
        method: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        let items: Vec<Value> = match (method, arguments) {
            ("join", _) => return self.joined_list(module, at, items, arguments),
            ("filter", [what]) => {
                let what = what.clone();
                let mut kept = Vec::new();
                for item in items {
                    let keeps = match &what.what {
                        What::Function(home, function) => self.called(home, function, vec![item.clone()], at).truthy(),
                        // `filter(Boolean)`
                        _ => item.truthy(),
                    };
                    match (keeps, &item.what) {
                        (Some(false), _) => {}
                        (_, What::Choice(all)) => {
                            let some: Vec<Value> =
                                all.iter().filter(|each| each.truthy() != Some(false)).cloned().collect();
                            let nothing = Self::known(module, at, What::Undefined);
                            kept.push(Self::choice(module, at, [some, vec![nothing]].concat()));
                        }
                        _ => kept.push(item.clone()),
                    }
                }
                kept
            }
            ("map" | "flatMap", [Value { what: What::Function(home, function), .. }]) => {
                let mut mapped = Vec::new();
                for (number, item) in items.iter().enumerate() {
                    #[expect(clippy::cast_precision_loss, reason = "a list is far shorter")]
                    let number = Self::known(module, at, What::Number(number as f64));
                    let value = self.called(home, function, vec![item.clone(), number], at);
                    match value.what {
                        What::List(inner) if method == "flatMap" => mapped.extend(inner),
                        _ => mapped.push(value),
                    }
                }
                mapped
            }
            ("concat", lists) => {
                let mut all = items.to_vec();
                for list in lists {
                    match &list.what {
                        What::List(inner) => all.extend(inner.iter().cloned()),
                        _ => all.push(list.clone()),
                    }
                }
                all
            }
            ("flat", _) => items
                .iter()
                .flat_map(|item| match &item.what {
                    What::List(inner) => inner.clone(),
                    _ => vec![item.clone()],
                })
                .collect(),
            ("slice", []) => items.to_vec(),
            ("reverse" | "toReversed", []) => items.iter().rev().cloned().collect(),
            _ => return None,
        };
        Some(Self::known(module, at, What::List(items)))
    }

    fn joined_list(&mut self, module: &Arc<Module>, at: Span, items: &[Value], arguments: &[Value]) -> Option<Value> {
        let separator = match arguments.first() {
            Some(separator) => separator.text()?,
            None => ",".to_owned(),
        };
        let (mut pieces, mut env): (Vec<Piece>, Vec<String>) = (Vec::new(), Vec::new());
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                pieces.push(Piece { text: Ok(separator.clone()), at: Self::origin(module, at) });
            }
            if !matches!(item.what, What::Undefined | What::Null) {
                pieces.extend(Self::pieces(module, item));
            }
            env.extend(item.env.iter().cloned());
        }
        Some(self.joined(module, at, pieces, env))
    }
}

/// The fields of an object without those that a later one of the name replaces.
fn last_of_each(fields: &[(String, Value)]) -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> = Vec::new();
    for (name, value) in fields {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = value.clone(),
            None => all.push((name.clone(), value.clone())),
        }
    }
    all
}
