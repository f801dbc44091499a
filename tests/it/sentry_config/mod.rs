//! Which Sentry is connected, by environment and files: what `status` says of it. Nothing is asked of any of them.

use std::path::Path;

use base64::Engine;
use serde_json::{Value, json};

use crate::support::{Server, Setup};

/// The workspace is `shop/app`; its parent and the home folder may have files too.
struct Case {
    what: &'static str,
    env: &'static [(&'static str, &'static str)],
    /// Files below the folder that holds `shop/app` and `home`.
    files: &'static [(&'static str, &'static str)],
    args: &'static [&'static str],
    /// `name host organization project token-from` of each connection; `-` = none. FOLDER stands for the folder.
    connected: &'static [&'static str],
    /// Words of the problem; empty = there is none.
    problem: &'static [&'static str],
}

const NONE: Case = Case { what: "", env: &[], files: &[], args: &[], connected: &[], problem: &[] };

const TOKEN: (&str, &str) = ("SENTRY_AUTH_TOKEN", "tok-env");
const EVIL: &str = "[defaults]\nurl = https://sentry.evil.example/\norg = shop\n";

const CASES: &[Case] = &[
    Case { what: "nothing", ..NONE },
    Case { what: "a token", env: &[TOKEN], connected: &["sentry sentry.io - - SENTRY_AUTH_TOKEN"], ..NONE },
    Case {
        what: "the other names",
        env: &[
            ("SENTRY_ACCESS_TOKEN", "tok"),
            ("SENTRY_HOST", "sentry.corp.example"),
            ("SENTRY_ORG", "o"),
            ("SENTRY_PROJECT", "p"),
        ],
        connected: &["sentry sentry.corp.example o p SENTRY_ACCESS_TOKEN"],
        ..NONE
    },
    Case {
        what: "the usual name wins, and white space around it does not matter",
        env: &[
            ("SENTRY_AUTH_TOKEN", " tok\n"),
            ("SENTRY_ACCESS_TOKEN", "b"),
            ("SENTRY_URL", "https://a.example"),
            ("SENTRY_HOST", "b.example"),
        ],
        connected: &["sentry a.example - - SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "a port",
        env: &[TOKEN, ("SENTRY_HOST", "sentry.corp.example:9000")],
        connected: &["sentry sentry.corp.example:9000 - - SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "a whole address of the API",
        env: &[TOKEN, ("SENTRY_HOST", "https://corp.example/sentry/api/0/?x=1")],
        connected: &["sentry corp.example - - SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case { what: "an empty token", env: &[("SENTRY_AUTH_TOKEN", "  ")], ..NONE },
    Case {
        what: "a broken token",
        env: &[("SENTRY_AUTH_TOKEN", "Bearer tok")],
        problem: &["white space", "SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "http",
        env: &[TOKEN, ("SENTRY_URL", "http://sentry.corp.example")],
        problem: &["in the clear", "--sentry-allow-http"],
        ..NONE
    },
    Case {
        what: "http as the user wants it",
        env: &[TOKEN, ("SENTRY_URL", "http://sentry.corp.example")],
        args: &["--sentry-allow-http"],
        connected: &["sentry sentry.corp.example - - SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "http to this machine",
        env: &[TOKEN, ("SENTRY_URL", "http://[::1]:9000")],
        connected: &["sentry [::1]:9000 - - SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "no address",
        env: &[TOKEN, ("SENTRY_URL", "ftp://x")],
        problem: &["ftp://x", "no https address"],
        ..NONE
    },
    Case {
        what: "a password in the address",
        env: &[TOKEN, ("SENTRY_URL", "https://me:secret@corp.example")],
        problem: &["user name or password"],
        ..NONE
    },
    Case {
        what: "a stranger's .sentryclirc with a token of its own",
        files: &[("shop/app/.sentryclirc", "[auth]\ntoken=tok-file\n[defaults]\nurl=https://evil.example/\n")],
        problem: &["evil.example", "FIXLOOP_SENTRY_HOSTS=evil.example"],
        ..NONE
    },
    Case {
        what: "a stranger's .sentryclirc that wants the user's token on this machine",
        env: &[TOKEN],
        files: &[("shop/app/.sentryclirc", "[defaults]\nurl=http://localhost:3000\n")],
        problem: &["localhost:3000", "FIXLOOP_SENTRY_HOSTS=localhost:3000"],
        ..NONE
    },
    Case {
        what: "a .sentryclirc with its own token for this machine",
        files: &[("shop/app/.sentryclirc", "[auth]\ntoken=tok-file\n[defaults]\nurl=http://localhost:9000\n")],
        connected: &["sentry localhost:9000 - - FOLDER/shop/app/.sentryclirc"],
        ..NONE
    },
    Case {
        what: "a workspace's .sentryclirc",
        env: &[("FIXLOOP_SENTRY_HOSTS", "corp.example")],
        files: &[(
            "shop/app/.sentryclirc",
            "# ours\n[auth]\ntoken = tok-file\n[defaults]\nurl: https://corp.example/\norg=acme\nproject=web\n",
        )],
        connected: &["sentry corp.example acme web FOLDER/shop/app/.sentryclirc"],
        ..NONE
    },
    Case {
        what: "parents complete it, the nearest first",
        files: &[
            ("shop/app/.sentryclirc", "[defaults]\nproject=web\n"),
            ("shop/.sentryclirc", "[defaults]\nproject=other\norg=acme\n"),
            ("home/.sentryclirc", "[auth]\ntoken=tok-home\n[defaults]\norg=mine\n"),
        ],
        connected: &["sentry sentry.io acme web FOLDER/home/.sentryclirc"],
        ..NONE
    },
    Case {
        what: "sentry.properties, as Java writes it",
        env: &[TOKEN],
        files: &[(
            "shop/app/sentry.properties",
            "\u{feff}defaults.org=acme\ndefaults.project=android\ndefaults.url=https\\://de.sentry.io/\n",
        )],
        connected: &["sentry de.sentry.io acme android SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "SENTRY_PROPERTIES",
        env: &[("SENTRY_PROPERTIES", "conf/my.properties")],
        files: &[("shop/app/conf/my.properties", "auth.token=tok\ndefaults.url=https://corp.example\n")],
        connected: &["sentry corp.example - - FOLDER/shop/app/conf/my.properties"],
        ..NONE
    },
    Case {
        what: "a stranger's file names a host for the user's token",
        env: &[TOKEN],
        files: &[("shop/app/.sentryclirc", EVIL)],
        problem: &[
            "sentry.evil.example",
            ".sentryclirc",
            "SENTRY_AUTH_TOKEN",
            "FIXLOOP_SENTRY_HOSTS=sentry.evil.example",
        ],
        ..NONE
    },
    Case {
        what: "also for the token at home",
        files: &[
            ("shop/app/sentry.properties", "defaults.url=https://sentry.evil.example"),
            ("home/.sentryclirc", "[auth]\ntoken=tok-home\n"),
        ],
        connected: &["sentry sentry.io - - FOLDER/home/.sentryclirc"],
        ..NONE
    },
    Case {
        what: "also in fixloop.toml",
        env: &[("SENTRY_AUTH_TOKEN_PROD", "tok")],
        files: &[("shop/app/fixloop.toml", "[sentry.prod]\nurl = \"https://sentry.evil.example\"\n")],
        problem: &["prod", "fixloop.toml names the host sentry.evil.example", "SENTRY_AUTH_TOKEN_PROD"],
        ..NONE
    },
    Case {
        what: "unless the user names it too",
        env: &[TOKEN, ("FIXLOOP_SENTRY_HOSTS", "a.example, SENTRY.evil.example")],
        files: &[("shop/app/.sentryclirc", EVIL)],
        connected: &["sentry sentry.evil.example shop - SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "the environment's address wins",
        env: &[TOKEN, ("SENTRY_URL", "https://corp.example")],
        files: &[("shop/app/.sentryclirc", EVIL)],
        connected: &["sentry corp.example shop - SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "the home folder's address is the user's word",
        env: &[TOKEN],
        files: &[("home/.sentryclirc", "[defaults]\nurl=https://corp.example\n")],
        connected: &["sentry corp.example - - SENTRY_AUTH_TOKEN"],
        ..NONE
    },
    Case {
        what: "several connections",
        env: &[
            TOKEN,
            ("SENTRY_AUTH_TOKEN_PROD", "a"),
            ("SENTRY_AUTH_TOKEN_MY_LAB", "b"),
            ("FIXLOOP_SENTRY_HOSTS", "corp.example"),
        ],
        files: &[(
            "shop/app/fixloop.toml",
            "[sentry.prod]\norg = \"acme\"\nproject = \"web\"\n[sentry.my-lab]\nurl = \"https://corp.example\"\n[sentry.absent]\n[sentry.local]\n",
        )],
        connected: &[
            "sentry sentry.io - - SENTRY_AUTH_TOKEN",
            "my-lab corp.example - - SENTRY_AUTH_TOKEN_MY_LAB",
            "prod sentry.io acme web SENTRY_AUTH_TOKEN_PROD",
        ],
        problem: &["SENTRY_AUTH_TOKEN_ABSENT", "\"local\" is not used"],
        ..NONE
    },
];

fn connections(status: &Value, folder: &Path) -> Vec<String> {
    let whole = folder.canonicalize().unwrap().display().to_string();
    let word = |value: &Value| {
        value.as_str().unwrap_or("-").replace(&whole, "FOLDER").replace(&folder.display().to_string(), "FOLDER")
    };
    let one = |it: &Value| {
        ["name", "host", "organization", "project", "token_from"].map(|key| word(&it[key])).join(" ").replace('\\', "/")
    };
    status["sentry"].as_array().unwrap().iter().map(one).collect()
}

async fn status(folder: &Path, env: &[(String, String)], args: &[&str]) -> (Value, String) {
    for sub in ["shop/app", "home"] {
        std::fs::create_dir_all(folder.join(sub)).unwrap();
    }
    let home = folder.join("home").display().to_string();
    let mut setup =
        Setup::default().workspace(folder.join("shop/app")).args(args).env("HOME", &home).env("USERPROFILE", &home);
    setup.env.extend(env.iter().cloned());
    let server = Server::start(setup).await;
    let status = server.call("status", json!({})).await.ok();
    let (text, stderr) = (status.text.clone(), server.stderr());
    server.stop().await;
    assert!(!format!("{}{stderr}", status.raw).contains("tok-"), "a token was shown: {text}\n{stderr}");
    (status.structured, text)
}

#[tokio::test]
async fn a_connection_is_what_the_user_says() {
    for case in CASES {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in case.files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let env: Vec<(String, String)> =
            case.env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (status, text) = status(folder.path(), &env, case.args).await;
        assert_eq!(connections(&status, folder.path()), case.connected, "{}: {text}", case.what);
        let problems: Vec<&str> = status["notes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .filter(|note| note.contains("Sentry connection"))
            .collect();
        assert_eq!(problems.is_empty(), case.problem.is_empty(), "{}: {problems:?}", case.what);
        for words in case.problem {
            assert!(problems.concat().contains(words), "{}: {words} is not in {problems:?}", case.what);
        }
        assert_eq!(text.matches("Sentry: ").count(), case.connected.len(), "{}: {text}", case.what);
    }
}

#[tokio::test]
async fn an_organization_token_says_where_it_belongs() {
    let token = |claims: Value| {
        let claims = base64::engine::general_purpose::STANDARD.encode(claims.to_string());
        format!("sntrys_{claims}_tok-secret")
    };
    let evil = "https://sentry.evil.example";
    let folder = tempfile::tempdir().unwrap();
    for (claims, env, connected) in [
        (
            json!({"iat": 1, "url": "https://sentry.io", "region_url": "https://de.sentry.io", "org": "acme"}),
            None,
            "sentry sentry.io acme - SENTRY_AUTH_TOKEN",
        ),
        (
            json!({"url": "https://corp.example", "region_url": "https://corp.example", "org": "acme"}),
            None,
            "sentry corp.example acme - SENTRY_AUTH_TOKEN",
        ),
        (
            json!({"url": "https://sentry.io", "org": "acme"}),
            Some(("SENTRY_URL", "https://corp.example")),
            "sentry corp.example acme - SENTRY_AUTH_TOKEN",
        ),
        (
            json!({"url": "https://sentry.io", "region_url": evil, "org": "acme"}),
            Some(("SENTRY_ORG", "other")),
            "sentry sentry.io other - SENTRY_AUTH_TOKEN",
        ),
        (json!("no claims"), None, "sentry sentry.io - - SENTRY_AUTH_TOKEN"),
    ] {
        let mut vars = vec![("SENTRY_AUTH_TOKEN".to_owned(), token(claims.clone()))];
        vars.extend(env.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let (status, text) = status(folder.path(), &vars, &[]).await;
        assert_eq!(connections(&status, folder.path()), [connected], "{claims}: {text}");
    }
}
