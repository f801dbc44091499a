//! Fixes made in the project: checked again right before, written all or none, and checked again after.

use std::path::{Path, PathBuf};

use super::{Change, Plan};
use crate::{
    artifacts::{Rewrite, rewrite},
    doctor::{
        check::{self, Checked, Numbered},
        finding::Severity,
        mask::Mask,
    },
    error::{Result, ToolError},
};

/// Fixes that touch the same lines are made one after the other, each on what the one before made. More rounds than
/// findings in one place are a circle.
const ROUNDS: usize = 8;

/// Which fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// That of one finding, by its id.
    One(String),
    /// Those of all findings this bad or worse.
    All(Severity),
}

/// What was done.
#[derive(Debug)]
pub struct Applied {
    /// The changes, in the order in which they were made; with `dry_run`, those that would be made first.
    pub changes: Vec<Change>,
    /// The findings whose fixes are made.
    pub done: Vec<Numbered>,
    /// Those that wait for another round; only with `dry_run`, or where the rounds came to no end.
    pub later: Vec<Numbered>,
    /// Those that cannot be made, and why.
    pub refused: Vec<(Numbered, String)>,
    /// Those that only a person can fix.
    pub by_hand: Vec<Numbered>,
    /// Why the rounds ended early: a file could not be written. What was made before stays.
    pub stopped: Option<ToolError>,
    /// Ids of what the fixes brought, and that was not there before.
    pub new: Vec<String>,
    /// What is there now; with `dry_run`, what was there.
    pub after: Checked,
    /// What must not be shown of all this.
    pub mask: Mask,
}

/// Makes fixes in a workspace. With `dry_run`, only says what would be made.
pub async fn apply(root: &Path, ask: check::Ask, which: &Which, dry_run: bool) -> Result<Applied> {
    let mut now = check::check(root.to_path_buf(), ask.clone()).await?;
    let first: Vec<String> = now.findings.iter().map(|each| each.id.clone()).collect();
    let mut wanted = wanted(&now, which)?;
    let mut mask = Mask::of(&now.findings);
    let (hand, mut fixable): (Vec<Numbered>, Vec<Numbered>) =
        wanted.drain(..).partition(|each| each.edits().is_empty());
    let mut out = Made { by_hand: hand, ..Made::default() };
    for round in 0.. {
        let plan = now.plan(&fixable);
        out.refused = refused(&plan, &fixable);
        let done = named(&plan.done, &fixable);
        let later = named(&plan.later, &fixable);
        if done.is_empty() || round == ROUNDS {
            out.later = fixable.into_iter().filter(|each| !plan.refused.iter().any(|(id, _)| *id == each.id)).collect();
            break;
        }
        if !dry_run && let Err(error) = write(root.to_path_buf(), plan.changes.clone()).await {
            if round == 0 {
                return Err(error);
            }
            (out.stopped, out.later) = (Some(error), fixable);
            break;
        }
        out.changes.extend(plan.changes);
        out.done.extend(done);
        if dry_run {
            out.later = later;
            break;
        }
        now = check::check(root.to_path_buf(), ask.clone()).await?;
        mask.add(&now.findings);
        // A fix that did not help is not made twice.
        let tried = |each: &Numbered| out.done.iter().any(|done| done.id == each.id);
        fixable = now
            .findings
            .iter()
            .filter(|each| wants(which, each) && !each.edits().is_empty() && !tried(each))
            .cloned()
            .collect();
    }
    let new = now.findings.iter().filter(|each| !first.contains(&each.id)).map(|each| each.id.clone()).collect();
    let Made { changes, done, later, refused, by_hand, stopped } = out;
    Ok(Applied { changes, done, later, refused, by_hand, stopped, new, after: now, mask })
}

/// What is made round by round.
#[derive(Default)]
struct Made {
    changes: Vec<Change>,
    done: Vec<Numbered>,
    later: Vec<Numbered>,
    refused: Vec<(Numbered, String)>,
    by_hand: Vec<Numbered>,
    stopped: Option<ToolError>,
}

fn wants(which: &Which, each: &Numbered) -> bool {
    match which {
        Which::One(id) => each.id.eq_ignore_ascii_case(id.trim()),
        Which::All(least) => each.finding.severity <= *least,
    }
}

fn wanted(checked: &Checked, which: &Which) -> Result<Vec<Numbered>> {
    let wanted: Vec<Numbered> = checked.findings.iter().filter(|each| wants(which, each)).cloned().collect();
    match which {
        Which::One(id) if wanted.is_empty() => Err(checked.no_finding(id)),
        _ => Ok(wanted),
    }
}

fn named(ids: &[String], findings: &[Numbered]) -> Vec<Numbered> {
    findings.iter().filter(|each| ids.contains(&each.id)).cloned().collect()
}

fn refused(plan: &Plan, findings: &[Numbered]) -> Vec<(Numbered, String)> {
    let find = |id: &String| findings.iter().find(|each| each.id == *id).cloned();
    plan.refused.iter().filter_map(|(id, why)| Some((find(id)?, why.clone()))).collect()
}

/// Writes changes, off the async runtime.
async fn write(root: PathBuf, changes: Vec<Change>) -> Result<()> {
    let written = tokio::task::spawn_blocking(move || {
        let mut files = Vec::new();
        for change in &changes {
            match change {
                Change::Write { path, before, after } => {
                    files.push(Rewrite { path, before: Some(before), after: Some(after) });
                }
                Change::Create { path, text } => files.push(Rewrite { path, before: None, after: Some(text) }),
                Change::Rename { from, to, before, after } => {
                    files.push(Rewrite { path: to, before: None, after: Some(after) });
                    files.push(Rewrite { path: from, before: Some(before), after: None });
                }
            }
        }
        rewrite(&root, &files)
    });
    written.await.unwrap_or_else(|_| Err(ToolError::bare("Writing the files failed inside.")))
}
