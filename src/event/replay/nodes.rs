//! The elements of a recording by rrweb's ids, as short selectors: `button#pay "Pay now"`. No mirror of the page.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::read::line;

/// Elements that are remembered; a page with more is not told apart further.
const MOST: usize = 50_000;
/// Levels of a page that are walked.
const DEPTH: usize = 200;
/// Attributes that find an element again, best first.
const ATTRIBUTES: [&str; 7] = ["data-testid", "data-test-id", "aria-label", "name", "type", "role", "href"];

/// Selectors of elements by id.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    names: HashMap<i64, String>,
    secret: HashMap<i64, ()>,
}

impl Nodes {
    /// Learns a tree: `{id, tagName, attributes, childNodes}`.
    pub(super) fn learn(&mut self, node: &Value) {
        self.walk(node, DEPTH);
    }

    /// The selector of an element.
    pub(super) fn name(&self, id: i64) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// The SDK's own selector of an element is better than ours.
    pub(super) fn call(&mut self, id: i64, name: &str) {
        if !name.is_empty() && (self.names.len() < MOST || self.names.contains_key(&id)) {
            self.names.insert(id, name.to_owned());
        }
    }

    /// Whether what is typed there is a secret.
    pub(super) fn is_secret(&self, id: i64) -> bool {
        self.secret.contains_key(&id)
    }

    fn walk(&mut self, node: &Value, depth: usize) {
        if depth == 0 || self.names.len() >= MOST {
            return;
        }
        let id = node.get("id").and_then(Value::as_i64);
        let tag = node.get("tagName").and_then(Value::as_str);
        if let (Some(id), Some(tag)) = (id, tag) {
            let attributes = node.get("attributes").and_then(Value::as_object);
            if is_secret(attributes) {
                self.secret.insert(id, ());
            }
            self.names.insert(id, selector(tag, attributes, node));
        }
        let children = node.get("childNodes").and_then(Value::as_array);
        for child in children.into_iter().flatten() {
            self.walk(child, depth - 1);
        }
    }
}

fn selector(tag: &str, attributes: Option<&Map<String, Value>>, node: &Value) -> String {
    let attribute = |name: &str| attributes?.get(name)?.as_str().filter(|value| !value.is_empty());
    let mut out = line(tag, 40).to_ascii_lowercase();
    if let Some(id) = attribute("id") {
        out.push_str(&format!("#{}", line(id, 60)));
    }
    let found = ATTRIBUTES.iter().filter_map(|name| Some((*name, attribute(name)?))).take(2);
    for (name, value) in found {
        out.push_str(&format!("[{name}=\"{}\"]", line(value, 60)));
    }
    if let Some(text) = text_of(node) {
        out.push_str(&format!(" \"{text}\""));
    }
    out
}

/// The text right inside an element, where it is not masked.
fn text_of(node: &Value) -> Option<String> {
    let children = node.get("childNodes")?.as_array()?;
    let text = children.iter().find_map(|child| child.get("textContent")?.as_str().map(str::trim))?;
    let masked = text.chars().all(|c| c == '*' || c.is_whitespace());
    (!text.is_empty() && !masked).then(|| line(text, 40))
}

fn is_secret(attributes: Option<&Map<String, Value>>) -> bool {
    let Some(attributes) = attributes else { return false };
    let value = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
    value("type").eq_ignore_ascii_case("password")
        || value("autocomplete").contains("password")
        || value("autocomplete").starts_with("cc-")
        || ["name", "id"].iter().any(|name| crate::redact::is_secret(value(name)))
}
