//! What is sent to us: envelopes, legacy events, security reports.

use std::io::Read;

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::Engine;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    App, answer,
    body::{self, Held},
};
use crate::sink::{
    auth::{self, Auth, Carriers, Refusal},
    envelope::{self, Envelope},
    limits,
    parcel::{self, Parcel},
    relay::{self, Dsn, Sender},
};

/// A body from here on is parsed away from the async threads.
const HEAVY: usize = 128 << 10;

/// To whom an envelope is passed on.
#[derive(Debug)]
pub enum To {
    /// To nobody.
    Nobody,
    /// To where its project goes.
    Project,
    /// To this one.
    Dsn(Dsn),
}

/// `POST /api/{project}/envelope/`
pub async fn envelope(app: &App, project: &str, request: Request) -> Result<Response, Refusal> {
    check_project(project)?;
    let auth = auth_of(&request)?;
    let sender = sender_of(app, &request)?;
    let held = body::read(app, request, limits::UNPACKED).await?;
    keyed(app, project, auth, held, sender).await
}

/// `POST /stream`: Spotlight's way, without a key; the project is the one of the DSN that the SDK has, if it says so.
///
/// It is a copy: the SDK sends the same to its own DSN, so it is not passed on.
pub async fn spotlight(app: &App, request: Request) -> Result<Response, Refusal> {
    let sender = sender_of(app, &request)?;
    let held = body::read(app, request, limits::UNPACKED).await?;
    take(app, held, sender, To::Nobody, |raw| {
        let framed = envelope::parse(&raw).map_err(parcel::refusal)?;
        let project = auth::project_of(&framed.header).unwrap_or_else(|| "1".into());
        parcel::envelope(&project, raw, &framed)
    })
    .await
}

/// `POST /api/{project}/store/`: one JSON event, plain or base64 of zlib; or an envelope, if its content type says so.
pub async fn store(app: &App, project: &str, request: Request) -> Result<Response, Refusal> {
    check_project(project)?;
    let auth = auth_of(&request)?;
    if content_type(request.headers()) == "application/x-sentry-envelope" {
        let sender = sender_of(app, &request)?;
        let held = body::read(app, request, limits::UNPACKED).await?;
        return keyed(app, project, auth, held, sender).await;
    }
    auth.ok_or_else(auth::missing)?;
    let sender = sender_of(app, &request)?;
    // base64 is a third longer than what it holds.
    let held = body::read(app, request, limits::EVENT * 2).await?;
    let project = project.to_owned();
    take(app, held, sender, To::Project, move |raw| parcel::from_event(&project, &unpack_event(&raw)?)).await
}

/// `GET /api/{project}/store/?sentry_data=…`
pub async fn store_get(app: &App, project: &str, request: Request) -> Result<Response, Refusal> {
    check_project(project)?;
    auth_of(&request)?.ok_or_else(auth::missing)?;
    let query = request.uri().query().unwrap_or_default();
    let data = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "sentry_data")
        .map(|(_, value)| value.into_owned())
        .ok_or_else(|| Refusal::new(400, "missing query parameter sentry_data"))?;
    // A `+` of base64 is a space in a query.
    let sender = sender_of(app, &request)?;
    let parcel = parcel::from_event(project, &unpack_event(data.replace(' ', "+").as_bytes())?)?;
    keep(app, parcel, None, &sender, &To::Project).await?;
    Ok(answer::pixel())
}

/// `POST /api/{project}/security/` and `/csp-report/`
pub async fn security(app: &App, project: &str, request: Request) -> Result<Response, Refusal> {
    check_project(project)?;
    auth_of(&request)?.ok_or_else(auth::missing)?;
    let ty = content_type(request.headers());
    if !matches!(ty.as_str(), "application/csp-report" | "application/json" | "application/reports+json") {
        return Err(Refusal::new(415, "unsupported content type")
            .because(format!("`{ty}` is none of application/csp-report, application/json, application/reports+json")));
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let sender = sender_of(app, &request)?;
    let held = body::read(app, request, limits::EVENT).await?;
    for parcel in parcel::from_security(project, &held.bytes, &query)? {
        keep(app, parcel, None, &sender, &To::Project).await?;
    }
    Ok(StatusCode::OK.into_response())
}

/// An envelope whose sender must have a key.
async fn keyed(app: &App, project: &str, auth: Option<Auth>, held: Held, sender: Sender) -> Result<Response, Refusal> {
    let project = project.to_owned();
    take(app, held, sender, To::Project, move |raw| {
        let framed = envelope::parse(&raw).map_err(parcel::refusal)?;
        check_dsn(auth, &framed, &project)?;
        parcel::envelope(&project, raw, &framed)
    })
    .await
}

/// Makes a parcel of a body and keeps it. Small bodies are parsed where they are: the hop to another thread would cost
/// more. The permit travels with the work, as who sent it may hang up while it goes on.
pub async fn take(
    app: &App,
    held: Held,
    sender: Sender,
    to: To,
    make: impl FnOnce(Vec<u8>) -> Result<Parcel, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    let Held { bytes, permit } = held;
    if bytes.len() < HEAVY {
        return keep(app, make(bytes)?, permit, &sender, &to).await;
    }
    match tokio::task::spawn_blocking(move || make(bytes).map(|parcel| (parcel, permit))).await {
        Ok(result) => {
            let (parcel, permit) = result?;
            keep(app, parcel, permit, &sender, &to).await
        }
        Err(error) => Err(Refusal::new(500, "the sink failed on this body").because(error.to_string())),
    }
}

async fn keep(
    app: &App,
    mut parcel: Parcel,
    permit: Option<OwnedSemaphorePermit>,
    sender: &Sender,
    to: &To,
) -> Result<Response, Refusal> {
    let dsn = match to {
        To::Nobody => None,
        To::Project => app.relay.of_project(&parcel.project, app.port),
        To::Dsn(dsn) => Some(dsn),
    };
    parcel.forward = dsn.map(|dsn| Box::new(relay::forward(&mut parcel, dsn, sender)));
    let event_id = parcel.event_id.clone();
    let kept = app.store.put(parcel, permit).await;
    kept.map_err(|error| Refusal::new(503, "the sink cannot keep it").because(error.what()))?;
    Ok(answer::accepted(event_id.as_deref()))
}

fn sender_of(app: &App, request: &Request) -> Result<Sender, Refusal> {
    Sender::of(request.headers(), app.store.id())
}

fn auth_of(request: &Request) -> Result<Option<Auth>, Refusal> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    auth::from_request(Carriers {
        sentry_auth: text("x-sentry-auth"),
        authorization: text("authorization"),
        query: request.uri().query().unwrap_or_default(),
    })
}

/// The envelope's DSN is the last place for a key, and must agree with the others.
fn check_dsn(auth: Option<Auth>, framed: &Envelope, project: &str) -> Result<Auth, Refusal> {
    match auth {
        Some(auth) => auth::agree(&auth, &framed.header, Some(project)).map(|()| auth),
        None => auth::from_dsn(&framed.header, Some(project))?.ok_or_else(auth::missing),
    }
}

fn check_project(project: &str) -> Result<(), Refusal> {
    if project.parse::<u64>().is_ok() {
        return Ok(());
    }
    Err(Refusal::new(400, "invalid path parameter").because(format!("the project id `{project}` is no number")))
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A legacy event: JSON, or base64 of zlib of JSON.
fn unpack_event(raw: &[u8]) -> Result<Vec<u8>, Refusal> {
    let raw = raw.trim_ascii();
    if raw.is_empty() {
        return Err(Refusal::new(400, "empty request body"));
    }
    if raw.starts_with(b"{") {
        return Ok(raw.to_vec());
    }
    let bad = |why: String| Refusal::new(400, "invalid event payload").because(why);
    let packed = base64::engine::general_purpose::STANDARD
        .decode(raw)
        .map_err(|error| bad(format!("the body is neither JSON nor base64: {error}")))?;
    if packed.starts_with(b"{") {
        return Ok(packed);
    }
    let mut json = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(packed.as_slice()).take(limits::EVENT as u64 + 1);
    reader.read_to_end(&mut json).map_err(|error| bad(format!("the body is base64, but not of zlib: {error}")))?;
    Ok(json)
}
