//! What a handler of a tunnel does with an envelope: where it posts to, what it asks before, what it passes on.

mod dsn;

use std::sync::Arc;

use crate::doctor::{
    project::{Code, Modules},
    script::{
        self, Origin, Span, Value,
        tree::{Act, Bound, Expr, Function, Item, Module, Node, Stmt, each_in},
    },
};

/// Names of names, functions in functions.
const MAX_DEPTH: usize = 10;
/// Functions of one handler.
const MAX_FUNCTIONS: usize = 30;

/// What a handler does.
#[derive(Debug, Default)]
pub struct Relay {
    /// Where it posts to.
    pub targets: Vec<Target>,
    /// What it asks of the envelope's DSN.
    pub checks: Vec<Check>,
    /// Where the body is read as text and posted on: the read, the statement that it stands in, and the posted value.
    pub text: Option<Mangled>,
    /// It posts all headers of the visitor on.
    pub all_headers: Option<Origin>,
    /// The functions that were looked at.
    pub functions: Vec<(Arc<Module>, Arc<Function>)>,
    /// The answer of Sentry is returned as it is.
    pub returns_answer: bool,
}

/// A request to Sentry.
#[derive(Debug, Clone)]
pub struct Target {
    /// The call.
    pub at: Origin,
    /// The envelope says to which host.
    pub host_of_envelope: bool,
    /// The envelope says to which project.
    pub project_of_envelope: bool,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The host of the envelope's DSN.
    Host,
    /// The project of the envelope's DSN.
    Project,
    /// Both, or the whole DSN.
    Both,
}

/// A comparison of the envelope's DSN.
#[derive(Debug, Clone)]
pub struct Check {
    /// What is compared.
    pub what: Checked,
    /// What it may be, where that is known.
    pub allowed: Vec<Value>,
    /// A part of the text is enough: `endsWith('sentry.io')`, and that text.
    pub part: Option<String>,
    /// Where.
    pub at: Origin,
}

/// A body that is read as text.
#[derive(Debug, Clone)]
pub struct Mangled {
    /// Where it is read: `await request.text()`.
    pub read: Origin,
    /// The object that is read: `request`.
    pub of: String,
    /// Where it is posted.
    pub posted: Origin,
    /// The statement that the read stands in, where bytes can be read before it.
    pub statement: Option<Span>,
}

struct Look<'p> {
    modules: &'p Modules,
    relay: Relay,
}

impl Relay {
    /// Looks at the functions of a handler, and at those of the project that they call.
    pub fn of(modules: &Modules, code: &Code) -> Self {
        let mut look = Look { modules, relay: Self::default() };
        for (module, function) in &code.functions {
            look.function(module, function, 0);
        }
        look.relay
    }

    /// The text of the functions that were looked at.
    pub fn text(&self) -> String {
        let texts = self
            .functions
            .iter()
            .map(|(module, function)| module.text.get(function.span.start..function.span.end).unwrap_or_default());
        texts.collect::<Vec<_>>().join("\n")
    }
}

impl Look<'_> {
    fn function(&mut self, module: &Arc<Module>, function: &Arc<Function>, depth: usize) {
        let known =
            |(home, each): &(Arc<Module>, Arc<Function>)| home.path == module.path && each.span == function.span;
        if depth > MAX_DEPTH || self.relay.functions.len() >= MAX_FUNCTIONS || self.relay.functions.iter().any(known) {
            return;
        }
        self.relay.functions.push((Arc::clone(module), Arc::clone(function)));
        let mut calls = Vec::new();
        each_in(&function.body, &mut |expr| {
            if let Node::Call(callee, items, _) = &expr.node {
                calls.push((expr, callee, items));
            }
        });
        for (expr, callee, items) in &calls {
            self.posts(module, function, expr, callee, items);
        }
        self.tests(module, &function.body);
        let mut returned = Vec::new();
        returns(&function.body, &mut returned);
        for value in returned {
            let value = if let Node::Await(inner) = &value.node { inner } else { value };
            let value = match &value.node {
                Node::Name(name) => match module.binding(name, value.span.start).map(|binding| &binding.value) {
                    Some(Bound::Value(init, way)) if way.is_empty() => {
                        if let Node::Await(inner) = &init.node {
                            (**inner).clone()
                        } else {
                            init.as_ref().clone()
                        }
                    }
                    _ => continue,
                },
                _ => value.clone(),
            };
            if let Node::Call(callee, ..) = &value.node {
                self.relay.returns_answer |= sends(callee);
            }
        }
        for (_, callee, _) in calls {
            if let Node::Name(_) = &callee.node
                && let script::What::Function(home, inner) = script::evaluate(self.modules, module, callee).what
            {
                self.function(&home, &inner, depth + 1);
            }
        }
    }

    /// A call that may post the envelope on.
    fn posts(&mut self, module: &Arc<Module>, function: &Function, expr: &Expr, callee: &Expr, items: &[Item]) {
        if !sends(callee) {
            return;
        }
        let Some(url) = items.first().map(|item| &item.value) else { return };
        let options = items.iter().skip(1).map(|item| &item.value).find(|value| matches!(value.node, Node::Object(_)));
        // A GET of something else is none of our business.
        let posts = options.and_then(|options| options.property("method")).map(|method| &method.value);
        let posts = posts.and_then(|method| script::evaluate(self.modules, module, method).text());
        let named_post = matches!(&callee.node, Node::Member(_, name, _) if name == "post");
        if !named_post && posts.as_deref().is_some_and(|method| !method.eq_ignore_ascii_case("post")) {
            return;
        }
        if !named_post && posts.is_none() && options.is_none() {
            return;
        }
        let host = self.host(module, url, 0);
        let whole = self.is_of_dsn(module, url, 0);
        self.relay.targets.push(Target {
            at: origin(module, expr.span),
            host_of_envelope: host,
            project_of_envelope: whole,
        });
        let body = options.and_then(|options| options.property("body").or_else(|| options.property("data")));
        let body = body.map(|property| &property.value).or_else(|| {
            items.get(1).map(|item| &item.value).filter(|value| named_post && !matches!(value.node, Node::Object(_)))
        });
        if let Some(body) = body {
            self.mangled(module, function, body);
        }
        if let Some(headers) = options.and_then(|options| options.property("headers")) {
            let passes = |value: &Expr| matches!(&value.node, Node::Member(object, name, _) if name == "headers" && is_incoming(module, object));
            let mut all = passes(&headers.value);
            if let Node::Object(properties) = &headers.value.node {
                all |= properties.iter().any(|property| property.spread && passes(&property.value));
            }
            if let Node::Call(_, inner, true) = &headers.value.node {
                all |= inner.first().is_some_and(|item| passes(&item.value));
            }
            if all {
                self.relay.all_headers = Some(origin(module, headers.span));
            }
        }
    }

    /// Whether the posted body was read as text.
    fn mangled(&mut self, module: &Arc<Module>, function: &Function, body: &Expr) {
        let (read, statement) = match &body.node {
            Node::Name(name) => match module.binding(name, body.span.start).map(|binding| &binding.value) {
                Some(Bound::Value(init, way)) if way.is_empty() => {
                    (init.as_ref().clone(), statement(&function.body, init.span))
                }
                _ => return,
            },
            _ => (body.clone(), None),
        };
        let call = if let Node::Await(inner) = &read.node { (**inner).clone() } else { read.clone() };
        let Node::Call(callee, items, false) = &call.node else { return };
        let of = match &callee.node {
            Node::Member(object, name, _) if name == "text" && items.is_empty() && is_incoming(module, object) => {
                module.text.get(object.span.start..object.span.end).unwrap_or_default().to_owned()
            }
            // h3 decodes unless it is told not to.
            Node::Name(name) if name == "readRawBody" && items.len() == 1 => String::new(),
            _ => return,
        };
        self.relay.text =
            Some(Mangled { read: origin(module, read.span), of, posted: origin(module, body.span), statement });
    }

    /// Every condition that looks at the envelope's DSN.
    fn tests(&mut self, module: &Arc<Module>, body: &[Stmt]) {
        let mut tests: Vec<Expr> = Vec::new();
        conditions(body, &mut tests);
        each_in(body, &mut |expr| match &expr.node {
            Node::If(test, ..) | Node::Binary("&&" | "||", test, _) => tests.push((**test).clone()),
            _ => {}
        });
        for test in tests {
            self.test(module, &test, 0);
        }
    }

    fn test(&mut self, module: &Arc<Module>, test: &Expr, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match &test.node {
            Node::Unary(_, inner) | Node::Await(inner) => self.test(module, inner, depth + 1),
            Node::Binary("&&" | "||", left, right) => {
                self.test(module, left, depth + 1);
                self.test(module, right, depth + 1);
            }
            Node::Binary("===" | "==" | "!==" | "!=", left, right) => {
                let sides = [(left, right), (right, left)];
                for (own, other) in sides {
                    let empty = matches!(other.node, Node::Null | Node::Bool(_) | Node::Number(_))
                        || other.text() == Some("")
                        || matches!(&other.node, Node::Name(name) if name == "undefined");
                    if !empty && self.is_of_dsn(module, own, 0) && !self.is_of_dsn(module, other, 0) {
                        // `list.indexOf(host) === -1` is a look into a list.
                        let allowed = vec![script::evaluate(self.modules, module, other)];
                        self.push(module, own, allowed, None, test.span);
                    }
                }
                self.test(module, left, depth + 1);
                self.test(module, right, depth + 1);
            }
            Node::Binary("in", key, list) | Node::Index(list, key) if self.is_of_dsn(module, key, 0) => {
                let allowed = vec![script::evaluate(self.modules, module, list)];
                self.push(module, key, allowed, None, test.span);
            }
            Node::Name(name) => match module.binding(name, test.span.start).map(|binding| binding.value.clone()) {
                Some(Bound::Value(init, way)) if way.is_empty() => self.test(module, &init, depth + 1),
                _ => {}
            },
            Node::Call(callee, items, _) => self.asked(module, test, callee, items),
            _ => {}
        }
    }

    fn asked(&mut self, module: &Arc<Module>, test: &Expr, callee: &Expr, items: &[Item]) {
        let argument = items.iter().map(|item| &item.value).find(|value| self.is_of_dsn(module, value, 0)).cloned();
        match &callee.node {
            Node::Member(object, name, _) => {
                let text = items.first().and_then(|item| script::evaluate(self.modules, module, &item.value).text());
                match name.as_str() {
                    "endsWith" | "startsWith" | "includes" if self.is_of_dsn(module, object, 0) => {
                        self.push(module, object, Vec::new(), Some(text.unwrap_or_default()), test.span);
                    }
                    _ => match argument {
                        Some(argument) => {
                            let mut allowed = script::evaluate(self.modules, module, object).items().to_vec();
                            if allowed.is_empty() {
                                allowed.push(script::evaluate(self.modules, module, object));
                            }
                            self.push(module, &argument, allowed, None, test.span);
                        }
                        // `list.some((host) => dsn.host === host)`
                        None => {
                            for item in items {
                                if let Node::Function(function) = &item.value.node {
                                    let mut inner = Vec::new();
                                    returns(&function.body, &mut inner);
                                    let inner: Vec<Expr> = inner.into_iter().cloned().collect();
                                    for value in inner {
                                        self.test(module, &value, MAX_DEPTH);
                                        self.some(module, &value, object);
                                    }
                                }
                            }
                        }
                    },
                }
            }
            // A function that decides: what it asks is looked at where it is the project's; that it is asked counts here.
            _ => {
                if let Some(argument) = argument {
                    self.push(module, &argument, Vec::new(), None, test.span);
                }
            }
        }
    }

    fn some(&mut self, module: &Arc<Module>, value: &Expr, list: &Expr) {
        let mut own = None;
        value.each(&mut |expr| {
            if let Node::Binary("===" | "==", left, right) = &expr.node {
                own = own.take().or_else(|| {
                    [left, right].into_iter().find(|side| self.is_of_dsn(module, side, 0)).map(|side| (**side).clone())
                });
            }
        });
        if let Some(own) = own {
            let allowed = script::evaluate(self.modules, module, list).items().to_vec();
            self.push(module, &own, allowed, None, value.span);
        }
    }

    fn push(&mut self, module: &Arc<Module>, own: &Expr, allowed: Vec<Value>, part: Option<String>, at: Span) {
        let what = self.compared(module, own, 0);
        self.relay.checks.push(Check { what, allowed, part, at: origin(module, at) });
    }
}

/// Whether something is the request that comes in: a parameter of a function, or a part of one.
fn is_incoming(module: &Module, object: &Expr) -> bool {
    let Some(first) = object.dotted().and_then(|path| path.first().map(|first| (*first).to_owned())) else {
        return false;
    };
    module.binding(&first, object.span.start).is_some_and(|binding| matches!(binding.value, Bound::Param(..)))
}

/// Whether a callee sends a request.
fn sends(callee: &Expr) -> bool {
    let Some(path) = callee.dotted() else { return false };
    matches!(
        path.as_slice(),
        ["fetch" | "axios" | "got" | "ky" | "ofetch" | "$fetch" | "request" | "undici"]
            | ["axios" | "got" | "ky" | "superagent" | "needle", "post" | "request"]
            | ["undici", "fetch" | "request"]
            | ["globalThis", "fetch"]
    )
}

fn origin(module: &Module, span: Span) -> Origin {
    Origin { path: module.path.as_str().into(), span }
}

/// The statement in which an expression stands, the innermost.
fn statement(body: &[Stmt], at: Span) -> Option<Span> {
    let around = body.iter().find(|statement| statement.span.start <= at.start && at.end <= statement.span.end)?;
    match &around.node {
        Act::If(_, then, other) => statement(then, at).or_else(|| statement(other, at)),
        Act::Block(inner) | Act::Loop(_, inner) => statement(inner, at),
        Act::Switch(_, cases) => cases.iter().find_map(|(_, inner)| statement(inner, at)),
        Act::Declare(_) => Some(around.span),
        _ => None,
    }
}

fn conditions(body: &[Stmt], found: &mut Vec<Expr>) {
    for statement in body {
        match &statement.node {
            Act::If(test, then, other) => {
                found.push(test.clone());
                conditions(then, found);
                conditions(other, found);
            }
            Act::Block(inner) | Act::Loop(_, inner) => conditions(inner, found),
            Act::Switch(_, cases) => cases.iter().for_each(|(_, inner)| conditions(inner, found)),
            _ => {}
        }
    }
}

fn returns<'m>(body: &'m [Stmt], found: &mut Vec<&'m Expr>) {
    for statement in body {
        match &statement.node {
            Act::Return(Some(value)) => found.push(value),
            Act::If(_, then, other) => {
                returns(then, found);
                returns(other, found);
            }
            Act::Block(inner) | Act::Loop(_, inner) => returns(inner, found),
            _ => {}
        }
    }
}
