//! Endpoints of every framework: which address is answered, and by which code.

use std::{fs, path::Path};

use fixloop::doctor::project::{Answer, App, Project};

use super::case::folder;

/// What answers a POST to a path: files of the functions, packages, or why nothing does.
fn answer(app: &App, path: &str) -> String {
    let Some(route) = app.route(path) else { return "nothing".to_owned() };
    let shown = match route.answer(&app.modules) {
        Answer::Page => "page".to_owned(),
        Answer::NoPost(methods) => format!("only {}", methods.join(" ")),
        Answer::Unknown => format!("{} unknown", route.path),
        Answer::Code(code) => {
            let functions = code.functions.iter().map(|(module, _)| module.path.clone());
            let libraries = code.libraries.iter().map(|library| format!("{} of {}", library.name, library.source));
            let mut all: Vec<String> = functions.chain(libraries).collect();
            all.extend(code.unknown.then(|| "unknown".to_owned()));
            all.join(", ")
        }
    };
    format!("{} {shown}", route.address)
}

#[test]
fn the_tunnels_of_healthy_apps_are_found() {
    let cases = [
        ("next16", "/api/relay", "/api/relay src/app/api/relay/route.ts"),
        ("next16", "/orders", "/orders page"),
        ("next16", "/monitoring", "nothing"),
        ("next13-pages", "/api/tunnel", "/api/tunnel pages/api/tunnel.js"),
        ("sveltekit", "/api/events", "/api/events src/routes/api/events/+server.ts"),
        ("express-helmet", "/t", "/t/ src/tunnel.js, raw of express"),
        ("express-helmet", "/api/health", "/api/health only GET"),
        ("remix", "/resources/ping", "/resources/ping app/routes/resources.ping.tsx"),
        ("flask", "/bugs", "/bugs kiln/tunnel.py unknown"),
    ];
    for (name, path, expected) in cases {
        let project = Project::read(&folder("healthy").join(name));
        let app = &project.apps[0];
        let found = answer(app, path);
        assert_eq!(found, expected, "{name} {path}: {:#?}", app.routes.iter().map(|r| &r.address).collect::<Vec<_>>());
    }
}

fn read(kind: &str, files: &[(&str, &str)], path: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
    };
    let package = format!(
        "{{\"dependencies\": {{\"{kind}\": \"*\", \"@sentry/node\": \"^10.0.0\"}}, \"scripts\": {{\"start\": \"node server.js\"}}}}"
    );
    write("package.json", &package);
    write("instrument.js", "import * as Sentry from '@sentry/node';\nSentry.init({});\n");
    files.iter().for_each(|(path, text)| write(path, text));
    let project = Project::read(folder.path());
    assert_eq!(project.apps.len(), 1, "{kind}");
    answer(&project.apps[0], path)
}

#[test]
fn servers_mount_their_routers_in_many_ways() {
    let express = "const express = require('express');\nconst app = express();\n";
    let own = "exports.own = async (req, res) => {};";
    let cases: [(&str, &str, &str, &str); 11] = [
        ("express", "app.post('/tunnel', require('./own').own);", "/tunnel", "/tunnel own.js"),
        ("express", "app.get('/tunnel', x);", "/tunnel", "/tunnel only GET"),
        (
            "express",
            "const r = express.Router();\nr.route('/t').get(x).post((req, res) => {});\napp.use('/api', r);",
            "/api/t",
            "/api/t server.js",
        ),
        ("express", "app.use(['/a', '/b'], express.Router().post('/t', (q, s) => {}));", "/b/t", "/b/t server.js"),
        ("express", "app.all('*', (q, s) => {});", "/x/y", "* server.js"),
        ("express", "app.use('/tunnel', createProxyMiddleware({ target: 'x' }));", "/tunnel", "/tunnel unknown"),
        ("express", "const P = '/sentry';\napp.post(`${P}/t`, (q, s) => {});", "/sentry/t", "/sentry/t server.js"),
        (
            "fastify",
            "const app = require('fastify')();\napp.register(async (inner) => { inner.post('/t', async (q) => {}); }, { prefix: '/api' });",
            "/api/t",
            "/api/t server.js",
        ),
        (
            "fastify",
            "const app = require('fastify')();\napp.route({ method: 'POST', url: '/t', handler: async () => {} });",
            "/t",
            "/t server.js",
        ),
        (
            "koa",
            "const Koa = require('koa');\nconst Router = require('@koa/router');\nconst app = new Koa();\nconst router = new Router({ prefix: '/api' });\nrouter.post('/t', async (ctx) => {});\napp.use(router.routes());",
            "/api/t",
            "/api/t server.js",
        ),
        (
            "hono",
            "const { Hono } = require('hono');\nconst app = new Hono().basePath('/v1').post('/t', (c) => c.text(''));",
            "/v1/t",
            "/v1/t server.js",
        ),
    ];
    for (kind, code, path, expected) in cases {
        let head = if kind == "express" { express } else { "" };
        let server = format!("{head}{code}\n");
        assert_eq!(read(kind, &[("server.js", &server), ("own.js", own)], path), expected, "{code}");
    }
}

#[test]
fn names_of_files_are_addresses() {
    let post = "export async function POST() {}";
    let action = "export const action = async () => {};";
    let cases: [(&str, &str, &str, &str, &str); 13] = [
        (
            "next",
            "app/(shop)/api/[locale]/t/route.ts",
            post,
            "/api/de/t",
            "/api/[locale]/t app/(shop)/api/[locale]/t/route.ts",
        ),
        (
            "next",
            "app/api/[...all]/route.ts",
            "const handler = () => {};\nexport { handler as GET, handler as POST };",
            "/api/a/b",
            "/api/[...all] app/api/[...all]/route.ts",
        ),
        (
            "next",
            "app/t/route.ts",
            "export { POST } from '@sentry/nextjs/tunnel';",
            "/t",
            "/t POST of @sentry/nextjs/tunnel",
        ),
        (
            "next",
            "app/t/route.ts",
            "import { createSentryTunnelRoute } from '@sentry/nextjs/tunnel';\nexport const POST = createSentryTunnelRoute({});",
            "/t",
            "/t createSentryTunnelRoute of @sentry/nextjs/tunnel",
        ),
        ("next", "app/t/route.ts", "export async function GET() {}", "/t", "/t only GET"),
        ("next", "src/app/_private/t/route.ts", post, "/_private/t", "nothing"),
        ("@sveltejs/kit", "src/routes/(a)/t/+server.ts", post, "/t", "/t src/routes/(a)/t/+server.ts"),
        (
            "nuxt",
            "server/api/t.post.ts",
            "export default defineEventHandler(async (event) => {});",
            "/api/t",
            "/api/t server/api/t.post.ts",
        ),
        (
            "nuxt",
            "server/routes/t.get.ts",
            "export default defineEventHandler(async (event) => {});",
            "/t",
            "/t only GET",
        ),
        ("@remix-run/react", "app/routes/api.t.ts", action, "/api/t", "/api/t app/routes/api.t.ts"),
        ("@remix-run/react", "app/routes/_auth.t/route.tsx", "export const loader = () => {};", "/t", "/t only GET"),
        ("@remix-run/react", "app/handlers/t.ts", action, "/v1/t", "/v1/t app/handlers/t.ts"),
        ("astro", "src/pages/api/t.ts", "export const ALL = () => {};", "/api/t", "/api/t src/pages/api/t.ts"),
    ];
    for (kind, file, text, path, expected) in cases {
        let files = [
            (file, text),
            ("next.config.js", "module.exports = {};"),
            ("nuxt.config.ts", "export default {};"),
            ("astro.config.mjs", "export default {};"),
            ("src/app.html", ""),
            (
                "app/routes.ts",
                "import { prefix, route } from '@react-router/dev/routes';\nexport default [...prefix('v1', [route('t', './handlers/t.ts')])];",
            ),
        ];
        let skip = |name: &str| match kind {
            "next" => name == "next.config.js",
            "nuxt" => name == "nuxt.config.ts",
            "astro" => name == "astro.config.mjs",
            "@sveltejs/kit" => name == "src/app.html",
            _ => name == "app/routes.ts" && file.contains("handlers"),
        };
        let files: Vec<(&str, &str)> = files.into_iter().filter(|(name, _)| *name == file || skip(name)).collect();
        assert_eq!(read(kind, &files, path), expected, "{kind} {file}");
    }
}

#[test]
fn the_path_of_a_tunnel_without_a_name_is_made_of_the_dsn() {
    let dsn = "https://0123456789abcdef0123456789abcdef@o1.ingest.de.sentry.io/42";
    let dsn = fixloop::doctor::csp::Dsn::read(dsn).unwrap();
    assert_eq!(fixloop::doctor::tunnel::derived(&dsn), "/i444f7");
}
