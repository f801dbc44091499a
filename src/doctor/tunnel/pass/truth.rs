//! Conditions that the path of a request decides.

use std::sync::Arc;

use crate::doctor::{
    matcher,
    script::{
        self, Origin, Piece, Value, What,
        tree::{Bound, Expr, Module, Node},
    },
};

use super::Walk;

impl Walk<'_> {
    /// Whether a condition holds for this path; none = that depends on more.
    pub(super) fn truth(&self, module: &Arc<Module>, test: &Expr) -> Option<bool> {
        match &test.node {
            Node::Unary("!", inner) => self.truth(module, inner).map(|holds| !holds),
            Node::Binary("&&", left, right) => match (self.truth(module, left), self.truth(module, right)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Node::Binary("||", left, right) => match (self.truth(module, left), self.truth(module, right)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Node::Binary(operator @ (">=" | ">" | "<" | "<="), left, right) => {
                let number = |side: &Expr| self.value(module, side).number();
                let (left, right) = (number(left)?, number(right)?);
                Some(match *operator {
                    ">=" => left >= right,
                    ">" => left > right,
                    "<" => left < right,
                    _ => left <= right,
                })
            }
            Node::Name(name) => {
                match module.binding(name, test.span.start).map(|binding| (&binding.value, binding.reassigned)) {
                    Some((Bound::Value(init, way), false)) if way.is_empty() => self.truth(module, init),
                    _ => self.value(module, test).truthy(),
                }
            }
            _ => self.value(module, test).truthy(),
        }
    }

    fn value(&self, module: &Arc<Module>, expr: &Expr) -> Value {
        script::evaluate_given(self.modules, module, expr, &|module, expr| self.given(module, expr))
    }

    /// What is known of the request: its path and method.
    fn given(&self, module: &Arc<Module>, expr: &Expr) -> Option<Value> {
        let text = |text: String| Some(self.known(module, expr, What::Text(vec![piece(module, expr, text)])));
        match &expr.node {
            Node::Member(_, name, _) if name == "pathname" => text(self.path.to_owned()),
            Node::Member(object, name, _) if name == "method" && is_request(object) => text("POST".to_owned()),
            Node::Member(object, name, _) if name == "url" && is_request(object) => {
                text(format!("https://app.example{}", self.path))
            }
            Node::Member(object, name, _) if name == "href" && object.dotted()?.last() == Some(&"nextUrl") => {
                text(format!("https://app.example{}", self.path))
            }
            Node::Name(name) => match &module.binding(name, expr.span.start)?.value {
                Bound::Value(_, way) if way.last().is_some_and(|last| last == "pathname") => text(self.path.to_owned()),
                Bound::Param(_, _, way) if way.last().is_some_and(|last| last == "pathname") => {
                    text(self.path.to_owned())
                }
                Bound::Param(_, _, way) if way.is_empty() && name == "pathname" => text(self.path.to_owned()),
                _ => None,
            },
            // Clerk's `createRouteMatcher(['/sign-in(.*)'])(request)`
            Node::Call(callee, _, false) => {
                let Node::Name(name) = &callee.node else { return None };
                let Bound::Value(init, _) = &module.binding(name, callee.span.start)?.value else { return None };
                let Node::Call(maker, items, _) = &init.node else { return None };
                if !maker.dotted()?.last()?.contains("createRouteMatcher") {
                    return None;
                }
                let list = script::evaluate(self.modules, module, &items.first()?.value);
                let known = list.items().iter().all(|item| item.text().is_some()) && !list.items().is_empty();
                known.then(|| self.known(module, expr, What::Bool(self.is_listed(&list))))
            }
            _ => None,
        }
    }

    /// Whether a list of paths in the way of path-to-regexp has this one.
    pub(super) fn is_listed(&self, list: &Value) -> bool {
        let takes = |source: &String| matcher::route(source).is_some_and(|regex| regex.is_match(self.path));
        list.items().iter().filter_map(Value::text).any(|source| takes(&source))
    }

    fn known(&self, module: &Module, expr: &Expr, what: What) -> Value {
        Value { what, at: Origin { path: module.path.as_str().into(), span: expr.span }, env: Vec::new() }
    }
}

fn piece(module: &Module, expr: &Expr, text: String) -> Piece {
    Piece { text: Ok(text), at: Origin { path: module.path.as_str().into(), span: expr.span } }
}

fn is_request(object: &Expr) -> bool {
    object.dotted().is_some_and(|path| matches!(path.as_slice(), ["request" | "req"]))
}
