//! What explains a trace: equal spans folded, the slowest path, what is repeated, and the part of the tree worth a look. Pure.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, HashMap, HashSet},
};

use super::trace::Tree;

/// Equal spans beside each other that are shown as one.
const FOLD_FROM: usize = 3;
/// A step of the slowest path takes at least this share of the whole.
const SHARE: f64 = 0.05;
/// Steps of the slowest path.
const STEPS: usize = 12;

/// Spans with the same parent, operation, service and name (numbers aside), or one span alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its spans, by their start; never empty.
    pub nodes: Vec<usize>,
    /// The name without its numbers, where several names are folded; else empty.
    pub pattern: String,
    /// All their time.
    pub millis: f64,
    /// The longest of them.
    pub longest: f64,
    /// Each began after the one before had ended.
    pub in_turn: bool,
}

impl Group {
    /// Its first span.
    pub fn first(&self) -> usize {
        self.nodes.first().copied().unwrap_or_default()
    }

    /// Whether it stands for several spans.
    pub fn is_fold(&self) -> bool {
        self.nodes.len() > 1
    }
}

/// A line of the tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A span, or several as one.
    Spans {
        /// From 0.
        depth: usize,
        /// Which.
        group: Group,
    },
    /// Spans that are left out here.
    More {
        /// From 0.
        depth: usize,
        /// How many, with all below them.
        spans: usize,
    },
}

/// What equal spans share: operation, service, name, and the status where something failed in or below them.
type Kind<'a> = (&'a str, &'a str, String, Option<&'a str>);

/// Part of a tree.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Spans that the lines stand for.
    pub shown: usize,
    /// Spans left out.
    pub left_out: usize,
}

impl Tree {
    /// Siblings folded, in the order of their first.
    pub fn groups(&self, siblings: &[usize]) -> Vec<Group> {
        let mut kinds: HashMap<Kind<'_>, Vec<usize>> = HashMap::new();
        for place in siblings {
            if let Some(node) = self.node(*place).filter(|node| node.faults_below == 0) {
                // What failed is folded with what failed alike, never hidden among those that went well.
                let failed = (node.failed_below > 0).then_some(node.span.status.as_str());
                let key = (node.span.op.as_str(), node.span.service.as_str(), pattern(node.span.said()), failed);
                kinds.entry(key).or_default().push(*place);
            }
        }
        let folds: Vec<(Vec<usize>, String)> = kinds
            .into_iter()
            .filter(|(_, nodes)| nodes.len() >= FOLD_FROM)
            .map(|(key, nodes)| (nodes, key.2))
            .collect();
        let folded: HashSet<usize> = folds.iter().flat_map(|(nodes, _)| nodes.iter().copied()).collect();
        let alone = siblings.iter().filter(|place| !folded.contains(place)).map(|place| (vec![*place], String::new()));
        let mut groups: Vec<Group> = alone.chain(folds).map(|(nodes, pattern)| self.group(nodes, pattern)).collect();
        groups.sort_by_key(Group::first);
        groups
    }

    fn group(&self, nodes: Vec<usize>, pattern: String) -> Group {
        let spans: Vec<_> = nodes.iter().filter_map(|place| self.node(*place)).map(|node| &node.span).collect();
        let millis = || spans.iter().filter_map(|span| span.millis());
        let same = spans.windows(2).all(|pair| matches!(pair, [a, b] if a.said() == b.said()));
        let in_turn = spans
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.end.zip(b.start).is_some_and(|(end, start)| start >= end - 1e-6)));
        Group {
            millis: millis().sum(),
            longest: millis().fold(0.0, f64::max),
            in_turn: spans.len() > 1 && in_turn,
            pattern: if same { String::new() } else { pattern },
            nodes,
        }
    }

    /// From the longest root to the longest child, as long as that takes a share worth a word.
    pub fn slowest_path(&self) -> Vec<usize> {
        let millis = |place: &usize| self.node(*place).and_then(|node| node.span.millis()).unwrap_or_default();
        let longest = |places: &[usize]| places.iter().copied().max_by(|a, b| millis(a).total_cmp(&millis(b)));
        let mut path = Vec::new();
        let mut next = longest(&self.roots);
        let whole = next.as_ref().map(millis).unwrap_or_default();
        while let Some(place) = next.filter(|place| millis(place) > 0.0 && millis(place) >= whole * SHARE) {
            path.push(place);
            if path.len() == STEPS {
                break;
            }
            next = self.node(place).and_then(|node| longest(&node.children));
        }
        path
    }

    /// What was done again and again below one span: parent and group, the most time first.
    pub fn repeated(&self, most: usize) -> Vec<(Option<usize>, Group)> {
        let parents = self.nodes.iter().enumerate().map(|(place, node)| (Some(place), node.children.as_slice()));
        let mut all: Vec<_> = parents
            .chain([(None, self.roots.as_slice())])
            .filter(|(_, siblings)| siblings.len() >= FOLD_FROM)
            .flat_map(|(parent, siblings)| self.groups(siblings).into_iter().map(move |group| (parent, group)))
            .filter(|(_, group)| group.is_fold())
            .collect();
        all.sort_by(|a, b| b.1.millis.total_cmp(&a.1.millis).then(b.1.nodes.len().cmp(&a.1.nodes.len())));
        all.truncate(most);
        all
    }

    /// The part of the tree below `from` that is worth `budget` lines: the way to every fault first, then the slowest.
    pub fn overview(&self, from: &[usize], budget: usize) -> Overview {
        let path: HashSet<usize> = self.slowest_path().into_iter().collect();
        let mut heap: BinaryHeap<Candidate> = BinaryHeap::new();
        let mut taken: HashSet<usize> = HashSet::new();
        let push = |heap: &mut BinaryHeap<Candidate>, siblings: &[usize]| {
            for group in self.groups(siblings) {
                let Some(node) = self.node(group.first()) else { continue };
                let faults = node.faults_below > 0 || node.failed_below > 0;
                let on_path = path.contains(&group.first());
                heap.push(Candidate {
                    faults,
                    on_path,
                    millis: group.millis,
                    place: group.first(),
                    fold: group.is_fold(),
                });
            }
        };
        push(&mut heap, from);
        while taken.len() < budget {
            let Some(candidate) = heap.pop() else { break };
            taken.insert(candidate.place);
            if !candidate.fold
                && let Some(node) = self.node(candidate.place)
            {
                push(&mut heap, &node.children);
            }
        }
        let mut overview = Overview::default();
        self.lines(from, &taken, &mut overview);
        let all: usize = from.iter().filter_map(|place| self.node(*place)).map(|node| 1 + node.below).sum();
        overview.left_out = all.saturating_sub(overview.shown);
        overview
    }

    fn lines(&self, from: &[usize], taken: &HashSet<usize>, out: &mut Overview) {
        enum Work {
            Siblings(Vec<usize>, usize),
            Line(Line),
        }
        let mut stack = vec![Work::Siblings(from.to_vec(), 0)];
        while let Some(work) = stack.pop() {
            let (siblings, depth) = match work {
                Work::Siblings(siblings, depth) => (siblings, depth),
                Work::Line(line) => {
                    out.lines.push(line);
                    continue;
                }
            };
            let (kept, left): (Vec<Group>, Vec<Group>) =
                self.groups(&siblings).into_iter().partition(|group| taken.contains(&group.first()));
            let spans = left.iter().flat_map(|group| &group.nodes).filter_map(|place| self.node(*place));
            let spans: usize = spans.map(|node| 1 + node.below).sum();
            if spans > 0 {
                stack.push(Work::Line(Line::More { depth, spans }));
            }
            for group in kept.into_iter().rev() {
                out.shown += group.nodes.len();
                if !group.is_fold()
                    && let Some(node) = self.node(group.first()).filter(|node| !node.children.is_empty())
                {
                    stack.push(Work::Siblings(node.children.clone(), depth + 1));
                }
                stack.push(Work::Line(Line::Spans { depth, group }));
            }
        }
    }
}

/// A name without what differs from call to call: numbers, and words that hold digits and are long, as ids are.
pub fn pattern(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut word = String::new();
    for c in name.chars().chain(['\0']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let id =
            digits > 0 && (digits == word.chars().count() || word.chars().count() >= 8 && digits * 4 >= word.len());
        out.push_str(if id { "#" } else { &word });
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// A group that may be shown next.
#[derive(Debug, PartialEq)]
struct Candidate {
    faults: bool,
    on_path: bool,
    millis: f64,
    place: usize,
    fold: bool,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.faults.cmp(&other.faults).then(self.on_path.cmp(&other.on_path));
        order.then(self.millis.total_cmp(&other.millis)).then(other.place.cmp(&self.place))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
