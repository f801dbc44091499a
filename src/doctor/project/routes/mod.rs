//! Endpoints of an app, of any framework: which address is answered by which code.

mod address;

pub use address::{Pattern, Segment};

use crate::doctor::{files::Files, script::Span};

use super::{App, Tree};

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
    /// Where the handler stands; none = the file is the handler.
    pub span: Option<Span>,
    /// How its code is written.
    pub form: Form,
}

/// How the code of an endpoint is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It is a page, which answers with HTML.
    Page,
    /// `route.ts` of the app router: exports by method.
    NextRoute,
    /// `pages/api`: the default export.
    NextApi,
}

/// Finds the endpoints of an app.
pub(super) fn read(_files: &Files, _tree: &mut Tree, _app: &mut App) {}
