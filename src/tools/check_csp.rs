//! `check_csp`: what the Content-Security-Policies of a page let through, and what to change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::shared::csp_words::{self, Change, Mistake, Row};
use crate::{
    ctx::Ctx,
    doctor::csp::{self, Dsn, Kind, Needs, Page, Reporting, Role, Target},
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, plain_block},
};

/// Bytes of all policies together.
const MAX_POLICY: usize = 64 * 1024;
/// Addresses of one call.
const MAX_CHECKS: usize = 20;
/// The page, where none is named.
const ANY_PAGE: &str = "https://app.example.com/";

/// The tool.
pub struct CheckCsp;

/// One text is taken for a list of one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Texts {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Header values, header lines or meta tags; all of them hold
    #[schemars(with = "Vec<String>")]
    policy: Texts,
    /// Page they hold for [https://app.example.com]
    page: Option<String>,
    /// DSN of the browser SDK
    dsn: Option<String>,
    /// Its tunnel: path or URL
    tunnel: Option<String>,
    /// `connect https://…`, `worker blob:`, `script …`, `image …`, `/path`
    #[serde(default)]
    check: Vec<String>,
}

/// Its result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `allowed`, `blocked`: of what is needed; `nothing_asked`.
    verdict: &'static str,
    /// The page they hold for.
    page: String,
    /// Each policy in a word: `header`, `meta`, `header, report only`.
    policies: Vec<&'static str>,
    /// What was judged, blocked things first.
    targets: Vec<Row>,
    /// Where violations are reported to.
    reports: Option<&'static str>,
    /// What would report them to the project of the DSN.
    report_uri: Option<String>,
    /// Mistakes in the text, the worst first.
    mistakes: Vec<Mistake>,
    /// Changes that let through what is needed.
    changes: Vec<Change>,
    /// What helps where no change of a policy does.
    advice: Vec<&'static str>,
    /// The texts after the changes, where they change.
    new: Vec<String>,
}

impl Tool for CheckCsp {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "check_csp";
    const TITLE: &'static str = "Check a Content-Security-Policy";
    const CONTRACT: &'static str = include_str!("../../tools/check_csp.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Setup;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let texts = texts(input.policy)?;
        let page = input.page.as_deref().unwrap_or(ANY_PAGE);
        let page = Page::new(page).ok_or_else(|| {
            let what = format!("`page` is no http or https address: {}", Text::quoted(page, 100));
            ToolError::new(what, "Give the address that the browser shows, https://app.example.com/.")
        })?;
        let dsn = input.dsn.as_deref().map(dsn).transpose()?;
        let mut targets = checks(&input.check, &page)?;
        if let Some(dsn) = &dsn {
            let tunnel = input.tunnel.as_deref().map(|tunnel| address(tunnel, &page)).transpose()?;
            let sink = ctx.sink.url().and_then(|url| Url::parse(&format!("{url}/api/1/envelope/")).ok());
            targets.extend(csp::needs(&Needs { dsn, tunnel: tunnel.as_ref(), sink: sink.as_ref() }, &page));
        } else if let Some(tunnel) = &input.tunnel {
            let url = address(tunnel, &page)?;
            targets.push(Target {
                label: "events through the tunnel",
                kind: Kind::Connect,
                url,
                role: Role::Needed,
                note: "",
            });
        }
        let checked = csp::check(&texts, &page, targets);
        let mut report = report(&checked, &page);
        if let Some(dsn) = &dsn {
            let reporting = csp::reporting(&checked.policies, dsn);
            report.reports = Some(said_of(reporting));
            report.report_uri = (reporting != Reporting::Here).then(|| format!("report-uri {}", dsn.security()));
        }
        Ok(report)
    }
}

fn report(checked: &csp::Checked, page: &Page) -> Report {
    let targets = csp_words::rows(checked);
    let needed = || targets.iter().filter(|row| row.role == "needed");
    let verdict = match (needed().count(), needed().any(|row| row.outcome == "blocked")) {
        (0, _) => "nothing_asked",
        (_, true) => "blocked",
        (_, false) => "allowed",
    };
    let policies = checked.policies.iter().map(csp_words::policy).collect();
    Report {
        verdict,
        page: Text::plain(page.url().as_str(), 200),
        policies,
        targets,
        reports: None,
        report_uri: None,
        mistakes: checked.findings.iter().map(csp_words::mistake).collect(),
        changes: checked.patch.changes.iter().map(csp_words::change).collect(),
        advice: checked.patch.advice.iter().copied().map(csp_words::advice).collect(),
        new: checked.patch.texts.iter().map(|(_, text)| plain_block(text)).collect(),
    }
}

fn texts(policy: Texts) -> Result<Vec<String>, ToolError> {
    let texts = match policy {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    };
    let bytes: usize = texts.iter().map(String::len).sum();
    if bytes > MAX_POLICY {
        let what = format!("`policy` has {bytes} bytes; at most {MAX_POLICY} are read.");
        return Err(ToolError::new(what, "Give the headers or meta tags alone, without the page."));
    }
    Ok(texts)
}

fn dsn(text: &str) -> Result<Dsn, ToolError> {
    // Its value is left out: it can hold a secret part.
    Dsn::read(text).map_err(|why| {
        ToolError::new(format!("`dsn` is no DSN: {why}."), "A DSN is https://KEY@oN.ingest.de.sentry.io/PROJECT.")
    })
}

fn address(text: &str, page: &Page) -> Result<Url, ToolError> {
    let url = page.url().join(text.trim()).ok().filter(|url| url.host_str().is_some());
    url.ok_or_else(|| {
        let what = format!("`tunnel` is neither a path nor a URL: {}", Text::quoted(text, 100));
        ToolError::new(what, "Give it as Sentry.init has it: /tunnel.")
    })
}

fn checks(checks: &[String], page: &Page) -> Result<Vec<Target>, ToolError> {
    if checks.len() > MAX_CHECKS {
        let what = format!("`check` has {} addresses; at most {MAX_CHECKS} are judged.", checks.len());
        return Err(ToolError::new(what, "Ask for the others in another call."));
    }
    let read = |text: &String| {
        Target::read(text, page).ok_or_else(|| {
            let what = format!("`check` has what is no address: {}", Text::quoted(text, 100));
            let hint = format!("Give `KIND ADDRESS` or an address; kinds: {}.", Kind::names().join(", "));
            ToolError::new(what, hint)
        })
    };
    checks.iter().map(read).collect()
}

fn said_of(reporting: Reporting) -> &'static str {
    match reporting {
        Reporting::Here => "to the project of the DSN, by report-uri",
        Reporting::OtherProject => "to another project of Sentry than the one of the DSN",
        Reporting::Elsewhere => "elsewhere than to the project of the DSN",
        Reporting::Ignored => "nowhere: browsers leave report-uri out where it stands",
        Reporting::Nowhere => "nowhere",
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(self.first_line());
        text.line(self.policies_line());
        if !self.targets.is_empty() {
            text.heading("Targets");
            csp_words::block(text, self.targets.iter().map(Row::words), 4_000, "targets");
        }
        if let Some(reports) = self.reports {
            let add =
                self.report_uri.as_deref().map(|add| format!(" To have them in Sentry: {}.", Text::quoted(add, 300)));
            text.line(format!("Violations are reported {reports}.{}", add.unwrap_or_default()));
        }
        if !self.mistakes.is_empty() {
            text.heading("Mistakes in the text");
            csp_words::block(text, self.mistakes.iter().map(Mistake::words), 1_800, "mistakes");
        }
        if !self.changes.is_empty() || !self.advice.is_empty() {
            text.heading("Change");
            let advice = self.advice.iter().map(|advice| format!("- {advice}"));
            csp_words::block(text, self.changes.iter().map(Change::words).chain(advice), 1_000, "changes");
        }
        for new in &self.new {
            if new.chars().count() <= 1_200 {
                text.untrusted("policy after the change", new);
            } else {
                text.line("The whole text after the change is long: it is in the structured result, `new`.");
            }
        }
    }
}

impl Report {
    fn first_line(&self) -> String {
        let needed: Vec<&Row> = self.targets.iter().filter(|row| row.role == "needed").collect();
        let blocked = needed.iter().filter(|row| row.outcome == "blocked").count();
        match self.verdict {
            "blocked" => format!("Blocked: {blocked} of {} needed.", needed.len()),
            "allowed" => match needed.iter().filter(|row| row.outcome == "with_nonce").count() {
                0 => format!("Allowed: {0} of {0} needed.", needed.len()),
                some => format!("Allowed: {0} of {0} needed, {some} only with the nonce on the tag.", needed.len()),
            },
            _ => "Nothing was asked: give `dsn` or `check`. The text is checked for mistakes.".to_owned(),
        }
    }

    fn policies_line(&self) -> String {
        let page = Text::quoted(&self.page, 120);
        if self.policies.is_empty() {
            return format!("The text holds no directive: browsers let {page} do everything.");
        }
        let mut said: Vec<String> =
            self.policies.iter().take(8).enumerate().map(|(at, policy)| format!("{} ({policy})", at + 1)).collect();
        if self.policies.len() > 8 {
            said.push(format!("{} more", self.policies.len() - 8));
        }
        format!("Page {page}; policies: {}; what one of them blocks is blocked.", said.join(", "))
    }
}
