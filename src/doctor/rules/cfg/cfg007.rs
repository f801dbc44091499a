//! CFG007: versions that do not go together.

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    project::{App, Kind, Manager, Project, Version},
    rules::{Check, Rule},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG007",
    title: "Versions of Sentry do not go together",
    severity: Severity::Error,
    why: "Packages of the SDK share state through @sentry/core: of several versions there are several cores, each with its own client, and what one captures the other does not send. Each version of the SDK supports certain versions of Next.js and Node.js only.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/",
    checks: &[Check::Static(look)],
};

/// Packages that are released together, with one version.
const TOGETHER: [&str; 36] = [
    "angular",
    "astro",
    "aws-serverless",
    "browser",
    "bun",
    "cloudflare",
    "core",
    "deno",
    "ember",
    "feedback",
    "gatsby",
    "google-cloud-serverless",
    "integrations",
    "nestjs",
    "nextjs",
    "node",
    "node-core",
    "nuxt",
    "opentelemetry",
    "profiling-node",
    "react",
    "react-router",
    "remix",
    "replay",
    "serverless",
    "solid",
    "solidstart",
    "svelte",
    "sveltekit",
    "tanstackstart",
    "tanstackstart-react",
    "tracing",
    "vercel-edge",
    "vue",
    "wasm",
    "browser-utils",
];

fn look(_: &Project, app: &App, found: &mut Found) {
    let Some(manifest) = app.package.path.as_deref().filter(|path| path.ends_with("package.json")) else { return };
    mixed(app, manifest, found);
    if app.framework.kind == Kind::Next {
        next(app, manifest, found);
    }
}

fn mixed(app: &App, manifest: &str, found: &mut Found) {
    let ours = |name: &&String| name.strip_prefix("@sentry/").is_some_and(|rest| TOGETHER.contains(&rest));
    let all: Vec<(&String, Version)> = app
        .package
        .wanted
        .keys()
        .filter(ours)
        .filter_map(|name| Some((name, app.package.version(name)?)))
        // Before they were released together some counted for themselves.
        .filter(|(_, version)| version.major >= 6)
        .collect();
    let Some((_, first)) = all.first() else { return };
    let differs = |same: &dyn Fn(&Version) -> bool| all.iter().any(|(_, version)| !same(version));
    let severity = if differs(&|version| version.major == first.major) {
        Severity::Error
    } else if differs(&|version| version.minor == first.minor) {
        Severity::Info
    } else {
        return;
    };
    let newest = all.iter().map(|(_, version)| version).max().cloned().unwrap_or_else(|| first.clone());
    let list: Vec<String> = all.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let message = format!(
        "Packages of the SDK have different versions: {}. What one captures the other may not send.",
        list.join(", ")
    );
    let names: Vec<String> = all.iter().map(|(name, _)| format!("{name}@{newest}")).collect();
    found.add(
        Finding::new(RULE.id, severity, "mixed", message)
            .at(At::whole(manifest))
            .evidence("versions", list.join("\n"))
            .fix(Fix {
                title: format!("bring all to {newest}"),
                edits: Vec::new(),
                steps: vec![format!("Run `{} {}` in the app's folder.", add(app), names.join(" "))],
            }),
    );
}

fn add(app: &App) -> &'static str {
    match app.package.lock.as_ref().map(|(manager, _)| manager) {
        Some(Manager::Pnpm) => "pnpm add",
        Some(Manager::Yarn) => "yarn add",
        Some(Manager::Bun) => "bun add",
        _ => "npm install",
    }
}

fn next(app: &App, manifest: &str, found: &mut Found) {
    let (Some(sdk), Some(next)) = (app.package.version("@sentry/nextjs"), app.framework.version.as_ref()) else {
        return;
    };
    let mut tell = |severity, key: &str, message: String, step: String| {
        let fix = Fix { title: "use versions that go together".to_owned(), edits: Vec::new(), steps: vec![step] };
        found.add(Finding::new(RULE.id, severity, key, message).at(At::whole(manifest)).fix(fix));
    };
    if sdk.major >= 11 && next.major < 14 {
        tell(
            Severity::Error,
            "next",
            format!("@sentry/nextjs {sdk} needs Next.js 14 or later; this is {next}."),
            format!("Run `{} next@14`, or stay with @sentry/nextjs 10.", add(app)),
        );
    } else if sdk.major == 7 && next.major >= 15 {
        tell(
            Severity::Error,
            "next",
            format!("@sentry/nextjs {sdk} knows Next.js up to 14; this is {next}."),
            format!("Run `{} @sentry/nextjs@latest` and follow its migration guides.", add(app)),
        );
    } else if sdk.major >= 8 && !next.is_at_least(13, 2, 0) {
        tell(
            Severity::Error,
            "next",
            format!("@sentry/nextjs {sdk} needs Next.js 13.2 or later; this is {next}."),
            format!("Run `{} next@latest`, or use @sentry/nextjs 7.", add(app)),
        );
    }
    let turbopack = app.next.as_ref().and_then(|next| next.turbopack) == Some(true);
    if turbopack && sdk.major >= 8 && !next.is_at_least(15, 4, 1) {
        tell(
            Severity::Warning,
            "turbopack",
            format!("The SDK supports builds with Turbopack from Next.js 15.4.1 on; this is {next}."),
            format!("Run `{} next@latest`, or build without --turbo.", add(app)),
        );
    }
    if sdk.major >= 11
        && let Some(engines) = &app.package.node
        && let Some(least) = Version::parse(engines)
        && !engines.contains("||")
        && !engines.trim_start().starts_with('<')
        && !least.is_at_least(20, 19, 0)
        && !matches!(least, Version { major: 20, minor: 0, patch: 0 })
    {
        tell(
            Severity::Warning,
            "node",
            format!("@sentry/nextjs {sdk} needs Node.js 20.19 or later; engines allows {engines}."),
            "Set engines.node in package.json to >=20.19, and use it where the app is built and run.".to_owned(),
        );
    }
}
