//! Other hosts: redirects, addresses in answers, addresses of users.

use serde_json::{Value, json};

use super::{Hostile, ISSUES};
use crate::support::{
    Server,
    sentry::{Answer, Sentry, TOKEN, acme},
};

/// A Sentry, a wrong host that would answer all the same, and a server connected to the former.
async fn with_a_wrong_host() -> (Hostile, Sentry) {
    let wrong = Sentry::acme().await;
    (Hostile::start().await, wrong)
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (hostile, wrong) = with_a_wrong_host().await;
    for status in [301, 302, 303, 307, 308] {
        for target in
            [format!("{}/api/0/organizations/acme/issues/", wrong.url()), format!("//127.0.0.1:{}/", wrong.port())]
        {
            let (reply, asked) = hostile.answered(Answer::status(status).header("location", &target)).await;
            assert!(reply.is_error && reply.text.contains("redirect"), "{status}: {}", reply.text);
            assert_eq!(asked, 1);
        }
    }
    assert_eq!(wrong.requests().len(), 0, "{:?}", wrong.journal());
    hostile.stop().await;
}

#[tokio::test]
async fn a_region_that_a_self_hosted_server_names_is_not_used() {
    let (hostile, wrong) = with_a_wrong_host().await;
    let lie = acme::organization(&wrong.url());
    hostile.sentry.on("GET", "/organizations/{organization_id_or_slug}/", lie.clone());
    hostile.sentry.on("GET", "/organizations/", json!([lie]));
    let region =
        json!({"regions": [{"name": "us", "url": wrong.url()}, {"name": "de", "url": "https://de.sentry.io"}]});
    hostile.sentry.on("GET", "/users/me/regions/", region);
    let evil = format!(
        r#"<{}/api/0/organizations/acme/issues/?cursor=0:7:0>; rel="next"; results="true"; cursor="0:7:0""#,
        wrong.url()
    );
    hostile.sentry.on("GET", ISSUES, Answer::json(acme::issues()).header("link", &evil));
    let first = hostile.search(json!({})).await.ok();
    hostile.search(json!({"cursor": first.structured["next"]})).await.ok();
    // Seer's run never ends here, and is asked as any issue is.
    for row in crate::sentry::calls::rows().into_iter().filter(|row| row.tool != "analyze_issue") {
        hostile.server.call(row.tool, row.arguments).await;
    }
    assert_eq!(wrong.requests().len(), 0, "{:?}", wrong.journal());
    // Also where the organization is looked for.
    let setup = hostile.sentry.bare_setup().env("SENTRY_URL", &hostile.sentry.url()).env("SENTRY_AUTH_TOKEN", TOKEN);
    let server = Server::start(setup).await;
    server.call("search_issues", json!({"source": "sentry"})).await.ok();
    assert_eq!(wrong.requests().len(), 0, "{:?}", wrong.journal());
    server.stop().await;
    hostile.stop().await;
}

#[tokio::test]
async fn an_address_of_another_host_is_refused_with_the_reason() {
    let (hostile, wrong) = with_a_wrong_host().await;
    let id = acme::ISSUE_ID;
    let hosts = [
        format!("http://127.0.0.1:{}", wrong.port()),
        "https://other.sentry.io".to_owned(),
        "https://sentry.io".to_owned(),
        format!("http://127.0.0.1:{}@127.0.0.1:{}", hostile.sentry.port(), wrong.port()),
        format!("http://localhost:{}", wrong.port()),
    ];
    for host in hosts {
        let name = host.rsplit(['/', '@']).next().unwrap();
        let calls = [
            ("get_issue", json!({"issue": format!("{host}/organizations/acme/issues/{id}/")})),
            ("get_replay", json!({"replay": format!("{host}/organizations/acme/replays/{}/", acme::REPLAY_ID)})),
            ("update_issue", json!({"issue": format!("{host}/organizations/acme/issues/{id}/"), "status": "resolved"})),
            (
                "get_event",
                json!({"event": format!("{host}/organizations/acme/issues/{id}/events/{}/", acme::EVENT_ID)}),
            ),
            (
                "get_attachment",
                json!({"event": format!("{host}/organizations/acme/issues/{id}/events/{}/", acme::EVENT_ID)}),
            ),
            (
                "check_source_maps",
                json!({"event": format!("{host}/organizations/acme/issues/{id}/events/{}/", acme::EVENT_ID)}),
            ),
        ];
        hostile.sentry.forget();
        for (tool, arguments) in calls {
            let reply = hostile.server.call(tool, arguments.clone()).await;
            assert!(reply.is_error, "{tool} {arguments}: {}", reply.text);
            assert!(reply.text.contains(name) && reply.text.contains("token"), "{tool} {arguments}: {}", reply.text);
        }
        assert_eq!(hostile.sentry.journal(), Vec::<String>::new(), "{host}");
    }
    assert_eq!(wrong.requests().len(), 0, "{:?}", wrong.journal());
    // An own address is fine.
    let own = format!("{}/organizations/acme/issues/{id}/", hostile.sentry.url());
    hostile.server.call("get_issue", json!({"issue": own})).await.ok();
    let own = format!("{}/organizations/acme/replays/{}/", hostile.sentry.url(), acme::REPLAY_ID);
    hostile.server.call("get_replay", json!({"replay": own})).await.ok();
    hostile.stop().await;
}

#[tokio::test]
async fn a_path_cannot_leave_its_place() {
    let (hostile, wrong) = with_a_wrong_host().await;
    let words = [
        "../../..",
        "..%2f..%2f",
        "a/b",
        "acme?x=1",
        "acme#x",
        "@127.0.0.1",
        "//127.0.0.1/",
        "acme\\..\\x",
        "%00",
        "é",
        ".",
        "acme/../evil",
        " acme ",
    ];
    for word in words {
        hostile.server.call("search_issues", json!({"source": format!("sentry/{word}")})).await;
        hostile
            .server
            .call("search_issues", json!({"source": "sentry", "project": word, "cursor": word, "environment": word}))
            .await;
        hostile
            .server
            .call(
                "get_issue",
                json!({"issue": format!("{}/organizations/{word}/issues/{word}/", hostile.sentry.url())}),
            )
            .await;
        hostile.server.call("get_issue", json!({"issue": acme::SHORT_ID, "event": word})).await;
    }
    for request in hostile.sentry.requests() {
        let path = request.target.split('?').next().unwrap();
        assert!(path.starts_with("/api/0/") && path.ends_with('/'), "{}", request.line());
        assert!(!path.contains("..") && !path.contains("//") && !path.contains('\\'), "{}", request.line());
        assert!(request.header("host").is_some_and(|host| host == format!("127.0.0.1:{}", hostile.sentry.port())));
    }
    assert_eq!(wrong.requests().len(), 0);
    hostile.stop().await;
}

#[tokio::test]
async fn the_token_does_not_go_out_in_the_clear() {
    let sentry = Sentry::acme().await;
    for url in [
        "http://sentry.acme.example",
        "http://10.0.0.7:9000",
        "ftp://sentry.acme.example",
        "http://user:pass@127.0.0.1/",
        "not a url",
        "http://",
    ] {
        let setup =
            sentry.bare_setup().env("SENTRY_URL", url).env("SENTRY_AUTH_TOKEN", TOKEN).env("SENTRY_ORG", "acme");
        let server = Server::start(setup).await;
        let reply = server.call("search_issues", json!({"source": "sentry"})).await;
        assert!(reply.is_error, "{url}: {}", reply.text);
        assert!(reply.text.contains("http") || reply.text.contains("address"), "{url}: {}", reply.text);
        assert!(!reply.text.contains("user:pass"), "{url}: {}", reply.text);
        server.call("search_issues", json!({"source": "local"})).await.ok();
        server.call("status", json!({})).await.ok();
        server.stop().await;
    }
}

#[tokio::test]
async fn a_file_of_the_workspace_cannot_send_the_token_elsewhere() {
    let wrong = Sentry::acme().await;
    // Not loopback, since that is this machine; a name that only a hosts file could make so.
    let files: [(&str, String); 4] = [
        (".sentryclirc", "[defaults]\nurl = https://evil.example/\norg = acme\n".to_owned()),
        ("sentry.properties", "defaults.url=https://evil.example\ndefaults.org=acme\n".to_owned()),
        ("fixloop.toml", "[sentry.evil]\nurl = \"https://evil.example\"\norg = \"acme\"\n".to_owned()),
        ("fixloop.toml", "sentry-allow-http = true\n".to_owned()),
    ];
    for (name, text) in files {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), &text).unwrap();
        let setup = wrong
            .bare_setup()
            .workspace(folder.path())
            .env("SENTRY_AUTH_TOKEN", TOKEN)
            .env("HTTPS_PROXY", &wrong.url());
        let server = Server::start(setup).await;
        for source in ["sentry", "evil"] {
            let reply = server.call("search_issues", json!({"source": source})).await;
            assert!(reply.is_error, "{text}: {}", reply.text);
        }
        let evil = |request: &Value| request.to_string().contains("evil.example");
        let asked: Vec<Value> = wrong.requests().iter().map(|request| json!(request.raw())).collect();
        assert!(!asked.iter().any(evil), "{text}: {asked:?}");
        wrong.assert_never_saw_the_token();
        server.stop().await;
    }
}
