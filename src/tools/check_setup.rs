//! `check_setup`: everything that keeps Sentry from hearing of a fault, with the place, the reason and the patch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::{
    finding_words::{self, CountsRow, FindingRow, Words},
    looking::{self, Looked},
    seen_words,
};
use crate::{
    ctx::Ctx,
    doctor::check::{Ask, Only},
    error::{Result, ToolError},
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count},
};

/// The tool.
pub struct CheckSetup;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Folder of one app
    dir: Option<String>,
    /// Of the running app: looks at it too
    url: Option<String>,
    /// Throws a test error there, in a browser
    #[serde(default)]
    browser: bool,
    /// Rules, groups or a least severity: TUN002, CSP, error
    #[serde(default)]
    only: Vec<String>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    counts: CountsRow,
    findings: Vec<FindingRow>,
    /// How many questions reading cannot answer.
    undecided: usize,
    /// How many files were left out.
    skipped: usize,
    /// Cursor of the next page.
    next: Option<String>,
    #[serde(skip)]
    apps: Vec<String>,
    #[serde(skip)]
    words: Vec<Words>,
    #[serde(skip)]
    fixable: usize,
    #[serde(skip)]
    tail: Vec<(&'static str, Vec<String>)>,
    #[serde(skip)]
    seen: Vec<(&'static str, Vec<String>)>,
    #[serde(skip)]
    is_static: bool,
}

/// Findings of one page.
const PAGE: usize = 25;
/// Characters of a reply that findings and what stands around them may take.
const ROOM: usize = 7_600;
/// Lines of what cannot be told, and of what was left out.
const LINES: usize = 8;
/// Apps that are named.
const APPS: usize = 8;

impl Tool for CheckSetup {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "check_setup";
    const TITLE: &'static str = "Check the set-up";
    const CONTRACT: &'static str = include_str!("../../tools/check_setup.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Setup;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let begin = begin(input.cursor.as_deref())?;
        let ask = Ask { dir: input.dir, only: Only::read(&input.only)? };
        let looked = looking::look(ctx, call, ask, input.url.as_deref(), input.browser).await?;
        Ok(Report::of(&looked, begin))
    }
}

fn begin(cursor: Option<&str>) -> Result<usize> {
    cursor.map_or(Ok(0), |cursor| {
        cursor.trim().parse().map_err(|_| {
            ToolError::new(
                format!("{} is no cursor of check_setup.", Text::quoted(cursor, 60)),
                "Take `next` of the page before, or none.",
            )
        })
    })
}

impl Report {
    fn of(looked: &Looked, begin: usize) -> Self {
        let Looked { checked, mask, seen } = looked;
        let page = checked.findings.iter().skip(begin).take(PAGE);
        let end = begin.saturating_add(PAGE);
        let undecided = &checked.undecided;
        let mut tail = Vec::new();
        let lines = |all: Vec<String>, total: usize| {
            let more = total.saturating_sub(LINES);
            all.into_iter().chain((more > 0).then(|| format!("- {more} more")))
        };
        if !undecided.is_empty() {
            let said = undecided.iter().take(LINES).map(|each| finding_words::undecided(each, mask)).collect();
            tail.push(("Not to be told by reading", lines(said, undecided.len()).collect()));
        }
        let several = checked.apps.len() > 1;
        let options = checked.drift.iter().filter(|_| begin == 0);
        let options: Vec<String> = options
            .flat_map(|(folder, drift)| finding_words::options(if several { folder } else { "" }, drift, mask))
            .collect();
        if !options.is_empty() {
            let total = options.len();
            let said = options.into_iter().take(LINES).collect();
            tail.push(("Options, place by place", lines(said, total).collect()));
        }
        if !checked.skipped.is_empty() {
            let said = checked.skipped.iter().take(LINES);
            let said =
                said.map(|it| format!("- {}: {}", Text::quoted(&it.path, 120), Text::inert(&it.why, 160))).collect();
            tail.push(("Not looked at", lines(said, checked.skipped.len()).collect()));
        }
        if !checked.notes.is_empty() {
            let said = checked.notes.iter().take(LINES).map(|note| format!("- {}", Text::inert(note, 200))).collect();
            tail.push(("Notes", lines(said, checked.notes.len()).collect()));
        }
        let apps = checked.apps.iter().take(APPS).map(finding_words::app);
        let more = checked.apps.len().saturating_sub(APPS);
        Self {
            counts: checked.counts().into(),
            findings: page.clone().map(finding_words::row).collect(),
            undecided: undecided.len(),
            skipped: checked.skipped.len(),
            next: (checked.findings.len() > end).then(|| end.to_string()),
            apps: apps.chain((more > 0).then(|| format!("{more} more apps: `dir` chooses one."))).collect(),
            words: page.map(|each| Words::of(each, checked, mask)).collect(),
            fixable: checked.findings.iter().filter(|each| !each.edits().is_empty()).count(),
            tail,
            seen: seen.as_ref().map(|seen| seen_words::lines(seen, mask)).unwrap_or_default(),
            is_static: seen.is_none(),
        }
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let mut lines = self.apps.clone();
        if lines.is_empty() {
            lines.push("No app with Sentry or a known framework was found here.".to_owned());
        }
        let fixable = match self.fixable {
            0 => String::new(),
            fixable => format!(" apply_fix can fix {fixable}."),
        };
        lines.push(format!("{}.{fixable}", capital(&self.counts.said())));
        if self.is_static && !self.apps.is_empty() {
            lines.push(
                "Only what is written was looked at: `url` adds the running app, `browser` a test error in it."
                    .to_owned(),
            );
        }
        lines.iter().for_each(|line| text.line(line));
        let around: usize = lines.iter().map(String::len).sum::<usize>()
            + self
                .tail
                .iter()
                .chain(&self.seen)
                .flat_map(|(_, lines)| lines)
                .map(|line| line.chars().count() + 1)
                .sum::<usize>();
        findings(text, &self.words, ROOM.saturating_sub(around));
        if let Some(next) = &self.next {
            text.line(format!("More findings: cursor {next}."));
        }
        for (heading, lines) in self.seen.iter().chain(&self.tail) {
            text.heading(heading);
            lines.iter().for_each(|line| text.line(line));
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What is shown of a finding beside its head.
#[derive(Clone, Copy, Default)]
struct Shown {
    message: bool,
    steps: bool,
    places: bool,
    diff: bool,
}

/// Every head; then, the worst first, what each is about, how it is fixed, its places, its diff, as far as there is room.
fn findings(text: &mut Text, words: &[Words], mut room: usize) {
    let length = |lines: &[String]| lines.iter().map(|line| line.chars().count() + 1).sum::<usize>();
    room = room.saturating_sub(words.iter().map(|each| each.head.chars().count() + 80).sum());
    let mut shown = vec![Shown::default(); words.len()];
    for part in 0..4 {
        for (each, shown) in words.iter().zip(&mut shown) {
            let needs = match part {
                0 => each.message.chars().count() + 1,
                1 => length(&each.steps),
                2 => length(&each.places),
                // With its fence.
                _ => each.diff.chars().count() + 160,
            };
            if needs > room {
                continue;
            }
            room -= needs;
            match part {
                0 => shown.message = true,
                1 => shown.steps = true,
                2 => shown.places = true,
                _ => shown.diff = true,
            }
        }
    }
    for (each, shown) in words.iter().zip(shown) {
        text.line(format!("\n### {}", each.head));
        if shown.message {
            text.line(&each.message);
        }
        if shown.places {
            each.places.iter().for_each(|line| text.line(line));
        }
        if shown.steps {
            each.steps.iter().for_each(|line| text.line(line));
        }
        if shown.diff && !each.diff.is_empty() {
            text.untrusted("diff", &each.diff);
            each.note.iter().for_each(|note| text.line(note));
        }
        let id = each.head.split(' ').next().unwrap_or_default();
        if !shown.diff && !each.diff.is_empty() {
            text.line(format!(
                "({} of diff left out: explain_finding {id})",
                count(each.diff.lines().count() as u64, "line")
            ));
        } else if !(shown.message && shown.places && shown.steps) {
            text.line(format!("(More: explain_finding {id})"));
        }
    }
}
