//! `headers()` of next.config.

use crate::doctor::{
    project::{
        App, Modules, PolicyText,
        policy::{Header, Layer, scope::Scope},
    },
    script::{
        Value, What, evaluate, result,
        tree::{Expr, Module, Node},
    },
};

use super::text;

use std::sync::Arc;

pub(super) fn read(scope: &Scope<'_>, app: &App, found: &mut Vec<PolicyText>) {
    let named = |path: &&str| path.rsplit('/').next().is_some_and(|name| name.starts_with("next.config."));
    for path in scope.all().filter(named) {
        let Some(Ok(module)) = app.modules.get(path) else { continue };
        let mut policies = Vec::new();
        for value in header_lists(&app.modules, &module) {
            list(&app.modules, &value, &mut policies);
            policies.extend(hidden(&value));
        }
        overrides(&mut policies);
        found.append(&mut policies);
    }
}

/// What each `headers` of an object in the script gives.
fn header_lists(modules: &Modules, module: &Arc<Module>) -> Vec<Value> {
    let mut lists = Vec::new();
    let mut seen: Vec<&Expr> = Vec::new();
    module.each(&mut |expr| {
        let Node::Object(properties) = &expr.node else { return };
        for property in properties.iter().filter(|property| property.name.as_deref() == Some("headers")) {
            if !seen.iter().any(|known| known.span == property.value.span) {
                seen.push(&property.value);
            }
        }
    });
    for expr in seen {
        let value = evaluate(modules, module, expr);
        if let What::Function(home, function) = &value.what {
            lists.push(result(modules, home, function));
        }
    }
    lists
}

/// `[{ source, headers: [{ key, value }] }]`
fn list(modules: &Modules, value: &Value, found: &mut Vec<PolicyText>) {
    for rule in value.choices().into_iter().flat_map(Value::items).flat_map(Value::choices) {
        let source = rule.field("source").and_then(Value::any_text);
        let headers = rule.field("headers").map(Value::choices).unwrap_or_default();
        for header in headers.into_iter().flat_map(Value::items).flat_map(Value::choices) {
            let key = header.field("key").and_then(Value::any_text);
            let Some(kind) = key.as_deref().and_then(Header::named) else { continue };
            let Some(value) = header.field("value") else { continue };
            let (path, span) = (value.at.path.to_string(), value.at.span);
            let mut policy = match text::draft(modules, value) {
                Ok(draft) => PolicyText::new(Layer::NextConfig, &path, span, draft),
                Err(expression) => PolicyText::hidden(Layer::NextConfig, &path, span, expression),
            }
            .named(kind);
            policy.pages.clone_from(&source);
            found.push(policy);
        }
    }
}

/// Headers that a library makes: that a policy is among them is likely where the call speaks of security.
fn hidden(value: &Value) -> Option<PolicyText> {
    let hidden = value.hidden()?;
    let words = hidden.expression.to_ascii_lowercase();
    let likely = ["csp", "secur"].iter().any(|word| words.contains(word));
    likely.then(|| PolicyText::hidden(Layer::NextConfig, &hidden.at.path, hidden.at.span, hidden.expression.clone()))
}

/// Where two rules set one header for one page, the last counts.
fn overrides(policies: &mut Vec<PolicyText>) {
    let all = |pages: &Option<String>| pages.as_deref().is_none_or(crate::doctor::project::policy::pages::are_all);
    let mut kept: Vec<PolicyText> = Vec::new();
    for policy in policies.drain(..) {
        kept.retain(|other| {
            other.report_only != policy.report_only || !(all(&policy.pages) || other.pages == policy.pages)
        });
        kept.push(policy);
    }
    *policies = kept;
}
