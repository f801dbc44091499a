//! The whole way on the back office: its faults are found and repaired, and its errors arrive; then each fault by itself.

mod office;

use serde_json::{Value, json};

use crate::support::{Reply, Server, Setup};
use office::{Office, Running};

const PAGE: &str = "/sentry-example-page";
const TUNNEL: &str = "/api/monitoring";
const TOKEN: &str = ".env.sentry-build-plugin";

/// A fault of the app as it is checked in.
struct Fault {
    rule: &'static str,
    severity: &'static str,
    /// Where it is found.
    file: &'static str,
    /// The files that have it.
    files: &'static [&'static str],
    /// What is said of what comes of it in the running app, beside BRW001; none = nothing is to be seen there.
    symptom: Option<&'static str>,
}

const FAULTS: [Fault; 5] = [
    Fault { rule: "SEC002", severity: "critical", file: TOKEN, files: &[TOKEN, ".gitignore"], symptom: None },
    // The policy names Sentry's old hosts: neither that of the DSN's region, nor the site itself, where the tunnel is.
    Fault {
        rule: "CSP001",
        severity: "error",
        file: "next.config.ts",
        files: &["next.config.ts"],
        symptom: Some("its `connect-src` does not allow it"),
    },
    Fault {
        rule: "TUN001",
        severity: "error",
        file: "src/instrumentation-client.ts",
        files: &["src/app/api/monitoring/route.ts"],
        // The browser does not see this answer end; the status is what the check over HTTP saw.
        symptom: Some("is answered 404"),
    },
    Fault {
        rule: "TUN002",
        severity: "error",
        file: "src/middleware.ts",
        files: &["src/middleware.ts"],
        symptom: Some("redirects with 307 to /login"),
    },
    Fault {
        rule: "CFG005",
        severity: "warning",
        file: "src/instrumentation-client.ts",
        files: &["sentry.server.config.ts", "sentry.edge.config.ts"],
        symptom: None,
    },
];

/// A finding: rule, severity, file.
type Found = (String, String, String);

fn found(reply: &Value) -> Vec<Found> {
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = reply["findings"].as_array().unwrap().iter();
    let rows = rows.map(|row| (word(row, "rule"), word(row, "severity"), word(row, "file")));
    rows.filter(|(_, severity, _)| severity != "info").collect()
}

fn of(fault: &Fault) -> Found {
    (fault.rule.to_owned(), fault.severity.to_owned(), fault.file.to_owned())
}

#[tokio::test]
async fn every_fault_of_the_back_office_is_found_and_repaired_and_its_errors_arrive() {
    let office = Office::copy();
    let server = Server::start(Setup::default().workspace(office.path())).await;
    let check = server.call("check_setup", json!({})).await.ok();
    assert_eq!(found(&check.structured), FAULTS.iter().map(of).collect::<Vec<_>>(), "{}", check.text);
    assert!(!check.text.contains("sntrys_madeUp"), "{}", check.text);

    repair(&server, &office).await;
    let check = server.call("check_setup", json!({})).await.ok();
    assert_eq!(found(&check.structured), [], "{}", check.text);

    let dsn = sink(&server).await;
    office.build(&dsn).await;
    let app = office.start(&dsn).await;
    arrives(&server, &app).await;
    let check = in_browser(&server, &app).await;
    assert_eq!(found(&check.structured), [], "{}\n{}", check.text, app.said());
    app.stop().await;

    for fault in &FAULTS {
        let sources = office.sources();
        office.put_back(fault.files);
        let check = server.call("check_setup", json!({})).await.ok();
        assert_eq!(found(&check.structured), [of(fault)], "{}", check.text);
        if let Some(words) = fault.symptom {
            office.build(&dsn).await;
            let app = office.start(&dsn).await;
            let check = seen(&server, &app, words).await;
            let rows = found(&check.structured);
            assert!(rows.contains(&of(fault)) && rows.iter().any(|(rule, ..)| rule == "BRW001"), "{}", check.text);
            assert!(check.text.contains(words), "{}: {words}\n{}\n{}", fault.rule, check.text, app.said());
            app.stop().await;
        }
        office.restore(&sources);
    }
    server.stop().await;
}

/// apply_fix repairs what files can say; the token must be revoked and go out of git by hand.
async fn repair(server: &Server, office: &Office) {
    let done = server.call("apply_fix", json!({"severity": "warning"})).await.ok();
    let ids = |name: &str| done.structured[name].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned());
    let of = |name: &str| ids(name).map(|id| id.split('-').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!((of("fixed").len(), of("remaining")), (FAULTS.len(), vec!["SEC002".to_owned()]), "{}", done.text);
    assert_eq!((&done.structured["new"], &done.structured["refused"]), (&json!([]), &json!([])), "{}", done.text);
    // There is no new token here: with one, the build would upload its source maps.
    office.remove(TOKEN);
}

/// The DSN of the server's own sink.
async fn sink(server: &Server) -> String {
    let status = server.call("status", json!({})).await.ok().structured;
    status["sink"]["dsn"].as_str().unwrap().to_owned()
}

async fn in_browser(server: &Server, app: &Running) -> Reply {
    server.call("check_setup", json!({"url": format!("{}{PAGE}", app.url), "browser": true})).await.ok()
}

/// The check in the browser, once it says this. On a busy machine an answer may come too late to be seen.
async fn seen(server: &Server, app: &Running, words: &str) -> Reply {
    let mut check = in_browser(server, app).await;
    for _ in 0..2 {
        if check.text.contains(words) {
            break;
        }
        check = in_browser(server, app).await;
    }
    check
}

/// The button throws: the event, its replay and its transaction come to the sink, and the browser sent to the app alone.
async fn arrives(server: &Server, app: &Running) {
    let page = format!("{}{PAGE}", app.url);
    let opened = server.call("browser_open", json!({"url": page})).await.ok();
    let session = opened.structured["session"].as_str().unwrap();
    let click = json!([{"do": "click", "role": "button", "name": "Throw error"}]);
    let acted = server.call("browser_act", json!({"session": session, "steps": click})).await.ok();
    assert!(acted.text.contains("ReferenceError: myUndefinedFunction is not defined"), "{}", acted.text);
    let sent = format!("Sentry envelope (event) to «{}{TUNNEL}»: accepted", app.url);
    assert!(acted.text.contains(&sent), "{}\n{}", acted.text, app.said());

    let wait = json!({"contains": "myUndefinedFunction is not defined", "since": "120"});
    let event = server.call("wait_for_event", wait).await.ok();
    assert_eq!(event.structured["title"], "ReferenceError: myUndefinedFunction is not defined", "{}", event.text);
    let issue = event.structured["issue"].as_str().unwrap();
    let id = &event.structured["event"]["event_id"];

    server.call("wait_for_event", json!({"item": "replay_event", "since": "120"})).await.ok();
    let replay = server.call("get_replay", json!({"replay": issue})).await.ok();
    assert_eq!(replay.structured["errors"][0]["event"], *id, "{}", replay.text);
    assert!(replay.text.contains("click body > main > button"), "{}", replay.text);

    let trace = loaded(server, issue).await;
    assert_eq!(trace["errors"][0]["event"], *id, "{trace:#}");
    assert_eq!((&trace["slowest"][0]["op"], &trace["slowest"][0]["name"]), (&json!("pageload"), &json!(PAGE)));

    let network = answered(server, session).await;
    let posts: Vec<&str> = network.lines().filter(|line| line.starts_with("POST ")).collect();
    assert!(posts.len() >= 3, "{network}");
    let tunnel = format!("POST {}{TUNNEL} → 200", app.url);
    assert!(posts.iter().all(|line| line.starts_with(&tunnel)), "{network}");
    server.call("browser_close", json!({"session": session})).await.ok();
}

/// The page's requests, once all are answered: the sink may have an envelope before the browser has its answer.
async fn answered(server: &Server, session: &str) -> String {
    let read = json!({"session": session, "what": "network"});
    let mut network = String::new();
    for _ in 0..200 {
        network = server.call("browser_read", read.clone()).await.ok().text;
        if !network.contains("no answer yet") {
            break;
        }
    }
    network
}

/// The trace of an issue, once the page's own transaction is in it: the SDK sends it some seconds later.
async fn loaded(server: &Server, issue: &str) -> Value {
    let mut trace = Value::Null;
    for _ in 0..6 {
        trace = server.call("get_trace", json!({"trace": issue})).await.structured;
        if trace["slowest"][0]["op"] == "pageload" {
            break;
        }
        server.call("wait_for_event", json!({"item": "span", "timeout_s": 5})).await.ok();
    }
    trace
}
