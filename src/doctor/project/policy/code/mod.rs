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
    project::{App, Framework, Kind, Modules, Word},
    script::{
        Value, evaluate,
        tree::{Bound, Expr, Item, Module, Node, Property},
    },
};

use super::{Layer, PolicyText, scope::Scope};

/// Endings of scripts.
const ENDINGS: [&str; 8] = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];
/// Scripts of one app that are looked into.
const MAX_SCRIPTS: usize = 500;

pub(super) fn read(scope: &Scope<'_>, app: &App, found: &mut Vec<PolicyText>) {
    let named = |path: &&str| ENDINGS.iter().any(|ending| path.ends_with(ending)) && !is_test(path);
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

fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    [".test.", ".spec.", ".stories.", ".d.ts", ".min.js", ".cy."].iter().any(|part| name.contains(part))
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
        if is("next.config.") || is("vite.config.") || is("webpack.") || is("eslint.config") {
            return;
        }
        if is("svelte.config.") {
            return configs::svelte(self, found);
        }
        if is("astro.config.") {
            return configs::astro(self, found);
        }
        if is("nuxt.config.") {
            configs::nuxt(self, found);
        }
        let inside = format!("/{path}");
        if ["/app/api/", "/pages/api/", "/server/api/"].iter().any(|folder| inside.contains(folder)) {
            return;
        }
        helmet::read(self, found);
        headers::read(self, found);
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
