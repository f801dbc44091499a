//! CFG003: nothing loads the starts of the server and the edge.

use crate::doctor::{
    finding::{At, Edit, Finding, Fix, Found, Severity},
    project::{App, Kind, Project, Runtime},
    rules::{Check, Rule, edit},
    script::{
        Span,
        tree::{Exports, Module},
    },
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG003",
    title: "Nothing loads Sentry on the server",
    severity: Severity::Error,
    why: "Since version 8 the SDK does not load sentry.server.config and sentry.edge.config by itself: register() of instrumentation does, which Next.js only looks for beside the folders app and pages. Without it errors of the server are lost.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/manual-setup/#register-server-side-sdk-initialization",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    if app.framework.kind != Kind::Next || app.package.version("@sentry/nextjs").is_none_or(|sdk| sdk.major < 8) {
        return;
    }
    let lost: Vec<_> = app.inits.iter().filter(|init| init.runtime != Runtime::Client && !init.reachable).collect();
    let lost_of = |runtime| lost.iter().find(|init| init.runtime == runtime && app.starts(runtime).is_empty());
    let configs: Vec<_> = [Runtime::Server, Runtime::Edge].into_iter().filter_map(lost_of).collect();
    if configs.is_empty() {
        return;
    }
    let root = app.next.as_ref().and_then(|next| next.source_folder()).unwrap_or(&app.folder).to_owned();
    let here = named(project, app, &root);
    let elsewhere = ["", "src/"].iter().map(|inner| format!("{}{inner}", app.folder)).filter(|folder| *folder != root);
    let misplaced = elsewhere.filter_map(|folder| named(project, app, &folder)).next();
    let names: Vec<&str> = configs.iter().map(|init| init.path.as_str()).collect();
    let files = names.join(" and ");
    let mut finding = match (&here, &misplaced) {
        (None, Some(path)) => {
            let folder = if root.is_empty() { "the app's folder" } else { &root };
            let message = format!(
                "Next.js looks for instrumentation in {folder} only, not at {path}: Sentry never starts on the server."
            );
            Finding::new(RULE.id, Severity::Error, "register", message).at(At::whole(path.clone()))
        }
        (None, None) => {
            let message =
                format!("There is no instrumentation file that loads {files}: Sentry never starts on the server.");
            Finding::new(RULE.id, Severity::Error, "register", message)
        }
        (Some(path), _) => {
            let message = format!("{path} does not load {files}: Sentry never starts there.");
            let module = app.modules.get(path).and_then(Result::ok);
            let at = match module.as_deref().and_then(register) {
                Some(span) => edit::at(project, path, span),
                None => At::whole(path.clone()),
            };
            Finding::new(RULE.id, Severity::Error, "register", message).at(at)
        }
    };
    finding.at.extend(configs.iter().map(|init| edit::at_start(project, init).noted("not loaded")));
    let pairs: Vec<(Runtime, &str)> = configs.iter().map(|init| (init.runtime, init.path.as_str())).collect();
    let fix = match (here, misplaced) {
        (Some(path), _) => insert(project, app, &path, &pairs),
        (None, Some(path)) => moved(project, app, &path, &root),
        (None, None) => create(project, app, &root, &pairs),
    };
    found.add(finding.fix(fix));
}

/// The instrumentation file of a folder.
fn named(project: &Project, app: &App, folder: &str) -> Option<String> {
    let extensions = app.next.as_ref().map(|next| next.extensions.clone()).unwrap_or_default();
    let base = format!("{folder}instrumentation.");
    let is = |path: &&str| {
        path.strip_prefix(&base).is_some_and(|ending| {
            super::ENDINGS.contains(&ending) || extensions.iter().any(|extension| extension == ending)
        })
    };
    project.tree.below(&base).find(is).map(str::to_owned)
}

/// The place of what is exported as `register`.
fn register(module: &Module) -> Option<Span> {
    module.export("register").map(|export| export.span)
}

/// One path relative to a folder, as an import names it.
fn relative(folder: &str, path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    match stem.strip_prefix(folder) {
        Some(rest) => format!("./{rest}"),
        None => {
            let up = folder.matches('/').count();
            // Both lie in the app; the folder is its `src`.
            let common = folder.split_inclusive('/').zip(stem.split_inclusive('/')).take_while(|(a, b)| a == b);
            let common: usize = common.map(|(part, _)| part.len()).sum();
            let steps = up.saturating_sub(folder.get(..common).unwrap_or_default().matches('/').count());
            format!("{}{}", "../".repeat(steps), stem.get(common..).unwrap_or(stem))
        }
    }
}

fn condition(runtime: Runtime) -> &'static str {
    if runtime == Runtime::Edge { "edge" } else { "nodejs" }
}

/// The statements that load the files.
fn loads(folder: &str, pairs: &[(Runtime, &str)]) -> String {
    let one = |(runtime, path): &(Runtime, &str)| {
        format!(
            "  if (process.env.NEXT_RUNTIME === '{}') {{\n    await import('{}');\n  }}\n",
            condition(*runtime),
            relative(folder, path)
        )
    };
    pairs.iter().map(one).collect()
}

fn create(project: &Project, app: &App, root: &str, pairs: &[(Runtime, &str)]) -> Fix {
    let typed = pairs.iter().any(|(_, path)| path.ends_with(".ts"))
        || project.tree.has(&format!("{}tsconfig.json", app.folder));
    let path = format!("{root}instrumentation.{}", if typed { "ts" } else { "js" });
    let on_error = super::cfg004::has_request_error(app);
    let (head, tail) = match on_error {
        true => (
            "import * as Sentry from '@sentry/nextjs';\n\n",
            "\nexport const onRequestError = Sentry.captureRequestError;\n",
        ),
        false => ("", ""),
    };
    let text = format!("{head}export async function register() {{\n{}}}\n{tail}", loads(root, pairs));
    Fix { title: format!("write {path}"), edits: vec![Edit::Create { path, text }], steps: Vec::new() }
}

fn insert(project: &Project, app: &App, path: &str, pairs: &[(Runtime, &str)]) -> Fix {
    let folder = path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
    let title = format!("load them in {path}");
    let steps = || Fix {
        title: title.clone(),
        edits: Vec::new(),
        steps: vec![format!("Add to register() in {path}:\n{}", loads(&folder, pairs))],
    };
    let (Some(text), Some(Ok(module))) = (edit::text(project, path), app.modules.get(path)) else { return steps() };
    let edit = match register(&module) {
        None => {
            let lines = format!("export async function register() {{\n{}}}", loads(&folder, pairs));
            edit::append(&text, path, &lines)
        }
        Some(span) => {
            // Only where it is plainly a function that may wait.
            let body = text.get(span.start..span.end).unwrap_or_default();
            let head = body.split('{').next().unwrap_or_default();
            let is_async =
                head.contains("async") || text.get(..span.start).is_some_and(|head| head.trim_end().ends_with("async"));
            let Some(open) = body.find('{').filter(|_| is_async && head.contains("register")) else { return steps() };
            let at = span.start + open + 1;
            let lines = format!("\n{}", loads(&folder, pairs).trim_end());
            Edit::Replace { path: path.to_owned(), span: Span { start: at, end: at }, with: lines }
        }
    };
    Fix { title, edits: vec![edit], steps: Vec::new() }
}

/// Moves the file to where Next.js looks, its relative imports with it.
fn moved(project: &Project, app: &App, path: &str, root: &str) -> Fix {
    let name = path.rsplit('/').next().unwrap_or(path);
    let to = format!("{root}{name}");
    let mut edits = vec![Edit::Rename { from: path.to_owned(), to: to.clone() }];
    let (Some(text), Some(Ok(module))) = (edit::text(project, path), app.modules.get(path)) else {
        return Fix {
            title: format!("move it to {to}"),
            edits: Vec::new(),
            steps: vec![format!("Move {path} to {to}.")],
        };
    };
    for (source, span) in module.imports.iter().filter(|(source, _)| source.starts_with('.')) {
        let Some(target) = app.modules.resolve(path, source) else { continue };
        let written = text.get(span.start..span.end).unwrap_or_default();
        let quote = written.chars().next().filter(|quote| matches!(quote, '\'' | '"'));
        if let Some(quote) = quote {
            let with = format!("{quote}{}{quote}", relative(root, &target));
            edits.push(Edit::Replace { path: path.to_owned(), span: *span, with });
        }
    }
    Fix { title: format!("move it to {to}"), edits, steps: Vec::new() }
}

/// Whether a module exports something of this name under any form.
pub(super) fn exports(module: &Module, name: &str) -> bool {
    module.export(name).is_some()
        || module.exports.iter().any(|export| export.name == "*" && matches!(&export.value, Exports::From(..)))
}
