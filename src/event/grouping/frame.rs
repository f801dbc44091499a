//! What of a frame contributes to a hash.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use super::part::FrameParts;
use crate::event::{Frame, in_app::is_javascript};

/// A source line longer than this is built code, and says nothing.
const MAX_CONTEXT_LINE: usize = 120;

/// The contributing values of `frame`; empty = it does not contribute.
pub(super) fn parts<'a>(frame: &'a Frame, platform: &str) -> FrameParts<'a> {
    let javascript = is_javascript(platform);
    let bare = bare(frame, javascript);
    if javascript && (bare == Some("eval") || frame.abs_path.as_deref().is_some_and(is_engine_path)) {
        return FrameParts::default();
    }
    let line = context_line(frame, platform, javascript);
    // Function names of source maps are guesses: a line that we have is better.
    let mapped = frame.generated.is_some() && line.is_some();
    FrameParts {
        file: module(frame, platform).or_else(|| file(frame)),
        function: bare.filter(|_| !mapped).and_then(|name| function(name, platform)),
        line,
    }
}

/// Whether a frame says the same as the one before it: a recursive call.
pub(super) fn is_recursion(frame: &Frame, before: Option<&Frame>) -> bool {
    before.is_some_and(|before| {
        frame.lineno == before.lineno
            && frame.colno == before.colno
            && frame.function == before.function
            && frame.filename == before.filename
            && frame.abs_path == before.abs_path
            && frame.module == before.module
            && frame.package == before.package
    })
}

/// Whether a frame is code that a page gave without a function name: nothing to group by.
pub(super) fn is_nameless_url(frame: &Frame) -> bool {
    let nameless = frame.function.as_deref().is_none_or(|name| name.is_empty() || is_anonymous(name));
    nameless && has_url_origin(path(frame), true)
}

fn path(frame: &Frame) -> &str {
    frame.abs_path.as_deref().or(frame.filename.as_deref()).unwrap_or_default()
}

fn has_url_origin(path: &str, files_too: bool) -> bool {
    ["http:", "https:", "blob:", "applewebdata:"].iter().any(|scheme| path.starts_with(scheme))
        || (files_too && path.starts_with("file:"))
}

fn is_engine_path(path: &str) -> bool {
    matches!(path, "[native code]" | "native code" | "eval code" | "<anonymous>")
}

fn is_anonymous(function: &str) -> bool {
    matches!(function, "?" | "<anonymous>" | "<anonymous function>" | "Anonymous function") || function.ends_with("/<")
}

/// The function's name; for JavaScript what stands after the last dot, since browsers differ in what stands before it.
fn bare(frame: &Frame, javascript: bool) -> Option<&str> {
    let name = frame.function.as_deref().filter(|name| !name.is_empty())?;
    Some(if javascript { name.rsplit('.').next().unwrap_or(name) } else { name })
}

fn function<'a>(name: &'a str, platform: &str) -> Option<Cow<'a, str>> {
    let plain = Some(Cow::Borrowed(name));
    match platform {
        "javascript" | "node" if is_anonymous(name) || name.is_empty() => None,
        "ruby" if name.starts_with("block ") => Some(Cow::Borrowed("block")),
        "ruby" => Some(ERB.as_ref().map_or(Cow::Borrowed(name), |erb| erb.replace(name, ""))),
        "php" if name.starts_with("[Anonymous") || name.starts_with("class@anonymous\0") => None,
        "php" if name.starts_with("class@anonymous") => Some(Cow::Borrowed(name.rsplit("::").next().unwrap_or(name))),
        "java" if name.starts_with("lambda$") => None,
        "native" | "c" | "rust" | "cocoa" | "objc" | "swift" if matches!(name, "<redacted>" | "<unknown>") => None,
        _ => plain,
    }
}

/// Suffix that Rails gives to a compiled template's method.
static ERB: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"__\d{4,}_\d{4,}$").ok());

/// What code generators append to a Java class name: it changes from run to run.
static CODEGEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        ( \.Generated(?:Serialization)?(?:Constructor|Method)Accessor | \$fn__ ) \d+ |
        ( \$\$?(?:EnhancerBy|FastClassBy)\w+?\$\$? | \$\$\w+?CGLIB\$\$ ) [0-9a-fA-F]+ (?:_\d+)? |
        ( \$\$_javassist ) (?:_seam)? (?:_\d+)? |
        ( \$\$?HibernateProxy\$\$? ) \w+",
    )
    .ok()
});

fn module<'a>(frame: &'a Frame, platform: &str) -> Option<Cow<'a, str>> {
    let module = frame.module.as_deref().filter(|module| !module.is_empty())?;
    match platform {
        // A path that an SDK took for a module: it says no more than the file.
        "javascript"
            if module.contains('/') && frame.abs_path.as_deref().is_some_and(|path| path.ends_with(module)) =>
        {
            None
        }
        "java" if module.contains("$$Lambda$") => None,
        "java" => Some(
            CODEGEN.as_ref().map_or(Cow::Borrowed(module), |generated| generated.replace_all(module, "$1$2$3$4<auto>")),
        ),
        _ => Some(Cow::Borrowed(module)),
    }
}

fn file(frame: &Frame) -> Option<Cow<'_, str>> {
    let name = frame.filename.as_deref()?;
    if has_url_origin(path(frame), false) || matches!(name, "<anonymous>" | "[native code]") {
        return None;
    }
    let base = name.rsplit(['/', '\\']).next().filter(|base| !base.is_empty())?;
    Some(if base.bytes().any(|byte| byte.is_ascii_uppercase()) || !base.is_ascii() {
        Cow::Owned(base.to_lowercase())
    } else {
        Cow::Borrowed(base)
    })
}

fn context_line<'a>(frame: &'a Frame, platform: &str, javascript: bool) -> Option<Cow<'a, str>> {
    if !matches!(platform, "javascript" | "node" | "python" | "php" | "ruby") {
        return None;
    }
    let raw = frame.context_line.as_deref()?;
    if raw.chars().nth(MAX_CONTEXT_LINE).is_some()
        || (javascript && is_nameless(frame) && has_url_origin(path(frame), true))
    {
        return None;
    }
    let line = raw.trim();
    let collapsed =
        line.is_empty() || line.contains("  ") || line.bytes().any(|b| b != b' ' && b.is_ascii_whitespace());
    let line =
        if collapsed { Cow::Owned(line.split_whitespace().collect::<Vec<_>>().join(" ")) } else { Cow::Borrowed(line) };
    (!line.is_empty()).then_some(line)
}

fn is_nameless(frame: &Frame) -> bool {
    frame.function.as_deref().is_none_or(str::is_empty)
}
