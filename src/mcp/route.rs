//! A tool as a value: what it declares, and how to call it with its types erased.

use std::{future::Future, pin::Pin, sync::Arc};

use serde_json::{Map, Value};

use super::{
    arguments,
    contract::description,
    schema,
    tool::{Call, Hints, Tool, Toolset},
};
use crate::{
    ctx::Ctx,
    error::ToolError,
    report::{Attachment, Render, Text},
};

/// What a call brought, before the reply is fitted to its budget.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The text for the model.
    pub text: String,
    /// The structured content; an object.
    pub structured: Value,
    /// Files that belong to it.
    pub attachments: Vec<Attachment>,
}

/// A call under way.
type Running = Pin<Box<dyn Future<Output = Result<Outcome, ToolError>> + Send>>;

/// A tool with its types erased; an entry of the list of tools.
#[derive(Debug, Clone)]
pub struct Route {
    /// Wire name.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// The contract file.
    pub contract: &'static str,
    /// Every hint.
    pub hints: Hints,
    /// Its group.
    pub toolset: Toolset,
    input: fn() -> Map<String, Value>,
    output: fn() -> Map<String, Value>,
    call: fn(Arc<Ctx>, Call, Map<String, Value>, String) -> Running,
}

/// Makes the list entry of a tool.
pub fn route<T: Tool>() -> Route {
    Route {
        name: T::NAME,
        title: T::TITLE,
        contract: T::CONTRACT,
        hints: T::HINTS,
        toolset: T::TOOLSET,
        input: schema::input::<T::Input>,
        output: schema::output::<T::Report>,
        call: |ctx, call, arguments, boundary| Box::pin(run::<T>(ctx, call, arguments, boundary)),
    }
}

async fn run<T: Tool>(
    ctx: Arc<Ctx>,
    call: Call,
    arguments: Map<String, Value>,
    boundary: String,
) -> Result<Outcome, ToolError> {
    let input = arguments::parse::<T::Input>(T::NAME, arguments)?;
    let report = T::run(&ctx, &call, input).await?;
    let mut text = Text::new(boundary);
    report.render(&mut text);
    let structured = serde_json::to_value(&report).map_err(|error| {
        ToolError::bare(format!("The result of {} cannot be written as JSON.", T::NAME)).caused_by(error)
    })?;
    Ok(Outcome { text: text.finish(), structured, attachments: report.attachments() })
}

impl Route {
    /// The words that the model reads.
    pub fn description(&self) -> &'static str {
        description(self.contract)
    }

    /// The JSON Schema of the arguments.
    pub fn input_schema(&self) -> Map<String, Value> {
        (self.input)()
    }

    /// The JSON Schema of the structured content.
    pub fn output_schema(&self) -> Map<String, Value> {
        (self.output)()
    }

    /// Starts a call; `boundary` is the fence mark of this reply.
    pub(super) fn call(&self, ctx: Arc<Ctx>, call: Call, arguments: Map<String, Value>, boundary: String) -> Running {
        (self.call)(ctx, call, arguments, boundary)
    }
}
