//! Expressions → values, across imports, constants and functions that only build values. Nothing is run: what cannot be
//! followed is said.

mod ask;
mod call;
mod grow;
mod method;
mod platform;
mod text;

use std::sync::Arc;

use super::{
    Span,
    tree::{Act, Bound, Export, Exports, Expr, Function, Item, Module, Node, Property, Stmt},
    value::{Hidden, Origin, Piece, Value, What},
};
pub use platform::{Called, Scope, evaluate_in};

use crate::doctor::project::Modules;
use grow::{grow, size};

/// Names that lead to names, calls in calls, literals in literals.
const MAX_DEPTH: usize = 48;
/// Expressions of one evaluation: a function called for each element of a list grows fast.
const MAX_STEPS: usize = 50_000;
/// Elements of a list, bytes of a text.
const MAX_SIZE: usize = 256 * 1024;

/// An evaluation.
pub struct Run<'p> {
    modules: &'p Modules,
    scope: Option<&'p Scope>,
    /// What is known of an expression from elsewhere: the path of the request that a function is asked about.
    given: Option<&'p Given<'p>>,
    frames: Vec<Frame>,
    depth: usize,
    steps: usize,
}

/// The value of an expression that reading alone cannot tell; none = it is evaluated.
pub type Given<'p> = dyn Fn(&Arc<Module>, &Expr) -> Option<Value> + 'p;

/// A function that is being called.
struct Frame {
    path: Arc<str>,
    function: usize,
    arguments: Vec<Value>,
}

/// The value of an expression in a production build: `NODE_ENV` is `production`.
pub fn evaluate(modules: &Modules, module: &Arc<Module>, expr: &Expr) -> Value {
    Run::new(modules).value(module, expr)
}

/// The value that a module exports by a name; none where it has no such export.
pub fn exported(modules: &Modules, module: &Arc<Module>, name: &str) -> Option<Value> {
    Run::new(modules).export(module, name)
}

/// What a function gives when it is called without arguments (or with unknown ones).
pub fn result(modules: &Modules, module: &Arc<Module>, function: &Arc<Function>) -> Value {
    Run::new(modules).called(module, function, Vec::new(), function.span)
}

/// The value of an expression where more is known than what is written.
pub fn evaluate_given(modules: &Modules, module: &Arc<Module>, expr: &Expr, given: &Given<'_>) -> Value {
    Run { given: Some(given), ..Run::new(modules) }.value(module, expr)
}

impl<'p> Run<'p> {
    fn new(modules: &'p Modules) -> Self {
        Self { modules, scope: None, given: None, frames: Vec::new(), depth: 0, steps: 0 }
    }
}

impl Run<'_> {
    fn origin(module: &Module, span: Span) -> Origin {
        Origin { path: module.path.as_str().into(), span }
    }

    fn known(module: &Module, span: Span, what: What) -> Value {
        Value { what, at: Self::origin(module, span), env: Vec::new() }
    }

    fn unknown(module: &Module, span: Span) -> Value {
        let at = Self::origin(module, span);
        let hidden = Hidden { expression: module.excerpt(span), at: at.clone() };
        Value { what: What::Unknown(hidden), at, env: Vec::new() }
    }

    /// One of several, those that are choices themselves taken in.
    fn choice(module: &Module, span: Span, all: Vec<Value>) -> Value {
        let mut env: Vec<String> = Vec::new();
        let mut flat = Vec::new();
        for value in all {
            env.extend(value.env.iter().filter(|name| !env.contains(name)).cloned().collect::<Vec<_>>());
            match value.what {
                What::Choice(inner) => flat.extend(inner),
                _ => flat.push(value),
            }
        }
        flat.truncate(16);
        Value { what: What::Choice(flat), at: Self::origin(module, span), env }
    }

    pub(super) fn value(&mut self, module: &Arc<Module>, expr: &Expr) -> Value {
        self.steps += 1;
        self.depth += 1;
        let value = if self.depth > MAX_DEPTH || self.steps > MAX_STEPS {
            Self::unknown(module, expr.span)
        } else {
            self.of(module, expr)
        };
        self.depth -= 1;
        // Large values are copied wherever a name is used.
        self.steps += size(&value, MAX_STEPS) / 4;
        if self.steps > MAX_STEPS { Self::unknown(module, expr.span) } else { value }
    }

    fn of(&mut self, module: &Arc<Module>, expr: &Expr) -> Value {
        let at = expr.span;
        if let Some(given) = self.given.and_then(|given| given(module, expr)) {
            return given;
        }
        if let Some(name) = expr.env() {
            return self.env(module, at, name);
        }
        let what = match &expr.node {
            Node::Null => What::Null,
            Node::Bool(bool) => What::Bool(*bool),
            Node::Number(number) => What::Number(*number),
            Node::Text(text) => What::Text(vec![Piece { text: Ok(text.clone()), at: Self::origin(module, at) }]),
            Node::Regex(pattern, flags) => What::Regex(pattern.clone(), flags.clone()),
            Node::Template(texts, parts) => return self.template(module, at, texts, parts),
            Node::List(items) => What::List(self.list(module, items)),
            Node::Object(properties) => return self.object(module, at, properties),
            Node::Name(name) => return self.name(module, at, name),
            Node::Function(function) => What::Function(Arc::clone(module), Arc::clone(function)),
            Node::Await(inner) => return self.value(module, inner),
            Node::Import(source) => {
                let source = self.value(module, source);
                return self.required(module, at, &source);
            }
            Node::Parts(parts) => match parts.last() {
                Some(last) => return self.value(module, last),
                None => return Self::unknown(module, at),
            },
            Node::If(test, then, other) => {
                let test = self.value(module, test);
                return match test.truthy() {
                    Some(true) => self.value(module, then).following(test.env),
                    Some(false) => self.value(module, other).following(test.env),
                    None => {
                        let both = vec![self.value(module, then), self.value(module, other)];
                        Self::choice(module, at, both)
                    }
                };
            }
            Node::Binary(operator, left, right) => return self.binary(module, at, operator, left, right),
            Node::Unary(operator, inner) => return self.unary(module, at, operator, inner),
            Node::Member(object, name, _) => return self.member(module, at, object, name),
            Node::Index(object, index) => {
                let index = self.value(module, index);
                let name = index.text().or_else(|| index.number().map(|number| number.to_string()));
                return match name {
                    Some(name) => self.member(module, at, object, &name),
                    None => Self::unknown(module, at),
                };
            }
            Node::Call(callee, items, new) => return self.call(module, at, callee, items, *new),
            _ => return Self::unknown(module, at),
        };
        Self::known(module, at, what)
    }

    fn list(&mut self, module: &Arc<Module>, items: &[Item]) -> Vec<Value> {
        let mut list = Vec::new();
        for item in items {
            let value = self.value(module, &item.value);
            match value.what {
                What::List(inner) if item.spread => list.extend(inner),
                // `...(test ? [a] : [])`: each may be there.
                What::Choice(all) if item.spread => {
                    let hidden = Self::unknown(module, item.value.span);
                    let lists = all.into_iter().map(|each| match each.what {
                        What::List(inner) => inner,
                        What::Undefined | What::Null | What::Bool(false) => Vec::new(),
                        _ => vec![hidden.clone()],
                    });
                    for one in lists.flatten() {
                        list.push(Self::choice(
                            module,
                            item.value.span,
                            vec![one, Self::known(module, item.value.span, What::Undefined)],
                        ));
                    }
                }
                What::Undefined | What::Null | What::Bool(false) if item.spread => {}
                _ if item.spread => list.push(Self::unknown(module, item.value.span)),
                _ => list.push(value),
            }
            if list.len() > MAX_SIZE {
                break;
            }
        }
        list
    }

    fn object(&mut self, module: &Arc<Module>, at: Span, properties: &[Property]) -> Value {
        let (mut fields, mut hidden) = (Vec::new(), Vec::new());
        for property in properties {
            let value = self.value(module, &property.value);
            match (&property.name, property.spread) {
                (Some(name), _) => fields.push((name.clone(), value)),
                (None, true) => self.spread(module, property, value, &mut fields, &mut hidden),
                (None, false) => {
                    let expression = module.excerpt(property.span);
                    hidden.push(Hidden { expression, at: Self::origin(module, property.span) });
                }
            }
            if fields.len() > MAX_SIZE {
                break;
            }
        }
        Self::known(module, at, What::Object(fields, hidden))
    }

    /// Takes in the fields of a spread. Those of a choice may be there: each is chosen against what was there before.
    fn spread(
        &mut self,
        module: &Arc<Module>,
        property: &Property,
        value: Value,
        fields: &mut Vec<(String, Value)>,
        hidden: &mut Vec<Hidden>,
    ) {
        let at = property.value.span;
        match value.what {
            What::Object(more, more_hidden) => {
                fields.extend(more);
                hidden.extend(more_hidden);
            }
            What::Undefined | What::Null | What::Bool(false) => {}
            What::Choice(all) => {
                for each in all {
                    match each.what {
                        What::Object(more, more_hidden) => {
                            for (name, value) in more {
                                let before = fields.iter().rev().find(|(known, _)| *known == name);
                                let before = before.map(|(_, value)| value.clone());
                                let before = before.unwrap_or_else(|| Self::known(module, at, What::Undefined));
                                fields.push((name, Self::choice(module, at, vec![value, before])));
                            }
                            hidden.extend(more_hidden);
                        }
                        What::Undefined | What::Null | What::Bool(false) => {}
                        _ => hidden.push(Hidden { expression: module.excerpt(at), at: Self::origin(module, at) }),
                    }
                }
            }
            _ => hidden.push(Hidden { expression: module.excerpt(at), at: Self::origin(module, at) }),
        }
    }

    fn name(&mut self, module: &Arc<Module>, at: Span, name: &str) -> Value {
        if name == "undefined" {
            return Self::known(module, at, What::Undefined);
        }
        let Some(binding) = module.binding(name, at.start) else { return Self::unknown(module, at) };
        if binding.reassigned {
            return Self::unknown(module, at);
        }
        let mut value = match &binding.value {
            Bound::Value(init, way) => {
                let value = self.value(module, init);
                way.iter().fold(value, |value, name| Self::taken(module, at, &value, name))
            }
            Bound::Function(function) => {
                Self::known(module, at, What::Function(Arc::clone(module), Arc::clone(function)))
            }
            Bound::Import(source, name) if platform::is_env_module(source, name) => return self.env(module, at, name),
            Bound::Import(source, name) if name != "*" => {
                let imported = self.modules.imported(&module.path, source);
                let value = imported.and_then(|imported| self.export(&imported, name));
                return value.unwrap_or_else(|| Self::unknown(module, at));
            }
            Bound::Param(function, number, way) => {
                let frame = self.frames.iter().rev();
                let frame = frame.into_iter().find(|frame| frame.function == *function && *frame.path == *module.path);
                let value = frame.and_then(|frame| frame.arguments.get(*number)).cloned();
                let value = value.unwrap_or_else(|| Self::unknown(module, at));
                way.iter().fold(value, |value, name| Self::taken(module, at, &value, name))
            }
            Bound::Import(..) | Bound::Unknown => return Self::unknown(module, at),
        };
        if binding.grown {
            grow(module, &mut value, binding.span);
        }
        value
    }

    /// A field or element of a value.
    fn taken(module: &Module, at: Span, value: &Value, name: &str) -> Value {
        match &value.what {
            What::Object(_, hidden) => match value.field(name) {
                Some(field) => field.clone(),
                None if hidden.is_empty() => Self::known(module, at, What::Undefined),
                None => Self::unknown(module, at),
            },
            What::List(items) => match name.parse::<usize>().ok().and_then(|number| items.get(number)) {
                Some(item) => item.clone(),
                None if name == "length" && !items.iter().any(|item| item.hidden().is_some()) =>
                {
                    #[expect(clippy::cast_precision_loss, reason = "a list is far shorter")]
                    Self::known(module, at, What::Number(items.len() as f64))
                }
                None => Self::unknown(module, at),
            },
            What::Choice(all) => {
                let taken = all.iter().map(|each| Self::taken(module, at, each, name)).collect();
                Self::choice(module, at, taken)
            }
            What::Undefined | What::Null => Self::known(module, at, What::Undefined),
            _ => Self::unknown(module, at),
        }
    }

    fn member(&mut self, module: &Arc<Module>, at: Span, object: &Expr, name: &str) -> Value {
        if let Node::Name(space) = &object.node
            && let Some(binding) = module.binding(space, object.span.start)
            && let Bound::Import(source, all) = &binding.value
            && all == "*"
        {
            let imported = self.modules.imported(&module.path, source);
            let value = imported.and_then(|imported| self.export(&imported, name));
            return value.unwrap_or_else(|| Self::unknown(module, at));
        }
        if let Node::Name(space) = &object.node
            && let Some(Bound::Import(source, space)) =
                module.binding(space, object.span.start).map(|found| &found.value)
            && source.starts_with("$env/dynamic/")
            && space == "env"
        {
            return self.env(module, at, name);
        }
        if let Some(name) = platform::runtime_config(module, object, name) {
            return self.env(module, at, &name);
        }
        let object = self.value(module, object);
        Self::taken(module, at, &object, name)
    }

    /// The value of an export.
    fn export(&mut self, module: &Arc<Module>, name: &str) -> Option<Value> {
        self.depth += 1;
        let value = if self.depth > MAX_DEPTH { None } else { self.export_of(module, name) };
        self.depth -= 1;
        value
    }

    fn export_of(&mut self, module: &Arc<Module>, name: &str) -> Option<Value> {
        let Some(Export { value, span, .. }) = module.export(name) else {
            // `import x from './x.cjs'` and `const { x } = require('./x')` mean the fields of `module.exports`.
            let common = module.export("default").filter(|_| name != "default");
            if let Some(Export { value: Exports::Value(value), .. }) = common {
                let value = self.value(module, value);
                if value.field(name).is_some() {
                    return value.field(name).cloned();
                }
            }
            let stars: Vec<&Export> = module.exports.iter().filter(|each| each.name == "*").collect();
            return stars.into_iter().find_map(|star| match &star.value {
                Exports::From(source, _) => {
                    let from = self.modules.imported(&module.path, source)?;
                    self.export(&from, name)
                }
                _ => None,
            });
        };
        match value {
            Exports::Name(local) => Some(self.name(module, Span { start: span.start, end: span.start }, local)),
            Exports::Value(value) => Some(self.value(module, value)),
            Exports::From(source, name) => {
                let from = self.modules.imported(&module.path, source)?;
                self.export(&from, name)
            }
        }
    }
}
