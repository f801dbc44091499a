//! Endpoints of an app, of any framework: which address is answered by which code.

mod address;
mod answer;
mod named;
mod node;
mod python;

pub use address::{Pattern, Segment};
pub use answer::{Answer, Code, Library};

use crate::doctor::{
    files::Files,
    script::{Span, tree::Expr},
};

use super::{App, Kind, Tree, aside};

/// An endpoint of the app.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its address as the framework writes it: `/api/tunnel`, `/[locale]/x`. Without the base path.
    pub address: String,
    /// The paths that it answers.
    pub pattern: Pattern,
    /// Methods that it answers, as far as its address says; empty = the code decides.
    pub methods: Vec<String>,
    /// Its file.
    pub path: String,
    /// Where it is declared; none = by the name of its file.
    pub span: Option<Span>,
    /// How its code is written.
    pub form: Form,
    /// The handlers, where they stand with the address: each may be a middleware that hands on to the next.
    pub handlers: Vec<Expr>,
}

/// How the code of an endpoint is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It is a page, which answers with HTML.
    Page,
    /// An export for each method: Next.js's app router, SvelteKit, Astro.
    Methods,
    /// Next.js's `pages/api`: the default export.
    NextApi,
    /// Nuxt and Nitro: the default export.
    Nitro,
    /// Remix and React Router: the export `action`; without it, a page.
    Remix,
    /// Express, Fastify, Koa, Hono: handlers behind the address.
    Node,
    /// Python: a function under a decorator, or in `urlpatterns`.
    Python,
}

/// Endpoints of one app.
const MAX_ROUTES: usize = 5_000;

/// Finds the endpoints of an app.
pub(super) fn read(files: &Files, tree: &Tree, app: &mut App) {
    let mut routes = match app.framework.kind {
        Kind::Next => named::next(tree, app),
        Kind::SvelteKit => named::svelte(tree, app),
        Kind::Nuxt => named::nuxt(tree, app),
        Kind::Remix => named::remix(tree, app),
        Kind::Astro => named::astro(tree, app),
        kind if kind.is_python() => python::read(files, tree, app),
        _ => Vec::new(),
    };
    if !app.framework.kind.is_python() {
        routes.extend(named::tanstack(tree, app));
        routes.extend(node::read(tree, app));
    }
    routes.retain(|route| app.owns(&route.path) || route.path.is_empty());
    routes.truncate(MAX_ROUTES);
    app.routes = routes;
}

impl App {
    /// The endpoint that answers a path (without query and base path): the most exact one, endpoints before pages.
    pub fn route(&self, path: &str) -> Option<&Route> {
        let fits = self.routes.iter().filter(|route| route.pattern.takes(path));
        fits.max_by_key(|route| (route.pattern.rank(), route.form != Form::Page, route.takes_post()))
    }
}

impl Route {
    /// Whether its address does not rule POST out.
    pub fn takes_post(&self) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|method| method == "POST")
    }
}

/// Whether a path is a script, and no test and no types of one.
fn is_script(path: &str) -> bool {
    aside::is_script(path) && !aside::is_marked(path) && !path.contains("__tests__/")
}
