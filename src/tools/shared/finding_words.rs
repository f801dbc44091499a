//! The words for what the setup doctor found. Excerpts, evidence and diffs are foreign text, and masked.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    doctor::{
        check::{AppSummary, Checked, Counts, Numbered},
        drift::{Cell, Drift, Place},
        finding::{At, Confidence, Evidence, Undecided},
        mask::Mask,
        rules,
    },
    report::{Text, count},
};

/// Characters of a message.
const MESSAGE: usize = 700;
/// Characters of a path.
const PATH: usize = 200;
/// Characters of a line of code, or of evidence that is quoted.
const EXCERPT: usize = 200;
/// Places that are shown of one finding in a list.
const PLACES: usize = 4;
/// Pieces of evidence that are shown of one finding in a list.
const PIECES: usize = 3;
/// Characters of one piece of evidence where it is shown whole.
const WHOLE: usize = 3_000;

/// A finding
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindingRow {
    pub id: String,
    rule: &'static str,
    /// `critical`, `error`, `warning`, `info`.
    severity: &'static str,
    /// Path in the workspace, or a URL.
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    title: &'static str,
    /// Whether apply_fix can fix it.
    fixable: bool,
}

/// How many
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct CountsRow {
    critical: usize,
    error: usize,
    warning: usize,
    info: usize,
}

impl From<Counts> for CountsRow {
    fn from(counts: Counts) -> Self {
        Self { critical: counts.critical, error: counts.error, warning: counts.warning, info: counts.info }
    }
}

impl CountsRow {
    /// `1 critical, 2 errors`.
    pub fn said(self) -> String {
        let said = [
            (self.critical > 0).then(|| format!("{} critical", self.critical)),
            (self.error > 0).then(|| count(self.error as u64, "error")),
            (self.warning > 0).then(|| count(self.warning as u64, "warning")),
            (self.info > 0).then(|| count(self.info as u64, "info")),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        if said.is_empty() { "nothing found".to_owned() } else { said.join(", ") }
    }
}

/// A finding's words.
#[derive(Debug, Clone)]
pub struct Words {
    /// Id, severity, title, place.
    pub head: String,
    /// What is wrong.
    pub message: String,
    /// Its places and evidence, shortened.
    pub places: Vec<String>,
    /// What the fix does, and its steps.
    pub steps: Vec<String>,
    /// The fix as a diff.
    pub diff: String,
    /// Why the diff is not to be applied as it is shown.
    pub note: Option<&'static str>,
}

impl Words {
    /// Of a finding.
    pub fn of(each: &Numbered, checked: &Checked, mask: &Mask) -> Self {
        let finding = &each.finding;
        let plan = checked.plan([each]);
        let diff = plan.diff();
        let shown = mask.text(&diff);
        let mut steps: Vec<String> = Vec::new();
        if let Some(fix) = &finding.fix {
            let with = if diff.is_empty() { "" } else { " (apply_fix makes it)" };
            steps.push(format!("Fix{with}: {}.", mask.text(&Text::inert(fix.title.trim_end_matches('.'), MESSAGE))));
            steps.extend(fix.steps.iter().map(|step| format!("- {}", mask.text(&Text::inert(step, MESSAGE)))));
        }
        steps.extend(plan.refused.iter().map(|(_, why)| format!("No diff: {}.", Text::inert(why, PATH))));
        let extra = finding.at.iter().skip(1).take(PLACES).map(|at| format!("- also {}", place(at, mask)));
        let first = finding.at.first().and_then(|at| Some(format!("- {}", excerpt(at, mask)?)));
        let mut places: Vec<String> = first.into_iter().chain(extra).collect();
        let more = finding.at.len().saturating_sub(1 + PLACES);
        if more > 0 {
            places.push(format!("- {more} more places"));
        }
        places.extend(
            finding
                .evidence
                .iter()
                .take(PIECES)
                .map(|evidence| format!("- {}: {}", evidence.label, Text::quoted(&mask.text(&evidence.text), EXCERPT))),
        );
        Self {
            head: head(each),
            message: mask.text(&Text::inert(&finding.message, MESSAGE)),
            places,
            steps,
            note: note(&diff, &shown),
            diff: shown,
        }
    }
}

/// What is not as it is in the file: secrets, and what a reply shows in another form.
pub fn note(diff: &str, shown: &str) -> Option<&'static str> {
    if diff != shown {
        return Some("(Secrets are left out of what is shown: apply_fix writes the real text.)");
    }
    let other = shown.contains(['\t', '\r']);
    other.then_some("(Tabs and carriage returns are shown as blanks and line ends: apply_fix writes the real text.)")
}

/// `TUN002-3f2a error: The middleware catches the tunnel, src/middleware.ts:8:12`.
pub fn head(each: &Numbered) -> String {
    let finding = &each.finding;
    let likely = if finding.confidence == Confidence::Likely { " (likely)" } else { "" };
    let at = finding.at.first().map(|at| format!(", {}", source(at))).unwrap_or_default();
    format!("{} {}{likely}: {}{at}", each.id, finding.severity, title(finding.rule))
}

/// The headline of a rule.
pub fn title(rule: &str) -> &'static str {
    rules::by_id(rule).map_or("", |rule| rule.title)
}

/// For structured content.
pub fn row(each: &Numbered) -> FindingRow {
    let at = each.finding.at.first();
    let place = at.and_then(|at| at.place);
    FindingRow {
        id: each.id.clone(),
        rule: each.finding.rule,
        severity: each.finding.severity.word(),
        file: at.map(|at| Text::plain(&at.source, PATH)),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        title: title(each.finding.rule),
        fixable: !each.edits().is_empty(),
    }
}

/// `src/a.ts:1:2`; a name that is more than a path is quoted.
pub fn source(at: &At) -> String {
    let bare = |c: char| c.is_alphanumeric() || "/._-[]()@+:%?=&~,".contains(c);
    let said = at.to_string();
    if said.chars().all(bare) && said.chars().count() <= PATH { said } else { Text::quoted(&said, PATH) }
}

fn excerpt(at: &At, mask: &Mask) -> Option<String> {
    let note = at.note.map(|note| format!(" ({note})")).unwrap_or_default();
    let excerpt = at.excerpt.as_deref().filter(|excerpt| !excerpt.is_empty())?;
    Some(format!("{}{note}", Text::quoted(&mask.text(excerpt), EXCERPT)))
}

/// A place with its line.
pub fn place(at: &At, mask: &Mask) -> String {
    match excerpt(at, mask) {
        Some(excerpt) => format!("{} {excerpt}", source(at)),
        None => source(at) + &at.note.map(|note| format!(" ({note})")).unwrap_or_default(),
    }
}

/// A piece of evidence as a block.
pub fn evidence(text: &mut Text, evidence: &Evidence, mask: &Mask) {
    let whole = mask.text(&evidence.text);
    text.line(format!("{}:", evidence.label));
    let cut: String = whole.chars().take(WHOLE).collect();
    text.untrusted("project", &cut);
    let left = whole.chars().count().saturating_sub(WHOLE);
    if left > 0 {
        text.line(format!("({left} more characters left out.)"));
    }
}

/// What cannot be told, and where the truth can be had.
pub fn undecided(each: &Undecided, mask: &Mask) -> String {
    let expression = each.at.excerpt.as_deref().map(|it| format!(" {}", Text::quoted(&mask.text(it), 120)));
    let what = mask.text(&Text::inert(&each.what, PATH));
    format!("- {} {}: {what}{}. {}", each.rule, source(&each.at), expression.unwrap_or_default(), each.ask)
}

/// Rows of options, those that differ first; `folder` is empty where there is one app.
pub fn options(folder: &str, drift: &Drift, mask: &Mask) -> Vec<String> {
    let folder = if folder.is_empty() { String::new() } else { format!("{} ", Text::inert(folder, PATH)) };
    let place = |cell: &Cell| match &cell.place {
        Place::Start(runtime, _) => runtime.word().to_owned(),
        Place::Variable(name, path) => format!("{name} in {path}"),
        Place::Build(option) => format!("build ({option})"),
    };
    let value = |cell: &Cell| {
        let value = cell.value.as_deref().unwrap_or("not set");
        let counts = if cell.wins || cell.value.is_none() { "" } else { " (does not count)" };
        format!("{value}{counts}")
    };
    let mut rows: Vec<_> = drift.rows.iter().collect();
    rows.sort_by_key(|row| !row.differs);
    let said = rows.into_iter().map(|row| {
        let differs = if row.differs { " differs" } else { "" };
        // Places that say the same, together.
        let mut values: Vec<(String, Vec<String>)> = Vec::new();
        for cell in &row.cells {
            match values.iter_mut().find(|(said, _)| *said == value(cell)) {
                Some((_, places)) => places.push(place(cell)),
                None => values.push((value(cell), vec![place(cell)])),
            }
        }
        let cells = values.iter().map(|(value, places)| format!("{} {value}", places.join(", ")));
        let cells = cells.collect::<Vec<_>>().join(" · ");
        mask.text(&format!("- {folder}{}{differs}: {}", row.option, Text::inert(&cells, 260)))
    });
    said.collect()
}

/// `apps/web: Next.js 16.4.6, app router; @sentry/nextjs 11.8.0; client src/a.ts`.
pub fn app(app: &AppSummary) -> String {
    let folder = if app.folder.is_empty() { String::new() } else { format!("{}: ", Text::inert(&app.folder, PATH)) };
    let list = |all: &[String], none: &str| match all {
        [] => none.to_owned(),
        all => {
            let more = if all.len() > 6 { format!(" and {} more", all.len() - 6) } else { String::new() };
            let shown: Vec<String> = all.iter().take(6).map(|each| Text::inert(each, PATH)).collect();
            shown.join(", ") + &more
        }
    };
    let sentry = list(&app.sentry, "no package of Sentry");
    let inits = list(&app.inits, "no start of Sentry found");
    format!("{folder}{}; {sentry}; {inits}.", Text::inert(&app.framework, PATH))
}
