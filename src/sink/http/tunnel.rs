//! `POST /tunnel`: envelopes whose SDK has the `tunnel` option, so that the DSN stands in the envelope and nowhere else.
//! It takes only what is for a DSN that the user allows, and never an address from the envelope: what is passed on goes
//! to the user's own DSN that is equal to it.

use axum::{extract::Request, response::Response};
use serde_json::Value;

use super::{
    App,
    body::{self, Held},
    intake::{self, To},
};
use crate::sink::{
    auth::Refusal,
    limits, parcel,
    relay::{Dsn, Sender, Tunnelled},
};

/// A longer envelope header is no honest one.
const HEADER: usize = 64 << 10;

/// Takes an envelope, or says why not; both are counted.
pub async fn envelope(app: &App, request: Request) -> Result<Response, Refusal> {
    let result = take(app, request).await;
    if let Err(refusal) = &result {
        app.relay.count_refusal(&refusal.detail);
    }
    result
}

async fn take(app: &App, request: Request) -> Result<Response, Refusal> {
    let sender = Sender::of(request.headers(), app.store.id())?;
    let held = body::read(app, request, limits::UNPACKED).await?;
    let dsn = dsn_of(&held)?;
    let to = match app.relay.tunnel(&dsn, app.port) {
        Tunnelled::Ours => To::Project,
        Tunnelled::To(known) => To::Dsn(known.clone()),
        Tunnelled::No => {
            return Err(Refusal::new(403, "this DSN is not tunnelled").because(format!(
                "{dsn} is neither the sink's own DSN nor one of --forward; allow it with --tunnel-allow DSN"
            )));
        }
    };
    let project = dsn.project().to_owned();
    intake::take(app, held, sender, to, move |raw| parcel::from_envelope(&project, raw)).await
}

/// The DSN of the envelope header, the only line that is looked at before the DSN is known to be allowed.
fn dsn_of(held: &Held) -> Result<Dsn, Refusal> {
    let end = memchr::memchr(b'\n', &held.bytes).unwrap_or(held.bytes.len());
    if held.bytes.is_empty() {
        return Err(Refusal::new(400, "empty request body"));
    }
    if end > HEADER {
        return Err(Refusal::new(413, "the envelope header is too large"));
    }
    let header = held.bytes.get(..end).unwrap_or_default();
    let header: Value = serde_json::from_slice(header)
        .map_err(|error| Refusal::new(400, "bad envelope header").because(error.to_string()))?;
    let text = header.get("dsn").and_then(Value::as_str).ok_or_else(|| {
        Refusal::new(400, "the envelope header has no dsn")
            .because("SDKs put it there when their `tunnel` option is set")
    })?;
    Dsn::parse(text).map_err(|why| Refusal::new(400, "invalid DSN in the envelope header").because(why))
}
