//! next.config: the object behind the wrappers and functions around it, and what its functions give.

use std::sync::Arc;

use crate::doctor::{
    project::{App, Modules, Setting, Tree},
    script::{
        self, Hidden, Origin, Span, Value, What,
        tree::{Act, Bound, Exports, Expr, Function, Item, Module, Node, Stmt},
    },
};

use super::{NextApp, Rewrite, When};

const NAMES: [&str; 6] =
    ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.mts", "next.config.cjs", "next.config.cts"];
/// Wrappers in wrappers, names of names.
const MAX_DEPTH: usize = 24;
/// Rewrites that are kept.
const MAX_REWRITES: usize = 500;

/// Reads next.config.
pub(super) fn read(tree: &Tree, app: &App, next: &mut NextApp) {
    let Some(path) = NAMES.iter().map(|name| format!("{}{name}", app.folder)).find(|path| tree.has(path)) else {
        return;
    };
    next.config = Some(path.clone());
    let module = match app.modules.get(&path) {
        Some(Ok(module)) => module,
        Some(Err(why)) => {
            next.unread = Some(why);
            return;
        }
        None => return,
    };
    let whole = Hidden {
        expression: "the whole of next.config".to_owned(),
        at: Origin { path: path.as_str().into(), span: Span { start: 0, end: 0 } },
    };
    let Some(object) = exported(&app.modules, &module) else {
        next.hidden.push(whole);
        return;
    };
    let What::Object(fields, hidden) = object.what else {
        next.hidden.push(whole);
        return;
    };
    next.hidden = hidden;
    for (name, value) in fields {
        let span = written(&module, &name, &value);
        next.options.push(Setting { name, value, span });
    }
    let given = |name: &str| next.option(name).map(|option| given(&app.modules, &option.value));
    let (headers, rewrites, redirects) = (given("headers"), given("rewrites"), given("redirects"));
    next.headers = headers;
    if let Some(value) = rewrites {
        rules(&value, When::After, &mut next.rewrites, &mut next.hidden_rewrites);
    }
    if let Some(value) = redirects {
        rules(&value, When::Before, &mut next.redirects, &mut next.hidden_rewrites);
    }
}

/// The object that a config file exports, behind wrappers and functions.
fn exported(modules: &Modules, module: &Arc<Module>) -> Option<Value> {
    let look = Look { modules };
    // `module.exports = withSentryConfig(module.exports, …)` comes behind the one with the options.
    let defaults = module.exports.iter().filter(|export| export.name == "default");
    defaults.into_iter().find_map(|export| match &export.value {
        Exports::Value(value) => look.object(module, value, 0),
        Exports::Name(name) => look.named(module, name, export.span.start, 0),
        Exports::From(source, name) => look.imported(module, source, name, 0),
    })
}

/// Where an option is written in the module, name and all.
fn written(module: &Module, name: &str, value: &Value) -> Option<Span> {
    let mut found = None;
    module.each(&mut |expr| {
        let Node::Object(properties) = &expr.node else { return };
        for property in properties.iter().filter(|property| property.name.as_deref() == Some(name)) {
            let exact = *value.at.path == *module.path && property.value.span == value.at.span;
            if exact || (found.is_none() && matches!(property.value.node, Node::Name(_) | Node::Member(..))) {
                found = Some(property.span);
            }
        }
    });
    found
}

/// Looks for an object behind what is around it.
struct Look<'p> {
    modules: &'p Modules,
}

impl Look<'_> {
    fn object(&self, module: &Arc<Module>, expr: &Expr, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(found) = self.of(script::evaluate(self.modules, module, expr), depth) {
            return Some(found);
        }
        match &expr.node {
            Node::Name(name) => self.named(module, name, expr.span.start, depth + 1),
            Node::Member(object, name, _) if name == "exports" && object.dotted()? == ["module"] => {
                match &module.export("default")?.value {
                    Exports::Value(value) if value.span != expr.span => self.object(module, value, depth + 1),
                    _ => None,
                }
            }
            Node::Call(callee, items, _) => self.wrapped(module, callee, items, depth + 1),
            Node::Function(function) => self.returned(module, function, depth + 1),
            Node::Await(inner) => self.object(module, inner, depth + 1),
            Node::If(_, then, other) => {
                self.object(module, other, depth + 1).or_else(|| self.object(module, then, depth + 1))
            }
            Node::Binary("||" | "??" | "&&", left, right) => {
                self.object(module, right, depth + 1).or_else(|| self.object(module, left, depth + 1))
            }
            Node::Parts(parts) => self.object(module, parts.last()?, depth + 1),
            _ => None,
        }
    }

    /// A value that is an object, or a function that gives one.
    fn of(&self, value: Value, depth: usize) -> Option<Value> {
        match &value.what {
            What::Object(..) => Some(value),
            What::Function(module, function) if depth < MAX_DEPTH => {
                let given = script::result(self.modules, module, function);
                self.of(given, depth + 1).or_else(|| self.returned(module, function, depth + 1))
            }
            What::Choice(all) => {
                let objects = all.iter().filter_map(|each| self.of(each.clone(), depth + 1));
                either(objects.collect())
            }
            _ => None,
        }
    }

    fn named(&self, module: &Arc<Module>, name: &str, at: usize, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &module.binding(name, at)?.value {
            Bound::Value(init, way) if way.is_empty() => self.object(module, init, depth + 1),
            Bound::Function(function) => self.returned(module, function, depth + 1),
            Bound::Import(source, name) => self.imported(module, source, name, depth + 1),
            _ => None,
        }
    }

    fn imported(&self, module: &Arc<Module>, source: &str, name: &str, depth: usize) -> Option<Value> {
        let from = self.modules.imported(&module.path, source)?;
        let export = from.export(name).or_else(|| from.export("default"))?;
        match &export.value {
            Exports::Value(value) => self.object(&from, value, depth + 1),
            Exports::Name(name) => self.named(&from, name, export.span.start, depth + 1),
            Exports::From(source, name) if depth < MAX_DEPTH => self.imported(&from, source, name, depth + 1),
            Exports::From(..) => None,
        }
    }

    /// `withSentryConfig(config, …)`, `withBundleAnalyzer({…})(config)`, `withPlugins([…], config)`,
    /// `plugins.reduce((config, plugin) => plugin(config), config)`.
    fn wrapped(&self, module: &Arc<Module>, callee: &Expr, items: &[Item], depth: usize) -> Option<Value> {
        let reduces = matches!(&callee.node, Node::Member(_, name, _) if name == "reduce" || name == "reduceRight");
        let mut arguments = items.iter().filter(|item| !item.spread).map(|item| &item.value);
        if reduces {
            return self.object(module, arguments.next_back()?, depth);
        }
        match arguments.find(|argument| !matches!(argument.node, Node::List(_))) {
            Some(config) => self.object(module, config, depth),
            // A function of the project that is called without arguments.
            None => self.object(module, callee, depth),
        }
    }

    /// What a function returns, the last of it first.
    fn returned(&self, module: &Arc<Module>, function: &Function, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut returns = Vec::new();
        returned(&function.body, &mut returns);
        returns.iter().rev().find_map(|value| self.object(module, value, depth + 1))
    }
}

/// One of several objects: the last, and what the others have differs or may not be there.
fn either(mut objects: Vec<Value>) -> Option<Value> {
    let mut last = objects.pop()?;
    let at = last.at.clone();
    let What::Object(fields, hidden) = &mut last.what else { return Some(last) };
    let chosen = |all: Vec<Value>| Value { what: What::Choice(all), at: at.clone(), env: Vec::new() };
    let nothing = Value { what: What::Undefined, at: at.clone(), env: Vec::new() };
    for other in objects {
        let What::Object(more, more_hidden) = other.what else { continue };
        hidden.extend(more_hidden.into_iter().filter(|each| !hidden.contains(each)).collect::<Vec<_>>());
        for (name, value) in more {
            match fields.iter_mut().rev().find(|(known, _)| *known == name) {
                Some((_, known)) if known.at == value.at => {}
                Some((_, known)) => *known = chosen(vec![known.clone(), value]),
                None => fields.push((name, chosen(vec![nothing.clone(), value]))),
            }
        }
    }
    Some(last)
}

/// The values that statements return, those of functions within not counted.
fn returned<'m>(body: &'m [Stmt], found: &mut Vec<&'m Expr>) {
    for statement in body {
        match &statement.node {
            Act::Return(Some(value)) => found.push(value),
            Act::If(_, then, other) => {
                returned(then, found);
                returned(other, found);
            }
            Act::Block(inner) | Act::Loop(_, inner) => returned(inner, found),
            Act::Switch(_, cases) => cases.iter().for_each(|(_, inner)| returned(inner, found)),
            _ => {}
        }
    }
}

/// What an option that may be a function gives.
fn given(modules: &Modules, value: &Value) -> Value {
    match &value.what {
        What::Function(module, function) => {
            let given = script::result(modules, module, function);
            // What hides it is better said with what is returned than with the whole function.
            let mut returns = Vec::new();
            returned(&function.body, &mut returns);
            match (&given.what, returns.as_slice()) {
                (What::Unknown(_), [only]) => script::evaluate(modules, module, only),
                _ => given,
            }
        }
        What::Choice(all) => {
            let all = all.iter().map(|each| given(modules, each)).collect();
            Value { what: What::Choice(all), ..value.clone() }
        }
        _ => value.clone(),
    }
}

/// The rewrites or redirects of a value: a list, or lists by when they are looked at.
fn rules(value: &Value, when: When, found: &mut Vec<Rewrite>, hidden: &mut Vec<Hidden>) {
    match &value.what {
        What::List(items) => items.iter().for_each(|item| rule(item, when, found, hidden)),
        What::Object(fields, more) => {
            hidden.extend(more.iter().cloned());
            for (name, value) in fields {
                let when = match name.as_str() {
                    "beforeFiles" => When::Before,
                    "fallback" => When::Fallback,
                    _ => When::After,
                };
                rules(value, when, found, hidden);
            }
        }
        What::Choice(all) => all.iter().for_each(|each| rules(each, when, found, hidden)),
        What::Undefined | What::Null => {}
        _ => hidden.push(hides(value)),
    }
}

fn rule(value: &Value, when: When, found: &mut Vec<Rewrite>, hidden: &mut Vec<Hidden>) {
    if found.len() >= MAX_REWRITES {
        return;
    }
    match &value.what {
        What::Choice(all) => all.iter().for_each(|each| rule(each, when, found, hidden)),
        What::Undefined | What::Null | What::Bool(false) => {}
        What::Object(_, more) => {
            let Some(source) = value.field("source").filter(|source| source.text().is_some()) else {
                hidden.push(more.first().cloned().unwrap_or_else(|| hides(value.field("source").unwrap_or(value))));
                return;
            };
            found.push(Rewrite {
                source: source.text().unwrap_or_default(),
                destination: value.field("destination").and_then(Value::text),
                conditional: ["has", "missing"].iter().any(|name| value.field(name).is_some()),
                when,
                path: source.at.path.to_string(),
                span: source.at.span,
            });
        }
        _ => hidden.push(hides(value)),
    }
}

/// What hides a value: its expression.
fn hides(value: &Value) -> Hidden {
    let pieces = match &value.what {
        What::Text(pieces) => pieces.iter().find_map(|piece| piece.text.as_ref().err().cloned()),
        What::Env(name) => Some(format!("process.env.{name}")),
        _ => None,
    };
    value
        .hidden()
        .cloned()
        .unwrap_or_else(|| Hidden { expression: pieces.unwrap_or_else(|| "…".to_owned()), at: value.at.clone() })
}
