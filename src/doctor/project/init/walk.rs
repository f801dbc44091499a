//! From what a framework loads to the starts that it leads to: over imports, calls and conditions. Nothing is run.

mod words;

use std::{collections::HashSet, sync::Arc};

use crate::doctor::{
    project::{Modules, Tree, Word, aside::is_script},
    script::{
        self, Called, Hidden, Scope, Span, What,
        tree::{Act, Expr, Item, Module, Node, Stmt},
    },
};

use super::{Condition, Init, Runtime, options, sdk};
use words::{dynamic, ends, may_start, names_function};

/// Functions in functions.
const MAX_CALLS: usize = 8;
/// Expressions that are looked at for one app.
const MAX_STEPS: usize = 400_000;
/// Modules without a word of Sentry that are read because they may lead to some.
const MAX_QUIET: usize = 60;
/// Nesting of expressions and statements.
const MAX_DEPTH: usize = 400;

/// Follows what is loaded.
pub(super) struct Walker<'a> {
    modules: &'a Modules,
    tree: Option<&'a Tree>,
    public: Vec<String>,
    found: Vec<Init>,
    seen: HashSet<(String, Runtime)>,
    quiet: usize,
    steps: usize,
    depth: usize,
}

/// The way to a place.
#[derive(Clone)]
struct Way {
    runtime: Runtime,
    entry: String,
    scope: Scope,
    conditions: Vec<Condition>,
    /// Whether what a module exports runs without a call that is seen: the framework calls it.
    called: bool,
}

impl<'a> Walker<'a> {
    /// Over the modules of an app.
    pub(super) fn new(modules: &'a Modules, tree: &'a Tree, public: Vec<String>) -> Self {
        Self {
            modules,
            tree: Some(tree),
            public,
            found: Vec::new(),
            seen: HashSet::new(),
            quiet: 0,
            steps: 0,
            depth: 0,
        }
    }

    /// Follows a file that the framework loads.
    pub(super) fn enter(&mut self, path: &str, runtime: Runtime) {
        let given = match runtime {
            Runtime::Client => vec![("NEXT_RUNTIME", "")],
            Runtime::Server => vec![("NEXT_RUNTIME", "nodejs")],
            Runtime::Edge => vec![("NEXT_RUNTIME", "edge")],
        };
        let scope =
            Scope { calls: Vec::new(), given, browser: Some(runtime == Runtime::Client), public: self.public.clone() };
        let way = Way { runtime, entry: path.to_owned(), scope, conditions: Vec::new(), called: true };
        self.load(path, &way);
    }

    /// What was found; of a start that was come to on several ways the one with the fewest conditions.
    pub(super) fn finish(self) -> Vec<Init> {
        let mut all = self.found;
        all.sort_by_key(|init| init.conditions.len());
        let mut out: Vec<Init> = Vec::new();
        for init in all {
            let same =
                |known: &Init| known.runtime == init.runtime && known.path == init.path && known.span == init.span;
            if !out.iter().any(same) {
                out.push(init);
            }
        }
        out
    }

    fn load(&mut self, path: &str, way: &Way) {
        if !self.seen.insert((path.to_owned(), way.runtime)) {
            return;
        }
        let Some(Ok(module)) = self.modules.get(path) else { return };
        let dynamic = dynamic(&module);
        for (source, at) in &module.imports {
            if !dynamic.contains(&at.start) {
                self.import(&module, source, way);
            }
        }
        self.statements(&module, &module.body, &mut way.clone());
        for export in &module.exports {
            if let script::tree::Exports::Value(value) = &export.value
                && !export.direct
            {
                self.expr(&module, value, way);
            }
        }
    }

    /// Loads what an import means, where it may lead to Sentry.
    fn import(&mut self, module: &Module, source: &str, way: &Way) {
        if sdk::is_sentry(source) {
            return;
        }
        let Some(path) = self.modules.resolve(&module.path, source) else { return };
        if !is_script(&path) || self.tree.is_none() {
            return;
        }
        if self.tree.is_some_and(|tree| !tree.mentions(&path, Word::SENTRY)) {
            self.quiet += 1;
            if self.quiet > MAX_QUIET {
                return;
            }
        }
        let way = Way { called: false, ..way.clone() };
        self.load(&path, &way);
    }

    fn statements(&mut self, module: &Arc<Module>, body: &[Stmt], way: &mut Way) {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            for statement in body {
                self.statement(module, statement, way);
            }
        }
        self.depth -= 1;
    }

    fn statement(&mut self, module: &Arc<Module>, statement: &Stmt, way: &mut Way) {
        match &statement.node {
            Act::Declare(all) => {
                for (name, value) in all {
                    let Some(value) = value else { continue };
                    match &value.node {
                        Node::Function(_) if !self.is_run(module, name.as_deref(), way) => {}
                        _ => self.expr(module, value, way),
                    }
                }
            }
            Act::Function(function) => {
                if self.is_run(module, function.name.as_deref(), way) {
                    self.statements(module, &function.body, &mut way.clone());
                }
            }
            Act::Expr(value) | Act::Throw(value) | Act::Return(Some(value)) => self.expr(module, value, way),
            Act::If(test, then, other) => {
                self.expr(module, test, way);
                if let Some(mut inner) = self.under(module, test, true, way) {
                    self.statements(module, then, &mut inner);
                }
                let otherwise = self.under(module, test, false, way);
                if let Some(mut inner) = otherwise.clone() {
                    self.statements(module, other, &mut inner);
                }
                if other.is_empty() && ends(then) {
                    match otherwise {
                        Some(otherwise) => *way = otherwise,
                        // Not in this runtime: nothing behind runs. A condition that never holds says so.
                        None => way.conditions.push(condition(module, test, Some(false))),
                    }
                }
            }
            Act::Block(body) => self.statements(module, body, &mut way.clone()),
            Act::Loop(head, body) => {
                head.iter().for_each(|value| self.expr(module, value, way));
                self.statements(module, body, &mut way.clone());
            }
            Act::Switch(value, cases) => {
                self.expr(module, value, way);
                let known = script::evaluate_in(self.modules, &way.scope, module, value).text();
                for (test, body) in cases {
                    let test = test.as_ref().and_then(|test| test.text().map(str::to_owned));
                    if known.is_none() || test.is_none() || known == test {
                        self.statements(module, body, &mut way.clone());
                    }
                }
            }
            Act::Return(None) | Act::Other => {}
        }
    }

    /// Whether a function of this name runs though no call of it is seen: the framework calls what an entry exports.
    fn is_run(&self, module: &Module, name: Option<&str>, way: &Way) -> bool {
        let at_top = way.scope.calls.is_empty() && way.called;
        at_top
            && name.is_some_and(|name| {
                module
                    .exports
                    .iter()
                    .any(|export| matches!(&export.value, script::tree::Exports::Name(local) if local == name))
            })
    }

    /// The way under a condition, or under its opposite; none where it is one of the runtime that does not hold here.
    fn under(&self, module: &Arc<Module>, test: &Expr, is: bool, way: &Way) -> Option<Way> {
        let value = script::evaluate_in(self.modules, &way.scope, module, test);
        let holds = value.truthy().map(|truthy| truthy == is);
        let text = module.excerpt(test.span);
        let of_runtime = ["NEXT_RUNTIME", "typeof window", "typeof document"].iter().any(|word| text.contains(word));
        if of_runtime && holds.is_some() {
            return (holds == Some(true)).then(|| way.clone());
        }
        // What a file says of a variable is not what it is in production.
        let holds = holds.filter(|holds| *holds || value.env.is_empty());
        let mut inner = way.clone();
        let mut condition = condition(module, test, holds);
        if !is {
            condition.text = format!("!({})", condition.text);
        }
        inner.conditions.push(condition);
        Some(inner)
    }

    fn expr(&mut self, module: &Arc<Module>, expr: &Expr, way: &Way) {
        self.steps += 1;
        self.depth += 1;
        if self.depth <= MAX_DEPTH && self.steps <= MAX_STEPS {
            self.look(module, expr, way);
        }
        self.depth -= 1;
    }

    fn look(&mut self, module: &Arc<Module>, expr: &Expr, way: &Way) {
        match &expr.node {
            Node::Call(callee, items, _) => self.call(module, expr, callee, items, way),
            Node::Import(source) => match source.text() {
                Some(source) => self.import(module, source, way),
                None => self.expr(module, source, way),
            },
            Node::Function(function) => self.statements(module, &function.body, &mut way.clone()),
            Node::Binary(operator @ ("&&" | "||"), left, right) => {
                self.expr(module, left, way);
                if let Some(inner) = self.under(module, left, *operator == "&&", way) {
                    self.expr(module, right, &inner);
                }
            }
            Node::If(test, then, other) => {
                self.expr(module, test, way);
                for (is, branch) in [(true, then), (false, other)] {
                    if let Some(inner) = self.under(module, test, is, way) {
                        self.expr(module, branch, &inner);
                    }
                }
            }
            Node::Template(_, parts) | Node::Parts(parts) => {
                parts.iter().for_each(|part| self.expr(module, part, way));
            }
            Node::List(items) => items.iter().for_each(|item| self.expr(module, &item.value, way)),
            Node::Object(properties) => {
                properties.iter().for_each(|property| self.expr(module, &property.value, way));
            }
            Node::Member(inner, ..) | Node::Unary(_, inner) | Node::Await(inner) => self.expr(module, inner, way),
            Node::Index(a, b) | Node::Binary(_, a, b) | Node::Assign(_, a, b) => {
                self.expr(module, a, way);
                self.expr(module, b, way);
            }
            Node::Element(_, attributes, children) => {
                attributes.iter().for_each(|attribute| self.expr(module, &attribute.value, way));
                children.iter().for_each(|child| self.expr(module, child, way));
            }
            _ => {}
        }
    }

    fn call(&mut self, module: &Arc<Module>, expr: &Expr, callee: &Expr, items: &[Item], way: &Way) {
        if let Some(meant) = sdk::meant(self.modules, module, callee)
            && meant.starts()
        {
            self.found.push(start(self.modules, module, expr, items, &meant, way));
        }
        if let (Node::Name(name), Some(source)) = (&callee.node, items.first().and_then(|item| item.value.text()))
            && name == "require"
        {
            self.import(module, source, way);
        }
        self.expr(module, callee, way);
        items.iter().for_each(|item| self.expr(module, &item.value, way));
        self.follow_call(module, callee, items, way);
    }

    /// Follows the call of a function of the project.
    fn follow_call(&mut self, module: &Arc<Module>, callee: &Expr, items: &[Item], way: &Way) {
        if way.scope.calls.len() >= MAX_CALLS || !names_function(module, callee) {
            return;
        }
        let What::Function(home, function) = script::evaluate_in(self.modules, &way.scope, module, callee).what else {
            return;
        };
        let is_in = |call: &Called| call.function.span == function.span && call.home.path == home.path;
        if way.scope.calls.iter().any(is_in) || !may_start(&home, &function) {
            return;
        }
        let evaluate = |item: &Item| script::evaluate_in(self.modules, &way.scope, module, &item.value);
        let arguments = items.iter().filter(|item| !item.spread).map(evaluate).collect();
        let mut inner = way.clone();
        inner.scope.calls.push(Called { home: Arc::clone(&home), function: Arc::clone(&function), arguments });
        self.statements(&home, &function.body, &mut inner);
    }
}

fn condition(module: &Module, test: &Expr, holds: Option<bool>) -> Condition {
    Condition { text: module.excerpt(test.span), path: module.path.clone(), span: test.span, holds }
}

fn start(modules: &Modules, module: &Arc<Module>, expr: &Expr, items: &[Item], meant: &sdk::Meant, way: &Way) -> Init {
    let argument = items.first().filter(|item| !item.spread);
    let (options, hidden) = match argument {
        Some(item) => options::of(modules, &way.scope, module, &item.value),
        None => (Vec::new(), items.first().map(|item| hides(module, &item.value)).into_iter().collect()),
    };
    Init {
        runtime: way.runtime,
        path: module.path.clone(),
        entry: way.entry.clone(),
        span: expr.span,
        argument: argument.map(|item| item.value.span),
        from: meant.package.clone(),
        options,
        conditions: way.conditions.clone(),
        hidden,
        reachable: true,
        sure: true,
    }
}

fn hides(module: &Module, expr: &Expr) -> Hidden {
    let at = script::Origin { path: module.path.as_str().into(), span: expr.span };
    Hidden { expression: module.excerpt(expr.span), at }
}

/// Every start of one module, wherever in it, without a way to it.
pub(super) fn alone(modules: &Modules, module: &Arc<Module>) -> Vec<Init> {
    let mut calls: Vec<(&Expr, &[Item], sdk::Meant, Span)> = Vec::new();
    module.each(&mut |expr| {
        if let Node::Call(callee, items, _) = &expr.node
            && let Some(meant) = sdk::meant(modules, module, callee)
            && meant.starts()
            && !calls.iter().any(|(.., known)| *known == expr.span)
        {
            calls.push((expr, items, meant, expr.span));
        }
    });
    let way = Way {
        runtime: Runtime::Client,
        entry: module.path.clone(),
        scope: Scope::default(),
        conditions: Vec::new(),
        called: false,
    };
    calls.iter().map(|(expr, items, meant, _)| start(modules, module, expr, items, meant, &way)).collect()
}
