//! `check_matcher` through the real server, on workspaces of all kinds: whole replies.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::support::{Random, Server, Setup};

const STD: &str = "import { NextResponse } from 'next/server';\n\nexport function middleware(request) {\n  if (request.nextUrl.pathname.startsWith('/public')) return NextResponse.next();\n  if (!request.cookies.get('session')) {\n    return NextResponse.redirect(new URL('/login', request.url));\n  }\n}\n\nexport const config = {\n  matcher: [\n    // Everything but assets.\n    '/((?!api|_next/static|_next/image|favicon\\\\.ico).*)',\n    '/trpc/:path*',\n  ],\n};\n";
const NEXT_CONFIG: &str = "import { withSentryConfig } from '@sentry/nextjs';\n\nconst nextConfig = {};\n\nexport default withSentryConfig(nextConfig, { org: 'acme', tunnelRoute: '/monitoring' });\n";

fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

async fn server(folder: &Path) -> Server {
    Server::start(Setup { workspace: Some(folder.to_owned()), ..Setup::default() }).await
}

fn stable(text: &str) -> String {
    regex::Regex::new(r"untrusted-[0-9a-f]+").unwrap().replace_all(text, "untrusted-BOUNDARY").into_owned()
}

#[tokio::test]
async fn a_tunnel_behind_a_login_is_found_and_the_patch_frees_it() {
    let folder = workspace(&[
        ("middleware.ts", STD),
        ("next.config.mjs", NEXT_CONFIG),
        ("package.json", r#"{"dependencies": {"next": "^15.1.0"}}"#),
    ]);
    let server = server(folder.path()).await;
    let ask =
        json!({"paths": ["/monitoring", "/api/x", "/trpc/a", "/_next/data/b/about.json", "/about.rsc", "/a%2Fb"]});
    let reply = server.call("check_matcher", ask.clone()).await.ok();
    insta::assert_snapshot!("check_matcher_caught", stable(&reply.text));
    insta::assert_snapshot!("check_matcher_caught_structured", format!("{:#}", reply.structured));
    let patch = reply.structured["tunnel"]["patch"].as_str().unwrap();
    std::fs::write(folder.path().join("p.diff"), patch).unwrap();
    let git = Command::new("git").args(["apply", "p.diff"]).current_dir(folder.path()).output().unwrap();
    assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    let after = server.call("check_matcher", ask).await.ok();
    assert_eq!(after.structured["tunnel"]["caught"], false, "{}", after.text);
    let runs =
        |reply: &Value| reply["paths"].as_array().unwrap().iter().map(|path| path["runs"].clone()).collect::<Vec<_>>();
    let (before, after) = (runs(&reply.structured), runs(&after.structured));
    assert_eq!((&before[1..], &after[0], &before[0]), (&after[1..], &json!(false), &json!(true)));
    server.stop().await;
}

#[tokio::test]
async fn replies_on_other_workspaces() {
    let proxy = "const paths = ['/dashboard/:path*'];\nexport default auth((req) => {\n  if (req.nextUrl.pathname === '/dashboard/t') return;\n});\nexport const config = { matcher: paths };\n";
    let everywhere = "export default function proxy() {}\n";
    let cases: Vec<(&str, Vec<(&str, &str)>, Value)> = vec![
        ("no middleware", vec![("package.json", "{}")], json!({"paths": ["/a"]})),
        (
            "no matcher",
            vec![
                ("src/proxy.ts", everywhere),
                (
                    "next.config.js",
                    "module.exports = {basePath: '/app', i18n: {locales: ['de', 'en'], defaultLocale: 'en'}}",
                ),
            ],
            json!({"paths": ["/app/a", "/_next/static/x.js"], "tunnel": "/monitoring"}),
        ),
        (
            "no matcher, base path",
            vec![
                ("src/proxy.ts", everywhere),
                ("next.config.ts", "export default withSentryConfig({basePath: '/app'}, {tunnelRoute: '/m'})"),
            ],
            json!({}),
        ),
        (
            "a constant, an early return",
            vec![("apps/web/proxy.ts", proxy), ("apps/web/node_modules/next/package.json", r#"{"version": "16.1.0"}"#)],
            json!({"paths": ["/dashboard", "/x"], "tunnel": "/dashboard/t"}),
        ),
        (
            "two apps",
            vec![("apps/a/middleware.ts", everywhere), ("apps/b/src/middleware.js", everywhere)],
            json!({"paths": ["/a"]}),
        ),
        (
            "one of two apps",
            vec![("apps/a/middleware.ts", everywhere), ("apps/b/src/middleware.js", everywhere)],
            json!({"paths": ["/a"], "file": "apps/b/src/middleware.js"}),
        ),
        (
            "not to be followed",
            vec![("middleware.ts", "import p from './p';\nexport const config = {\n  matcher: p.all,\n};\n")],
            json!({"paths": ["/a"]}),
        ),
        (
            "a syntax error",
            vec![("middleware.ts", "export const config = {\n  matcher: ['/a'\n};\n")],
            json!({"paths": ["/a"]}),
        ),
        (
            "refused by Next.js",
            vec![("middleware.ts", "export const config = {\n  matcher: ['/a(', 'b'],\n};\n")],
            json!({"paths": ["/a"]}),
        ),
        (
            "given, with conditions",
            vec![],
            json!({"paths": ["/a", "/b", "https://x.example.com/a?o=1"], "matcher": r#"[{"source": "/a", "has": [{"type": "header", "key": "x-foo"}], "missing": [{"type": "query", "key": "o"}]}, "/b"]"#, "next": "14.2.35", "headers": {"X-Foo": "1"}}),
        ),
        (
            "given as it is, the tunnel caught",
            vec![],
            json!({"paths": [], "matcher": "/:path*", "tunnel": "/monitoring"}),
        ),
        ("an empty list", vec![], json!({"paths": ["/a"], "matcher": "[]"})),
        ("no path", vec![], json!({"matcher": "/a"})),
        ("no version", vec![], json!({"paths": ["/a"], "matcher": "/a", "next": "new"})),
        ("outside", vec![], json!({"paths": ["/a"], "file": "../../etc/passwd"})),
        ("exponential", vec![], json!({"paths": [format!("/{}", "a".repeat(60))], "matcher": "/((?:a+)+!)"})),
    ];
    let mut all = String::new();
    for (name, files, ask) in cases {
        let folder = workspace(&files);
        let server = server(folder.path()).await;
        let reply = server.call("check_matcher", ask).await;
        all.push_str(&format!(
            "=== {name}{}\n{}\n\n",
            if reply.is_error { " (error)" } else { "" },
            stable(&reply.text).trim_end()
        ));
        if name == "exponential" {
            // The one that is stuck neither keeps the next one out nor the server from ending.
            server.call("check_matcher", json!({"paths": ["/a"], "matcher": "/a"})).await.ok();
        }
        server.stop().await;
    }
    insta::assert_snapshot!("check_matcher_replies", all);
}

#[test]
fn matcher_fuzz_never_panics() {
    use fixloop::doctor::{
        matcher::{Matcher, Next, Request, Site, declared, fix},
        script::Literal,
    };
    let mut random = Random::seeded("FIXLOOP_SEED");
    let signs = [
        "/", ":a", "(", ")", "(?!", "{", "}", "*", "+", "?", "\\", "[", "]", "|", "a", ".", "^", "$", "é", "😀", "\n",
        "\0", "%2", ".*", "-",
    ];
    let text =
        |random: &mut Random, length: usize| (0..random.below(length)).map(|_| random.pick(&signs)).collect::<String>();
    for _ in 0..crate::support::fuzz_rounds(2_000) {
        let matcher = match random.below(3) {
            0 => json!(format!("/{}", text(&mut random, 12))),
            1 => {
                json!([{"source": format!("/{}", text(&mut random, 8)), "has": [{"type": "query", "key": "o", "value": text(&mut random, 4)}]}])
            }
            _ => {
                json!([text(&mut random, 6), {"source": text(&mut random, 3), "locale": random.pick(&[json!(false), json!(1)])}])
            }
        };
        let next = Next::parse(random.pick(&["13", "14", "15.0", "15.3", "16"])).unwrap();
        let site = Site {
            next,
            base_path: random.pick(&["", "/b"]).to_owned(),
            locales: random.pick(&[None, Some(vec!["en".to_owned()]), Some(Vec::new())]),
        };
        let Ok(declared) = declared(&Literal::from(&matcher), next) else { continue };
        let Ok(compiled) = Matcher::new(&declared, &site) else { continue };
        // Short: what takes exponential time is another test.
        let request = Request::new(&text(&mut random, 7), &[("cookie".to_owned(), text(&mut random, 5))].into());
        compiled.serves(&request);
        if random.below(20) == 0 {
            drop(fix(&declared, &site, &request.at("/b/m"), &[]));
        }
    }
}
