//! Reading JavaScript and TypeScript without running them.

use fixloop::doctor::script::{self, Literal, Place, Plain};
use serde_json::{Value, json};

use crate::support::Random;

fn value(literal: &Literal) -> Value {
    match &literal.value {
        Plain::Undefined => json!("undefined"),
        Plain::Null => Value::Null,
        Plain::Bool(bool) => json!(bool),
        Plain::Number(number) => json!(number),
        Plain::Text(text) => json!(text),
        Plain::Regex(regex) => json!({"regex": regex}),
        Plain::List(list) => list.iter().map(value).collect(),
        Plain::Object(fields) => {
            fields.iter().map(|(key, each)| (key.clone(), value(each))).collect::<serde_json::Map<_, _>>().into()
        }
    }
}

/// The value of `config`, whether Next.js reads it so, or `? EXPRESSION @ PLACE`.
fn config(name: &str, text: &str) -> Value {
    let found = script::read(name, text, |script| script.exported("config"));
    match found {
        Err(why) => json!(format!("! {why}")),
        Ok(None) => json!("none"),
        Ok(Some(exported)) => match exported.value {
            Ok(found) => json!([value(&found.literal), exported.direct && found.followed.is_empty()]),
            Err(unknown) => json!(format!("? {} @ {}", unknown.expression, Place::of(text, unknown.span.start))),
        },
    }
}

#[test]
fn exported_constants_are_read() {
    let rows: [(&str, &str, Value); 22] = [
        ("a.ts", "export const config = {matcher: '/a'};", json!([{"matcher": "/a"}, true])),
        (
            "a.ts",
            "export const config = {matcher: ['/a', `/b\\\\.c`]} as const satisfies X;",
            json!([{"matcher": ["/a", "/b\\.c"]}, true]),
        ),
        (
            "a.ts",
            "export const config = <X>{'matcher': null, a: [1, , true, undefined]}",
            json!([{"matcher": null, "a": [1.0, "undefined", true, "undefined"]}, true]),
        ),
        ("a.js", "export const config = {matcher: /x/i}", json!([{"matcher": {"regex": "/x/i"}}, true])),
        ("a.jsx", "const a = <b/>; export const config = ({matcher: '/a'})", json!([{"matcher": "/a"}, true])),
        ("a.ts", "const p = ['/a']; export const config = {matcher: p};", json!([{"matcher": ["/a"]}, false])),
        (
            "a.ts",
            "export const config = {matcher: [...p, '/b']}; const p = ['/a'];",
            json!([{"matcher": ["/a", "/b"]}, false]),
        ),
        (
            "a.ts",
            "const o = {a: 1}; export const config = {...o, matcher: '/a' + '/b'};",
            json!([{"a": 1.0, "matcher": "/a/b"}, false]),
        ),
        (
            "a.ts",
            "const n = 'api'; export const config = {matcher: `/((?!${n}).*)`};",
            json!([{"matcher": "/((?!api).*)"}, false]),
        ),
        ("a.ts", "const config = {matcher: '/a'}; export { config };", json!([{"matcher": "/a"}, false])),
        ("a.ts", "const c = {matcher: '/a'}; export { c as config };", json!([{"matcher": "/a"}, false])),
        ("a.ts", "export let config = {matcher: '/a'};", json!([{"matcher": "/a"}, false])),
        ("a.ts", "import { p } from './p';\nexport const config = {\n  matcher: p,\n};", json!("? p @ 3:12")),
        ("a.ts", "export const config = {matcher: [...paths()]};", json!("? paths() @ 1:37")),
        ("a.ts", "export const config = {[key]: 1};", json!("? key @ 1:25")),
        ("a.ts", "const a = b; const b = a; export const config = {matcher: a};", json!("? a @ 1:24")),
        ("a.ts", "let p = '/a'; export const config = {matcher: p};", json!("? p @ 1:47")),
        ("a.ts", "export { config } from './other';", json!("? export { config } from './other'; @ 1:10")),
        ("a.ts", "export default function middleware() {}", json!("none")),
        ("a.ts", "", json!("none")),
        ("a.ts", "// only a comment\n", json!("none")),
        ("a.ts", "'use strict'; export const a = 1, config = {matcher: []};", json!([{"matcher": []}, true])),
    ];
    for (name, text, expect) in rows {
        assert_eq!(config(name, text), expect, "{text}");
    }
}

#[test]
fn what_is_no_code_is_said_with_its_place() {
    let why = |text: &str| script::read("a.ts", text, |_| ()).unwrap_err();
    assert!(
        why("export const config = {\n  matcher: [,\n").starts_with("3:1: "),
        "{}",
        why("export const config = {\n  matcher: [,\n")
    );
    assert!(why(&"[".repeat(100_000)).contains("nested"));
    assert!(why(&" ".repeat(script::MAX_SCRIPT + 1)).contains("larger"));
}

#[test]
fn options_are_found_through_what_wraps_them() {
    let rows = [
        "const c = {basePath: '/app'}; export default c;",
        "export default {basePath: '/app'}",
        "module.exports = {basePath: '/app'}",
        "const next = {basePath: '/app'}; module.exports = withSentryConfig(next, {tunnelRoute: '/t'})",
        "export default withBundleAnalyzer({enabled: false})(withSentryConfig({basePath: '/app'} as NextConfig))",
        "export default async (phase) => { const x = 1; return {basePath: '/app'} }",
        "export default () => ({basePath: '/app'})",
        "module.exports = function () { return withX({basePath: '/app'}) }",
        "const a = '/app'; export default {basePath: a}",
    ];
    for text in rows {
        let found = script::read("next.config.ts", text, |script| script.option("basePath")).unwrap();
        assert_eq!(found.unwrap().unwrap().literal.text(), Some("/app"), "{text}");
    }
    let none =
        script::read("a.ts", "export default {a: {basePath: '/x'}}", |script| script.option("basePath")).unwrap();
    assert_eq!(none, None);
    let unknown = script::read("a.ts", "export default {basePath: process.env.B}", |script| script.option("basePath"));
    assert_eq!(unknown.unwrap().unwrap().unwrap_err().expression, "process.env.B");
}

#[test]
fn script_fuzz_never_panics() {
    let mut random = Random::seeded("FIXLOOP_SEED");
    let seed = random.seed();
    let whole = "import x from 'y';\nconst p = ['/a', `b${p}`, ...q];\nexport const config = { matcher: ['/((?!api).*)', {source: '/:a*', has: [{type: 'host', value: \"é\"}]}] } as const;\nexport default clerk(async (auth, req) => { if (req.nextUrl.pathname === '/m') return NextResponse.next(); if (a) { return b ? c : d } });\nmodule.exports = withX(() => ({ basePath: p }));\nexport { config as c };\n";
    let signs = [
        "{", "}", "(", ")", "[", "]", "`", "'", "\"", "${", "=>", "\\", "/*", "//", "é", "😀", "\0", "export", "const",
        "...", ":", ",", "<", ">", "?", "\u{2028}",
    ];
    for round in 0..crate::support::fuzz_rounds(300) {
        let mut chars: Vec<char> = whole.chars().collect();
        for _ in 0..=random.below(6) {
            let at = random.below(chars.len());
            match random.below(3) {
                0 => drop(chars.drain(at..(at + random.below(30)).min(chars.len()))),
                1 => drop(chars.splice(at..at, random.pick(&signs).chars()).collect::<Vec<_>>()),
                _ => chars.truncate(at.max(1)),
            }
            if chars.is_empty() {
                chars.push(' ');
            }
        }
        let text: String = chars.into_iter().collect();
        let read = script::read(random.pick(&["a.ts", "a.tsx", "a.js", "a.txt"]), &text, |script| {
            drop((script.exported("config"), script.option("basePath"), script.guards(&["middleware", "proxy"])));
        });
        assert!(read != Err("the parser failed on it".to_owned()), "seed {seed} round {round}: {text}");
    }
    // What calls itself most: none of these may exhaust the stack.
    for deep in [
        "!",
        "a=>",
        "a?",
        "a=",
        "if(a)",
        "new ",
        "`${",
        "<a>",
        "typeof ",
        "-+",
        "a**",
        "else ",
        "async a=>",
        "yield ",
        "return ",
        "x:",
    ] {
        let text = format!("let v = {}1", deep.repeat(script::MAX_SCRIPT / deep.len() - 20));
        drop(script::read("a.ts", &text, |script| drop(script.exported("config"))));
    }
}
