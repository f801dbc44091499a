//! Where Sentry is started, and with which options.

use crate::doctor::{
    files::Files,
    script::{Hidden, Span, Value},
};

use super::{App, Tree};

/// Where code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runtime {
    /// In the browser.
    Client,
    /// On the server.
    Server,
    /// At the edge.
    Edge,
}

/// An option.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name: `tracesSampleRate`.
    pub name: String,
    /// Its value in a production build, with the file and place that it is written at (not always the file of the call), and
    /// the env variables that it is read from.
    pub value: Value,
    /// Where the option is written in the call's own file, name and all; none = it comes in by a spread.
    pub span: Option<Span>,
}

/// One start of Sentry.
#[derive(Debug, Clone)]
pub struct Init {
    /// Where it runs; a file that several runtimes load counts once for each.
    pub runtime: Runtime,
    /// Its file.
    pub path: String,
    /// Where the call stands.
    pub span: Span,
    /// Options, in the order written, spreads taken in; of several with a name the last counts.
    pub options: Vec<Setting>,
    /// Conditions that it stands under: `process.env.NODE_ENV === 'production'`, with their places in `path`.
    pub conditions: Vec<(String, Span)>,
    /// Spreads and arguments that could not be followed: an option may hide in them.
    pub hidden: Vec<Hidden>,
    /// Whether the framework loads this file at all.
    pub reachable: bool,
}

impl Init {
    /// The option of a name.
    pub fn option(&self, name: &str) -> Option<&Setting> {
        self.options.iter().rev().find(|option| option.name == name)
    }
}

/// A build plugin of Sentry, with its options.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// `withSentryConfig`, `sentryVitePlugin`, `sentry`
    pub name: String,
    /// Where it is imported from: `@sentry/nextjs/config`
    pub from: String,
    /// Its file.
    pub path: String,
    /// Where the call stands.
    pub span: Span,
    /// Its options, taken out of nested objects with dots: `sourcemaps.disable`.
    pub options: Vec<Setting>,
}

impl Plugin {
    /// The option of a name.
    pub fn option(&self, name: &str) -> Option<&Setting> {
        self.options.iter().rev().find(|option| option.name == name)
    }
}

/// Finds the starts and plugins of an app.
pub(super) fn read(_files: &Files, _tree: &mut Tree, _app: &mut App) {}
