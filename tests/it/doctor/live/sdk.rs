//! Sentry's own tunnel handlers, versions 10 and 11.

use std::{path::Path, process::Stdio};

use fixloop::doctor::live::{Binary, Relays};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{look, rows, sink};

#[tokio::test]
async fn handlers_of_the_sdk_are_healthy_and_behind_text_they_are_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/sdk-node");
    assert!(folder.join("node_modules").exists(), "@sentry/node is absent; run: make setup");
    let sink = sink().await;
    let dsn = sink.dsn().unwrap();
    let mut node = tokio::process::Command::new("node")
        .args(["tunnel.cjs", &dsn])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let port: u16 = lines.next_line().await.unwrap().unwrap().parse().unwrap();
    for (path, expected, binary) in [
        ("/10", &[][..], Binary::Same),
        ("/11", &[], Binary::Same),
        ("/11/text", &["TUN008 error binary"], Binary::Lost(400)),
    ] {
        let (live, found) = look(&sink, &format!("http://127.0.0.1:{port}/"), |ask| {
            ask.tunnel = Some(path.to_owned());
            ask.dsn = Some(dsn.clone());
        })
        .await;
        let seen = live.tunnel.unwrap();
        assert_eq!(rows(&found), expected, "{path}: {}", seen.first.exchange.evidence());
        assert_eq!(seen.first.symptom.word(), "refused_as_it_must", "{path}");
        let delivered = seen.delivered.unwrap();
        assert!(delivered.arrival.is_some(), "{path}");
        assert_eq!(delivered.binary, Some(binary), "{path}");
        assert!(matches!(seen.relays, Relays::Refused(_)), "{path}: {:?}", seen.relays);
    }
    node.kill().await.unwrap();
    sink.stop().await;
}
