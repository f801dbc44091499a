//! DSN001: Sentry is not started, or without a DSN.

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity, Undecided},
    project::{App, Init, Kind, Manager, Project, Runtime, Word},
    rules::{Check, Rule, edit},
    script::{Value, What, tree::Module},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "DSN001",
    title: "Sentry is not started, or without a DSN",
    severity: Severity::Error,
    why: "Without a call of Sentry.init that runs, nothing is reported. Without a DSN the SDK starts and sends nothing: it says so only with debug: true.",
    docs: "https://docs.sentry.io/platforms/javascript/configuration/options/#dsn",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    // What Python starts is not read here.
    if app.framework.kind.is_python() {
        return;
    }
    if app.inits.is_empty() {
        return nothing(project, app, found);
    }
    missing(project, app, found);
    let mut seen: Vec<(String, usize)> = Vec::new();
    for runtime in [Runtime::Client, Runtime::Server, Runtime::Edge] {
        for init in app.starts(runtime) {
            // A file that several runtimes load has one fault, not two.
            if !seen.contains(&(init.path.clone(), init.span.start)) {
                seen.push((init.path.clone(), init.span.start));
                without(project, app, init, found);
            }
        }
    }
}

/// Nothing starts Sentry anywhere in the app.
fn nothing(project: &Project, app: &App, found: &mut Found) {
    if !app.scripts.is_empty() {
        return;
    }
    let speaks = |app: &App| app.package.has_sentry() || !app.inits.is_empty() || !app.scripts.is_empty();
    // Of several apps not every one needs it.
    if !app.package.has_sentry() && (project.apps.len() > 1 || project.apps.iter().any(speaks)) {
        return;
    }
    // Started by a layer of the platform, or by a plugin's options.
    const ELSEWHERE: [&str; 4] =
        ["@sentry/aws-serverless", "@sentry/serverless", "@sentry/google-cloud-serverless", "@sentry/gatsby"];
    if ELSEWHERE.iter().any(|name| app.package.has(name)) {
        return;
    }
    // The root of a workspace holds what its apps use; a program without a framework may be a part of another.
    let others = || project.apps.iter().filter(|other| other.folder != app.folder && !other.inits.is_empty());
    let is_part = matches!(app.framework.kind, Kind::Other | Kind::Node) && others().next().is_some();
    if is_part || others().any(|other| other.folder.starts_with(&app.folder)) {
        return;
    }
    let at = app.package.path.clone().unwrap_or_else(|| app.folder.clone());
    let at = At::whole(at);
    if let Some((hidden, source)) = hiding(project, app) {
        found.undecided.push(Undecided {
            rule: RULE.id,
            what: format!("whether {source} starts Sentry"),
            at: hidden,
            ask: "install the packages of the workspace, or give `url` and `browser`",
        });
        return;
    }
    let (message, title) = if app.package.has_sentry() {
        (
            "Nothing calls Sentry.init: the SDK is installed and never started, so nothing is reported.",
            "call Sentry.init",
        )
    } else {
        ("Sentry is not set up: no package of its SDK, no script of its CDN and no Sentry.init.", "set up Sentry")
    };
    found.add(Finding::new(RULE.id, Severity::Error, "none", message).at(at).fix(Fix {
        title: title.to_owned(),
        edits: Vec::new(),
        steps: set_up(app),
    }));
}

/// An import that may lead to a start, and cannot be followed.
fn hiding(project: &Project, app: &App) -> Option<(At, String)> {
    const WORDS: [&str; 5] = ["sentry", "monitor", "observab", "telemetr", "instrument"];
    for path in app.mentioning(&project.tree, Word::SENTRY).take(200) {
        let Some(Ok(module)) = app.modules.get(path) else { continue };
        for (source, span) in &module.imports {
            let lower = source.to_ascii_lowercase();
            let tool = lower.starts_with("@sentry/") || lower.starts_with("node:");
            if !tool && WORDS.iter().any(|word| lower.contains(word)) && app.modules.resolve(path, source).is_none() {
                return Some((edit::at(project, path, *span), source.clone()));
            }
        }
    }
    None
}

/// A runtime of the framework in which nothing starts, while another one does.
fn missing(project: &Project, app: &App, found: &mut Found) {
    let has = |runtime| app.inits.iter().any(|init| init.runtime == runtime);
    let (lacks, severity, what) = match app.framework.kind {
        Kind::Next if !has(Runtime::Client) => (
            Runtime::Client,
            // An app may report from its server alone, on purpose.
            if is_for_browsers(project, app) { Severity::Error } else { Severity::Info },
            "Sentry.init never runs in the browser: its errors and replays are lost.",
        ),
        Kind::Next if !has(Runtime::Server) && !is_exported(app) => (
            Runtime::Server,
            Severity::Warning,
            "Sentry.init never runs on the server: errors of routes and server components are lost.",
        ),
        Kind::SvelteKit | Kind::Nuxt | Kind::Remix | Kind::Astro if !has(Runtime::Client) => (
            Runtime::Client,
            Severity::Warning,
            "Sentry.init never runs in the browser: its errors and replays are lost.",
        ),
        _ => return,
    };
    if hiding(project, app).is_some() {
        return;
    }
    let other = app.inits.first().map(|init| edit::at_start(project, init).noted("the only start"));
    let mut finding = Finding::new(RULE.id, severity, lacks.word(), what);
    if severity != Severity::Error {
        finding = finding.likely();
    }
    finding.at.extend(other);
    found.add(finding.fix(Fix {
        title: format!("start Sentry on the {}", lacks.word()),
        edits: Vec::new(),
        steps: set_up(app),
    }));
}

/// Whether something shows that Sentry was meant to run in the browser too: a public DSN, a tunnel, a client file that
/// names the SDK.
fn is_for_browsers(project: &Project, app: &App) -> bool {
    let public = |name: &str| name.starts_with("NEXT_PUBLIC_") && name.contains("DSN");
    let variable = app.env.iter().flat_map(|file| &file.variables).any(|variable| public(&variable.name));
    let read =
        app.inits.iter().filter_map(|init| init.option("dsn")).flat_map(|dsn| &dsn.value.env).any(|name| public(name));
    let tunnel = app.plugins.iter().any(|plugin| plugin.option("tunnelRoute").is_some());
    variable
        || read
        || tunnel
        || app.mentioning(&project.tree, Word::SENTRY).take(200).any(|path| {
            let client = |module: &Module| module.directives.iter().any(|directive| directive == "use client");
            matches!(app.modules.get(path), Some(Ok(module)) if client(&module))
        })
}

fn is_exported(app: &App) -> bool {
    let output = app.next.as_ref().and_then(|next| next.option("output"));
    output.is_some_and(|output| output.value.text().is_none_or(|output| output == "export"))
}

/// A start that has no DSN.
fn without(project: &Project, app: &App, init: &Init, found: &mut Found) {
    let key = format!("dsn of {}", init.path);
    let Some(setting) = init.option("dsn") else {
        return absent(project, app, init, &key, found);
    };
    let Some(why) = empty(&setting.value) else {
        return unset(project, app, init, &setting.value, found);
    };
    // DSN003 says that a variable does not reach the browser.
    if init.runtime == Runtime::Client && super::dsn003::left_out(app, &setting.value).is_some() {
        return;
    }
    let is_set = |name: &String| app.variable(name).is_none_or(|(_, variable)| !variable.value.trim().is_empty());
    // A variable chooses it, and it may choose otherwise in production.
    if !setting.value.env.is_empty() && setting.value.env.iter().all(is_set) {
        return unset(project, app, init, &setting.value, found);
    }
    let at = edit::at_option(project, init, setting);
    let variable = setting
        .value
        .env
        .iter()
        .find(|name| !is_set(name))
        .and_then(|name| app.variable(name).map(|found| (name, found)));
    let (message, severity) = match &variable {
        Some((name, (file, _))) => (
            format!(
                "{name} is set to nothing in {}: where no other value is set at the build, Sentry sends nothing.",
                file.path
            ),
            Severity::Warning,
        ),
        None => (format!("Sentry is started with {why} as its DSN: it sends nothing."), Severity::Error),
    };
    let step = match &variable {
        Some((name, (file, _))) => {
            format!(
                "Set {name} to the DSN of the project (Settings > Client Keys in Sentry) in {}, or where the app is built.",
                file.path
            )
        }
        None => "Give `dsn` the DSN of the project: Settings > Client Keys in Sentry.".to_owned(),
    };
    let mut finding = Finding::new(RULE.id, severity, key, message).at(at);
    if let Some((_, (file, variable))) = variable {
        finding.at.push(edit::at(project, &file.path, variable.span));
        finding = finding.likely();
    }
    found.add(finding.fix(Fix { title: "set a DSN".to_owned(), edits: Vec::new(), steps: vec![step] }));
}

/// What an empty DSN is; none = it is none.
fn empty(value: &Value) -> Option<&'static str> {
    match &value.what {
        What::Undefined => Some("undefined"),
        What::Null => Some("null"),
        What::Bool(false) => Some("false"),
        What::Text(_) if value.text().is_some_and(|text| text.trim().is_empty()) => Some("an empty text"),
        _ => None,
    }
}

/// No option `dsn` at all.
fn absent(project: &Project, app: &App, init: &Init, key: &str, found: &mut Found) {
    let at = edit::at_start(project, init);
    if let Some(hidden) = init.hidden.first() {
        // The loader brings its own; other options are only not known.
        if !init.from.is_empty() {
            found.undecided.push(Undecided {
                rule: RULE.id,
                what: "the DSN".to_owned(),
                at: project.at(&hidden.at),
                ask: "give `url` and `browser`: the running SDK knows it",
            });
        }
        return;
    }
    let loaded = init.from.is_empty()
        && (!app.scripts.is_empty() || app.inits.iter().any(|other| other.argument.is_none() && other.from.is_empty()));
    // Electron's renderer and extensions of an SDK have it from elsewhere.
    if loaded || init.from.contains("electron") || init.from.contains("capacitor") {
        return;
    }
    if init.runtime != Runtime::Client {
        // The SDK for servers reads SENTRY_DSN.
        if app.variable("SENTRY_DSN").is_none() {
            found.undecided.push(Undecided {
                rule: RULE.id,
                what: "the DSN: Sentry.init has none, so SENTRY_DSN counts, which no env file sets".to_owned(),
                at,
                ask: "set SENTRY_DSN where the app runs",
            });
        }
        return;
    }
    let message = "Sentry.init has no dsn: the SDK in the browser knows no other place for it and sends nothing.";
    found.add(Finding::new(RULE.id, Severity::Error, key, message).at(at).fix(Fix {
        title: "set a DSN".to_owned(),
        edits: Vec::new(),
        steps: vec![
                "Give Sentry.init the option `dsn`: the DSN of the project, from Settings > Client Keys in Sentry."
                    .to_owned(),
            ],
    }));
}

/// A DSN that only the place where the app is built or runs knows.
fn unset(project: &Project, app: &App, init: &Init, value: &Value, found: &mut Found) {
    if app.dsn(init.runtime).is_some_and(|dsn| dsn.text.is_some()) {
        return;
    }
    let names: Vec<&str> = value
        .choices()
        .into_iter()
        .filter_map(|each| match &each.what {
            What::Env(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let what = match names.as_slice() {
        [] => "the DSN".to_owned(),
        names => format!("the DSN: no env file sets {}", names.join(" or ")),
    };
    found.undecided.push(Undecided {
        rule: RULE.id,
        what,
        at: project.at(&value.at),
        ask: "see that it is set where the app is built or runs",
    });
}

/// How Sentry is set up from nothing.
fn set_up(app: &App) -> Vec<String> {
    let run = match app.package.lock.as_ref().map(|(manager, _)| manager) {
        Some(Manager::Pnpm) => "pnpm dlx",
        Some(Manager::Yarn) => "yarn dlx",
        Some(Manager::Bun) => "bunx",
        _ => "npx",
    };
    let wizard = |name: &str| vec![format!("Run `{run} @sentry/wizard@latest -i {name}` in the app's folder.")];
    match app.framework.kind {
        Kind::Next => wizard("nextjs"),
        Kind::SvelteKit => wizard("sveltekit"),
        Kind::Nuxt => wizard("nuxt"),
        Kind::Remix => wizard("remix"),
        Kind::Angular => wizard("angular"),
        Kind::Astro => vec![format!("Run `{run} astro add @sentry/astro` in the app's folder.")],
        Kind::Node => vec![
            "Write instrument.js that calls Sentry.init({ dsn }) of @sentry/node.".to_owned(),
            "Start the app with `node --import ./instrument.js`.".to_owned(),
        ],
        _ => vec!["Call Sentry.init({ dsn }) of the framework's SDK before anything else runs.".to_owned()],
    }
}
