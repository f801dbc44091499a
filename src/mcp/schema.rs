//! JSON Schemas as few tokens: what a model does not need to fill in the arguments is left out.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The schema of arguments. `null` is left out of optional fields: leaving them out says the same.
pub(super) fn input<T: JsonSchema>() -> Map<String, Value> {
    shortest::<T>(SchemaSettings::draft2020_12(), true)
}

/// The schema of a result. `null` stays, since clients check the result against it.
pub(super) fn output<T: JsonSchema>() -> Map<String, Value> {
    shortest::<T>(SchemaSettings::draft2020_12().for_serialize(), false)
}

/// The schema with its definitions inline or shared, whichever is shorter.
fn shortest<T: JsonSchema>(settings: SchemaSettings, strip_null: bool) -> Map<String, Value> {
    let of = |inline: bool| {
        let settings = settings.clone().with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = inline;
        });
        let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
        compact(&mut schema, strip_null);
        match schema {
            Value::Object(map) => {
                let mut map = unfold_root(map);
                map.shift_remove("description");
                map.entry("properties").or_insert_with(|| json!({}));
                map
            }
            _ => Map::new(),
        }
    };
    let (inline, shared) = (of(true), of(false));
    let length = |map: &Map<String, Value>| serde_json::to_string(map).map_or(usize::MAX, |text| text.len());
    if length(&inline) <= length(&shared) { inline } else { shared }
}

/// The root itself where it is a reference only, as of a type that wraps another: clients ask for an object there.
fn unfold_root(mut map: Map<String, Value>) -> Map<String, Value> {
    let name = map.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
    let Some(target) = name.and_then(|name| map.get("$defs")?.get(name)?.as_object().cloned()) else { return map };
    map.shift_remove("$ref");
    for (key, value) in target {
        map.entry(key).or_insert(value);
    }
    map
}

/// Compacts a schema and all below it.
fn compact(schema: &mut Value, strip_null: bool) {
    let Value::Object(map) = schema else { return };
    for (key, below) in map.iter_mut() {
        match (key.as_str(), below) {
            ("properties" | "$defs", Value::Object(children)) => {
                children.values_mut().for_each(|child| compact(child, strip_null));
            }
            ("items" | "additionalProperties", child) => compact(child, strip_null),
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(children)) => {
                children.iter_mut().for_each(|child| compact(child, strip_null));
            }
            _ => {}
        }
    }
    for word in ["$schema", "title", "format"] {
        map.shift_remove(word);
    }
    if strip_null {
        drop_null(map);
        // serde says it better, with the names that are expected.
        if map.get("additionalProperties") == Some(&Value::Bool(false)) {
            map.shift_remove("additionalProperties");
        }
    }
    fold_constants(map);
    drop_idle(map);
    if let Some(Value::String(text)) = map.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned();
    }
}

/// `["string", "null"]` → `"string"`, `anyOf [X, null]` → X.
fn drop_null(map: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            map.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(values)) = map.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    for union in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = map.get_mut(union) else { continue };
        branches.retain(|branch| branch.get("type") != Some(&json!("null")));
        if let [Value::Object(only)] = branches.as_slice() {
            let only = only.clone();
            map.shift_remove(union);
            for (key, value) in only {
                // The field's own description says more than that of its type.
                map.entry(key).or_insert(value);
            }
        }
    }
}

/// `oneOf [{const: a, description: …}, …]` → `enum [a, …]`.
fn fold_constants(map: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = map.get("oneOf").or_else(|| map.get("anyOf")) else { return };
    let mut values = Vec::new();
    for branch in branches {
        match (branch.get("const"), branch.get("enum").and_then(Value::as_array)) {
            (Some(constant), _) => values.push(constant.clone()),
            (None, Some(several)) => values.extend(several.iter().cloned()),
            (None, None) => return,
        }
    }
    map.shift_remove("oneOf");
    map.shift_remove("anyOf");
    map.insert("type".to_owned(), json!("string"));
    map.insert("enum".to_owned(), Value::Array(values));
}

/// Takes out what says nothing: a default of nothing, the bounds of a Rust integer, an enum's own type.
fn drop_idle(map: &mut Map<String, Value>) {
    let idle = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if map.get("default").is_some_and(idle) {
        map.shift_remove("default");
    }
    if map.get("required").is_some_and(idle) {
        map.shift_remove("required");
    }
    if map.get("minimum") == Some(&json!(0)) {
        map.shift_remove("minimum");
    }
    if map.get("maximum").and_then(Value::as_u64).is_some_and(|most| matches!(most, 255 | 65_535)) {
        map.shift_remove("maximum");
    }
    if let Some(Value::Array(branches)) = map.get("allOf")
        && let [Value::Object(only)] = branches.as_slice()
    {
        let only = only.clone();
        map.shift_remove("allOf");
        for (key, value) in only {
            map.entry(key).or_insert(value);
        }
    }
}
