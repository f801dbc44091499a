//! Which events belong together: pairs that must and must not, the reasons, and what must not matter.

use fixloop::event::{Event, grouping::group};
use serde_json::{Value, json};

/// A browser frame.
fn web(function: &str, file: &str, line: u32) -> Value {
    let url = format!("http://localhost:5173/{file}");
    json!({"filename": url, "abs_path": url, "function": function, "lineno": line, "colno": 7, "in_app": true})
}

/// A server frame with its source line.
fn server(function: &str, file: &str, line: &str, in_app: bool) -> Value {
    json!({"filename": file, "abs_path": format!("/app/{file}"), "function": function, "context_line": line, "lineno": 4,
        "in_app": in_app})
}

fn error(ty: &str, value: &str, frames: Vec<Value>) -> Value {
    json!({"type": ty, "value": value, "stacktrace": {"frames": frames}})
}

fn event(platform: &str, exceptions: Vec<Value>) -> Value {
    json!({"platform": platform, "level": "error", "exception": {"values": exceptions}})
}

fn with(mut base: Value, more: Value) -> Value {
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}

fn chained(mut exception: Value, id: i64, parent: Option<i64>, group: bool) -> Value {
    exception["mechanism"] = json!({"type": "chained", "exception_id": id, "parent_id": parent, "is_exception_group": group,
        "source": "cause"});
    exception
}

/// (what, one event, another, whether they belong together)
fn pairs() -> Vec<(&'static str, Value, Value, bool)> {
    let pay = || vec![web("onclick", "src/cart.ts", 3), web("Cart.pay", "src/cart.ts", 9)];
    let browser = |frames| event("javascript", vec![error("TypeError", "x is 5", frames)]);
    let python =
        |line, in_app| event("python", vec![error("KeyError", "'a'", vec![server("pay", "cart.py", line, in_app)])]);
    let message = |text: &str| json!({"platform": "javascript", "message": text});
    let print = |print: Value| with(browser(pay()), json!({ "fingerprint": print }));
    let synthetic = |ty: &str| {
        let mut exception = error(ty, "hello", vec![web("f", "a.js", 1)]);
        exception["mechanism"] = json!({"synthetic": true});
        event("javascript", vec![exception])
    };
    let vendor = server("dispatch", "node_modules/express/index.js", "next()", true);
    let group_of = |members: &[&str]| {
        let mut list: Vec<Value> = members
            .iter()
            .enumerate()
            .map(|(n, ty)| {
                chained(error(ty, "m", vec![web("task", "a.js", 1)]), i64::try_from(n).unwrap() + 1, Some(0), false)
            })
            .collect();
        list.push(chained(error("AggregateError", "all", vec![web("all", "a.js", 2)]), 0, None, true));
        event("javascript", list)
    };
    let chain = |cause: &str| {
        let inner = chained(error(cause, "low", vec![web("read", "db.js", 1)]), 1, Some(0), false);
        event("javascript", vec![inner, chained(error("Error", "high", pay()), 0, None, false)])
    };
    let csp = |directive: &str, blocked: &str| json!({"csp": {"effective-directive": directive, "blocked-uri": blocked, "document-uri": "https://shop.example/a"}});
    let hydration = |route: &str, text: &str| {
        with(event("javascript", vec![error("Error", text, pay())]), json!({ "transaction": route }))
    };
    let long = "x".repeat(121);
    vec![
        (
            "same error on another line of a built file",
            browser(pay()),
            browser(vec![web("onclick", "src/cart.ts", 300), web("pay", "src/cart.ts", 900)]),
            true,
        ),
        (
            "another message, same frames",
            browser(pay()),
            event("javascript", vec![error("TypeError", "y is 6", pay())]),
            true,
        ),
        (
            "another type, same frames",
            browser(pay()),
            event("javascript", vec![error("RangeError", "x is 5", pay())]),
            false,
        ),
        (
            "another function",
            browser(pay()),
            browser(vec![web("onclick", "src/cart.ts", 3), web("refund", "src/cart.ts", 9)]),
            false,
        ),
        (
            "another file of the same URL function",
            browser(pay()),
            browser(vec![web("onclick", "other.js", 3), web("pay", "other.js", 9)]),
            true,
        ),
        (
            "one frame without a name: the message counts",
            browser(vec![web("?", "a.js", 1)]),
            event("javascript", vec![error("TypeError", "x is undefined", vec![web("?", "a.js", 1)])]),
            false,
        ),
        (
            "one frame without a name: numbers in the message do not",
            browser(vec![web("?", "a.js", 1)]),
            event("javascript", vec![error("TypeError", "x is 6", vec![web("?", "a.js", 1)])]),
            true,
        ),
        (
            "recursion",
            browser(vec![web("walk", "a.js", 1), web("walk", "a.js", 1), web("walk", "a.js", 1), web("x", "a.js", 2)]),
            browser(vec![web("walk", "a.js", 1), web("x", "a.js", 2)]),
            true,
        ),
        (
            "same source line, moved",
            python("total = prices[key]", true),
            python("    total  =  prices[key]", true),
            true,
        ),
        ("another source line", python("total = prices[key]", true), python("return prices[key]", true), false),
        ("lines of built code do not count", python(&long, true), python(&format!("{long}y"), true), true),
        (
            "frames of node_modules do not count for the app",
            event("node", vec![error("E", "v", vec![vendor.clone(), server("pay", "cart.js", "boom()", true)])]),
            event("node", vec![error("E", "v", vec![server("pay", "cart.js", "boom()", true)])]),
            true,
        ),
        ("without app frames all frames count", python("a()", false), python("b()", false), false),
        (
            "microtasks are noise",
            event(
                "node",
                vec![error(
                    "E",
                    "v",
                    vec![
                        server("process.processTicksAndRejections", "node:internal/process/task_queues", "", false),
                        server("pay", "cart.js", "boom()", false),
                    ],
                )],
            ),
            event("node", vec![error("E", "v", vec![server("pay", "cart.js", "boom()", false)])]),
            true,
        ),
        ("messages with other numbers", message("Order 1 failed"), message("Order 2 failed"), true),
        ("messages with other words", message("Order 1 failed"), message("Order 1 was lost"), false),
        (
            "template beats formatted",
            json!({"logentry": {"message": "user %s left", "formatted": "user Ann left"}}),
            json!({"logentry": {"message": "user %s left", "formatted": "user Bob left"}}),
            true,
        ),
        ("made-up types do not count", synthetic("Error"), synthetic("Event"), true),
        ("causes count", chain("RangeError"), chain("SyntaxError"), false),
        ("same causes", chain("RangeError"), chain("RangeError"), true),
        (
            "a group of equal errors is one of them",
            group_of(&["TypeError", "TypeError"]),
            group_of(&["TypeError"]),
            true,
        ),
        ("a group of other errors", group_of(&["TypeError", "RangeError"]), group_of(&["TypeError"]), false),
        (
            "a group in another order",
            group_of(&["TypeError", "RangeError"]),
            group_of(&["RangeError", "TypeError"]),
            true,
        ),
        (
            "own fingerprint joins what differs",
            print(json!(["cart"])),
            with(message("else"), json!({"fingerprint": ["cart"]})),
            true,
        ),
        ("own fingerprint splits what is the same", print(json!(["cart"])), print(json!(["basket"])), false),
        ("default fingerprint is none", print(json!(["{{ default }}"])), browser(pay()), true),
        ("both spellings of default", print(json!(["{{ default }}", "eu"])), print(json!(["{{default}}", "eu"])), true),
        (
            "default and more splits",
            print(json!(["{{ default }}", "eu"])),
            print(json!(["{{ default }}", "us"])),
            false,
        ),
        (
            "variables",
            with(print(json!(["{{ type }}", "{{tags.shop}}"])), json!({"tags": {"shop": "a"}})),
            with(print(json!(["{{ type }}", "{{tags.shop}}"])), json!({"tags": {"shop": "b"}})),
            false,
        ),
        (
            "variables with the same values",
            with(print(json!(["{{ transaction }}"])), json!({"transaction": "/a"})),
            with(message("else"), json!({"fingerprint": ["{{transaction}}"], "transaction": "/a"})),
            true,
        ),
        (
            "chunk load errors",
            event("javascript", vec![error("ChunkLoadError", "Loading chunk 12 failed", pay())]),
            event("javascript", vec![error("Error", "ChunkLoadError: chunk 3", vec![])]),
            true,
        ),
        (
            "hydration errors of a route",
            hydration("/a", "Text content does not match server-rendered HTML."),
            hydration("/a", "Hydration failed because the initial UI does not match what was rendered on the server."),
            true,
        ),
        (
            "hydration errors of two routes",
            hydration("/a", "Text content does not match server-rendered HTML."),
            hydration("/b", "Text content does not match server-rendered HTML."),
            false,
        ),
        (
            "CSP: same host",
            csp("connect-src", "https://cdn.example/a.js"),
            csp("connect-src", "https://cdn.example/b.js"),
            true,
        ),
        (
            "CSP: another host",
            csp("connect-src", "https://cdn.example/a.js"),
            csp("connect-src", "https://api.example/a.js"),
            false,
        ),
        (
            "CSP: another directive",
            csp("connect-src", "https://cdn.example"),
            csp("img-src", "https://cdn.example"),
            false,
        ),
        ("CSP: inline and eval", csp("script-src-elem", "inline"), csp("script-src-elem", "eval"), false),
        ("CSP: own host", csp("connect-src", "https://shop.example/x"), csp("connect-src", "self"), true),
        (
            "feedback",
            json!({"event_id": "1", "type": "feedback", "contexts": {"feedback": {"message": "bad"}}}),
            json!({"event_id": "2", "type": "feedback", "contexts": {"feedback": {"message": "bad"}}}),
            false,
        ),
    ]
}

#[test]
fn pairs_belong_together_or_not() {
    let mut reasons = String::new();
    let mut wrong = Vec::new();
    for (what, one, other, together) in pairs() {
        let groups = [&one, &other].map(|value| group(&Event::from_value(value)));
        let [a, b] = &groups;
        if (a.hashes.iter().any(|hash| b.hashes.contains(hash))) != together {
            wrong.push(what);
        }
        reasons.push_str(&format!("# {what}: {}\n", if together { "together" } else { "apart" }));
        for group in &groups {
            reasons.push_str(&format!("- {} @ {}\n", group.title, group.culprit));
            group.why.iter().for_each(|line| reasons.push_str(&format!("    {line}\n")));
        }
    }
    assert_eq!(wrong, Vec::<&str>::new());
    super::snapshot("grouping_reasons", &reasons);
}

/// Sentry's way to a hash: MD5 over the values' bytes, one after the other.
#[test]
fn hashes_are_those_of_sentry() {
    let event = Event::from_value(&json!({"platform": "javascript", "fingerprint": ["a", "b"]}));
    assert_eq!(group(&event).hashes, ["187ef4436122d1cc2f40dc2b92f0eba0"]); // md5("ab")
}

#[test]
fn app_frames_come_first_then_all() {
    let frames = vec![server("main", "lib.py", "run()", false), server("pay", "cart.py", "boom()", true)];
    let both = group(&Event::from_value(&event("python", vec![error("E", "v", frames.clone())])));
    let app = group(&Event::from_value(&event("python", vec![error("E", "v", frames[1..].to_vec())])));
    assert_eq!(both.hashes.len(), 2);
    assert_eq!(app.hashes, both.hashes[..1]);
}

/// A small generator of pseudo-random numbers (xorshift), so that a failure can be repeated by its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

fn shuffled(value: &Value, random: &mut Random) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map.iter().map(|(k, v)| (k.clone(), shuffled(v, random))).collect();
            for index in (1..pairs.len()).rev() {
                pairs.swap(index, random.below(index + 1));
            }
            Value::Object(pairs.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(|value| shuffled(value, random)).collect()),
        other => other.clone(),
    }
}

/// The order of keys, and fields that say nothing of the cause, do not change a hash.
#[test]
fn what_does_not_matter_does_not_change_the_hash() {
    for (what, event, _, _) in pairs() {
        let expected = group(&Event::from_value(&event)).hashes;
        for seed in 1..20_u64 {
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let mut other = shuffled(&event, &mut random);
            let noise = json!({
                "timestamp": random.below(2_000_000_000), "release": random.below(99), "server_name": "h",
                "user": {"id": random.below(99)}, "request": {"url": format!("http://x/{}", random.below(99))},
                "breadcrumbs": [{"message": random.below(99).to_string()}], "extra": {"n": random.below(99)},
            });
            other.as_object_mut().unwrap().extend(noise.as_object().unwrap().clone());
            if event.get("event_id").is_none() {
                other["event_id"] = json!(format!("{:032x}", random.below(usize::MAX)));
            }
            assert_eq!(group(&Event::from_value(&other)).hashes, expected, "{what}, seed {seed}");
        }
    }
}

#[test]
fn broken_chains_and_cycles_end() {
    let e = |id, parent, group| chained(error("E", "v", vec![]), id, parent, group);
    for chain in [
        vec![e(1, Some(2), true), e(2, Some(1), true), e(0, Some(1), true)],
        vec![e(0, Some(0), true), e(1, Some(0), false)],
        vec![e(0, None, true), e(0, None, true)],
        vec![e(1, Some(0), true), e(0, Some(1), true)],
        vec![e(7, Some(9), false), e(8, Some(7), false)],
        (0..50).map(|n| e(n, Some((n + 1) % 50), n % 2 == 0)).collect(),
    ] {
        let grouping = group(&Event::from_value(&event("javascript", chain)));
        assert_eq!(grouping.title, "E: v");
    }
}

#[test]
fn reasons_are_bounded() {
    let frames = (0..250).map(|n| web(&format!("f{n}{}", "x".repeat(1_000)), "a.js", n)).collect();
    let why = group(&Event::from_value(&event("javascript", vec![error("E", "v", frames)]))).why;
    assert_eq!(why.len(), 13);
    assert!(why.iter().all(|line| line.chars().count() < 200));
    assert!(why.iter().any(|line| line == "(239 more values)"), "{why:?}");
}
