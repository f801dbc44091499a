//! Every tool that asks Sentry, driven over MCP through the contract.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};

use super::{Contract, Form, exempt, schema};
use crate::{
    sentry::calls::{self, Row},
    support::{Reply, Server},
};

/// Drives all rows through answers of this form; returns what was asked.
async fn drive(form: Form) -> BTreeSet<String> {
    let Some(path) = schema::given() else { return BTreeSet::new() };
    let contract = Contract::start(&path, form).await;
    let server = Server::start(contract.sentry.setup().args(&["--toolsets", calls::TOOLSETS])).await;
    // Seer may be at work in an answer for good: what it does when the time is up is told too.
    let setup = contract.sentry.setup().args(&["--toolsets", calls::TOOLSETS, "--call-timeout", "2"]);
    let patient = Server::start(setup).await;
    let mut bad = Vec::new();
    for row in calls::rows() {
        let row = fitted(row, &contract.served());
        let server = if row.tool == "analyze_issue" { &patient } else { &server };
        let (before, asked) = (contract.served().len(), contract.sentry.requests().len());
        let reply = server.call(row.tool, row.arguments.clone()).await;
        let served = contract.served().split_off(before);
        let asked = contract.sentry.requests().len() - asked;
        let name = format!("{} {}", row.tool, row.arguments);
        // A dry run may know all that it needs.
        if asked == 0 && row.arguments["dry_run"] != true {
            bad.push(format!("{name}\n    asked nothing: {}", reply.text));
        } else if reply.is_error && !exempt::nothing(row.tool, form, &reply.text) {
            bad.push(format!("{name}\n    failed: {}", reply.text));
        }
        bad.extend(missing(&row, &reply, &served, form).into_iter().map(|what| format!("{name}\n    {what}")));
    }
    bad.extend(contract.wrong());
    bad.sort();
    bad.dedup();
    assert!(bad.is_empty(), "{} things break the contract ({form:?}):\n{}", bad.len(), bad.join("\n"));
    assert!(server.stderr().lines().all(|line| !line.contains("panicked")), "{}", server.stderr());
    server.stop().await;
    patient.stop().await;
    contract.served().into_iter().map(|(endpoint, _)| endpoint).collect()
}

/// The row with a DSN that the answers have.
fn fitted(mut row: Row, served: &[(String, Value)]) -> Row {
    if row.arguments.get("key").is_some() {
        let keys = served.iter().filter(|(endpoint, _)| endpoint.ends_with("/keys/"));
        let key = keys.map(|(_, body)| body.pointer("/0/id").or(body.get("id"))).find_map(|id| id.cloned());
        row.arguments["key"] = key.unwrap_or_default();
    }
    row
}

/// Calls that make the client ask more, since what it asked first was refused: tool, arguments, and what is refused.
type Trouble = (&'static str, Value, &'static [(&'static str, u16)]);

fn troubles() -> Vec<Trouble> {
    let event = crate::support::sentry::acme::EVENT_ID;
    let commit = "commit:acme/shop@9fceb02d0ae598e95dc970b74767f19372d61af8";
    vec![
        (
            "get_issue",
            json!({"issue": "FRONTEND-4K"}),
            &[("GET /organizations/{organization_id_or_slug}/issues/{issue_id}/", 404)],
        ),
        ("search_issues", json!({"source": "sentry", "query": "levl:error"}), &[(calls::ISSUES, 400)]),
        ("search_issues", json!({"source": "sentry", "project": "frontent"}), &[(calls::ISSUES, 404)]),
        ("search_issues", json!({"source": "sentry", "project": "frontent"}), &[(calls::ISSUES, 400)]),
        ("search_events", json!({"source": "sentry", "query": "levl:error"}), &[(calls::EVENTS, 400)]),
        (
            "search_events",
            json!({"source": "sentry", "dataset": "spans", "query": "span.opp:db"}),
            &[(calls::EVENTS, 400)],
        ),
        ("search_events", json!({"source": "sentry", "project": "frontent"}), &[(calls::EVENTS, 400)]),
        (
            "list_projects",
            json!({"source": "sentry"}),
            &[("GET /organizations/{organization_id_or_slug}/project-keys/", 404)],
        ),
        (
            "list_projects",
            json!({"source": "sentry", "query": "prime"}),
            &[("GET /organizations/{organization_id_or_slug}/project-keys/", 404)],
        ),
        (
            "get_monitors",
            json!({"source": "sentry"}),
            &[("GET /organizations/{organization_id_or_slug}/detectors/", 404)],
        ),
        ("get_feedback", json!({"source": "sentry", "project": "frontend"}), &[(calls::ISSUES, 400)]),
        ("get_feedback", json!({"source": "sentry", "project": "frontend"}), &[(calls::ISSUES, 404)]),
        ("get_event", json!({"source": "sentry", "event": event}), &[(calls::BY_ID, 404)]),
        ("get_issue", json!({"issue": "FRONTEND-4K", "only": ["activity"]}), &[]),
        ("update_issue", json!({"issue": "FRONTEND-4K", "assign": "team:checkout"}), &[]),
        ("update_issue", json!({"issue": "FRONTEND-4K", "status": "resolved", "in": commit}), &[(calls::CHANGE, 400)]),
    ]
}

/// Runs them; a refusal is a good answer, and a request that breaks the contract is not.
async fn in_trouble() -> BTreeSet<String> {
    let path = schema::given().unwrap();
    let mut asked = BTreeSet::new();
    for (tool, arguments, refused) in troubles() {
        let contract = Contract::start(&path, Form::Example).await;
        for (endpoint, status) in refused {
            let (method, template) = endpoint.split_once(' ').unwrap();
            contract.sentry.on(method, template, crate::support::sentry::Answer::detail(*status, "Refused"));
        }
        let server = Server::start(contract.sentry.setup().env("SENTRY_PROJECT", "frontend")).await;
        let reply = server.call(tool, arguments.clone()).await;
        assert!(contract.wrong().is_empty(), "{tool} {arguments}: {}\n{}", contract.wrong().join("\n"), reply.text);
        asked.extend(contract.served().into_iter().map(|(endpoint, _)| endpoint));
        server.stop().await;
    }
    asked
}

/// Facts that were answered, and that the reply does not hold.
fn missing(row: &Row, reply: &Reply, served: &[(String, Value)], form: Form) -> Vec<String> {
    let mut missing = Vec::new();
    for (endpoint, pointer) in &row.shows {
        let fact = served.iter().find(|(asked, _)| asked == endpoint).map(|(_, body)| body.pointer(pointer));
        let fact = match fact {
            None => {
                missing.push(format!(
                    "never asked {endpoint}; it asked {:?}",
                    served.iter().map(|(asked, _)| asked).collect::<Vec<_>>()
                ));
                continue;
            }
            Some(Some(Value::String(text))) => text.clone(),
            Some(Some(Value::Number(number))) => number.to_string(),
            // What was left out or null need not be shown.
            Some(_) if !form.is_full() => continue,
            Some(fact) => panic!("{}: the example of {endpoint} has {fact:?} at {pointer}", row.tool),
        };
        let held = reply.text.contains(&fact) || reply.structured.to_string().contains(&json!(fact).to_string());
        if !held {
            missing.push(format!("does not hold {fact:?}, {pointer} of {endpoint}:\n{}", reply.text));
        }
    }
    for said in ["null", "None", "undefined", "NaN"] {
        if reply.text.split(|c: char| !c.is_alphanumeric()).any(|word| word == said) && form == Form::Least {
            missing.push(format!("says {said}:\n{}", reply.text));
        }
    }
    missing
}

#[tokio::test]
async fn every_request_keeps_the_contract() {
    let asked = drive(Form::Example).await;
    if asked.is_empty() {
        return;
    }
    let mut asked = asked;
    asked.extend(drive(Form::Documented).await);
    asked.extend(in_trouble().await);
    let asked: BTreeSet<&str> =
        asked.iter().filter_map(|endpoint| endpoint.split_once(' ')).map(|(_, template)| template).collect();
    let never: Vec<_> = declared().into_iter().filter(|template| !asked.contains(template.as_str())).collect();
    let never: Vec<_> =
        never.iter().filter(|template| !exempt::UNASKED.iter().any(|(known, _)| known == template)).collect();
    assert!(never.is_empty(), "no row of calls.rs makes the client ask {never:#?}");
}

#[tokio::test]
async fn the_least_that_is_legal_is_read() {
    drive(Form::Least).await;
}

#[tokio::test]
async fn without_the_undocumented_endpoints_the_rest_is_still_shown() {
    drive(Form::Documented).await;
}

#[tokio::test]
async fn unknown_fields_and_nulls_are_read() {
    drive(Form::Strange).await;
}

/// The path templates that the client's source names.
fn declared() -> BTreeSet<String> {
    fn read(folder: &Path, found: &mut BTreeSet<String>) {
        let pattern = regex::Regex::new(r#""(/(?:organizations|projects|teams|users|auth|seer)/[^"\s]*)""#).unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, found);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let code = code.collect::<Vec<_>>().join("\n");
                let templates = pattern.captures_iter(&code).map(|found| found[1].to_owned());
                found.extend(templates.filter(|template| template.ends_with('/') && template.matches('/').count() > 1));
            }
        }
    }
    let mut found = BTreeSet::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sentry"), &mut found);
    found.remove("/teams/");
    assert!(found.len() >= 5, "{found:?}");
    found
}

#[test]
fn every_endpoint_of_the_client_is_in_the_schema() {
    let Some(path) = schema::given() else { return };
    let known: BTreeSet<String> = schema::operations(&path).into_iter().map(|operation| operation.template).collect();
    let undocumented: BTreeSet<&str> = exempt::UNDOCUMENTED.iter().map(|known| known.template).collect();
    let unknown: Vec<_> =
        declared().into_iter().filter(|one| !known.contains(one) && !undocumented.contains(one.as_str())).collect();
    assert!(unknown.is_empty(), "neither in the schema nor on the list of exempt.rs: {unknown:#?}");
}

#[tokio::test]
async fn every_tool_has_a_row() {
    let sentry = crate::support::sentry::Sentry::start().await;
    let server = Server::start(sentry.setup().args(&["--toolsets", calls::TOOLSETS])).await;
    let tools = server.request("tools/list", json!({})).await;
    let rows = calls::rows();
    let without = tools["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).filter(|name| {
        !rows.iter().any(|row| row.tool == *name)
            && !calls::LOCAL.iter().any(|(tool, reason)| tool == name && !reason.is_empty())
    });
    let without: Vec<&str> = without.collect();
    assert!(without.is_empty(), "no row in calls.rs for {without:?}");
    server.stop().await;
}
