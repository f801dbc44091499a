//! CFG004: hooks of Next.js through which the SDK learns of errors are not set.

use crate::doctor::{
    finding::{At, Edit, Finding, Fix, Found, Severity},
    project::{App, Kind, Project, Runtime},
    rules::{Check, Rule, edit},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG004",
    title: "A hook of Next.js does not reach Sentry",
    severity: Severity::Warning,
    why: "Next.js catches errors of server components, routes and layouts itself. Sentry learns of them through onRequestError (instrumentation), of the root layout's through global-error, and of navigations through onRouterTransitionStart (instrumentation-client).",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/manual-setup/#capture-errors-from-nested-react-server-components",
    checks: &[Check::Static(look)],
};

/// Whether SDK and Next.js have the hook for errors of the server.
pub(super) fn has_request_error(app: &App) -> bool {
    app.package.version("@sentry/nextjs").is_some_and(|sdk| sdk.is_at_least(8, 28, 0))
        && app.framework.version.as_ref().is_some_and(|next| next.major >= 15)
}

fn look(project: &Project, app: &App, found: &mut Found) {
    if app.framework.kind != Kind::Next {
        return;
    }
    request_error(project, app, found);
    transitions(project, app, found);
    global_error(project, app, found);
}

/// The import of all of the SDK, and the edit that adds it where it is not there.
fn with_import(text: &str, path: &str) -> (String, Option<Edit>) {
    let known = text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix("import * as ")?;
        let (name, from) = rest.split_once(" from ")?;
        from.contains("@sentry/nextjs").then(|| name.trim().to_owned())
    });
    match known {
        Some(name) => (name, None),
        None => ("Sentry".to_owned(), Some(edit::import(text, path, "import * as Sentry from '@sentry/nextjs';"))),
    }
}

fn request_error(project: &Project, app: &App, found: &mut Found) {
    if !has_request_error(app) || app.starts(Runtime::Server).is_empty() {
        return;
    }
    let root = app.next.as_ref().and_then(|next| next.source_folder()).unwrap_or(&app.folder);
    let base = format!("{root}instrumentation.");
    let Some(path) = project.tree.below(&base).find(|path| super::ENDINGS.iter().any(|ending| path.ends_with(ending)))
    else {
        return;
    };
    let Some(Ok(module)) = app.modules.get(path) else { return };
    if super::cfg003::exports(&module, "onRequestError") {
        return;
    }
    let text = module.text.to_string();
    let is_common = text.contains("module.exports") || text.contains("exports.register");
    let (name, import) = with_import(&text, path);
    let line = format!("export const onRequestError = {name}.captureRequestError;");
    let edits: Vec<Edit> = match is_common {
        true => Vec::new(),
        false => import.into_iter().chain([edit::append(&text, path, &line)]).collect(),
    };
    let message = format!(
        "{path} does not export onRequestError: errors of server components and routes that Next.js catches are lost."
    );
    let steps = if edits.is_empty() {
        vec![format!("Export onRequestError = Sentry.captureRequestError from {path}.")]
    } else {
        Vec::new()
    };
    found.add(Finding::new(RULE.id, Severity::Warning, "onRequestError", message).at(At::whole(path)).fix(Fix {
        title: "export onRequestError".to_owned(),
        edits,
        steps,
    }));
}

fn transitions(project: &Project, app: &App, found: &mut Found) {
    let fits = app.package.version("@sentry/nextjs").is_some_and(|sdk| sdk.is_at_least(9, 12, 0))
        && app.framework.version.as_ref().is_some_and(|next| next.is_at_least(15, 3, 0))
        && app.next.as_ref().is_some_and(|next| next.app_folder.is_some());
    if !fits {
        return;
    }
    let Some(path) = super::file_named(project, app, "instrumentation-client") else { return };
    let Some(Ok(module)) = app.modules.get(&path) else { return };
    if super::cfg003::exports(&module, "onRouterTransitionStart")
        || !app.inits.iter().any(|init| init.runtime == Runtime::Client && init.entry == path)
    {
        return;
    }
    let text = module.text.to_string();
    let (name, import) = with_import(&text, &path);
    let line = format!("export const onRouterTransitionStart = {name}.captureRouterTransitionStart;");
    let edits = import.into_iter().chain([edit::append(&text, &path, &line)]).collect();
    let message = format!("{path} does not export onRouterTransitionStart: navigations between pages have no trace.");
    found.add(Finding::new(RULE.id, Severity::Info, "onRouterTransitionStart", message).at(At::whole(path)).fix(Fix {
        title: "export onRouterTransitionStart".to_owned(),
        edits,
        steps: Vec::new(),
    }));
}

fn global_error(project: &Project, app: &App, found: &mut Found) {
    let Some(folder) = app.next.as_ref().and_then(|next| next.app_folder.clone()) else { return };
    if app.starts(Runtime::Client).is_empty() {
        return;
    }
    let folder = if folder.ends_with('/') { folder } else { format!("{folder}/") };
    let is = |path: &&str| path.rsplit('/').next().is_some_and(|name| name.starts_with("global-error."));
    let there = project.tree.below(&folder).find(is);
    let speaks = there.is_some_and(|path| {
        // What it imports may do it.
        edit::text(project, path).is_none_or(|text| {
            ["Sentry", "captureException", "from '.", "from \".", "from '@/", "from \"@/"]
                .iter()
                .any(|word| text.contains(word))
        })
    });
    if speaks {
        return;
    }
    let (message, at) = match there {
        Some(path) => (
            format!("{path} does not give its error to Sentry.captureException: errors of the root layout are lost."),
            path.to_owned(),
        ),
        None => (
            format!("{folder} has no global-error file: errors of the root layout do not reach Sentry."),
            folder.trim_end_matches('/').to_owned(),
        ),
    };
    let step = format!("Let {folder}global-error call Sentry.captureException(error) in an effect.");
    found.add(Finding::new(RULE.id, Severity::Info, "global-error", message).at(At::whole(at)).fix(Fix {
        title: "report errors of the root layout".to_owned(),
        edits: Vec::new(),
        steps: vec![step],
    }));
}
