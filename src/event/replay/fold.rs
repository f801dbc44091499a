//! One act that two observers saw becomes one moment, and so do moments that repeat.

use super::{Kind, Moment, Sight};

/// What rrweb and the SDK see of one click, or of one navigation, is no further apart (seconds).
const SAME_CLICK: f64 = 1.0;
const SAME_PAGE: f64 = 2.0;
/// Typing in one field goes on with pauses of at most this (seconds).
const TYPING: f64 = 10.0;

/// Joins what belongs together in moments that are in order.
pub fn folded(moments: Vec<Moment>) -> Vec<Moment> {
    let mut out: Vec<Moment> = Vec::with_capacity(moments.len());
    for moment in moments {
        if let Some(seen) = same_act(&mut out, &moment) {
            // The SDK's words are the better ones for an element; where the page came from is worth saying.
            if moment.sight == Sight::Sdk || (moment.kind == Kind::Page && moment.says.contains('→')) {
                seen.says = moment.says;
            }
            seen.sight = Sight::Both;
            continue;
        }
        match out.last_mut() {
            Some(last) if typing(last, &moment) => {
                if moment.says.contains(": ") {
                    last.says = moment.says;
                }
                last.until = moment.at;
            }
            Some(last) if last.kind == moment.kind && last.bad == moment.bad && alike(last, &moment) => {
                last.times += moment.times;
                last.until = moment.until;
            }
            _ => out.push(moment),
        }
    }
    out
}

/// Another sight of an act that is there already.
fn same_act<'a>(seen: &'a mut [Moment], moment: &Moment) -> Option<&'a mut Moment> {
    let near = match moment.kind {
        Kind::Click => SAME_CLICK,
        Kind::Page => SAME_PAGE,
        _ => return None,
    };
    let recent = seen.iter_mut().rev().take(20).take_while(|old| moment.at - old.until <= near);
    let mut recent = recent.filter(|old| old.kind == moment.kind);
    match moment.kind {
        Kind::Page => recent.find(|old| same_page(&old.says, &moment.says)),
        // Two sights of one click come from two observers; two clicks come from one of them.
        _ => recent.find(|old| {
            let both = matches!((old.sight, moment.sight), (Sight::Rrweb, Sight::Sdk) | (Sight::Sdk, Sight::Rrweb));
            both && old.times == 1 && old.node.zip(moment.node).is_none_or(|(a, b)| a == b)
        }),
    }
}

/// Whether two addresses, or the ends of two changes of address, are of one page: one may be relative.
fn same_page(a: &str, b: &str) -> bool {
    let end = |text: &str| -> String {
        let to = text.rsplit(" → ").next().unwrap_or(text);
        to.split(" (").next().unwrap_or(to).trim_end_matches('/').to_owned()
    };
    let (a, b) = (end(a), end(b));
    !a.is_empty() && !b.is_empty() && (a.ends_with(&b) || b.ends_with(&a))
}

fn typing(last: &Moment, next: &Moment) -> bool {
    let same = last.node.is_some() && last.node == next.node;
    last.kind == Kind::Input && next.kind == Kind::Input && same && next.at - last.until <= TYPING
}

/// Whether two moments say the same but for numbers; a status is no mere number.
fn alike(a: &Moment, b: &Moment) -> bool {
    if a.says == b.says {
        return true;
    }
    let words = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let may = matches!(a.kind, Kind::Request | Kind::Note | Kind::Measure);
    let status = |text: &str| -> Option<String> {
        let mut words = text.split(' ').skip(2);
        words.next().map(str::to_owned)
    };
    may && words(&a.says) == words(&b.says) && (a.kind != Kind::Request || status(&a.says) == status(&b.says))
}

/// The moments from `before` seconds before `at` until `after` seconds after it.
pub fn window(moments: &[Moment], at: f64, before: f64, after: f64) -> &[Moment] {
    let start = moments.partition_point(|moment| moment.until < at - before);
    let end = moments.partition_point(|moment| moment.at <= at + after);
    moments.get(start..end).unwrap_or_default()
}
