//! Arguments → `Input`: what an agent wrote, and the error that tells it how to write it.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::schema;
use crate::error::ToolError;

/// Reads the arguments. A field that should be a list, object, number or boolean and came as its JSON in a string is
/// read too, since some clients send it so.
pub(super) fn parse<T: DeserializeOwned + schemars::JsonSchema>(
    tool: &str,
    arguments: Map<String, Value>,
) -> Result<T, ToolError> {
    let error = match read::<T>(arguments.clone()) {
        Ok(input) => return Ok(input),
        Err(error) => error,
    };
    let expected = schema::input::<T>();
    if let Some(repaired) = unquote(&arguments, &expected)
        && let Ok(input) = read::<T>(repaired)
    {
        return Ok(input);
    }
    Err(ToolError::new(format!("Wrong arguments for {tool}: {error}."), expectation(&expected)))
}

fn read<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, String> {
    serde_path_to_error::deserialize(Value::Object(arguments)).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        if path == "." || path == "?" { message } else { format!("`{path}`: {message}") }
    })
}

/// The arguments with strings read as the JSON that the schema asks for; `None` when there is nothing to change.
fn unquote(arguments: &Map<String, Value>, schema: &Map<String, Value>) -> Option<Map<String, Value>> {
    let properties = schema.get("properties")?.as_object()?;
    let mut changed = false;
    let mut repaired = arguments.clone();
    for (name, value) in &mut repaired {
        let (Some(Value::String(wanted)), Value::String(text)) =
            (properties.get(name).and_then(|property| property.get("type")), &*value)
        else {
            continue;
        };
        let Ok(inner) = serde_json::from_str::<Value>(text) else { continue };
        let fits = match wanted.as_str() {
            "array" => inner.is_array(),
            "object" => inner.is_object(),
            "integer" | "number" => inner.is_number(),
            "boolean" => inner.is_boolean(),
            _ => false,
        };
        if fits {
            *value = inner;
            changed = true;
        }
    }
    changed.then_some(repaired)
}

/// `Arguments: issue (string, required), source (string).`
fn expectation(schema: &Map<String, Value>) -> String {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|map| !map.is_empty()) else {
        return "It takes no arguments.".to_owned();
    };
    let names = properties.iter().map(|(name, property)| {
        let kind = match property.get("enum").and_then(Value::as_array) {
            Some(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"),
            None => property.get("type").and_then(Value::as_str).unwrap_or("object").to_owned(),
        };
        let must = if required.contains(&name.as_str()) { ", required" } else { "" };
        format!("{name} ({kind}{must})")
    });
    format!("Expected arguments: {}.", names.collect::<Vec<_>>().join(", "))
}
