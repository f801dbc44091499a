//! Fixes: the tunnel is out, everything else as before, and the patch applies.

use std::{collections::BTreeMap, process::Command};

use fixloop::doctor::{
    diff,
    matcher::{Change, Matcher, Next, Request, Site, declared, fix},
    script::Literal,
};
use serde_json::{Value, json};

use crate::support::Random;

fn site(base_path: &str, locales: &[&str]) -> Site {
    let locales = (!locales.is_empty()).then(|| locales.iter().map(|each| (*each).to_owned()).collect());
    Site { next: Next::default(), base_path: base_path.to_owned(), locales }
}

fn fixed(matcher: &Value, site: &Site, tunnel: &str) -> Option<Vec<Change>> {
    let declared = declared(&Literal::from(matcher), site.next).unwrap();
    let request = Request::new(tunnel, &BTreeMap::new());
    fix(&declared, site, &request, &[]).map(|fix| fix.changes.into_values().collect())
}

#[test]
fn fixes_of_the_common_forms() {
    let source = |source: &str| Some(vec![Change::Source(source.to_owned())]);
    let rows: [(Value, &str, Site, Option<Vec<Change>>); 22] = [
        // Where the simple form would free the base path or a locale alone.
        (json!("/:path*"), "/app/m", site("/app", &[]), source("/:path((?!m/?$).*)?")),
        (json!("/:path*"), "/m", site("", &["en", "de"]), source("/:path((?!m/?$).*)?")),
        (
            json!("/((?!api|_next/static|_next/image|favicon.ico).*)"),
            "/monitoring",
            site("", &[]),
            source("/((?!api|_next/static|_next/image|favicon.ico|monitoring/?$).*)"),
        ),
        (json!(["/:path*"]), "/monitoring", site("", &[]), source("/((?!monitoring/?$).*)")),
        (json!("/(.*)"), "/monitoring", site("", &[]), source("/((?!monitoring/?$).*)")),
        (json!("/:path+"), "/monitoring", site("", &[]), source("/((?!monitoring/?$).+)")),
        (json!("/:path"), "/monitoring", site("", &[]), source(r"/:path((?!monitoring/?$)[^\/#\?]+?)")),
        (json!("/api/:path*"), "/api/tunnel", site("", &[]), source("/((?!api/tunnel/?$))api/:path*")),
        (
            json!("/:locale(en|de)/:path*"),
            "/en/monitoring",
            site("", &[]),
            source("/:locale((?!en/monitoring/?$)(?:en|de))/:path*"),
        ),
        // A path with signs that mean something in an expression.
        (json!("/((?!api).*)"), "/a.b+c", site("", &[]), source(r"/((?!api|a\.b\+c/?$).*)")),
        (json!("/((?!api).*)"), "/app/monitoring", site("/app", &[]), source("/((?!api|monitoring/?$).*)")),
        (json!("/((?!api).*)"), "/monitoring", site("", &["en", "de"]), source("/((?!api|monitoring/?$).*)")),
        (
            json!(["/dashboard/:path*", "/((?!api|.*\\..*).*)"]),
            "/monitoring",
            site("", &[]),
            source("/((?!api|.*\\..*|monitoring/?$).*)"),
        ),
        (json!(["/a", "/monitoring"]), "/monitoring", site("", &[]), Some(vec![Change::Remove])),
        (json!(["/monitoring"]), "/monitoring", site("", &[]), Some(vec![Change::Remove])),
        (
            json!(["/:path*", "/((?!x).*)"]),
            "/monitoring",
            site("", &[]),
            Some(vec![
                Change::Source("/((?!monitoring/?$).*)".to_owned()),
                Change::Source("/((?!x|monitoring/?$).*)".to_owned()),
            ]),
        ),
        (
            json!([{"source": "/((?!api).*)", "missing": [{"type": "header", "key": "next-router-prefetch"}]}]),
            "/monitoring",
            site("", &[]),
            source("/((?!api|monitoring/?$).*)"),
        ),
        // Conditions that the tunnel's own query meets, or not.
        (
            json!([{"source": "/:path*", "missing": [{"type": "query", "key": "o"}]}]),
            "/monitoring?o=1",
            site("", &[]),
            None,
        ),
        // Not caught: nothing to change.
        (json!("/((?!monitoring).*)"), "/monitoring", site("", &[]), None),
        (json!([]), "/monitoring", site("", &[]), None),
        (json!("/:path*"), "/", site("", &[]), None),
        (
            json!("/(api|trpc)(.*)"),
            "/api/monitoring",
            site("", &[]),
            source("/((?!api/monitoring/?$)(?:api|trpc))(.*)"),
        ),
    ];
    for (matcher, tunnel, site, expect) in rows {
        assert_eq!(fixed(&matcher, &site, tunnel), expect, "{matcher} {tunnel}");
    }
    let nothing = fix(
        &fixloop::doctor::matcher::Declared::Everywhere,
        &site("", &[]),
        &Request::new("/monitoring", &BTreeMap::new()),
        &[],
    );
    assert_eq!(nothing.unwrap().after, ["/((?!monitoring/?$).*)"]);
}

#[test]
fn a_fix_never_frees_or_catches_another_path() {
    let mut random = Random::seeded("FIXLOOP_SEED");
    let seed = random.seed();
    let pieces = ["/a", "/:p", "/:p*", "/(.*)", "/((?!api|x).*)", "/:l(en|de)", "/b/:p+", "/{x}?", "/m"];
    let words = ["a", "b", "m", "api", "en", "x.json", "c"];
    let mut found = 0;
    for round in 0..crate::support::fuzz_rounds(150) {
        let source: String = (0..=random.below(2)).map(|_| random.pick(&pieces)).collect();
        let path = |random: &mut Random| {
            (0..=random.below(3)).map(|_| format!("/{}", random.pick(&words))).collect::<String>()
        };
        let tunnel = path(&mut random);
        let site = site(random.pick(&["", "", "/a"]), &[]);
        let tunnel = format!("{}{tunnel}", site.base_path);
        let Ok(before) = declared(&Literal::from(&json!(source)), site.next) else { continue };
        let request = Request::new(&tunnel, &BTreeMap::new());
        let Some(fix) = fix(&before, &site, &request, &[]) else { continue };
        found += 1;
        let after = declared(&Literal::from(&json!(fix.after)), site.next).unwrap();
        let (before, after) = (Matcher::new(&before, &site).unwrap(), Matcher::new(&after, &site).unwrap());
        assert!(!after.serves(&request).runs(), "seed {seed} round {round}: {source} {tunnel} {fix:?}");
        for _ in 0..60 {
            let other = format!("{}{}", site.base_path, path(&mut random));
            if other != tunnel {
                let other = Request::new(&other, &BTreeMap::new());
                let same = before.serves(&other).runs() == after.serves(&other).runs();
                assert!(same, "seed {seed} round {round}: {source} {tunnel} {} {fix:?}", other.path);
            }
        }
    }
    assert!(found > 20, "seed {seed}: {found}");
}

#[test]
fn diffs_apply() {
    let many: String = (1..=30).map(|line| format!("line {line}\n")).collect();
    let rows: [(&str, String); 7] = [
        (&many, many.replace("line 15\n", "line 15 changed\n")),
        (&many, many.replace("line 1\n", "")),
        (&many, many.replace("line 30\n", "line 30")),
        (&many, format!("{many}\nexport const config = 1;\n")),
        (&many, many.replace("line 3\n", "x\ny\n").replace("line 20\n", "")),
        ("one", "two".to_owned()),
        ("one\r\ntwo\r\n", "one\r\n2\r\n".to_owned()),
    ];
    for (before, after) in rows {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        let file = folder.path().join("src/middleware.ts");
        std::fs::write(&file, before).unwrap();
        std::fs::write(folder.path().join("p.diff"), diff::unified("src/middleware.ts", before, &after)).unwrap();
        let git = Command::new("git")
            .args(["apply", "--whitespace=nowarn", "p.diff"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            git.status.success(),
            "{}\n{}",
            String::from_utf8_lossy(&git.stderr),
            diff::unified("x", before, &after)
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), after);
    }
    assert_eq!(diff::unified("x", "same\n", "same\n"), "");
}
