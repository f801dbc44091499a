//! Plugins of builds.

use std::sync::Arc;

use crate::doctor::{
    project::{App, Modules},
    script::{
        Scope, Span,
        tree::{Expr, Item, Module, Node},
    },
};

use super::{Init, Plugin, Runtime, options, sdk};

/// The plugins that a module makes.
pub(super) fn plugins(modules: &Modules, module: &Arc<Module>, app: &App) -> Vec<Plugin> {
    let mut calls: Vec<(&Expr, &[Item], sdk::Meant)> = Vec::new();
    module.each(&mut |expr| {
        if let Node::Call(callee, items, false) = &expr.node
            && let Some(meant) = sdk::meant(modules, module, callee)
            && is_plugin(&meant)
        {
            // What is exported is come to twice.
            if !calls.iter().any(|(known, ..)| known.span == expr.span) {
                calls.push((expr, items, meant));
            }
        }
    });
    let mut out: Vec<Plugin> =
        calls.into_iter().map(|(expr, items, meant)| plugin(modules, module, app, expr, items, meant)).collect();
    out.extend(nuxt(modules, module));
    out
}

fn is_plugin(meant: &sdk::Meant) -> bool {
    match meant.name.as_str() {
        "withSentryConfig"
        | "sentryVitePlugin"
        | "sentryWebpackPlugin"
        | "sentryRollupPlugin"
        | "sentryEsbuildPlugin"
        | "sentrySvelteKit"
        | "sentryReactRouter"
        | "sentryTanstackStart"
        | "sentrySolidStartVite"
        | "sentryCloudflareVitePlugin"
        | "withSentryGatsby" => true,
        "default" => meant.package == "@sentry/astro" || meant.package.ends_with("-plugin"),
        "withSentry" => meant.package == "@sentry/solidstart",
        _ => false,
    }
}

fn plugin(
    modules: &Modules,
    module: &Arc<Module>,
    app: &App,
    expr: &Expr,
    items: &[Item],
    meant: sdk::Meant,
) -> Plugin {
    let around = matches!(meant.name.as_str(), "withSentryConfig" | "withSentry");
    let v7 = app.package.version("@sentry/nextjs").is_some_and(|version| version.major < 8);
    let mut settings = Vec::new();
    let mut hidden = Vec::new();
    let scope = Scope::default();
    // What is wrapped comes first.
    for item in items.iter().skip(usize::from(around)).take(if around && !v7 { 1 } else { 2 }) {
        let (more, unknown) = options::of(modules, &scope, module, &item.value);
        settings.extend(more);
        // The second argument of `sentryReactRouter` is the bundler's.
        if around || std::ptr::eq(item, items.first().unwrap_or(item)) {
            hidden.extend(unknown);
        }
        if !around {
            break;
        }
    }
    if around
        && v7
        && let Some(item) = items.first()
    {
        let (wrapped, _) = options::of(modules, &scope, module, &item.value);
        let (more, unknown) = options::taken(wrapped, "sentry");
        settings.extend(more);
        hidden.extend(unknown);
    }
    let name = if meant.name == "default" { "sentry".to_owned() } else { meant.name };
    Plugin {
        name,
        from: meant.package,
        path: module.path.clone(),
        span: expr.span,
        options: options::flat(settings),
        hidden,
    }
}

/// Nuxt's module, which is named in `modules`; its options are the key `sentry`.
fn nuxt(modules: &Modules, module: &Arc<Module>) -> Option<Plugin> {
    let name = module.path.rsplit('/').next()?;
    if !name.starts_with("nuxt.config.") {
        return None;
    }
    let mut config: Option<&Expr> = None;
    let mut named: Option<Span> = None;
    module.each(&mut |expr| match &expr.node {
        Node::Object(_) if config.is_none() => config = Some(expr),
        Node::Text(text) if text == "@sentry/nuxt/module" && named.is_none() => named = Some(expr.span),
        _ => {}
    });
    let named = named?;
    let (settings, hidden) = options::of(modules, &Scope::default(), module, config?);
    let (settings, more) = options::taken(settings, "sentry");
    Some(Plugin {
        name: "sentry".to_owned(),
        from: "@sentry/nuxt/module".to_owned(),
        path: module.path.clone(),
        span: named,
        options: options::flat(settings),
        hidden: [hidden, more].concat(),
    })
}

/// Astro's integration starts Sentry itself where it has a DSN: in the browser and on the server.
pub(super) fn starts(plugins: &[Plugin]) -> Vec<Init> {
    let astro = plugins.iter().filter(|plugin| plugin.from == "@sentry/astro" && plugin.option("dsn").is_some());
    let runtimes = [Runtime::Client, Runtime::Server];
    astro
        .flat_map(|plugin| runtimes.map(|runtime| (plugin, runtime)))
        .map(|(plugin, runtime)| Init {
            runtime,
            path: plugin.path.clone(),
            entry: plugin.path.clone(),
            span: plugin.span,
            argument: None,
            from: plugin.from.clone(),
            options: plugin.options.clone(),
            conditions: Vec::new(),
            hidden: plugin.hidden.clone(),
            reachable: true,
            sure: true,
        })
        .collect()
}
