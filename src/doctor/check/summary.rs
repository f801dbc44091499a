//! What an app is, in short.

use crate::doctor::project::{App, Kind, Runtime};

/// An app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppSummary {
    /// Its folder relative to the workspace; empty = the workspace itself.
    pub folder: String,
    /// `Next.js 16.4.6, app router, Turbopack`
    pub framework: String,
    /// Packages of Sentry with their versions: `@sentry/nextjs 11.8.0`.
    pub sentry: Vec<String>,
    /// Where Sentry is started: `client src/instrumentation-client.ts`.
    pub inits: Vec<String>,
}

impl AppSummary {
    /// Of an app.
    pub(super) fn of(app: &App) -> Self {
        Self {
            folder: app.folder.trim_end_matches('/').to_owned(),
            framework: framework(app),
            sentry: sentry(app),
            inits: app
                .inits
                .iter()
                .map(|init| {
                    let loaded = if init.reachable { "" } else { " (not loaded)" };
                    format!("{} {}{loaded}", runtime(init.runtime), init.path)
                })
                .collect(),
        }
    }
}

fn framework(app: &App) -> String {
    let name = match app.framework.kind {
        Kind::Next => "Next.js",
        Kind::SvelteKit => "SvelteKit",
        Kind::Nuxt => "Nuxt",
        Kind::Remix => "Remix or React Router",
        Kind::Astro => "Astro",
        Kind::Angular => "Angular",
        Kind::Vite => "Vite",
        Kind::Node => "Node.js",
        Kind::Django => "Django",
        Kind::Flask => "Flask",
        Kind::FastApi => "FastAPI",
        Kind::Python => "Python",
        Kind::Other => "no framework that is known",
    };
    let mut words = vec![match &app.framework.version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    }];
    if let Some(next) = &app.next {
        words.extend(next.app_folder.as_ref().map(|_| "app router".to_owned()));
        words.extend(next.pages_folder.as_ref().map(|_| "pages router".to_owned()));
        words.extend(next.turbopack.map(|turbopack| if turbopack { "Turbopack" } else { "webpack" }.to_owned()));
    }
    words.join(", ")
}

fn sentry(app: &App) -> Vec<String> {
    let is_sentry = |name: &str| name.starts_with("@sentry/") || ["sentry-sdk", "sentry_sdk"].contains(&name);
    let names = app.package.wanted.keys().filter(|name| is_sentry(name));
    let said = names.map(|name| match app.package.version(name) {
        Some(version) => format!("{name} {version}"),
        None => name.clone(),
    });
    said.collect()
}

fn runtime(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Client => "client",
        Runtime::Server => "server",
        Runtime::Edge => "edge",
    }
}
