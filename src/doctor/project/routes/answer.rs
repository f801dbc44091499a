//! What answers a POST at an endpoint: the functions, found through names, exports of other files, and wrappers.

use std::sync::Arc;

use crate::doctor::{
    project::Modules,
    script::{
        self, Span, What,
        tree::{Bound, Exports, Expr, Function, Module, Node},
    },
};

use super::{Form, Route};

/// Names of names, wrappers in wrappers.
const MAX_DEPTH: usize = 16;

/// What answers a POST.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Code of the project.
    Code(Code),
    /// A page: HTML, with 200.
    Page,
    /// Nothing: the endpoint has these methods.
    NoPost(Vec<String>),
    /// Something that is not followed.
    Unknown,
}

/// Code that answers.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// Functions of the project, in the order in which they are asked.
    pub functions: Vec<(Arc<Module>, Arc<Function>)>,
    /// What comes from packages.
    pub libraries: Vec<Library>,
    /// Something in it is not followed.
    pub unknown: bool,
}

/// A handler of a package.
#[derive(Debug, Clone)]
pub struct Library {
    /// Its name there: `createSentryTunnelRoute`, `POST`, `raw`.
    pub name: String,
    /// The package: `@sentry/nextjs/tunnel`.
    pub source: String,
    /// The call, where it is one.
    pub call: Option<(Arc<Module>, Expr)>,
}

impl Route {
    /// What answers a POST here.
    pub fn answer(&self, modules: &Modules) -> Answer {
        let exported = |names: &[&str]| -> Option<Answer> {
            let module = modules.get(&self.path)?.ok()?;
            let found = names.iter().find_map(|name| {
                let mut code = Code::default();
                export(modules, &module, name, 0, &mut code).then_some(code)
            });
            let methods = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];
            let others = methods.iter().filter(|method| module.export(method).is_some()).map(|each| (*each).to_owned());
            Some(found.map_or_else(|| Answer::NoPost(others.collect()), Answer::Code))
        };
        if !self.takes_post() {
            return Answer::NoPost(self.methods.clone());
        }
        match self.form {
            Form::Page => Answer::Page,
            Form::Methods => exported(&["POST", "fallback", "ALL"]).unwrap_or(Answer::Unknown),
            Form::NextApi | Form::Nitro => match exported(&["default"]) {
                Some(Answer::NoPost(_)) | None => Answer::Unknown,
                Some(found) => found,
            },
            Form::Remix => match exported(&["action"]) {
                Some(Answer::NoPost(_)) => Answer::NoPost(vec!["GET".to_owned()]),
                Some(found) => found,
                None => Answer::Unknown,
            },
            Form::Node => {
                let Some(Ok(module)) = modules.get(&self.path) else { return Answer::Unknown };
                let mut code = Code::default();
                self.handlers.iter().for_each(|handler| follow(modules, &module, handler, 0, &mut code));
                Answer::Code(code)
            }
            Form::Python => Answer::Unknown,
        }
    }
}

/// The export of a name; false where there is none.
fn export(modules: &Modules, module: &Arc<Module>, name: &str, depth: usize, code: &mut Code) -> bool {
    if depth > MAX_DEPTH {
        code.unknown = true;
        return true;
    }
    let Some(export_) = module.export(name) else {
        let stars = module.exports.iter().filter(|each| each.name == "*");
        return stars.into_iter().any(|star| match &star.value {
            Exports::From(source, _) => match modules.imported(&module.path, source) {
                Some(from) => export(modules, &from, name, depth + 1, code),
                None => {
                    code.libraries.push(Library { name: name.to_owned(), source: source.clone(), call: None });
                    true
                }
            },
            _ => false,
        });
    };
    match &export_.value {
        Exports::Value(value) => follow(modules, module, value, depth + 1, code),
        Exports::Name(local) => {
            let at = export_.span;
            follow(modules, module, &Expr { span: at, node: Node::Name(local.clone()) }, depth + 1, code);
        }
        Exports::From(source, name) => imported(modules, module, source, name, depth + 1, code),
    }
    true
}

fn imported(modules: &Modules, module: &Arc<Module>, source: &str, name: &str, depth: usize, code: &mut Code) {
    match modules.imported(&module.path, source) {
        Some(from) => code.unknown |= !export(modules, &from, name, depth + 1, code),
        None => code.libraries.push(Library { name: name.to_owned(), source: source.to_owned(), call: None }),
    }
}

/// The functions that an expression stands for.
fn follow(modules: &Modules, module: &Arc<Module>, expr: &Expr, depth: usize, code: &mut Code) {
    if depth > MAX_DEPTH {
        code.unknown = true;
        return;
    }
    match &expr.node {
        Node::Function(function) => code.functions.push((Arc::clone(module), Arc::clone(function))),
        Node::List(items) => items.iter().for_each(|item| follow(modules, module, &item.value, depth + 1, code)),
        Node::Await(inner) => follow(modules, module, inner, depth + 1, code),
        Node::Name(name) => match module.binding(name, expr.span.start).map(|binding| &binding.value) {
            Some(Bound::Function(function)) => code.functions.push((Arc::clone(module), Arc::clone(function))),
            Some(Bound::Value(init, way)) if way.is_empty() || matches!(init.node, Node::Call(..)) => {
                follow(modules, module, &init.clone(), depth + 1, code);
            }
            Some(Bound::Import(source, name)) => imported(modules, module, source, name, depth + 1, code),
            _ => of_value(modules, module, expr, code),
        },
        Node::Member(object, name, _) => {
            if let Node::Name(space) = &object.node
                && let Some(Bound::Import(source, all)) =
                    module.binding(space, object.span.start).map(|binding| &binding.value)
                && (all == "*" || modules.resolve(&module.path, source).is_none())
            {
                return imported(modules, module, &source.clone(), name, depth + 1, code);
            }
            of_value(modules, module, expr, code);
        }
        Node::Call(callee, items, _) => called(modules, module, expr, (callee, items), depth, code),
        _ => of_value(modules, module, expr, code),
    }
}

fn called(
    modules: &Modules,
    module: &Arc<Module>,
    expr: &Expr,
    (callee, items): (&Expr, &[script::tree::Item]),
    depth: usize,
    code: &mut Code,
) {
    // `withAuth(handler)`, `defineEventHandler(async (event) => …)`: what is wrapped is what answers.
    for item in items {
        let mut inner = Code::default();
        if matches!(item.value.node, Node::Function(_) | Node::Name(_) | Node::Call(..)) {
            follow(modules, module, &item.value, depth + 1, &mut inner);
        }
        if !inner.functions.is_empty() {
            code.functions.append(&mut inner.functions);
            code.libraries.append(&mut inner.libraries);
            return;
        }
    }
    // A function of the project that makes the handler.
    if let What::Function(home, function) = script::evaluate(modules, module, expr).what {
        return code.functions.push((home, function));
    }
    let mut maker = Code::default();
    follow(modules, module, callee, depth + 1, &mut maker);
    match maker.libraries.pop() {
        Some(library) if maker.functions.is_empty() => {
            code.libraries.push(Library { call: Some((Arc::clone(module), expr.clone())), ..library });
        }
        _ => code.unknown = true,
    }
}

fn of_value(modules: &Modules, module: &Arc<Module>, expr: &Expr, code: &mut Code) {
    match script::evaluate(modules, module, expr).what {
        What::Function(home, function) => code.functions.push((home, function)),
        _ => code.unknown = true,
    }
}

impl Code {
    /// Whether Sentry's own tunnel answers: `createSentryTunnelRoute`, `export { POST } from '@sentry/nextjs/tunnel'`.
    pub fn of_sentry(&self) -> Option<&Library> {
        self.libraries.iter().find(|library| library.source.starts_with("@sentry/"))
    }

    /// The place of the first function.
    pub fn place(&self) -> Option<(&str, Span)> {
        self.functions.first().map(|(module, function)| (module.path.as_str(), function.span))
    }
}
