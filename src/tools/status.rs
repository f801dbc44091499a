//! `status`: what fixloop has, what it is doing, and the next useful step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    browser::SessionInfo,
    ctx::Ctx,
    error::Result,
    mcp::{Call, Hints, Tool, Toolset},
    report::{self, Render, Text, count},
    sentry::Connection,
    sink::SinkStatus,
};

/// The tool.
pub struct Status;

/// Types of items and reasons of discards that are listed.
const LISTED: usize = 20;

/// It takes no arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The state of fixloop.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    version: &'static str,
    /// The project folder.
    workspace: String,
    /// Folder of runs, screenshots and long replies.
    files: String,
    /// Toolsets offered.
    toolsets: Vec<String>,
    read_only: bool,
    sink: Option<SinkStatus>,
    /// Browser and driver found; none = none.
    browser: Option<String>,
    sessions: Vec<SessionInfo>,
    /// Sentry servers that can be asked.
    sentry: Vec<Connected>,
    /// What is otherwise than usual.
    notes: Vec<String>,
    /// Why there is no browser, and what to install.
    #[serde(skip)]
    no_browser: String,
    #[serde(skip)]
    no_sink: String,
}

/// A Sentry server that can be asked.
#[derive(Debug, Serialize, JsonSchema)]
struct Connected {
    /// Its name for `source`.
    name: String,
    host: String,
    /// None = the only one that the token may see.
    organization: Option<String>,
    /// None = all.
    project: Option<String>,
    /// Where the token was found.
    token_from: String,
}

impl Connected {
    fn of(connection: &Connection) -> Self {
        Self {
            name: Text::plain(connection.name(), 100),
            host: Text::plain(connection.host(), 200),
            organization: connection.set_organization().map(|slug| Text::plain(slug, 100)),
            project: connection.project().map(|slug| Text::plain(slug, 100)),
            token_from: Text::plain(connection.found(), 300),
        }
    }
}

impl Tool for Status {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "status";
    const TITLE: &'static str = "Status of fixloop";
    const CONTRACT: &'static str = include_str!("../../tools/status.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Core;

    async fn run(ctx: &Ctx, _call: &Call, _input: Input) -> Result<Report> {
        let (sink, no_sink) = match ctx.sink.status().await {
            Ok(mut sink) => {
                sink.items.truncate(LISTED);
                sink.items.iter_mut().for_each(|(kind, _)| *kind = Text::plain(kind, 40));
                sink.discarded.truncate(LISTED);
                for (reason, category, _) in &mut sink.discarded {
                    (*reason, *category) = (Text::plain(reason, 60), Text::plain(category, 40));
                }
                report::plain_counts(&mut sink.forwards);
                (Some(sink), String::new())
            }
            Err(error) => (None, error.to_string()),
        };
        let (browser, no_browser) = match ctx.browsers.found() {
            Ok(browser) => (Some(browser), String::new()),
            Err(error) => (None, error.to_string()),
        };
        Ok(Report {
            version: env!("CARGO_PKG_VERSION"),
            workspace: ctx.workspace.display().to_string(),
            files: ctx.artifacts.root().display().to_string(),
            toolsets: ctx.config.toolsets.clone(),
            read_only: ctx.config.read_only,
            sink,
            browser,
            sessions: ctx.browsers.sessions().await,
            sentry: ctx.sentry.connections().iter().map(Connected::of).collect(),
            notes: ctx.notes.clone(),
            no_browser,
            no_sink,
        })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let toolsets = if self.toolsets.is_empty() { "all".to_owned() } else { self.toolsets.join(", ") };
        let mode = if self.read_only { ", read-only" } else { "" };
        text.line(format!("fixloop {} in {}. Toolsets: {toolsets}{mode}.", self.version, self.workspace));
        match &self.sink {
            Some(sink) => sink_lines(text, sink),
            None => text.line(format!("Sink: {}", self.no_sink)),
        }
        match &self.browser {
            Some(browser) => text.line(format!("Browser: {browser}.")),
            None => text.line(format!("Browser: none. {}", self.no_browser)),
        }
        for session in &self.sessions {
            let notes =
                if session.notes.is_empty() { String::new() } else { format!(" ({})", session.notes.join("; ")) };
            text.line(format!(
                "Session {}: {}{notes} at {} {}",
                session.id,
                session.browser,
                Text::quoted(&session.url, 160),
                Text::quoted(&session.title, 80)
            ));
        }
        self.sentry.iter().for_each(|connected| text.line(sentry_line(connected)));
        text.line(format!("Files: {}", self.files));
        for note in &self.notes {
            text.line(note);
        }
        text.line(format!("Next: {}", self.next()));
    }
}

impl Report {
    /// The next useful step.
    fn next(&self) -> String {
        let sink = self.sink.as_ref();
        let offers = |toolset: &str| self.toolsets.is_empty() || self.toolsets.iter().any(|offered| offered == toolset);
        if self.browser.is_none() && offers("browser") {
            return "install the browser as said above; the sink works without one.".to_owned();
        }
        if let Some(sink) = sink.filter(|sink| sink.issues > 0 && offers("sentry")) {
            return format!("search_issues lists {}; get_issue explains one.", count(sink.issues, "issue"));
        }
        let open = "browser_open the app";
        let point = sink.and_then(|sink| sink.dsn.as_ref()).map(|dsn| {
            format!("start the app with {dsn} as the DSN of its Sentry SDK (Sentry.init({{ dsn }}), or SENTRY_DSN for server SDKs)")
        });
        match (self.sessions.is_empty() && offers("browser"), point) {
            (true, Some(point)) => format!("{open}. For SDK events, {point}."),
            (true, None) => format!("{open}."),
            (false, Some(point)) => format!("browser_act on the page. For SDK events, {point}."),
            (false, None) => "browser_snapshot, then browser_act.".to_owned(),
        }
    }
}

fn sentry_line(connected: &Connected) -> String {
    let organization = match &connected.organization {
        Some(slug) => format!("organization {}", Text::word(slug, 100)),
        None => "the only organization of the token".to_owned(),
    };
    let project = connected.project.as_ref().map(|slug| format!(", project {}", Text::word(slug, 100)));
    format!(
        "Sentry: {} on {}, {organization}{}. Token from {}; not asked yet whether it works.",
        Text::word(&connected.name, 100),
        connected.host,
        project.unwrap_or_default(),
        connected.token_from
    )
}

fn sink_lines(text: &mut Text, sink: &SinkStatus) {
    let place = sink.url.as_deref().unwrap_or("does not listen");
    let kept = format!("{}, {}", count(sink.events, "event"), count(sink.issues, "issue"));
    text.line(format!("Sink: {place}. {kept}. {}", sink.note).trim_end());
    if let Some(dsn) = &sink.dsn {
        text.line(format!("DSN: {dsn}"));
    }
    if !sink.items.is_empty() {
        let items = sink.items.iter().map(|(kind, count)| format!("{} {count}", Text::quoted(kind, 40)));
        text.line(format!("Items received: {}.", items.collect::<Vec<_>>().join(", ")));
    }
    if !sink.discarded.is_empty() {
        let discarded = sink.discarded.iter().take(10).map(|(reason, category, quantity)| {
            format!("{quantity} {} ({})", Text::quoted(category, 40), Text::quoted(reason, 60))
        });
        text.line(format!("SDKs discarded before sending: {}.", discarded.collect::<Vec<_>>().join(", ")));
    }
    report::forwards(text, &sink.forwards);
    report::tunnel_refused(text, &sink.tunnel_refused);
}
