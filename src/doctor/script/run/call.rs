//! Calls: of functions of the project that only build values, and of the ones of JavaScript that they use.

use std::sync::Arc;

use super::{Act, Expr, Frame, Function, Item, MAX_DEPTH, Module, Node, Run, Span, Stmt, Value, What};

/// How the statements of a function end.
enum End {
    /// They return this.
    Returns(Value),
    /// They go on behind.
    Goes,
    /// They may return this, or go on.
    Either(Value),
    /// They do something that is not followed.
    Lost,
}

impl Run<'_> {
    pub(super) fn call(&mut self, module: &Arc<Module>, at: Span, callee: &Expr, items: &[Item], new: bool) -> Value {
        let mut arguments = Vec::new();
        for item in items {
            let value = self.value(module, &item.value);
            match value.what {
                What::List(inner) if item.spread => arguments.extend(inner),
                _ if item.spread => return Self::unknown(module, at),
                _ => arguments.push(value),
            }
        }
        if new {
            // A set is asked like a list.
            return match (&callee.node, arguments.into_iter().next()) {
                (Node::Name(name), Some(list)) if name == "Set" && matches!(list.what, What::List(_)) => list,
                _ => Self::unknown(module, at),
            };
        }
        match &callee.node {
            Node::Member(object, method, _) => {
                if let Node::Name(name) = &object.node
                    && module.binding(name, object.span.start).is_none()
                    && let Some(value) = self.standard(module, at, name, method, &arguments)
                {
                    return value;
                }
                let of = self.value(module, callee);
                if let What::Function(home, function) = &of.what {
                    return self.called(&Arc::clone(home), &Arc::clone(function), arguments, at);
                }
                let object = self.value(module, object);
                self.method(module, at, &object, method, &arguments)
            }
            Node::Name(name) if module.binding(name, callee.span.start).is_none() => {
                match (name.as_str(), arguments.as_slice()) {
                    ("String", [value]) => {
                        let pieces = Self::pieces(module, value);
                        let env = value.env.clone();
                        self.joined(module, at, pieces, env)
                    }
                    ("Boolean", [value]) => match value.truthy() {
                        Some(truthy) => Self::known(module, at, What::Bool(truthy)),
                        None => Self::unknown(module, at),
                    },
                    ("Number" | "parseFloat" | "parseInt", [value, ..]) => {
                        match value.text().and_then(|text| text.trim().parse().ok()).or(value.number()) {
                            Some(number) => Self::known(module, at, What::Number(number)),
                            None => Value { env: value.env.clone(), ..Self::unknown(module, at) },
                        }
                    }
                    ("require", [source]) => self.required(module, at, source),
                    _ => Self::unknown(module, at),
                }
            }
            _ => {
                let of = self.value(module, callee);
                match of.what {
                    What::Function(home, function) => self.called(&home, &function, arguments, at),
                    _ => Self::unknown(module, at),
                }
            }
        }
    }

    pub(super) fn required(&mut self, module: &Arc<Module>, at: Span, source: &Value) -> Value {
        let imported = source.text().and_then(|source| self.modules.imported(&module.path, &source));
        let Some(imported) = imported else { return Self::unknown(module, at) };
        let mut fields = Vec::new();
        for export in imported.exports.iter().filter(|each| each.name != "*" && each.name != "default") {
            fields.extend(self.export(&imported, &export.name).map(|value| (export.name.clone(), value)));
        }
        match self.export(&imported, "default") {
            Some(value) if fields.is_empty() => value,
            Some(value) => {
                fields.push(("default".to_owned(), value));
                Self::known(module, at, What::Object(fields, Vec::new()))
            }
            None => Self::known(module, at, What::Object(fields, Vec::new())),
        }
    }

    /// What a function gives for arguments.
    pub(super) fn called(
        &mut self,
        home: &Arc<Module>,
        function: &Arc<Function>,
        arguments: Vec<Value>,
        at: Span,
    ) -> Value {
        if self.frames.len() >= MAX_DEPTH {
            return Self::unknown(home, at);
        }
        self.frames.push(Frame { path: home.path.as_str().into(), function: function.span.start, arguments });
        self.depth += 1;
        let end = if self.depth > MAX_DEPTH { End::Lost } else { self.body(home, &function.body) };
        self.depth -= 1;
        self.frames.pop();
        match end {
            End::Returns(value) => value,
            End::Goes => Self::known(home, function.span, What::Undefined),
            End::Either(value) => {
                let nothing = Self::known(home, function.span, What::Undefined);
                Self::choice(home, function.span, vec![value, nothing])
            }
            End::Lost => Self::unknown(home, function.span),
        }
    }

    fn body(&mut self, module: &Arc<Module>, body: &[Stmt]) -> End {
        let mut maybe: Vec<Value> = Vec::new();
        for statement in body {
            let end = match &statement.node {
                Act::Return(Some(value)) => End::Returns(self.value(module, value)),
                Act::Return(None) => End::Returns(Self::known(module, statement.span, What::Undefined)),
                Act::If(test, then, other) => match self.value(module, test).truthy() {
                    Some(true) => self.body(module, then),
                    Some(false) => self.body(module, other),
                    None => both(self.body(module, then), self.body(module, other), module, statement.span),
                },
                Act::Block(inner) => self.body(module, inner),
                // Nothing that runs may lie behind a throw; a case or a loop may return or not.
                Act::Throw(_) => End::Returns(Self::unknown(module, statement.span)),
                Act::Loop(_, inner) if returns(inner) => End::Lost,
                Act::Switch(_, cases) if cases.iter().any(|(_, inner)| returns(inner)) => End::Lost,
                _ => End::Goes,
            };
            match end {
                End::Returns(value) if maybe.is_empty() => return End::Returns(value),
                End::Returns(value) => {
                    maybe.push(value);
                    return End::Returns(Self::choice(module, statement.span, maybe));
                }
                End::Either(value) => maybe.push(value),
                End::Goes => {}
                End::Lost => return End::Lost,
            }
        }
        match maybe.len() {
            0 => End::Goes,
            _ => End::Either(Self::choice(module, Span { start: 0, end: 0 }, maybe)),
        }
    }
}

fn both(a: End, b: End, module: &Module, at: Span) -> End {
    match (a, b) {
        (End::Lost, _) | (_, End::Lost) => End::Lost,
        (End::Returns(a), End::Returns(b)) => End::Returns(Run::choice(module, at, vec![a, b])),
        (End::Goes, End::Goes) => End::Goes,
        (End::Returns(a) | End::Either(a), End::Returns(b) | End::Either(b)) => {
            End::Either(Run::choice(module, at, vec![a, b]))
        }
        (End::Returns(value) | End::Either(value), End::Goes)
        | (End::Goes, End::Returns(value) | End::Either(value)) => End::Either(value),
    }
}

/// Whether a `return` stands among these statements, those of functions within not counted.
fn returns(body: &[Stmt]) -> bool {
    body.iter().any(|statement| match &statement.node {
        Act::Return(_) => true,
        Act::If(_, then, other) => returns(then) || returns(other),
        Act::Block(inner) | Act::Loop(_, inner) => returns(inner),
        Act::Switch(_, cases) => cases.iter().any(|(_, inner)| returns(inner)),
        _ => false,
    })
}
