//! What of a script is Sentry's: names → the package and the export that they mean.

use crate::doctor::{
    project::Modules,
    script::tree::{Bound, Exports, Expr, Module, Node},
};

/// Names that lead to names.
const MAX_HOPS: usize = 6;

/// An export of a package of Sentry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meant {
    /// `@sentry/react`; empty = the global of a script from the CDN.
    pub package: String,
    /// `init`; `*` for all of it.
    pub name: String,
}

impl Meant {
    fn all(package: &str) -> Self {
        Self { package: package.to_owned(), name: "*".to_owned() }
    }

    /// Whether calling it starts Sentry.
    pub fn starts(&self) -> bool {
        match self.name.as_str() {
            "init" => true,
            "withSentry" | "sentryPagesPlugin" => self.package == "@sentry/cloudflare",
            "initCloudflareSentryHandle" => true,
            _ => false,
        }
    }
}

/// Whether a source is a package of Sentry's SDKs or plugins.
pub(super) fn is_sentry(source: &str) -> bool {
    source.starts_with("@sentry/") || source.starts_with("@sentry-internal/") || source == "sentry-expo"
}

/// What an expression means, where it is Sentry's.
pub(super) fn meant(modules: &Modules, module: &Module, expr: &Expr) -> Option<Meant> {
    of(modules, module, expr, 0)
}

fn of(modules: &Modules, module: &Module, expr: &Expr, hops: usize) -> Option<Meant> {
    if hops > MAX_HOPS {
        return None;
    }
    match &expr.node {
        Node::Name(name) => named(modules, module, name, expr.span.start, hops),
        Node::Member(object, name, _) => {
            if let Node::Name(space) = &object.node
                && matches!(space.as_str(), "window" | "globalThis" | "self")
                && name == "Sentry"
            {
                return Some(Meant::all(""));
            }
            let space = of(modules, module, object, hops + 1)?;
            within(space, name)
        }
        Node::Await(inner) => of(modules, module, inner, hops + 1),
        Node::Import(source) => source.text().filter(|source| is_sentry(source)).map(Meant::all),
        Node::Call(callee, items, false) if matches!(&callee.node, Node::Name(name) if name == "require") => {
            items.first()?.value.text().filter(|source| is_sentry(source)).map(Meant::all)
        }
        _ => None,
    }
}

/// A name of all that a package exports.
fn within(space: Meant, name: &str) -> Option<Meant> {
    matches!(space.name.as_str(), "*" | "default").then(|| Meant { name: name.to_owned(), ..space })
}

fn named(modules: &Modules, module: &Module, name: &str, at: usize, hops: usize) -> Option<Meant> {
    let Some(binding) = module.binding(name, at) else {
        return (name == "Sentry").then(|| Meant::all(""));
    };
    match &binding.value {
        Bound::Import(source, export) if is_sentry(source) => {
            Some(Meant { package: source.clone(), name: export.clone() })
        }
        Bound::Import(source, export) => exported(modules, &*modules.imported(&module.path, source)?, export, hops + 1),
        Bound::Value(init, way) => {
            let from = of(modules, module, init, hops + 1)?;
            way.iter().try_fold(from, |space, name| within(space, name))
        }
        Bound::Param(..) | Bound::Unknown => (name == "Sentry").then(|| Meant::all("")),
        Bound::Function(_) => None,
    }
}

/// What an export of a module of the project means: modules that only pass Sentry on are common.
fn exported(modules: &Modules, module: &Module, name: &str, hops: usize) -> Option<Meant> {
    if hops > MAX_HOPS {
        return None;
    }
    match module.export(name).map(|export| (&export.value, export.span.start)) {
        Some((Exports::From(source, name), _)) if is_sentry(source) => {
            Some(Meant { package: source.clone(), name: name.clone() })
        }
        Some((Exports::From(source, name), _)) => {
            exported(modules, &*modules.imported(&module.path, source)?, name, hops + 1)
        }
        Some((Exports::Name(local), at)) => named(modules, module, local, at, hops + 1),
        Some((Exports::Value(value), _)) => of(modules, module, value, hops + 1),
        None => module.exports.iter().filter(|each| each.name == "*").find_map(|star| match &star.value {
            Exports::From(source, _) if is_sentry(source) => {
                Some(Meant { package: source.clone(), name: name.to_owned() })
            }
            _ => None,
        }),
    }
}
