//! Rows that were verified with Next.js 16, 15 and 14.

use std::collections::BTreeMap;

use fixloop::doctor::{
    matcher::{Matcher, Next, Request, Site, declared},
    script::Literal,
};
use serde_json::{Value, json};

const STD: &str = "/((?!api|_next/static|_next/image|favicon.ico).*)";
const OWN: &str = "/((?!monitoring|_next/static|_next/image|favicon.ico).*)";
const CLERK: &str = r"/((?!_next|[^?]*\.(?:html?|css|js(?!on)|jpe?g|webp|png|gif|svg|ttf|woff2?|ico|csv|docx?|xlsx?|zip|webmanifest)).*)";

fn runs(next: &str, base_path: &str, locales: bool, matcher: &Value, target: &str, headers: &[(&str, &str)]) -> bool {
    let next = Next::parse(next).unwrap();
    let locales = locales.then(|| vec!["en".to_owned(), "de".to_owned()]);
    let site = Site { next, base_path: base_path.to_owned(), locales };
    let declared = declared(&Literal::from(matcher), next).unwrap();
    let matcher = Matcher::new(&declared, &site).unwrap();
    let headers: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    matcher.matches(&Request::new(target, &headers)).runs()
}

#[test]
fn matchers_run_where_next_runs_them() {
    // Row, matcher, base path, i18n, what runs, what does not.
    type Row<'a> = (u32, Value, &'a str, bool, &'a [&'a str], &'a [&'a str]);
    let prefetch = json!({"source": STD, "missing": [{"type": "header", "key": "next-router-prefetch"}]});
    let rows: &[Row<'_>] = &[
        (1, json!(STD), "", false, &["/monitoring"], &[]),
        (2, json!(STD), "", false, &[], &["/api/monitoring"]),
        (3, json!(STD), "", false, &[], &["/apiary"]),
        (4, json!(STD), "", false, &[], &["/faviconXico"]),
        (5, json!(STD), "", false, &["/_next/data/build/monitoring.json"], &[]),
        (6, json!(STD), "", false, &["/en/api/x"], &[]),
        (7, json!(STD), "", false, &["/monitoring/", "/robots.txt", "/", "/sentry-tunnel"], &[]),
        (8, json!(OWN), "", false, &[], &["/monitoring", "/monitoring-tunnel"]),
        (9, json!(OWN), "", false, &["/api/monitoring"], &[]),
        (
            10,
            json!("/((?!monitoring$|_next/static|_next/image|favicon.ico).*)"),
            "",
            false,
            &["/monitoring-tunnel"],
            &["/monitoring"],
        ),
        (11, json!("/((?!monitoring(?:/|$)|_next).*)"), "", false, &["/monitoring-tunnel"], &["/monitoring"]),
        (
            12,
            json!(r"/((?!api|trpc|_next|_vercel|.*\..*).*)"),
            "",
            false,
            &["/monitoring"],
            &["/file.txt", "/users/jane.doe"],
        ),
        (13, json!(CLERK), "", false, &["/monitoring"], &["/app.js"]),
        (14, json!("/(api|trpc)(.*)"), "", false, &["/api/monitoring", "/apix"], &["/monitoring"]),
        (15, json!(["/dashboard/:path*", "/account"]), "", false, &[], &["/monitoring"]),
        (16, json!("/dashboard/:path*"), "", false, &["/dashboard", "/dashboard/a/b"], &["/dashboardx"]),
        (17, json!("/dashboard/:path+"), "", false, &[], &["/dashboard"]),
        (18, json!("/about"), "", false, &["/about/"], &["/About", "/about/x"]),
        (19, json!("/:path*"), "", false, &["/monitoring", "/a/b/c", "/"], &[]),
        (19, json!("/(.*)"), "", false, &["/monitoring", "/a/b/c", "/"], &[]),
        (20, json!("/"), "", false, &["/", "/index"], &["/monitoring"]),
        (21, json!("/:locale(en|de)/:path*"), "", false, &["/en/monitoring"], &["/monitoring"]),
        (22, json!("/(de|en)/:path*"), "", false, &["/de"], &[]),
        (23, json!("/:path"), "", false, &["/monitoring"], &["/a/b"]),
        (24, json!("/monitoring"), "", false, &["/monitoring.json", "/_next/data/x/monitoring.json"], &[]),
        (25, json!("/api/:path*"), "", false, &["/api/monitoring"], &[]),
        (26, json!([prefetch]), "", false, &["/monitoring"], &[]),
        (
            27,
            json!([{"source": "/:path*", "has": [{"type": "header", "key": "x-foo"}]}]),
            "",
            false,
            &[],
            &["/monitoring"],
        ),
        (
            28,
            json!([{"source": "/:path*", "has": [{"type": "query", "key": "o"}, {"type": "query", "key": "p"}]}]),
            "",
            false,
            &["/monitoring?o=1&p=2"],
            &["/monitoring?o=1", "/monitoring"],
        ),
        (
            28,
            json!([{"source": "/:path*", "missing": [{"type": "query", "key": "o"}]}]),
            "",
            false,
            &["/monitoring"],
            &["/monitoring?o=1&p=2"],
        ),
        (29, json!(STD), "/app", false, &["/app/monitoring"], &["/monitoring"]),
        (30, json!("/"), "/app", false, &["/app"], &[]),
        (31, json!(STD), "", true, &["/en/monitoring"], &["/monitoring", "/en/api/x"]),
        (32, json!([{"source": STD, "locale": false}]), "", true, &["/monitoring"], &[]),
        (33, json!("/((?!monitoring).*)"), "", false, &["/app/monitoring"], &[]),
        (34, json!("/((?!.*monitoring).*)"), "", false, &[], &["/app/monitoring"]),
        (35, json!("/((?!api/).*)"), "", false, &["/api"], &[]),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (row, matcher, base_path, locales, yes, no) in rows {
        seen.insert(*row);
        for next in ["16.4.6", "15.5.29", "14.2.35"] {
            // Next.js 14 takes `.json` for the parameter's pattern.
            let broken = *row == 23 && next.starts_with("14");
            for target in *yes {
                assert_eq!(runs(next, base_path, *locales, matcher, target, &[]), !broken, "{row} {next} {target}");
            }
            for target in *no {
                assert!(!runs(next, base_path, *locales, matcher, target, &[]), "{row} {next} {target}");
            }
        }
    }
    assert!(seen.into_iter().eq(1..=35));
    let (prefetch, x_foo) =
        (&rows.iter().find(|row| row.0 == 26).unwrap().1, &rows.iter().find(|row| row.0 == 27).unwrap().1);
    assert!(!runs("16", "", false, prefetch, "/monitoring", &[("Next-Router-Prefetch", "1")]));
    assert!(runs("16", "", false, x_foo, "/monitoring", &[("X-Foo", "1")]));
}
