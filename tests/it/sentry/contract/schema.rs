//! The official OpenAPI schema, read from the file that `SENTRY_OPENAPI` names.

use std::path::PathBuf;

use serde_json::{Map, Value};

/// One operation of the schema.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: String,
    /// The path below `/api/0`.
    pub template: String,
    pub parameters: Vec<Parameter>,
    /// Schema of the JSON body; none = there is no body.
    pub body: Option<Value>,
    pub body_required: bool,
    pub status: u16,
    /// Schema of the answer; none = it is empty.
    pub answer: Option<Value>,
    /// The schema's own example of the answer.
    pub example: Option<Value>,
}

/// A parameter of an operation.
#[derive(Debug, Clone)]
pub struct Parameter {
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    pub required: bool,
    pub schema: Value,
}

/// Where the schema is; none = it was not given, and the tests that need it say so.
pub fn given() -> Option<PathBuf> {
    let path = std::env::var_os("SENTRY_OPENAPI").filter(|path| !path.is_empty());
    if path.is_none() {
        eprintln!("NOT RUN: SENTRY_OPENAPI does not name the file of Sentry's OpenAPI schema");
    }
    path.map(PathBuf::from)
}

/// All operations of the schema.
pub fn operations(path: &PathBuf) -> Vec<Operation> {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("SENTRY_OPENAPI {}: {error}", path.display()));
    let document: Value = serde_json::from_slice(&text).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let template = path.strip_prefix("/api/0").unwrap();
        // SCIM speaks another protocol.
        if !template.ends_with('/') {
            continue;
        }
        for (method, operation) in methods.as_object().unwrap() {
            all.push(read(method, template, operation));
        }
    }
    assert!(all.len() > 150, "only {} operations in {}", all.len(), document["info"]["title"]);
    all
}

fn read(method: &str, template: &str, operation: &Value) -> Operation {
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| Parameter {
        name: parameter["name"].as_str().unwrap().to_owned(),
        place: parameter["in"].as_str().unwrap().to_owned(),
        required: parameter["required"] == true,
        schema: parameter["schema"].clone(),
    });
    let good = operation["responses"].as_object().unwrap().iter().find(|(status, _)| status.starts_with('2'));
    let (status, response) = good.map_or(("200", &Value::Null), |(status, response)| (status.as_str(), response));
    let content = &response["content"]["application/json"];
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let example =
        content["examples"].as_object().and_then(|examples| examples.values().next()).map(|one| &one["value"]);
    let example = example.or_else(|| content.get("example")).filter(|example| !example.is_null());
    Operation {
        method: method.to_ascii_uppercase(),
        template: template.to_owned(),
        parameters: parameters.collect(),
        body: (!body.is_null()).then(|| body.clone()),
        body_required: operation["requestBody"]["required"] == true,
        status: status.parse().unwrap(),
        answer: content.get("schema").cloned(),
        example: example.cloned(),
    }
}

/// What is wrong with a value, as lines `place: what`.
pub fn wrong(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, value, "", &mut found);
    found
}

fn check(schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    for all in schema["allOf"].as_array().into_iter().flatten() {
        check(all, value, place, found);
    }
    let choices = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    if let Some(choices) = choices
        && !choices.iter().any(|choice| wrong(choice, value).is_empty())
    {
        found.push(format!("{place}: {value} is none of the allowed forms"));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        found.push(format!("{place}: {value} is not one of {}", Value::Array(allowed.clone())));
    }
    let right = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !right {
        found.push(format!("{place}: {value} is no {}", schema["type"]));
        return;
    }
    match value {
        Value::Object(fields) => object(schema, fields, place, found),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                check(&schema["items"], item, &format!("{place}/{at}"), found);
            }
            if schema["maxItems"].as_u64().is_some_and(|most| items.len() as u64 > most) {
                found.push(format!("{place}: more than {} entries", schema["maxItems"]));
            }
        }
        Value::String(text) => string(schema, text, place, found),
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            if schema["minimum"].as_f64().is_some_and(|least| number < least)
                || schema["maximum"].as_f64().is_some_and(|most| number > most)
            {
                found.push(format!("{place}: {number} is not between {} and {}", schema["minimum"], schema["maximum"]));
            }
        }
        _ => {}
    }
}

fn object(schema: &Value, fields: &Map<String, Value>, place: &str, found: &mut Vec<String>) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{place}/{name}: is required"));
        }
    }
    let Some(known) = schema["properties"].as_object() else { return };
    for (name, value) in fields {
        match known.get(name) {
            Some(below) => check(below, value, &format!("{place}/{name}"), found),
            None if schema.get("additionalProperties").is_none() => {
                found.push(format!("{place}/{name}: is not known; known are {}", names(known)));
            }
            None => check(&schema["additionalProperties"], value, &format!("{place}/{name}"), found),
        }
    }
}

fn string(schema: &Value, text: &str, place: &str, found: &mut Vec<String>) {
    let length = text.chars().count() as u64;
    if schema["minLength"].as_u64().is_some_and(|least| length < least)
        || schema["maxLength"].as_u64().is_some_and(|most| length > most)
    {
        found.push(format!(
            "{place}: {length} characters, allowed are {} to {}",
            schema["minLength"], schema["maxLength"]
        ));
    }
    let right = match schema["format"].as_str() {
        Some("date-time") => text.parse::<jiff::Timestamp>().is_ok(),
        Some("uri") => url::Url::parse(text).is_ok(),
        Some("email") => text.contains('@'),
        _ => true,
    };
    if !right {
        found.push(format!("{place}: {text:?} is no {}", schema["format"]));
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && regex::Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text))
    {
        found.push(format!("{place}: {text:?} does not match {pattern}"));
    }
}

fn names(known: &Map<String, Value>) -> String {
    known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What is wrong with the values of a parameter, which come as text.
pub fn wrong_parameter(schema: &Value, values: &[&str]) -> Vec<String> {
    let read = |schema: &Value, text: &str| match schema["type"].as_str() {
        Some("integer" | "number") => text.parse::<serde_json::Number>().map_or_else(|_| text.into(), Value::Number),
        Some("boolean") if ["true", "1"].contains(&text) => Value::Bool(true),
        Some("boolean") if ["false", "0"].contains(&text) => Value::Bool(false),
        _ => Value::from(text),
    };
    if schema["type"] == "array" {
        return wrong(schema, &values.iter().map(|value| read(&schema["items"], value)).collect());
    }
    match values {
        [one] => wrong(schema, &read(schema, one)),
        many => vec![format!(": comes {} times", many.len())],
    }
}
