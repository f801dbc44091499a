//! BiDi's way to write JavaScript values, read into JSON.

use serde_json::{Map, Value};

/// A serialised remote value as plain JSON; what has no JSON form becomes null.
pub fn plain(remote: &Value) -> Value {
    read(remote, 0)
}

fn read(remote: &Value, depth: usize) -> Value {
    let value = remote.get("value");
    // Our observer nests two deep.
    if depth > 6 {
        return Value::Null;
    }
    match (remote.get("type").and_then(Value::as_str), value) {
        (Some("string" | "boolean" | "number"), Some(value)) => value.clone(),
        (Some("array"), Some(Value::Array(items))) => items.iter().map(|item| read(item, depth + 1)).collect(),
        (Some("object"), Some(Value::Array(pairs))) => {
            let pair = |pair: &Value| {
                let key = pair.get(0)?.as_str()?.to_owned();
                Some((key, read(pair.get(1)?, depth + 1)))
            };
            Value::Object(pairs.iter().filter_map(pair).collect::<Map<_, _>>())
        }
        _ => Value::Null,
    }
}
