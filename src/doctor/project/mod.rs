//! The project as it is written: read once, then plain data that every rule looks at.

mod aside;
mod env;
mod framework;
mod init;
mod module;
mod next;
mod package;
mod policy;
mod python;
mod routes;
mod shipped;
mod tree;

pub use env::{EnvFile, Role, Variable};
pub use framework::{Framework, Kind};
pub use init::{Condition, DsnSetting, Init, Plugin, Runtime, Setting, Tunnel, TunnelFrom, prefixes};
pub use module::Modules;
use module::Packages;
pub use next::{Built, NextApp, Rewrite, When};
pub use package::{Manager, Package, Version};
pub use policy::{Change, Draft, Header, Layer, Piece, PolicyText, Quoting, SdkScript, Slot, Takes, Unknown, are_all};
pub use routes::{Answer, Code, Form, Library, Pattern, Route, Segment};
pub use shipped::Shipped;
pub use tree::{Exposed, Skipped, Token, Tree, Word, tokens};

use std::path::Path;

use super::files::Files;

/// A workspace.
#[derive(Debug)]
pub struct Project {
    /// Reads its files.
    pub files: Files,
    /// Its files by name, and what was left out of them.
    pub tree: Tree,
    /// Its apps: folders with a package or a framework of their own, and Sentry in them. Sorted by folder.
    pub apps: Vec<App>,
}

/// One app of the workspace.
#[derive(Debug, Default)]
pub struct App {
    /// Its folder relative to the workspace: empty, or with a slash at its end.
    pub folder: String,
    /// Folders of other apps within it, each with a slash at its end.
    pub within: Vec<String>,
    /// What its package.json and its lock file say.
    pub package: Package,
    /// What it is made with.
    pub framework: Framework,
    /// Its scripts, parsed when they are asked for.
    pub modules: Modules,
    /// Its env files, the one that wins first.
    pub env: Vec<EnvFile>,
    /// Every `Sentry.init` (or `sentry_sdk.init`), with its options.
    pub inits: Vec<Init>,
    /// Every build plugin of Sentry: `withSentryConfig`, `sentryVitePlugin`, …, with its options.
    pub plugins: Vec<Plugin>,
    /// What only Next.js has.
    pub next: Option<NextApp>,
    /// Endpoints that the app answers itself, of any framework.
    pub routes: Vec<Route>,
    /// What was built of it for the browser, where that lies in its folder.
    pub shipped: Option<Shipped>,
    /// Every policy text, of every layer.
    pub policies: Vec<PolicyText>,
    /// Tags that take Sentry from its CDN.
    pub scripts: Vec<SdkScript>,
}

impl Project {
    /// Reads a workspace. Nothing in it aborts the reading: what cannot be read is in `tree.skipped`.
    pub fn read(root: &Path) -> Self {
        let files = Files::new(root);
        let mut tree = Tree::walk(&files);
        let mut apps = framework::apps(&files, &mut tree);
        let packages = Packages::of(&tree);
        let folders: Vec<String> = apps.iter().map(|app| app.folder.clone()).collect();
        for app in &mut apps {
            app.env = env::read(&files, &mut tree, app);
            app.modules = Modules::new(&files).with(&packages, &tree, &app.folder);
            app.modules.env = app.environment();
            app.shipped = shipped::read(&files, app);
            init::read(&files, &mut tree, app);
            next::read(&files, &mut tree, app);
            init::settle(app);
            routes::read(&files, &tree, app);
            policy::read(&files, &mut tree, app, &folders);
            python::read(&files, &mut tree, app);
        }
        if tree.skipped_more > 0 {
            let why = format!("{} more files and folders were not looked at", tree.skipped_more);
            tree.skipped.push(Skipped { path: String::new(), why });
        }
        Self { files, tree, apps }
    }
}
