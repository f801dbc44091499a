//! Resources: listing in pages, reading by type, refusing what is not theirs.

use serde_json::json;

use crate::support::{Server, Setup};

#[tokio::test]
async fn are_listed_in_pages_and_read_by_type() {
    let workspace = tempfile::tempdir().unwrap();
    let state = workspace.path().join(".fixloop");
    let write = |path: &str, bytes: &[u8]| {
        let path = state.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    for number in 0..70 {
        write(&format!("replies/{number:03}.md"), format!("reply {number}").as_bytes());
    }
    write("screenshots/a.png", b"\x89PNG");
    write("runs/r1/report.md", b"# Run");
    write("runs/r1/step-1.png", b"\x89PNG");
    write("runs/r2/run.json", b"{}");
    write("secret.txt", b"s");
    let server = Server::start(Setup::default().workspace(workspace.path())).await;

    let mut uris = Vec::new();
    let mut cursor = None;
    let mut pages = 0;
    loop {
        let params = cursor.as_ref().map_or(json!({}), |cursor| json!({"cursor": cursor}));
        let page = server.request("resources/list", params).await;
        pages += 1;
        uris.extend(page["resources"].as_array().unwrap().iter().map(|row| row["uri"].as_str().unwrap().to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!((pages, uris.len()), (2, 73));
    uris.sort();
    uris.dedup();
    assert_eq!(uris.len(), 73, "no row twice");
    let error = server.try_request("resources/list", json!({"cursor": "nonsense"})).await.unwrap_err();
    assert_eq!(error.code, -32602);

    let templates = server.request("resources/templates/list", json!({})).await;
    let templates: Vec<_> =
        templates["resourceTemplates"].as_array().unwrap().iter().map(|row| row["uriTemplate"].clone()).collect();
    assert_eq!(
        templates,
        [
            "fixloop://runs/{id}",
            "fixloop://screenshots/{name}",
            "fixloop://replays/{name}",
            "fixloop://attachments/{name}",
            "fixloop://replies/{id}",
            "fixloop://envelopes/{event_id}"
        ]
    );

    let checks = [
        ("fixloop://replies/007.md", "text", json!("reply 7"), "text/markdown"),
        ("fixloop://screenshots/a.png", "blob", json!("iVBORw=="), "image/png"),
        ("fixloop://runs/r1", "text", json!("# Run"), "text/markdown"),
        ("fixloop://runs/r1/step-1.png", "blob", json!("iVBORw=="), "image/png"),
    ];
    for (uri, field, expect, mime) in checks {
        let read = server.request("resources/read", json!({"uri": uri})).await;
        assert_eq!(read["contents"][0][field], expect, "{uri}");
        assert_eq!(read["contents"][0]["mimeType"], mime, "{uri}");
        assert_eq!(read["contents"][0]["uri"], uri);
    }
    // A run without a report is what pages said, word for word.
    let read = server.request("resources/read", json!({"uri": "fixloop://runs/r2"})).await;
    let text = read["contents"][0]["text"].as_str().unwrap();
    assert!(text.contains(" from=\"run\">\n{}\n</untrusted-"), "{text}");
    assert_eq!(read["contents"][0]["mimeType"], "text/plain");
    server.stop().await;
}

#[tokio::test]
async fn nothing_outside_is_read() {
    let workspace = tempfile::tempdir().unwrap();
    let state = workspace.path().join(".fixloop");
    std::fs::create_dir_all(state.join("replies")).unwrap();
    std::fs::write(state.join("secret.md"), "secret").unwrap();
    std::fs::write(workspace.path().join("secret.md"), "secret").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(workspace.path().join("secret.md"), state.join("replies/link.md")).unwrap();
    let server = Server::start(Setup::default().workspace(workspace.path())).await;
    let checks = [
        ("fixloop://replies/../secret.md", "nothing at"),
        ("fixloop://replies/../../secret.md", "nothing at"),
        ("fixloop://replies/link.md", "nothing at"),
        ("fixloop://replies//etc/passwd", "nothing at"),
        ("fixloop://replies/%2e%2e/secret.md", "nothing at"),
        ("fixloop://replies/.", "nothing at"),
        ("fixloop://replies/", "nothing at"),
        ("fixloop://../secret.md", "no kind `..`"),
        ("fixloop://prompts/x.md", "no kind `prompts`"),
        ("file:///etc/passwd", "not an address of fixloop"),
        ("", "not an address of fixloop"),
        ("fixloop://envelopes/zzz", "32 hex digits"),
    ];
    for (uri, expect) in checks {
        let error = server.try_request("resources/read", json!({"uri": uri})).await.unwrap_err();
        assert!(error.message.contains(expect), "{uri}: {}", error.message);
    }
    server.stop().await;
}
