//! What the apps set, apart from what is wrong with it: DSNs, and the table of options.

use super::Checked;
use crate::doctor::{
    drift::{self, Drift},
    dsn,
    project::{App, Runtime},
    rules::edit,
};

/// A DSN of the workspace, and who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsnUse {
    /// The app's folder; empty = the workspace itself.
    pub app: String,
    /// Where it is used.
    pub runtime: Runtime,
    /// The file that has the start.
    pub path: String,
    /// It, its secret part with it; none = only known where the app is built or runs. Never shown before it was masked.
    pub text: Option<String>,
    /// The value as it is written, fit to be shown.
    pub said: String,
    /// `file:line:column` of the option.
    pub place: String,
}

impl Checked {
    /// Every DSN that a start uses.
    pub fn dsns(&self) -> Vec<DsnUse> {
        self.apps_read().flat_map(|app| self.dsns_of(app)).collect()
    }

    fn dsns_of(&self, app: &App) -> Vec<DsnUse> {
        let runtimes = [Runtime::Client, Runtime::Server, Runtime::Edge];
        let used = runtimes.into_iter().filter_map(|runtime| {
            let setting = app.dsn(runtime)?;
            Some(DsnUse {
                app: app.folder.clone(),
                runtime,
                said: drift::said("dsn", &setting.value),
                place: edit::at(&self.project, &setting.path, setting.span).to_string(),
                path: setting.path,
                text: setting.text,
            })
        });
        used.collect()
    }

    /// The table of each app that starts Sentry, by its folder.
    pub fn drift(&self) -> Vec<(String, Drift)> {
        let apps = self.apps_read().filter(|app| !app.inits.is_empty());
        apps.map(|app| (app.folder.clone(), drift::table(&self.project, app))).collect()
    }

    fn apps_read(&self) -> impl Iterator<Item = &App> {
        self.chosen.iter().filter_map(|at| self.project.apps.get(*at))
    }
}

impl DsnUse {
    /// What reading it says.
    pub fn read(&self) -> Option<Result<dsn::Dsn, dsn::Wrong>> {
        self.text.as_deref().map(dsn::read)
    }
}
