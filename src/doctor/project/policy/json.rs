//! vercel.json, now.json, firebase.json, staticwebapp.config.json.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Array, Object, StringLit, Value},
    parse_to_ast,
};

use crate::doctor::script::Span;

use super::{Draft, Header, Layer, PolicyText, Quoting, scope::Scope};

const NAMES: [&str; 4] = ["vercel.json", "now.json", "firebase.json", "staticwebapp.config.json"];

pub(super) fn read(scope: &Scope<'_>, found: &mut Vec<PolicyText>) {
    for path in scope.named(|name| NAMES.contains(&name)) {
        let Some(text) = scope.text(path) else { continue };
        match parse_to_ast(&text, &CollectOptions::default(), &ParseOptions::default()) {
            Ok(parsed) => {
                if let Some(Value::Object(root)) = parsed.value {
                    let mut file = File { path, text: &text, policies: Vec::new() };
                    file.root(&root);
                    found.append(&mut file.policies);
                }
            }
            Err(error) => scope.skip(path, format!("it is no JSON: {error}")),
        }
    }
}

struct File<'a> {
    path: &'a str,
    text: &'a str,
    policies: Vec<PolicyText>,
}

impl File<'_> {
    fn root(&mut self, root: &Object<'_>) {
        self.rules(root, &["source"]);
        // The older form of Vercel's: routes with headers by name.
        for route in objects(root.get_array("routes")) {
            let pages = route.get_string("src").or_else(|| route.get_string("route"));
            self.by_name(route.get_object("headers"), pages.map(|pages| pages.value.as_ref()));
        }
        self.by_name(root.get_object("globalHeaders"), None);
        if let Some(hosting) = root.get_object("hosting") {
            self.rules(hosting, &["source", "regex", "glob"]);
        }
        for hosting in objects(root.get_array("hosting")) {
            self.rules(hosting, &["source", "regex", "glob"]);
        }
    }

    /// `headers: [{source, headers: [{key, value}]}]`
    fn rules(&mut self, root: &Object<'_>, sources: &[&str]) {
        for rule in objects(root.get_array("headers")) {
            let pages = sources.iter().find_map(|name| rule.get_string(name)).map(|pages| pages.value.clone());
            for header in objects(rule.get_array("headers")) {
                let (Some(key), Some(value)) = (header.get_string("key"), header.get_string("value")) else { continue };
                self.add(&key.value, value, pages.as_deref());
            }
        }
    }

    /// `headers: {name: value}`
    fn by_name(&mut self, headers: Option<&Object<'_>>, pages: Option<&str>) {
        for property in headers.map(|headers| headers.properties.as_slice()).unwrap_or_default() {
            if let Value::StringLit(value) = &property.value {
                self.add(property.name.as_str(), value, pages);
            }
        }
    }

    fn add(&mut self, name: &str, value: &StringLit<'_>, pages: Option<&str>) {
        let Some(header) = Header::named(name) else { return };
        let span = Span { start: value.range.start, end: value.range.end };
        let raw = self.text.get(span.start + 1..span.end.saturating_sub(1)).unwrap_or_default();
        let draft = Draft::escaped(self.path, span.start + 1, raw, Quoting::Script('"'));
        let mut policy = PolicyText::new(Layer::Hosting, self.path, span, draft).named(header);
        policy.pages = pages.map(str::to_owned);
        // Of several for the same pages the last counts.
        self.policies.retain(|other| other.pages != policy.pages || other.report_only != policy.report_only);
        self.policies.push(policy);
    }
}

fn objects<'v, 'a>(array: Option<&'v Array<'a>>) -> impl Iterator<Item = &'v Object<'a>> {
    array.into_iter().flat_map(|array| array.elements.iter()).filter_map(Value::as_object)
}
