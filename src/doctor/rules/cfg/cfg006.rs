//! CFG006: withSentryConfig is missing, does not reach Next.js, or comes from the wrong place.

use crate::doctor::{
    finding::{At, Edit, Finding, Fix, Found, Severity, Undecided},
    project::{App, Kind, Plugin, Project},
    rules::{Check, Rule, edit},
    script::{
        Span,
        tree::{Act, Bound, Exports, Expr, Module, Node},
    },
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG006",
    title: "withSentryConfig does not do its work",
    severity: Severity::Error,
    why: "withSentryConfig builds the release, the source maps, the tunnel and the instrumentation of routes into the app. Not called, called without its result being exported, or imported from where it is not, the build has none of them or fails.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/manual-setup/#extend-your-nextjs-configuration",
    checks: &[Check::Static(look)],
};

/// Names that lead to names.
const MAX_HOPS: usize = 8;

fn look(project: &Project, app: &App, found: &mut Found) {
    if app.framework.kind != Kind::Next || !app.package.has("@sentry/nextjs") || app.inits.is_empty() {
        return;
    }
    let Some(plugin) = app.next_plugin() else { return absent(project, app, found) };
    source(project, app, plugin, found);
    applied(project, app, plugin, found);
}

fn config(app: &App) -> Option<&str> {
    app.next.as_ref().and_then(|next| next.config.as_deref())
}

/// Nothing calls it.
fn absent(project: &Project, app: &App, found: &mut Found) {
    let v7 = app.package.version("@sentry/nextjs").is_some_and(|sdk| sdk.major < 8);
    let needs = v7 || app.inits.iter().any(|init| init.path.contains("sentry.client.config."));
    let Some(path) = config(app) else {
        let message = "There is no next.config, so withSentryConfig is nowhere: no release, no source maps.";
        let severity = if needs { Severity::Error } else { Severity::Warning };
        found.add(
            Finding::new(RULE.id, severity, "absent", message)
                .at(At::whole(app.package.path.clone().unwrap_or_default()))
                .fix(steps()),
        );
        return;
    };
    let Some(Ok(module)) = app.modules.get(path) else { return };
    // A configuration of the workspace may wrap it.
    let foreign = module.imports.iter().find(|(source, _)| {
        !source.starts_with('.')
            && !["next", "node:", "@next/", "path", "fs", "url", "@sentry/"]
                .iter()
                .any(|known| source.starts_with(known))
    });
    let wraps = |module: &Module| module.text.contains("withSentryConfig");
    let inner =
        module.imports.iter().any(|(source, _)| app.modules.imported(path, source).is_some_and(|inner| wraps(&inner)));
    // Handed on without a call: `[withSentryConfig, …].reduce(…)`.
    if inner || wraps(&module) {
        return;
    }
    let own = foreign.filter(|(source, _)| {
        let scope = app.package.name.as_deref().and_then(|name| name.split_once('/')).map(|(scope, _)| scope);
        scope.is_some_and(|scope| source.starts_with(&format!("{scope}/")))
            && app.modules.resolve(path, source).is_none()
    });
    if let Some((source, span)) = own {
        found.undecided.push(Undecided {
            rule: RULE.id,
            what: format!("whether {source} calls withSentryConfig"),
            at: edit::at(project, path, *span),
            ask: "install the packages of the workspace",
        });
        return;
    }
    let severity = if needs { Severity::Error } else { Severity::Warning };
    let message = match needs {
        true => format!(
            "{path} does not call withSentryConfig, which alone loads sentry.client.config: Sentry does not start in the browser."
        ),
        false => format!(
            "{path} does not call withSentryConfig: the build has no release and no source maps, and routes are not instrumented."
        ),
    };
    let at = default(&module).map_or_else(|| At::whole(path), |value| edit::at(project, path, value.span));
    let mut fix = steps();
    if let Some(edits) = wrap(app, &module) {
        fix = Fix { edits, steps: Vec::new(), ..fix };
    }
    found.add(Finding::new(RULE.id, severity, "absent", message).at(at).fix(fix));
}

fn steps() -> Fix {
    Fix {
        title: "wrap next.config with withSentryConfig".to_owned(),
        edits: Vec::new(),
        steps: vec!["Export withSentryConfig(nextConfig, { org, project }) from next.config.".to_owned()],
    }
}

/// The package that has it.
fn package(app: &App) -> &'static str {
    match app.package.version("@sentry/nextjs") {
        Some(sdk) if sdk.major >= 11 => "@sentry/nextjs/config",
        _ => "@sentry/nextjs",
    }
}

/// The edits that wrap what is exported.
fn wrap(app: &App, module: &Module) -> Option<Vec<Edit>> {
    let value = default(module)?;
    let path = &module.path;
    let is_common = module.text.contains("module.exports");
    let line = match is_common {
        true => format!("const {{ withSentryConfig }} = require('{}');", package(app)),
        false => format!("import {{ withSentryConfig }} from '{}';", package(app)),
    };
    let at = |at: usize, with: &str| Edit::Replace {
        path: path.clone(),
        span: Span { start: at, end: at },
        with: with.to_owned(),
    };
    Some(vec![
        edit::import(&module.text, path, &line),
        at(value.span.start, "withSentryConfig("),
        at(value.span.end, ", { silent: !process.env.CI })"),
    ])
}

/// The value that a module exports by default.
fn default(module: &Module) -> Option<&Expr> {
    match &module.export("default")?.value {
        Exports::Value(value) => Some(value),
        _ => None,
    }
}

/// The import of version 11 and later, and of those before 10.
fn source(project: &Project, app: &App, plugin: &Plugin, found: &mut Found) {
    let Some(sdk) = app.package.version("@sentry/nextjs") else { return };
    let wrong = (sdk.major >= 11 && plugin.from == "@sentry/nextjs")
        || (sdk.major < 10 && plugin.from == "@sentry/nextjs/config");
    if !wrong {
        return;
    }
    let right = package(app);
    let Some(Ok(module)) = app.modules.get(&plugin.path) else { return };
    let Some((_, span)) = module.imports.iter().find(|(source, _)| *source == plugin.from) else { return };
    let message = format!(
        "{} imports withSentryConfig from {}, which @sentry/nextjs {sdk} does not export it from: the build fails. It is in {right}.",
        plugin.path, plugin.from
    );
    let written = module.text.get(span.start..span.end).unwrap_or_default();
    let quote = written.chars().next().filter(|quote| matches!(quote, '\'' | '"'));
    // Other names of the same import stay where they are.
    let uses = module
        .bindings
        .iter()
        .filter(|binding| matches!(&binding.value, Bound::Import(source, _) if *source == plugin.from));
    let edits = match quote {
        Some(quote) if uses.count() <= 1 => {
            vec![Edit::Replace { path: plugin.path.clone(), span: *span, with: format!("{quote}{right}{quote}") }]
        }
        _ => Vec::new(),
    };
    let steps = if edits.is_empty() { vec![format!("Import withSentryConfig from {right}.")] } else { Vec::new() };
    found.add(
        Finding::new(RULE.id, Severity::Error, "import", message).at(edit::at(project, &plugin.path, *span)).fix(Fix {
            title: format!("import it from {right}"),
            edits,
            steps,
        }),
    );
}

/// What the call gives is not what is exported.
fn applied(project: &Project, app: &App, plugin: &Plugin, found: &mut Found) {
    if config(app) != Some(plugin.path.as_str()) {
        return;
    }
    let Some(Ok(module)) = app.modules.get(&plugin.path) else { return };
    let Some(export) = module.export("default") else { return };
    let holds = match &export.value {
        Exports::Value(value) => leads(&module, value, plugin.span, 0),
        Exports::Name(name) => by_name(&module, name, export.span.start, plugin.span, 0),
        Exports::From(..) => true,
    };
    // Put into the exports by an assignment, or within a function that is called at run time.
    if holds || in_function(&module, plugin.span) {
        return;
    }
    let message = format!("{} calls withSentryConfig and exports something else: its result is lost.", plugin.path);
    let mut finding =
        Finding::new(RULE.id, Severity::Error, "applied", message).at(edit::at(project, &plugin.path, plugin.span));
    finding.at.push(edit::at(project, &plugin.path, export.span).noted("exported"));
    let edits = name_of(&module, plugin.span).and_then(|name| {
        let value = default(&module).filter(|value| matches!(value.node, Node::Name(_)))?;
        Some(Edit::Replace { path: plugin.path.clone(), span: value.span, with: name })
    });
    let steps = if edits.is_none() { vec!["Export what withSentryConfig(…) gives.".to_owned()] } else { Vec::new() };
    found.add(finding.fix(Fix { title: "export its result".to_owned(), edits: edits.into_iter().collect(), steps }));
}

fn in_function(module: &Module, call: Span) -> bool {
    let mut within = false;
    module.each(&mut |expr| {
        if let Node::Function(function) = &expr.node {
            within |= function.span.start <= call.start && call.end <= function.span.end;
        }
    });
    within
        || module.body.iter().any(|statement| {
            matches!(statement.node, Act::Function(_))
                && statement.span.start <= call.start
                && call.end <= statement.span.end
        })
}

/// The name that the call's result is declared as.
fn name_of(module: &Module, call: Span) -> Option<String> {
    module.bindings.iter().find_map(|binding| match &binding.value {
        Bound::Value(value, way) if way.is_empty() && value.span == call => Some(binding.name.clone()),
        _ => None,
    })
}

/// Whether an expression holds a call, or a name that leads to it.
fn leads(module: &Module, value: &Expr, call: Span, hops: usize) -> bool {
    if value.span.start <= call.start && call.end <= value.span.end {
        return true;
    }
    if hops > MAX_HOPS {
        return true;
    }
    let mut names: Vec<(&str, usize)> = Vec::new();
    value.each(&mut |expr| {
        if let Node::Name(name) = &expr.node {
            names.push((name, expr.span.start));
        }
    });
    names.truncate(200);
    names.into_iter().any(|(name, at)| by_name(module, name, at, call, hops + 1))
}

fn by_name(module: &Module, name: &str, at: usize, call: Span, hops: usize) -> bool {
    let Some(binding) = module.binding(name, at) else { return false };
    // What is assigned later may well be it.
    if binding.reassigned {
        return true;
    }
    match &binding.value {
        Bound::Value(value, _) => leads(module, value, call, hops),
        Bound::Function(function) => function.span.start <= call.start && call.end <= function.span.end,
        Bound::Unknown => true,
        _ => false,
    }
}
