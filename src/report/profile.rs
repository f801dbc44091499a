//! A profile for a model: the app's hot functions first, hot paths, libraries, threads.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Text, count, trace::duration};
use crate::event::profile::{Hot, HotPaths, Profile, ProfileFrame};

/// Functions, paths, libraries and threads that are listed.
const FUNCTIONS: usize = 15;
const PATHS: usize = 8;
const LIBRARIES: usize = 5;
const THREADS: usize = 6;
/// Steps of a path that are named; the innermost ones.
const STEPS: usize = 8;

/// A hot function.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct HotFacts {
    function: String,
    file: String,
    line: Option<u32>,
    in_app: bool,
    /// Percent of the time: in it, and in what it called outside the app.
    percent: f64,
    /// Percent of the time in itself.
    own_percent: f64,
    /// Percent of the time while it was on the stack.
    total_percent: f64,
}

/// The hot functions of the app.
pub fn facts(profile: &Profile, hot: &HotPaths) -> Vec<HotFacts> {
    let one = |it: &Hot| {
        let frame = profile.frames.get(it.frame)?;
        Some(HotFacts {
            function: Text::plain(&frame.function, 120),
            file: Text::plain(&frame.file, 160),
            line: frame.line,
            in_app: !hot.marked || frame.in_app,
            percent: percent(it.with_libraries, hot.whole),
            own_percent: percent(it.own, hot.whole),
            total_percent: percent(it.total, hot.whole),
        })
    };
    hot.functions.iter().take(FUNCTIONS).filter_map(one).collect()
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole * 1_000.0).round() / 10.0 } else { 0.0 }
}

fn share(profile: &Profile, part: f64, whole: f64) -> String {
    let time = if profile.timed { format!(" {}", duration(part / 1e6)) } else { String::new() };
    format!("{:.1}%{time}", percent(part, whole))
}

/// `pay src/pay.ts:42`.
fn place(frame: &ProfileFrame) -> String {
    let function = if frame.function.is_empty() { "(anonymous)".to_owned() } else { named(&frame.function, 80) };
    let line = frame.line.map(|line| format!(":{line}")).unwrap_or_default();
    if frame.file.is_empty() { function } else { format!("{function} {}{line}", named(&frame.file, 120)) }
}

fn named(name: &str, max: usize) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "/\\._-:@$<>()#".contains(c);
    if name.len() <= max && name.chars().all(bare) { name.to_owned() } else { Text::quoted(name, max) }
}

/// Writes what was hot.
pub fn profile(text: &mut Text, profile: &Profile, hot: &HotPaths) {
    let threads = profile.by_thread();
    if threads.len() > 1 {
        let sum: f64 = threads.iter().map(|(_, weight)| weight).sum();
        let said: Vec<String> = threads
            .iter()
            .take(THREADS)
            .map(|(id, weight)| format!("{} {:.0}%", thread(profile, id), percent(*weight, sum)))
            .collect();
        let more = threads.len().saturating_sub(THREADS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.line(format!("Threads: {}{more}.", said.join(", ")));
    }
    if hot.idle > 0.0 {
        text.line(format!("Idle (no stack): {}.", share(profile, hot.idle, hot.whole + hot.idle)));
    }
    let whose = if hot.marked { "The app's functions" } else { "Functions (none is marked as the app's)" };
    text.line(format!("{whose}, with the libraries they called (own; on the stack):"));
    for it in hot.functions.iter().filter(|it| it.with_libraries > 0.0).take(FUNCTIONS) {
        let Some(frame) = profile.frames.get(it.frame) else { continue };
        text.line(format!(
            "- {} {} ({:.1}%; {:.1}%)",
            share(profile, it.with_libraries, hot.whole),
            place(frame),
            percent(it.own, hot.whole),
            percent(it.total, hot.whole)
        ));
    }
    more(text, hot.functions.iter().filter(|it| it.with_libraries > 0.0).count(), FUNCTIONS, "function");
    text.line("Hot paths through them, outermost first:");
    for (path, weight) in hot.paths.iter().take(PATHS) {
        let hidden = path.len().saturating_sub(STEPS);
        let frames = path.iter().skip(hidden).filter_map(|frame| profile.frames.get(*frame));
        let names: Vec<String> = frames
            .map(|frame| if frame.function.is_empty() { place(frame) } else { named(&frame.function, 60) })
            .collect();
        let hidden = if hidden > 0 { format!("… {hidden} more > ") } else { String::new() };
        text.line(format!("- {} {hidden}{}", share(profile, *weight, hot.whole), names.join(" > ")));
    }
    more(text, hot.paths.len(), PATHS, "path");
    let libraries: Vec<String> = hot
        .libraries
        .iter()
        .filter(|it| it.own > 0.0)
        .take(LIBRARIES)
        .filter_map(|it| {
            Some(format!("{} {}", share(profile, it.own, hot.whole), place(profile.frames.get(it.frame)?)))
        })
        .collect();
    if !libraries.is_empty() {
        text.line(format!("Outside the app, own time: {}.", libraries.join("; ")));
    }
}

fn thread(profile: &Profile, id: &str) -> String {
    match profile.threads.get(id) {
        Some(name) => Text::word(name, 60),
        None => format!("thread {}", Text::word(id, 40)),
    }
}

fn more(text: &mut Text, all: usize, shown: usize, noun: &str) {
    if let Some(left @ 1..) = all.checked_sub(shown) {
        text.line(format!("- {} left out", count(left as u64, noun)));
    }
}
