//! What only Next.js has, and the endpoints of any app.

use crate::doctor::{files::Files, script::Span};

use super::{App, Setting, Tree};

/// What next.config and the folders say.
#[derive(Debug, Clone, Default)]
pub struct NextApp {
    /// Path of next.config; none = there is none.
    pub config: Option<String>,
    /// Options of next.config: `basePath`, `i18n`, `trailingSlash`, `output`, …
    pub options: Vec<Setting>,
    /// What `rewrites()` gives.
    pub rewrites: Vec<Rewrite>,
    /// Path of the middleware or proxy file; both where both are there.
    pub middleware: Vec<String>,
    /// It has an `app` folder: its path.
    pub app_folder: Option<String>,
    /// It has a `pages` folder: its path.
    pub pages_folder: Option<String>,
    /// It is built with Turbopack: by default, or by a flag. None = not known.
    pub turbopack: Option<bool>,
}

/// A rewrite of next.config.
#[derive(Debug, Clone)]
pub struct Rewrite {
    /// `/monitoring/:path*`
    pub source: String,
    /// `https://…`
    pub destination: String,
    /// File and place.
    pub path: String,
    /// Where.
    pub span: Span,
}

/// An endpoint of the app.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its address as the framework writes it: `/api/tunnel`, `/[locale]/x`.
    pub address: String,
    /// Methods that it answers; empty = all.
    pub methods: Vec<String>,
    /// Its file.
    pub path: String,
    /// Where the handler stands; none = the file is the handler.
    pub span: Option<Span>,
}

/// Reads what only Next.js has, and the endpoints of any app.
pub(super) fn read(_files: &Files, _tree: &mut Tree, _app: &mut App) {}
