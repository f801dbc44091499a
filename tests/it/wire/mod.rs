//! The wire: lifecycles, calls, replies, prompts, resources, over the real binary.

mod calls;
mod hostile;
mod inspector;
mod lifecycle;
mod prompts;
mod replies;
mod resources;
mod workspace;

use crate::support::{Server, Setup};

/// With the tool that tests the wire itself.
fn with_self_test() -> Setup {
    Setup::default().env("FIXLOOP_TEST_TOOLS", "1")
}

/// A server with the tool that tests the wire itself.
async fn start() -> Server {
    Server::start(with_self_test()).await
}

/// The names of the tools that the server offers.
async fn tool_names(server: &Server) -> Vec<String> {
    let listed = server.request("tools/list", serde_json::json!({})).await;
    listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}
