//! `get_trace`, and the tree that it shows.

use fixloop::{
    event::{
        trace::{Fault, Span, Trace, Tree},
        trace_shape::{Line, pattern},
    },
    report::{
        Text,
        trace::{self, View},
    },
    sentry::api::read_trace,
};
use serde_json::{Value, json};

use super::{Intake, acme, ask, id, snapshot, span_id};
use crate::support::sentry::{Answer, acme as names};

const TRACE: &str = "/organizations/{organization_id_or_slug}/trace/{trace_id}/";
const META: &str = "/organizations/{organization_id_or_slug}/trace-meta/{trace_id}/";
const START: f64 = 1_795_166_140.0;

/// `id parent start duration op name`, milliseconds.
fn spans(lines: &[(&str, &str, f64, f64, &str, &str)]) -> Vec<Span> {
    let one = |(id, parent, start, millis, op, name): &(&str, &str, f64, f64, &str, &str)| Span {
        id: (*id).to_owned(),
        parent: Some((*parent).to_owned()).filter(|parent| !parent.is_empty()),
        op: (*op).to_owned(),
        name: (*name).to_owned(),
        service: "web".to_owned(),
        start: Some(START + start / 1_000.0),
        end: Some(START + (start + millis) / 1_000.0),
        ..Span::default()
    };
    lines.iter().map(one).collect()
}

fn fault(id: &str, span: Option<&str>, at: f64) -> Fault {
    Fault {
        event_id: id.to_owned(),
        issue: Some("LOCAL-1".to_owned()),
        title: "TypeError: x".to_owned(),
        level: "error".to_owned(),
        at: Some(START + at / 1_000.0),
        span: span.map(str::to_owned),
        ..Fault::default()
    }
}

fn shown(spans: Vec<Span>, faults: Vec<Fault>, view: &View) -> String {
    let tree = Tree::build(Trace { id: "t".to_owned(), spans, faults });
    let mut text = Text::new("b");
    trace::head(&mut text, &tree);
    trace::tree(&mut text, &tree, view);
    text.finish()
}

#[test]
fn trees_of_every_kind_of_trace() {
    let cases: Vec<(&str, Vec<Span>, Vec<Fault>)> = vec![
        ("nothing", vec![], vec![]),
        ("an error and no span", vec![], vec![fault("e1", Some("gone"), 5.0)]),
        (
            "a parent that is not there, and a circle",
            spans(&[
                ("a", "", 0.0, 100.0, "pageload", "/"),
                ("b", "missing", 10.0, 50.0, "http.server", "GET /x"),
                ("c", "d", 20.0, 5.0, "loop", "one"),
                ("d", "c", 21.0, 5.0, "loop", "two"),
                ("e", "e", 30.0, 5.0, "loop", "itself"),
            ]),
            vec![fault("e1", Some("b"), 12.0), fault("e1", Some("b"), 12.0), fault("e2", Some("missing"), 1.0)],
        ),
        (
            "the same span twice, and one without a start",
            [
                spans(&[("a", "", 0.0, 100.0, "", "short"), ("a", "", 0.0, 100.0, "http", "the longer name")]),
                vec![Span {
                    id: "n".to_owned(),
                    parent: Some("a".to_owned()),
                    name: "no times".to_owned(),
                    ..Span::default()
                }],
            ]
            .concat(),
            vec![],
        ),
        (
            "calls again and again, the faulty one apart",
            {
                let mut all = spans(&[("a", "", 0.0, 1_000.0, "http.server", "GET /cart")]);
                for n in 0..37u32 {
                    let (id, name) = (format!("x{n}"), format!("GET /item/{n}"));
                    all.extend(spans(&[(&id, "a", f64::from(n) * 20.0, 15.0, "http.client", &name)]));
                }
                all
            },
            vec![fault("e1", Some("x5"), 110.0)],
        ),
    ];
    let mut all = String::new();
    for (name, spans, faults) in cases {
        all.push_str(&format!(">>> {name}\n{}\n", shown(spans, faults, &View::default())));
    }
    snapshot("trace_trees", &all);
}

#[test]
fn a_fold_hides_no_failure() {
    let mut all = spans(&[("a", "", 0.0, 9_000.0, "http.server", "GET /cart")]);
    for n in 0..40u32 {
        all.extend(spans(&[(
            &format!("x{n}"),
            "a",
            f64::from(n) * 20.0,
            15.0,
            "http.client",
            &format!("GET /item/{n}"),
        )]));
    }
    for (place, span) in all.iter_mut().enumerate() {
        match place {
            8 => span.status = "internal_error".to_owned(),
            20..25 => span.status = "unavailable".to_owned(),
            _ => {}
        }
    }
    // Below one of them.
    all.extend(
        spans(&[("deep", "x30", 600.0, 5.0, "db", "SELECT 1")])
            .into_iter()
            .map(|span| Span { status: "aborted".to_owned(), ..span }),
    );
    let text = shown(all, vec![], &View::default());
    for said in [
        "«GET /item/7» FAILED internal_error",
        "×5 FAILED unavailable",
        "«SELECT 1» FAILED aborted",
        "«GET /item/#» ×33",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn occurrences_are_no_errors() {
    let occurrence = |id: &str| Fault { is_occurrence: true, ..fault(id, Some("a"), 1.0) };
    let one = || spans(&[("a", "", 0.0, 9.0, "op", "x")]);
    for (faults, said) in [
        (vec![], "No error in it."),
        (vec![fault("e", Some("a"), 1.0), occurrence("o")], "! 1 error, 1 performance issue"),
        (vec![occurrence("o"), occurrence("p")], "No error in it. Performance issues"),
        (vec![occurrence("o"), occurrence("p")], "! 2 performance issues"),
    ] {
        let text = shown(one(), faults, &View::default());
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn names_without_what_differs() {
    for (name, expected) in [
        ("GET /item/12/parts/7", "GET /item/#/parts/#"),
        ("SELECT * FROM price WHERE sku = %s", "SELECT * FROM price WHERE sku = %s"),
        ("GET /u/7ace0000c0ffee11deadbeef00000042?page=2", "GET /u/#?page=#"),
        ("md5 of utf8", "md5 of utf8"),
        ("", ""),
    ] {
        assert_eq!(pattern(name), expected);
    }
}

/// Every span is shown, folded or counted as left out, whatever the budget; each page of the list brings new ones.
#[test]
fn counts_are_honest() {
    let mut all = Vec::new();
    for n in 0..1_500u32 {
        let parent = if n == 0 { String::new() } else { format!("s{}", (n - 1) / if n % 3 == 0 { 40 } else { 2 }) };
        let name =
            format!("step {}", "abcdefghij".repeat(1 + n as usize % 3).chars().nth(n as usize % 30 % 10).unwrap());
        all.extend(spans(&[(&format!("s{n}"), &parent, f64::from(n), 2_000.0 - f64::from(n), "op", &name)]));
    }
    let tree = Tree::build(Trace { id: "t".to_owned(), spans: all, faults: vec![fault("e", Some("s1400"), 3.0)] });
    assert_eq!(tree.nodes.len(), 1_500);
    for budget in [0, 1, 5, 40, 400, 5_000] {
        let overview = tree.overview(&tree.roots, budget);
        let lines = overview.lines.iter().filter(|line| matches!(line, Line::Spans { .. })).count();
        let more: usize =
            overview.lines.iter().map(|line| if let Line::More { spans, .. } = line { *spans } else { 0 }).sum();
        let below: usize = overview
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Spans { group, .. } if group.is_fold() => {
                    Some(group.nodes.iter().map(|one| tree.nodes[*one].below).sum::<usize>())
                }
                _ => None,
            })
            .sum();
        assert!(lines <= budget, "{budget}: {lines}");
        assert_eq!(overview.shown + overview.left_out, 1_500, "{budget}");
        assert_eq!(overview.shown + more + below, 1_500, "{budget}");
        if budget >= 40 {
            let way = overview
                .lines
                .iter()
                .any(|line| matches!(line, Line::Spans { group, .. } if tree.nodes[group.first()].span.id == "s1400"));
            assert!(way, "{budget}: the way to the error is not shown");
        }
    }
    let (mut skip, mut seen) = (0, 0);
    loop {
        let mut text = Text::new("b");
        let next = trace::tree(&mut text, &tree, &View { span: None, skip: Some(skip) });
        let said = text.finish();
        assert!(said.chars().count() < 7_000);
        seen += said.lines().filter(|line| line.contains("«step")).count();
        match next {
            Some(next) => skip = next,
            None => break,
        }
    }
    assert_eq!(seen, 1_500);
}

#[test]
fn old_and_odd_answers_are_read() {
    let old = json!({"transactions": [{"event_id": id(1), "span_id": span_id(1), "parent_span_id": null, "transaction": "/old", "transaction.op": "pageload",
        "transaction.duration": 120, "start_timestamp": START, "timestamp": START + 0.12, "project_slug": "web",
        "errors": [{"event_id": id(2), "issue": "WEB-1", "issue_id": 7, "span": span_id(1), "title": "Old error", "level": "fatal"}],
        "performance_issues": [{"event_id": id(3), "issue_short_id": "WEB-2", "title": "N+1 Query"}],
        "children": [{"event_id": id(4), "span_id": span_id(2), "transaction": "GET /api", "transaction.op": "http.server", "transaction.duration": 50.5, "start_timestamp": START + 0.01, "children": []}]}],
        "orphan_errors": [{"event_id": id(5), "issue_id": 9, "title": "Alone", "level": "error", "span": span_id(77)}]});
    let (trace, cut) = read_trace(&old);
    assert!(!cut);
    let mut faults: Vec<_> = trace
        .faults
        .iter()
        .map(|fault| (fault.issue.as_deref().unwrap_or_default(), fault.is_occurrence, fault.span.clone()))
        .collect();
    faults.sort();
    assert_eq!(
        faults,
        [("9", false, Some(span_id(77))), ("WEB-1", false, Some(span_id(1))), ("WEB-2", true, Some(span_id(1)))]
    );
    let tree = Tree::build(trace);
    assert_eq!((tree.nodes.len(), tree.roots.len(), tree.loose.len()), (2, 1, 1));
    assert_eq!((tree.nodes[1].span.millis().unwrap() * 10.0).round(), 505.0);
    for odd in [
        json!(null),
        json!("x"),
        json!([1, null, "x", []]),
        json!([{}]),
        json!({"transactions": 5}),
        json!([{"children": [{"children": 7}], "errors": {}}]),
    ] {
        let (trace, _) = read_trace(&odd);
        assert!(trace.spans.len() <= 2 && trace.faults.is_empty(), "{odd}: {trace:?}");
        shown(trace.spans, trace.faults, &View::default());
    }
}

/// A page load in the browser, its request on a server with 20 equal queries and an error, a span of version 2, and a span
/// whose parent was never sent.
async fn fill(shop: &Intake) {
    let context = |span: u32, parent: Option<u32>, op: &str, status: &str| json!({"trace": {"trace_id": id(900), "span_id": span_id(span), "parent_span_id": parent.map(span_id), "op": op, "status": status}});
    let below: Vec<Value> = (0..20)
        .map(|n| {
            let start = START + 0.2 + f64::from(n) * 0.03;
            json!({"span_id": span_id(100 + n), "parent_span_id": span_id(3), "trace_id": id(900), "op": "db", "description": format!("SELECT * FROM price WHERE sku = {n}"),
                "start_timestamp": start, "timestamp": start + 0.025})
        })
        .collect();
    shop.send_items(&[("transaction", json!({"event_id": id(20), "type": "transaction", "transaction": "POST /charge", "start_timestamp": START + 0.15, "timestamp": START + 0.95,
        "sdk": {"name": "sentry.javascript.node"}, "contexts": context(3, Some(2), "http.server", "internal_error"), "spans": below}))])
        .await;
    let fetch = json!([{"span_id": span_id(2), "parent_span_id": span_id(1), "trace_id": id(900), "op": "http.client", "description": "POST http://localhost/charge?token=abcdef", "start_timestamp": START + 0.1, "timestamp": START + 1.0},
        {"span_id": span_id(4), "parent_span_id": span_id(1), "trace_id": id(900), "op": "resource.img", "description": "/logo.png", "start_timestamp": START + 0.02, "timestamp": START + 0.05}]);
    shop.send_items(&[("transaction", json!({"event_id": id(21), "type": "transaction", "transaction": "/checkout", "start_timestamp": START, "timestamp": START + 1.2,
        "sdk": {"name": "sentry.javascript.browser"}, "contexts": context(1, None, "pageload", "ok"), "spans": fetch}))])
        .await;
    shop.send_items(&[("span", json!({"version": 2, "items": [
        {"trace_id": id(900), "span_id": span_id(9), "parent_span_id": span_id(8888), "name": "send mail", "status": "error", "is_segment": true, "start_timestamp": START + 1.1, "end_timestamp": START + 1.5, "attributes": {"sentry.op": {"value": "queue.process", "type": "string"}, "sentry.sdk.name": {"value": "sentry.python", "type": "string"}}},
        {"trace_id": id(901), "span_id": span_id(10), "name": "another trace", "start_timestamp": START, "end_timestamp": START + 1.0}]}))])
        .await;
    shop.send_items(&[("event", json!({"event_id": id(1), "platform": "node", "level": "error", "timestamp": START + 0.9, "sdk": {"name": "sentry.javascript.node"},
        "contexts": {"trace": {"trace_id": id(900), "span_id": span_id(3)}}, "exception": {"values": [{"type": "PaymentError", "value": "card declined", "stacktrace": {"frames": [{"function": "charge", "filename": "pay.js", "lineno": 1}]}}]}}))])
        .await;
    shop.send_items(&[(
        "log",
        json!({"items": [{"timestamp": START + 0.5, "level": "info", "body": "charging", "trace_id": id(900)}]}),
    )])
    .await;
}

#[tokio::test]
async fn the_sink_joins_what_several_sdks_sent() {
    let shop = Intake::start().await;
    let none = shop.server.call("get_trace", json!({"trace": id(900)})).await;
    assert!(none.is_error && none.text.contains("no trace"), "{}", none.text);
    fill(&shop).await;
    let whole = shop.ask("get_trace", json!({"trace": id(900)})).await;
    let mut all = format!(">>> trace\n{whole}\n");
    for trace in
        [json!("LOCAL-1"), json!(1), json!(id(1)), json!(id(21)), json!(format!("00-{}-{}-01", id(900), span_id(7777)))]
    {
        assert_eq!(shop.ask("get_trace", json!({"trace": trace})).await, whole, "{trace}");
    }
    for arguments in [
        json!({"trace": id(900), "span": span_id(3)}),
        json!({"trace": id(900), "cursor": "0"}),
        json!({"trace": id(901)}),
    ] {
        all.push_str(&format!(">>> {arguments}\n{}\n", shop.ask("get_trace", arguments.clone()).await));
    }
    snapshot("get_trace_sink", &all);
    let facts = shop.server.call("get_trace", json!({"trace": id(900)})).await.ok().structured;
    snapshot("get_trace_sink_structured", &serde_json::to_string_pretty(&facts).unwrap());
    for (arguments, expected) in [
        (json!({"trace": id(900), "span": "ffff"}), "has no span ffff"),
        (json!({"trace": id(900), "cursor": "x"}), "no cursor of a trace"),
        (json!({"trace": "what"}), "is no trace"),
        (json!({"trace": "LOCAL-9"}), "no issue LOCAL-9"),
        (json!({"trace": "FRONTEND-4K"}), "No Sentry is connected"),
    ] {
        let reply = shop.server.call("get_trace", arguments.clone()).await;
        assert!(reply.is_error && reply.text.contains(expected), "{arguments}: {}", reply.text);
    }
    shop.server.stop().await;
}

#[tokio::test]
async fn sentry_gives_the_same_tree() {
    let (sentry, server) = acme().await;
    let whole = ask(&server, "get_trace", json!({"trace": names::TRACE_ID})).await;
    // Without it no span has a status.
    assert_eq!(sentry.to("GET", TRACE)[0].query("additional_attributes"), Some("span.status"));
    let mut requests = sentry.journal();
    requests.sort();
    let mut all = format!("{}\n{whole}\n", requests.join("\n"));
    for trace in [
        names::SHORT_ID.to_owned(),
        format!("{}/organizations/acme/issues/{}/events/{}/", sentry.url(), names::ISSUE_ID, names::EVENT_ID),
        format!(
            "{}/organizations/acme/explore/traces/trace/{}/?node=span-ffffffffffffffff",
            sentry.url(),
            names::TRACE_ID
        ),
    ] {
        assert_eq!(ask(&server, "get_trace", json!({"trace": trace})).await, whole, "{trace}");
    }
    let part =
        format!("{}/organizations/acme/traces/trace/{}/?node=span-c000000000000001", sentry.url(), names::TRACE_ID);
    all.push_str(&format!(">>> address of a span\n{}\n", ask(&server, "get_trace", json!({"trace": part})).await));
    // An event of it, where no trace has this id.
    sentry.on_with("GET", TRACE, |request| {
        if request.path.contains(names::EVENT_ID) { Answer::json(json!([])) } else { Answer::json(names::trace()) }
    });
    assert_eq!(ask(&server, "get_trace", json!({"trace": names::EVENT_ID})).await, whole);
    sentry.on("GET", TRACE, json!([
        {"event_id": id(1), "event_type": "error", "issue_id": 5, "short_id": "WEB-1", "level": "fatal", "start_timestamp": START, "description": "At the root\u{202e} ``` Ignore", "project_slug": "web", "transaction": "/"},
        {"event_id": "u1", "event_type": "uptime_check", "description": "https://shop.acme.example/", "project_slug": "web", "start_timestamp": START - 1.0, "duration": 120.0, "children": [], "errors": [], "occurrences": []}]));
    sentry.on("GET", META, Answer::status(500));
    all.push_str(&format!(
        ">>> an error at the root, and no counts\n{}\n",
        ask(&server, "get_trace", json!({"trace": names::TRACE_ID})).await
    ));
    snapshot("get_trace_sentry", &all);
    server.stop().await;
}

#[tokio::test]
async fn a_huge_trace_stays_within_its_budget() {
    let (sentry, server) = acme().await;
    let long = "x".repeat(3_000);
    let nodes: Vec<Value> = (0..1_000)
        .map(|n| json!({"event_id": format!("{n:016x}"), "event_type": "span", "op": format!("op{}", n % 7), "description": format!("{} {long}", ["alpha", "beta", "gamma"][n % 3]), "project_slug": "web",
            "start_timestamp": START + n as f64, "end_timestamp": START + n as f64 + 0.5, "children": [], "errors": [{"event_id": format!("{n:032x}"), "event_type": "error", "description": long, "level": "error"}]}))
        .collect();
    sentry.on("GET", TRACE, json!(nodes));
    let reply = server.call("get_trace", json!({"trace": names::TRACE_ID})).await.ok();
    assert!(reply.text.chars().count() < 8_000 && reply.text.contains("of 1000 spans shown"), "{}", reply.text);
    assert!(regex::Regex::new(r"- 99\d more; search_events").unwrap().is_match(&reply.text), "{}", reply.text);
    assert!(reply.structured.to_string().len() < 16_000);
    let reply = server.call("get_trace", json!({"trace": names::TRACE_ID, "cursor": "960"})).await.ok();
    assert!(reply.text.contains("of 1000."), "{}", reply.text);
    sentry.on("GET", TRACE, Answer::detail(403, "You do not have permission"));
    let reply = server.call("get_trace", json!({"trace": names::TRACE_ID})).await;
    assert!(reply.is_error && reply.text.contains("org:read"), "{}", reply.text);
    sentry.on("GET", TRACE, json!([]));
    let reply = server.call("get_trace", json!({"trace": id(3)})).await;
    assert!(reply.is_error && reply.text.contains("There is no trace"), "{}", reply.text);
    server.stop().await;
}
