//! A Sentry that does what no schema says: limits, breaks, lies, redirects. The token reaches the configured host and no
//! other, whatever an answer says.

mod answers;
mod hosts;
mod token;

use serde_json::{Value, json};

use crate::support::{
    Reply, Server,
    sentry::{Answer, Sentry, acme},
};

const ISSUES: &str = "/organizations/{organization_id_or_slug}/issues/";
const ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/";

/// A Sentry with `acme`, whose issue search answers this, and a server that is connected to it.
struct Hostile {
    sentry: Sentry,
    server: Server,
}

impl Hostile {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    async fn with(args: &[&str]) -> Self {
        let sentry = Sentry::acme().await;
        let server = Server::start(sentry.setup().args(args)).await;
        Self { sentry, server }
    }

    /// Searches issues; the arguments are completed by the source.
    async fn search(&self, mut arguments: Value) -> Reply {
        arguments["source"] = json!("sentry");
        self.server.call("search_issues", arguments).await
    }

    /// Searches issues where the answers are these; with the number of requests that were sent.
    async fn answered(&self, answers: impl Into<crate::support::sentry::Script>) -> (Reply, usize) {
        self.sentry.on("GET", ISSUES, answers);
        self.sentry.forget();
        let reply = self.search(json!({})).await;
        (reply, self.sentry.to("GET", ISSUES).len())
    }

    async fn stop(self) {
        self.server.stop().await;
    }
}

fn found() -> Answer {
    Answer::json(acme::issues()).pages(None, None)
}
