//! Bad input on stdin: the server goes on, and says nothing but JSON-RPC.

use serde_json::json;

use super::start;
use crate::support::{Server, Setup};

#[tokio::test]
async fn garbage_does_not_end_the_server() {
    let server = start().await;
    let huge = format!("{{\"jsonrpc\":\"2.0\",\"id\":900,\"method\":\"{}\"}}\n", "x".repeat(6 * 1024 * 1024));
    let deep = format!("{}\n", "[".repeat(100_000));
    let garbage: [&[u8]; 14] = [
        b"hello\n",
        b"\n",
        b"\r\n",
        b"{\n",
        b"\xff\xfe\x00\n",
        b"null\n",
        b"[]\n",
        b"[{\"jsonrpc\":\"2.0\",\"id\":901,\"method\":\"ping\"}]\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":902}\n",
        b"{\"jsonrpc\":\"1.0\",\"id\":903,\"method\":\"ping\"}\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":904,\"method\":\"tools/call\",\"params\":{\"name\":7}}\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":905,\"result\":{}}\n",
        huge.as_bytes(),
        deep.as_bytes(),
    ];
    for line in garbage {
        server.send_bytes(line).await;
        server.call("self_test", json!({"do": "echo"})).await.ok();
    }
    // A message in pieces is one message.
    for piece in ["{\"jsonrpc\":\"2.0\",", "\"id\":990,\"met", "hod\":\"ping\"}\r", "\n"] {
        server.send_bytes(piece.as_bytes()).await;
        tokio::task::yield_now().await;
    }
    server
        .wait_until("the answer", |server| server.unasked().iter().any(|answer| answer["id"] == 990).then_some(()))
        .await;
    server.stop().await;
}

#[tokio::test]
async fn what_comes_before_the_opening_is_skipped() {
    let server = Server::start(Setup { silent: true, ..Setup::default() }).await;
    let before = [
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}),
        json!({"jsonrpc": "2.0", "id": 77, "result": {}}),
    ];
    for message in before.clone() {
        server.send(message).await;
    }
    server.request("ping", json!({})).await;
    let early = server.try_request("tools/list", json!({})).await;
    assert!(early.is_err());
    for message in before {
        server.send(message).await;
    }
    let params =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}});
    assert_eq!(server.request("initialize", params).await["protocolVersion"], "2025-06-18");
    server.request("tools/list", json!({})).await;
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_method_is_a_protocol_error() {
    let server = start().await;
    let error = server.try_request("tools/explode", json!({})).await.unwrap_err();
    assert_eq!(error.code, -32601);
    server.stop().await;
}
