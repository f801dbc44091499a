//! `get_profile`, and what it finds hot.

use fixloop::{
    event::profile::{Profile, hot_paths},
    sentry::api::{read_flamegraph, read_profile},
};
use serde_json::{Value, json};

use super::{Intake, acme, ask, id, snapshot};
use crate::support::sentry::{Answer, acme as names};

const FLAMEGRAPH: &str = "/organizations/{organization_id_or_slug}/profiling/flamegraph/";
const CHUNKS: &str = "/organizations/{organization_id_or_slug}/profiling/chunks/";
const PROFILE: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/profiling/profiles/{profile_id}/";
const EVENTS: &str = "/organizations/{organization_id_or_slug}/events/";

fn frames() -> Value {
    json!([
        {"function": "pay", "filename": "src/pay.ts", "lineno": 42, "in_app": true},
        {"function": "sum", "filename": "src/sum.ts", "lineno": 9, "in_app": true},
        {"function": "parse", "filename": "node_modules/json/parse.js", "lineno": 1, "in_app": false},
        {"function": "main", "filename": "src/main.ts", "lineno": 1, "in_app": true},
    ])
}

/// Version 1: `main > pay` half of the time, `main > sum > parse` (a library) a quarter, idle a quarter; a second thread.
fn profile(n: u32) -> Value {
    let samples: Vec<Value> = (0..8u64)
        .map(|at| json!({"stack_id": (at % 4).saturating_sub(1), "thread_id": "1", "elapsed_since_start_ns": at * 10_000_000}))
        .chain((0..2u64).map(|at| json!({"stack_id": 0, "thread_id": 7, "elapsed_since_start_ns": at * 10_000_000})))
        .collect();
    json!({"event_id": id(n), "version": "1", "platform": "node", "transaction": {"name": "GET /checkout", "trace_id": id(900), "id": id(20)},
        "profile": {"frames": frames(), "stacks": [[0, 3], [2, 1, 3], []], "samples": samples, "thread_metadata": {"1": {"name": "main"}}}})
}

/// Version 2: times in seconds.
fn chunk(n: u32, start: f64) -> Value {
    let samples: Vec<Value> =
        (0..5).map(|at| json!({"stack_id": 0, "thread_id": "1", "timestamp": start + f64::from(at) / 100.0})).collect();
    json!({"chunk_id": id(n), "profiler_id": id(777), "version": "2", "platform": "javascript", "profile": {"frames": frames(), "stacks": [[1, 3]], "samples": samples}})
}

#[test]
fn time_goes_to_the_function_that_used_it() {
    let read = Profile::read(&profile(1));
    assert_eq!((read.samples, read.timed, read.by_thread()[0].clone()), (10, true, ("1".to_owned(), 80e6)));
    let hot = hot_paths(&read);
    let name = |place: usize| read.frames[place].function.as_str();
    let functions: Vec<_> = hot
        .functions
        .iter()
        .map(|it| (name(it.frame), it.own / 1e6, it.with_libraries / 1e6, it.total / 1e6))
        .collect();
    assert_eq!(functions, [("pay", 60.0, 60.0, 60.0), ("sum", 0.0, 20.0, 20.0), ("main", 0.0, 0.0, 80.0)]);
    let libraries: Vec<_> = hot.libraries.iter().map(|it| (name(it.frame), it.own / 1e6)).collect();
    assert_eq!((libraries, hot.whole / 1e6, hot.idle / 1e6), (vec![("parse", 20.0)], 80.0, 20.0));
    let paths: Vec<_> = hot
        .paths
        .iter()
        .map(|(path, weight)| (path.iter().map(|one| name(*one)).collect::<Vec<_>>().join(">"), weight / 1e6))
        .collect();
    assert_eq!(paths, [("main>pay".to_owned(), 60.0), ("main>sum".to_owned(), 20.0)]);
}

#[test]
fn profiles_without_times_do_not_throw_the_others_away() {
    let samples = |n: usize| {
        let samples: Vec<Value> =
            (0..n).map(|at| json!({"stack_id": 0, "elapsed_since_start_ns": at * 10_000_000})).collect();
        Profile::read(&json!({"profile": {"frames": [{"function": "f"}], "stacks": [[0]], "samples": samples}}))
    };
    for (given, expected) in [
        (vec![3, 3], Some((true, 6, 2, ""))),
        (vec![1, 3, 3], Some((true, 6, 2, "Profiles left out: 1 without times."))),
        (vec![0, 1, 3, 1], Some((true, 3, 1, "Profiles left out: 2 without times, 1 without samples."))),
        (vec![1, 0, 1], Some((false, 2, 2, "Profiles left out: 1 without samples."))),
        (vec![0, 0], None),
        (vec![], None),
    ] {
        let merged = Profile::merge(given.iter().copied().map(samples));
        let merged = merged.map(|it| (it.timed, it.samples, it.profiles, it.notes.join(" ")));
        assert_eq!(merged, expected.map(|(timed, all, of, note)| (timed, all, of, note.to_owned())), "{given:?}");
    }
}

#[test]
fn recursion_counts_once_and_silence_about_the_app_is_said() {
    let read = Profile::read(
        &json!({"profile": {"frames": [{"function": "f"}], "stacks": [[0, 0, 0]], "samples": [{"stack_id": 0}, {"stack_id": 0}]}}),
    );
    let hot = hot_paths(&read);
    assert!(!hot.marked && !read.timed);
    assert_eq!((hot.functions[0].total, hot.functions[0].own, hot.paths[0].0.len()), (2.0, 2.0, 1));
}

#[test]
fn profiles_are_put_together() {
    let mut other = profile(2);
    other["profile"]["frames"].as_array_mut().unwrap().reverse();
    other["profile"]["stacks"] = json!([[3, 0], [1, 2, 0], []]);
    let whole = Profile::merge([Profile::read(&profile(1)), Profile::read(&other)]).unwrap();
    assert_eq!((whole.frames.len(), whole.profiles, whole.samples), (4, 2, 20));
    let once = hot_paths(&Profile::read(&profile(1)));
    let twice = hot_paths(&whole);
    assert_eq!(twice.functions[0].own, once.functions[0].own * 2.0);
    let untimed =
        Profile::read(&json!({"profile": {"frames": frames(), "stacks": [[0]], "samples": [{"stack_id": 0}]}}));
    assert_eq!(Profile::merge([whole, untimed]).unwrap().notes.len(), 1);
}

#[test]
fn odd_profiles_are_read() {
    for odd in [
        json!(null),
        json!([]),
        json!({"profile": 5}),
        json!({"profile": {"frames": {}, "stacks": [5, [9, -1, "x"]], "samples": [1, {"stack_id": 99}, {"stack_id": 1, "timestamp": "x"}]}}),
        json!({"shared": {"frames": [1, null]}, "profiles": [{"samples": [[0, 77], 5], "weights": ["x"]}, 7]}),
        json!({"shared": {}, "profiles": {}}),
    ] {
        let read = read_profile(&odd);
        hot_paths(&read);
        assert!(read.stacks.len() <= 2, "{odd}: {read:?}");
    }
    let counted = read_flamegraph(
        &json!({"shared": {"frames": [{"name": "f"}]}, "profiles": [{"samples": [[0], [0]], "weights": [3, 1], "unit": "count"}]}),
        "t",
    );
    assert_eq!((counted.timed, counted.stacks[0].weight, counted.transaction.as_str()), (false, 3.0, "t"));
}

#[tokio::test]
async fn the_sink_puts_profiles_of_a_transaction_together() {
    let shop = Intake::start().await;
    let none = shop.server.call("get_profile", json!({"profile": "GET /checkout"})).await;
    assert!(none.is_error && none.text.contains("no profile at all"), "{}", none.text);
    for n in 1..=2 {
        shop.send_items(&[("profile", profile(n))]).await;
    }
    shop.send_items(&[("profile_chunk", chunk(11, 1_795_166_140.0))]).await;
    shop.send_items(&[("profile_chunk", chunk(12, 1_795_166_150.0))]).await;
    let mut all = String::new();
    for wanted in ["GET /checkout".to_owned(), id(1), id(777)] {
        all.push_str(&format!(">>> {wanted}\n{}\n", shop.ask("get_profile", json!({"profile": wanted})).await));
    }
    snapshot("get_profile_sink", &all);
    let other = shop.server.call("get_profile", json!({"profile": "GET /nothing"})).await;
    assert!(
        other.is_error && other.text.contains("newest profiles are of") && other.text.contains("GET /checkout"),
        "{}",
        other.text
    );
    shop.server.stop().await;
}

#[tokio::test]
async fn sentry_gives_flamegraphs_profiles_and_chunks() {
    let (sentry, server) = acme().await;
    sentry.on_with("GET", EVENTS, |request| {
        let profiler =
            if request.query("query").unwrap().contains(names::PROFILE_ID) { Value::Null } else { json!(id(777)) };
        Answer::json(
            json!({"data": [{"project": "frontend", "profile.id": names::PROFILE_ID, "profiler.id": profiler}]}),
        )
    });
    let mut all = String::new();
    let show = async |all: &mut String, arguments: Value| {
        sentry.forget();
        let reply = ask(&server, "get_profile", arguments.clone()).await;
        all.push_str(
            &format!(">>> {arguments}\n{}\n{reply}\n", sentry.journal().join("\n"))
                .replace(&sentry.port().to_string(), "PORT"),
        );
    };
    show(&mut all, json!({"profile": "/checkout", "project": "frontend", "period": "7d"})).await;
    show(&mut all, json!({"profile": names::PROFILE_ID})).await;
    sentry.on("GET", PROFILE, Answer::detail(404, "Not found"));
    show(&mut all, json!({"profile": id(777), "period": "2026-11-20T09:00:00Z..2026-11-20T10:00:00Z"})).await;
    let address = format!(
        "{}/organizations/acme/explore/profiling/profile/frontend/flamegraph/?profilerId={}&start=2026-11-20T09:00:00Z&end=2026-11-20T09:01:00Z",
        sentry.url(),
        id(777)
    );
    show(&mut all, json!({"profile": address})).await;
    sentry.forget();
    server.call("get_profile", json!({"profile": "GET /api/*"})).await;
    let asked = sentry.journal().join("\n");
    // A star in a name is no wildcard.
    assert!(asked.contains("api%2F%5C%2A") || asked.contains("api%2F%5C*"), "{asked}");
    snapshot("get_profile_sentry", &all);
    sentry.on("GET", CHUNKS, Answer::detail(404, "Not found"));
    sentry.on("GET", FLAMEGRAPH, json!({}));
    for (arguments, expected) in [
        (json!({"profile": id(5), "project": "frontend"}), "period START..END"),
        (json!({"profile": "nothing"}), "has:profile.id"),
    ] {
        let reply = server.call("get_profile", arguments.clone()).await;
        assert!(reply.is_error && reply.text.contains(expected), "{arguments}: {}", reply.text);
    }
    sentry.on("GET", EVENTS, json!({"data": []}));
    let reply = server.call("get_profile", json!({"profile": id(5)})).await;
    assert!(reply.is_error && reply.text.contains("Give its project"), "{}", reply.text);
    server.stop().await;
}
