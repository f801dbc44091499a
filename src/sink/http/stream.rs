//! `GET /stream`: server-sent events that say when something was committed. Sibling processes of the same workspace wait
//! on it; a page of this machine may, too. It carries no content: who wants that reads the store.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;

use super::{App, answer};
use crate::sink::auth::Refusal;

/// A silence longer than this is broken by a comment, so that the other side can tell that we live.
pub const HEARTBEAT: Duration = Duration::from_secs(10);

/// Subscribes the caller.
pub fn subscribe(app: &App, headers: &HeaderMap) -> Response {
    if headers.get(header::ORIGIN).is_some_and(|origin| !answer::is_loopback(origin)) {
        return answer::refuse(&Refusal::new(403, "only pages of this machine may listen"));
    }
    let mut wake = app.store.wake().subscribe();
    wake.mark_changed();
    let state = (wake, app.stopping.clone());
    let events = stream::unfold(state, |(mut wake, stopping)| async move {
        tokio::select! {
            () = stopping.cancelled() => None,
            changed = wake.changed() => {
                changed.ok()?;
                let commits = *wake.borrow_and_update();
                let event = Event::default().event("commit").data(format!("{{\"commits\":{commits}}}"));
                Some((Ok::<_, Infallible>(event), (wake, stopping)))
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
}
