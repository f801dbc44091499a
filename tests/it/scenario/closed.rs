//! The loop with a real browser: record, save, run, fix, verify.

use std::path::Path;

use serde_json::{Value, json};

use super::app::{Bug, Shop};
use crate::support::{Reply, Server, Setup};

const PASSWORD: &str = "hunter2-correct-horse";

async fn server() -> Server {
    Server::start(Setup::default().env("PASSWORD", PASSWORD)).await
}

/// Pays once by hand and saves it as the scenario `pay`; the replies, the one of saving last.
async fn record(server: &Server, url: &str) -> Vec<Reply> {
    server.call("browser_open", json!({"url": format!("{url}/checkout")})).await.ok();
    let steps = json!([
        {"do": "fill", "label": "Email", "value": "a@b.c"},
        {"do": "fill", "label": "Password", "value": PASSWORD},
        {"do": "click", "role": "button", "name": "Pay"},
    ]);
    let acted = server.call("browser_act", json!({"steps": steps})).await.ok();
    let saved = server.call("save_scenario", json!({"name": "Pay", "expect": ["text: Thanks"]})).await.ok();
    let closed = server.call("browser_close", json!({})).await.ok();
    vec![acted, closed, saved]
}

fn verdict(reply: &Reply) -> &str {
    reply.structured["verdict"].as_str().unwrap()
}

/// Every file below the folder, as bytes.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => files(&entry.path(), found),
            false => found.push((entry.path().display().to_string(), std::fs::read(entry.path()).unwrap())),
        }
    }
}

fn assert_no_password(server: &Server, replies: &[Reply]) {
    let secret = PASSWORD.as_bytes();
    let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    let mut found = Vec::new();
    files(server.workspace(), &mut found);
    assert!(found.iter().any(|(name, _)| name.ends_with("run.json")), "the runs are looked into");
    for (name, bytes) in &found {
        assert!(!holds(bytes), "the password is in {name}");
    }
    for reply in replies {
        assert!(!holds(reply.raw.to_string().as_bytes()), "the password is in a reply: {}", reply.text);
    }
    assert!(!holds(server.stderr().as_bytes()), "the password is in the log");
}

#[tokio::test]
async fn a_bug_is_recorded_seen_fixed_and_proved_to_be() {
    let (shop, url) = Shop::open(Bug::Throws).await;
    let server = server().await;
    let mut replies = record(&server, &url).await;
    let saved = replies.last().unwrap();
    assert_eq!(saved.structured["set_env"], json!(["PASSWORD"]), "{}", saved.text);
    let yaml = std::fs::read_to_string(server.workspace().join("fixloop/pay.yaml")).unwrap();
    insta::assert_snapshot!("recorded", yaml.replace(&url, "http://SHOP"));
    let again = server.call("save_scenario", json!({"name": "Pay"})).await;
    assert!(again.is_error && again.text.contains("overwrite"), "{}", again.text);

    let red = server.call("run_scenario", json!({"scenario": "pay"})).await.ok();
    assert_eq!(red.structured["passed"], 0, "{}", red.text);
    let kinds: Vec<&str> = red.structured["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|seen| seen["fault"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["uncaught_error", "step_failed"], "{}", red.text);
    assert!(red.text.contains("ReferenceError: cannot pay with ${PASSWORD}"), "{}", red.text);
    let baseline = red.structured["runs"][0]["id"].clone();
    let evidence: Vec<&str> = red.content.iter().filter_map(|block| block["uri"].as_str()).collect();
    assert!(evidence.iter().any(|uri| uri.ends_with("screenshot.png")), "{:?}", red.content);

    assert!(red.text.contains("(waited 1 s only, since an uncaught error had been seen)"), "{}", red.text);
    for uri in evidence.iter().filter(|uri| !uri.ends_with(".png")) {
        let read = server.request("resources/read", json!({"uri": uri})).await;
        let text = read["contents"][0]["text"].as_str().unwrap();
        let fenced = text.starts_with("(Text inside <untrusted-") && text.contains("from=\"page\">");
        assert!(fenced || uri.ends_with("report.md"), "{uri}: {text}");
    }
    let raw = json!({"uri": format!("fixloop://runs/{}/run.json", baseline.as_str().unwrap())});
    let raw = server.request("resources/read", raw).await;
    assert!(raw["contents"][0]["text"].as_str().unwrap().starts_with("(Text inside <untrusted-"), "{raw}");

    let unfixed = server.call("verify_fix", json!({"scenario": "pay", "times": 2})).await.ok();
    assert_eq!(verdict(&unfixed), "still_failing", "{}", unfixed.text);
    assert_eq!(unfixed.structured["proof"]["shown"], 2);

    shop.deploy(Bug::None);
    let green = server.call("run_scenario", json!({"scenario": "fixloop/pay.yaml", "times": 2})).await.ok();
    assert_eq!(green.structured["passed"], 2, "{}", green.text);
    let fixed = server.call("verify_fix", json!({"scenario": "pay"})).await.ok();
    assert_eq!(verdict(&fixed), "fixed", "{}", fixed.text);
    assert_eq!(fixed.structured["proof"]["of"], 3);
    assert_eq!(fixed.structured["proof"]["shown"], 0);
    assert_eq!(fixed.structured["proof"]["all_steps_ran"], true);

    shop.deploy(Bug::EverySecond);
    let named = json!({"scenario": "pay", "times": 4, "fault": "referenceerror", "baseline": baseline});
    let flaky = server.call("verify_fix", named).await.ok();
    assert_eq!(verdict(&flaky), "flaky", "{}", flaky.text);
    assert_eq!(flaky.structured["proof"]["shown"], 2);

    shop.deploy(Bug::Another);
    let regressed = server.call("verify_fix", json!({"scenario": "pay", "times": 1})).await.ok();
    assert_eq!(verdict(&regressed), "regressed", "{}", regressed.text);
    assert!(regressed.text.contains("something new"), "{}", regressed.text);

    let runs = server.call("list_runs", json!({"scenario": "pay", "limit": 2})).await.ok();
    assert_eq!(runs.structured["runs"].as_array().unwrap().len(), 2);
    let after = runs.structured["runs"][0]["id"].clone();
    let compared = server.call("compare_runs", json!({"before": baseline, "after": after})).await.ok();
    assert_eq!(compared.structured["gone"].as_array().unwrap().len(), 2, "{}", compared.text);
    assert_eq!(compared.structured["new"].as_array().unwrap().len(), 1, "{}", compared.text);

    replies.extend([red, unfixed, green, fixed, flaky, regressed, compared, runs]);
    assert_no_password(&server, &replies);
    server.stop().await;
}

#[tokio::test]
async fn without_a_red_run_nothing_is_fixed() {
    let (shop, url) = Shop::open(Bug::None).await;
    let server = server().await;
    record(&server, &url).await;
    let green = server.call("run_scenario", json!({"scenario": "pay"})).await.ok();
    assert_eq!(green.structured["passed"], 1, "{}", green.text);
    let reply = server.call("verify_fix", json!({"scenario": "pay"})).await.ok();
    assert_eq!(verdict(&reply), "inconclusive", "{}", reply.text);

    // Nor when the steps are others than those that showed the fault.
    shop.deploy(Bug::Silent);
    let red = server.call("run_scenario", json!({"scenario": "pay"})).await.ok();
    assert_eq!(red.structured["faults"][0]["fault"]["kind"], "step_failed", "{}", red.text);
    shop.deploy(Bug::None);
    let file = server.workspace().join("fixloop/pay.yaml");
    let yaml = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, yaml.replace("  - text: Thanks\n", "")).unwrap();
    let reply = server.call("verify_fix", json!({"scenario": "pay", "times": 1})).await.ok();
    assert_eq!(verdict(&reply), "inconclusive", "{}", reply.text);
    std::fs::write(&file, yaml).unwrap();
    let reply = server.call("verify_fix", json!({"scenario": "pay", "times": 1})).await.ok();
    assert_eq!(verdict(&reply), "fixed", "{}", reply.text);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_run_is_said_and_proves_nothing() {
    let (_, url) = Shop::open(Bug::None).await;
    let server = Server::start(Setup::default()).await;
    let folder = server.workspace().join("fixloop");
    std::fs::create_dir_all(&folder).unwrap();
    let file = |steps: &str| format!("name: Pay\nbase_url: {url}\nsteps:\n  - navigate: /checkout\n{steps}");
    std::fs::write(folder.join("pay.yaml"), file("  - fill: {label: Email, value: \"${MISSING_ONE}\"}\n")).unwrap();
    let reply = server.call("run_scenario", json!({"scenario": "pay"})).await;
    assert!(reply.is_error && reply.text.contains("MISSING_ONE"), "{}", reply.text);
    let reply = server.call("run_scenario", json!({"scenario": "pay", "times": 51})).await;
    assert!(reply.is_error && reply.text.contains("50"), "{}", reply.text);

    std::fs::write(folder.join("pay.yaml"), file("")).unwrap();
    let nobody = json!({"scenario": "pay", "base_url": "http://127.0.0.1:9"});
    let reply = server.call("run_scenario", nobody).await.ok();
    assert_eq!(reply.structured["runs"][0]["status"], "could_not_run", "{}", reply.text);
    assert_eq!(reply.structured["faults"], json!([]));
    server.stop().await;

    let blind = Server::start(Setup::default().args(&["--browser-binary", "/nowhere/chrome"])).await;
    std::fs::create_dir_all(blind.workspace().join("fixloop")).unwrap();
    std::fs::write(blind.workspace().join("fixloop/pay.yaml"), file("")).unwrap();
    let reply = blind.call("run_scenario", json!({"scenario": "pay", "times": 3})).await.ok();
    assert_eq!(reply.structured["runs"].as_array().unwrap().len(), 1, "asks once: {}", reply.text);
    assert!(reply.text.contains("/nowhere/chrome"), "{}", reply.text);
    let reply = blind.call("verify_fix", json!({"scenario": "pay"})).await.ok();
    assert_eq!(verdict(&reply), "inconclusive", "{}", reply.text);
    blind.stop().await;
}

#[tokio::test]
async fn a_workspace_that_cannot_be_written_is_said() {
    let (_, url) = Shop::open(Bug::None).await;
    let server = server().await;
    // A file where the folder should be: also root cannot write through it.
    std::fs::write(server.workspace().join("fixloop"), "mine").unwrap();
    server.call("browser_open", json!({"url": format!("{url}/checkout")})).await.ok();
    let reply = server.call("save_scenario", json!({"name": "Pay"})).await;
    assert!(reply.is_error && reply.text.contains("Cannot write"), "{}", reply.text);
    assert_eq!(std::fs::read_to_string(server.workspace().join("fixloop")).unwrap(), "mine");
    server.stop().await;
}

#[tokio::test]
async fn expectations_at_the_end_see_all_requests_of_the_run() {
    let (_, url) = Shop::open(Bug::None).await;
    let server = server().await;
    let folder = server.workspace().join("fixloop");
    std::fs::create_dir_all(&folder).unwrap();
    let file = |end: &str| {
        format!(
            "name: Pay\nbase_url: {url}\nsteps:\n  - navigate: /checkout\n  - click: {{role: button, name: Pay}}\n{end}"
        )
    };
    for (name, end, passed, words) in [
        ("end", "expect:\n  - request: GET /checkout 200\n", 1, ""),
        ("other", "expect:\n  - {request: GET /pay, timeout_ms: 100}\n", 0, "No such request was sent so far"),
        ("step", "  - expect: {request: GET /checkout 200, timeout_ms: 100}\n", 0, "since the last act"),
    ] {
        std::fs::write(folder.join(format!("{name}.yaml")), file(end)).unwrap();
        let reply = server.call("run_scenario", json!({"scenario": name})).await.ok();
        assert_eq!(reply.structured["passed"], passed, "{name}: {}", reply.text);
        assert!(reply.text.contains(words), "{name}: {}", reply.text);
    }
    server.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_browser_that_dies_is_no_fault_of_the_app() {
    let (_, url) = Shop::open(Bug::None).await;
    let server = Server::start(Setup::default()).await;
    let folder = server.workspace().join("fixloop");
    std::fs::create_dir_all(&folder).unwrap();
    let yaml = format!(
        "name: Wait\nbase_url: {url}\nsteps:\n  - navigate: /checkout\n  - wait_for: {{text: Never, timeout_ms: 100000}}\n"
    );
    std::fs::write(folder.join("wait.yaml"), yaml).unwrap();
    let arguments = json!({"name": "run_scenario", "arguments": {"scenario": "wait"}, "_meta": {"progressToken": 7}});
    let (_, answer) = server.begin("tools/call", arguments).await;
    let step_two = |server: &Server| {
        let message = |note: &Value| note["params"]["message"].as_str().unwrap_or_default().contains("step 2 of 2");
        server.notifications().iter().any(message).then_some(())
    };
    server.wait_until("the progress of step 2", step_two).await;
    for pid in browsers_below(server.pid()) {
        // One may be gone already with the one before.
        let _ = std::process::Command::new("kill")
            .args(["-9", &pid.to_string()])
            .stderr(std::process::Stdio::null())
            .status();
    }
    let answer = answer.await.unwrap();
    let run = &answer["result"]["structuredContent"]["runs"][0];
    assert_eq!(run["status"], "could_not_run", "{answer}");
    assert_eq!(answer["result"]["structuredContent"]["faults"], json!([]), "{answer}");
    server.stop().await;
}

/// Processes below `parent`, by the names in `/proc`.
#[cfg(target_os = "linux")]
fn browsers_below(parent: u32) -> Vec<u32> {
    let mut parents = std::collections::HashMap::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((head, tail)) = stat.rsplit_once(')') else { continue };
        let mut fields = tail.split_whitespace();
        let (state, above) = (fields.next().unwrap_or("Z"), fields.next().and_then(|pid| pid.parse::<u32>().ok()));
        if state != "Z" {
            parents.insert(pid, (above.unwrap_or_default(), head.contains("chrom")));
        }
    }
    let is_below = |mut pid: u32| {
        while let Some((above, _)) = parents.get(&pid) {
            if *above == parent {
                return true;
            }
            pid = *above;
        }
        false
    };
    parents.iter().filter(|(pid, (_, is_browser))| *is_browser && is_below(**pid)).map(|(pid, _)| *pid).collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_cancelled_run_stops_at_once_and_leaves_nothing_open() {
    let (_, url) = Shop::open(Bug::None).await;
    let server = Server::start(Setup::default()).await;
    let folder = server.workspace().join("fixloop");
    std::fs::create_dir_all(&folder).unwrap();
    let yaml = format!(
        "name: Wait\nbase_url: {url}\nsteps:\n  - navigate: /checkout\n  - wait_for: {{text: Never, timeout_ms: 100000}}\n"
    );
    std::fs::write(folder.join("wait.yaml"), yaml).unwrap();
    let arguments =
        json!({"name": "run_scenario", "arguments": {"scenario": "wait", "times": 3}, "_meta": {"progressToken": 7}});
    let (id, _answer) = server.begin("tools/call", arguments).await;
    let said = |words: &'static str| {
        move |server: &Server| {
            let message = |note: &Value| note["params"]["message"].as_str().unwrap_or_default().contains(words);
            server.notifications().iter().any(message).then_some(())
        }
    };
    server.wait_until("the progress of step 2", said("step 2 of 2")).await;
    assert!(!browsers_below(server.pid()).is_empty(), "a browser runs");
    server.notify("notifications/cancelled", json!({"requestId": id})).await;
    // The run is kept as what it is, and the browser goes: both are looked for, neither is timed.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let runs = server.call("list_runs", json!({})).await.ok();
        let kept = runs.structured["runs"].as_array().unwrap().clone();
        if kept.len() == 1 && browsers_below(server.pid()).is_empty() {
            assert_eq!(kept[0]["status"], "cancelled");
            break;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "{:?} browsers left; runs: {kept:?}",
            browsers_below(server.pid())
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.stop().await;
}
