//! Headers that code sets by their names, and `<meta>` in JSX and in objects that frameworks make tags of.

use crate::doctor::{
    csp::Delivery,
    project::{
        PolicyText,
        policy::{Header, Layer},
    },
    script::{
        Span,
        tree::{Expr, Item, Node, Property},
    },
};

use super::{Script, near, property, text};

/// Methods and functions that set a header: `response.headers.set`, `res.setHeader`, `c.header`, h3's `setResponseHeader`.
const SETTERS: [&str; 8] = [
    "set",
    "append",
    "setHeader",
    "appendHeader",
    "header",
    "setResponseHeader",
    "appendResponseHeader",
    "writeHeader",
];

pub(super) fn read(script: &Script<'_>, found: &mut Vec<PolicyText>) {
    let module = &script.module;
    module.each(&mut |expr| match &expr.node {
        Node::Call(callee, items, _) => found.extend(call(script, callee, items)),
        Node::Object(properties) => {
            found.extend(meta(script, expr.span, properties));
            found.extend(fields(script, expr, properties));
        }
        Node::Element(name, attributes, _) if name == "meta" => found.extend(meta(script, expr.span, attributes)),
        _ => {}
    });
}

fn call(script: &Script<'_>, callee: &Expr, items: &[Item]) -> Option<PolicyText> {
    let (name, on_request) = match &callee.node {
        Node::Member(object, name, _) => (name, is_request(&script.module.excerpt(object.span))),
        Node::Name(name) => (name, false),
        _ => return None,
    };
    if !SETTERS.contains(&name.as_str()) || on_request {
        return None;
    }
    // Functions of h3 have the event first.
    let at = items.iter().take(2).position(|item| header(script, &item.value).is_some())?;
    let header = header(script, &items.get(at)?.value)?;
    let value = items.get(at + 1)?;
    Some(policy(script, script.layer(), &value.value).named(header))
}

/// Next.js reads the nonce from the header of the request: that one reaches no browser.
fn is_request(object: &str) -> bool {
    object.to_ascii_lowercase().contains("request") || object == "req" || object.starts_with("req.")
}

/// The header that an expression names.
fn header(script: &Script<'_>, expr: &Expr) -> Option<Header> {
    match &expr.node {
        Node::Text(name) => Header::named(name),
        Node::Name(_) | Node::Member(..) | Node::If(..) => {
            let value = script.value(expr);
            let mut all = value.choices().into_iter().filter_map(|value| Header::named(&value.text()?));
            all.next()
        }
        _ => None,
    }
}

/// `{ 'Content-Security-Policy': … }`
fn fields(script: &Script<'_>, object: &Expr, properties: &[Property]) -> Vec<PolicyText> {
    let mut found = Vec::new();
    for property in properties {
        let Some(header) = property.name.as_deref().and_then(Header::named) else { continue };
        let mut policy = policy(script, script.layer(), &property.value).named(header);
        policy.pages = pages(script, object.span);
        if policy.text.is_ok() {
            found.push(policy);
        }
    }
    found
}

/// Rules for routes have them as names of properties around: `'/admin/**': { headers: { … } }`.
fn pages(script: &Script<'_>, at: Span) -> Option<String> {
    let around = near::around(&script.module, at);
    let names = around.iter().rev().filter_map(|expr| match &expr.node {
        Node::Object(properties) => properties.iter().find_map(|property| {
            let holds = property.span.start <= at.start && at.end <= property.span.end && expr.span != at;
            property.name.clone().filter(|name| holds && name.starts_with('/'))
        }),
        _ => None,
    });
    names.into_iter().next()
}

/// `<meta httpEquiv="Content-Security-Policy" content={…} />`, `{ 'http-equiv': …, content: … }`
fn meta(script: &Script<'_>, _at: Span, properties: &[Property]) -> Option<PolicyText> {
    let kind = property(properties, "httpEquiv").or_else(|| property(properties, "http-equiv"))?;
    let header = header(script, &kind.value)?;
    let content = property(properties, "content")?;
    let mut policy = policy(script, Layer::Meta, &content.value).named(header);
    policy.delivery = Delivery::Meta;
    Some(policy)
}

/// The policy that an expression is.
pub(super) fn policy(script: &Script<'_>, layer: Layer, expr: &Expr) -> PolicyText {
    let value = script.value(expr);
    let path = &script.module.path;
    match text::draft(script.modules, &value) {
        Ok(draft) => PolicyText::new(layer, path, expr.span, draft),
        Err(expression) => PolicyText::hidden(layer, path, expr.span, expression),
    }
}
