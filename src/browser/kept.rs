//! A session looked at from close by: its traffic with bodies and answers, and calls into the page's own world. For the
//! doctor, which has to know why an envelope did not arrive.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Session,
    observe::{Traffic, body_bytes},
};
use crate::error::Result;

/// The largest answer whose beginning is read, in bytes.
const MAX_ANSWER: u32 = 256 * 1024;

impl Session {
    /// Keeps what the session sends from now on, for [`Self::traffic_until`]. Costs memory: bounded, but more than a session
    /// needs that only acts.
    pub async fn keep_traffic(&self) {
        let page = self.page();
        page.watch().lock().traffic.get_or_insert_default();
        let contexts = json!([page.user_context()]);
        let answers = json!({"dataTypes": ["response"], "maxEncodedDataSize": MAX_ANSWER, "userContexts": contexts});
        // A browser that cannot collect answers gives their status still.
        let _ = page.send("network.addDataCollector", answers).await;
    }

    /// Looks at the traffic until `ready` finds what it looks for, again after each event, at most `limit`.
    pub async fn traffic_until<T>(&self, limit: Duration, mut ready: impl FnMut(&Traffic) -> Option<T>) -> Option<T> {
        let found = self.page().watch().until(|state| state.traffic.as_ref().and_then(&mut ready));
        tokio::time::timeout(limit, found).await.ok()
    }

    /// Looks at the traffic once.
    pub fn traffic<T>(&self, look: impl FnOnce(&Traffic) -> T) -> Option<T> {
        self.page().watch().lock().traffic.as_ref().map(look)
    }

    /// The body of an answer, by the id of its request; none = it has none, or it was too large.
    pub async fn answer(&self, request: &str) -> Option<Vec<u8>> {
        let params = json!({"dataType": "response", "request": request});
        let answer = self.page().send_within("network.getData", params, Duration::from_secs(2)).await.ok()?;
        answer.get("bytes").map(body_bytes)
    }

    /// Calls a function expression in the page's own world, where the app's variables are; `args` is the array of its
    /// arguments, the result travels as JSON. The page can forge what it answers.
    ///
    /// # Errors
    ///
    /// The function threw, the page went away or does not answer (15 s), browser or driver is gone.
    pub async fn call(&self, function: &str, args: Value) -> Result<Value> {
        let _turn = self.turn().await?;
        Ok(self.page().call_in_page_world(function, args).await?)
    }
}
