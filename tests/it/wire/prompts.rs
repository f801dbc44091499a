//! Prompts: ours, the user's, and completion of their arguments.

use serde_json::json;

use super::start;
use crate::support::{Server, Setup};

#[tokio::test]
async fn ours_are_listed_and_rendered() {
    let server = start().await;
    let listed = server.request("prompts/list", json!({})).await;
    let names: Vec<_> = listed["prompts"].as_array().unwrap().iter().map(|prompt| &prompt["name"]).collect();
    assert_eq!(names, ["fix_issue", "test_and_fix", "set_up_sentry"]);
    assert_eq!(
        listed["prompts"][0]["arguments"][0],
        json!({
            "name": "issue", "description": "LOCAL-n of the sink, or a short id or URL of Sentry", "required": true,
        })
    );
    let got = server.request("prompts/get", json!({"name": "fix_issue", "arguments": {"issue": "LOCAL-7"}})).await;
    let text = got["messages"][0]["content"]["text"].as_str().unwrap();
    assert!(text.starts_with("Fix issue LOCAL-7 and prove it."), "{text}");
    assert!(!text.contains("{{"), "{text}");
    assert_eq!(got["messages"][0]["role"], "user");
    let checks = [
        (json!({"name": "fix_issue"}), "needs the argument `issue`"),
        (json!({"name": "fix_issue", "arguments": {"isue": "x"}}), "no argument `isue`. It has: issue, url"),
        (json!({"name": "fix_isue"}), "no prompt `fix_isue`. There are: fix_issue"),
    ];
    for (params, expect) in checks {
        let error = server.try_request("prompts/get", params.clone()).await.unwrap_err();
        assert_eq!(error.code, -32602);
        assert!(error.message.contains(expect), "{params}: {}", error.message);
    }
    server.stop().await;
}

#[tokio::test]
async fn the_users_join_ours_and_a_bad_file_is_named_and_skipped() {
    let workspace = tempfile::tempdir().unwrap();
    let folder = workspace.path().join(".fixloop/prompts");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write(
        "smoke.md",
        "---\nname: smoke\ndescription: Try all\narguments:\n  - name: scenario\n---\nRun {{scenario}}.\n",
    );
    write("fix.md", "---\nname: fix_issue\n---\nOur own way.\n");
    write("broken.md", "no front matter");
    write("unknown.md", "---\nname: unknown\n---\n{{what}}\n");
    write("binary.md", "");
    std::fs::write(folder.join("binary.md"), b"\xff\xfe").unwrap();
    write("notes.txt", "not a prompt");
    let server = Server::start(Setup::default().workspace(workspace.path())).await;
    let listed = server.request("prompts/list", json!({})).await;
    let names: Vec<_> = listed["prompts"].as_array().unwrap().iter().map(|prompt| &prompt["name"]).collect();
    assert_eq!(names, ["fix_issue", "smoke", "test_and_fix", "set_up_sentry"]);
    let got = server.request("prompts/get", json!({"name": "fix_issue"})).await;
    assert_eq!(got["messages"][0]["content"]["text"], "Our own way.");
    let got = server.request("prompts/get", json!({"name": "smoke", "arguments": {"scenario": "{{scenario}}"}})).await;
    assert_eq!(got["messages"][0]["content"]["text"], "Run {{scenario}}.");
    let status = server.call("status", json!({})).await.ok();
    for file in ["broken.md", "unknown.md", "binary.md"] {
        assert!(status.text.contains(file), "{file}: {}", status.text);
        server.wait_until(file, |server| server.stderr().contains(file).then_some(())).await;
    }
    assert!(!server.stderr().contains("notes.txt"), "{}", server.stderr());
    server.stop().await;
}

#[tokio::test]
async fn arguments_complete() {
    let workspace = tempfile::tempdir().unwrap();
    let folder = workspace.path().join("fixloop");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["pay.yaml", "login.yaml", "notes.txt"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    let server = Server::start(Setup::default().workspace(workspace.path())).await;
    let complete = |kind: &str, of: &str, name: &str, value: &str| {
        let key = if kind == "ref/prompt" { "name" } else { "uri" };
        json!({"ref": {"type": kind, key: of}, "argument": {"name": name, "value": value}})
    };
    std::fs::create_dir_all(workspace.path().join(".fixloop/replies")).unwrap();
    std::fs::write(workspace.path().join(".fixloop/replies/abc.md"), "x").unwrap();
    let checks = [
        (complete("ref/prompt", "smoke", "scenario", ""), json!(["fixloop/login.yaml", "fixloop/pay.yaml"])),
        (complete("ref/prompt", "smoke", "scenario", "pa"), json!(["fixloop/pay.yaml"])),
        (complete("ref/prompt", "smoke", "scenario", "fixloop/l"), json!(["fixloop/login.yaml"])),
        (complete("ref/prompt", "test_and_fix", "url", "h"), json!([])),
        (complete("ref/resource", "fixloop://replies/{id}", "id", "ab"), json!(["abc.md"])),
        (complete("ref/resource", "fixloop://replies/{id}", "id", "x"), json!([])),
        (complete("ref/resource", "file:///{x}", "x", ""), json!([])),
        (complete("ref/resource", "fixloop://../{x}", "x", ""), json!([])),
        (complete("ref/resource", "fixloop://prompts/{x}", "x", ""), json!([])),
    ];
    for (params, expect) in checks {
        let got = server.request("completion/complete", params.clone()).await;
        assert_eq!(got["completion"]["values"], expect, "{params}");
    }
    server.stop().await;
}

#[tokio::test]
async fn issues_complete_and_their_envelopes_can_be_read() {
    let server = Server::start(Setup::default()).await;
    let dsn = server.call("status", json!({})).await.ok().structured["sink"]["dsn"].as_str().unwrap().to_owned();
    let dsn = url::Url::parse(&dsn).unwrap();
    let id = "0123456789abcdef0123456789abcdef";
    let envelope = format!(
        "{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\"}}\n{}\n",
        json!({"event_id": id, "level": "error", "message": "no more socks"})
    );
    let (host, port) = (dsn.host_str().unwrap().to_owned(), dsn.port().unwrap());
    let address = format!("http://{host}:{port}/api/1/envelope/?sentry_key={}", dsn.username());
    let sent = reqwest::Client::new().post(address).body(envelope.clone()).send().await.unwrap();
    assert!(sent.status().is_success(), "{sent:?}");
    let params =
        json!({"ref": {"type": "ref/prompt", "name": "fix_issue"}, "argument": {"name": "issue", "value": "local"}});
    let got = server.request("completion/complete", params).await;
    assert_eq!(got["completion"]["values"], json!(["LOCAL-1"]));
    for (typed, expect) in [("", json!([id])), ("0123456789AB", json!([id])), ("%", json!([])), ("1", json!([]))] {
        let params = json!({"ref": {"type": "ref/resource", "uri": "fixloop://envelopes/{event_id}"},
                            "argument": {"name": "event_id", "value": typed}});
        let got = server.request("completion/complete", params).await;
        assert_eq!(got["completion"]["values"], expect, "{typed}");
    }
    let listed = server.request("resources/list", json!({})).await;
    let listed: Vec<_> =
        listed["resources"].as_array().unwrap().iter().map(|row| (&row["uri"], &row["size"])).collect();
    assert_eq!(listed, [(&json!(format!("fixloop://envelopes/{id}")), &json!(envelope.len()))]);
    let read = server.request("resources/read", json!({"uri": format!("fixloop://envelopes/{id}")})).await;
    assert_eq!(read["contents"][0]["text"], envelope);
    server.stop().await;
}
