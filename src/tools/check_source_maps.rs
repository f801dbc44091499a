//! `check_source_maps`: why frames of an event are not mapped, and what to do about it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::subject::{self, Found};
use crate::{
    ctx::Ctx,
    error::Result,
    event::{
        Event, Source,
        replay::Subject,
        source_map::{Diagnosis, Target},
    },
    mcp::{Call, Hints, Tool, Toolset},
    redact,
    report::{Render, Text, count},
    sentry::Organization,
};

/// The search of the embedded sink's resolver takes no longer.
const SEARCH: Duration = Duration::from_secs(15);
/// Causes shown.
const CAUSES: usize = 8;
/// Files shown of a cause.
const FILES: usize = 5;
/// Maps shown.
const MAPS: usize = 8;

/// The tool.
pub struct CheckSourceMaps;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Event id, or an issue (its latest event), or URL
    event: Subject,
    #[serde(default)]
    source: Source,
}

/// How it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    event: String,
    verdict: Verdict,
    /// Frames that are mapped
    mapped: usize,
    /// Frames of built code
    frames: usize,
    /// Most frames first, at most 8
    causes: Vec<CauseFacts>,
    #[serde(skip)]
    shown: Box<Shown>,
}

/// Verdict over the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    AllMapped,
    SomeMapped,
    NoneMapped,
    /// No frame of built code
    NothingToMap,
    /// The server does not tell
    Unknown,
}

/// A cause.
#[derive(Debug, Serialize, JsonSchema)]
struct CauseFacts {
    kind: String,
    frames: usize,
    fix: String,
}

/// What only the text needs.
#[derive(Debug, Default)]
struct Shown {
    place: String,
    diagnosis: Diagnosis,
    /// What else is known: release, dist, SDK.
    about: Vec<String>,
    /// Where maps were found: file, and where.
    maps: Vec<(String, String)>,
    notes: Vec<String>,
}

impl Tool for CheckSourceMaps {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "check_source_maps";
    const TITLE: &'static str = "Check source maps";
    const CONTRACT: &'static str = include_str!("../../tools/check_source_maps.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        match subject::event_of(ctx, call, &input.source, &input.event).await? {
            Found::Local(stored) => Ok(local(ctx, stored.event).await),
            Found::Sentry(organization, event) => remote(&organization, &event).await,
        }
    }
}

async fn remote(organization: &Organization, event: &Event) -> Result<Report> {
    let project = subject::project_of(organization, event)?;
    let debug = organization.source_map_debug(&project, &event.event_id).await?;
    let connection = organization.connection();
    let slug = organization.slug();
    let home = connection.web_url(slug, "");
    let url = (!connection.is_saas()).then(|| home.trim_end_matches(&format!("/organizations/{slug}/")).to_owned());
    let target = Target { organization: slug.to_owned(), project, url };
    let mut shown = Shown { place: organization.said(), ..Shown::default() };
    let unknown = debug.is_none();
    if let Some(mut debug) = debug {
        debug.name_files(event);
        shown.diagnosis = debug.diagnose(&target);
        let about = [("release", debug.release), ("dist", debug.dist), ("SDK", debug.sdk_version)];
        shown.about = about
            .into_iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{name} {}", Text::quoted(&value, 100)),
                None => format!("no {name}"),
            })
            .collect();
    } else {
        shown.notes.push(
            "This server does not tell what it tried (it is too old for source-map-debug); what its processing errors say \
             is below."
                .to_owned(),
        );
    }
    let errors = event.processed.errors.iter().filter(|error| error.kind.starts_with("js_"));
    for error in errors.take(10) {
        let about = error.about.as_deref().map(|about| format!(" {}", Text::quoted(&redact::url(about), 200)));
        let words = error.message.as_deref().map(|words| format!(" {}", Text::quoted(words, 120)));
        let (words, about) = (words.unwrap_or_default(), about.unwrap_or_default());
        shown.notes.push(format!("Processing error {}:{words}{about}", Text::word(&error.kind, 60)));
    }
    Ok(report(&event.event_id, shown, unknown))
}

/// The answer of our own resolver.
async fn local(ctx: &Ctx, mut event: Event) -> Report {
    let mut frames = event.take_frames();
    let before = frames.clone();
    ctx.sourcemap.resolve(&mut frames, &event.debug_images, SEARCH).await;
    let mut shown = Shown { place: "in the embedded sink".to_owned(), ..Shown::default() };
    let debug_id =
        |file: &str| event.debug_images.iter().find(|image| image.code_file == file).map(|image| &image.debug_id);
    for (frame, built) in frames.iter().zip(&before) {
        let file = built.abs_path.clone().or_else(|| built.filename.clone()).unwrap_or_default();
        if frame.generated.is_some() {
            let (place, map_id) = ctx.sourcemap.found(frame).unwrap_or(("a source map".to_owned(), None));
            let by_id = debug_id(&file).is_some() && map_id.is_some();
            shown.diagnosis.map(if by_id { "debug id" } else { "address" });
            if shown.maps.iter().all(|(known, _)| *known != file) {
                shown.maps.push((file, place));
            }
        } else if let Some(why) = ctx.sourcemap.explain(built) {
            let id = debug_id(&file)
                .map(|id| format!(" (the event gives it the debug id {})", Text::word(id, 40)))
                .unwrap_or_default();
            // The address is in the list of files; without it frames of several files share a cause.
            let why = why.replace(&file, "the script");
            shown.diagnosis.fail("no_map", format!("{why}{id}"), local_fix(&why), file);
        }
    }
    shown.diagnosis = shown.diagnosis.sorted();
    shown.about = [("release", &event.release), ("dist", &event.dist)]
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", Text::quoted(value.as_deref()?, 100))))
        .collect();
    shown.about.push(count(event.debug_images.len() as u64, "debug id"));
    report(&event.event_id, shown, false)
}

/// What to do about a reason of the resolver.
fn local_fix(why: &str) -> String {
    let fix = if why.contains("debug id") {
        "The served build is not the one that sent the event: reload the page, make it happen again, and look at the new event."
    } else if why.contains("cannot be fetched") {
        "Keep the app's server running while fixloop looks, or keep the build with its .map files in the workspace."
    } else if why.contains("names no source map") || why.contains("has no source map") {
        "Let the build write source maps (Vite: build.sourcemap true; webpack: devtool \"source-map\"; esbuild: --sourcemap), \
         and build again. A script of a third party has none."
    } else if why.contains("another host") {
        "Serve the map from the host of the script, or keep it in the workspace: a map on another host is not fetched."
    } else {
        "Build again with source maps, and keep the .map files next to the scripts or in the workspace."
    };
    fix.to_owned()
}

fn report(event: &str, shown: Shown, unknown: bool) -> Report {
    let diagnosis = &shown.diagnosis;
    let verdict = match (diagnosis.mapped, diagnosis.frames) {
        _ if unknown => Verdict::Unknown,
        (_, 0) => Verdict::NothingToMap,
        (mapped, frames) if mapped == frames => Verdict::AllMapped,
        (0, _) => Verdict::NoneMapped,
        _ => Verdict::SomeMapped,
    };
    let facts = diagnosis.causes.iter().take(CAUSES).map(|cause| CauseFacts {
        kind: cause.kind.to_owned(),
        frames: cause.frames(),
        fix: Text::plain(&cause.fix, 600),
    });
    Report {
        event: Text::plain(event, 40),
        verdict,
        mapped: diagnosis.mapped,
        frames: diagnosis.frames,
        causes: facts.collect(),
        shown: Box::new(shown),
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let (shown, frames) = (&self.shown, count(self.frames as u64, "frame"));
        let first = match self.verdict {
            Verdict::AllMapped => format!("All is well: {frames} of built code mapped"),
            Verdict::SomeMapped => format!("{} of {frames} of built code mapped", self.mapped),
            Verdict::NoneMapped => format!("Not one of {frames} of built code is mapped"),
            Verdict::NothingToMap => "Nothing to map: the event has no frame of built code".to_owned(),
            Verdict::Unknown => "Not known".to_owned(),
        };
        let event = Text::word(&self.event, 40);
        text.line(format!("{first} (event {event} {}).", shown.place));
        let ways = shown.diagnosis.ways.iter().map(|(way, frames)| format!("{frames} by {way}")).collect::<Vec<_>>();
        let about: Vec<String> = shown
            .about
            .iter()
            .cloned()
            .chain((!ways.is_empty()).then(|| format!("mapped: {}", ways.join(", "))))
            .collect();
        if !about.is_empty() {
            text.line(format!("{}.", about.join("; ")));
        }
        for cause in shown.diagnosis.causes.iter().take(CAUSES) {
            text.line(format!(
                "\n{}: {}.",
                count(cause.frames() as u64, "frame"),
                Text::plain(&redact::text(&cause.what), 500)
            ));
            let files: Vec<String> = cause
                .files
                .iter()
                .take(FILES)
                .map(|(file, frames)| {
                    let times = if *frames > 1 { format!(" ×{frames}") } else { String::new() };
                    format!("{}{times}", Text::quoted(&redact::url(file), 160))
                })
                .collect();
            let more = cause.files.len().saturating_sub(files.len());
            let more = if more > 0 { format!(" and {}", count(more as u64, "more file")) } else { String::new() };
            text.line(format!("  In {}{more}", files.join(", ")));
            text.line(format!("  Fix: {}", Text::plain(&cause.fix, 700)));
        }
        let hidden: usize = shown.diagnosis.causes.iter().skip(CAUSES).map(|cause| cause.frames()).sum();
        if hidden > 0 {
            text.line(format!("({} with other causes left out.)", count(hidden as u64, "frame")));
        }
        for (file, place) in shown.maps.iter().take(MAPS) {
            text.line(format!(
                "- {}: {}",
                Text::quoted(&redact::url(file), 160),
                Text::quoted(&redact::text(place), 200)
            ));
        }
        let more = shown.maps.len().saturating_sub(MAPS);
        if more > 0 {
            text.line(format!("(The maps of {} left out.)", count(more as u64, "file")));
        }
        for note in &shown.notes {
            text.line(note);
        }
    }
}
