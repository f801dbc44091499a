//! Doing: clicks and keys by real input, values and options inside the page.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Acted, call, keys, place, problem::Named};
use crate::{
    browser::{Action, Step, Target, tab::Page, words::quoted},
    error::{Result, ToolError},
};

/// How long a box may take to show that it was clicked: frameworks render the new state a moment later.
const BOX_LIMIT: Duration = Duration::from_millis(700);

/// What the in-page code answers when it found, or did, what it should.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Found {
    #[serde(flatten)]
    it: Named,
    point: Option<Point>,
    durable: Option<Target>,
    secret: bool,
    done: bool,
    chose: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Point {
    x: i32,
    y: i32,
}

impl Found {
    fn acted(self, summary: String, settles: bool) -> Acted {
        Acted { summary, durable: self.durable, secret: self.secret, settles }
    }
}

async fn find(
    page: &Page,
    target: &Target,
    operation: &str,
    input: Value,
    deadline: Instant,
) -> Result<(String, Found)> {
    let (context, answer) = call::somewhere(page, target, operation, input, deadline).await?;
    let found = serde_json::from_value(answer)
        .map_err(|error| ToolError::bare("The in-page code gave an answer that we cannot read.").caused_by(error))?;
    Ok((context, found))
}

/// Click, double click, hover.
pub(super) async fn pointer(page: &Page, step: &Step, deadline: Instant) -> Result<Acted> {
    let target = wanted(step)?;
    let (context, found) = find(page, &target, "aim", json!({"target": target}), deadline).await?;
    let point = aimed(&found)?;
    place::reachable(page, &context, &target, point.x.into(), point.y.into()).await?;
    let (clicks, did) = match step.action {
        Action::DoubleClick => (2, "double-clicked"),
        Action::Hover => (0, "hovered over"),
        _ => (1, "clicked"),
    };
    send_pointer(page, &context, point, clicks).await?;
    let summary = format!("{did} {}", found.it.words());
    Ok(found.acted(summary, true))
}

/// Check and uncheck: clicks only where that is needed, and looks whether it took.
pub(super) async fn toggle(page: &Page, step: &Step, deadline: Instant) -> Result<Acted> {
    let target = wanted(step)?;
    let checked = step.action == Action::Check;
    let did = if checked { "checked" } else { "unchecked" };
    let input = json!({"target": target, "checked": checked});
    let (context, found) = find(page, &target, "aimBox", input, deadline).await?;
    if found.done {
        let summary = format!("{} was {did} already", found.it.words());
        return Ok(found.acted(summary, false));
    }
    send_pointer(page, &context, aimed(&found)?, 1).await?;
    let verify = json!({"ref": found.it.reference, "checked": checked, "timeout": ms(BOX_LIMIT)});
    match call::run(page, &context, "verifyBox", verify).await {
        // Gone with its document, or drawn anew: the click did something.
        Err(call::Miss::Problem(problem)) if problem.kind != "stale" => return Err(problem.error(&target, BOX_LIMIT)),
        _ => {}
    }
    let summary = format!("{did} {}", found.it.words());
    Ok(found.acted(summary, true))
}

/// Fill: the whole value at once, with the events that frameworks listen to.
pub(super) async fn fill(page: &Page, step: &Step, deadline: Instant) -> Result<Acted> {
    let target = wanted(step)?;
    let value = valued(step, "the text to fill in")?;
    let input = json!({"target": target, "value": value});
    let (_, found) = find(page, &target, "fill", input, deadline).await?;
    // What was typed is not repeated: it may be a secret.
    let summary = format!("{} {}", if value.is_empty() { "cleared" } else { "filled" }, found.it.words());
    Ok(found.acted(summary, true))
}

/// Select: an option by its label or value.
pub(super) async fn select(page: &Page, step: &Step, deadline: Instant) -> Result<Acted> {
    let target = wanted(step)?;
    let value = valued(step, "the option to select")?;
    let input = json!({"target": target, "value": value});
    let (_, found) = find(page, &target, "select", input, deadline).await?;
    let chose: Vec<_> = found.chose.iter().map(|option| quoted(option, 60)).collect();
    let summary = format!("selected {} in {}", chose.join(", "), found.it.words());
    Ok(found.acted(summary, true))
}

/// Press: a key, on the target where one is given, else where the focus is.
pub(super) async fn press(page: &Page, step: &Step, deadline: Instant) -> Result<Acted> {
    let key = valued(step, "the key to press")?;
    let actions = keys::press(key)?;
    let target = step.target();
    if target.is_empty() {
        page.actions(&page.front(), actions).await?;
        let summary = format!("pressed {}", quoted(key, 40));
        return Ok(Found::default().acted(summary, true));
    }
    let (context, found) = find(page, &target, "focusOn", json!({"target": target}), deadline).await?;
    page.actions(&context, actions).await?;
    let summary = format!("pressed {} on {}", quoted(key, 40), found.it.words());
    Ok(found.acted(summary, true))
}

/// The step's target; an error where it names none.
pub(super) fn wanted(step: &Step) -> Result<Target> {
    let target = step.target();
    if target.is_empty() {
        return Err(ToolError::new(
            format!("The {} step names no target.", step.action.word()),
            "Give ref, or role and name, label, text, testid or css.",
        ));
    }
    if target == (Target { nth: target.nth, ..Target::default() }) {
        return Err(ToolError::new("nth alone is no target.", "Give role, name, label, text, testid or css with it."));
    }
    Ok(target)
}

fn valued<'a>(step: &'a Step, what: &str) -> Result<&'a str> {
    step.value.as_deref().ok_or_else(|| {
        ToolError::new(format!("The {} step has no value.", step.action.word()), format!("Put {what} into `value`."))
    })
}

fn aimed(found: &Found) -> Result<Point> {
    found.point.ok_or_else(|| ToolError::bare(format!("{} has no point to click.", found.it.words())))
}

async fn send_pointer(page: &Page, context: &str, point: Point, clicks: usize) -> Result<()> {
    let mut actions = vec![json!({"type": "pointerMove", "x": point.x, "y": point.y})];
    for _ in 0..clicks {
        actions.push(json!({"type": "pointerDown", "button": 0}));
        actions.push(json!({"type": "pointerUp", "button": 0}));
    }
    let input = json!([{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]);
    match page.actions(context, input).await {
        // The click navigated, and the old document answered no more: it was clicked.
        Err(failure) if failure.is_document_gone() && clicks > 0 => Ok(()),
        Err(failure) => Err(failure.into()),
        Ok(()) => Ok(()),
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
