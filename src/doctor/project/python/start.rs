//! `sentry_sdk.init(…)`

use std::rc::Rc;

use ruff_python_ast::{
    Expr, ExprCall, Stmt,
    visitor::{self, Visitor},
};
use ruff_text_size::Ranged;

use crate::doctor::{
    project::{Condition, Init, Runtime, Setting},
    script::{Hidden, Span, What},
};

use super::{
    source::{Bound, Source, Sources, span},
    value::{Scope, unknown},
};

/// The starts in a file.
pub(super) fn starts(sources: &Sources<'_>, source: &Rc<Source>) -> Vec<Init> {
    let mut walk = Walk { sources, source, conditions: Vec::new(), locals: &[], found: Vec::new() };
    for stmt in &source.body {
        walk.visit_stmt(stmt);
    }
    walk.found
}

struct Walk<'a, 'b> {
    sources: &'a Sources<'b>,
    source: &'a Rc<Source>,
    conditions: Vec<Condition>,
    locals: &'a [Stmt],
    found: Vec<Init>,
}

impl<'a> Visitor<'a> for Walk<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                let outer = std::mem::replace(&mut self.locals, &function.body);
                visitor::walk_stmt(self, stmt);
                self.locals = outer;
            }
            Stmt::If(branch) => {
                let depth = self.conditions.len();
                self.visit_expr(&branch.test);
                self.push(&branch.test, true);
                branch.body.iter().for_each(|stmt| self.visit_stmt(stmt));
                let mut last = branch.test.as_ref();
                for clause in &branch.elif_else_clauses {
                    self.conditions.truncate(depth);
                    self.push(last, false);
                    if let Some(test) = &clause.test {
                        self.push(test, true);
                        last = test;
                    }
                    clause.body.iter().for_each(|stmt| self.visit_stmt(stmt));
                }
                self.conditions.truncate(depth);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && self.is_init(&call.func)
        {
            self.take(call);
        }
        visitor::walk_expr(self, expr);
    }
}

impl<'a> Walk<'a, '_> {
    fn push(&mut self, test: &Expr, holds: bool) {
        let value = self.sources.value(&Scope::new(self.source, self.locals), test).truthy();
        let written = self.source.written(test.range());
        self.conditions.push(Condition {
            text: if holds { written.to_owned() } else { format!("not ({written})") },
            path: self.source.path.clone(),
            span: span(test.range()),
            holds: value.map(|value| value == holds),
        });
    }

    /// `sentry_sdk.init`, under whatever names they were imported.
    fn is_init(&self, callee: &Expr) -> bool {
        let foreign = |name: &str| match self.sources.bound(self.source, self.locals, name) {
            Some(Bound::Foreign(module, name)) => Some((module, name)),
            _ => None,
        };
        match callee {
            Expr::Attribute(attribute) if attribute.attr.as_str() == "init" => match attribute.value.as_ref() {
                Expr::Name(name) => foreign(name.id.as_str()).is_some_and(|(module, _)| module == "sentry_sdk"),
                _ => false,
            },
            Expr::Name(name) => {
                foreign(name.id.as_str()).is_some_and(|(module, name)| module == "sentry_sdk" && name == "init")
            }
            _ => false,
        }
    }

    fn take(&mut self, call: &ExprCall) {
        let scope = Scope::new(self.source, self.locals);
        let (mut options, mut hidden): (Vec<Setting>, Vec<Hidden>) = (Vec::new(), Vec::new());
        if let Some(first) = call.arguments.args.first() {
            let (value, at) = (self.sources.value(&scope, first), span(first.range()));
            options.push(Setting { name: "dsn".to_owned(), value, span: Some(at) });
        }
        for keyword in &call.arguments.keywords {
            let value = self.sources.value(&scope, &keyword.value);
            match (&keyword.arg, value.what) {
                (Some(name), what) => {
                    let value = crate::doctor::script::Value { what, at: value.at, env: value.env };
                    let at = Some(span(keyword.range()));
                    options.push(Setting { name: camel_case(name.as_str()), value, span: at });
                }
                (None, What::Object(fields, more)) => {
                    options.extend(fields.into_iter().map(|(name, value)| Setting {
                        name: camel_case(&name),
                        value,
                        span: None,
                    }));
                    hidden.extend(more);
                }
                (None, _) => hidden.extend(unknown(&scope, &keyword.value).hidden().cloned()),
            }
        }
        let arguments = span(call.arguments.range());
        let is_empty = call.arguments.args.is_empty() && call.arguments.keywords.is_empty();
        self.found.push(Init {
            runtime: Runtime::Server,
            path: self.source.path.clone(),
            entry: self.source.path.clone(),
            span: span(call.range()),
            argument: (!is_empty).then_some(Span { start: arguments.start + 1, end: arguments.end - 1 }),
            from: "sentry_sdk".to_owned(),
            options,
            conditions: self.conditions.clone(),
            hidden,
            reachable: true,
            sure: true,
        });
    }
}

/// `traces_sample_rate` → `tracesSampleRate`: the name that every other SDK has for it.
fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
