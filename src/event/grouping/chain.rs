//! Which exceptions of a chain count: all of a plain chain, the distinct ones of an exception group.

use crate::event::Exception;

/// Values that React gives to an error whose cause is the real one.
const REACT_WRAPPERS: [&str; 2] = [
    "There was an error during concurrent rendering but React was able to recover by instead synchronously rendering \
     the entire root.",
    "There was an error while hydrating but React was able to recover by instead client rendering from the nearest \
     Suspense boundary.",
];

/// The exceptions that count, in the order in which they are hashed, and the one that names the issue (none = the last).
pub(super) struct Chain<'a> {
    /// Indexes into the event's exceptions.
    pub counted: Vec<usize>,
    /// The one that names the issue.
    pub main: Option<&'a Exception>,
}

/// Chooses among `exceptions`. `same(a, b)` says whether two contribute the same values.
///
/// A tree of ids (`mechanism.exception_id`, `parent_id`, root 0) is read where every exception has one; a group whose
/// members are all the same counts as that member with its first causes, and names the issue by it; a group of different
/// members counts as one of each, and the group. Without a whole tree all exceptions count, as sent.
pub(super) fn choose(exceptions: &[Exception], same: impl Fn(usize, usize) -> bool) -> Chain<'_> {
    let as_sent = || Chain { counted: (0..exceptions.len()).collect(), main: None };
    if exceptions.len() < 2 {
        return as_sent();
    }
    let Some(tree) = Tree::of(exceptions) else { return as_sent() };
    let mut tops = Vec::new();
    tree.top_level(tree.root, &mut tops, exceptions.len());
    let type_of = |index: &usize| exceptions.get(*index).and_then(|exception| exception.ty.as_deref()).unwrap_or("");
    tops.sort_by(|a, b| type_of(b).cmp(type_of(a)));
    tops.dedup_by(|b, a| same(*a, *b));
    let counted = match tops.as_slice() {
        [] => return as_sent(),
        [only] => tree.first_path(*only, exceptions.len()),
        _ => {
            tops.push(tree.root);
            return Chain { counted: tops, main: None };
        }
    };
    let main = counted.first().and_then(|index| exceptions.get(*index));
    Chain { main: react_cause(exceptions, &counted).or(main), counted }
}

fn react_cause<'a>(exceptions: &'a [Exception], counted: &[usize]) -> Option<&'a Exception> {
    let outer = exceptions.get(*counted.first()?)?;
    let inner = exceptions.get(*counted.last()?)?;
    let wrapped = outer.ty.as_deref() == Some("Error")
        && outer.value.as_deref().is_some_and(|value| REACT_WRAPPERS.contains(&value))
        && inner.mechanism.as_ref()?.source.as_deref() == Some("cause");
    wrapped.then_some(inner)
}

struct Tree<'a> {
    exceptions: &'a [Exception],
    ids: Vec<i64>,
    root: usize,
}

impl<'a> Tree<'a> {
    /// None where an exception has no id, an id twice, is its own parent, or none is the root.
    fn of(exceptions: &'a [Exception]) -> Option<Self> {
        let mut ids = Vec::with_capacity(exceptions.len());
        for exception in exceptions {
            let mechanism = exception.mechanism.as_ref()?;
            let id = mechanism.exception_id?;
            if mechanism.parent_id == Some(id) || ids.contains(&id) {
                return None;
            }
            ids.push(id);
        }
        let root = ids.iter().position(|id| *id == 0)?;
        Some(Self { exceptions, ids, root })
    }

    /// Children in the order of the chain: the outermost first, as SDKs send the outermost last.
    fn children(&self, index: usize) -> impl Iterator<Item = usize> {
        let id = self.ids.get(index).copied();
        let parent = |exception: &Exception| exception.mechanism.as_ref().and_then(|mechanism| mechanism.parent_id);
        let found = self.exceptions.iter().enumerate().filter(move |(_, e)| id.is_some() && parent(e) == id);
        found.map(|(index, _)| index).collect::<Vec<_>>().into_iter().rev()
    }

    /// Exceptions right under groups that are no groups themselves. `depth` bounds a cycle.
    fn top_level(&self, index: usize, out: &mut Vec<usize>, depth: usize) {
        if out.len() >= self.exceptions.len() {
            return;
        }
        let mechanism = self.exceptions.get(index).and_then(|exception| exception.mechanism.as_ref());
        if mechanism.and_then(|mechanism| mechanism.is_exception_group) != Some(true) {
            out.push(index);
        } else if depth > 0 {
            for child in self.children(index) {
                self.top_level(child, out, depth - 1);
            }
        }
    }

    /// The exception, its first cause, that one's first cause, ….
    fn first_path(&self, from: usize, depth: usize) -> Vec<usize> {
        let next = |index: &usize| self.children(*index).next();
        std::iter::successors(Some(from), next).take(depth).collect()
    }
}
