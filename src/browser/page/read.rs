//! Reading from the page: text, an element, console and network of late, the value of an expression.

use std::{fmt::Write as _, time::Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use super::call;
use crate::{
    browser::{Read, Target, tab::Page},
    error::{Result, ToolError},
};

/// Reads; what comes back is untrusted.
pub(super) async fn read(page: &Page, what: &Read) -> Result<String> {
    match what {
        Read::Text(target) => text(page, target.as_ref()).await,
        Read::Element(target) => element(page, target).await,
        Read::Console => Ok(super::request::console(page)),
        Read::Network => Ok(super::request::network(page)),
        Read::Evaluate(expression) => evaluate(page, expression).await,
    }
}

async fn text(page: &Page, target: Option<&Target>) -> Result<String> {
    let input = json!({"target": target.filter(|target| !target.is_empty())});
    let target = target.cloned().unwrap_or_default();
    let (_, answer) = call::somewhere(page, &target, "readText", input, Instant::now()).await?;
    Ok(answer.get("text").and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// An element, as the in-page code reads it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Element {
    role: String,
    name: String,
    #[serde(rename = "ref")]
    reference: String,
    tag: String,
    states: Vec<String>,
    visible: bool,
    value: Option<Value>,
    text: String,
    attributes: Vec<(String, String)>,
    #[serde(rename = "box")]
    place: Vec<i64>,
    durable: Option<Target>,
}

async fn element(page: &Page, target: &Target) -> Result<String> {
    if target.is_empty() {
        return Err(ToolError::new(
            "Reading an element needs a target.",
            "Give ref, or role and name, label, text, testid or css.",
        ));
    }
    let (_, answer) = call::somewhere(page, target, "readElement", json!({"target": target}), Instant::now()).await?;
    let it: Element = serde_json::from_value(answer)
        .map_err(|error| ToolError::bare("The in-page code gave an element that we cannot read.").caused_by(error))?;
    Ok(it.words())
}

impl Element {
    fn words(&self) -> String {
        let mut out = format!("{} {:?} [{}] <{}>", self.role, self.name, self.reference, self.tag);
        let mut field = |key: &str, value: String| {
            if !value.is_empty() {
                let _ = write!(out, "\n{key}: {value}");
            }
        };
        field("states", self.states.join(", "));
        field("visible", self.visible.to_string());
        let value = self.value.as_ref().filter(|value| !value.is_null());
        field(
            "value",
            value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default(),
        );
        field("text", self.text.clone());
        if let [x, y, width, height] = self.place.as_slice() {
            field("box", format!("x={x} y={y} width={width} height={height}"));
        }
        let attributes = self.attributes.iter().map(|(key, value)| format!("{key}={value:?}"));
        field("attributes", attributes.collect::<Vec<_>>().join(" "));
        let locator = self.durable.as_ref().and_then(|target| serde_json::to_string(target).ok());
        field("locator", locator.unwrap_or_default());
        out
    }
}

/// The value of an expression, as JSON, in the page's own world.
async fn evaluate(page: &Page, expression: &str) -> Result<String> {
    let function = format!(
        "async () => {{ const value = await ({expression}\n); return typeof value === 'function' ? await value() : value; }}"
    );
    let value = page.call_in_page_world(&function, json!([])).await.map_err(|failure| {
        if failure.is_closed() {
            return ToolError::from(failure);
        }
        ToolError::new(
            format!("The expression failed: {failure}."),
            "Give one JavaScript expression (or a function) whose value can be written as JSON.",
        )
    })?;
    Ok(serde_json::to_string_pretty(&value).unwrap_or_default())
}
