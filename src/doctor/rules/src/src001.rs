//! SRC001: source maps that Sentry does not get, or that everybody gets.

use crate::doctor::{
    finding::{At, Edit, Finding, Fix, Found, Severity},
    live::judge,
    project::{App, Kind, Plugin, Project, Setting, Shipped, Word},
    rules::{Check, Rule},
    script::Span,
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "SRC001",
    title: "Source maps do not reach Sentry, or are served to everybody",
    severity: Severity::Warning,
    why: "Without source maps Sentry shows minified names and columns, and groups errors by them: after each build the same error \
          is a new issue. Source maps that are served instead give everybody the source.",
    docs: "https://docs.sentry.io/platforms/javascript/sourcemaps/",
    checks: &[Check::Static(check), Check::Live(judge::public_maps)],
};

fn check(project: &Project, app: &App, found: &mut Found) {
    if !app.package.has_sentry() {
        return;
    }
    for plugin in &app.plugins {
        if let Some(setting) = literal(plugin, "sourcemaps.disable", true)
            && !uploads_otherwise(project, app)
        {
            found.add(disabled(project, plugin, setting));
        }
        if let Some(setting) = literal(plugin, "sourcemaps.deleteSourcemapsAfterUpload", false) {
            found.add(kept(project, setting));
        }
    }
    public(project, app, found);
    if let Some(built) = &app.shipped {
        look_at_built(app, built, found);
    }
    no_upload(project, app, found);
}

/// An option that is written as this boolean, and read from nowhere else.
fn literal<'a>(plugin: &'a Plugin, name: &str, is: bool) -> Option<&'a Setting> {
    plugin.option(name).filter(|setting| setting.value.env.is_empty() && setting.value.bool() == Some(is))
}

fn at(project: &Project, setting: &Setting) -> At {
    let origin = &setting.value.at;
    let text = project.files.read(&origin.path).ok().flatten().unwrap_or_default();
    At::span(&*origin.path, &text, origin.span)
}

fn replaced(setting: &Setting, with: &str) -> Vec<Edit> {
    let origin = &setting.value.at;
    vec![Edit::Replace { path: origin.path.to_string(), span: origin.span, with: with.to_owned() }]
}

/// Whether something besides a plugin may upload: a script of the package, or a file of the CI that speaks of Sentry.
fn uploads_otherwise(project: &Project, app: &App) -> bool {
    let in_scripts = app.package.scripts.values().any(|script| script.contains("sentry"));
    let is_of_ci = |path: &str| {
        let ends = [".yml", ".yaml", ".sh", "Makefile", "Dockerfile", "Jenkinsfile", "justfile", "turbo.json"];
        ends.iter().any(|end| path.ends_with(end)) && !path.ends_with("pnpm-lock.yaml")
    };
    in_scripts || project.tree.mentioning(Word::SENTRY).any(is_of_ci)
}

fn disabled(project: &Project, plugin: &Plugin, setting: &Setting) -> Finding {
    let message = format!(
        "{} has sourcemaps.disable: true, and nothing else here uploads source maps: Sentry shows minified stacks.",
        plugin.name
    );
    Finding::new(RULE.id, Severity::Warning, "sourcemaps.disable", message).at(at(project, setting)).fix(Fix {
        title: "upload source maps".to_owned(),
        edits: replaced(setting, "false"),
        steps: vec!["Set SENTRY_AUTH_TOKEN, SENTRY_ORG and SENTRY_PROJECT where the app is built.".to_owned()],
    })
}

fn kept(project: &Project, setting: &Setting) -> Finding {
    let message = "sourcemaps.deleteSourcemapsAfterUpload: false leaves the source maps in what is published: every visitor can \
                   read the source.";
    let key = "deleteSourcemapsAfterUpload";
    Finding::new(RULE.id, Severity::Warning, key, message).likely().at(at(project, setting)).fix(Fix {
        title: "delete the source maps when Sentry has them".to_owned(),
        edits: replaced(setting, "true"),
        steps: Vec::new(),
    })
}

/// Next.js that is told to serve source maps: the SDK deletes them only where it asked for them itself.
fn public(project: &Project, app: &App, found: &mut Found) {
    let options = app.next.iter().flat_map(|next| &next.options);
    let setting = options.rev().find(|option| option.name == "productionBrowserSourceMaps");
    let Some(setting) = setting.filter(|setting| setting.value.env.is_empty() && setting.value.bool() == Some(true))
    else {
        return;
    };
    let names = ["sourcemaps.deleteSourcemapsAfterUpload", "sourcemaps.filesToDeleteAfterUpload"];
    if app.plugins.iter().any(|plugin| names.iter().any(|name| plugin.option(name).is_some())) {
        return;
    }
    let message = "productionBrowserSourceMaps: true publishes the source maps: every visitor can read the source. Without it the \
                   SDK makes them for Sentry, and deletes them after the upload.";
    let origin = &setting.value.at;
    let text = project.files.read(&origin.path).ok().flatten().unwrap_or_default();
    let line = setting.span.and_then(|span| own_line(&text, span));
    let edit = line.map(|span| Edit::Replace { path: origin.path.to_string(), span, with: String::new() });
    let steps = match &edit {
        Some(_) => Vec::new(),
        None => vec!["Take productionBrowserSourceMaps out of next.config, or set sourcemaps.deleteSourcemapsAfterUpload: true in withSentryConfig.".to_owned()],
    };
    found.add(
        Finding::new(RULE.id, Severity::Warning, "productionBrowserSourceMaps", message)
            .likely()
            .at(at(project, setting))
            .fix(Fix {
                title: "leave the source maps to the SDK".to_owned(),
                edits: edit.into_iter().collect(),
                steps,
            }),
    );
}

/// The whole line of an option, where it is alone on it.
fn own_line(text: &str, span: Span) -> Option<Span> {
    let start = text.get(..span.start)?.rfind('\n')? + 1;
    let end = span.end + text.get(span.end..)?.find('\n')? + 1;
    let is_alone = text.get(start..span.start)?.trim().is_empty() && text.get(span.end..end)?.trim() == ",";
    is_alone.then_some(Span { start, end })
}

fn look_at_built(app: &App, built: &Shipped, found: &mut Found) {
    let has_plugin = !app.plugins.is_empty();
    if let Some(first) = built.maps.first() {
        let message = format!(
            "{} has {} source maps. If this build is published, every visitor can read the source.",
            built.folder, built.map_count
        );
        found.add(Finding::new(RULE.id, Severity::Info, "built maps", message).likely().at(At::whole(first)));
    }
    if has_plugin && built.scripts > 0 && built.with_debug_id == 0 {
        let message = format!(
            "None of the {} scripts in {} has a debug id: Sentry cannot find the source maps of this build. A build with \
             SENTRY_AUTH_TOKEN has them.",
            built.scripts, built.folder
        );
        found.add(Finding::new(RULE.id, Severity::Info, "built ids", message).likely().at(At::whole(&built.folder)));
    }
}

/// An app that is bundled without a plugin, and whose maps nobody uploads.
fn no_upload(project: &Project, app: &App, found: &mut Found) {
    let is_bundled = match app.framework.kind {
        Kind::Vite | Kind::Angular | Kind::Remix => true,
        Kind::Other => app.package.has("react-scripts"),
        _ => false,
    };
    let is_tool = |name: &String| name.starts_with("@sentry/") && (name.ends_with("-plugin") || name.ends_with("/cli"));
    if !is_bundled
        || !app.plugins.is_empty()
        || app.package.wanted.keys().any(is_tool)
        || uploads_otherwise(project, app)
    {
        return;
    }
    let message = "Nothing here uploads source maps: Sentry shows minified stacks, and cannot tell that an error is the same after the \
                   next build.";
    let place = app.package.path.clone().unwrap_or_default();
    found.add(Finding::new(RULE.id, Severity::Info, "no upload", message).likely().at(At::whole(place)).fix(Fix {
        title: "upload source maps".to_owned(),
        edits: Vec::new(),
        steps: vec!["Run `npx @sentry/wizard@latest -i sourcemaps` in the app's folder.".to_owned()],
    }));
}
