//! Answers made from the schema: its examples, the least that is legal, and more than anyone asked for.

use serde_json::{Map, Value, json};

use super::schema::{Operation, wrong};

/// Which answers a pass gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The schema's example, or one made from the schema.
    Example,
    /// The same, and a 404 for what the schema does not have.
    Documented,
    /// Without any field that is not required, at any depth.
    Least,
    /// With fields that nobody knows, and null where it is allowed.
    Strange,
}

impl Form {
    /// Whether all that the example has is there.
    pub fn is_full(self) -> bool {
        matches!(self, Self::Example | Self::Documented)
    }
}

/// The body of an operation's answer; none = it has none.
pub fn body(operation: &Operation, form: Form) -> Option<Value> {
    let schema = operation.answer.as_ref()?;
    let example = operation.example.clone().unwrap_or_else(|| made(schema));
    Some(match form {
        Form::Example | Form::Documented => example,
        Form::Least => least(schema, &example),
        Form::Strange => strange(schema, &example),
    })
}

/// A value that fits the schema, with all its fields.
pub fn made(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.iter().find(|one| !one.is_null())) {
        return first.clone();
    }
    if let Some(choice) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()).and_then(|all| all.first())
    {
        return made(choice);
    }
    if let Some(all) = schema["allOf"].as_array() {
        let mut merged = Map::new();
        for part in all {
            merged.extend(made(part).as_object().cloned().unwrap_or_default());
        }
        return Value::Object(merged);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            Value::Object(fields.map(|(name, below)| (name.clone(), made(below))).collect())
        }
        Some("array") => json!([made(&schema["items"])]),
        Some("string") => match schema["format"].as_str() {
            Some("date-time") => json!("2026-05-04T03:02:01Z"),
            Some("uri") => json!("https://made.example/up"),
            Some("uuid") => json!("c0ffee00-0000-4000-8000-000000000001"),
            _ => json!(
                "made-up"
                    .chars()
                    .take(schema["maxLength"].as_u64().map_or(7, |most| most as usize))
                    .collect::<String>()
            ),
        },
        Some("integer") => schema.get("minimum").cloned().unwrap_or_else(|| json!(7)),
        Some("number") => json!(7.5),
        Some("boolean") => json!(true),
        _ => Value::Null,
    }
}

/// The value without what is not required; what the schema leaves open is empty.
pub fn least(schema: &Value, value: &Value) -> Value {
    let schema = chosen(schema, value);
    match value {
        Value::Object(fields) => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let kept = fields.iter().filter(|(name, _)| required.contains(&name.as_str()));
            Value::Object(kept.map(|(name, below)| (name.clone(), least(&schema["properties"][name], below))).collect())
        }
        Value::Array(_) if schema["items"]["type"].is_null() && schema["items"]["anyOf"].is_null() => {
            json!([])
        }
        Value::Array(items) => items.iter().map(|item| least(&schema["items"], item)).collect(),
        other => other.clone(),
    }
}

/// The value with unknown fields in every object, and null wherever that is allowed.
pub fn strange(schema: &Value, value: &Value) -> Value {
    let schema = chosen(schema, value);
    match value {
        Value::Object(fields) => {
            let mut changed: Map<String, Value> = Map::new();
            for (name, below) in fields {
                let schema = &schema["properties"][name];
                let below = if schema["nullable"] == true { Value::Null } else { strange(schema, below) };
                changed.insert(name.clone(), below);
            }
            changed.insert("aFieldOfTomorrow".to_owned(), json!({"deep": [1, {"er": "text"}]}));
            Value::Object(changed)
        }
        Value::Array(items) => items.iter().map(|item| strange(&schema["items"], item)).collect(),
        other => other.clone(),
    }
}

/// Of several allowed forms the one that the value has.
fn chosen<'a>(schema: &'a Value, value: &Value) -> &'a Value {
    let choices = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    let fits = |choice: &&Value| wrong(choice, value).is_empty();
    choices.and_then(|choices| choices.iter().find(fits).or(choices.first())).unwrap_or(schema)
}
