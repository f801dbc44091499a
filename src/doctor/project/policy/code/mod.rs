//! Policies that scripts set: configuration of frameworks, middleware, headers in code, JSX.

mod configs;
mod headers;
mod helmet;
mod near;
mod next_config;
mod object;
mod text;

use std::sync::Arc;

use crate::doctor::{
    project::{App, Framework, Kind, Modules, Word, aside::is_script},
    script::{
        Value, evaluate,
        tree::{Bound, Expr, Item, Module, Node, Property},
    },
};

use super::{Layer, PolicyText, scope::Scope};

/// Scripts of one app that are looked into.
const MAX_SCRIPTS: usize = 500;

pub(super) fn read(scope: &Scope<'_>, app: &App, found: &mut Vec<PolicyText>) {
    let named = |path: &&str| is_script(path);
    let paths: Vec<&str> = scope.mentioning(Word::POLICY).filter(named).take(MAX_SCRIPTS).collect();
    let mut all = Vec::new();
    // The configuration of Next.js can take all that it says from elsewhere.
    next_config::read(scope, app, &mut all);
    for path in paths {
        if let Some(Ok(module)) = app.modules.get(path) {
            let script = Script { modules: &app.modules, module, framework: &app.framework, app };
            script.read(&mut all);
        }
    }
    once(&mut all);
    found.append(&mut all);
}

/// The same text that is set in two ways is one policy.
fn once(all: &mut Vec<PolicyText>) {
    let mut seen: Vec<(String, bool)> = Vec::new();
    all.retain(|policy| {
        let Some(first) = policy.pieces.first() else { return true };
        let mark = (format!("{}:{} {:?}", first.path, first.span.start, policy.pages), policy.report_only);
        let new = !seen.contains(&mark);
        seen.push(mark);
        new
    });
}

/// A script that is looked into.
struct Script<'a> {
    modules: &'a Modules,
    module: Arc<Module>,
    framework: &'a Framework,
    app: &'a App,
}

impl Script<'_> {
    fn read(&self, found: &mut Vec<PolicyText>) {
        let path = self.module.path.as_str();
        let name = path.rsplit('/').next().unwrap_or(path);
        let is = |start: &str| name.starts_with(start);
        if is("svelte.config.") {
            return configs::svelte(self, found);
        }
        if is("astro.config.") {
            return configs::astro(self, found);
        }
        if is("nuxt.config.") {
            configs::nuxt(self, found);
        } else if name.contains(".config.") || self.answers_no_page(name) {
            // Headers of development servers, and configuration of what serves no page.
            return;
        }
        helmet::read(self, found);
        headers::read(self, found);
    }

    /// Whether a file answers requests with data.
    fn answers_no_page(&self, name: &str) -> bool {
        let inside = format!("/{}", self.module.path);
        let api = ["/app/api/", "/pages/api/", "/server/api/"].iter().any(|folder| inside.contains(folder));
        api || (self.framework.kind == Kind::Next && name.starts_with("route."))
    }

    /// Whether a server that is written beside a front end sends its pages, as far as one file tells.
    fn sends_pages(&self) -> bool {
        let signs =
            [".static(", "sendFile", ".render(", "text/html", ".html", "renderTo", "getRequestHandler", "serveStatic"];
        self.framework.kind == Kind::Node || signs.iter().any(|sign| self.module.text.contains(sign))
    }

    fn value(&self, expr: &Expr) -> Value {
        evaluate(self.modules, &self.module, expr)
    }

    /// Which package a name stands for: `import helmet from 'helmet'`, `const helmet = require('helmet')`.
    fn package(&self, callee: &Expr) -> Option<String> {
        let Node::Name(name) = &callee.node else { return None };
        match &self.module.binding(name, callee.span.start)?.value {
            Bound::Import(source, _) => Some(source.clone()),
            Bound::Value(value, _) => match &value.node {
                Node::Call(required, items, _) => match (&required.node, items.first()) {
                    (Node::Name(name), Some(Item { value: Expr { node: Node::Text(source), .. }, .. }))
                        if name == "require" =>
                    {
                        Some(source.clone())
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// Calls `see` with the objects of the script.
    fn objects(&self, see: &mut dyn FnMut(&Expr, &[Property])) {
        self.module.each(&mut |expr| {
            if let Node::Object(properties) = &expr.node {
                see(expr, properties);
            }
        });
    }

    /// The layer of a header that is set in code here.
    fn layer(&self) -> Layer {
        if self.framework.kind == Kind::Next { Layer::Middleware } else { Layer::Code }
    }
}

/// The property of a name.
fn property<'p>(properties: &'p [Property], name: &str) -> Option<&'p Property> {
    properties.iter().rev().find(|property| property.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)))
}
