//! Death, damage and bounds.

use std::sync::{Arc, Mutex};

use fixloop::{config::SinkConfig, event::Event, sink::WaitFor};
use serde_json::json;

use super::support::{Process, config, envelope, error, id, post, send, start, start_with, try_post, wait};

#[tokio::test]
async fn a_killed_sink_has_every_acknowledged_event() {
    let workspace = tempfile::tempdir().unwrap();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut seed = 0x5eed_u64;
    for round in 0..6_u64 {
        let mut process = Process::start(workspace.path(), 0).await;
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let kill_after = acknowledged.lock().unwrap().len() + 5 + usize::try_from(seed >> 33).unwrap() % 120;
        let (enough, mut killed) = tokio::sync::mpsc::channel::<()>(1);
        let senders: Vec<_> = (0..4_u64)
            .map(|sender| {
                let (acknowledged, enough, port) = (Arc::clone(&acknowledged), enough.clone(), process.port);
                tokio::spawn(async move {
                    for n in 0.. {
                        let n = round << 32 | sender << 16 | n;
                        if try_post(port, "/stream", &envelope(&error(n, "Error", "kept"))).await != Some(200) {
                            return;
                        }
                        let mut list = acknowledged.lock().unwrap();
                        list.push(n);
                        if list.len() >= kill_after {
                            let _ = enough.try_send(());
                        }
                    }
                })
            })
            .collect();
        tokio::time::timeout(super::support::SOON, killed.recv()).await.expect("too few events were taken");
        process.kill().await;
        for sender in senders {
            sender.await.unwrap();
        }
    }
    let state = workspace.path().join(".fixloop");
    let sink = start(&state).await;
    let acknowledged = acknowledged.lock().unwrap().clone();
    for n in &acknowledged {
        let kept = sink.event(&id(*n)).await.unwrap().unwrap_or_else(|| panic!("{} is lost", id(*n)));
        assert_eq!(kept.event, Event::from_value(&error(*n, "Error", "kept")));
    }
    let issue = sink.issue("LOCAL-1").await.unwrap().unwrap();
    let status = sink.status().await.unwrap();
    // What was written but not yet answered is there too; the count of the issue agrees with the events.
    assert!(status.events >= acknowledged.len() as u64 && issue.count == status.events && status.issues == 1);
    sink.stop().await;
    let check: String = rusqlite::Connection::open(state.join("fixloop.db"))
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}

#[tokio::test]
async fn a_damaged_database_is_moved_aside() {
    let damage: [(&str, fn(&std::path::Path)); 2] = [
        ("no database", |path| {
            std::fs::write(path, b"this is no database, but it is long enough to be one. ".repeat(40)).unwrap()
        }),
        ("a broken page", break_events_table),
    ];
    for (name, damage) in damage {
        let state = tempfile::tempdir().unwrap();
        let sink = start(state.path()).await;
        send(&sink, &error(1, "Error", "lost")).await;
        sink.stop().await;
        damage(&state.path().join("fixloop.db"));
        let sink = start(state.path()).await;
        assert_eq!(send(&sink, &error(2, "Error", "new")).await.status, 200, "{name}");
        let status = sink.status().await.unwrap();
        assert!(status.note.contains("was damaged") && status.note.contains("moved to"), "{name}: {}", status.note);
        assert_eq!(status.events, 1, "{name}");
        let aside = std::fs::read_dir(state.path())
            .unwrap()
            .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().starts_with("fixloop.db.damaged-"));
        assert!(aside.count() >= 1, "{name}");
        sink.stop().await;
        let sink = start(state.path()).await;
        assert!(sink.event(&id(2)).await.unwrap().is_some(), "{name}");
        sink.stop().await;
    }
}

/// Linux and macOS rename what is open; then there is nothing left to move aside.
#[cfg(unix)]
#[tokio::test]
async fn a_damaged_database_that_cannot_be_moved_gives_way_to_memory() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("fixloop.db");
    let sink = start(state.path()).await;
    let key = sink.dsn().unwrap().split('@').next().unwrap().to_owned();
    sink.stop().await;
    break_events_table(&path);
    let sink = start(state.path()).await;
    std::fs::rename(&path, state.path().join("elsewhere")).unwrap();
    for n in 1..=2 {
        assert_eq!(send(&sink, &error(n, "Error", "kept")).await.status, 200, "{n}");
    }
    let status = sink.status().await.unwrap();
    assert_eq!((status.database, status.events, status.issues), (None, 2, 1));
    assert!(status.note.contains("was damaged") && status.note.contains("lost when fixloop ends"), "{}", status.note);
    assert!(status.dsn.unwrap().starts_with(&key));
    sink.stop().await;
}

fn break_events_table(path: &std::path::Path) {
    let root: u64 = rusqlite::Connection::open(path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'events'", [], |row| row.get(0))
        .unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    let start = usize::try_from((root - 1) * 4_096).unwrap();
    bytes[start..start + 4_096].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn without_a_writable_folder_events_are_kept_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let taken = folder.path().join("taken");
    std::fs::create_dir_all(taken.join("fixloop.db")).unwrap();
    let newer = folder.path().join("newer");
    std::fs::create_dir_all(&newer).unwrap();
    rusqlite::Connection::open(newer.join("fixloop.db")).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let absent = folder.path().join("absent");
    let cases = [
        ("a file", Some(file), "Cannot write"),
        ("a folder in its place", Some(taken), "Cannot write"),
        ("made by a newer", Some(newer), "newer fixloop"),
        ("absent", Some(absent), "Cannot write"),
        ("none", None, "no state folder"),
    ];
    for (name, state, says) in cases {
        let sink = fixloop::sink::Sink::start(&config(), state).await.unwrap();
        assert_eq!(send(&sink, &error(1, "Error", "kept")).await.status, 200, "{name}");
        let status = sink.status().await.unwrap();
        assert_eq!((status.database, status.events), (None, 1), "{name}");
        assert!(
            status.note.contains(says) && status.note.contains("lost when fixloop ends"),
            "{name}: {}",
            status.note
        );
        let found = wait(&sink, &WaitFor { since_ms: Some(0), ..WaitFor::default() }).await;
        assert_eq!(found.unwrap().event.event_id, id(1), "{name}");
        sink.stop().await;
    }
}

#[tokio::test]
async fn retention_by_count_bytes_and_age() {
    let attachment = |n: u64| {
        // Bytes that do not compress.
        let mut random = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let payload: Vec<u8> = (0..8_192)
            .map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random as u8
            })
            .collect();
        let item = json!({ "type": "attachment", "length": payload.len() });
        [envelope(&error(n, "Error", "x")), format!("\n{item}\n").into_bytes(), payload].concat()
    };
    let cases = [
        ("count", SinkConfig { keep_events: 50, ..config() }),
        ("bytes", SinkConfig { keep_bytes: 600 << 10, ..config() }),
        ("age", SinkConfig { keep_for: std::time::Duration::ZERO, ..config() }),
    ];
    for (name, config) in cases {
        let state = tempfile::tempdir().unwrap();
        let sink = start_with(state.path(), config).await;
        for n in 1..=400 {
            assert_eq!(post(&sink, "/stream", &attachment(n)).await.status, 200, "{name} {n}");
        }
        let status = sink.status().await.unwrap();
        assert!(status.events < 50 + 256, "{name}: {}", status.events);
        assert!(sink.event(&id(1)).await.unwrap().is_none(), "{name}: the oldest is there");
        assert!(sink.event(&id(400)).await.unwrap().is_some(), "{name}: the newest is gone");
        // What is gone is gone whole; the issue remembers how often it was seen.
        assert!(
            sink.items(&id(1)).await.unwrap().is_empty() && sink.envelope(&id(1)).await.unwrap().is_none(),
            "{name}"
        );
        if name != "age" {
            assert_eq!(sink.issue("LOCAL-1").await.unwrap().unwrap().count, 400, "{name}");
        }
        sink.stop().await;
        let bytes = std::fs::metadata(state.path().join("fixloop.db")).unwrap().len();
        // 400 × 8 KiB were sent.
        assert!(bytes < 3_000_000, "{name}: {bytes} bytes on disk");
    }
}

#[tokio::test]
async fn many_senders_at_once_lose_and_double_nothing() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let port = super::support::port(&sink);
    let senders: Vec<_> = (0..16_u64)
        .map(|sender| {
            tokio::spawn(async move {
                for n in 0..25 {
                    let mut event = error(sender << 8 | n, "Error", "x");
                    event["exception"]["values"][0]["type"] = json!(format!("Error{}", n % 5));
                    assert_eq!(try_post(port, "/stream", &envelope(&event)).await, Some(200));
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let status = sink.status().await.unwrap();
    assert_eq!((status.events, status.issues), (400, 5));
    for n in 1..=5 {
        assert_eq!(sink.issue(&n.to_string()).await.unwrap().unwrap().count, 80);
    }
    sink.stop().await;
}
