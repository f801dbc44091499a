//! What a look at a stretch of code tells before it is followed.

use std::collections::BTreeSet;

use crate::doctor::{
    project::init::sdk,
    script::tree::{Act, Bound, Expr, Function, Module, Node, Stmt},
};

/// Whether a callee can name a function of the project: a declared one, or what an import brings.
pub(super) fn names_function(module: &Module, callee: &Expr) -> bool {
    let Some(first) = callee.dotted().and_then(|path| path.first().map(|name| (*name).to_owned())) else {
        return false;
    };
    let Some(binding) = module.binding(&first, callee.span.start) else { return false };
    match &binding.value {
        Bound::Import(source, _) => !sdk::is_sentry(source),
        Bound::Function(_) | Bound::Value(..) => true,
        Bound::Param(..) | Bound::Unknown => false,
    }
}

/// Whether a function has a word that can lead to a start.
pub(super) fn may_start(home: &Module, function: &Function) -> bool {
    let text = home.text.get(function.span.start..function.span.end).unwrap_or_default();
    ["init", "Init", "entry", "import(", "start", "setup", "register"].iter().any(|word| text.contains(word))
}

/// Where sources of `import()` and `require()` stand: those run when they are come to.
pub(super) fn dynamic(module: &Module) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    module.each(&mut |expr| match &expr.node {
        Node::Import(source) => drop(places.insert(source.span.start)),
        Node::Call(callee, items, _) if matches!(&callee.node, Node::Name(name) if name == "require") => {
            places.extend(items.first().map(|item| item.value.span.start));
        }
        _ => {}
    });
    places
}

/// Whether nothing that stands behind these statements runs.
pub(super) fn ends(body: &[Stmt]) -> bool {
    body.last().is_some_and(|last| matches!(last.node, Act::Return(_) | Act::Throw(_)))
}
