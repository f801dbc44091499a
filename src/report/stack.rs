//! A stack trace for a model: crash frame first, the app's frames marked, code around the nearest ones, noise folded.

use url::Url;

use super::lines::{Lines, one_line};
use crate::{
    event::{
        Event, Exception, Frame,
        in_app::{FrameMark, mark},
    },
    redact,
};

/// In-app frames that are shown with code around them.
const WITH_CODE: usize = 3;
/// Lines of code on each side of the crash line.
const AROUND: usize = 2;
/// Characters shown of a line of code.
const CODE_LINE: usize = 160;
/// Library frames shown where the crash is in a library; further ones are counted.
const LIBRARY_TOP: usize = 2;
/// Characters of the places of folded library frames.
const PLACES: usize = 200;
/// Longest cycle of frames that is folded.
const CYCLE: usize = 4;
/// Lines shown of an exception's message.
const MESSAGE_LINES: usize = 8;
/// Local variables shown of the nearest in-app frame that has any.
const VARS: usize = 10;

/// Writes the exceptions of an event, the thrown one first, each with its frames, in at most `budget` characters.
/// Everything in it is untrusted.
pub fn stack(event: &Event, budget: usize) -> String {
    let mut writer = Writer {
        lines: Lines::new(budget),
        origin: event.request.as_ref().and_then(|request| origin(request.url.as_deref()?)),
        code: WITH_CODE,
        vars: 1,
        left_out: 0,
    };
    let mut before: Option<&[Frame]> = None;
    let causes = event.exceptions.len();
    for (depth, exception) in event.exceptions.iter().rev().enumerate() {
        if !writer.lines.push(&head(exception, depth)) {
            writer.left_out += exception.frames.len();
            let rest = causes - depth;
            writer
                .lines
                .note(&format!("({rest} more {} left out)", if rest == 1 { "exception" } else { "exceptions" }));
            break;
        }
        let common = before.map_or(0, |outer| common_callers(outer, &exception.frames));
        writer.frames(&exception.frames, common, &event.platform);
        before = Some(&exception.frames);
    }
    if event.exceptions.iter().all(|exception| exception.frames.is_empty()) {
        writer.frames(&event.frames, 0, &event.platform);
    }
    if writer.left_out > 0 {
        writer.lines.note(&format!("({} frames left out)", writer.left_out));
    }
    writer.lines.finish()
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

/// A line of the trace.
struct Row<'a> {
    text: String,
    frame: Option<&'a Frame>,
    in_app: bool,
    /// Frames that it stands for.
    stands_for: usize,
}

struct Writer {
    lines: Lines,
    origin: Option<String>,
    code: usize,
    vars: usize,
    left_out: usize,
}

impl Writer {
    /// Writes frames (crash frame last), without the `common` outermost ones.
    fn frames(&mut self, frames: &[Frame], common: usize, platform: &str) {
        let marks = mark(frames, platform);
        let rows: Vec<Row<'_>> = frames.iter().zip(marks).skip(common).rev().map(|(f, m)| self.row(f, m)).collect();
        let rows = fold_library(fold_cycles(rows));
        for row in rows {
            if !self.lines.push(&row.text) {
                self.left_out += row.stands_for;
                continue;
            }
            if let Some(frame) = row.frame.filter(|_| row.in_app) {
                self.code_of(frame);
                self.vars_of(frame);
            }
        }
        if common > 0 {
            self.lines.push(&format!("  … {common} frames as above"));
        }
    }

    fn row<'a>(&self, frame: &'a Frame, mark: FrameMark) -> Row<'a> {
        let place = frame.location().or_else(|| frame.module.clone()).unwrap_or_else(|| "(unknown file)".to_owned());
        let place = self.origin.as_deref().and_then(|origin| place.strip_prefix(origin)).unwrap_or(&place);
        let function = match frame.function.as_deref() {
            None | Some("" | "?" | "<anonymous>") => String::new(),
            Some(name) => format!(" in {}", one_line(name, 120)),
        };
        let star = if mark.in_app { '*' } else { ' ' };
        Row {
            text: format!("{star} {}{function}", one_line(place, 240)),
            frame: Some(frame),
            in_app: mark.in_app,
            stands_for: 1,
        }
    }

    fn code_of(&mut self, frame: &Frame) {
        let Some(line) = frame.context_line.as_deref().filter(|_| self.code > 0) else { return };
        self.code -= 1;
        let before = frame.pre_context.get(frame.pre_context.len().saturating_sub(AROUND)..).unwrap_or_default();
        let after = frame.post_context.get(..frame.post_context.len().min(AROUND)).unwrap_or_default();
        let all = before.iter().map(String::as_str).chain([line]).chain(after.iter().map(String::as_str));
        let indent = all.clone().filter(|line| !line.trim().is_empty()).map(indent_of).min().unwrap_or(0);
        let first = frame.lineno.map(|number| number.saturating_sub(u32::try_from(before.len()).unwrap_or(0)));
        for (index, text) in all.enumerate() {
            let crash = index == before.len();
            let number = first.map(|first| (u64::from(first) + index as u64).to_string()).unwrap_or_default();
            let text = code_line(text, indent, frame.colno.filter(|_| crash));
            let mark = if crash { '>' } else { ' ' };
            if !self.lines.push(format!("    {mark} {number:>4} | {text}").trim_end()) {
                return;
            }
        }
    }

    fn vars_of(&mut self, frame: &Frame) {
        if self.vars == 0 || frame.vars.is_empty() {
            return;
        }
        self.vars -= 1;
        let shown = frame.vars.iter().take(VARS).map(|(name, value)| {
            let text = match value.as_str() {
                // Cut first: an SDK may send megabytes of them.
                Some(text) => redact::text(&one_line(text, 200)),
                None => redact::json(value).to_string(),
            };
            format!("{}={}", one_line(name, 40), one_line(redact::shown(name, &text), 80))
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = frame.vars.len().saturating_sub(VARS);
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        self.lines.push(&format!("      locals: {shown}{more}"));
    }
}

/// Frames that repeat one after the other, alone or in a cycle, are said once with their count.
fn fold_cycles(rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let repeats = |at: usize, period: usize| -> usize {
        let Some(cycle) = texts.get(at..at + period) else { return 0 };
        texts.get(at..).map_or(0, |rest| rest.chunks(period).take_while(|chunk| *chunk == cycle).count())
    };
    let mut folds = Vec::new();
    let mut at = 0;
    while at < texts.len() {
        let fold = (1..=CYCLE).map(|period| (period, repeats(at, period))).find(|(_, times)| *times > 2);
        let (period, times) = fold.unwrap_or((1, 1));
        folds.push((period, times));
        at += period * times;
    }
    let mut out = Vec::new();
    let mut rows = rows.into_iter();
    for (period, times) in folds {
        let start = out.len();
        out.extend(rows.by_ref().take(period));
        rows.by_ref().take(period * (times - 1)).for_each(drop);
        match (period, out.get_mut(start)) {
            (_, _) if times == 1 => {}
            (1, Some(only)) => {
                only.text.push_str(&format!(" ×{times}"));
                only.stands_for = times;
            }
            _ => {
                let in_app = out.get(start..).is_some_and(|cycle| cycle.iter().any(|row| row.in_app));
                let text = format!("  … the {period} frames above ×{times}");
                out.push(Row { text, frame: None, in_app, stands_for: period * (times - 1) });
            }
        }
    }
    out
}

/// Runs of library frames are counted where the app has frames too; the crash itself is always shown.
fn fold_library(rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    if !rows.iter().any(|row| row.in_app) {
        return rows;
    }
    let mut out: Vec<Row<'_>> = Vec::new();
    let mut run: Vec<Row<'_>> = Vec::new();
    let flush = |run: &mut Vec<Row<'_>>, out: &mut Vec<Row<'_>>| {
        let keep = if out.is_empty() { LIBRARY_TOP } else { 0 };
        if run.len() <= keep + 1 {
            return out.len();
        }
        let folded: Vec<Row<'_>> = run.drain(keep..).collect();
        let stands_for = folded.iter().map(|row| row.stands_for).sum();
        let text = format!("  … {stands_for} library frames{}", places(&folded));
        run.push(Row { text, frame: None, in_app: false, stands_for });
        out.len()
    };
    for row in rows {
        if row.in_app {
            flush(&mut run, &mut out);
            out.append(&mut run);
            out.push(row);
        } else {
            run.push(row);
        }
    }
    flush(&mut run, &mut out);
    out.append(&mut run);
    out
}

/// Where folded frames are, file by file, as far as it fits in a line: `: express/lib/router.js:95,281 body-parser.js:7`.
fn places(folded: &[Row<'_>]) -> String {
    let mut said = String::new();
    let mut last = "";
    for frame in folded.iter().filter_map(|row| row.frame) {
        let Some(file) = frame.filename.as_deref().or(frame.abs_path.as_deref()).or(frame.module.as_deref()) else {
            continue;
        };
        let file = packaged(file);
        let line = frame.lineno.map(|line| line.to_string());
        let more = match (&line, file == last) {
            (Some(line), true) => format!(",{line}"),
            (None, true) => continue,
            (Some(line), false) => format!(" {}:{line}", one_line(file, 60)),
            (None, false) => format!(" {}", one_line(file, 60)),
        };
        if said.len() + more.len() > PLACES {
            said.push_str(" …");
            break;
        }
        said.push_str(&more);
        last = file;
    }
    if said.is_empty() { said } else { format!(":{said}") }
}

/// A library's file from its package on.
fn packaged(file: &str) -> &str {
    ["node_modules/", "site-packages/", "dist-packages/", "/gems/", "vendor/"]
        .iter()
        .find_map(|folder| file.rsplit_once(folder).map(|(_, rest)| rest))
        .unwrap_or(file)
}

fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    url.host_str()?;
    Some(url.origin().ascii_serialization())
}

fn indent_of(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).count()
}

/// A line of code without the common indent; of a longer one the part around the column.
fn code_line(line: &str, indent: usize, column: Option<u32>) -> String {
    let length = line.chars().count();
    if length <= CODE_LINE + indent {
        return line.chars().skip(indent).collect();
    }
    let column = column.map_or(0, |column| column as usize);
    let start = column.saturating_sub(CODE_LINE / 2).max(indent).min(length - CODE_LINE);
    let part: String = line.chars().skip(start).take(CODE_LINE).collect();
    let (head, tail) = (if start > indent { "…" } else { "" }, if start + CODE_LINE < length { "…" } else { "" });
    format!("{head}{part}{tail}")
}
