//! Policies that Python sets: django-csp, Django's own, flask-talisman, and a header that code writes.

use std::rc::Rc;

use ruff_python_ast::{
    Expr, ExprCall, Stmt,
    visitor::{self, Visitor},
};
use ruff_text_size::Ranged;

use crate::doctor::{
    project::{App, Draft, Header, Layer, PolicyText, Quoting, Slot, Takes, policy::Unknown},
    script::{Piece, Span, Value, What},
};

use super::{
    source::{Source, Sources, span},
    value::Scope,
};

/// The policies of a file.
pub(super) fn policies(sources: &Sources<'_>, app: &App, source: &Rc<Source>) -> Vec<PolicyText> {
    let mut found = Vec::new();
    if !is_for_development(&source.path) {
        django(sources, app, source, &mut found);
    }
    let mut walk = Walk { sources, source, locals: &[], found };
    for stmt in &source.body {
        walk.visit_stmt(stmt);
    }
    walk.found
}

/// Whether a file of settings is not read in production.
fn is_for_development(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ["dev", "local", "test"].iter().any(|word| name.contains(word))
}

/// What the settings of Django say.
fn django(sources: &Sources<'_>, app: &App, source: &Rc<Source>, found: &mut Vec<PolicyText>) {
    let scope = Scope::new(source, &[]);
    let assigned = |name: &str| {
        let value = source.body.iter().rev().find_map(|stmt| match stmt {
            Stmt::Assign(assign) => {
                let is_it = |target: &Expr| matches!(target, Expr::Name(own) if own.id.as_str() == name);
                assign.targets.iter().any(is_it).then_some(assign.value.as_ref())
            }
            Stmt::AnnAssign(assign) => match assign.target.as_ref() {
                Expr::Name(own) if own.id.as_str() == name => assign.value.as_deref(),
                _ => None,
            },
            _ => None,
        })?;
        Some(sources.value(&scope, value))
    };
    let names = [
        ("CONTENT_SECURITY_POLICY", Header::Enforced, true),
        ("CONTENT_SECURITY_POLICY_REPORT_ONLY", Header::ReportOnly, true),
        ("SECURE_CSP", Header::Enforced, false),
        ("SECURE_CSP_REPORT_ONLY", Header::ReportOnly, false),
    ];
    for (name, header, is_nested) in names {
        let Some(value) = assigned(name) else { continue };
        let directives = if is_nested { value.field("DIRECTIVES").cloned() } else { Some(value) };
        if let Some(directives) = directives.filter(|value| matches!(value.what, What::Object(..))) {
            found.push(of_object(sources, source, &directives, '"').named(header));
        }
    }
    let major = app.package.version("django-csp").map(|version| version.major);
    if major.is_none_or(|major| major < 4) {
        let directives = old_names(source, &assigned);
        if !directives.is_empty() {
            let is_report = assigned("CSP_REPORT_ONLY").and_then(|value| value.bool()) == Some(true);
            let header = if is_report { Header::ReportOnly } else { Header::Enforced };
            found.push(of_old(sources, source, directives).named(header));
        }
    }
}

/// `CSP_CONNECT_SRC = (…)` of django-csp before version 4: directive, and what is assigned.
fn old_names(source: &Source, assigned: &dyn Fn(&str) -> Option<Value>) -> Vec<(String, Value)> {
    const OTHERS: [&str; 6] = [
        "CSP_REPORT_ONLY",
        "CSP_EXCLUDE_URL_PREFIXES",
        "CSP_INCLUDE_NONCE_IN",
        "CSP_REPORT_PERCENTAGE",
        "CSP_UPDATE",
        "CSP_REPLACE",
    ];
    let mut all: Vec<(String, Value)> = Vec::new();
    for stmt in &source.body {
        let Stmt::Assign(assign) = stmt else { continue };
        for target in &assign.targets {
            let Expr::Name(name) = target else { continue };
            let name = name.id.as_str();
            let Some(rest) = name.strip_prefix("CSP_").filter(|_| !OTHERS.contains(&name)) else { continue };
            let directive = rest.to_ascii_lowercase().replace('_', "-");
            let is_one = directive.ends_with("-src")
                || [
                    "base-uri",
                    "form-action",
                    "frame-ancestors",
                    "report-uri",
                    "report-to",
                    "upgrade-insecure-requests",
                ]
                .contains(&directive.as_str());
            if is_one
                && !all.iter().any(|(known, _)| *known == directive)
                && let Some(value) = assigned(name)
            {
                all.push((directive, value));
            }
        }
    }
    all
}

fn of_old(sources: &Sources<'_>, source: &Rc<Source>, directives: Vec<(String, Value)>) -> PolicyText {
    let first = directives.first().map_or(Span { start: 0, end: 0 }, |(_, value)| value.at.span);
    let has_default = directives.iter().any(|(name, _)| name == "default-src");
    let mut draft = Draft::default();
    if !has_default {
        draft.compute("default-src 'self'");
    }
    for (name, value) in directives {
        directive(sources, &mut draft, &name, &value);
    }
    let mut policy = PolicyText::new(Layer::Code, &source.path, first, draft);
    if !has_default {
        policy.defaults = Some("the defaults of django-csp".to_owned());
    }
    policy
}

/// A policy that is written as an object of directives.
fn of_object(sources: &Sources<'_>, source: &Rc<Source>, value: &Value, quote: char) -> PolicyText {
    let What::Object(fields, hidden) = &value.what else {
        return PolicyText::hidden(Layer::Code, &source.path, value.at.span, "the policy");
    };
    if let Some(hidden) = hidden.first() {
        return PolicyText::hidden(Layer::Code, &source.path, value.at.span, &hidden.expression);
    }
    let mut draft = Draft::default();
    for (name, value) in fields {
        directive(sources, &mut draft, name, value);
    }
    if let Some((_, last)) = fields.last()
        && last.at.path == value.at.path
    {
        let takes = Takes::Property {
            before: ", ".to_owned(),
            after: String::new(),
            quote,
            camel: false,
            list: matches!(last.what, What::List(_)),
            equals: ": ",
        };
        draft.slot(&last.at.path, last.at.span.end, takes);
    }
    PolicyText::new(Layer::Code, &value.at.path, value.at.span, draft)
}

fn directive(sources: &Sources<'_>, draft: &mut Draft, name: &str, value: &Value) {
    if matches!(value.what, What::Null | What::Bool(false)) {
        return;
    }
    if !draft.text.is_empty() {
        draft.compute("; ");
    }
    draft.compute(name);
    match &value.what {
        What::Bool(true) => {}
        What::List(items) => {
            for item in items {
                draft.compute(" ");
                draft.append(text(sources, item));
            }
            if let Some(last) = items.last() {
                let quote = quote_of(sources, last).unwrap_or('"');
                let takes = Takes::Source { before: ", ".to_owned(), after: String::new(), quote };
                draft.slots.push(Slot {
                    at: draft.text.len(),
                    path: last.at.path.to_string(),
                    offset: last.at.span.end,
                    takes,
                    bare: false,
                });
            }
        }
        _ => {
            draft.compute(" ");
            draft.append(text(sources, value));
        }
    }
}

/// A text as it is written.
fn text(sources: &Sources<'_>, value: &Value) -> Draft {
    let mut draft = Draft::default();
    match &value.what {
        What::Text(pieces) => pieces.iter().for_each(|part| piece(sources, &mut draft, part)),
        _ => hide(&mut draft, sources, value),
    }
    draft
}

fn hide(draft: &mut Draft, sources: &Sources<'_>, value: &Value) {
    let expression = match value.hidden() {
        Some(hidden) => hidden.expression.clone(),
        None => written(sources, &value.at.path, value.at.span).unwrap_or_else(|| "…".to_owned()),
    };
    let choices = value.choices().iter().filter_map(|choice| choice.text()).collect();
    draft.hide(Unknown { expression, path: value.at.path.to_string(), span: value.at.span, choices });
}

fn piece(sources: &Sources<'_>, draft: &mut Draft, piece: &Piece) {
    let Span { start, end } = piece.at.span;
    match &piece.text {
        Err(expression) => draft.hide(Unknown {
            expression: expression.clone(),
            path: piece.at.path.to_string(),
            span: piece.at.span,
            choices: Vec::new(),
        }),
        Ok(text) => {
            let raw = written(sources, &piece.at.path, piece.at.span).unwrap_or_default();
            let quote = raw.chars().next().filter(|quote| matches!(quote, '"' | '\''));
            let inner = quote.and_then(|quote| raw.strip_prefix(quote)?.strip_suffix(quote));
            match (quote, inner) {
                // Byte for byte what the policy has.
                (Some(quote), Some(inner)) if inner == text && !inner.contains('\\') => {
                    let span = Span { start: start + 1, end: end - 1 };
                    draft.write(&piece.at.path, span, text, Quoting::Script(quote));
                }
                _ if raw == *text => draft.write(&piece.at.path, piece.at.span, text, Quoting::Literal('"')),
                _ => draft.compute(text),
            }
        }
    }
}

fn quote_of(sources: &Sources<'_>, value: &Value) -> Option<char> {
    let raw = written(sources, &value.at.path, value.at.span)?;
    raw.chars().next().filter(|quote| matches!(quote, '"' | '\''))
}

fn written(sources: &Sources<'_>, path: &str, span: Span) -> Option<String> {
    sources.get(path)?.ok()?.text.get(span.start..span.end).map(str::to_owned)
}

/// Calls and assignments that set a policy.
struct Walk<'a, 'b> {
    sources: &'a Sources<'b>,
    source: &'a Rc<Source>,
    locals: &'a [Stmt],
    found: Vec<PolicyText>,
}

impl<'a> Visitor<'a> for Walk<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                let outer = std::mem::replace(&mut self.locals, &function.body);
                visitor::walk_stmt(self, stmt);
                self.locals = outer;
            }
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    // `response.headers["Content-Security-Policy"] = …`, in Django without `headers`.
                    if let Expr::Subscript(subscript) = target
                        && let Some(header) = self.header(&subscript.slice)
                    {
                        self.text(&assign.value, header);
                    }
                }
                visitor::walk_stmt(self, stmt);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.call(call);
        }
        visitor::walk_expr(self, expr);
    }
}

impl<'a> Walk<'a, '_> {
    fn scope(&self) -> Scope<'a> {
        Scope::new(self.source, self.locals)
    }

    fn header(&self, name: &Expr) -> Option<Header> {
        Header::named(&self.sources.value(&self.scope(), name).text()?)
    }

    fn text(&mut self, value: &Expr, header: Header) {
        let at = span(value.range());
        let value = self.sources.value(&self.scope(), value);
        let policy = match &value.what {
            What::Text(_) => PolicyText::new(Layer::Code, &value.at.path, value.at.span, text(self.sources, &value)),
            What::Object(..) => return,
            _ => {
                let expression = self.source.text.get(at.start..at.end).unwrap_or_default();
                PolicyText::hidden(Layer::Code, &self.source.path, at, expression)
            }
        };
        self.found.push(policy.named(header));
    }

    fn call(&mut self, call: &ExprCall) {
        let callee = self.source.written(call.func.range());
        if callee.ends_with(".setdefault") && callee.contains("headers") {
            if let [name, value] = call.arguments.args.as_ref()
                && let Some(header) = self.header(name)
            {
                self.text(value, header);
            }
            return;
        }
        let is_talisman =
            callee == "Talisman" || callee.ends_with(".Talisman") || callee.eq_ignore_ascii_case("talisman.init_app");
        // `Talisman()` alone waits for `init_app`.
        if !is_talisman || (call.arguments.args.is_empty() && call.arguments.keywords.is_empty()) {
            return;
        }
        let option = |name: &str| {
            let mut all = call.arguments.keywords.iter();
            let keyword = all.find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == name))?;
            Some(self.sources.value(&self.scope(), &keyword.value))
        };
        let is_report = option("content_security_policy_report_only").and_then(|value| value.bool()) == Some(true);
        let header = if is_report { Header::ReportOnly } else { Header::Enforced };
        let at = span(call.range());
        let policy = match option("content_security_policy") {
            Some(value) => match &value.what {
                What::Object(..) => of_object(self.sources, self.source, &value, '"'),
                What::Text(_) => {
                    PolicyText::new(Layer::Code, &value.at.path, value.at.span, text(self.sources, &value))
                }
                What::Null | What::Bool(false) => return,
                _ => {
                    let expression = self.source.text.get(value.at.span.start..value.at.span.end).unwrap_or_default();
                    PolicyText::hidden(Layer::Code, &self.source.path, at, expression)
                }
            },
            None if call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none()) => {
                PolicyText::hidden(Layer::Code, &self.source.path, at, "the options of Talisman")
            }
            None => {
                let mut draft = Draft::default();
                draft.compute("default-src 'self'; object-src 'none'");
                let before =
                    ", content_security_policy={\"default-src\": \"'self'\", \"object-src\": \"'none'\", ".to_owned();
                let takes = Takes::Property {
                    before,
                    after: "}".to_owned(),
                    quote: '"',
                    camel: false,
                    list: false,
                    equals: ": ",
                };
                draft.slot(&self.source.path, at.end - 1, takes);
                let mut policy = PolicyText::new(Layer::Code, &self.source.path, at, draft);
                policy.defaults = Some("the defaults of flask-talisman".to_owned());
                policy
            }
        };
        self.found.push(policy.named(header));
    }
}
