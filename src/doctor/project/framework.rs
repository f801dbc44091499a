//! Which apps a workspace has, and what each is made with.

use crate::doctor::files::Files;

use super::{App, Tree, Version};

/// A framework.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Framework {
    /// Which.
    pub kind: Kind,
    /// Its version; none = not known.
    pub version: Option<Version>,
}

/// The frameworks that are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Next.js
    Next,
    /// SvelteKit
    SvelteKit,
    /// Nuxt
    Nuxt,
    /// Remix, or React Router as a framework
    Remix,
    /// Astro
    Astro,
    /// Angular
    Angular,
    /// Vite alone: React, Vue, Svelte or none
    Vite,
    /// Express, Fastify, Koa or another server for Node.js
    Node,
    /// Django
    Django,
    /// Flask
    Flask,
    /// FastAPI or Starlette
    FastApi,
    /// A page without a build, or something not known
    #[default]
    Other,
}

/// The apps of a workspace, with package and framework.
pub(super) fn apps(_files: &Files, _tree: &mut Tree) -> Vec<App> {
    Vec::new()
}
