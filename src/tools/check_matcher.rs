//! `check_matcher`: whether Next.js runs its middleware for a path, which entry of the matcher says so, and how a tunnel
//! is let through.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ctx::Ctx,
    doctor::matcher::{Ask, Checked, check},
    error::Result,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count},
};

/// The tool.
pub struct CheckMatcher;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Paths or URLs
    #[serde(default)]
    paths: Vec<String>,
    /// Path of a tunnel that must be free
    tunnel: Option<String>,
    /// JSON; else the workspace's
    matcher: Option<String>,
    /// Middleware or proxy
    file: Option<String>,
    /// Version
    next: Option<String>,
    /// Of next.config
    base_path: Option<String>,
    /// Default first
    locales: Option<Vec<String>>,
    /// Of the request
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// The answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The middleware's file; none = none, or a given matcher.
    file: Option<String>,
    /// Version of Next.js.
    next: String,
    /// Whether it runs for every path: there is no matcher.
    everywhere: bool,
    entries: Vec<EntryRow>,
    paths: Vec<PathRow>,
    tunnel: Option<TunnelRow>,
    /// What else is to be known.
    notes: Vec<String>,
    #[serde(skip)]
    checked: Box<Checked>,
}

/// An entry of the matcher
#[derive(Debug, Serialize, JsonSchema)]
pub struct EntryRow {
    source: String,
    /// `file:line:column`
    place: Option<String>,
    regexp: String,
}

/// The answer for a path
#[derive(Debug, Serialize, JsonSchema)]
pub struct PathRow {
    path: String,
    /// Whether the middleware runs
    runs: bool,
    /// The entry that catches it, from 1
    entry: Option<usize>,
}

/// The tunnel
#[derive(Debug, Serialize, JsonSchema)]
pub struct TunnelRow {
    path: String,
    /// Whether the middleware catches it
    caught: bool,
    /// Unified diff that lets it through
    patch: Option<String>,
    /// What to change, in words
    fix: Vec<String>,
}

/// Entries of a matcher that are shown.
const LISTED: usize = 12;
/// Characters of an expression or a path in a line.
const WIDE: usize = 240;

impl Tool for CheckMatcher {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "check_matcher";
    const TITLE: &'static str = "Check a Next.js matcher";
    const CONTRACT: &'static str = include_str!("../../tools/check_matcher.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Setup;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report> {
        // A text that is no JSON is the matcher itself: `/dashboard/:path*`.
        let matcher = input.matcher.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        let ask = Ask {
            paths: input.paths,
            matcher,
            file: input.file,
            next: input.next,
            base_path: input.base_path,
            locales: input.locales,
            headers: input.headers,
            tunnel: input.tunnel,
        };
        let checked = check(ctx.workspace.clone(), ask).await?;
        Ok(Report::of(checked))
    }
}

impl Report {
    fn of(checked: Checked) -> Self {
        let plain = |text: &str| Text::plain(text, 2_000);
        let entries = checked.entries.iter().flatten().take(LISTED).map(|entry| EntryRow {
            source: plain(&entry.source),
            place: entry.place.clone(),
            regexp: plain(&entry.regexp),
        });
        let paths = checked.paths.iter().map(|answer| PathRow {
            path: Text::plain(&answer.path, WIDE),
            runs: answer.runs,
            entry: answer.entry.map(|entry| entry + 1),
        });
        let tunnel = checked.tunnel.as_ref().map(|tunnel| TunnelRow {
            path: Text::plain(&tunnel.path, WIDE),
            caught: tunnel.runs,
            patch: tunnel.patch.clone(),
            fix: tunnel.words.iter().map(|words| plain(words)).collect(),
        });
        Self {
            file: checked.file.clone(),
            next: checked.next.0.clone(),
            everywhere: checked.entries.is_none() && checked.file.is_some(),
            entries: entries.collect(),
            paths: paths.collect(),
            tunnel,
            notes: checked.notes.iter().map(|note| Text::plain(note, 500)).collect(),
            checked: Box::new(checked),
        }
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let checked = &self.checked;
        let mut with = format!("Next.js {} ({})", checked.next.0, checked.next.1);
        if !checked.base_path.is_empty() {
            with.push_str(&format!(", base path {}", Text::quoted(&checked.base_path, 80)));
        }
        if !checked.locales.is_empty() {
            let locales: Vec<String> = checked.locales.iter().take(10).map(|locale| Text::word(locale, 20)).collect();
            with.push_str(&format!(", locales {}", locales.join(" ")));
        }
        text.line(format!("{}, {with}.", Text::plain(&checked.origin, WIDE)));
        if checked.origin == "No middleware file" {
            text.line("There is no middleware or proxy file in the workspace, its `src`, or an app of it: nothing runs before any path. `file` or `matcher` names another.");
        } else {
            entry_lines(text, checked);
            path_lines(text, checked);
        }
        tunnel_lines(text, checked);
        if !self.notes.is_empty() {
            text.heading("Notes");
            self.notes.iter().take(20).for_each(|note| text.line(format!("- {note}")));
        }
    }
}

fn entry_lines(text: &mut Text, checked: &Checked) {
    let Some(entries) = &checked.entries else {
        return text.line("There is no matcher: the middleware runs for every path, `/_next/static` too.");
    };
    if entries.is_empty() {
        return text.line("The matcher is an empty list: the middleware never runs.");
    }
    text.heading(count(entries.len() as u64, "entry").replace("entrys", "entries"));
    for (place, entry) in entries.iter().take(LISTED).enumerate() {
        let at = entry.place.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
        text.line(format!("{}. {}{at}", place + 1, Text::quoted(&entry.source, WIDE)));
        text.line(format!("   compiled {}", Text::quoted(&entry.regexp, 2 * WIDE)));
    }
    if let Some(more) = entries.len().checked_sub(LISTED).filter(|more| *more > 0) {
        text.line(format!("({more} more left out.)"));
    }
}

fn path_lines(text: &mut Text, checked: &Checked) {
    if checked.paths.is_empty() {
        return;
    }
    text.heading("Paths");
    for answer in &checked.paths {
        let path = Text::quoted(&answer.path, 160);
        let why = if answer.why.is_empty() { String::new() } else { format!(" ({})", Text::plain(&answer.why, WIDE)) };
        text.line(match (answer.runs, answer.entry) {
            (true, Some(entry)) => format!("- {path} is caught by entry {}{why}", entry + 1),
            (true, None) => format!("- {path} is caught{why}"),
            (false, _) => format!("- {path} is free{why}"),
        });
    }
}

fn tunnel_lines(text: &mut Text, checked: &Checked) {
    let Some(tunnel) = &checked.tunnel else { return };
    text.heading("Tunnel");
    let (path, from) = (Text::quoted(&tunnel.path, WIDE), Text::plain(&tunnel.from, WIDE));
    if !tunnel.runs {
        return text.line(format!("{path} ({from}) is free: the middleware does not run for it."));
    }
    text.line(format!("{path} ({from}) is caught: a redirect or a 401 of the middleware would lose the events."));
    for words in &tunnel.words {
        text.line(format!("Fix: {}", Text::plain(words, 1_000)));
    }
    if tunnel.tried > 0 {
        text.line(format!(
            "Tried: the tunnel is out, and {} have the same answer as before.",
            count(tunnel.tried as u64, "other path")
        ));
    }
    if let Some(patch) = &tunnel.patch {
        text.untrusted("patch", patch);
    }
}
