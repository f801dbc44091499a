//! What is wrong with a request, by the schema.

use super::{
    exempt,
    schema::{Operation, wrong, wrong_parameter},
};
use crate::support::sentry::Request;

/// Lines that say what is wrong; none = the request keeps the contract.
pub fn request(operation: &Operation, request: &Request) -> Vec<String> {
    let mut found = Vec::new();
    path(operation, request, &mut found);
    query(operation, request, &mut found);
    body(operation, request, &mut found);
    let line = request.line();
    found.into_iter().map(|what| format!("{line}\n    {what}")).collect()
}

fn path(operation: &Operation, request: &Request, found: &mut Vec<String>) {
    for (name, value) in operation.template.split('/').zip(request.path.split('/')) {
        let Some(name) = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else { continue };
        let value = percent_decoded(value);
        if exempt::segment(&operation.template, name, &value) {
            continue;
        }
        let declared =
            operation.parameters.iter().find(|parameter| parameter.place == "path" && parameter.name == name);
        let wrong = declared.map_or_else(Vec::new, |declared| wrong_parameter(&declared.schema, &[&value]));
        found.extend(wrong.into_iter().map(|what| format!("path {name}{what}")));
    }
}

fn query(operation: &Operation, request: &Request, found: &mut Vec<String>) {
    let known: Vec<_> = operation.parameters.iter().filter(|parameter| parameter.place == "query").collect();
    let mut seen: Vec<&str> = Vec::new();
    for (name, _) in &request.query {
        if seen.contains(&name.as_str()) {
            continue;
        }
        seen.push(name);
        match known.iter().find(|parameter| parameter.name == *name) {
            Some(_) if request.query(name).is_some_and(|value| exempt::value(name, value)) => {}
            Some(parameter) => {
                let wrong = wrong_parameter(&parameter.schema, &request.all(name));
                found.extend(wrong.into_iter().map(|what| format!("query {name}{what}")));
            }
            None if exempt::query(operation, name) => {}
            None => {
                let names: Vec<&str> = known.iter().map(|parameter| parameter.name.as_str()).collect();
                found.push(format!("query {name}: is not known; known are {}", names.join(", ")));
            }
        }
    }
    let missing = known.iter().filter(|parameter| parameter.required && !seen.contains(&parameter.name.as_str()));
    found.extend(missing.map(|parameter| format!("query {}: is required", parameter.name)));
}

fn body(operation: &Operation, request: &Request, found: &mut Vec<String>) {
    let Some(schema) = &operation.body else {
        if !request.body.is_empty() && request.json() != serde_json::json!({}) {
            found.push(format!("body: there should be none, and it is {}", String::from_utf8_lossy(&request.body)));
        }
        return;
    };
    if request.body.is_empty() && !operation.body_required {
        return;
    }
    if request.header("content-type") != Some("application/json") {
        found.push(format!("content-type: {:?}", request.header("content-type")));
    }
    let wrong = wrong(schema, &request.json()).into_iter();
    let wrong = wrong.filter(|what| !(exempt::partial(operation) && what.ends_with(": is required")));
    found.extend(wrong.map(|what| format!("body {what}")));
}

fn percent_decoded(segment: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", segment.replace('+', "%2B")).as_bytes()).next().unwrap().1.into_owned()
}
