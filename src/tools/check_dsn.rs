//! `check_dsn`: what a DSN is made of, whether the SDK takes it, and who in the workspace uses which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    doctor::{
        check::{self, Checked, DsnUse, Only},
        dsn::{self, Dsn},
        finding::{Finding, Undecided},
        mask::Mask,
    },
    error::{Result, ToolError},
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
};

/// Bytes of a DSN that are read.
const MAX_DSN: usize = 2_000;
/// DSNs and findings that are shown.
const LISTED: usize = 20;
/// Characters of a value in a line.
const WIDE: usize = 240;

/// The tool.
pub struct CheckDsn;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// [those of the workspace]
    dsn: Option<String>,
    /// Folder of one app
    dir: Option<String>,
}

/// Its result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `valid`, `invalid`, `unclear`, `none`: the worst of them.
    verdict: &'static str,
    dsns: Vec<Row>,
    /// `same`, `differ`, `unclear`; none = fewer than two.
    runtimes: Option<&'static str>,
    findings: Vec<Found>,
    /// What reading cannot tell.
    undecided: Vec<String>,
    #[serde(skip)]
    left_out: usize,
}

/// A DSN
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Row {
    /// Without its secret part; else what is written in its place.
    dsn: String,
    /// None = not known here.
    valid: Option<bool>,
    /// What is wrong.
    why: Option<String>,
    /// As it is meant.
    right: Option<String>,
    host: Option<String>,
    /// Number, of sentry.io's hosts.
    organization: Option<String>,
    region: Option<String>,
    project: Option<String>,
    /// Public: no secret.
    key: Option<String>,
    /// Whether it has the old secret part.
    secret: bool,
    /// Where events go.
    envelope: Option<String>,
    /// For `report-uri`.
    security: Option<String>,
    /// What `connect-src` needs.
    csp: Option<String>,
    /// `client file:line:column`
    used_by: Vec<String>,
}

/// A finding
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    id: String,
    severity: &'static str,
    message: String,
    place: Option<String>,
}

impl Tool for CheckDsn {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "check_dsn";
    const TITLE: &'static str = "Check a DSN";
    const CONTRACT: &'static str = include_str!("../../tools/check_dsn.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Setup;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        if let Some(text) = input.dsn {
            return one(&text);
        }
        call.progress("reading the project");
        let ask = check::Ask { dir: input.dir, only: Only::read(&["DSN"])? };
        let checked = check::check(ctx.workspace.clone(), ask).await?;
        Ok(Report::of(&checked))
    }
}

/// A DSN that was given.
fn one(text: &str) -> Result<Report> {
    if text.len() > MAX_DSN {
        let what = format!("`dsn` has {} bytes; a DSN has about 100.", text.len());
        return Err(ToolError::new(what, "Give the DSN alone: https://KEY@oN.ingest.de.sentry.io/PROJECT."));
    }
    if text.trim().is_empty() {
        return Err(ToolError::new(
            "`dsn` is empty.",
            "Give a DSN, https://KEY@oN.ingest.de.sentry.io/PROJECT, or leave it out for those of the workspace.",
        ));
    }
    let row = Row::of(text);
    let verdict = if row.valid == Some(true) { "valid" } else { "invalid" };
    Ok(Report { verdict, dsns: vec![row], runtimes: None, findings: Vec::new(), undecided: Vec::new(), left_out: 0 })
}

impl Row {
    fn of(text: &str) -> Self {
        let shown = Text::plain(&dsn::shown(text), WIDE);
        let secret = dsn::secret(text).is_some();
        match dsn::read(text) {
            Ok(read) => Self { dsn: shown, valid: Some(true), secret, ..Self::parts(&read) },
            Err(wrong) => Self {
                dsn: shown,
                valid: Some(false),
                why: Some(wrong.why),
                right: wrong.right.map(|right| Text::plain(&dsn::shown(&right), WIDE)),
                secret,
                ..Self::default()
            },
        }
    }

    fn parts(read: &Dsn) -> Self {
        let parts = dsn::parts(read);
        let plain = |text: &str| Text::plain(text, WIDE);
        // The policy names the host; a path would be compared too.
        let envelope = read.envelope();
        let csp = envelope.as_ref().map(|url| url.origin().ascii_serialization());
        Self {
            host: Some(plain(&read.host)),
            organization: parts.organization.as_deref().map(plain),
            region: parts.region.as_deref().map(plain),
            project: Some(plain(&read.project)),
            key: Some(plain(&read.key)),
            envelope: envelope.map(|url| plain(url.as_str())),
            security: Some(plain(&read.security())),
            csp: csp.as_deref().map(plain),
            ..Self::default()
        }
    }
}

impl Report {
    fn of(checked: &Checked) -> Self {
        let used = checked.dsns();
        let mut rows: Vec<(Option<String>, Row)> = Vec::new();
        for each in &used {
            let by = format!("{} {}", each.runtime.word(), Text::plain(&each.place, WIDE));
            let same = |(text, row): &&mut (Option<String>, Row)| match &each.text {
                Some(own) => text.as_ref() == Some(own),
                None => text.is_none() && row.dsn == Text::plain(&each.said, WIDE),
            };
            match rows.iter_mut().find(same) {
                Some((_, row)) => row.used_by.push(by),
                None => {
                    let row = match &each.text {
                        Some(text) => Row::of(text),
                        None => Row { dsn: Text::plain(&each.said, WIDE), ..Row::default() },
                    };
                    rows.push((each.text.clone(), Row { used_by: vec![by], ..row }));
                }
            }
        }
        let mask = Mask::of(&checked.findings);
        let findings = checked.findings.iter().take(LISTED).map(|each| found(&each.id, &each.finding, &mask));
        let left_out = rows.len().saturating_sub(LISTED) + checked.findings.len().saturating_sub(LISTED);
        let runtimes = agree(&used);
        let dsns: Vec<Row> = rows.into_iter().map(|(_, row)| row).take(LISTED).collect();
        let undecided = checked.undecided.iter().take(LISTED).map(said).collect();
        Self { verdict: verdict(&dsns), dsns, runtimes, findings: findings.collect(), undecided, left_out }
    }
}

fn verdict(rows: &[Row]) -> &'static str {
    if rows.is_empty() {
        "none"
    } else if rows.iter().any(|row| row.valid == Some(false)) {
        "invalid"
    } else if rows.iter().any(|row| row.valid.is_none()) {
        "unclear"
    } else {
        "valid"
    }
}

/// Whether the runtimes of each app send to one place.
fn agree(used: &[DsnUse]) -> Option<&'static str> {
    let pairs = || {
        used.iter().enumerate().flat_map(|(at, one)| {
            used.iter().skip(at + 1).filter(|other| other.app == one.app).map(move |other| (one, other))
        })
    };
    pairs().next()?;
    if pairs().any(|(a, b)| matches!((&a.text, &b.text), (Some(a), Some(b)) if a != b)) {
        Some("differ")
    } else if pairs().any(|(a, b)| (a.text.is_none() || b.text.is_none()) && a.said != b.said) {
        Some("unclear")
    } else {
        Some("same")
    }
}

fn found(id: &str, finding: &Finding, mask: &Mask) -> Found {
    Found {
        id: id.to_owned(),
        severity: finding.severity.word(),
        message: Text::plain(&mask.text(&finding.message), 700),
        place: finding.at.first().map(|at| Text::plain(&at.to_string(), WIDE)),
    }
}

fn said(undecided: &Undecided) -> String {
    Text::plain(&format!("{}: {} ({})", undecided.at, undecided.what, undecided.ask), 400)
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(match self.verdict {
            "none" => "No start of Sentry in the workspace has a DSN.",
            "invalid" => "Invalid: the SDK does not take it, or Sentry refuses it.",
            "unclear" => "Not all DSNs are known from the files.",
            _ => "Valid.",
        });
        for row in &self.dsns {
            text.heading(Text::quoted(&row.dsn, WIDE));
            row.render(text);
        }
        match self.runtimes {
            Some("same") => text.line("All runtimes send to the same place."),
            Some("differ") => text.line("Runtimes of one app send to different places."),
            _ => {}
        }
        if !self.findings.is_empty() {
            text.heading("Findings");
            for each in &self.findings {
                let at = each.place.as_deref().map(|at| format!(" at {}", Text::quoted(at, WIDE))).unwrap_or_default();
                text.line(format!("- {} {}{at}: {}", each.severity, each.id, Text::quoted(&each.message, 700)));
            }
        }
        if !self.undecided.is_empty() {
            text.heading("Not to be told from the files");
            self.undecided.iter().for_each(|each| text.line(format!("- {}", Text::quoted(each, 400))));
        }
        if self.left_out > 0 {
            text.line(format!("({} more left out: give `dir`.)", self.left_out));
        }
    }
}

impl Row {
    fn render(&self, text: &mut Text) {
        if let Some(why) = &self.why {
            let right = self.right.as_deref().map(|right| format!(" Meant: {}.", Text::quoted(right, WIDE)));
            text.line(format!("Not valid: {why}.{}", right.unwrap_or_default()));
        }
        let parts = [
            ("host", &self.host),
            ("organization", &self.organization),
            ("region", &self.region),
            ("project", &self.project),
            ("public key", &self.key),
        ];
        let parts =
            parts.iter().filter_map(|(name, value)| Some(format!("{name} {}", Text::quoted(value.as_deref()?, 120))));
        let parts: Vec<String> = parts.collect();
        if !parts.is_empty() {
            text.line(parts.join(", "));
        }
        if self.secret {
            text.line("It has the secret part of the old form, which Sentry does not need: take it out.");
        }
        let lines = [
            ("Events go to", &self.envelope),
            ("Violations go to (report-uri)", &self.security),
            ("connect-src needs", &self.csp),
        ];
        for (label, value) in lines {
            if let Some(value) = value {
                text.line(format!("{label} {}", Text::quoted(value, WIDE)));
            }
        }
        if !self.used_by.is_empty() {
            let by: Vec<String> = self.used_by.iter().take(LISTED).map(|by| Text::quoted(by, WIDE)).collect();
            text.line(format!("Used by {}", by.join(", ")));
        }
    }
}
