//! What a middleware does with a request of one path: the conditions that the path decides are decided, the others may
//! hold or not.

mod truth;

use std::sync::Arc;

use crate::doctor::{
    project::Modules,
    script::{
        self, Hidden, Origin, Span, What,
        tree::{Act, Bound, Exports, Expr, Function, Item, Module, Node, Stmt},
    },
};

/// Functions that call functions, names of names.
const MAX_DEPTH: usize = 12;

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Pass {
    /// It goes on to what answers.
    Through,
    /// It does not, at least for some visitors: why, and where.
    Stops(Stop, Origin),
    /// It cannot be told.
    Unknown(Hidden),
}

/// How a request is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It is sent to another address.
    Redirect,
    /// Another path is served.
    Rewrite,
    /// The middleware answers itself.
    Answer,
    /// A login is asked for.
    Login,
    /// A locale is put before the path.
    Locale,
}

impl Stop {
    /// What happens, in words behind "the middleware".
    pub fn words(self) -> &'static str {
        match self {
            Self::Redirect => "redirects it",
            Self::Rewrite => "serves another path instead",
            Self::Answer => "answers it itself",
            Self::Login => "asks for a login",
            Self::Locale => "puts a locale before its path",
        }
    }
}

/// Whether a place is come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// Always.
    No,
    /// For visitors without a login, or of another language: for some.
    Some,
    /// Under a condition of another kind: a maintenance, a rate limit, a robot.
    Other,
}

struct Walk<'p> {
    modules: &'p Modules,
    /// The path, without the base path.
    path: &'p str,
    depth: usize,
    stops: Vec<(Stop, Origin)>,
    unknown: Vec<Hidden>,
}

/// What the middleware that a module exports does with a POST to a path, which is without the base path.
pub fn pass(modules: &Modules, module: &Arc<Module>, path: &str) -> Pass {
    let mut walk = Walk { modules, path, depth: 0, stops: Vec::new(), unknown: Vec::new() };
    let export = ["proxy", "middleware", "default"].iter().find_map(|name| module.export(name));
    match export {
        Some(export) => walk.export(module, &export.value, export.span),
        None => walk.lost(module, Span { start: 0, end: 0 }),
    }
    match (walk.stops.into_iter().next(), walk.unknown.into_iter().next()) {
        (Some((stop, at)), _) => Pass::Stops(stop, at),
        (None, Some(hidden)) => Pass::Unknown(hidden),
        (None, None) => Pass::Through,
    }
}

impl Walk<'_> {
    fn lost(&mut self, module: &Module, at: Span) {
        let origin = Origin { path: module.path.as_str().into(), span: at };
        self.unknown.push(Hidden { expression: module.excerpt(at), at: origin });
    }

    fn stop(&mut self, stop: Stop, module: &Module, at: Span) {
        self.stops.push((stop, Origin { path: module.path.as_str().into(), span: at }));
    }

    fn export(&mut self, module: &Arc<Module>, value: &Exports, at: Span) {
        match value {
            Exports::Value(value) => self.middleware(module, value),
            Exports::Name(name) => self.middleware(module, &Expr { span: at, node: Node::Name(name.clone()) }),
            Exports::From(source, name) => self.imported(module, source, name, at),
        }
    }

    fn imported(&mut self, module: &Arc<Module>, source: &str, name: &str, at: Span) {
        match self.modules.imported(&module.path, source) {
            Some(from) => match from.export(name).cloned() {
                Some(export) => self.deeper(module, at, |walk| walk.export(&from, &export.value, export.span)),
                None => self.lost(module, at),
            },
            // `export { default } from 'next-auth/middleware'`
            None if source == "next-auth/middleware" => self.stop(Stop::Login, module, at),
            None => self.lost(module, at),
        }
    }

    fn deeper(&mut self, module: &Module, at: Span, run: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_DEPTH {
            return self.lost(module, at);
        }
        self.depth += 1;
        run(self);
        self.depth -= 1;
    }

    /// The middleware that an expression is: a function, or what wraps one.
    fn middleware(&mut self, module: &Arc<Module>, expr: &Expr) {
        match &expr.node {
            Node::Function(function) => self.function(module, function, Doubt::No),
            Node::Name(name) => match module.binding(name, expr.span.start).map(|binding| binding.value.clone()) {
                Some(Bound::Function(function)) => self.function(module, &function, Doubt::No),
                Some(Bound::Value(init, way)) => match way.as_slice() {
                    [] => self.deeper(module, expr.span, |walk| walk.middleware(module, &init)),
                    // `const { auth } = NextAuth(config)`
                    _ => self.next_auth(module, &init),
                },
                Some(Bound::Import(source, name)) => self.imported(module, &source, &name, expr.span),
                _ => self.lost(module, expr.span),
            },
            Node::Member(object, name, _) if name == "auth" => self.next_auth(module, object),
            Node::Call(callee, items, _) => {
                self.deeper(module, expr.span, |walk| walk.wrapped(module, expr, callee, items));
            }
            _ => self.lost(module, expr.span),
        }
    }

    fn wrapped(&mut self, module: &Arc<Module>, expr: &Expr, callee: &Expr, items: &[Item]) {
        let (source, name) = self.origin(module, callee);
        let inner = items.iter().map(|item| &item.value).find(|value| self.is_function(module, value));
        match (source.as_deref(), name.as_str()) {
            (Some("next-intl/middleware"), _) => self.stop(Stop::Locale, module, expr.span),
            (Some("next-auth/middleware"), _) => {
                let callbacks = items.iter().find_map(|item| item.value.property("callbacks"));
                let authorized = callbacks.and_then(|callbacks| callbacks.value.property("authorized"));
                match authorized.map(|authorized| &authorized.value.node) {
                    Some(Node::Function(function)) => self.authorized(module, function),
                    _ => self.stop(Stop::Login, module, expr.span),
                }
                if let Some(inner) = inner {
                    self.middleware(module, inner);
                }
            }
            // Clerk lets everything through that its function does not protect.
            (_, "clerkMiddleware") if inner.is_none() => {}
            (_, "authMiddleware") => {
                let listed = items.iter().find_map(|item| item.value.property("publicRoutes"));
                let public = listed.map(|listed| script::evaluate(self.modules, module, &listed.value));
                if !public.is_some_and(|public| self.is_listed(&public)) {
                    self.stop(Stop::Login, module, expr.span);
                }
            }
            _ => match inner {
                Some(inner) => self.middleware(module, inner),
                None => match script::evaluate(self.modules, module, expr).what {
                    What::Function(home, function) => self.function(&home, &function, Doubt::No),
                    _ => self.lost(module, expr.span),
                },
            },
        }
    }

    fn is_function(&self, module: &Arc<Module>, value: &Expr) -> bool {
        match &value.node {
            Node::Function(_) => true,
            Node::Name(_) => matches!(script::evaluate(self.modules, module, value).what, What::Function(..)),
            _ => false,
        }
    }

    /// The package and the name that something is imported from; none = it is of the project.
    fn origin(&self, module: &Module, callee: &Expr) -> (Option<String>, String) {
        let name = match &callee.node {
            Node::Name(name) | Node::Member(_, name, _) => name.clone(),
            _ => String::new(),
        };
        match callee.dotted().and_then(|path| path.first().map(|first| (*first).to_owned())) {
            Some(first) => match module.binding(&first, callee.span.start).map(|binding| &binding.value) {
                Some(Bound::Import(source, imported)) => {
                    let name = if imported == "*" || imported == "default" { name } else { imported.clone() };
                    (Some(source.clone()), name)
                }
                _ => (None, name),
            },
            None => (None, name),
        }
    }

    /// `NextAuth(config)`: its callback `authorized` decides, where there is one.
    fn next_auth(&mut self, module: &Arc<Module>, made: &Expr) {
        let made = match &made.node {
            Node::Name(name) => match module.binding(name, made.span.start).map(|binding| binding.value.clone()) {
                Some(Bound::Value(init, _)) => init.as_ref().clone(),
                _ => return self.lost(module, made.span),
            },
            _ => made.clone(),
        };
        let Node::Call(_, items, _) = &made.node else { return self.lost(module, made.span) };
        let Some(config) = items.first() else { return self.lost(module, made.span) };
        let config = script::evaluate(self.modules, module, &config.value);
        let What::Object(_, hidden) = &config.what else { return self.lost(module, made.span) };
        let authorized = config.field("callbacks").and_then(|callbacks| callbacks.field("authorized"));
        match authorized.map(|authorized| authorized.what.clone()) {
            Some(What::Function(home, function)) => self.authorized(&home, &function),
            None if hidden.is_empty() => {}
            _ => self.lost(module, made.span),
        }
    }

    /// A callback that says whether a visitor may pass.
    fn authorized(&mut self, module: &Arc<Module>, function: &Function) {
        let mut returns = Vec::new();
        self.answers(module, &function.body, &mut returns);
        for value in returns {
            if self.truth(module, &value) == Some(true) {
                continue;
            }
            return self.stop(Stop::Login, module, value.span);
        }
    }

    /// The values that can be returned for this path; true = one is for certain.
    fn answers(&self, module: &Arc<Module>, body: &[Stmt], found: &mut Vec<Expr>) -> bool {
        for statement in body {
            let ends = match &statement.node {
                Act::Return(Some(value)) => {
                    found.push(value.clone());
                    true
                }
                Act::Return(None) => true,
                Act::If(test, then, other) => match self.truth(module, test) {
                    Some(true) => self.answers(module, then, found),
                    Some(false) => self.answers(module, other, found),
                    None => {
                        let then = self.answers(module, then, found);
                        self.answers(module, other, found) && then
                    }
                },
                Act::Block(inner) => self.answers(module, inner, found),
                _ => false,
            };
            if ends {
                return true;
            }
        }
        false
    }

    fn function(&mut self, module: &Arc<Module>, function: &Arc<Function>, doubt: Doubt) {
        self.deeper(module, function.span, |walk| {
            walk.statements(module, &function.body, doubt);
        });
    }

    /// Whether nothing behind these statements is come to.
    fn statements(&mut self, module: &Arc<Module>, body: &[Stmt], doubt: Doubt) -> bool {
        for statement in body {
            let ends = match &statement.node {
                Act::Return(None) | Act::Throw(_) => true,
                Act::Return(Some(value)) => {
                    self.returned(module, value, doubt);
                    true
                }
                Act::Expr(value) => {
                    self.protects(module, value, doubt);
                    false
                }
                Act::If(test, then, other) => match self.truth(module, test) {
                    Some(true) => self.statements(module, then, doubt),
                    Some(false) => self.statements(module, other, doubt),
                    None => {
                        let doubt = doubts(doubt, &module.excerpt(test.span));
                        let then = self.statements(module, then, doubt);
                        self.statements(module, other, doubt) && then
                    }
                },
                Act::Block(inner) => self.statements(module, inner, doubt),
                Act::Loop(_, inner) => {
                    self.statements(module, inner, doubts(doubt, ""));
                    false
                }
                Act::Switch(value, cases) => {
                    let doubt = doubts(doubt, &module.excerpt(value.span));
                    for (_, inner) in cases {
                        self.statements(module, inner, doubt);
                    }
                    false
                }
                _ => false,
            };
            if ends {
                return true;
            }
        }
        false
    }

    /// `await auth.protect()` and the like.
    fn protects(&mut self, module: &Arc<Module>, value: &Expr, doubt: Doubt) {
        let value = if let Node::Await(inner) = &value.node { inner } else { value };
        match &value.node {
            Node::Call(callee, ..)
                if doubt != Doubt::Other && matches!(&callee.node, Node::Member(_, name, _) if name == "protect") =>
            {
                self.stop(Stop::Login, module, value.span);
            }
            // `if (!isPublicRoute(request)) await auth.protect()` as an expression.
            Node::Binary("&&", test, then) => match self.truth(module, test) {
                Some(true) => self.protects(module, then, doubt),
                Some(false) => {}
                None => self.protects(module, then, doubts(doubt, &module.excerpt(test.span))),
            },
            _ => {}
        }
    }

    fn returned(&mut self, module: &Arc<Module>, value: &Expr, doubt: Doubt) {
        let stops = |walk: &mut Self, stop: Stop| match doubt {
            // A maintenance page or a rate limit is nobody's fault.
            Doubt::Other if stop == Stop::Answer => {}
            Doubt::Other => walk.lost(module, value.span),
            _ => walk.stop(stop, module, value.span),
        };
        match &value.node {
            Node::Null | Node::Bool(true) => {}
            Node::Name(name) if name == "undefined" => {}
            Node::Await(inner) => self.returned(module, inner, doubt),
            Node::If(test, then, other) => match self.truth(module, test) {
                Some(true) => self.returned(module, then, doubt),
                Some(false) => self.returned(module, other, doubt),
                None => {
                    let doubt = doubts(doubt, &module.excerpt(test.span));
                    self.returned(module, then, doubt);
                    self.returned(module, other, doubt);
                }
            },
            Node::Name(name) => match module.binding(name, value.span.start) {
                Some(binding) => match binding.value.clone() {
                    Bound::Value(init, way) if way.is_empty() && !binding.reassigned => {
                        self.deeper(module, value.span, |walk| walk.returned(module, &init, doubt));
                    }
                    // `let response = NextResponse.next(…)`, made anew with other cookies.
                    Bound::Value(init, _) => {
                        let mut all = vec![init.as_ref().clone()];
                        module.each(&mut |expr| {
                            if let Node::Assign("=", target, assigned) = &expr.node
                                && matches!(&target.node, Node::Name(target) if target == name)
                            {
                                all.push((**assigned).clone());
                            }
                        });
                        if !all.iter().all(is_next) {
                            self.lost(module, value.span);
                        }
                    }
                    _ => self.lost(module, value.span),
                },
                None => self.lost(module, value.span),
            },
            Node::Call(callee, items, new) => {
                let path = callee.dotted().unwrap_or_default();
                match path.as_slice() {
                    ["NextResponse", "next"] => {}
                    [.., "redirect"] => stops(self, Stop::Redirect),
                    [.., "rewrite"] => stops(self, Stop::Rewrite),
                    ["NextResponse" | "Response"] if *new => stops(self, Stop::Answer),
                    ["NextResponse" | "Response", "json" | "error"] => stops(self, Stop::Answer),
                    _ => self.deeper(module, value.span, |walk| walk.called(module, value, callee, items, doubt)),
                }
            }
            _ => self.lost(module, value.span),
        }
    }

    fn called(&mut self, module: &Arc<Module>, value: &Expr, callee: &Expr, _items: &[Item], doubt: Doubt) {
        if let What::Function(home, function) = script::evaluate(self.modules, module, callee).what {
            return self.function(&home, &function, doubt);
        }
        // `const intl = createMiddleware(routing); return intl(request)`
        let made = match &callee.node {
            Node::Name(name) => match module.binding(name, callee.span.start).map(|binding| binding.value.clone()) {
                Some(Bound::Value(init, way)) if way.is_empty() => Some((Arc::clone(module), init)),
                Some(Bound::Import(source, name)) => {
                    self.modules.imported(&module.path, &source).and_then(|from| match &from.export(&name)?.value {
                        Exports::Value(value) => Some((Arc::clone(&from), Arc::clone(value))),
                        Exports::Name(local) => match &from.binding(local, 0)?.value {
                            Bound::Value(init, way) if way.is_empty() => Some((Arc::clone(&from), Arc::clone(init))),
                            _ => None,
                        },
                        Exports::From(..) => None,
                    })
                }
                _ => None,
            },
            _ => None,
        };
        let intl = made.is_some_and(|(home, made)| match &made.node {
            Node::Call(maker, ..) => self.origin(&home, maker).0.as_deref() == Some("next-intl/middleware"),
            _ => false,
        });
        if intl && doubt != Doubt::Other {
            self.stop(Stop::Locale, module, value.span);
        } else {
            self.lost(module, value.span);
        }
    }
}

fn is_next(value: &Expr) -> bool {
    let value = if let Node::Await(inner) = &value.node { inner } else { value };
    matches!(&value.node, Node::Call(callee, ..) if callee.dotted().as_deref() == Some(&["NextResponse", "next"]))
}

/// What a condition that is not decided adds.
fn doubts(before: Doubt, condition: &str) -> Doubt {
    const SOME: [&str; 22] = [
        "auth",
        "session",
        "token",
        "user",
        "login",
        "logged",
        "cookie",
        "sign",
        "locale",
        "lang",
        "i18n",
        "protect",
        "public",
        "permission",
        "role",
        "jwt",
        "verif",
        "account",
        "allow",
        "member",
        "tenant",
        "claims",
    ];
    let lower = condition.to_ascii_lowercase().replace("user-agent", "").replace("useragent", "");
    let some = SOME.iter().any(|word| lower.contains(word));
    match before {
        Doubt::Some => Doubt::Some,
        _ if some => Doubt::Some,
        _ => Doubt::Other,
    }
}
