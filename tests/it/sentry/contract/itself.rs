//! The contract test itself: it lets right requests through, finds wrong ones, and answers as the schema says.

use serde_json::{Value, json};

use super::{
    Contract, Form,
    answer::{body, least, made, strange},
    schema::{self, wrong},
};

const O: &str = "/organizations/{organization_id_or_slug}";

#[tokio::test]
async fn finds_what_breaks_the_contract() {
    let Some(path) = schema::given() else { return };
    let contract = Contract::start(&path, Form::Example).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let checks: &[(&str, &str, Option<Value>, &str)] = &[
        ("GET", "/organizations/acme/issues/?query=is%3Aunresolved&limit=10&sort=freq&statsPeriod=24h", None, ""),
        ("GET", "/organizations/acme/issues/?per_page=10&cursor=0:1:0", None, ""),
        ("GET", "/organizations/acme/issues/?sort=loudest", None, "query sort: \"loudest\" is not one of"),
        ("GET", "/organizations/acme/issues/?limit=ten", None, "query limit: \"ten\" is no \"integer\""),
        ("GET", "/organizations/acme/issues/?colour=red", None, "query colour: is not known"),
        ("GET", "/organizations/acme/events/?dataset=errors", None, "query field: is required"),
        ("GET", "/organizations/acme/issues/1/events/latest/", None, ""),
        ("GET", "/organizations/acme/issues/1/events/0123456789abcdef0123456789abcdef/", None, ""),
        ("GET", "/organizations/acme/issues/1/events/newest/", None, "path event_id: \"newest\" is not one of"),
        ("GET", "/organizations/acme/isues/", None, "no such method and path"),
        ("PATCH", "/organizations/acme/issues/", None, "no such method and path"),
        ("GET", "/users/me/regions/", None, ""),
        ("PUT", "/organizations/acme/issues/1/", Some(json!({"status": "resolved"})), ""),
        (
            "PUT",
            "/organizations/acme/issues/1/",
            Some(json!({"status": "done"})),
            "body /status: \"done\" is not one of",
        ),
        ("PUT", "/organizations/acme/issues/1/", Some(json!({"state": "resolved"})), "body /state: is not known"),
        ("POST", "/organizations/acme/releases/", Some(json!({"version": "1"})), "body /projects: is required"),
        ("GET", "/organizations/acme/teams/", Some(json!({"a": 1})), "body: there should be none"),
    ];
    for (method, target, body, expect) in checks {
        let before = contract.wrong().len();
        let url = format!("{}/api/0{target}", contract.sentry.url());
        let mut request = client.request(method.parse().unwrap(), url);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let wrong = contract.wrong().len() - before;
        let all = contract.wrong().join("\n");
        assert_eq!(wrong, usize::from(!expect.is_empty()), "{method} {target} {body:?}: {all}");
        assert!(all.contains(expect), "{method} {target}: {all}");
        assert_eq!(answer.status().as_u16() == 404, expect.starts_with("no such"), "{method} {target}");
    }
    assert!(contract.served().iter().any(|(endpoint, body)| endpoint.ends_with("/issues/") && body.is_array()));
}

#[test]
fn makes_answers_in_three_forms() {
    let Some(path) = schema::given() else { return };
    let operations = schema::operations(&path);
    let mut generated = 0;
    for operation in operations.iter().filter(|operation| operation.answer.is_some()) {
        let (schema, name) =
            (operation.answer.as_ref().unwrap(), format!("{} {}", operation.method, operation.template));
        if operation.example.is_none() {
            generated += 1;
            assert_eq!(wrong(schema, &made(schema)), Vec::<String>::new(), "{name}");
        }
        // The schema's own examples do not all fit it; where they do, what is made of them does too.
        if wrong(schema, &body(operation, Form::Example).unwrap()).is_empty() {
            assert_eq!(wrong(schema, &body(operation, Form::Least).unwrap()), Vec::<String>::new(), "{name}");
        }
        let strange = body(operation, Form::Strange).unwrap().to_string();
        assert!(strange.contains("aFieldOfTomorrow") || !strange.contains('{'), "{name}");
    }
    assert!(generated > 5, "{generated}");
    let issue = operations
        .iter()
        .find(|one| one.template == format!("{O}/issues/{{issue_id}}/") && one.method == "GET")
        .unwrap();
    let (full, bare) = (body(issue, Form::Example).unwrap(), body(issue, Form::Least).unwrap());
    assert!(full.get("firstSeen").is_some() && bare.get("firstSeen").is_none() && bare["shortId"].is_string());
    assert!(body(issue, Form::Strange).unwrap()["culprit"].is_null());
}

#[test]
fn knows_schemas() {
    let schema = json!({"type": "object", "required": ["a"], "properties": {
        "a": {"type": "integer", "minimum": 1}, "b": {"type": "string", "nullable": true, "maxLength": 3},
        "c": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"d": {"enum": ["x"]}}}]}},
    }});
    let checks = [
        (json!({"a": 1, "b": null, "c": ["t", {"d": "x"}]}), vec![]),
        (json!({"b": "long"}), vec!["/a: is required", "/b: 4 characters, allowed are null to 3"]),
        (json!({"a": 0, "e": 1}), vec!["/a: 0 is not between 1 and null", "/e: is not known; known are a, b, c"]),
        (
            json!({"a": "1", "c": [1, {"d": "y"}]}),
            vec![
                "/a: \"1\" is no \"integer\"",
                "/c/0: 1 is none of the allowed forms",
                "/c/1: {\"d\":\"y\"} is none of the allowed forms",
            ],
        ),
        (json!([]), vec![": [] is no \"object\""]),
    ];
    for (value, expect) in checks {
        assert_eq!(wrong(&schema, &value), expect, "{value}");
    }
    let value = json!({"a": 1, "b": "t", "c": [{"d": "x"}]});
    assert_eq!(least(&schema, &value), json!({"a": 1}));
    let odd = strange(&schema, &value);
    assert!(odd["b"].is_null() && odd["c"][0]["aFieldOfTomorrow"].is_object() && odd["a"] == 1, "{odd}");
    assert_eq!(wrong(&schema, &made(&schema)), Vec::<String>::new());
}
