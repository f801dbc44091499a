//! The API's event → the payload that an SDK would have sent, so that one reader knows events: `entries` become the payload's
//! interfaces, names in camel case those of the payload. Leniently: what is missing or odd is left out.

use serde_json::{Map, Value, json};

use crate::sentry::Read;

/// The payload of an event of the API.
pub(super) fn payload(event: &Value) -> Value {
    let mut out = Map::new();
    let tag = |name: &str| tag(event, name);
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            out.insert(key.to_owned(), value);
        }
    };
    let text = |key: &str| event.text(key).map(Value::from);
    set("event_id", text("eventID").or_else(|| text("id")));
    set("type", text("type"));
    set("platform", text("platform"));
    set("level", text("level").or_else(|| tag("level")));
    set("timestamp", text("dateCreated").or_else(|| text("endTimestamp")).or_else(|| text("dateReceived")));
    let release = event.at("release");
    set(
        "release",
        release.text("version").or_else(|| event.text("release")).map(Value::from).or_else(|| tag("release")),
    );
    set("dist", text("dist"));
    set("environment", text("environment").or_else(|| tag("environment")));
    set("transaction", text("transaction").or_else(|| tag("transaction")));
    set("server_name", tag("server_name"));
    set("logger", text("logger").or_else(|| tag("logger")));
    set("message", text("message"));
    for key in ["tags", "contexts", "user", "sdk", "errors"] {
        set(key, Some(event.at(key).clone()));
    }
    set("extra", Some(event.at("context").clone()));
    for entry in event.at("entries").items() {
        let data = entry.at("data");
        match entry.text("type").as_deref() {
            Some("exception") => set("exception", Some(json!({"values": exceptions(data)}))),
            Some("threads") => set("threads", Some(json!({"values": values(data).map(thread).collect::<Vec<_>>()}))),
            Some("stacktrace") => set("stacktrace", Some(stacktrace(data))),
            Some("breadcrumbs") => {
                set("breadcrumbs", Some(json!({"values": values(data).cloned().collect::<Vec<_>>()})))
            }
            Some("request") => set("request", Some(request(data))),
            Some("message") => set(
                "logentry",
                Some(
                    json!({"message": data.at("message"), "formatted": data.at("formatted"), "params": data.at("params")}),
                ),
            ),
            Some("csp") => set("csp", Some(csp(data))),
            Some("debugmeta") => {
                set("debug_meta", Some(json!({"images": data.at("images").items().map(image).collect::<Vec<_>>()})))
            }
            _ => {}
        }
    }
    Value::Object(out)
}

/// The value of a tag.
fn tag(event: &Value, name: &str) -> Option<Value> {
    let mut tags = event.at("tags").items();
    tags.find(|tag| tag.text("key").as_deref() == Some(name))?.text("value").map(Value::from)
}

/// Items of `{values: […]}` or of a list.
fn values(data: &Value) -> std::slice::Iter<'_, Value> {
    if data.is_array() { data.items() } else { data.at("values").items() }
}

fn exceptions(data: &Value) -> Vec<Value> {
    let one = |exception: &Value| {
        json!({
            "type": exception.at("type"), "value": exception.at("value"), "module": exception.at("module"), "mechanism": exception.at("mechanism"),
            "stacktrace": stacktrace(exception.at("stacktrace")), "raw_stacktrace": stacktrace(exception.at("rawStacktrace")),
        })
    };
    values(data).map(one).collect()
}

fn thread(thread: &Value) -> Value {
    json!({
        "id": thread.at("id"), "name": thread.at("name"), "state": thread.at("state"), "crashed": thread.at("crashed"),
        "current": thread.at("current"), "stacktrace": stacktrace(thread.at("stacktrace")),
    })
}

fn stacktrace(stack: &Value) -> Value {
    if stack.is_null() {
        return Value::Null;
    }
    json!({"frames": stack.at("frames").items().map(frame).collect::<Vec<_>>(), "frames_omitted": either(stack, "framesOmitted", "frames_omitted")})
}

/// The value at the first key that has one: servers of the same API spell names in both ways.
fn either<'a>(value: &'a Value, one: &str, other: &str) -> &'a Value {
    Some(value.at(one)).filter(|value| !value.is_null()).unwrap_or_else(|| value.at(other))
}

fn frame(frame: &Value) -> Value {
    let line = either(frame, "lineNo", "lineno");
    let mut out = json!({
        "filename": frame.at("filename"), "abs_path": either(frame, "absPath", "abs_path"), "function": frame.at("function"),
        "raw_function": either(frame, "rawFunction", "raw_function"), "module": frame.at("module"), "package": frame.at("package"),
        "lineno": line, "colno": either(frame, "colNo", "colno"), "in_app": either(frame, "inApp", "in_app"), "vars": frame.at("vars"),
    });
    // `context` is a list of [line number, text] around the frame's own line.
    if let (Some(line), Some(out)) = (line.as_u64(), out.as_object_mut()) {
        let (mut before, mut own, mut after) = (Vec::new(), Value::Null, Vec::new());
        for row in frame.at("context").items() {
            let [number, text] = row.as_array().map(Vec::as_slice).unwrap_or_default() else { continue };
            match number.as_u64().unwrap_or(0).cmp(&line) {
                std::cmp::Ordering::Less => before.push(text.clone()),
                std::cmp::Ordering::Equal => own = text.clone(),
                std::cmp::Ordering::Greater => after.push(text.clone()),
            }
        }
        for (key, value) in [("pre_context", before.into()), ("context_line", own), ("post_context", after.into())] {
            out.insert(key.to_owned(), value);
        }
    }
    out
}

fn request(request: &Value) -> Value {
    json!({
        "url": request.at("url"), "method": request.at("method"), "headers": request.at("headers"), "data": request.at("data"),
        "query_string": either(request, "query", "query_string"),
    })
}

/// A CSP report: its keys with hyphens, as browsers send them.
fn csp(report: &Value) -> Value {
    let fields = report.as_object().into_iter().flatten();
    Value::Object(fields.map(|(key, value)| (key.replace('_', "-"), value.clone())).collect())
}

fn image(image: &Value) -> Value {
    json!({
        "type": image.at("type"), "code_file": either(image, "code_file", "codeFile"), "debug_id": either(image, "debug_id", "debugId"),
    })
}
