//! `check_tunnel`: what becomes of what the browser SDK posts to its tunnel.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    doctor::{
        check::{self, Only},
        finding::{Finding, Found, Undecided},
        live::{Ask, Binary, Live, Receiver, Relays, TunnelSeen},
        rules,
    },
    error::{Result, ToolError},
    mcp::{Call, Hints, Tool, Toolset},
    redact,
    report::{Render, Text},
};

/// Characters of a message or a step.
const WORDS: usize = 700;
/// Characters of a piece of evidence.
const EVIDENCE: usize = 900;

/// The tool.
pub struct CheckTunnel;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Running page, or its tunnel
    url: String,
    /// [from the project]
    tunnel: Option<String>,
    /// [from the project]
    dsn: Option<String>,
    /// Test event to a real Sentry, too
    #[serde(default)]
    send: bool,
}

/// Its result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `works`, `broken`, `unclear`.
    verdict: &'static str,
    /// Its address; none = only the DSN was tried.
    tunnel: Option<String>,
    /// What an empty envelope met: `refused_as_it_must`, `login_redirect`, `not_found`, ….
    answer: Option<&'static str>,
    /// Of the first answer.
    status: Option<u16>,
    /// Who answered, by its headers.
    by: Option<String>,
    /// `sink`, `sentry`: who got a test event.
    sent_to: Option<&'static str>,
    event_id: Option<String>,
    /// `LOCAL-3`: the test event, arrived.
    issue: Option<String>,
    /// From the post to the sink.
    took_ms: Option<u64>,
    /// Whether bytes that are no text arrived unchanged.
    binary: Option<bool>,
    /// DSNs of others: `refused`, `let_through`, `unclear`.
    foreign: Option<&'static str>,
    findings: Vec<Row>,
    #[serde(skip)]
    details: Vec<Finding>,
    #[serde(skip)]
    undecided: Vec<Undecided>,
    #[serde(skip)]
    notes: Vec<String>,
}

/// A finding
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    rule: &'static str,
    /// `error`, `warning`, `info`.
    severity: &'static str,
    message: String,
}

impl Tool for CheckTunnel {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "check_tunnel";
    const TITLE: &'static str = "Check the tunnel";
    const CONTRACT: &'static str = include_str!("../../tools/check_tunnel.md");
    const HINTS: Hints = Hints { read_only: false, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Setup;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let (ask, note) = ask(ctx, call, input).await?;
        call.progress("posting to the tunnel");
        let live = Live::look(&ask, &ctx.sink, call.cancel()).await?;
        let mut report = Report::of(&live, rules::live(&live, None));
        report.notes.extend(note);
        Ok(report)
    }
}

/// What is to be looked at, completed by the project where the call does not say all.
async fn ask(ctx: &Ctx, call: &Call, input: Input) -> Result<(Ask, Option<String>)> {
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (tunnel, dsn) = (said(input.tunnel), said(input.dsn));
    let mut ask = Ask::new(&input.url)?;
    let mut note = None;
    if tunnel.is_none() || dsn.is_none() {
        call.progress("reading the project");
        let only = Only::read(&["TUN008"])?;
        match check::check(ctx.workspace.clone(), check::Ask { only, ..check::Ask::default() }).await {
            Ok(checked) => ask = checked.live(&input.url)?,
            Err(error) => note = Some(format!("The project was not read: {}", error.what())),
        }
    }
    ask.pages = false;
    ask.send = input.send;
    ask.dsn = dsn.or(ask.dsn);
    if let Some(tunnel) = tunnel {
        ask = ask.with_tunnel(&tunnel);
    }
    // An address with a path is the tunnel itself, where nothing else says what is.
    if ask.tunnel.is_none() && ask.url.path() != "/" {
        let tunnel = ask.url.to_string();
        ask = ask.with_tunnel(&tunnel);
    }
    if ask.tunnel.is_none() && !(ask.send && ask.dsn.is_some()) {
        return Err(ToolError::new(
            "No tunnel is known: neither the call nor the project names one.",
            "Give `tunnel`, as Sentry.init has it: /monitoring. Without a tunnel, `dsn` and `send: true` try the DSN itself.",
        ));
    }
    Ok((ask, note))
}

impl Report {
    fn of(live: &Live, found: Found) -> Self {
        let seen = live.tunnel.as_ref();
        let answer = seen.and_then(|seen| seen.first.exchange.answer());
        let hop = seen.and_then(|seen| seen.first.exchange.hops.first()).map(|hop| hop.status);
        let delivered = seen.and_then(|seen| seen.delivered.as_ref());
        let arrival = delivered.and_then(|delivered| delivered.arrival.as_ref());
        let ingest = live.ingest.as_ref();
        let lost = found.findings.iter().any(|finding| {
            matches!(finding.rule, "TUN007" | "TUN008" | "DSN007") && finding.severity.word() == "error"
        });
        let verdict = match (lost, found.undecided.is_empty() && (seen.is_some() || ingest.is_some())) {
            (true, _) => "broken",
            (false, true) => "works",
            (false, false) => "unclear",
        };
        let row = |finding: &Finding| Row {
            rule: finding.rule,
            severity: finding.severity.word(),
            message: Text::plain(&finding.message, WORDS),
        };
        Self {
            verdict,
            tunnel: seen.map(|seen| Text::plain(&redact::url(seen.url.as_str()), 300)),
            answer: seen.map(|seen| seen.first.symptom.word()),
            status: hop.or(answer.map(|answer| answer.status)),
            by: answer.and_then(|answer| answer.by()),
            sent_to: delivered.map(|delivered| receiver(delivered.to)).or(ingest.map(|_| "sentry")),
            event_id: delivered
                .map(|delivered| delivered.event_id.clone())
                .or_else(|| ingest.map(|ingest| ingest.event_id.clone())),
            issue: arrival.and_then(|arrival| arrival.issue.clone()),
            took_ms: arrival.map(|arrival| u64::try_from(arrival.took.as_millis()).unwrap_or(u64::MAX)),
            binary: delivered.and_then(|delivered| delivered.binary.as_ref()).map(|binary| *binary == Binary::Same),
            foreign: seen.and_then(foreign),
            findings: found.findings.iter().map(row).collect(),
            details: found.findings,
            undecided: found.undecided,
            notes: live.notes.clone(),
        }
    }

    /// What was tried, in a line each.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let (Some(tunnel), Some(answer)) = (&self.tunnel, self.answer) {
            let status = self.status.map(|status| format!(" ({status})")).unwrap_or_default();
            let by = self.by.as_deref().map(|by| format!(", by {}", Text::plain(by, 80))).unwrap_or_default();
            lines.push(format!(
                "Empty envelope to {}: {}{status}{by}.",
                Text::quoted(tunnel, 200),
                answer.replace('_', " ")
            ));
        }
        match (self.sent_to, &self.issue, self.took_ms) {
            (Some("sink"), Some(issue), Some(ms)) => {
                lines.push(format!("A test event came through to the local sink in {ms} ms: {issue}."));
            }
            (Some("sink"), _, Some(ms)) => {
                lines.push(format!("A test event came through to the local sink in {ms} ms."))
            }
            (Some("sink"), ..) => lines.push("A test event with the local sink's DSN did not come through.".to_owned()),
            (Some(_), ..) => {
                let id = self.event_id.as_deref().unwrap_or_default();
                lines.push(format!("A test event was sent to Sentry: {id}."));
            }
            (None, ..) if self.answer.is_some() && self.verdict != "broken" => {
                lines
                    .push("No test event was sent: the DSN is not the local sink's, and `send` is not set.".to_owned());
            }
            (None, ..) => {}
        }
        if self.binary == Some(true) {
            lines.push("Bytes that are no text arrived unchanged: compressed replays get through.".to_owned());
        }
        match self.foreign {
            Some("refused") => lines.push("DSNs of other hosts are refused.".to_owned()),
            Some("unclear") => {
                lines.push("Whether DSNs of other hosts are refused, its answers do not tell.".to_owned())
            }
            _ => {}
        }
        lines
    }
}

fn receiver(to: Receiver) -> &'static str {
    match to {
        Receiver::Sink => "sink",
        Receiver::Sentry => "sentry",
    }
}

fn foreign(seen: &TunnelSeen) -> Option<&'static str> {
    match &seen.relays {
        Relays::NotAsked => None,
        Relays::Refused(_) => Some("refused"),
        Relays::Open(_) => Some("let_through"),
        Relays::Unclear(_) => Some("unclear"),
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(match self.verdict {
            "works" => "The tunnel works.".to_owned(),
            "broken" => "Broken: what is sent is lost, all of it or some.".to_owned(),
            _ => "Unclear: its answers do not tell.".to_owned(),
        });
        for line in self.lines() {
            text.line(line);
        }
        for finding in &self.details {
            text.heading(format!("{} {}", finding.rule, finding.severity));
            text.line(Text::plain(&finding.message, WORDS));
            for evidence in finding.evidence.iter().take(3) {
                text.line(format!("{}:", evidence.label));
                text.untrusted("answer", &evidence.text.chars().take(EVIDENCE).collect::<String>());
            }
            if let Some(fix) = &finding.fix {
                text.line(format!("Fix: {}.", Text::plain(fix.title.trim_end_matches('.'), 200)));
                for step in &fix.steps {
                    text.line(format!("- {}", Text::plain(step, WORDS)));
                }
            }
        }
        if !self.undecided.is_empty() {
            text.heading("Not to be told");
            for each in &self.undecided {
                text.line(format!("- {}: {}. To know: {}.", each.rule, Text::plain(&each.what, 300), each.ask));
            }
        }
        for note in &self.notes {
            text.line(Text::plain(note, 300));
        }
    }
}
