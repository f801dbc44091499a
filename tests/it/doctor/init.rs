//! Where Sentry is started, in every healthy app.

use std::fmt::Write as _;

use fixloop::doctor::{
    project::{Project, Runtime, Setting},
    script::{Value, What},
};

use super::case::folder;

fn shown(value: &Value) -> String {
    match &value.what {
        What::Undefined => "undefined".to_owned(),
        What::Null => "null".to_owned(),
        What::Bool(bool) => bool.to_string(),
        What::Number(number) => number.to_string(),
        What::Text(_) => value.text().unwrap_or_else(|| "text with unknown parts".to_owned()),
        What::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        What::Object(fields, _) => {
            let all: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
            format!("{{{}}}", all.join(", "))
        }
        What::Env(name) => format!("${name}"),
        What::Choice(all) => all.iter().map(shown).collect::<Vec<_>>().join(" | "),
        What::Unknown(hidden) => format!("<{}>", hidden.expression),
        _ => "something".to_owned(),
    }
}

fn settings(all: &[Setting]) -> String {
    let one = |each: &Setting| format!("{}={}", each.name, shown(&each.value));
    all.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Everything that is read of starts and plugins.
fn read(path: &std::path::Path) -> String {
    let project = Project::read(path);
    let mut out = String::new();
    for app in &project.apps {
        let _ = writeln!(out, "app {:?}", app.folder);
        for init in &app.inits {
            let flags = [(!init.reachable, " unreachable"), (!init.sure, " guessed")];
            let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
            let _ = writeln!(out, "  {} {}{flags} ({})", init.runtime.word(), init.path, init.from);
            if init.entry != init.path {
                let _ = writeln!(out, "    from {}", init.entry);
            }
            for condition in &init.conditions {
                let _ = writeln!(out, "    if {} = {:?}", condition.text, condition.holds);
            }
            let _ = writeln!(out, "    {}", settings(&init.options));
            for hidden in &init.hidden {
                let _ = writeln!(out, "    hidden {}", hidden.expression);
            }
        }
        for plugin in &app.plugins {
            let _ = writeln!(out, "  {} of {} in {}", plugin.name, plugin.from, plugin.path);
            let _ = writeln!(out, "    {}", settings(&plugin.options));
            for hidden in &plugin.hidden {
                let _ = writeln!(out, "    hidden {}", hidden.expression);
            }
        }
        for runtime in [Runtime::Client, Runtime::Server, Runtime::Edge] {
            if let Some(dsn) = app.dsn(runtime) {
                let host = dsn.dsn.map_or_else(|| shown(&dsn.value), |dsn| dsn.host);
                let _ = writeln!(out, "  {} sends to {host}", runtime.word());
            }
        }
        if let Some(tunnel) = app.tunnel() {
            let _ = writeln!(out, "  tunnel {:?} {:?}", tunnel.address, tunnel.from);
        }
    }
    out
}

#[test]
fn starts_of_healthy_apps_are_found() {
    let mut apps: Vec<_> = std::fs::read_dir(folder("healthy")).unwrap().map(|entry| entry.unwrap().path()).collect();
    apps.sort();
    let all: Vec<String> =
        apps.iter().map(|app| format!("{}\n{}", app.file_name().unwrap().to_string_lossy(), read(app))).collect();
    insta::assert_snapshot!(all.join("\n"));
}

/// What is read of an app that is written as data.
fn written(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    read(folder.path())
}

const NEXT: (&str, &str) = (
    "package.json",
    r#"{"name": "a", "dependencies": {"@sentry/nextjs": "10.78.0", "next": "15.5.29", "react": "19.1.0"}}"#,
);
const PAGE: (&str, &str) = ("app/page.tsx", "export default () => null;");
const VITE: (&str, &str) = (
    "package.json",
    r#"{"name": "a", "dependencies": {"@sentry/react": "10.78.0", "vite": "7.0.0", "react": "19.1.0"}}"#,
);
const INDEX: (&str, &str) = ("index.html", r#"<script type="module" src="/src/main.ts"></script>"#);

#[test]
fn starts_are_followed_as_people_write_them() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        (
            "a function of the project that is told where it runs",
            &[
                NEXT,
                PAGE,
                (
                    "lib/sentry.ts",
                    "import { init } from '@sentry/nextjs';\nexport function initSentry(where: string) {\n  const isClient = where === 'client';\n  init({ dsn: 'https://x@h/1', tunnel: isClient ? '/t' : undefined, ...(isClient && { replaysOnErrorSampleRate: 1 }) });\n}",
                ),
                ("instrumentation-client.ts", "import { initSentry } from './lib/sentry';\ninitSentry('client');"),
                (
                    "instrumentation.ts",
                    "export async function register() {\n  const { initSentry } = await import('./lib/sentry');\n  initSentry(process.env.NEXT_RUNTIME ?? 'server');\n}",
                ),
            ],
        ),
        (
            "calls in instrumentation itself, each for its runtime",
            &[
                NEXT,
                PAGE,
                (
                    "instrumentation.ts",
                    "import * as Sentry from '@sentry/nextjs';\nexport function register() {\n  if (process.env.NEXT_RUNTIME === 'nodejs') {\n    Sentry.init({ dsn: 'node' });\n  } else if (process.env.NEXT_RUNTIME === 'edge') {\n    Sentry.init({ dsn: 'edge' });\n  }\n}",
                ),
            ],
        ),
        (
            "instrumentation beside the wrong folder, files that nothing loads",
            &[
                NEXT,
                ("src/app/page.tsx", "export default () => null;"),
                ("sentry.server.config.ts", "import * as Sentry from '@sentry/nextjs';\nSentry.init({ dsn: 'x' });"),
                (
                    "instrumentation.ts",
                    "export async function register() {\n  await import('./sentry.server.config');\n}",
                ),
            ],
        ),
        (
            "options of a variable, an early return, a function that is called",
            &[
                VITE,
                INDEX,
                ("src/main.ts", "import { start } from './monitoring';\nstart();"),
                (
                    "src/monitoring.ts",
                    "import * as Sentry from '@sentry/react';\nconst base = { dsn: import.meta.env.VITE_SENTRY_DSN, debug: false };\nconst options = { ...base, debug: true, release: __RELEASE__ };\nexport const start = () => {\n  if (!base.dsn) return;\n  Sentry.init(options);\n};",
                ),
            ],
        ),
        (
            "an SDK that is loaded late, and one that a module of the project passes on",
            &[
                VITE,
                INDEX,
                ("src/sdk.ts", "export * as Sentry from '@sentry/react';"),
                (
                    "src/main.ts",
                    "import { Sentry } from './sdk';\nif (import.meta.env.PROD) {\n  Sentry.init({ dsn: 'one', ...window.__options });\n}\nimport('@sentry/browser').then((Sentry) => Sentry.init({ dsn: 'two' }));",
                ),
            ],
        ),
        (
            "a server that requires it, tests that start their own",
            &[
                (
                    "package.json",
                    r#"{"name": "a", "scripts": {"start": "node src/server.js"}, "dependencies": {"@sentry/node": "10.78.0", "express": "5.1.0"}}"#,
                ),
                ("src/server.js", "require('./instrument');\nrequire('express')();"),
                (
                    "src/instrument.js",
                    "const Sentry = require('@sentry/node');\nconst { config } = require('./config');\nSentry.init({ dsn: config.dsn, tracesSampleRate: config.rate });",
                ),
                ("src/config.js", "module.exports = { config: { dsn: process.env.SENTRY_DSN, rate: 0.5 } };"),
                ("test/setup.test.js", "require('@sentry/node').init({ dsn: 'test' });"),
            ],
        ),
        (
            "scripts in a page: the loader, and a start of its own",
            &[(
                "index.html",
                "<html>\n<script src=\"https://js.sentry-cdn.com/0123456789abcdef0123456789abcdef.min.js\"></script>\n<script>\n  Sentry.onLoad(function () {\n    Sentry.init({ dsn: 'x', environment: 'live' });\n  });\n</script></html>",
            )],
        ),
        (
            "Astro's integration starts Sentry itself",
            &[
                ("package.json", r#"{"name": "a", "dependencies": {"@sentry/astro": "10.78.0", "astro": "5.12.0"}}"#),
                (
                    "astro.config.mjs",
                    "import { defineConfig } from 'astro/config';\nimport sentry from '@sentry/astro';\nexport default defineConfig({ integrations: [sentry({ dsn: 'x', sourceMapsUploadOptions: { project: 'p' } })] });",
                ),
            ],
        ),
    ];
    let all: Vec<String> = cases.iter().map(|(name, files)| format!("{name}\n{}", written(files))).collect();
    insta::assert_snapshot!(all.join("\n"));
}
