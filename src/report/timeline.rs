//! A replay's moments as lines for a model: relative times, what tells of a fault never left out first. Untrusted.

use super::lines::{Lines, one_line};
use crate::event::replay::{Kind, Moment};

/// Characters of one moment.
const LINE: usize = 260;

/// Moments around `zero` (seconds since the epoch) in at most `budget` characters; what is farthest before it goes first.
pub fn around(moments: &[Moment], zero: f64, budget: usize) -> String {
    let nearest = moments.partition_point(|moment| moment.at <= zero);
    let (before, after) = moments.split_at_checked(nearest).unwrap_or((moments, &[]));
    let mut head: Vec<String> = Vec::new();
    let mut left = budget * 4 / 5;
    for moment in before.iter().rev() {
        let line = said(moment, zero);
        let Some(rest) = left.checked_sub(line.chars().count() + 1) else { break };
        left = rest;
        head.push(line);
    }
    let mut lines = Lines::new(usize::MAX);
    let earlier = before.len() - head.len();
    if earlier > 0 {
        lines.note(&format!("  ({earlier} earlier left out)"));
    }
    for line in head.iter().rev() {
        lines.push(line);
    }
    let mut tail = Lines::new(budget / 5 + left);
    let shown = after.iter().take_while(|moment| tail.push(&said(moment, zero))).count();
    if shown < after.len() {
        tail.note(&format!("  ({} later left out)", after.len() - shown));
    }
    lines.finish() + &tail.finish()
}

/// All moments from `zero` on in at most `budget` characters. Where they are too many, first what merely went well is
/// left out, then what comes last.
pub fn whole(moments: &[Moment], zero: f64, budget: usize) -> String {
    let all: Vec<&Moment> = moments.iter().collect();
    let fits = |moments: &[&Moment]| moments.iter().map(|m| said(m, zero).chars().count() + 1).sum::<usize>() <= budget;
    let quiet = |moment: &&&Moment| {
        moment.bad || !matches!(moment.kind, Kind::Request | Kind::Measure | Kind::Note | Kind::Console)
    };
    let shown: Vec<&Moment> = if fits(&all) { all } else { all.iter().filter(quiet).copied().collect() };
    let dropped = moments.len() - shown.len();
    let mut lines = Lines::new(budget);
    let count = shown.iter().take_while(|moment| lines.push(&said(moment, zero))).count();
    if count < shown.len() {
        lines.note(&format!("  ({} later left out)", shown.len() - count));
    }
    if dropped > 0 {
        lines.note(&format!("  ({dropped} requests, measures and notes that went well left out)"));
    }
    lines.finish()
}

fn said(moment: &Moment, zero: f64) -> String {
    let mark = if moment.bad { '!' } else { ' ' };
    let times = match moment.times {
        1 => String::new(),
        times => format!(" ×{times} until {}", relative(moment.until - zero)),
    };
    let says = one_line(&moment.says, LINE);
    format!("{:>8} {mark} {} {says}{times}", relative(moment.at - zero), moment.kind.word())
}

/// `-3.2s`, `+0.4s`, `0s`, `-2m05s`.
pub fn relative(seconds: f64) -> String {
    let sign = if seconds < 0.0 { '-' } else { '+' };
    let size = seconds.abs();
    if size < 0.05 {
        "0s".to_owned()
    } else if size < 120.0 {
        format!("{sign}{size:.1}s")
    } else {
        format!("{sign}{:.0}m{:02.0}s", (size / 60.0).floor(), (size % 60.0).floor())
    }
}
