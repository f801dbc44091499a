//! A tool that tests the wire itself: it panics, sleeps, and answers too much. Offered only with `FIXLOOP_TEST_TOOLS=1`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    route::{Route, route},
    tool::{Call, Hints, Tool, Toolset},
};
use crate::{
    ctx::Ctx,
    error::ToolError,
    report::{Attachment, Render, Text},
};

/// The entry of the tool that tests the wire.
pub fn self_test() -> Route {
    route::<SelfTest>()
}

struct SelfTest;

/// What to do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Do {
    /// Answer at once.
    Echo,
    /// Panic.
    Panic,
    /// Sleep for `number` milliseconds, and stop when cancelled.
    Sleep,
    /// Sleep, deaf to cancellation.
    SleepDeaf,
    /// Answer `number` lines.
    Big,
    /// Answer `text` as untrusted text.
    Fence,
    /// Answer with a picture and a file.
    Image,
    /// Fail.
    Fail,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// What to do.
    #[serde(rename = "do")]
    action: Do,
    /// Text to answer.
    #[serde(default)]
    text: String,
    /// How much.
    #[serde(default)]
    number: u64,
    /// Words.
    #[serde(default)]
    list: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Report {
    /// What was done.
    done: String,
    /// The text that was given.
    text: String,
    /// The words that were given.
    list: Vec<String>,
    #[serde(skip)]
    lines: u64,
    #[serde(skip)]
    image: bool,
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(format!("did {}", self.done));
        if self.done == "Fence" || self.done == "Big" {
            text.untrusted("page", &self.text);
        }
        if self.lines > 0 {
            text.line("```");
            (0..self.lines).for_each(|number| text.line(format!("line {number} of the long answer")));
            text.line("```");
        }
        if self.done == "Echo" {
            text.line(format!("text {}", Text::quoted(&self.text, 500)));
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        let picture = || Attachment {
            uri: "fixloop://screenshots/test.png".to_owned(),
            name: "test.png".to_owned(),
            mime: "image/png".to_owned(),
            description: "A test picture".to_owned(),
            inline: Some(vec![0x89, b'P', b'N', b'G']),
        };
        self.image.then(picture).into_iter().collect()
    }
}

impl Tool for SelfTest {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "self_test";
    const TITLE: &'static str = "Test the wire";
    const CONTRACT: &'static str = "Tests the wire of fixloop itself.";
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Core;

    async fn run(_ctx: &Ctx, call: &Call, input: Input) -> Result<Report, ToolError> {
        let pause = Duration::from_millis(input.number);
        let (done, list) = (format!("{:?}", input.action), input.list);
        let mut report = Report { done, text: input.text, list, lines: 0, image: false };
        match input.action {
            Do::Echo | Do::Fence => report.text.push_str(&report.list.join(" ")),
            #[expect(clippy::panic, reason = "to test that a panic is a reply")]
            Do::Panic => panic!("asked to panic"),
            Do::Sleep => {
                call.progress("asleep");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = call.cancel().cancelled() => {
                        tracing::warn!("self_test saw the cancellation");
                        if !call.time_is_up() {
                            return Err(ToolError::cancelled());
                        }
                        report.done.push_str(" until the time was up");
                    }
                }
            }
            Do::SleepDeaf => {
                let _told = Told;
                tokio::time::sleep(pause).await;
            }
            Do::Big => report.lines = input.number,
            Do::Image => report.image = true,
            Do::Fail => {
                return Err(ToolError::new(format!("Failed as asked: {}", report.text), "Ask for something else."));
            }
        }
        Ok(report)
    }
}

/// Says on stderr that the work was dropped.
struct Told;

impl Drop for Told {
    fn drop(&mut self) {
        tracing::warn!("self_test was dropped");
    }
}
