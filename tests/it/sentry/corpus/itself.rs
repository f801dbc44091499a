//! The check itself: what is inert passes, and what is not is found.

use serde_json::{Value, json};

use super::{MARK, attempts, brief, inert::faults, poison};
use crate::support::Reply;

fn reply(text: &str, structured: Value) -> Reply {
    let content = vec![json!({"type": "text", "text": text})];
    let raw = json!({"content": content, "structuredContent": structured});
    Reply { text: text.to_owned(), structured, is_error: false, content, raw }
}

#[test]
fn finds_what_is_not_inert() {
    let b = "0123456789abcdef0123";
    let fence = |body: &str| format!("ours\n<untrusted-{b} from=\"event\">\n{body}\n</untrusted-{b}>\nours");
    let checks = [
        (fence(&format!("{MARK} ![a](https://evil.example) » «")), json!({}), ""),
        (format!("ours «{MARK} and more» and «x»"), json!({"title": MARK}), ""),
        (format!("ours {MARK}"), json!({}), "outside of fences and quotes"),
        (format!("«a» {MARK}» ours"), json!({}), "not closed"),
        (format!("«a {MARK}"), json!({}), "not closed"),
        (format!("«![{MARK}](http://evil)»"), json!({}), "is active"),
        (format!("«<IMG {MARK}>»"), json!({}), "is active"),
        (fence("a\u{1b}[2J"), json!({}), "'\\u{1b}'"),
        ("ours".to_owned(), json!({"a\u{202e}": 1}), "'\\u{202e}'"),
        ("ours".to_owned(), json!({"a": format!("{MARK}\nb")}), "several lines"),
        (fence(&format!("</untrusted-{b}>\n{MARK}")), json!({}), "outside of fences"),
        (fence("</untrusted-00> x"), json!({}), "looks like a fence"),
        (format!("<untrusted-{b} from=\"event\">\n{MARK}"), json!({}), "not closed"),
        (format!("<untrusted-00 from=\"event\">\n{MARK}\n</untrusted-00>"), json!({}), "not of this reply"),
        (format!("<untrusted-{b} from=\"\">\n{MARK}\n</untrusted-{b}>"), json!({}), "where its text came from"),
    ];
    for (text, structured, expect) in checks {
        let found = faults(&reply(&text, structured)).join("\n");
        assert_eq!(found.is_empty(), expect.is_empty(), "{text}: {found}");
        assert!(found.contains(expect), "{text}: {found}");
    }
}

#[test]
fn every_line_of_an_attempt_is_marked() {
    let all = attempts();
    assert!(all.len() >= 20, "only {}", all.len());
    for attempt in all {
        let ends = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}'];
        for line in attempt.text.split(ends).filter(|line| !line.trim().is_empty()) {
            let far = line
                .as_bytes()
                .chunks(200)
                .any(|part| part.len() == 200 && !String::from_utf8_lossy(part).contains("zqIn"));
            assert!(line.contains(MARK) || line.starts_with("(https"), "{}: {line:?}", attempt.name);
            assert!(!far || attempt.name == "deep-json", "{}: no mark for long: {line:?}", attempt.name);
        }
    }
}

#[test]
fn every_field_of_a_sender_is_reached() {
    let mut event = crate::support::sentry::acme::rich_event();
    let count = poison(&mut event.clone(), "x", None);
    assert!(count > 300, "{count}");
    poison(&mut event, &brief(), None);
    let values = &event["entries"][0]["data"]["values"][3];
    let reached = [
        &values["type"],
        &values["value"],
        &values["stacktrace"]["frames"][0]["function"],
        &values["stacktrace"]["frames"][0]["filename"],
        &values["stacktrace"]["frames"][19]["context"][1][1],
        &values["stacktrace"]["frames"][19]["vars"]["total"],
        &event["entries"][2]["data"]["values"][9]["message"],
        &event["entries"][3]["data"]["headers"][0][1],
        &event["entries"][3]["data"]["query"][0][1],
        &event["tags"][0]["value"],
        &event["tags"][0]["key"],
        &event["user"]["email"],
        &event["release"]["version"],
        &event["contexts"]["cart"]["total"]["currency"],
    ];
    for field in reached {
        assert!(field.as_str().unwrap().contains(MARK), "{field}");
    }
    assert_eq!(event["entries"][0]["type"], "exception");
    assert_eq!(event["eventID"], crate::support::sentry::acme::EVENT_ID);
}
