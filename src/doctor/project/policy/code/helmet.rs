//! helmet, `@fastify/helmet`, koa-helmet: with the directives that they bring themselves.

use crate::doctor::{
    project::{
        PolicyText,
        policy::{Draft, Slot, Takes},
    },
    script::{
        Value, What,
        tree::{Expr, Item, Node},
    },
};

use super::{
    Script,
    object::{self, Reads},
    text,
};

/// What helmet 5 and later sends where nothing is said (read in 8.3.0).
pub(super) const DEFAULTS: &[(&str, &str)] = &[
    ("default-src", "'self'"),
    ("base-uri", "'self'"),
    ("font-src", "'self' https: data:"),
    ("form-action", "'self'"),
    ("frame-ancestors", "'self'"),
    ("img-src", "'self' data:"),
    ("object-src", "'none'"),
    ("script-src", "'self'"),
    ("script-src-attr", "'none'"),
    ("style-src", "'self' https: 'unsafe-inline'"),
    ("upgrade-insecure-requests", ""),
];
const PACKAGES: [&str; 4] = ["helmet", "koa-helmet", "@fastify/helmet", "fastify-helmet"];

pub(super) fn read(script: &Script<'_>, found: &mut Vec<PolicyText>) {
    let module = &script.module;
    if !script.sends_pages() {
        return;
    }
    module.each(&mut |expr| {
        let Node::Call(callee, items, _) = &expr.node else { return };
        let options = items.first();
        if is_helmet(script, callee) {
            found.extend(whole(script, expr, callee, options));
        } else if let Node::Member(object, name, _) = &callee.node {
            match name.as_str() {
                "contentSecurityPolicy" | "csp" if is_helmet(script, object) => {
                    found.extend(policy(script, expr, options.map(|item| script.value(&item.value)).as_ref()));
                }
                "register" if options.is_some_and(|item| is_helmet(script, &item.value)) => {
                    found.extend(whole(script, expr, callee, items.get(1)));
                }
                _ => {}
            }
        }
    });
}

fn is_helmet(script: &Script<'_>, expr: &Expr) -> bool {
    script.package(expr).is_some_and(|package| PACKAGES.contains(&package.as_str()))
}

/// `helmet(options)`
fn whole(script: &Script<'_>, call: &Expr, callee: &Expr, options: Option<&Item>) -> Option<PolicyText> {
    let value = options.map(|item| script.value(&item.value));
    let register = matches!(callee.node, Node::Member(..));
    match value.as_ref().map(|value| &value.what) {
        None | Some(What::Undefined) => {
            default(script, call, register).map(|policy| with_options(policy, call, register))
        }
        Some(What::Object(fields, hidden)) => match value.as_ref()?.field("contentSecurityPolicy") {
            Some(inner) => policy(script, call, Some(inner)),
            None if hidden.is_empty() => {
                let policy = default(script, call, register)?;
                let first = fields.iter().map(|(_, value)| value.at.span.start).min();
                Some(match (options, first) {
                    (Some(item), Some(_)) if matches!(item.value.node, Node::Object(_)) => with_field(policy, item),
                    _ => policy,
                })
            }
            None => Some(hidden_policy(script, call, value.as_ref()?)),
        },
        Some(_) => Some(hidden_policy(script, call, value.as_ref()?)),
    }
}

fn hidden_policy(script: &Script<'_>, call: &Expr, value: &Value) -> PolicyText {
    let expression = text::expression(script.modules, value);
    PolicyText::hidden(script.layer(), &script.module.path, call.span, expression)
}

/// What helmet sends by itself; nothing before version 4.
fn default(script: &Script<'_>, call: &Expr, register: bool) -> Option<PolicyText> {
    let version = version(script);
    if !register && version.is_some_and(|major| major < 4) {
        return None;
    }
    let mut draft = Draft::default();
    draft.compute(&joined(DEFAULTS));
    let mut policy = PolicyText::new(script.layer(), &script.module.path, call.span, draft);
    policy.defaults = Some(named(version));
    Some(policy)
}

fn version(script: &Script<'_>) -> Option<u32> {
    script.app.package.version("helmet").map(|version| version.major)
}

fn named(version: Option<u32>) -> String {
    match version {
        Some(major) => format!("the defaults of helmet {major}"),
        None => "the defaults of helmet".to_owned(),
    }
}

fn joined(defaults: &[(&str, &str)]) -> String {
    let rows: Vec<String> =
        defaults.iter().map(|(name, sources)| format!("{name} {sources}").trim().to_owned()).collect();
    rows.join("; ")
}

/// `helmet()` takes `{ contentSecurityPolicy: { directives: { … } } }`.
fn with_options(mut policy: PolicyText, call: &Expr, register: bool) -> PolicyText {
    let lead = if register { ", " } else { "" };
    let before = format!("{lead}{{ contentSecurityPolicy: {{ directives: {{ ");
    slot(&mut policy, call.span.end - 1, before, " } } }");
    policy
}

/// `helmet({ … })` takes `contentSecurityPolicy: { directives: { … } }, `.
fn with_field(mut policy: PolicyText, options: &Item) -> PolicyText {
    let before = " contentSecurityPolicy: { directives: { ".to_owned();
    slot(&mut policy, options.value.span.start + 1, before, " } },");
    policy
}

fn slot(policy: &mut PolicyText, offset: usize, before: String, after: &str) {
    let takes = Takes::Property { before, after: after.to_owned(), quote: '"', camel: true, list: true, equals: ": " };
    let at = policy.text.as_deref().map_or(0, str::len);
    policy.slots.push(Slot { at, path: policy.path.clone(), offset, takes, bare: false });
}

/// The value of `contentSecurityPolicy`.
fn policy(script: &Script<'_>, call: &Expr, value: Option<&Value>) -> Option<PolicyText> {
    let Some(value) = value else { return default(script, call, true) };
    let path = &script.module.path;
    let What::Object(..) = &value.what else {
        return match value.truthy() {
            Some(false) => None,
            Some(true) => default(script, call, true),
            None => Some(hidden_policy(script, call, value)),
        };
    };
    let version = version(script);
    let wanted = value.field("useDefaults").and_then(Value::truthy);
    // Before 5 the defaults were merged only where that was asked for.
    let merge = wanted.unwrap_or_else(|| version.is_none_or(|major| major >= 5));
    let defaults = if merge { DEFAULTS } else { &[] };
    let Some(directives) = value.field("directives") else {
        let mut policy = default(script, call, true)?;
        policy.report_only = value.field("reportOnly").and_then(Value::truthy) == Some(true);
        return Some(policy);
    };
    let at = (directives.at.path.to_string(), directives.at.span);
    let mut policy = match object::draft(script.modules, directives, Reads { defaults, bare: false }) {
        Some(draft) => PolicyText::new(script.layer(), &at.0, at.1, draft),
        None => PolicyText::hidden(script.layer(), path, call.span, text::expression(script.modules, directives)),
    };
    policy.report_only = value.field("reportOnly").and_then(Value::truthy) == Some(true);
    if merge {
        policy.defaults = Some(named(version));
    }
    Some(policy)
}
