//! Real bundles: minified code → the TypeScript line, with context.

use std::path::Path;

use fixloop::{
    event::{DebugImage, Frame},
    sourcemap::Resolver,
};
use serde_json::{Value, json};

use super::{LIMIT, Site, build, frames, places, thrown, workspace};

/// What each call of the app throws, as TypeScript has it.
const STACKS: [(&str, &[&str]); 3] = [
    (
        r#"fixture.checkout("total")"#,
        &["src/cart.ts:15:28 in Cart.rateOf", "src/cart.ts:8:32 in Cart.total", "src/main.ts:25:17 in checkout"],
    ),
    (
        r#"fixture.checkout("list")"#,
        &[
            "src/util/price.ts:3:22 in formatPrice",
            "src/main.ts:20:28 in <anonymous>",
            "src/main.ts:20:14 in summarize",
            "src/main.ts:27:10 in checkout",
        ],
    ),
    ("fixture.payLater()", &["src/main.ts:16:9 in payLater"]),
];

#[tokio::test]
async fn minified_stacks_become_typescript_whatever_way_the_map_is_given() {
    for options in [
        r#"{"sourcemap": "linked"}"#,
        r#"{"sourcemap": "inline"}"#,
        r#"{"sourcemap": "linked", "sourcesContent": false}"#,
        r#"{"sourcemap": "linked", "sourceRoot": "/srv/build/"}"#,
    ] {
        let folder = workspace();
        build(folder.path(), options);
        let site = Site::start().await;
        site.folder("/assets/", &folder.path().join("dist"));
        let url = site.url("/assets/main.js");
        let resolver = Resolver::new(folder.path().to_owned());
        for (call, expected) in STACKS {
            let mut frames = thrown(&folder.path().join("dist/main.js"), &url, call);
            let built = frames.clone();
            resolver.resolve(&mut frames, &[], LIMIT).await;
            assert_eq!(places(&frames), expected, "{options:?} {call}");
            for (frame, built) in frames.iter().zip(built) {
                let generated = frame.generated.as_deref().unwrap();
                assert_eq!(Some(generated.abs_path.as_str()), built.abs_path.as_deref());
                assert_eq!((Some(generated.lineno), Some(generated.colno)), (built.lineno, built.colno));
                assert_eq!(generated.function, built.function);
                assert_eq!(frame.in_app, Some(true));
            }
        }
    }
}

const TOTAL: &str = r#"fixture.checkout("total")"#;
const LINKED: &str = r#"{"sourcemap": "linked"}"#;

/// What `TOTAL` throws in a build of the workspace, as if it had been served at `url`.
fn total(folder: &Path, url: &str) -> Vec<Frame> {
    thrown(&folder.join("dist/main.js"), url, TOTAL)
}

fn read_map(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("dist/main.js.map")).unwrap()).unwrap()
}

fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn edit(folder: &Path, path: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(folder.join(path)).unwrap();
    assert!(text.contains(from), "{path} holds no {from:?}");
    std::fs::write(folder.join(path), text.replacen(from, to, 1)).unwrap();
}

#[tokio::test]
async fn the_context_is_five_lines_on_each_side() {
    let folder = workspace();
    build(folder.path(), LINKED);
    let site = Site::start().await;
    site.folder("/", &folder.path().join("dist"));
    let mut frames = total(folder.path(), &site.url("/main.js"));
    Resolver::new(folder.path().to_owned()).resolve(&mut frames, &[], LIMIT).await;
    let source = std::fs::read_to_string(folder.path().join("src/cart.ts")).unwrap();
    let lines: Vec<&str> = source.lines().collect();
    // The first frame is at line 15 of 17, the second at line 8.
    assert_eq!(frames[0].pre_context, lines[9..14]);
    assert_eq!(frames[0].context_line.as_deref(), Some("    return rates[currency].rate;"));
    assert_eq!(frames[0].post_context, lines[15..17]);
    assert_eq!(frames[1].pre_context, lines[2..7]);
    assert_eq!(frames[1].post_context, lines[8..13]);
}

#[tokio::test]
async fn a_map_is_found_by_header_by_absolute_address_and_in_sections() {
    let folder = workspace();
    build(folder.path(), r#"{"sourcemap": "external"}"#);
    let script = std::fs::read(folder.path().join("dist/main.js")).unwrap();
    let map = read_map(folder.path());
    // A sectioned map: the bundle begins in line 3 at column 4 of a larger file.
    let shifted = [b"/* a */\n/* b */\n    ".as_slice(), &script].concat();
    let sections = json!({"version": 3, "file": "all.js", "sections": [
        {"offset": {"line": 0, "column": 0}, "map": {"version": 3, "sources": ["banner.js"], "names": [], "mappings": "AAAA"}},
        {"offset": {"line": 2, "column": 4}, "map": map},
    ]});
    let site = Site::start().await;
    let other = Site::start().await;
    site.put("/maps/main.js.map", map.to_string());
    site.answer("/header.js", 200, &[("SourceMap", "/maps/main.js.map")], script.clone());
    site.answer("/old-header.js", 200, &[("X-SourceMap", "maps/main.js.map")], script.clone());
    let absolute = format!("\n//# sourceMappingURL={}\n", site.url("/maps/main.js.map"));
    site.put("/absolute.js", [script.clone(), absolute.clone().into_bytes()].concat());
    // Another server of this machine: what a dev server with a proxy does.
    other.put("/other.js", [script.clone(), absolute.into_bytes()].concat());
    site.put("/all.js.map", format!(")]}}'\n{sections}"));
    site.put("/all.js", [shifted, b"\n//@ sourceMappingURL=all.js.map".to_vec()].concat());
    let resolver = Resolver::new(folder.path().join("elsewhere"));
    for url in [
        site.url("/header.js"),
        site.url("/old-header.js"),
        site.url("/absolute.js"),
        other.url("/other.js"),
        site.url("/all.js?v=7#x"),
    ] {
        let mut frames = total(folder.path(), &url);
        if url.contains("all.js") {
            frames.iter_mut().for_each(|frame| {
                frame.lineno = Some(3);
                frame.colno = frame.colno.map(|column| column + 4);
            });
        }
        resolver.resolve(&mut frames, &[], LIMIT).await;
        assert_eq!(places(&frames), STACKS[0].1, "{url}");
        assert_eq!(frames[0].context_line.as_deref(), Some("    return rates[currency].rate;"), "{url}");
    }
}

#[tokio::test]
async fn the_debug_id_of_an_event_finds_its_build_and_no_other() {
    let (old, new) = ("6f9619ff-8b86-d011-b42d-00cf4fc964ff", "0e984725-c51c-4bf4-9960-e1c80e27aba0");
    let folder = workspace();
    build(folder.path(), LINKED);
    let mut map = read_map(folder.path());
    map["debug_id"] = json!(old);
    write(folder.path(), "artifacts/old.js.map", map.to_string());
    let script = std::fs::read(folder.path().join("dist/main.js")).unwrap();
    write(folder.path(), "artifacts/old.js", &script);
    // The server has a later build by now, with other lines and its own id.
    edit(folder.path(), "src/cart.ts", "export class", "// one\n// two\nexport class");
    build(folder.path(), LINKED);
    let mut map = read_map(folder.path());
    map["debugId"] = json!(new.to_uppercase());
    let site = Site::start().await;
    site.put("/main.js.map", map.to_string());
    site.put("/main.js", std::fs::read(folder.path().join("dist/main.js")).unwrap());
    let url = site.url("/main.js");
    let resolver = Resolver::new(folder.path().to_owned());
    let image = |id: &str| [DebugImage { code_file: url.clone(), debug_id: id.to_owned() }];
    let stack = thrown(&folder.path().join("artifacts/old.js"), &url, TOTAL);
    for (id, expected) in
        [(old, "src/cart.ts:15:28"), (new, "src/cart.ts:17:28"), (&old.replace('-', ""), "src/cart.ts:15:28")]
    {
        let mut frames = stack.clone();
        resolver.resolve(&mut frames, &image(id), LIMIT).await;
        assert_eq!(frames[0].location().as_deref(), Some(expected), "{id}");
        // The file has moved on since the old build: its lines are shown as they were.
        assert_eq!(frames[0].context_line.as_deref(), Some("    return rates[currency].rate;"), "{id}");
    }
    // A build that nobody has: the server's map would give wrong lines.
    let unknown = "11111111-2222-3333-4444-555555555555";
    let mut frames = stack.clone();
    resolver.resolve(&mut frames, &image(unknown), LIMIT).await;
    assert_eq!(frames, stack);
    let why = resolver.explain(&frames[0]).unwrap();
    assert!(why.contains("another build"), "{why}");
}

#[tokio::test]
async fn a_build_in_the_workspace_explains_a_script_whose_server_gives_no_map() {
    let folder = workspace();
    build(folder.path(), r#"{"sourcemap": "external", "outdir": "web/public/static"}"#);
    let built = folder.path().join("web/public/static/main.js");
    let site = Site::start().await;
    site.put("/static/main.js", std::fs::read(&built).unwrap());
    let url = site.url("/static/main.js");
    let resolver = Resolver::new(folder.path().to_owned());
    let mut frames = thrown(&built, &url, TOTAL);
    resolver.resolve(&mut frames, &[], LIMIT).await;
    assert_eq!(places(&frames), STACKS[0].1);
    // Another script of the same name is another script.
    site.put("/static/main.js", [b"/* not this one */".to_vec(), std::fs::read(&built).unwrap()].concat());
    resolver.forget();
    let stack = thrown(&built, &url, TOTAL);
    let mut frames = stack.clone();
    resolver.resolve(&mut frames, &[], LIMIT).await;
    assert_eq!(frames, stack);
    assert!(resolver.explain(&frames[0]).unwrap().contains("names no source map"));
}

#[tokio::test]
async fn a_script_that_is_a_file_of_the_workspace_shows_its_own_lines() {
    let folder = workspace();
    let script = "function pay() {\n  return missing();\n}\nglobalThis.fixture = { pay };\n";
    write(folder.path(), "public/app.js", script);
    let site = Site::start().await;
    site.put("/app.js", script);
    let mut frames = thrown(&folder.path().join("public/app.js"), &site.url("/app.js"), "fixture.pay()");
    Resolver::new(folder.path().to_owned()).resolve(&mut frames, &[], LIMIT).await;
    assert_eq!(places(&frames), ["public/app.js:2:3 in Object.pay"]);
    assert_eq!(frames[0].context_line.as_deref(), Some("  return missing();"));
    assert_eq!(frames[0].in_app, Some(true));
}

#[tokio::test]
async fn node_stacks_are_mapped_too_and_packages_are_not_the_apps() {
    let folder = workspace();
    build(folder.path(), r#"{"sourcemap": "linked", "platform": "node"}"#);
    write(folder.path(), "node_modules/left/index.js", "exports.pad = () => {\n  throw new Error('left');\n};\n");
    write(
        folder.path(),
        "run.cjs",
        "require('./dist/main.js');\ntry { fixture.checkout('total') } catch (e) { console.log(e.stack) }\ntry { require('left').pad() } catch (e) { console.log(e.stack) }\n",
    );
    let output = std::process::Command::new("node").arg("run.cjs").current_dir(folder.path()).output().unwrap();
    let mut stack = frames(&String::from_utf8(output.stdout).unwrap());
    let root = std::fs::canonicalize(folder.path()).unwrap();
    stack.retain(|frame| Path::new(frame.abs_path.as_deref().unwrap()).starts_with(&root));
    Resolver::new(folder.path().to_owned()).resolve(&mut stack, &[], LIMIT).await;
    assert_eq!(
        places(&stack),
        [
            "src/cart.ts:15:28 in Cart.rateOf",
            "src/cart.ts:8:32 in Cart.total",
            "src/main.ts:25:17 in checkout",
            "run.cjs:2:15 in Object.<anonymous>",
            "node_modules/left/index.js:2:9 in exports.pad",
            "run.cjs:3:23 in Object.<anonymous>",
        ]
    );
    let own: Vec<_> = stack.iter().map(|frame| frame.in_app.unwrap()).collect();
    assert_eq!(own, [true, true, true, true, false, true]);
    assert!(stack.iter().all(|frame| frame.context_line.is_some()));
}

#[tokio::test]
async fn a_rebuild_at_the_same_address_gives_the_new_lines() {
    for etags in [false, true] {
        let folder = workspace();
        build(folder.path(), LINKED);
        let site = Site::start().await;
        if etags {
            site.with_etags();
        }
        site.folder("/", &folder.path().join("dist"));
        let url = site.url("/main.js");
        let resolver = Resolver::new(folder.path().to_owned());
        let line = async || {
            let mut frames = total(folder.path(), &url);
            resolver.resolve(&mut frames, &[], LIMIT).await;
            frames[0].lineno.unwrap()
        };
        assert_eq!(line().await, 15);
        let asked = site.asked();
        assert_eq!(asked, ["/main.js 200", "/main.js.map 200"]);

        // Only comments: the script stays as it is to the byte, and the map does not.
        let before = std::fs::read(folder.path().join("dist/main.js")).unwrap();
        edit(folder.path(), "src/cart.ts", "export class", "// one\n// two\nexport class");
        build(folder.path(), LINKED);
        assert_eq!(std::fs::read(folder.path().join("dist/main.js")).unwrap(), before);
        site.folder("/", &folder.path().join("dist"));
        resolver.forget();
        assert_eq!(line().await, 17);

        // Code before it: both change.
        edit(folder.path(), "src/cart.ts", "// one", "export const first = Math.random();\nconsole.log(first);\n\n");
        build(folder.path(), LINKED);
        site.folder("/", &folder.path().join("dist"));
        resolver.forget();
        assert_eq!(line().await, 20);

        // Nothing changed: nothing is sent twice where the server can say so.
        site.asked();
        resolver.forget();
        assert_eq!(line().await, 20);
        let mut asked = site.asked();
        asked.sort();
        let status = if etags { 304 } else { 200 };
        assert_eq!(asked, [format!("/main.js {status}"), format!("/main.js.map {status}")]);
    }
}

#[tokio::test]
async fn many_at_once_share_one_fetch() {
    let folder = workspace();
    build(folder.path(), LINKED);
    let site = Site::start().await;
    site.folder("/", &folder.path().join("dist"));
    let stack = total(folder.path(), &site.url("/main.js"));
    let resolver = Resolver::new(folder.path().to_owned());
    let one = async || {
        let mut frames = stack.clone();
        resolver.resolve(&mut frames, &[], LIMIT).await;
        frames
    };
    for frames in futures_util::future::join_all((0..20).map(|_| one())).await {
        assert_eq!(places(&frames), STACKS[0].1);
    }
    assert_eq!(site.asked(), ["/main.js 200", "/main.js.map 200"]);
}

#[tokio::test]
async fn the_cache_is_bounded_by_bytes() {
    let folder = workspace();
    build(folder.path(), LINKED);
    let size = std::fs::metadata(folder.path().join("dist/main.js.map")).unwrap().len() as usize;
    let script = std::fs::read_to_string(folder.path().join("dist/main.js")).unwrap();
    let site = Site::start().await;
    let bound = 3 * (size + 1_000);
    let resolver = Resolver::with_cache(folder.path().to_owned(), bound);
    for number in 0..10 {
        // Each map is another, or they would be one.
        let mut map = read_map(folder.path());
        map["file"] = json!(format!("main{number}.js"));
        site.put(&format!("/main{number}.js"), script.replace("main.js.map", &format!("main{number}.js.map")));
        site.put(&format!("/main{number}.js.map"), map.to_string());
        let mut frames = total(folder.path(), &site.url(&format!("/main{number}.js")));
        resolver.resolve(&mut frames, &[], LIMIT).await;
        assert_eq!(places(&frames), STACKS[0].1);
        assert!(resolver.cached_bytes() > 0 && resolver.cached_bytes() <= bound, "{} bytes", resolver.cached_bytes());
    }
    // The first one was dropped, and comes back.
    site.asked();
    let mut frames = total(folder.path(), &site.url("/main0.js"));
    resolver.resolve(&mut frames, &[], LIMIT).await;
    assert_eq!(places(&frames), STACKS[0].1);
    assert_eq!(site.asked(), ["/main0.js 200", "/main0.js.map 200"]);
}
