//! A server whose sink is fed by hand.

use serde_json::json;

use super::{Server, Setup};

/// A server, and the address and key of its sink.
pub struct Intake {
    pub server: Server,
    pub url: String,
    pub key: String,
}

impl Intake {
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        let server = Server::start(setup).await;
        let status = server.call("status", json!({})).await.ok().structured;
        let url = status["sink"]["url"].as_str().unwrap().to_owned();
        let dsn = status["sink"]["dsn"].as_str().unwrap();
        let key = dsn.split("//").nth(1).unwrap().split('@').next().unwrap().to_owned();
        Self { server, url, key }
    }

    /// Posts an envelope to a project; the status.
    pub async fn post(&self, project: &str, body: impl Into<reqwest::Body>) -> u16 {
        let url = format!("{}/api/{project}/envelope/?sentry_key={}&sentry_version=7", self.url, self.key);
        reqwest::Client::new().post(url).body(body).send().await.unwrap().status().as_u16()
    }
}
