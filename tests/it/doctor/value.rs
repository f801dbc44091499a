//! What reading finds of values: across files, through the functions that build them.

use std::{fs, path::Path};

use fixloop::doctor::{
    files::Files,
    project::Modules,
    script::{self, Value, What},
};

/// A value in one line.
fn shown(value: &Value) -> String {
    match &value.what {
        What::Undefined => "undefined".to_owned(),
        What::Null => "null".to_owned(),
        What::Bool(bool) => bool.to_string(),
        What::Number(number) => number.to_string(),
        What::Text(pieces) => {
            let piece = |piece: &script::Piece| match &piece.text {
                Ok(text) => text.clone(),
                Err(expression) => format!("<{expression}>"),
            };
            format!("{:?}", pieces.iter().map(piece).collect::<String>())
        }
        What::Regex(pattern, flags) => format!("/{pattern}/{flags}"),
        What::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        What::Object(fields, hidden) => {
            let mut all: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
            all.extend(hidden.iter().map(|hidden| format!("...<{}>", hidden.expression)));
            format!("{{{}}}", all.join(", "))
        }
        What::Function(..) => "function".to_owned(),
        What::Env(name) => format!("${name}"),
        What::Choice(all) => all.iter().map(shown).collect::<Vec<_>>().join(" | "),
        What::Unknown(hidden) => format!("<{}>", hidden.expression),
    }
}

/// Writes the files, and gives the value of `export const it` of `main.ts`.
fn value(files: &[(&str, &str)], main: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
    };
    files.iter().for_each(|(path, text)| write(path, text));
    write("main.ts", main);
    let mut modules = Modules::new(&Files::new(folder.path()));
    modules.env.insert("SET".to_owned(), "from the file".to_owned());
    let module = modules.get("main.ts").unwrap().unwrap();
    shown(&script::exported(&modules, &module, "it").unwrap())
}

#[test]
fn values_are_found_where_they_are_made() {
    let constants = (
        "lib/constants.ts",
        "export const TUNNEL = '/api/tunnel';\nexport default { rate: 0.2 };\nexport * from './more';",
    );
    let more = (
        "lib/more.ts",
        "export const MORE = [1, 2] as const; export function host(region) { return `o1.ingest.${region}.sentry.io`; }",
    );
    let common = ("common.cjs", "const shared = { dsn: 'x' };\nmodule.exports = { shared, rate: 1 };");
    let tsconfig = ("tsconfig.json", r#"{"compilerOptions": {"paths": {"@/*": ["./lib/*"]}}}"#);
    let files = [constants, more, common, tsconfig];
    let cases = [
        ("export const it = 'a' + `b${1}` + -2;", "\"ab1-2\""),
        ("import { TUNNEL } from './lib/constants';\nexport const it = TUNNEL;", "\"/api/tunnel\""),
        ("import { TUNNEL } from '@/constants';\nexport const it = { tunnel: TUNNEL };", "{tunnel: \"/api/tunnel\"}"),
        ("import all from './lib/constants.js';\nexport const it = all.rate;", "0.2"),
        (
            "import * as all from './lib/constants';\nexport const it = [...all.MORE, all.host('de')];",
            "[1, 2, \"o1.ingest.de.sentry.io\"]",
        ),
        ("const { shared: { dsn }, rate } = require('./common.cjs');\nexport const it = [dsn, rate];", "[\"x\", 1]"),
        ("import { rate } from './common.cjs';\nexport const it = rate;", "1"),
        ("export const it = process.env.DSN ?? 'fallback';", "$DSN | \"fallback\""),
        ("export const it = process.env.SET || 'fallback';", "\"from the file\""),
        ("export const it = import.meta.env.PROD ? 1 : 2;", "1"),
        ("const dev = process.env.NODE_ENV !== 'production';\nexport const it = dev ? \"'unsafe-eval'\" : '';", "\"\""),
        (
            "const base = { a: 1, b: 2 };\nexport const it = { ...base, b: 3, ...(false && { c: 4 }) };",
            "{a: 1, b: 2, b: 3}",
        ),
        ("export const it = { ...unknown(), a: 1 };", "{a: 1, ...<unknown()>}"),
        ("export const it = { ...(process.env.X ? { a: 1 } : {}) };", "{a: 1 | undefined}"),
        (
            "const d = { 'default-src': [\"'self'\"], 'img-src': ['*', 'data:'] };\nexport const it = Object.entries(d).map(([k, v]) => `${k} ${v.join(' ')}`).join('; ');",
            "\"default-src 'self'; img-src * data:\"",
        ),
        (
            "export const it = `\n  default-src 'self';\n  img-src *;\n`.replace(/\\s{2,}/g, ' ').trim();",
            "\"default-src 'self'; img-src *;\"",
        ),
        ("export const it = ((nonce) => `script-src 'nonce-${nonce}'`)(make());", "\"script-src 'nonce-<make()>'\""),
        (
            "export const it = \"script-src 'nonce-{n}'; img-src *\".replace('{n}', nonce);",
            "\"script-src 'nonce-<nonce>'; img-src *\"",
        ),
        (
            "export const it = [true && 'a', false && 'b', process.env.X && 'c'].filter(Boolean).join(' ');",
            "\"a <[true && 'a', false && 'b', process.env.X && 'c'].filter(Boolean)>\"",
        ),
        (
            "function f(x) { if (x === 1) { return 'one'; } const y = 'other'; return y; }\nexport const it = [f(1), f(2)];",
            "[\"one\", \"other\"]",
        ),
        ("function f() { if (flag) return 'one'; return 'two'; }\nexport const it = f();", "\"one\" | \"two\""),
        ("const loop = () => loop();\nexport const it = loop();", "<loop()>"),
        ("let x = 1; x = 2;\nexport const it = x;", "<x>"),
        ("const x = ['a']; x.push(b);\nexport const it = x;", "[\"a\", <x>]"),
        ("const f = async () => ({ a: 1 });\nexport const it = await f();", "{a: 1}"),
        ("export const it = Number(process.env.RATE);", "<Number(process.env.RATE)>"),
        ("export const it = (x as any satisfies string)!;", "<x>"),
    ];
    for (main, expected) in cases {
        assert_eq!(value(&files, main), expected, "{main}");
    }
}

#[test]
fn circles_end() {
    let files = [("a.ts", "export { it } from './b';"), ("b.ts", "export { it } from './a';")];
    assert_eq!(value(&files, "import { it as x } from './a';\nexport const it = x;"), "<x>");
    assert!(value(&[], "const a = { b };\nconst b = { a };\nexport const it = 1 + a.b.a.b;").contains('<'));
    let wide =
        "const a = [1,1,1,1,1,1,1,1,1,1];\nconst f = (x) => x.map(() => x);\nexport const it = f(f(f(f(f(f(f(a)))))));";
    assert!(value(&[], wide).len() < 3_000_000);
}
