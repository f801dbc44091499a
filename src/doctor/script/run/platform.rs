//! What the place gives where code runs: variables of the environment, a window, arguments of the functions around.

use std::sync::Arc;

use super::{Bound, Expr, Frame, Function, Module, Modules, Node, Piece, Run, Span, Value, What};

/// The way on which an expression is come to, and what is known of where it runs.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Functions that were called, outermost first.
    pub calls: Vec<Called>,
    /// Variables that the platform sets: `NEXT_RUNTIME`.
    pub given: Vec<(&'static str, &'static str)>,
    /// Whether it is a browser; none = not known.
    pub browser: Option<bool>,
    /// What the variables begin with that a build writes into the browser's code, and names that it writes there besides;
    /// empty = all of them.
    pub public: Vec<String>,
}

/// A function with what it was called with.
#[derive(Debug, Clone)]
pub struct Called {
    /// The module that it is written in.
    pub home: Arc<Module>,
    /// It.
    pub function: Arc<Function>,
    /// Its arguments.
    pub arguments: Vec<Value>,
}

/// The same, come to on a way.
pub fn evaluate_in(modules: &Modules, scope: &Scope, module: &Arc<Module>, expr: &Expr) -> Value {
    let frame = |call: &Called| Frame {
        path: call.home.path.as_str().into(),
        function: call.function.span.start,
        arguments: call.arguments.clone(),
    };
    let frames = scope.calls.iter().map(frame).collect();
    Run { scope: Some(scope), frames, ..Run::new(modules) }.value(module, expr)
}

impl Run<'_> {
    pub(super) fn env(&self, module: &Module, at: Span, name: &str) -> Value {
        let text = |text: &str| What::Text(vec![Piece { text: Ok(text.to_owned()), at: Self::origin(module, at) }]);
        let what = match name {
            "NODE_ENV" | "MODE" => text("production"),
            "PROD" => What::Bool(true),
            "DEV" => What::Bool(false),
            _ if self.given(name).is_some() => text(self.given(name).unwrap_or_default()),
            _ if self.is_left_out(name) => What::Undefined,
            _ => match self.modules.env.get(name) {
                Some(value) => text(value),
                None => What::Env(name.to_owned()),
            },
        };
        let built_in = matches!(name, "NODE_ENV" | "MODE" | "PROD" | "DEV") || self.given(name).is_some();
        let env = if built_in { Vec::new() } else { vec![name.to_owned()] };
        Value { what, at: Self::origin(module, at), env }
    }

    /// Whether a build leaves a variable out of the browser's code.
    fn is_left_out(&self, name: &str) -> bool {
        const ALWAYS: [&str; 5] = ["BASE_URL", "SSR", "NEXT_RUNTIME", "TURBOPACK", "CI"];
        self.scope.is_some_and(|scope| {
            scope.browser == Some(true)
                && !scope.public.is_empty()
                && !ALWAYS.contains(&name)
                && !scope.public.iter().any(|head| name.starts_with(head.as_str()))
        })
    }

    fn given(&self, name: &str) -> Option<&'static str> {
        self.scope?.given.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
    }
}

/// Whether a module has the env variables as its exports: SvelteKit's and Astro's.
pub(super) fn is_env_module(source: &str, name: &str) -> bool {
    name != "*" && (source.starts_with("$env/static/") || matches!(source, "astro:env/client" | "astro:env/server"))
}

/// The variable that Nuxt puts over a field of `useRuntimeConfig()`: `public.sentryDsn` → `NUXT_PUBLIC_SENTRY_DSN`.
pub(super) fn runtime_config(module: &Module, object: &Expr, name: &str) -> Option<String> {
    let mut way = vec![name];
    let mut at = object;
    for _ in 0..MAX_WAY {
        match &at.node {
            Node::Member(inner, name, _) => {
                way.push(name);
                at = inner;
            }
            Node::Name(local) => match &module.binding(local, at.span.start)?.value {
                Bound::Value(init, taken) => {
                    way.extend(taken.iter().rev().map(String::as_str));
                    at = init;
                }
                _ => return None,
            },
            Node::Call(callee, ..) => {
                let is_it = matches!(&callee.node, Node::Name(name) if name == "useRuntimeConfig");
                let parts = way.iter().rev().map(|part| snake(part));
                return is_it.then(|| format!("NUXT_{}", parts.collect::<Vec<_>>().join("_")));
            }
            _ => return None,
        }
    }
    None
}

/// Names on the way to a field of the runtime configuration.
const MAX_WAY: usize = 8;

/// `sentryDsn` → `SENTRY_DSN`
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (place, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && place > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}
