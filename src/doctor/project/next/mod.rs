//! What only Next.js has: next.config, its rewrites and headers, the middleware's file, the folders of pages, what it built.

mod built;
mod config;
mod folders;

pub use built::Built;

use crate::doctor::{
    files::Files,
    script::{Hidden, Span, Value},
};

use super::{App, Kind, Setting, Tree};

/// What next.config and the folders say.
#[derive(Debug, Clone, Default)]
pub struct NextApp {
    /// Path of next.config; none = there is none.
    pub config: Option<String>,
    /// Options of next.config: `basePath`, `i18n`, `trailingSlash`, `output`, …
    pub options: Vec<Setting>,
    /// Spreads and expressions of next.config that could not be followed: an option may hide in them.
    pub hidden: Vec<Hidden>,
    /// Where next.config could not be read, why.
    pub unread: Option<String>,
    /// What `headers()` gives, with the place of each piece; none = there is no such option.
    pub headers: Option<Value>,
    /// What `rewrites()` gives. Those of `tunnelRoute` are not among them.
    pub rewrites: Vec<Rewrite>,
    /// What `redirects()` gives.
    pub redirects: Vec<Rewrite>,
    /// Expressions of `rewrites()` and `redirects()` that could not be followed.
    pub hidden_rewrites: Vec<Hidden>,
    /// Path of the middleware or proxy file that Next.js takes; both where both are there.
    pub middleware: Vec<String>,
    /// Middleware or proxy files where Next.js does not look.
    pub misplaced: Vec<String>,
    /// It has an `app` folder: its path.
    pub app_folder: Option<String>,
    /// It has a `pages` folder: its path.
    pub pages_folder: Option<String>,
    /// Extensions of files that are pages, routes or middleware: `ts`, `page.tsx`.
    pub extensions: Vec<String>,
    /// It is built with Turbopack: by default, or by a flag. None = not known.
    pub turbopack: Option<bool>,
    /// What a build left behind, where it is newer than next.config and the middleware.
    pub built: Option<Built>,
}

/// When a rewrite is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before files and pages.
    Before,
    /// Behind files and pages, before dynamic ones. Rewrites that are a plain list.
    After,
    /// Where nothing else answers.
    Fallback,
}

/// A rewrite (or redirect) of next.config.
#[derive(Debug, Clone)]
pub struct Rewrite {
    /// `/monitoring/:path*`
    pub source: String,
    /// `https://…`; none = it cannot be told.
    pub destination: Option<String>,
    /// `has` or `missing` decide too.
    pub conditional: bool,
    /// When it is looked at.
    pub when: When,
    /// File of the source.
    pub path: String,
    /// Where the source is written.
    pub span: Span,
}

impl NextApp {
    /// The option of a name.
    pub fn option(&self, name: &str) -> Option<&Setting> {
        self.options.iter().rev().find(|option| option.name == name)
    }

    /// `basePath`, empty where there is none; none = it cannot be told.
    pub fn base_path(&self) -> Option<String> {
        let Some(option) = self.option("basePath") else { return Some(String::new()) };
        let known = option.value.text().or_else(|| option.value.is_nullish().filter(|is| *is).map(|_| String::new()));
        let known = known.or_else(|| self.built.as_ref().and_then(Built::base_path));
        known.map(|base| base.trim_end_matches('/').to_owned())
    }

    /// `i18n.locales`, the default one first; empty where there is no i18n.
    pub fn locales(&self) -> Vec<String> {
        let Some(i18n) = self.option("i18n") else { return Vec::new() };
        let locales = i18n.value.field("locales").map(Value::items).unwrap_or_default();
        let mut all: Vec<String> = locales.iter().filter_map(Value::text).collect();
        if let Some(default) = i18n.value.field("defaultLocale").and_then(Value::text) {
            all.retain(|locale| *locale != default);
            all.insert(0, default);
        }
        all
    }

    /// Whether an option is on; none = it cannot be told. An option that is not written is off, but for what may hide it.
    pub fn is_on(&self, name: &str) -> Option<bool> {
        match self.option(name) {
            Some(option) => option.value.truthy(),
            None if self.hidden.is_empty() && self.unread.is_none() => Some(false),
            None => None,
        }
    }

    /// The folder that `app`, `pages` and the middleware stand in, relative to the workspace.
    pub fn source_folder(&self) -> Option<&str> {
        let folder = self.pages_folder.as_deref().or(self.app_folder.as_deref())?;
        let folder = folder.trim_end_matches('/');
        Some(folder.rfind('/').map_or("", |at| folder.get(..=at).unwrap_or_default()))
    }
}

/// Reads what only Next.js has.
pub(super) fn read(files: &Files, tree: &mut Tree, app: &mut App) {
    if app.framework.kind != Kind::Next {
        return;
    }
    let mut next = NextApp::default();
    config::read(tree, app, &mut next);
    folders::read(tree, app, &mut next);
    next.built = built::read(files, &app.folder, &next);
    if let Some(why) = &next.unread {
        tree.skip(next.config.clone().unwrap_or_default(), why.clone());
    }
    app.next = Some(next);
}
