//! Browsers and drivers that are missing or wrong: each error says what to install or set.
#![cfg(unix)] // The fakes are shell scripts.

use std::path::{Path, PathBuf};

use fixloop::{
    browser::{Browsers, OpenOptions},
    config::BrowserConfig,
};
use tokio_util::sync::CancellationToken;

use super::config;

/// An executable shell script.
fn script(folder: &Path, name: &str, body: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;

    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

async fn open(config: BrowserConfig) -> String {
    let browsers = Browsers::new(config);
    let error = browsers.open(OpenOptions::default(), &CancellationToken::new()).await.unwrap_err();
    browsers.shutdown().await;
    error.to_string()
}

/// A driver that says a port, and answers every request with this status and JSON.
const FAKE: &str = r#"exec node -e '
const server = require("http").createServer((request, response) => {
    response.writeHead(500, {"content-type": "application/json"});
    response.end(process.argv[1]);
});
server.listen(0, "127.0.0.1", () => {
    console.log(`ChromeDriver was started successfully on port ${server.address().port}.`);
});' 'ANSWER'"#;

#[tokio::test]
async fn what_is_missing_or_wrong_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mismatch = r#"{"value":{"error":"session not created","message":"session not created: This version of ChromeDriver only supports Chrome version 114\nCurrent browser version is 156.0.8078.79","stacktrace":""}}"#;
    let browser = script(here, "chromium", "exit 0");
    let quits = script(here, "quits", "echo 'cannot open shared object file: libnss3.so' >&2; exit 127");
    let wrong = script(here, "wrong", &FAKE.replace("ANSWER", mismatch));
    let with = |driver: PathBuf| BrowserConfig { binary: Some(browser.clone()), driver: Some(driver), ..config() };
    let only_browser = BrowserConfig { path: vec![here.to_owned()], ..config() };
    let cases = [
        ("nothing on PATH", BrowserConfig { path: Vec::new(), ..config() }, "No chrome was found on this machine."),
        (
            "binary is not there",
            BrowserConfig { binary: Some(here.join("none")), ..config() },
            "There is no browser at",
        ),
        ("driver is not there", with(here.join("none")), "There is no driver at"),
        ("driver quits", with(quits), "exited before it listened; it said: cannot open shared object file: libnss3.so"),
        ("driver of another version", with(wrong), "Driver and browser have different versions:"),
    ];
    for (name, config, expected) in cases {
        let error = open(config).await;
        assert!(error.contains(expected), "{name}: {error}");
        assert!(error.contains("apt-get install chromium") && error.contains("FIXLOOP_DRIVER"), "{name}: {error}");
    }
    // Without a driver on PATH the usual places are searched; a machine with one there is no test of its absence.
    let found = Browsers::new(only_browser).found();
    assert!(found.is_ok_and(|found| found.contains("chromedriver")));
    let unknown = OpenOptions { browser: Some("netscape".into()), ..OpenOptions::default() };
    let error = Browsers::new(config()).open(unknown, &CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.what(), "There is no browser \"netscape\".");
}
