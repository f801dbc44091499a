//! Findings for a person, as a compiler prints them.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::Done;
use crate::{
    doctor::{
        check::{Checked, Counts, Numbered},
        finding::{At, Severity},
        fix::{Applied, Change},
        mask::Mask,
        rules,
    },
    report::{Text, count, plain_block},
};

/// Characters of a line of code.
const WIDE: usize = 300;
/// Pieces of evidence, and places, of one finding.
const LISTED: usize = 6;
/// Lines of a diff.
const DIFF: usize = 60;
/// What cannot be told, and what was left out.
const TAIL: usize = 12;

/// The whole text.
pub(super) fn text(done: &Done, colour: bool) -> String {
    let Done { checked, applied, mask } = done;
    let mut out = String::new();
    if let Some(applied) = applied {
        out.push_str(&changes(applied, mask, colour));
    }
    for each in &checked.findings {
        out.push_str(&finding(each, checked, mask, colour));
        out.push_str("\n\n");
    }
    let undecided = checked.undecided.iter().map(|each| {
        let what = mask.text(&line(&each.what));
        format!("{} at {}: {what} cannot be told by reading. {}", each.rule, line(&each.at.to_string()), each.ask)
    });
    push(&mut out, "undecided", undecided, checked.undecided.len());
    let skipped = checked.skipped.iter().map(|each| format!("{}: {}", line(&each.path), line(&each.why)));
    push(&mut out, "skipped", skipped, checked.skipped.len());
    push(&mut out, "note", checked.notes.iter().map(|note| line(note)), checked.notes.len());
    out.push_str(&summary(checked));
    out
}

fn push(out: &mut String, what: &str, lines: impl Iterator<Item = String>, total: usize) {
    for line in lines.take(TAIL) {
        out.push_str(&format!("{what}: {line}\n"));
    }
    if let Some(more) = total.checked_sub(TAIL).filter(|more| *more > 0) {
        out.push_str(&format!("{what}: {more} more\n"));
    }
    if total > 0 {
        out.push('\n');
    }
}

/// Text of a file for a terminal: one line, without control characters.
fn line(text: &str) -> String {
    Text::plain(text, WIDE)
}

fn summary(checked: &Checked) -> String {
    let Counts { critical, error, warning, info } = checked.counts();
    let fixable = checked.findings.iter().filter(|each| !each.edits().is_empty()).count();
    let mut said = Vec::new();
    for (number, noun) in [(critical, "critical"), (error, "error"), (warning, "warning"), (info, "info")] {
        if number > 0 {
            said.push(if noun == "critical" { format!("{number} critical") } else { count(number as u64, noun) });
        }
    }
    let apps: Vec<String> = checked
        .apps
        .iter()
        .take(TAIL)
        .map(|app| {
            let folder = if app.folder.is_empty() { String::new() } else { format!(" in {}", line(&app.folder)) };
            format!("{}{folder}", line(&app.framework))
        })
        .collect();
    let apps = if apps.is_empty() { "no app".to_owned() } else { apps.join("; ") };
    let found = if said.is_empty() { "nothing wrong".to_owned() } else { said.join(", ") };
    let fix = if fixable > 0 { format!("; --fix can fix {fixable}") } else { String::new() };
    format!("checked {apps}: {found}{fix}")
}

fn changes(applied: &Applied, mask: &Mask, colour: bool) -> String {
    let mut out = String::new();
    for change in &applied.changes {
        out.push_str(&diff(&mask.text(&Change::diff(change)), colour, usize::MAX));
    }
    for each in &applied.done {
        out.push_str(&format!("fixed {}: {}\n", each.id, mask.text(&line(&each.finding.message))));
    }
    for (each, why) in &applied.refused {
        out.push_str(&format!("not fixed {}: {}\n", each.id, line(why)));
    }
    if let Some(error) = &applied.stopped {
        out.push_str(&format!("stopped: {}\n", mask.text(&line(error.what()))));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn diff(diff: &str, colour: bool, most: usize) -> String {
    let mut out = String::new();
    let clean = plain_block(diff);
    let total = clean.lines().count();
    for line in clean.lines().take(most) {
        let code = match line.as_bytes().first() {
            Some(b'+') => "32",
            Some(b'-') => "31",
            Some(b'@') => "36",
            _ => "",
        };
        if colour && !code.is_empty() {
            out.push_str(&format!("\u{1b}[{code}m{line}\u{1b}[0m\n"));
        } else {
            out.push_str(&format!("{line}\n"));
        }
    }
    if let Some(more) = total.checked_sub(most).filter(|more| *more > 0) {
        out.push_str(&format!("({more} more lines)\n"));
    }
    out
}

/// A line of a file with those around it.
struct Around {
    text: String,
    first: usize,
    span: std::ops::Range<usize>,
}

fn finding(each: &Numbered, checked: &Checked, mask: &Mask, colour: bool) -> String {
    let finding = &each.finding;
    let level = match finding.severity {
        Severity::Critical => Level::ERROR.with_name(Some("critical")),
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = rules::by_id(finding.rule).map_or(finding.rule, |rule| rule.title);
    let mut group = level
        .primary_title(title)
        .id(each.id.clone())
        .elements(Vec::<Snippet<'_, annotate_snippets::Annotation<'_>>>::new());
    let mut places = finding.at.iter().take(LISTED);
    if let Some(at) = places.next() {
        group = match around(at, checked, mask) {
            Some(Around { text, first, span }) => group.element(
                Snippet::source(text)
                    .line_start(first)
                    .path(line(&at.source))
                    .annotation(AnnotationKind::Primary.span(span).label(at.note.unwrap_or_default())),
            ),
            None => group.element(Origin::path(line(&at.to_string()))),
        };
    }
    group = group.element(Level::NOTE.message(mask.text(&line(&finding.message))));
    for at in places {
        let excerpt = at.excerpt.as_deref().map(|it| format!(": {}", mask.text(&line(it)))).unwrap_or_default();
        let note = at.note.map(|note| format!(" ({note})")).unwrap_or_default();
        group = group.element(Level::NOTE.message(format!("also {}{note}{excerpt}", line(&at.to_string()))));
    }
    for evidence in finding.evidence.iter().take(LISTED) {
        let text = mask.text(&plain_block(&evidence.text));
        let text: String = text.lines().take(8).map(line).collect::<Vec<_>>().join("\n");
        let break_ = if text.contains('\n') { "\n" } else { " " };
        group = group.element(Level::NOTE.message(format!("{}:{break_}{text}", evidence.label)));
    }
    let plan = checked.plan([each]);
    if let Some(fix) = &finding.fix {
        group = group.element(Level::HELP.message(mask.text(&line(&fix.title))));
        for step in &fix.steps {
            group = group.element(Level::HELP.message(mask.text(&line(step))));
        }
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = renderer.render(&[group]);
    let patch = plan.diff();
    if !patch.is_empty() {
        out.push('\n');
        let shown = mask.text(&patch);
        if shown != patch {
            out.push_str("  = note: secrets are left out of this diff, so it does not apply as it stands: --fix writes the real text\n");
        }
        out.push_str(diff(&shown, colour, DIFF).trim_end());
    }
    out
}

/// The lines around a place, cleaned and masked; none where there is no file, or where masking took lines away.
fn around(at: &At, checked: &Checked, mask: &Mask) -> Option<Around> {
    let place = at.place?;
    let text = checked.text(&at.source)?;
    let first = place.line.saturating_sub(1).max(1);
    let raw: Vec<&str> = text.lines().skip(first - 1).take(3).collect();
    let clean = mask.text(&raw.iter().map(|line| plain_block(line)).collect::<Vec<_>>().join("\n"));
    let lines: Vec<&str> = clean.split('\n').collect();
    let index = place.line - first;
    let (was, is) = (raw.get(index)?, lines.get(index)?);
    if lines.len() != raw.len() || lines.iter().any(|line| line.chars().count() > WIDE) {
        return None;
    }
    let before: usize = lines.iter().take(index).map(|line| line.len() + 1).sum();
    // Where something was taken out, columns mean nothing: the whole line.
    let column =
        if was == is { place.column.saturating_sub(1) } else { is.chars().take_while(|c| c.is_whitespace()).count() };
    let start = is.char_indices().nth(column).map_or(is.len(), |(at, _)| at);
    let end = is.trim_end_matches(|c: char| c.is_whitespace() || c == ',' || c == ';').len().max(start);
    Some(Around { first, span: before + start..before + end, text: clean })
}
