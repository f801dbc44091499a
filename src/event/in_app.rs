//! Which frames are the app's own code, and which are noise for grouping: the SDK's word, corrected by path and function.
//!
//! The rules are those of Sentry's default stack trace rules that concern JavaScript, Node and Python.

use super::Frame;

/// What the rules say of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameMark {
    /// The app's own code.
    pub in_app: bool,
    /// May be grouped by.
    pub group: bool,
}

/// Folders whose code is somebody else's.
const VENDOR_FOLDERS: [&str; 4] = ["node_modules", "site-packages", "dist-packages", "vendor"];
/// Hosts that serve somebody else's code.
const VENDOR_HOSTS: [&str; 4] = ["unpkg.com", "cdnjs.cloudflare.com", "cdn.jsdelivr.net", "esm.run"];
/// Modules of transpilers and polyfills: noise.
const NOISE_MODULES: [&str; 4] = ["@babel/", "core-js/", "regenerator-runtime/", "tslib/"];
/// Node's own task queue, and Babel's helper: noise.
const NOISE_FUNCTIONS: [&str; 6] =
    ["runMicrotasks", "queueMicrotask", "processTicksAndRejections", "runNextTicks", "nextTick", "_callSuper"];

/// Marks frames (crash frame last). Where the SDK said nothing of any frame, all count as the app's before the rules.
pub fn mark(frames: &[Frame], platform: &str) -> Vec<FrameMark> {
    let silent = frames.iter().all(|frame| frame.in_app.is_none());
    let mut marks: Vec<FrameMark> =
        frames.iter().map(|frame| mark_one(frame, frame.in_app.unwrap_or(silent), platform)).collect();
    if is_javascript(platform) {
        // What `reportError` is called with is reported, not thrown: nothing from it on is the app's.
        let reported = frames.iter().position(|frame| bare_function(frame) == Some("reportError"));
        for mark in marks.iter_mut().skip(reported.unwrap_or(frames.len())) {
            mark.in_app = false;
        }
    }
    marks
}

/// Whether the platform behaves like JavaScript.
pub(super) fn is_javascript(platform: &str) -> bool {
    matches!(platform, "javascript" | "node")
}

/// The function's name without what stands before the last dot: `process.nextTick` → `nextTick`.
pub(super) fn bare_function(frame: &Frame) -> Option<&str> {
    frame.function.as_deref().map(|function| function.rsplit('.').next().unwrap_or(function))
}

fn mark_one(frame: &Frame, said: bool, platform: &str) -> FrameMark {
    let module = frame.module.as_deref().unwrap_or_default();
    let mut mark = FrameMark { in_app: said, group: true };
    let paths = || [frame.abs_path.as_deref(), frame.filename.as_deref()].into_iter().flatten();
    if paths().any(is_telemetry) || module == "newrelic" || NOISE_MODULES.iter().any(|noise| module.starts_with(noise))
    {
        return FrameMark { in_app: false, group: false };
    }
    let runtime = is_javascript(platform) || frame.in_app != Some(true);
    if runtime && bare_function(frame).is_some_and(|function| NOISE_FUNCTIONS.contains(&function)) {
        return FrameMark { in_app: false, group: false };
    }
    if mark.in_app && (module.starts_with("unpkg/") || paths().any(is_vendor)) {
        mark.in_app = false;
    }
    mark
}

fn is_vendor(path: &str) -> bool {
    if let Some((scheme, rest)) = path.split_once("://")
        && scheme.starts_with("http")
        && VENDOR_HOSTS.iter().any(|host| rest.strip_prefix(host).is_some_and(|rest| rest.starts_with('/')))
    {
        return true;
    }
    path.starts_with("/usr/local/lib/")
        || path.contains("/.local/share/")
        || path.contains("/go/pkg/mod/")
        || folders(path).any(|folder| VENDOR_FOLDERS.iter().any(|vendor| folder.eq_ignore_ascii_case(vendor)))
}

fn is_telemetry(path: &str) -> bool {
    folders(path).any(|folder| folder.len() >= 8 && (holds(folder, "newrelic") || holds(folder, "logrocket")))
}

/// Whether `text` holds `needle` (lower-case ASCII), in any case; makes no copy.
fn holds(text: &str, needle: &str) -> bool {
    text.as_bytes().windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

/// The folders of a path or URL: its parts but the last.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit(['/', '\\']).skip(1)
}
