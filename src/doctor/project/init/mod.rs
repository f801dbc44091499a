//! Where Sentry is started, and with which options.

mod ask;
mod entry;
mod html;
mod options;
mod plugin;
mod public;
mod sdk;
mod walk;

use std::sync::Arc;

use crate::doctor::{
    files::Files,
    script::{Hidden, Span, Value, tree::Module},
};

use super::{
    App, Kind, Tree, Word,
    aside::{is_aside, is_script},
};

pub use ask::{DsnSetting, Tunnel, TunnelFrom};
pub use public::prefixes;

/// Scripts of an app that are looked into for a start that no entry leads to.
const MAX_SCRIPTS: usize = 1_500;

/// Where code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Runtime {
    /// In the browser.
    Client,
    /// On the server.
    Server,
    /// At the edge.
    Edge,
}

impl Runtime {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Edge => "edge",
        }
    }
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

/// What a start stands under.
#[derive(Debug, Clone)]
pub struct Condition {
    /// `process.env.NODE_ENV === 'production'`
    pub text: String,
    /// Its file.
    pub path: String,
    /// Where.
    pub span: Span,
    /// Whether it holds in a production build; none = not known.
    pub holds: Option<bool>,
}

/// One start of Sentry.
#[derive(Debug, Clone)]
pub struct Init {
    /// Where it runs; a file that several runtimes load counts once for each.
    pub runtime: Runtime,
    /// Its file.
    pub path: String,
    /// The file that the framework loads and that leads to it; the same file where it stands there itself.
    pub entry: String,
    /// Where the call stands.
    pub span: Span,
    /// Where its options stand; none = it has none.
    pub argument: Option<Span>,
    /// The package whose `init` it is; empty = a script of the CDN.
    pub from: String,
    /// Options, in the order written, spreads taken in; of several with a name the last counts.
    pub options: Vec<Setting>,
    /// Conditions that it stands under, outermost first.
    pub conditions: Vec<Condition>,
    /// Spreads and arguments that could not be followed: an option may hide in them.
    pub hidden: Vec<Hidden>,
    /// Whether the framework loads this file at all.
    pub reachable: bool,
    /// Whether its runtime is certain: what is loaded leads to it, or its name says so.
    pub sure: bool,
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
    /// Spreads and arguments that could not be followed: an option may hide in them.
    pub hidden: Vec<Hidden>,
}

impl Plugin {
    /// The option of a name.
    pub fn option(&self, name: &str) -> Option<&Setting> {
        self.options.iter().rev().find(|option| option.name == name)
    }
}

/// Finds the starts and plugins of an app.
pub(super) fn read(files: &Files, tree: &mut Tree, app: &mut App) {
    let (inits, plugins) = {
        let tree = &*tree;
        let mut walker = walk::Walker::new(&app.modules, tree, public::names(files, tree, app));
        let entries = entry::entries(files, tree, app);
        for entry in &entries {
            walker.enter(&entry.path, entry.runtime);
        }
        let mut inits = walker.finish();
        let mut plugins = Vec::new();
        for path in scripts(tree, app) {
            let Some(module) = speaking(files, app, path) else { continue };
            plugins.extend(plugin::plugins(&app.modules, &module, app));
            leftover(app, &entries, &module, &mut inits);
        }
        for path in app.mentioning(tree, Word::SENTRY).filter(|path| html::is_page(path, &app.folder)).take(MAX_SCRIPTS)
        {
            inits.extend(html::starts(files, app, path));
        }
        inits.extend(plugin::starts(&plugins));
        if app.framework.kind.is_python() {
            // Templates name scripts by tags that only the server fills in.
            inits.iter_mut().for_each(|init| init.reachable = true);
        }
        inits.sort_by(|a, b| {
            (a.runtime, !a.reachable, &a.path, a.span.start).cmp(&(b.runtime, !b.reachable, &b.path, b.span.start))
        });
        (inits, plugins)
    };
    app.inits = inits;
    app.plugins = plugins;
}

/// What only is known when next.config was read: which of the two files for the browser Next.js and the SDK load.
pub(super) fn settle(app: &mut App) {
    let Some(next) = &app.next else { return };
    let turbopack = next.turbopack == Some(true);
    let sdk = app.package.version("@sentry/nextjs");
    let next = app.framework.version.clone();
    let loads_new =
        next.is_none_or(|next| next.is_at_least(15, 3, 0)) || sdk.is_none_or(|sdk| sdk.is_at_least(9, 9, 0));
    for init in app.inits.iter_mut().filter(|init| init.runtime == Runtime::Client) {
        let name = init.entry.rsplit('/').next().unwrap_or_default();
        if name.starts_with("sentry.client.config.") {
            init.reachable &= !turbopack;
        } else if name.starts_with("instrumentation-client.") {
            init.reachable &= loads_new;
        }
    }
}

/// The app's own scripts that mention Sentry and are no tests.
fn scripts<'a>(tree: &'a Tree, app: &'a App) -> impl Iterator<Item = &'a str> {
    app.mentioning(tree, Word::SENTRY).filter(|path| is_script(path) && !is_aside(path, &app.folder)).take(MAX_SCRIPTS)
}

/// The module of a file whose text can hold a start or a plugin: most that mention Sentry only report something.
fn speaking(files: &Files, app: &App, path: &str) -> Option<Arc<Module>> {
    const WORDS: [&str; 8] =
        ["init", "withSentry", "sentryVite", "sentrySvelte", "sentryReact", "Plugin", "sentry(", "@sentry/nuxt"];
    let text = files.read(path).ok()??;
    let speaks = WORDS.iter().any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some());
    if speaks { app.modules.get(path)?.ok() } else { None }
}

/// Starts of a module that nothing which is loaded led to.
fn leftover(app: &App, entries: &[entry::Entry], module: &Arc<Module>, inits: &mut Vec<Init>) {
    let known: Vec<Span> = inits.iter().filter(|init| init.path == module.path).map(|init| init.span).collect();
    for found in walk::alone(&app.modules, module) {
        if known.contains(&found.span) {
            continue;
        }
        let guess = entry::guess(app, module, &found.from, entries);
        for runtime in guess.runtimes {
            inits.push(Init { runtime, reachable: guess.reachable, sure: guess.sure, ..found.clone() });
        }
    }
}

/// Whether the app is one of Next.js.
fn is_next(app: &App) -> bool {
    app.framework.kind == Kind::Next
}
