//! A trace as a tree: spans below their parents, faults at the spans in which they happened. Pure; of the sink and of Sentry
//! alike.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

/// A span: of a transaction, of version 2, or an uptime check.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Span {
    /// 16 hex (an uptime check has another kind of id).
    pub id: String,
    /// The span that began it.
    pub parent: Option<String>,
    /// 32 hex.
    pub trace: String,
    /// `http.client`.
    pub op: String,
    /// What it did: `GET /api/x`; untrusted.
    pub name: String,
    /// `ok`, `internal_error`, ….
    pub status: String,
    /// Project slug, or the service by which it is told from others of the same project.
    pub service: String,
    /// Transaction or segment it is part of.
    pub transaction: String,
    /// Seconds since the epoch.
    pub start: Option<f64>,
    /// Seconds since the epoch.
    pub end: Option<f64>,
    /// A transaction, or the segment of a service.
    pub is_transaction: bool,
    /// A check from outside whether the service is up.
    pub is_uptime: bool,
    /// What else was sent with it.
    pub attributes: Map<String, Value>,
}

impl Span {
    /// How long it took.
    pub fn millis(&self) -> Option<f64> {
        let (start, end) = (self.start?, self.end?);
        Some((end - start) * 1_000.0).filter(|millis| *millis >= 0.0)
    }

    /// Its operation and name, without what both say.
    pub fn said(&self) -> &str {
        if self.name.is_empty() { &self.transaction } else { &self.name }
    }

    /// Whether its status says that it failed.
    pub fn failed(&self) -> bool {
        !matches!(self.status.as_str(), "" | "ok" | "success" | "unset" | "unknown" | "none")
    }
}

/// An error, or an occurrence of another kind of issue, in a trace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fault {
    /// Event id.
    pub event_id: String,
    /// `FRONTEND-4K`, `LOCAL-3` or a number.
    pub issue: Option<String>,
    /// Untrusted.
    pub title: String,
    /// `error`, `fatal`, ….
    pub level: String,
    /// Project slug or service.
    pub service: String,
    /// Seconds since the epoch.
    pub at: Option<f64>,
    /// Span in which it happened.
    pub span: Option<String>,
    /// A performance issue or the like, and no error.
    pub is_occurrence: bool,
}

/// What is known of a trace, in no order.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// 32 hex.
    pub id: String,
    /// Spans.
    pub spans: Vec<Span>,
    /// Errors and occurrences.
    pub faults: Vec<Fault>,
}

/// A span in its place.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// The span.
    pub span: Span,
    /// Spans that it began, by their start.
    pub children: Vec<usize>,
    /// Faults in it.
    pub faults: Vec<usize>,
    /// Its parent is named, and is not there.
    pub is_orphan: bool,
    /// Spans below it.
    pub below: usize,
    /// Faults in it and below it.
    pub faults_below: usize,
    /// Spans that failed: it and those below it.
    pub failed_below: usize,
    /// Milliseconds in which none of its children ran.
    pub own_millis: f64,
}

/// A trace as a tree.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// All spans.
    pub nodes: Vec<Node>,
    /// Those without a parent that is there, by their start.
    pub roots: Vec<usize>,
    /// Faults, by time.
    pub faults: Vec<Fault>,
    /// Faults whose span is not there.
    pub loose: Vec<usize>,
}

impl Tree {
    /// Builds the tree. Spans with the same id are one; of a circle of parents the earliest is a root.
    pub fn build(trace: Trace) -> Self {
        let Trace { spans, mut faults, .. } = trace;
        faults.sort_by(|a, b| by_time(a.at, b.at));
        let mut seen = HashSet::new();
        faults.retain(|fault| seen.insert(fault.event_id.clone()) || fault.event_id.is_empty());
        let mut nodes: Vec<Node> = once(spans).into_iter().map(|span| Node { span, ..Node::default() }).collect();
        nodes.sort_by(|a, b| by_time(a.span.start, b.span.start));
        let places: HashMap<String, usize> =
            nodes.iter().enumerate().map(|(place, node)| (node.span.id.clone(), place)).collect();
        let mut tree = Self { nodes, faults, ..Self::default() };
        tree.hang(&places);
        tree.pin(&places);
        tree.count();
        tree
    }

    /// A node; every index of a tree is one.
    pub fn node(&self, place: usize) -> Option<&Node> {
        self.nodes.get(place)
    }

    /// Where a span is.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.span.id == id)
    }

    /// First start and last end, seconds since the epoch.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        let starts = self.nodes.iter().filter_map(|node| node.span.start);
        let ends = self.nodes.iter().filter_map(|node| node.span.end.or(node.span.start));
        let at = || self.faults.iter().filter_map(|fault| fault.at);
        let first = starts.chain(at()).min_by(f64::total_cmp)?;
        let last = ends.chain(at()).max_by(f64::total_cmp)?;
        Some((first, last.max(first)))
    }

    /// Spans of each service or project, the most first.
    pub fn services(&self) -> Vec<(&str, usize)> {
        let mut all: BTreeMap<&str, usize> = BTreeMap::new();
        for node in &self.nodes {
            *all.entry(node.span.service.as_str()).or_default() += 1;
        }
        all.remove("");
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all
    }

    /// All nodes below these and they themselves, parents before their children.
    pub fn walk(&self, from: &[usize]) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        let mut stack: Vec<(usize, usize)> = from.iter().rev().map(|place| (*place, 0)).collect();
        while let Some((place, depth)) = stack.pop() {
            out.push((place, depth));
            let children = self.node(place).map(|node| node.children.as_slice()).unwrap_or_default();
            stack.extend(children.iter().rev().map(|child| (*child, depth + 1)));
        }
        out
    }

    fn hang(&mut self, places: &HashMap<String, usize>) {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (place, node) in self.nodes.iter_mut().enumerate() {
            let parent = node.span.parent.as_ref().map(|parent| places.get(parent));
            match parent {
                Some(Some(above)) if *above != place => {
                    if let Some(list) = children.get_mut(*above) {
                        list.push(place);
                    }
                }
                Some(None) => {
                    node.is_orphan = true;
                    self.roots.push(place);
                }
                _ => self.roots.push(place),
            }
        }
        for (node, children) in self.nodes.iter_mut().zip(children) {
            node.children = children;
        }
        let mut reached: HashSet<usize> = self.walk(&self.roots).into_iter().map(|(place, _)| place).collect();
        // What no root leads to is a circle: its earliest span is taken out of it.
        for place in 0..self.nodes.len() {
            if reached.contains(&place) {
                continue;
            }
            let above = self.node(place).and_then(|node| places.get(node.span.parent.as_deref()?)).copied();
            if let Some(above) = above.and_then(|above| self.nodes.get_mut(above)) {
                above.children.retain(|child| *child != place);
            }
            reached.extend(self.walk(&[place]).into_iter().map(|(place, _)| place));
            self.roots.push(place);
        }
        self.roots.sort_unstable();
    }

    fn pin(&mut self, places: &HashMap<String, usize>) {
        for (number, fault) in self.faults.iter().enumerate() {
            let place = fault.span.as_ref().and_then(|span| places.get(span));
            match place.and_then(|place| self.nodes.get_mut(*place)) {
                Some(node) => node.faults.push(number),
                None => self.loose.push(number),
            }
        }
    }

    fn count(&mut self) {
        for (place, _) in self.walk(&self.roots).into_iter().rev() {
            let Some(node) = self.nodes.get(place) else { continue };
            let children = node.children.iter().filter_map(|child| self.nodes.get(*child));
            let (mut below, mut faults, mut busy) = (0, node.faults.len(), Vec::new());
            let mut failed = usize::from(node.span.failed());
            for child in children {
                below += 1 + child.below;
                faults += child.faults_below;
                failed += child.failed_below;
                busy.extend(child.span.start.zip(child.span.end));
            }
            let own = own_millis(&node.span, busy);
            if let Some(node) = self.nodes.get_mut(place) {
                (node.below, node.faults_below, node.failed_below, node.own_millis) = (below, faults, failed, own);
            }
        }
    }
}

/// Spans with the same id as one: the copy that says more. Those without an id are all kept.
fn once(spans: Vec<Span>) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for span in spans {
        let known = places.get(&span.id).copied().filter(|_| !span.id.is_empty());
        match known.and_then(|place| out.get_mut(place)) {
            Some(kept) => {
                if span.is_transaction && !kept.is_transaction || span.name.len() > kept.name.len() {
                    *kept = span;
                }
            }
            None => {
                places.insert(span.id.clone(), out.len());
                out.push(span);
            }
        }
    }
    out
}

/// How long none of these stretches (seconds) covered the span.
fn own_millis(span: &Span, mut busy: Vec<(f64, f64)>) -> f64 {
    let (Some(start), Some(end)) = (span.start, span.end) else { return 0.0 };
    busy.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut covered, mut reached) = (0.0, start);
    for (from, to) in busy {
        let (from, to) = (from.max(reached), to.min(end));
        if to > from {
            covered += to - from;
            reached = to;
        }
    }
    ((end - start - covered) * 1_000.0).max(0.0)
}

fn by_time(a: Option<f64>, b: Option<f64>) -> std::cmp::Ordering {
    a.unwrap_or(f64::MAX).total_cmp(&b.unwrap_or(f64::MAX))
}
