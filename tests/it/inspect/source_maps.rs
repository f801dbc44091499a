//! `check_source_maps`: the causes (pure), Sentry's answer, and the answer of our own resolver.

use fixloop::event::source_map::{FrameDebug, Lookup, Scraped, SourceMapDebug, Target};
use serde_json::json;

use super::{Intake, connected, shown, snapshot};
use crate::support::sentry::{Answer, Sentry, acme};

const DEBUG: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/source-map-debug/";

fn frame() -> FrameDebug {
    FrameDebug {
        file: Some("https://a.example/assets/app.js".into()),
        names: vec!["~/assets/app.js".into()],
        file_lookup: Some(Lookup::Missing),
        map_lookup: Some(Lookup::Missing),
        ..FrameDebug::default()
    }
}

fn event(frame: FrameDebug) -> SourceMapDebug {
    SourceMapDebug {
        release: Some("shop@1".into()),
        dist: Some("web".into()),
        sdk_version: Some("7.1.0".into()),
        needs_sdk: Some("7.56.0".into()),
        sdk_support: Some("full".into()),
        has_debug_ids: Some(false),
        project_has_files: Some(true),
        release_has_files: Some(true),
        uploaded_debug_ids: Some(false),
        frames: vec![frame],
    }
}

#[test]
fn each_cause_has_its_fix() {
    let target = Target { organization: "acme".into(), project: "web".into(), url: None };
    let id = || Some("0f0e0d0c-0b0a-4908-8706-050403020100".to_owned());
    let by_id = |file_by_id: bool, map_by_id: bool| FrameDebug { debug_id: id(), file_by_id, map_by_id, ..frame() };
    let looked = |file: Lookup, map: Lookup| FrameDebug { file_lookup: Some(file), map_lookup: Some(map), ..frame() };
    let named = |file, map| FrameDebug { map_name: Some("~/assets/app.js.map".into()), ..looked(file, map) };
    let upload = "sentry-cli sourcemaps upload --org acme --project web";
    let checks: Vec<(SourceMapDebug, &str, &str)> = vec![
        (event(by_id(true, false)), "map_not_uploaded", "build.sourcemap"),
        (event(by_id(false, true)), "file_not_uploaded", upload),
        (event(by_id(false, false)), "not_uploaded", "exactly the files that are deployed"),
        (SourceMapDebug { project_has_files: Some(false), ..event(by_id(false, false)) }, "nothing_uploaded", upload),
        (SourceMapDebug { has_debug_ids: Some(true), ..event(frame()) }, "not_injected", "sourcemaps inject"),
        (
            SourceMapDebug { sdk_support: Some("needs-upgrade".into()), ..event(frame()) },
            "old_sdk",
            "Upgrade the SDK to «7.56.0»",
        ),
        (SourceMapDebug { release: None, ..event(frame()) }, "no_debug_id", "sourcemaps inject"),
        (
            SourceMapDebug { release_has_files: Some(false), ..event(frame()) },
            "release_empty",
            "--release shop@1 --dist web --url-prefix '~/assets'",
        ),
        (event(frame()), "file_name", "--url-prefix '~/assets' ./dist"),
        (event(looked(Lookup::WrongDist, Lookup::Missing)), "wrong_dist", "--release shop@1 --dist web ./dist"),
        (event(named(Lookup::Found, Lookup::WrongDist)), "wrong_dist", "--dist web"),
        (event(looked(Lookup::Found, Lookup::Missing)), "no_reference", "comment"),
        (event(named(Lookup::Found, Lookup::Missing)), "map_name", "Upload the .map files"),
        (SourceMapDebug { frames: vec![frame()], ..SourceMapDebug::default() }, "no_debug_id", "sourcemaps inject"),
    ];
    for (debug, kind, fix) in checks {
        let diagnosis = debug.diagnose(&target);
        assert_eq!((diagnosis.mapped, diagnosis.frames, diagnosis.causes.len()), (0, 1, 1), "{kind}");
        let cause = &diagnosis.causes[0];
        assert_eq!(cause.kind, kind, "{cause:?}");
        assert!(cause.fix.contains(fix), "{kind}: {}", cause.fix);
    }
    let ok = Some(Scraped { ok: true, tried: true, why: String::new() });
    let mapped = [
        by_id(true, true),
        looked(Lookup::Found, Lookup::Found),
        FrameDebug { scraped_file: ok.clone(), scraped_map: ok, ..frame() },
    ];
    for frame in mapped {
        assert_eq!(event(frame).diagnose(&target).mapped, 1);
    }
    // A frame of no file, or of the runtime, is no frame of built code; one with a debug id is, whatever is told of it.
    for (file, debug_id, frames) in [
        (Some("<anonymous>"), None, 0),
        (Some("native"), id(), 0),
        (Some("node:internal/process/task_queues"), None, 0),
        (None, None, 0),
        (Some("app.js"), id(), 1),
        (None, id(), 1),
    ] {
        let frame = FrameDebug { file: file.map(str::to_owned), debug_id, ..FrameDebug::default() };
        assert_eq!(event(frame).diagnose(&target).frames, frames, "{file:?}");
    }
}

#[test]
fn frames_with_one_cause_are_one_and_no_value_gets_into_a_command() {
    let evil =
        Target { organization: "acme; rm -rf /".into(), project: "--help".into(), url: Some("http://x/$(id)".into()) };
    let other = FrameDebug {
        file: Some("https://a.example/assets/b.js".into()),
        names: vec!["~/assets/b.js".into()],
        ..frame()
    };
    let mut debug = event(frame());
    debug.frames.extend([frame(), other, FrameDebug { names: vec!["~/`id`/x.js".into()], ..frame() }]);
    debug.release = Some("1 && curl evil".into());
    let diagnosis = debug.diagnose(&evil);
    let files: Vec<_> = diagnosis.causes.iter().map(|cause| (cause.frames(), cause.files.len())).collect();
    assert_eq!(files, [(3, 2), (1, 1)]);
    for cause in &diagnosis.causes {
        for bad in ["rm -rf", "--help", "$(", "curl", "`id"] {
            assert!(!cause.fix.contains(bad), "{}", cause.fix);
        }
        assert!(cause.fix.contains("--org ORG --project PROJECT --release RELEASE"), "{}", cause.fix);
    }
}

#[tokio::test]
async fn sentrys_answer_is_a_verdict_with_fixes() {
    let sentry = Sentry::acme().await;
    let server = connected(&sentry).await;
    let reply = server.call("check_source_maps", json!({"event": acme::SHORT_ID})).await.ok();
    snapshot("source_maps_remote", &shown(&reply, &server));
    // An older server.
    sentry.on("GET", DEBUG, Answer::detail(404, "The requested resource does not exist"));
    let old = server.call("check_source_maps", json!({"event": acme::EVENT_ID})).await;
    let old =
        if old.is_error { server.call("check_source_maps", json!({"event": acme::SHORT_ID})).await.ok() } else { old };
    snapshot("source_maps_remote_old", &shown(&old, &server));
    // Without a release the server names no file: the event does.
    let id = "0f0e0d0c-0b0a-4908-8706-050403020100";
    let process = json!({"debug_id": id, "uploaded_source_file_with_correct_debug_id": false, "uploaded_source_map_with_correct_debug_id": false});
    let one = json!({"debug_id_process": process, "release_process": null, "scraping_process": {"source_file": null, "source_map": null}});
    sentry.on(
        "GET",
        DEBUG,
        json!({"exceptions": [{"frames": [one]}, {"frames": []}, {"frames": [one]}], "release": null}),
    );
    let bare = server.call("check_source_maps", json!({"event": acme::SHORT_ID})).await.ok();
    assert_eq!((&bare.structured["verdict"], &bare.structured["frames"]), (&json!("none_mapped"), &json!(2)));
    assert!(bare.text.contains("In «https://shop.acme.example/"), "{}", bare.text);
    sentry.on("GET", DEBUG, json!({"exceptions": [], "release": null}));
    let none = server.call("check_source_maps", json!({"event": acme::SHORT_ID})).await.ok();
    assert!(none.text.starts_with("Nothing to map"), "{}", none.text);
    server.stop().await;
}

#[tokio::test]
async fn the_sinks_answer_is_that_of_the_resolver() {
    let shop = Intake::start().await;
    let site = crate::browser::web::Site::default()
        .with("/ok.js", 200, &[("content-type", "text/javascript")], "function pay(){throw 1}\n//# sourceMappingURL=ok.js.map")
        .with("/ok.js.map", 200, &[("content-type", "application/json")], r#"{"version":3,"sources":["src/pay.ts"],"sourcesContent":["function pay() {\n  throw 1\n}"],"names":[],"mappings":"AAAA,eACE"}"#)
        .with("/bare.js", 200, &[("content-type", "text/javascript")], "throw 1")
        .serve()
        .await;
    let frame = |path: &str, column: u32| json!({"filename": format!("{site}{path}"), "abs_path": format!("{site}{path}"), "function": "pay", "lineno": 1, "colno": column, "in_app": true});
    let id = "e0000000000000000000000000000003";
    let event = json!({"event_id": id, "platform": "javascript", "exception": {"values": [{"type": "Error", "value": "1", "stacktrace": {"frames": [
        frame("/gone.js", 3), frame("/bare.js", 1), frame("/bare.js", 2), frame("/ok.js", 18),
        {"filename": "<anonymous>", "function": "Array.map"},
    ]}}]}});
    shop.send_parts(id, &[("event", json!({}), event.to_string().as_bytes())]).await;
    let reply = shop.call("check_source_maps", json!({"event": "LOCAL-1"})).await.ok();
    snapshot("source_maps_local", &shown(&reply, &shop.server));
    let python = json!({"event_id": EVENT_PY, "platform": "python", "exception": {"values": [{"type": "E", "value": "1", "stacktrace": {"frames": [
        {"filename": "a.py", "abs_path": "/srv/a.py", "lineno": 3}]}}]}});
    shop.send_parts(EVENT_PY, &[("event", json!({}), python.to_string().as_bytes())]).await;
    let python = shop.call("check_source_maps", json!({"event": EVENT_PY})).await.ok();
    assert!(python.text.starts_with("Nothing to map"), "{}", python.text);
    shop.server.stop().await;
}

const EVENT_PY: &str = "e0000000000000000000000000000004";
