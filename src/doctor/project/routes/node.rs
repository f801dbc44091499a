//! Endpoints of Express, Fastify, Koa, Hono and their like: who declares which, and where it is mounted.

use std::{collections::BTreeSet, sync::Arc};

use crate::doctor::{
    project::{App, Modules, Tree, Word},
    script::{
        self, Span, What,
        tree::{Bound, Exports, Expr, Item, Module, Node},
    },
};

use super::{Form, Pattern, Route, Segment, is_script};

/// Files that are read.
const MAX_FILES: usize = 400;
/// Routers in routers, names of names.
const MAX_DEPTH: usize = 12;
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "options", "head", "all"];
/// What makes an app or a router.
const MAKERS: [&str; 15] = [
    "express",
    "Router",
    "fastify",
    "Fastify",
    "Koa",
    "KoaRouter",
    "Hono",
    "OpenAPIHono",
    "polka",
    "createServer",
    "Elysia",
    "require",
    "createApp",
    "createRouter",
    "restify",
];

/// An app, a router, or the plugin function that is handed one: where it is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    path: String,
    at: usize,
}

/// What one call declares.
struct Declared {
    on: Id,
    address: Pattern,
    shown: String,
    methods: Vec<String>,
    path: String,
    span: Span,
    handlers: Vec<Expr>,
}

/// A router under another.
struct Mount {
    parent: Id,
    child: Id,
    prefix: Pattern,
    shown: String,
}

struct Reader<'p> {
    modules: &'p Modules,
    declared: Vec<Declared>,
    mounts: Vec<Mount>,
    /// What a router itself puts before its addresses.
    own: Vec<(Id, Pattern, String)>,
}

/// Finds the endpoints.
pub(super) fn read(tree: &Tree, app: &App) -> Vec<Route> {
    let mut reader = Reader { modules: &app.modules, declared: Vec::new(), mounts: Vec::new(), own: Vec::new() };
    let paths = app.mentioning(tree, Word::SERVER).filter(|path| is_script(path));
    for path in paths.take(MAX_FILES) {
        let Some(Ok(module)) = app.modules.get(path) else { continue };
        module.each(&mut |expr| reader.look(&module, expr));
    }
    let mut routes = Vec::new();
    for each in &reader.declared {
        for (prefix, shown) in reader.prefixes(&each.on, &mut BTreeSet::new(), 0) {
            let pattern = Pattern([prefix.0, each.address.0.clone()].concat());
            routes.push(Route {
                address: format!("{}{}", shown.trim_end_matches('/'), each.shown),
                pattern,
                methods: each.methods.clone(),
                path: each.path.clone(),
                span: Some(each.span),
                form: Form::Node,
                handlers: each.handlers.clone(),
            });
        }
    }
    routes
}

impl Reader<'_> {
    fn look(&mut self, module: &Arc<Module>, expr: &Expr) {
        let Node::Call(callee, items, new) = &expr.node else { return };
        if *new {
            return self.router(module, expr, items);
        }
        let Node::Member(object, method, _) = &callee.node else { return };
        match method.as_str() {
            "use" => self.used(module, expr, object, items),
            "register" => self.registered(module, object, items),
            "basePath" | "prefix" => {
                if let (Some(id), Some((pattern, shown))) =
                    (self.identity(module, object, 0), items.first().and_then(|item| self.address(module, &item.value)))
                {
                    self.own.push((id, pattern, shown));
                }
            }
            "route" => self.routed(module, expr, object, items),
            "on" => {
                let names = items.first().map(|item| script::evaluate(self.modules, module, &item.value));
                let names = names.map(|names| match names.text() {
                    Some(one) => vec![one],
                    None => names.items().iter().filter_map(script::Value::text).collect(),
                });
                let names = names.unwrap_or_default();
                if names.iter().any(|name| name == "POST") {
                    self.declare(module, expr, object, names, items.get(1..).unwrap_or_default());
                }
            }
            method if METHODS.contains(&method) => {
                let names = if method == "all" { Vec::new() } else { vec![method.to_ascii_uppercase()] };
                // `router.route('/x').get(a).post(b)`
                match route_of(object) {
                    Some((router, path)) => {
                        let mut all = vec![path.clone()];
                        all.extend(items.iter().cloned());
                        self.declare(module, expr, router, names, &all);
                    }
                    None => self.declare(module, expr, object, names, items),
                }
            }
            _ => {}
        }
    }

    fn declare(&mut self, module: &Arc<Module>, expr: &Expr, object: &Expr, methods: Vec<String>, items: &[Item]) {
        let Some((first, handlers)) = items.split_first() else { return };
        let Some(on) = self.identity(module, object, 0) else { return };
        if handlers.is_empty() {
            return;
        }
        for (address, shown) in self.addresses(module, &first.value) {
            self.declared.push(Declared {
                on: on.clone(),
                address,
                shown,
                methods: methods.clone(),
                path: module.path.clone(),
                span: expr.span,
                handlers: handlers.iter().map(|item| item.value.clone()).collect(),
            });
        }
    }

    /// `new Router({ prefix: '/api' })`
    fn router(&mut self, module: &Arc<Module>, expr: &Expr, items: &[Item]) {
        let prefix = items.first().and_then(|item| item.value.property("prefix")).map(|property| &property.value);
        if let Some((pattern, shown)) = prefix.and_then(|prefix| self.address(module, prefix)) {
            self.own.push((Id { path: module.path.clone(), at: expr.span.start }, pattern, shown));
        }
    }

    /// `app.use('/x', router)`, `app.use(router.routes())`, `app.use('/x', handler)`
    fn used(&mut self, module: &Arc<Module>, expr: &Expr, object: &Expr, items: &[Item]) {
        let Some(parent) = self.identity(module, object, 0) else { return };
        let Some((first, rest)) = items.split_first() else { return };
        let addresses = match self.addresses(module, &first.value) {
            found if found.is_empty() => vec![(Pattern::default(), String::new())],
            found => found,
        };
        let with_address = !addresses.iter().all(|(pattern, _)| pattern.0.is_empty());
        let handlers: Vec<&Expr> = if with_address {
            rest.iter().map(|item| &item.value).collect()
        } else {
            items.iter().map(|item| &item.value).collect()
        };
        let mut others = Vec::new();
        for handler in handlers {
            // `mount('/x', router.routes())` of Koa.
            if let Node::Call(callee, inner, false) = &handler.node
                && matches!(&callee.node, Node::Name(name) if name == "mount")
                && let [path, router] = inner.as_slice()
                && let (Some((prefix, shown)), Some(child)) =
                    (self.address(module, &path.value), self.identity(module, &router.value, 0))
            {
                self.mounts.push(Mount { parent: parent.clone(), child, prefix, shown });
                continue;
            }
            match self.identity(module, handler, 0).filter(|id| *id != parent) {
                Some(child) if !matches!(handler.node, Node::Function(_)) => {
                    for (prefix, shown) in &addresses {
                        let (prefix, shown) = (prefix.clone(), shown.clone());
                        self.mounts.push(Mount { parent: parent.clone(), child: child.clone(), prefix, shown });
                    }
                }
                _ => others.push(handler.clone()),
            }
        }
        if with_address && !others.is_empty() {
            for (address, shown) in addresses {
                let address = Pattern([address.0, vec![Segment::Rest]].concat());
                self.declared.push(Declared {
                    on: parent.clone(),
                    address,
                    shown,
                    methods: Vec::new(),
                    path: module.path.clone(),
                    span: expr.span,
                    handlers: others.clone(),
                });
            }
        }
    }

    /// `fastify.register(plugin, { prefix: '/x' })`
    fn registered(&mut self, module: &Arc<Module>, object: &Expr, items: &[Item]) {
        let (Some(parent), Some(plugin)) = (self.identity(module, object, 0), items.first()) else { return };
        let Some(child) = self.identity(module, &plugin.value, 0) else { return };
        let prefix = items.get(1).and_then(|item| item.value.property("prefix")).map(|property| &property.value);
        let (prefix, shown) = match prefix {
            Some(prefix) => self.address(module, prefix).unwrap_or((Pattern(vec![Segment::Rest]), "/…".to_owned())),
            None => (Pattern::default(), String::new()),
        };
        self.mounts.push(Mount { parent, child, prefix, shown });
    }

    /// Hono's `app.route('/x', other)`, and Fastify's `app.route({ method, url, handler })`.
    fn routed(&mut self, module: &Arc<Module>, expr: &Expr, object: &Expr, items: &[Item]) {
        match items {
            [path, other] => {
                if let (Some(parent), Some(child), Some((prefix, shown))) = (
                    self.identity(module, object, 0),
                    self.identity(module, &other.value, 0),
                    self.address(module, &path.value),
                ) {
                    self.mounts.push(Mount { parent, child, prefix, shown });
                }
            }
            [only] => {
                let property = |name: &str| only.value.property(name).map(|property| property.value.clone());
                let (Some(url), Some(handler)) = (property("url").or_else(|| property("path")), property("handler"))
                else {
                    return;
                };
                let methods = property("method").map(|method| script::evaluate(self.modules, module, &method));
                let methods = methods.map(|method| match method.text() {
                    Some(one) => vec![one.to_ascii_uppercase()],
                    None => method.items().iter().filter_map(script::Value::text).collect(),
                });
                let items = [Item { spread: false, value: url }, Item { spread: false, value: handler }];
                self.declare(module, expr, object, methods.unwrap_or_default(), &items);
            }
            _ => {}
        }
    }

    /// The addresses that an argument gives: a text, or a list of texts. Of a regular expression anything may be meant.
    fn addresses(&self, module: &Arc<Module>, expr: &Expr) -> Vec<(Pattern, String)> {
        if let Node::List(items) = &expr.node {
            return items.iter().filter_map(|item| self.address(module, &item.value)).collect();
        }
        self.address(module, expr).into_iter().collect()
    }

    fn address(&self, module: &Arc<Module>, expr: &Expr) -> Option<(Pattern, String)> {
        if matches!(expr.node, Node::Function(_) | Node::Call(..)) {
            return None;
        }
        let value = script::evaluate(self.modules, module, expr);
        match &value.what {
            What::Text(_) => {
                let text = value.text();
                let shown = text.clone().unwrap_or_else(|| "/…".to_owned());
                let pattern = text.map_or_else(|| Pattern(vec![Segment::Rest]), |text| written(&text));
                Some((pattern, shown))
            }
            What::Regex(..) => Some((Pattern(vec![Segment::Rest]), module.excerpt(expr.span))),
            What::Env(_) | What::Choice(_) => match value.any_text() {
                Some(text) => Some((written(&text), text)),
                None => Some((Pattern(vec![Segment::Rest]), "/…".to_owned())),
            },
            _ => None,
        }
    }

    /// Which app, router or plugin an expression is.
    fn identity(&self, module: &Arc<Module>, expr: &Expr, depth: usize) -> Option<Id> {
        if depth > MAX_DEPTH {
            return None;
        }
        let here = |at: usize| Some(Id { path: module.path.clone(), at });
        match &expr.node {
            Node::Name(name) => {
                let binding = module.binding(name, expr.span.start)?;
                match &binding.value {
                    Bound::Value(init, way) if way.is_empty() => self.identity(module, init, depth + 1),
                    Bound::Function(function) => here(function.span.start),
                    Bound::Param(function, 0, way) if way.is_empty() => here(*function),
                    Bound::Import(source, name) => {
                        let from = self.modules.imported(&module.path, source)?;
                        self.exported(&from, name, depth + 1)
                    }
                    Bound::Unknown => here(binding.span.start),
                    _ => None,
                }
            }
            Node::Function(function) => here(function.span.start),
            Node::Await(inner) => self.identity(module, inner, depth + 1),
            Node::Import(source) => {
                self.exported(&self.modules.imported(&module.path, source.text()?)?, "default", depth + 1)
            }
            Node::Call(callee, items, _) => {
                if let Node::Name(name) = &callee.node
                    && name == "require"
                    && let Some(source) = items.first().and_then(|item| item.value.text())
                    && let Some(from) = self.modules.imported(&module.path, source)
                {
                    return self.exported(&from, "default", depth + 1);
                }
                let name = match &callee.node {
                    Node::Name(name) | Node::Member(_, name, _) => name.as_str(),
                    Node::Call(..) => "require",
                    _ => return None,
                };
                match &callee.node {
                    // `router.routes()`, and calls that give the router back.
                    Node::Member(object, method, _) if !MAKERS.contains(&method.as_str()) => {
                        self.identity(module, object, depth + 1)
                    }
                    _ if MAKERS.contains(&name) => here(expr.span.start),
                    // `fp(plugin)`
                    _ => items.iter().find_map(|item| match &item.value.node {
                        Node::Function(_) | Node::Name(_) => self.identity(module, &item.value, depth + 1),
                        _ => None,
                    }),
                }
            }
            Node::Member(object, name, _) => match &object.node {
                Node::Name(space) => match &module.binding(space, object.span.start)?.value {
                    Bound::Import(source, _) => {
                        self.exported(&self.modules.imported(&module.path, source)?, name, depth + 1)
                    }
                    _ => None,
                },
                // `this.app`
                _ => here(usize::MAX - name.len()),
            },
            _ => None,
        }
    }

    fn exported(&self, module: &Arc<Module>, name: &str, depth: usize) -> Option<Id> {
        if depth > MAX_DEPTH {
            return None;
        }
        let export = module.export(name).or_else(|| module.export("default"))?;
        match &export.value {
            Exports::Value(value) => self.identity(module, value, depth + 1),
            Exports::Name(local) => {
                self.identity(module, &Expr { span: export.span, node: Node::Name(local.clone()) }, depth + 1)
            }
            Exports::From(source, name) => {
                self.exported(&self.modules.imported(&module.path, source)?, name, depth + 1)
            }
        }
    }

    /// What stands before the addresses of a router.
    fn prefixes(&self, id: &Id, seen: &mut BTreeSet<Id>, depth: usize) -> Vec<(Pattern, String)> {
        let own = self.own.iter().find(|(of, ..)| of == id);
        let own =
            own.map_or((Pattern::default(), String::new()), |(_, pattern, shown)| (pattern.clone(), shown.clone()));
        if depth > MAX_DEPTH || !seen.insert(id.clone()) {
            return vec![own];
        }
        let mut all = Vec::new();
        for mount in self.mounts.iter().filter(|mount| mount.child == *id) {
            for (outer, shown) in self.prefixes(&mount.parent, seen, depth + 1) {
                let pattern = Pattern([outer.0, mount.prefix.0.clone(), own.0.0.clone()].concat());
                all.push((
                    pattern,
                    format!("{}{}{}", shown.trim_end_matches('/'), mount.shown.trim_end_matches('/'), own.1),
                ));
            }
        }
        seen.remove(id);
        if all.is_empty() { vec![own] } else { all }
    }
}

/// The router and the path of `router.route('/x').get(…)…`.
fn route_of(object: &Expr) -> Option<(&Expr, &Item)> {
    let mut object = object;
    for _ in 0..METHODS.len() {
        let Node::Call(callee, items, false) = &object.node else { return None };
        let Node::Member(inner, method, _) = &callee.node else { return None };
        if method == "route" {
            return items.first().map(|path| (&**inner, path));
        }
        object = inner;
    }
    None
}

/// An address of Express and the like: `:id`, `:id?`, `*`, `{*splat}`, `(.*)`.
fn written(text: &str) -> Pattern {
    let segment = |part: &str| match part {
        "*" | "(.*)" => Segment::Rest,
        part if part.starts_with("{*") || part.starts_with('*') => Segment::Rest,
        part if part.starts_with(':') && part.ends_with('?') => Segment::Optional,
        part if part.starts_with(':') && part.ends_with('*') => Segment::Rest,
        part if part.starts_with([':', '{']) || part.contains(['(', '*']) => Segment::Any,
        part => Segment::Text(part.to_owned()),
    };
    Pattern(text.split('/').filter(|part| !part.is_empty()).map(segment).collect())
}
