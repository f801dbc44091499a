//! A trace for a model: its errors, its slowest path, what is repeated, and the part of the tree that is worth a look.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Text, count};
use crate::{
    event::{
        trace::{Fault, Node, Tree},
        trace_shape::{Group, Line},
    },
    redact,
};

/// Characters of the tree.
const TREE: usize = 3_600;
/// Lines of the tree, fewer where they are long.
const BUDGETS: [usize; 5] = [48, 36, 26, 18, 10];
/// Spans of a page of the whole list.
pub const PAGE: usize = 40;
/// Errors that are listed, and characters of the list.
const ERRORS: usize = 12;
const LIST: usize = 1_600;
/// Steps of the slowest path that are named.
const STEPS: usize = 8;
/// Repetitions that are listed.
const REPEATED: usize = 4;

/// What of a trace is shown.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// A span whose part of the tree is shown; none = the whole.
    pub span: Option<usize>,
    /// The place in the whole list at which a page begins; none = an overview.
    pub skip: Option<usize>,
}

/// A trace, small.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct TraceFacts {
    /// 32 hex.
    pub trace: String,
    /// All spans.
    pub spans: u64,
    /// From the first start to the last end.
    pub millis: f64,
    /// Errors and other issues, by time; at most 12.
    pub errors: Vec<FaultFacts>,
    /// Errors in all
    pub error_count: u64,
    /// Performance issues in all
    pub occurrence_count: u64,
    /// Projects or services.
    pub services: Vec<String>,
    /// From the longest root down.
    pub slowest: Vec<StepFacts>,
    /// Equal spans below one span, the most time first.
    pub repeated: Vec<RepeatedFacts>,
}

/// An error of a trace.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct FaultFacts {
    event: String,
    issue: Option<String>,
    title: String,
    span: Option<String>,
    /// A performance issue or the like, and no error
    occurrence: bool,
}

/// A step of the slowest path.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct StepFacts {
    span: String,
    op: String,
    name: String,
    millis: f64,
    /// While none of its children ran.
    own_millis: f64,
}

/// Equal spans.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct RepeatedFacts {
    op: String,
    name: String,
    count: u64,
    millis: f64,
    /// Span below which they are.
    below: Option<String>,
}

impl TraceFacts {
    /// The facts of a tree.
    pub fn of(id: &str, tree: &Tree) -> Self {
        let named = |group: &Group| tree.node(group.first()).map(|node| name(node, group)).unwrap_or_default();
        let step = |place: usize| {
            let node = tree.node(place)?;
            Some(StepFacts {
                span: Text::plain(&node.span.id, 40),
                op: Text::plain(&node.span.op, 60),
                name: plain(node.span.said()),
                millis: round(node.span.millis().unwrap_or_default()),
                own_millis: round(node.own_millis),
            })
        };
        let repeated = tree.repeated(REPEATED).into_iter().map(|(parent, group)| RepeatedFacts {
            op: tree.node(group.first()).map(|node| Text::plain(&node.span.op, 60)).unwrap_or_default(),
            name: plain(&named(&group)),
            count: group.nodes.len() as u64,
            millis: round(group.millis),
            below: parent.and_then(|parent| tree.node(parent)).map(|node| Text::plain(&node.span.id, 40)),
        });
        Self {
            trace: Text::plain(id, 40),
            spans: tree.nodes.len() as u64,
            millis: tree.bounds().map(|(start, end)| round((end - start) * 1_000.0)).unwrap_or_default(),
            errors: tree
                .faults
                .iter()
                .take(ERRORS)
                .map(|fault| FaultFacts {
                    event: Text::plain(&fault.event_id, 40),
                    issue: fault.issue.as_ref().map(|issue| Text::plain(issue, 80)),
                    title: plain(&fault.title),
                    span: fault.span.as_ref().map(|span| Text::plain(span, 40)),
                    occurrence: fault.is_occurrence,
                })
                .collect(),
            error_count: tree.faults.iter().filter(|fault| !fault.is_occurrence).count() as u64,
            occurrence_count: tree.faults.iter().filter(|fault| fault.is_occurrence).count() as u64,
            services: tree.services().into_iter().take(20).map(|(service, _)| Text::plain(service, 80)).collect(),
            slowest: tree.slowest_path().into_iter().filter_map(step).collect(),
            repeated: repeated.collect(),
        }
    }
}

fn round(millis: f64) -> f64 {
    (millis * 100.0).round() / 100.0
}

fn plain(text: &str) -> String {
    Text::plain(&redact::text(text), 160)
}

fn quoted(text: &str, max: usize) -> String {
    let clean = if text.contains("://") && !text.contains(' ') { redact::url(text) } else { redact::text(text) };
    Text::quoted(&clean, max)
}

/// `12 ms`, `1.25 s`.
pub fn duration(millis: f64) -> String {
    if millis >= 10_000.0 {
        format!("{:.1} s", millis / 1_000.0)
    } else if millis >= 1_000.0 {
        format!("{:.2} s", millis / 1_000.0)
    } else if millis >= 10.0 {
        format!("{millis:.0} ms")
    } else {
        format!("{} ms", format!("{millis:.2}").trim_end_matches('0').trim_end_matches('.'))
    }
}

/// `2 errors, 1 performance issue`: what is no error is not counted as one.
pub fn faults<'a>(faults: impl Iterator<Item = &'a Fault>) -> String {
    let (mut errors, mut occurrences) = (0, 0);
    for fault in faults {
        *(if fault.is_occurrence { &mut occurrences } else { &mut errors }) += 1;
    }
    match (errors, occurrences) {
        (errors, 0) => count(errors, "error"),
        (0, occurrences) => count(occurrences, "performance issue"),
        _ => format!("{}, {}", count(errors, "error"), count(occurrences, "performance issue")),
    }
}

/// Errors, slowest path and repetitions.
pub fn head(text: &mut Text, tree: &Tree) {
    let start = tree.bounds().map(|(start, _)| start).unwrap_or_default();
    let occurrences = tree.faults.iter().filter(|fault| fault.is_occurrence).count();
    text.line(match (tree.faults.len(), occurrences) {
        (0, _) => "No error in it.",
        (_, 0) => "Errors, by time:",
        (all, some) if all == some => "No error in it. Performance issues, by time:",
        _ => "Errors and performance issues, by time:",
    });
    let (mut listed, mut used) = (0, 0);
    for fault in tree.faults.iter().take(ERRORS) {
        let at = fault.at.map(|at| format!(" at +{}", duration(((at - start) * 1_000.0).max(0.0)))).unwrap_or_default();
        let issue = fault.issue.as_deref().map(|issue| format!("{} ", Text::word(issue, 80))).unwrap_or_default();
        let node = fault.span.as_ref().and_then(|span| tree.node(tree.find(span)?));
        let place = match (node, &fault.span) {
            (Some(node), _) => format!(" in {} {}", quoted(node.span.said(), 80), Text::word(&node.span.id, 40)),
            (None, Some(span)) => format!(" in span {} (not in the trace)", Text::word(span, 40)),
            (None, None) => String::new(),
        };
        let level = if fault.is_occurrence { "occurrence" } else { &fault.level };
        let line = format!(
            "- {issue}{} {}{at}{place}, event {}",
            Text::word(if level.is_empty() { "error" } else { level }, 40),
            quoted(&fault.title, 160),
            Text::word(&fault.event_id, 40)
        );
        used += line.chars().count();
        if used > LIST && listed > 0 {
            break;
        }
        listed += 1;
        text.line(line);
    }
    if let Some(more @ 1..) = tree.faults.len().checked_sub(listed) {
        text.line(format!("- {more} more; search_events with query trace:ID lists them."));
    }
    let steps = tree.slowest_path();
    let said: Vec<String> = steps.iter().take(STEPS).filter_map(|place| tree.node(*place)).map(step).collect();
    if said.len() > 1 {
        text.line(format!("Slowest path: {}.", said.join(" > ")));
    }
    for (parent, group) in tree.repeated(REPEATED) {
        let Some(node) = tree.node(group.first()) else { continue };
        let below = parent.and_then(|parent| tree.node(parent));
        let below = below.map(|node| format!(" below {}", quoted(node.span.said(), 80))).unwrap_or_default();
        text.line(format!("Repeated: {}{below}, {}.", what(node, &group), times(&group)));
    }
}

fn step(node: &Node) -> String {
    let own = if node.children.is_empty() { String::new() } else { format!(" (own {})", duration(node.own_millis)) };
    let op = if node.span.op.is_empty() { String::new() } else { format!("{} ", Text::word(&node.span.op, 60)) };
    format!("{op}{} {}{own}", quoted(node.span.said(), 60), duration(node.span.millis().unwrap_or_default()))
}

fn name(node: &Node, group: &Group) -> String {
    if group.pattern.is_empty() { node.span.said().to_owned() } else { group.pattern.clone() }
}

fn what(node: &Node, group: &Group) -> String {
    let op = if node.span.op.is_empty() { String::new() } else { format!("{} ", Text::word(&node.span.op, 60)) };
    // All spans of a fold failed alike, or none did.
    let failed = match (node.span.failed(), node.failed_below) {
        (true, _) => format!(" FAILED {}", Text::word(&node.span.status, 40)),
        (false, 1..) => " with failed spans below".to_owned(),
        _ => String::new(),
    };
    format!("{op}{} ×{}{failed}", quoted(&name(node, group), 120), group.nodes.len())
}

fn times(group: &Group) -> String {
    let turn = if group.in_turn { ", one after the other" } else { "" };
    format!("{} in all, longest {}{turn}", duration(group.millis), duration(group.longest))
}

/// The tree, or a page of its list; says how many spans it shows, and gives the place at which the next page begins.
pub fn tree(text: &mut Text, tree: &Tree, view: &View) -> Option<usize> {
    let from: Vec<usize> = view.span.map_or_else(|| tree.roots.clone(), |span| vec![span]);
    let start = tree.bounds().map(|(start, _)| start).unwrap_or_default();
    if let Some(skip) = view.skip {
        return page(text, tree, &from, start, skip);
    }
    let mut lines: Vec<String> = Vec::new();
    let mut overview = tree.overview(&from, 0);
    for budget in BUDGETS {
        overview = tree.overview(&from, budget);
        lines = overview.lines.iter().map(|line| shown(tree, line, start)).collect();
        if lines.iter().map(|line| line.chars().count() + 1).sum::<usize>() <= TREE {
            break;
        }
    }
    if lines.is_empty() {
        return None;
    }
    text.line("Tree (start, duration, op, name, project or service where it changes, span id):");
    for line in lines {
        text.line(line);
    }
    if overview.left_out > 0 {
        text.line(format!(
            "{} of {} shown. More: span ID for one part, cursor \"0\" for all, one by one.",
            overview.shown,
            count((overview.shown + overview.left_out) as u64, "span"),
        ));
        return Some(0);
    }
    None
}

fn page(text: &mut Text, tree: &Tree, from: &[usize], start: f64, skip: usize) -> Option<usize> {
    let all = tree.walk(from);
    let mut used = 0;
    let mut next = skip;
    text.line("Spans (start, duration, op, name, project or service, span id), parents before their children:");
    for (place, depth) in all.iter().skip(skip).take(PAGE) {
        let Some(node) = tree.node(*place) else { continue };
        let line = span(tree, node, *depth, start, true);
        used += line.chars().count() + 1;
        if used > TREE + 2_400 && next > skip {
            break;
        }
        text.line(line);
        next += 1;
    }
    text.line(format!("Spans {} to {next} of {}.", (skip + 1).min(next), all.len()));
    (next < all.len()).then_some(next)
}

fn shown(tree: &Tree, line: &Line, start: f64) -> String {
    match line {
        Line::More { depth, spans } => format!("{}… {} more", indent(*depth), count(*spans as u64, "span")),
        Line::Spans { depth, group } => {
            let Some(node) = tree.node(group.first()) else { return String::new() };
            if !group.is_fold() {
                let parent = node.span.parent.as_ref().and_then(|parent| tree.node(tree.find(parent)?));
                let service = parent.is_none_or(|parent| parent.span.service != node.span.service);
                return span(tree, node, *depth, start, service);
            }
            let below: usize = group.nodes.iter().filter_map(|place| tree.node(*place)).map(|node| node.below).sum();
            let below = if below > 0 { format!(", {} below them", count(below as u64, "span")) } else { String::new() };
            format!(
                "{}{} {}, {} in all{below}",
                indent(*depth),
                offset(node, start),
                what(node, group),
                duration(group.millis)
            )
        }
    }
}

fn span(tree: &Tree, node: &Node, depth: usize, start: f64, service: bool) -> String {
    let span = &node.span;
    let mut line = format!("{}{}", indent(depth), offset(node, start));
    line.push_str(&span.millis().map(|millis| format!(" {}", duration(millis))).unwrap_or_default());
    if !span.op.is_empty() && span.op != span.said() {
        line.push_str(&format!(" {}", Text::word(&span.op, 60)));
    }
    line.push_str(&format!(" {}", quoted(span.said(), 120)));
    if service && !span.service.is_empty() {
        line.push_str(&format!(" {}", Text::word(&span.service, 60)));
    }
    if span.failed() {
        line.push_str(&format!(" FAILED {}", Text::word(&span.status, 40)));
    }
    if !node.faults.is_empty() {
        line.push_str(&format!(" ! {}", faults(node.faults.iter().filter_map(|fault| tree.faults.get(*fault)))));
    }
    if node.is_orphan {
        line.push_str(" (its parent is not in the trace)");
    }
    line.push_str(&format!(" {}", Text::word(&span.id, 40)));
    line
}

fn offset(node: &Node, start: f64) -> String {
    node.span.start.map_or_else(|| "+?".to_owned(), |at| format!("+{}", duration(((at - start) * 1_000.0).max(0.0))))
}

fn indent(depth: usize) -> String {
    " ".repeat(depth.min(20))
}
