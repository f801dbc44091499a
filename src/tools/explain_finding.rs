//! `explain_finding`: all that is known of one finding, or of a rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::{
    finding_words::{self, FindingRow, Words},
    looking,
};
use crate::{
    ctx::Ctx,
    doctor::{
        check::{Ask, Numbered, Only},
        mask::Mask,
        rules,
    },
    error::{Result, ToolError},
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
};

/// The tool.
pub struct ExplainFinding;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// TUN002-3f2a, or a rule: TUN002
    id: String,
    /// Of the running app, for findings of it
    url: Option<String>,
    /// As in check_setup
    #[serde(default)]
    browser: bool,
}

/// What is known.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    rule: &'static str,
    title: &'static str,
    /// The page that says so.
    docs: &'static str,
    /// The finding; of a rule, all of them.
    findings: Vec<FindingRow>,
    #[serde(skip)]
    severity: &'static str,
    #[serde(skip)]
    why: &'static str,
    #[serde(skip)]
    shown: Vec<(Numbered, Words)>,
    #[serde(skip)]
    mask: Mask,
    #[serde(skip)]
    whole: bool,
}

/// Findings of a rule that are shown; each is short then.
const LISTED: usize = 10;

impl Tool for ExplainFinding {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "explain_finding";
    const TITLE: &'static str = "Explain a finding";
    const CONTRACT: &'static str = include_str!("../../tools/explain_finding.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Setup;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let id = input.id.trim();
        let (name, whole) = match id.split_once('-') {
            Some((name, _)) => (name, true),
            None => (id, false),
        };
        let rule = rules::by_id(name).ok_or_else(|| {
            ToolError::new(
                format!("{} is no rule of the doctor.", Text::quoted(name, 40)),
                "check_setup lists findings with their ids, such as TUN002-3f2a; TUN002 is the rule.",
            )
        })?;
        let ask = Ask { dir: None, only: Only::read(&[rule.id])? };
        let looked = looking::look(ctx, call, ask, input.url.as_deref(), input.browser).await?;
        let found: Vec<Numbered> = match whole {
            true => looked.checked.find(id).cloned().into_iter().collect(),
            false => looked.checked.findings.clone(),
        };
        if whole && found.is_empty() {
            let error = looked.checked.no_finding(id);
            let running = rule.checks.iter().any(|check| !matches!(check, rules::Check::Static(_)));
            return Err(match running && input.url.is_none() {
                true => ToolError::new(
                    error.what(),
                    "If it is a finding of the running app, give `url` (and `browser`) as check_setup had it.",
                ),
                false => error,
            });
        }
        let shown = found.iter().map(|each| (each.clone(), Words::of(each, &looked.checked, &looked.mask))).collect();
        Ok(Report {
            rule: rule.id,
            title: rule.title,
            docs: rule.docs,
            findings: found.iter().take(100).map(finding_words::row).collect(),
            severity: rule.severity.word(),
            why: rule.why,
            shown,
            mask: looked.mask,
            whole,
        })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(format!("{}: {} (at worst: {})", self.rule, self.title, self.severity));
        text.line(format!("Why: {}", self.why));
        text.line(format!("Docs: {}", self.docs));
        if !self.whole {
            return self.list(text);
        }
        for (each, words) in &self.shown {
            text.heading(&words.head);
            text.line(&words.message);
            each.finding.at.iter().for_each(|at| text.line(format!("- {}", finding_words::place(at, &self.mask))));
            each.finding.evidence.iter().for_each(|evidence| finding_words::evidence(text, evidence, &self.mask));
            words.steps.iter().for_each(|step| text.line(step));
            if words.diff.is_empty() {
                continue;
            }
            text.untrusted("diff", &words.diff);
            words.note.iter().for_each(|note| text.line(note));
        }
    }
}

impl Report {
    fn list(&self, text: &mut Text) {
        match self.shown.len() {
            0 => text.line("It finds nothing here."),
            _ => text.heading("Findings"),
        }
        for (_, words) in self.shown.iter().take(LISTED) {
            text.line(format!("- {}", words.head));
            text.line(format!("  {}", words.message));
        }
        let more = self.shown.len().saturating_sub(LISTED);
        if more > 0 {
            text.line(format!("({more} more left out: check_setup with only {} pages through them.)", self.rule));
        }
    }
}
