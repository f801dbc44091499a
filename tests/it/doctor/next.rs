//! What is read of Next.js: its config behind every wrapper, and the folders.

use std::{fs, path::Path};

use fixloop::doctor::project::{NextApp, Project};

const PACKAGE: &str =
    r#"{"dependencies": {"next": "^15.3.0", "@sentry/nextjs": "^10.0.0"}, "scripts": {"build": "next build"}}"#;

/// Reads an app of these files, besides a package.json and a page.
fn read<T>(files: &[(&str, &str)], ask: impl FnOnce(&Project, &NextApp) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
    };
    write("package.json", PACKAGE);
    files.iter().for_each(|(path, text)| write(path, text));
    let project = Project::read(folder.path());
    assert_eq!(project.apps.len(), 1, "{:?}", project.apps);
    let next = project.apps[0].next.as_ref().unwrap();
    ask(&project, next)
}

#[test]
fn the_options_are_found_behind_every_wrapper() {
    let options =
        "{ basePath: '/shop', async rewrites() { return [{ source: '/t', destination: 'https://x.example/t' }]; } }";
    let local = "import { withSentryConfig as wrap } from '@sentry/nextjs';\nimport withPwa from 'next-pwa';\n";
    let cases = [
        ("next.config.mjs", format!("export default {options};")),
        ("next.config.js", format!("module.exports = {options};")),
        (
            "next.config.js",
            format!(
                "module.exports = {options};\nconst {{ withSentryConfig }} = require('@sentry/nextjs');\nmodule.exports = withSentryConfig(module.exports, {{ basePath: '/no' }});"
            ),
        ),
        (
            "next.config.ts",
            format!(
                "{local}const config: NextConfig = {options};\nexport default wrap(config, {{ org: 'a', basePath: '/no' }});"
            ),
        ),
        (
            "next.config.ts",
            format!(
                "{local}const config = {options} satisfies NextConfig;\nexport default wrap(withPwa({{ dest: 'public' }})(config), {{ org: 'a' }});"
            ),
        ),
        (
            "next.config.ts",
            format!(
                "{local}export default async (phase: string) => {{ const config = {options}; return wrap(config, {{}}); }};"
            ),
        ),
        (
            "next.config.js",
            format!(
                "module.exports = (phase) => {{ if (phase === 'x') {{ return {{ basePath: '/shop', ...extra }}; }} return {options}; }};"
            ),
        ),
        (
            "next.config.js",
            format!(
                "const plugins = [a, b];\nmodule.exports = () => plugins.reduce((config, plugin) => plugin(config), {options});"
            ),
        ),
        (
            "next.config.js",
            format!(
                "const withPlugins = require('next-compose-plugins');\nmodule.exports = withPlugins([[x, {{}}]], {options});"
            ),
        ),
        ("next.config.js", format!("const {{ compose }} = require('x');\nmodule.exports = compose(a, b)({options});")),
        (
            "next.config.mjs",
            format!(
                "let config = {options};\nif (process.env.ANALYZE) config = withAnalyzer(config);\nexport default config;"
            ),
        ),
        (
            "next.config.mjs",
            format!(
                "const config = {options};\nconst own = (inner) => ({{ ...inner, output: 'standalone' }});\nexport default own(config);"
            ),
        ),
        (
            "next.config.mjs",
            format!("const config = {options};\nexport default process.env.CI ? wrap(config) : config;"),
        ),
    ];
    for (name, text) in cases {
        let page = ("app/page.tsx", "export default () => null;");
        read(&[(name, &text), page], |_, next| {
            assert_eq!(next.config.as_deref(), Some(name), "{text}");
            let base = next.option("basePath").unwrap().value.any_text();
            assert_eq!(base.as_deref(), Some("/shop"), "{text}");
            let rewrites: Vec<_> = next.rewrites.iter().map(|rewrite| rewrite.source.as_str()).collect();
            assert_eq!(rewrites, ["/t"], "{text}: {:?}", next.hidden_rewrites);
        });
    }
}

#[test]
fn rewrites_and_headers_are_values_with_places() {
    let text = "const self = \"'self'\";\nexport default {\n  i18n: { locales: ['de', 'en'], defaultLocale: 'en' },\n  trailingSlash: true,\n  async headers() {\n    return [{ source: '/(.*)', headers: [{ key: 'Content-Security-Policy', value: `default-src ${self}` }] }];\n  },\n  async rewrites() {\n    return { beforeFiles: [{ source: '/a', destination: '/b', has: [] }], fallback: [...unknown(), { source: '/c', destination: process.env.BACKEND + '/c' }] };\n  },\n};\n";
    read(&[("next.config.mjs", text), ("src/pages/index.tsx", "")], |_, next| {
        let headers = next.headers.as_ref().unwrap();
        let value = headers.items()[0].field("headers").unwrap().items()[0].field("value").unwrap();
        assert_eq!(value.text().as_deref(), Some("default-src 'self'"));
        assert_eq!(next.locales(), ["en", "de"]);
        assert_eq!(next.is_on("trailingSlash"), Some(true));
        assert_eq!(next.is_on("skipTrailingSlashRedirect"), Some(false));
        let one = |each: &fixloop::doctor::project::Rewrite| {
            (each.source.clone(), each.destination.clone(), each.conditional)
        };
        let rewrites: Vec<_> = next.rewrites.iter().map(one).collect();
        let expected = [("/a".to_owned(), Some("/b".to_owned()), true), ("/c".to_owned(), None, false)];
        assert_eq!(rewrites, expected);
        assert_eq!(next.hidden_rewrites.len(), 1);
        assert_eq!(next.pages_folder.as_deref(), Some("src/pages/"));
        assert_eq!(next.turbopack, Some(false));
    });
}

#[test]
fn the_middleware_stands_beside_the_pages() {
    let page = ("src/app/page.tsx", "");
    let middleware = ("src/middleware.ts", "");
    read(&[page, middleware, ("next.config.js", "module.exports = {};")], |_, next| {
        assert_eq!(next.middleware, ["src/middleware.ts"]);
    });
    read(&[page, ("middleware.ts", ""), ("next.config.js", "module.exports = {};")], |_, next| {
        assert!(next.middleware.is_empty());
        assert_eq!(next.misplaced, ["middleware.ts"]);
    });
    let extensions = ("next.config.js", "module.exports = { pageExtensions: ['page.tsx', 'page.ts'] };");
    read(&[("pages/index.page.tsx", ""), ("middleware.page.ts", ""), extensions], |_, next| {
        assert_eq!(next.middleware, ["middleware.page.ts"]);
    });
}

#[test]
fn what_a_build_left_counts_until_the_source_changes() {
    let manifest = r#"{"basePath": "/app", "rewrites": {"beforeFiles": [], "afterFiles": [{"source": "/monitoring(/?)", "destination": "https://x", "regex": "^/app/monitoring(/?)(?:/)?$"}], "fallback": []}}"#;
    let edge = r#"{"middleware": {"/": {"matchers": [{"regexp": "^/x$", "originalSource": "/x"}]}}}"#;
    let files = [
        ("next.config.js", "module.exports = { basePath: base() };"),
        ("app/page.tsx", ""),
        (".next/server/middleware-manifest.json", edge),
        (".next/routes-manifest.json", manifest),
    ];
    read(&files, |project, next| {
        let built = next.built.as_ref().unwrap();
        assert_eq!(built.rewrites(), [("/monitoring(/?)", "https://x", "^/app/monitoring(/?)(?:/)?$")]);
        assert_eq!(built.matchers.as_deref(), Some(["^/x$".to_owned()].as_slice()));
        assert_eq!(next.base_path().as_deref(), Some("/app"));
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
        let config = fs::File::options().write(true).open(project.files.root().join("next.config.js")).unwrap();
        config.set_modified(later).unwrap();
        let again = Project::read(project.files.root());
        assert!(again.apps[0].next.as_ref().unwrap().built.is_none());
    });
}
