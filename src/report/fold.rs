//! Frames of a stack folded: cycles said once with their count, runs of library frames counted.

use super::lines::one_line;
use crate::event::Frame;

/// Library frames shown where the crash is in a library; further ones are folded.
const LIBRARY_TOP: usize = 2;
/// Longest cycle of frames that is folded.
const CYCLE: usize = 4;
/// Characters of the places of folded library frames.
const PLACES: usize = 400;

/// A frame of the trace, or what stands for several.
#[derive(Debug)]
pub(super) struct FrameRow<'a> {
    pub text: String,
    pub frame: Option<&'a Frame>,
    pub in_app: bool,
    /// Frames that it stands for.
    pub stands_for: usize,
}

/// Frames that repeat one after the other, alone or in a cycle, are said once with their count.
pub(super) fn fold_cycles(rows: Vec<FrameRow<'_>>) -> Vec<FrameRow<'_>> {
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
                out.push(FrameRow { text, frame: None, in_app, stands_for: period * (times - 1) });
            }
        }
    }
    out
}

/// Runs of library frames are counted where the app has frames too; the crash itself is always shown.
pub(super) fn fold_library(rows: Vec<FrameRow<'_>>) -> Vec<FrameRow<'_>> {
    if !rows.iter().any(|row| row.in_app) {
        return rows;
    }
    let mut out: Vec<FrameRow<'_>> = Vec::new();
    let mut run: Vec<FrameRow<'_>> = Vec::new();
    let mut folds = Vec::new();
    for row in rows {
        if row.in_app {
            flush(&mut run, &mut out, &mut folds);
            out.push(row);
        } else {
            run.push(row);
        }
    }
    flush(&mut run, &mut out, &mut folds);
    let text = match folds.as_slice() {
        [] => return out,
        // One run says itself where it is.
        [(at, frames)] => {
            if let Some(row) = out.get_mut(*at) {
                row.text.push_str(&places(frames));
            }
            return out;
        }
        // The same files come again from run to run: they are named once for all.
        many => places(&many.iter().flat_map(|(_, frames)| frames.iter().copied()).collect::<Vec<_>>()),
    };
    if !text.is_empty() {
        out.push(FrameRow { text: format!("  Library frames{text}"), frame: None, in_app: false, stands_for: 0 });
    }
    out
}

/// Folded frames, and which row stands for them.
type Fold<'a> = (usize, Vec<&'a Frame>);

fn flush<'a>(run: &mut Vec<FrameRow<'a>>, out: &mut Vec<FrameRow<'a>>, folds: &mut Vec<Fold<'a>>) {
    let keep = if out.is_empty() { LIBRARY_TOP } else { 0 };
    if run.len() <= keep + 1 {
        out.append(run);
        return;
    }
    let rest = run.split_off(keep);
    out.append(run);
    let folded = |rows: &[FrameRow<'a>]| rows.iter().map(|row| row.stands_for).sum::<usize>();
    let text = format!("  … {} library frames", folded(&rest));
    folds.push((out.len(), rest.iter().filter_map(|row| row.frame).collect()));
    out.push(FrameRow { text, frame: None, in_app: false, stands_for: folded(&rest) });
}

/// Where folded frames are, file by file, as far as it fits in a line: `: express/lib/router.js:95,281 body-parser.js:7`.
fn places(folded: &[&Frame]) -> String {
    let mut files: Vec<(&str, Vec<u32>)> = Vec::new();
    for frame in folded {
        let Some(file) = frame.filename.as_deref().or(frame.abs_path.as_deref()).or(frame.module.as_deref()) else {
            continue;
        };
        let file = packaged(file);
        match files.iter_mut().find(|(known, _)| *known == file) {
            Some((_, lines)) => lines.extend(frame.lineno),
            None => files.push((file, frame.lineno.into_iter().collect())),
        }
    }
    let mut said = String::new();
    for (file, lines) in files {
        let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
        let colon = if lines.is_empty() { "" } else { ":" };
        let more = format!(" {}{colon}{}", one_line(file, 60), lines.join(","));
        if said.len() + more.len() > PLACES {
            said.push_str(" …");
            break;
        }
        said.push_str(&more);
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
