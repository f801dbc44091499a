//! Real bundles: minified code → the TypeScript line, with context.

use fixloop::sourcemap::Resolver;

use super::{LIMIT, Site, build, places, thrown, workspace};

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
