//! Who may say where envelopes go, and what is shown of it.

use std::path::Path;

use clap::Parser;
use fixloop::{
    config::{Settings, SinkConfig},
    event::ForwardState,
};

use super::support::{KEY, dsn, fate, forwarding, said, taking};
use crate::sink::support::{error, id, send, start_with};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
}

fn resolve(folder: &Path, args: &[&str]) -> SinkConfig {
    let settings = Cli::parse_from([&["fixloop", "--sink-port", "0"], args].concat()).settings;
    settings.resolve(folder).unwrap().sink
}

/// Each row: `fixloop.toml`, flags, where envelopes go, and what is said.
#[tokio::test]
async fn a_file_alone_sends_nothing_to_a_stranger() {
    let stranger = format!("https://{KEY}:the-secret-part@o1.ingest.sentry.io/42");
    let held = "fixloop.toml wants envelopes sent to https://fedc…@o1.ingest.sentry.io/42 (forward). Nothing is, until";
    let rows: Vec<(String, Vec<&str>, &[&str], &str)> = vec![
        (String::new(), vec![], &[], ""),
        (format!("forward = \"{stranger}\""), vec![], &[], held),
        (format!("forward = [\"7={stranger}\"]"), vec![], &[], held),
        (
            format!("tunnel-allow = \"{stranger}\""),
            vec![],
            &[],
            "fixloop.toml wants envelopes sent to https://fedc…@o1.ingest.sentry.io/42 (tunnel-allow). Nothing is",
        ),
        (
            format!("forward = \"{stranger}\""),
            vec!["--forward-hosts", "ingest.sentry.io,sentry.io,*.us.sentry.io,*."],
            &[],
            held,
        ),
        (format!("forward = \"{stranger}\""), vec!["--forward-hosts", "O1.ingest.sentry.io"], &["all projects"], ""),
        (format!("forward = [\"7={stranger}\"]"), vec!["--forward-hosts", "*.sentry.io"], &["project 7"], ""),
        // What stands in the file has no say over what the user says, and none beside it.
        (format!("forward = \"{stranger}\""), vec!["--forward", "http://abc@127.0.0.1:9/3"], &["all projects"], ""),
        (format!("forward = \"{stranger}\""), vec!["--forward", ""], &[], ""),
        (String::new(), vec!["--forward", &stranger], &["all projects"], ""),
        (String::new(), vec!["--tunnel-allow", &stranger], &["only what is tunnelled for it"], ""),
        // This machine is nobody's server.
        ("forward = \"http://abc@localhost:9/3\"".to_owned(), vec![], &["all projects"], ""),
    ];
    for (file, args, what, note) in rows {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("fixloop.toml"), &file).unwrap();
        let sink = start_with(&folder.path().join("state"), resolve(folder.path(), &args)).await;
        let status = sink.status().await.unwrap();
        let goes: Vec<_> = status.forwards.iter().map(|one| one.what.as_str()).collect();
        assert_eq!(goes, what, "{file} {args:?}: {status:?}");
        match note {
            "" => assert!(!status.note.contains("fixloop.toml wants"), "{file} {args:?}: {}", status.note),
            note => assert!(status.note.contains(note), "{file} {args:?}: {}", status.note),
        }
        let shown = format!("{status:?} {:?} {sink:?}", resolve(folder.path(), &args));
        assert!(!shown.contains("the-secret-part") && !shown.contains(&KEY[..8]), "{shown}");
        sink.stop().await;
    }
}

/// Each row: a setting that cannot be followed, and what is said of it.
#[tokio::test]
async fn a_wrong_dsn_is_said_and_shows_no_secret() {
    let rows = [
        ("not a dsn", "A DSN of forward is not used: it is no address (relative URL without a base)."),
        ("ftp://abc@host/1", "it begins with neither https:// nor http://"),
        ("https://host/1", "the one for host has no public key before the @"),
        ("https://abc:the-secret-part@host/shop", "the one for host does not end with the number of a project"),
        ("https://a%20b:the-secret-part@host/1", "the public key of the one for host is no key"),
        ("https://abc@host/1?the-secret-part", "the one for host has something behind the project"),
        ("shop=https://abc@host/1", "forward: `shop` before the = is no project of the sink"),
        ("https://abc@other.example/1", "forward names a second DSN for all projects, https://abc…@other.example/1"),
        (
            "3=https://abc@other.example/1",
            "forward names two DSNs for project 3; the first one, https://abc…@127.0.0.1:9/3",
        ),
        ("http://abc@sentry.example/9", "What goes to http://abc…@sentry.example/9 is not encrypted on its way"),
    ];
    for (text, note) in rows {
        let state = tempfile::tempdir().unwrap();
        let own = if text.starts_with("http://abc@sentry") {
            vec![text]
        } else {
            vec!["https://abc@127.0.0.1:9/2", "3=https://abc@127.0.0.1:9/3", text]
        };
        let sink = start_with(state.path(), forwarding(&own)).await;
        let notes = sink.notes().join(" ");
        assert!(notes.contains(note) && !notes.contains("the-secret-part"), "{text}: {notes}");
        sink.stop().await;
    }
}

#[tokio::test]
async fn the_secret_part_of_a_dsn_is_neither_kept_nor_sent() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let with_secret = dsn(server.port(), 42).replace("@", ":the-secret-part@");
    let mut config = forwarding(&[&with_secret]);
    config.relay.tunnel_allow = said(&["https://abc:the-secret-part@host.example/1"]);
    let sink = start_with(state.path(), config).await;
    send(&sink, &error(1, "TypeError", "x")).await;
    fate(&sink, &id(1), ForwardState::Sent).await;
    assert!(!server.requests()[0].raw().contains("the-secret-part"));
    assert!(!format!("{:?}{:?}", sink.status().await.unwrap(), sink).contains("the-secret-part"));
    sink.stop().await;
    for entry in std::fs::read_dir(state.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(memchr::memmem::find(&bytes, b"the-secret-part").is_none(), "it is in {}", path.display());
    }
}
