//! A stack trace for a model: crash frame first, the app's frames marked, code around the nearest ones, noise folded.

use std::collections::HashSet;

use url::Url;

use super::{
    code::{code, locals},
    fold::{FrameRow, fold_cycles, fold_library},
    lines::one_line,
    section::{Block, Row, Section, fit},
};
use crate::{
    event::{
        Event, Exception, Frame, InWorkspace,
        in_app::{FrameMark, mark},
    },
    redact,
};

/// Lines shown of an exception's message.
const MESSAGE_LINES: usize = 8;
/// Exceptions whose head and crash frame are shown even where frames have to go.
const MUST: usize = 10;

/// How much of a stack is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Library frames are counted.
    Folded,
    /// Every frame is a row, more of them with code.
    Whole,
}

/// Writes the exceptions of an event, the thrown one first, each with its frames, in at most `budget` characters.
/// Everything in it is untrusted.
pub fn stack(event: &Event, budget: usize) -> String {
    let rows = rows(event, Detail::Folded);
    fit(&Block::lines(Section::Stack, "", rows), budget)
}

/// The title of the section: what the mark means, and whether the files are at hand.
pub(super) fn title(event: &Event) -> String {
    let found = match where_files_are(event) {
        Files::Unknown | Files::Some => "",
        Files::All => ", in this workspace",
        Files::None => ", not in this workspace",
    };
    format!("Stack, crash first (* = the app's code{found})")
}

/// The rows of the section.
pub(super) fn rows(event: &Event, detail: Detail) -> Vec<Row> {
    let whole = detail == Detail::Whole;
    let mut writer = Writer {
        rows: Vec::new(),
        origin: event.request.as_ref().and_then(|request| origin(request.url.as_deref()?)),
        detail,
        code: if whole { 12 } else { 3 },
        vars: if whole { 6 } else { 1 },
        around: 2,
        mark_files: where_files_are(event) == Files::Some,
        absent: HashSet::new(),
    };
    let mut before: Option<&[Frame]> = None;
    for (depth, exception) in event.exceptions.iter().rev().enumerate() {
        writer.around = 2;
        writer.rows.push(Row { text: head(exception, depth) + &omitted(exception.omitted), stands_for: 0, must: true });
        let common = before.map_or(0, |outer| common_callers(outer, &exception.frames));
        writer.frames(&exception.frames, common, &event.platform, depth < MUST);
        before = Some(&exception.frames);
    }
    if event.exceptions.iter().all(|exception| exception.frames.is_empty()) {
        if event.omitted > 0 {
            writer.rows.push(Row { text: omitted(event.omitted).trim().to_owned(), stands_for: 0, must: true });
        }
        writer.frames(&event.frames, 0, &event.platform, true);
    }
    writer.rows
}

/// The rows of frames alone (crash frame last), for a thread.
pub(super) fn frame_rows(event: &Event, frames: &[Frame]) -> Vec<Row> {
    let mut writer = Writer {
        rows: Vec::new(),
        origin: event.request.as_ref().and_then(|request| origin(request.url.as_deref()?)),
        detail: Detail::Folded,
        code: 0,
        vars: 0,
        around: 0,
        mark_files: false,
        absent: HashSet::new(),
    };
    writer.frames(frames, 0, &event.platform, false);
    writer.rows
}

/// A word on the frames that were dropped when the event was sent or read.
fn omitted(frames: usize) -> String {
    if frames == 0 { String::new() } else { format!(" [{frames} frames of its middle were dropped before]") }
}

/// Where the app's files of a stack are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Files {
    /// That was not looked for.
    Unknown,
    All,
    Some,
    None,
}

fn where_files_are(event: &Event) -> Files {
    let frames = event.exceptions.iter().flat_map(|exception| &exception.frames).chain(&event.frames);
    let (mut found, mut not) = (false, false);
    for frame in frames {
        match &frame.workspace {
            Some(InWorkspace::File(..)) => found = true,
            Some(_) => not = true,
            None => {}
        }
    }
    match (found, not) {
        (true, false) => Files::All,
        (true, true) => Files::Some,
        (false, true) => Files::None,
        (false, false) => Files::Unknown,
    }
}

/// `TypeError: x is undefined (unhandled, onerror)`; further lines of the message indented.
fn head(exception: &Exception, depth: usize) -> String {
    let mechanism = exception.mechanism.as_ref();
    let relation = match mechanism.and_then(|mechanism| mechanism.source.as_deref()) {
        _ if depth == 0 => String::new(),
        Some("__context__") => "raised while handling ".to_owned(),
        Some(source) if source.contains('[') => format!("{} ", one_line(source, 40)),
        _ => "caused by ".to_owned(),
    };
    let ty = exception.ty.as_deref().filter(|_| !exception.is_synthetic());
    let handled = match mechanism.and_then(|mechanism| mechanism.handled) {
        Some(false) if depth == 0 => " (unhandled)",
        _ => "",
    };
    // A secret of several lines is known by its first one, and words of ours come between them.
    let value: String = exception.value.iter().flat_map(|value| value.chars()).take(2 * 300 * MESSAGE_LINES).collect();
    let value = redact::text(&value);
    let mut lines = value.trim_start().lines().map(|line| one_line(line, 300));
    let first = lines.next();
    let words = match (ty, first) {
        (Some(ty), Some(first)) => format!("{}: {first}", one_line(ty, 120)),
        (Some(ty), None) => one_line(ty, 120),
        (None, Some(first)) => first,
        (None, None) => "(no type, no message)".to_owned(),
    };
    let more: String = lines.by_ref().take(MESSAGE_LINES - 1).map(|line| format!("\n  {line}")).collect();
    let cut = if lines.next().is_some() { "\n  …" } else { "" };
    format!("{relation}{words}{handled}{more}{cut}")
}

/// How many outermost frames both stacks share: the callers of both, said once.
fn common_callers(outer: &[Frame], inner: &[Frame]) -> usize {
    let same = |(a, b): &(&Frame, &Frame)| {
        a.function == b.function && a.lineno == b.lineno && a.filename == b.filename && a.abs_path == b.abs_path
    };
    let common = outer.iter().zip(inner).take_while(same).count();
    // One shared frame is shorter than the words that would stand for it.
    if common > 1 { common.min(inner.len().saturating_sub(1)) } else { 0 }
}

struct Writer {
    rows: Vec<Row>,
    origin: Option<String>,
    detail: Detail,
    /// Frames that still get code, and locals.
    code: usize,
    vars: usize,
    /// Lines of code on each side of the next frame that gets code.
    around: usize,
    /// Rows say where a file is not at hand.
    mark_files: bool,
    /// Files that were said not to be at hand.
    absent: HashSet<String>,
}

impl Writer {
    /// Writes frames (crash frame last), without the `common` outermost ones; `must`: the first of them in any case.
    fn frames(&mut self, frames: &[Frame], common: usize, platform: &str, must: bool) {
        let marks = mark(frames, platform);
        let rows: Vec<FrameRow<'_>> =
            frames.iter().zip(marks).skip(common).rev().map(|(f, m)| self.row(f, m)).collect();
        let rows = match self.detail {
            Detail::Whole => rows,
            Detail::Folded => fold_library(fold_cycles(rows)),
        };
        let before = self.code;
        for (at, row) in rows.into_iter().enumerate() {
            self.rows.push(Row { text: row.text, stands_for: row.stands_for, must: must && at == 0 });
            // In short, only the nearest frame of each exception shows its code.
            let coded = self.detail == Detail::Folded && self.code < before;
            if let Some(frame) = row.frame.filter(|_| row.in_app && !coded) {
                self.code_of(frame);
            }
        }
        if common > 0 {
            self.rows.push(Row { text: format!("  … {common} frames as above"), stands_for: common, must: false });
        }
    }

    fn row<'a>(&mut self, frame: &'a Frame, mark: FrameMark) -> FrameRow<'a> {
        let place = place(frame);
        let place = self.origin.as_deref().and_then(|origin| place.strip_prefix(origin)).unwrap_or(&place);
        let function = match frame.function.as_deref() {
            None | Some("" | "?" | "<anonymous>") => String::new(),
            Some(name) => format!(" {}", one_line(name, 120)),
        };
        let star = if mark.in_app { '*' } else { ' ' };
        let file = match &frame.workspace {
            Some(InWorkspace::File(_, Some(false))) => " (the file has changed since)".to_owned(),
            Some(InWorkspace::Several(files)) => format!(" (one of {files} files of that name)"),
            Some(InWorkspace::No) if self.mark_files && self.absent.insert(file_of(frame)) => {
                " (not in the workspace)".to_owned()
            }
            _ => String::new(),
        };
        FrameRow {
            text: format!("{star} {}{function}{file}", one_line(place, 240)),
            frame: Some(frame),
            in_app: mark.in_app,
            stands_for: 1,
        }
    }

    fn code_of(&mut self, frame: &Frame) {
        // Around the crash; of a cause the line itself says enough.
        let around = match self.detail {
            Detail::Whole => 4,
            Detail::Folded => std::mem::take(&mut self.around),
        };
        if self.code > 0 {
            let code = code(frame, around);
            self.code -= usize::from(!code.is_empty());
            self.rows.extend(code);
        }
        if self.vars > 0
            && let Some(locals) =
                if self.detail == Detail::Whole { locals(frame, 40, 300) } else { locals(frame, 10, 80) }
        {
            self.vars -= 1;
            self.rows.push(locals);
        }
    }
}

fn file_of(frame: &Frame) -> String {
    frame.filename.clone().or_else(|| frame.abs_path.clone()).unwrap_or_default()
}

/// `src/pay.ts:42:13`: the file in the workspace where that is known.
fn place(frame: &Frame) -> String {
    let found = match &frame.workspace {
        Some(InWorkspace::File(path, _)) => {
            Frame { filename: Some(path.clone()), lineno: frame.lineno, colno: frame.colno, ..Frame::default() }
                .location()
        }
        _ => frame.location(),
    };
    found.or_else(|| frame.module.clone()).unwrap_or_else(|| "(unknown file)".to_owned())
}

fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    url.host_str()?;
    Some(url.origin().ascii_serialization())
}
