//! The wire: lifecycles, calls, replies, over the real binary.

use serde_json::json;

use crate::support::{Server, Setup};

/// With the tool that tests the wire itself.
fn with_self_test() -> Setup {
    Setup::default().env("FIXLOOP_TEST_TOOLS", "1")
}

#[tokio::test]
async fn speaks_every_protocol_version() {
    for protocol in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        let server = Server::start(Setup { protocol, ..with_self_test() }).await;
        if protocol == "2026-07-28" {
            let versions = &server.greeting["supportedVersions"];
            assert!(versions.as_array().unwrap().contains(&json!(protocol)), "{}", server.greeting);
        } else {
            assert_eq!(server.greeting["protocolVersion"], protocol);
            assert_eq!(server.greeting["serverInfo"]["name"], "fixloop");
            assert_eq!(server.greeting["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
        }
        assert!(server.greeting["instructions"].as_str().unwrap().contains("verify_fix"), "{}", server.greeting);
        let tools = server.request("tools/list", json!({})).await;
        assert!(tools["tools"].as_array().unwrap().iter().any(|tool| tool["name"] == "self_test"), "{tools}");
        let reply = server.call("self_test", json!({"do": "echo", "text": protocol})).await.ok();
        assert!(reply.text.contains(protocol), "{}", reply.text);
        assert_eq!(reply.structured["text"], protocol);
        assert!(server.stop().await.success());
    }
}
