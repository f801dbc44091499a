//! Which values of a handler come from the DSN in the envelope's header.

use std::sync::Arc;

use crate::doctor::script::{
    self,
    tree::{Bound, Expr, Module, Node},
};

use super::{Checked, Look, MAX_DEPTH};

impl Look<'_> {
    /// Which part of the DSN an expression is, by the names on its way.
    pub(super) fn compared(&self, module: &Arc<Module>, expr: &Expr, depth: usize) -> Checked {
        let by_name = |name: &str| {
            let lower = name.to_ascii_lowercase();
            if lower.contains("host") || lower.contains("origin") {
                Some(Checked::Host)
            } else if lower.contains("path") || lower.contains("project") || lower == "id" {
                Some(Checked::Project)
            } else {
                None
            }
        };
        let mut found = None;
        expr.each(&mut |inner| {
            let name = match &inner.node {
                Node::Member(_, name, _) | Node::Name(name) => name,
                _ => return,
            };
            found = found.or_else(|| by_name(name));
        });
        if let Some(found) = found {
            return found;
        }
        match &expr.node {
            Node::Name(name) if depth < MAX_DEPTH => match module.binding(name, expr.span.start).map(|b| &b.value) {
                Some(Bound::Value(init, way)) => {
                    way.last().and_then(|last| by_name(last)).unwrap_or_else(|| self.compared(module, init, depth + 1))
                }
                _ => Checked::Both,
            },
            _ => Checked::Both,
        }
    }

    /// Whether the host of an address comes from the envelope.
    pub(super) fn host(&self, module: &Arc<Module>, url: &Expr, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match &url.node {
            Node::Template(texts, parts) => {
                let first = texts.first().map_or("", |(text, _)| text.as_str());
                match (first.split_once("://"), parts) {
                    (Some((_, host)), _) if !host.is_empty() => {
                        // `https://o${org}.ingest.…`: the envelope names a part of it.
                        !host.contains('/')
                            && !host.is_empty()
                            && parts.first().is_some_and(|part| self.is_of_dsn(module, part, 0))
                    }
                    // `${dsn.protocol}//${dsn.host}/…`
                    _ => parts.iter().take(2).any(|part| {
                        !matches!(self.compared(module, part, 0), Checked::Project) && self.is_of_dsn(module, part, 0)
                    }),
                }
            }
            Node::Binary("+", left, right) => match left.text() {
                Some(text) if text.ends_with("://") => {
                    self.host(module, right, depth + 1)
                        || self.is_of_dsn(module, right, 0) && !matches!(right.node, Node::Binary(..))
                }
                Some(_) => false,
                None => match &left.node {
                    Node::Binary(..) => self.host(module, left, depth + 1),
                    _ => self.is_of_dsn(module, left, 0),
                },
            },
            Node::Name(name) => match module.binding(name, url.span.start).map(|binding| &binding.value) {
                Some(Bound::Value(init, way)) if way.is_empty() => self.host(module, init, depth + 1),
                _ => self.is_of_dsn(module, url, 0),
            },
            Node::Call(callee, items, _) => match (&callee.node, items.as_slice()) {
                (Node::Name(name), [_, base]) if name == "URL" => self.host(module, &base.value, depth + 1),
                (Node::Name(name), [only]) if name == "URL" || name == "String" => {
                    self.host(module, &only.value, depth + 1)
                }
                (Node::Member(object, name, _), []) if name == "toString" => self.host(module, object, depth + 1),
                _ => self.is_of_dsn(module, url, 0),
            },
            Node::Member(object, name, _) if name == "href" => self.host(module, object, depth + 1),
            _ => self.is_of_dsn(module, url, 0),
        }
    }

    /// Whether a value comes from the `dsn` of the envelope's header.
    pub(super) fn is_of_dsn(&self, module: &Arc<Module>, expr: &Expr, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let mut found = false;
        expr.each(&mut |inner| {
            if found {
                return;
            }
            found = match &inner.node {
                Node::Member(object, name, _) if name == "dsn" => self.is_hidden(module, inner) && !is_option(object),
                Node::Index(_, index) if index.text() == Some("dsn") => self.is_hidden(module, inner),
                Node::Name(name) => self.name_of_dsn(module, name, inner, depth),
                _ => false,
            };
        });
        found
    }

    /// The app's own DSN is known, or a variable of the environment; the envelope's is not.
    fn is_hidden(&self, module: &Arc<Module>, expr: &Expr) -> bool {
        let value = script::evaluate(self.modules, module, expr);
        value.env.is_empty() && matches!(value.what, script::What::Unknown(_))
    }

    fn name_of_dsn(&self, module: &Arc<Module>, name: &str, at: &Expr, depth: usize) -> bool {
        let Some(binding) = module.binding(name, at.span.start) else { return false };
        // A function that only uses such a value is not one.
        match &binding.value {
            Bound::Value(init, way) if !matches!(init.node, Node::Function(_)) => {
                let takes = way.iter().any(|part| part == "dsn") && self.is_hidden(module, at);
                takes
                    || self.is_of_dsn(module, init, depth + 1)
                    || self.assigned(module, name, binding.reassigned, depth)
            }
            Bound::Unknown => self.assigned(module, name, binding.reassigned, depth),
            Bound::Param(function, number, _) => self.handed(module, *function, *number, depth),
            _ => false,
        }
    }

    /// `let dsn; try { dsn = new URL(header.dsn); } …`
    fn assigned(&self, module: &Arc<Module>, name: &str, reassigned: bool, depth: usize) -> bool {
        if !reassigned {
            return false;
        }
        let mut values = Vec::new();
        module.each(&mut |expr| {
            if let Node::Assign("=", target, value) = &expr.node
                && matches!(&target.node, Node::Name(target) if target == name)
            {
                values.push(value);
            }
        });
        values.into_iter().any(|value| self.is_of_dsn(module, value, depth + 2))
    }

    /// A parameter of a function of this module that is handed such a value.
    fn handed(&self, module: &Arc<Module>, function: usize, number: usize, depth: usize) -> bool {
        let mut values = Vec::new();
        module.each(&mut |expr| {
            if let Node::Call(callee, items, _) = &expr.node
                && let Node::Name(name) = &callee.node
                && let Some(binding) = module.binding(name, callee.span.start)
            {
                let start = match &binding.value {
                    Bound::Function(called) => called.span.start,
                    Bound::Value(init, _) => match &init.node {
                        Node::Function(called) => called.span.start,
                        _ => return,
                    },
                    _ => return,
                };
                if start == function {
                    values.extend(items.get(number).map(|item| &item.value));
                }
            }
        });
        values.into_iter().any(|value| self.is_of_dsn(module, value, depth + 3))
    }
}

/// `options.dsn`, `config.dsn`, `client.getOptions().dsn`: the app's own.
fn is_option(object: &Expr) -> bool {
    let name = match &object.node {
        Node::Name(name) | Node::Member(_, name, _) => name,
        Node::Call(callee, ..) => match &callee.node {
            Node::Member(_, name, _) | Node::Name(name) => name,
            _ => return false,
        },
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    ["option", "config", "env", "setting", "client"].iter().any(|word| lower.contains(word))
}
