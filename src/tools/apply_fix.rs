//! `apply_fix`: makes the fixes of findings in the project's files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::finding_words::{self, CountsRow};
use crate::{
    ctx::Ctx,
    doctor::{
        check::{Ask, Numbered},
        finding,
        fix::{Applied, Change, Which, apply},
    },
    error::{Result, ToolError},
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count},
};

/// The tool.
pub struct ApplyFix;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// TUN002-3f2a
    finding: Option<String>,
    /// Or: all of it and worse
    severity: Option<Severity>,
    /// Folder of one app
    dir: Option<String>,
    /// Say what would change
    #[serde(default)]
    dry_run: bool,
}

/// How bad.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Severity {
    Critical,
    Error,
    Warning,
    Info,
}

/// What was changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// False with dry_run, or where nothing could be.
    written: bool,
    /// Ids of the findings whose fixes these are.
    fixed: Vec<String>,
    files: Vec<String>,
    /// Ids that are still found although their fix was made.
    remaining: Vec<String>,
    /// Ids that were not found before.
    new: Vec<String>,
    /// Ids whose fix could not be made, and why.
    refused: Vec<(String, String)>,
    /// Ids that only a person can fix.
    by_hand: Vec<String>,
    /// What is found after.
    counts: CountsRow,
    #[serde(skip)]
    said: Vec<String>,
    #[serde(skip)]
    diffs: Vec<String>,
    #[serde(skip)]
    note: Option<&'static str>,
    #[serde(skip)]
    dry_run: bool,
}

/// Characters of all diffs.
const ROOM: usize = 5_000;
/// Lines of one kind.
const LINES: usize = 12;

impl Tool for ApplyFix {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "apply_fix";
    const TITLE: &'static str = "Apply a fix";
    const CONTRACT: &'static str = include_str!("../../tools/apply_fix.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Setup;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let which = match (input.finding.as_deref().map(str::trim), input.severity) {
            (Some(id), None) if !id.is_empty() => Which::One(id.to_owned()),
            (None, Some(severity)) => Which::All(match severity {
                Severity::Critical => finding::Severity::Critical,
                Severity::Error => finding::Severity::Error,
                Severity::Warning => finding::Severity::Warning,
                Severity::Info => finding::Severity::Info,
            }),
            _ => {
                return Err(ToolError::new(
                    "apply_fix takes either `finding` or `severity`.",
                    "Give the id of a finding from check_setup, such as TUN002-3f2a, or severity: error.",
                ));
            }
        };
        call.progress("checking, then writing");
        let ask = Ask { dir: input.dir, ..Ask::default() };
        let applied = apply(&ctx.workspace, ask, &which, input.dry_run).await?;
        Ok(Report::of(&applied, input.dry_run))
    }
}

impl Report {
    fn of(applied: &Applied, dry_run: bool) -> Self {
        let ids = |all: &[Numbered]| all.iter().map(|each| each.id.clone()).collect::<Vec<_>>();
        let plain = |text: &str| applied.mask.text(&Text::inert(text, 300));
        let mut files: Vec<String> = applied.changes.iter().map(|change| plain(change.path())).collect();
        files.sort();
        files.dedup();
        let diffs: Vec<String> = applied.changes.iter().map(Change::diff).collect();
        let shown: Vec<String> = diffs.iter().map(|diff| applied.mask.text(diff)).collect();
        let still = |each: &&Numbered| !dry_run && applied.after.find(&each.id).is_some();
        let remaining: Vec<Numbered> = applied.done.iter().filter(still).cloned().collect();
        let refused: Vec<(String, String)> =
            applied.refused.iter().map(|(each, why)| (each.id.clone(), plain(why))).collect();
        let mut said = Vec::new();
        let mut list = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                said.push(title.to_owned());
                let more = lines.len().saturating_sub(LINES);
                said.extend(lines.into_iter().take(LINES).map(|line| format!("- {line}")));
                said.extend((more > 0).then(|| format!("- {more} more")));
            }
        };
        let heads = |all: &[Numbered]| all.iter().map(finding_words::head).collect::<Vec<_>>();
        list(if dry_run { "Would fix:" } else { "Fixed:" }, heads(&applied.done));
        list("Still found, although the fix was made:", heads(&remaining));
        list("Found now and not before:", applied.new.clone());
        let wait = "These touch the same lines and come after the others; call apply_fix again:";
        list(
            if dry_run { "Would come in a later round, on what the others made:" } else { wait },
            heads(&applied.later),
        );
        list("Not made:", refused.iter().map(|(id, why)| format!("{id}: {why}.")).collect());
        let mut hand = Vec::new();
        for each in &applied.by_hand {
            let steps = each.finding.fix.iter().flat_map(|fix| &fix.steps).map(|step| plain(step));
            hand.push(format!("{}: {}", finding_words::head(each), steps.collect::<Vec<_>>().join(" ")));
        }
        list("For a person:", hand);
        if let Some(error) = &applied.stopped {
            said.push(format!("It ended early: {}", plain(error.what())));
        }
        Self {
            written: !dry_run && !applied.done.is_empty(),
            fixed: ids(&applied.done),
            files,
            remaining: ids(&remaining),
            new: applied.new.clone(),
            refused,
            by_hand: ids(&applied.by_hand),
            counts: applied.after.counts().into(),
            said,
            note: finding_words::note(&diffs.concat(), &shown.concat()),
            diffs: shown,
            dry_run,
        }
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let files = count(self.files.len() as u64, "file");
        text.line(match (self.files.is_empty(), self.dry_run) {
            (true, _) => "Nothing was changed.".to_owned(),
            (false, true) => format!("Nothing was changed; {files} would be."),
            (false, false) => {
                format!("Changed {files}: {}.", self.files.iter().take(10).cloned().collect::<Vec<_>>().join(", "))
            }
        });
        self.said.iter().for_each(|line| text.line(line));
        let (mut room, mut left) = (ROOM, 0);
        for diff in &self.diffs {
            let length = diff.chars().count();
            if length > room {
                left += 1;
                continue;
            }
            room -= length;
            text.untrusted("diff", diff);
        }
        if left > 0 {
            text.line(format!("({} left out: git diff shows them.)", count(left, "diff")));
        }
        self.note.iter().for_each(|note| text.line(note));
        if !self.dry_run {
            text.line(format!("Left: {}.", self.counts.said()));
        }
    }
}
