//! The HTTP face: who may ask, decoding, routing. Real work is in `intake` and `stream`.

mod answer;
mod body;
mod intake;
mod stream;
mod tunnel;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower_http::{catch_panic::CatchPanicLayer, decompression::RequestDecompressionLayer};

use super::{auth::Refusal, relay::Relay, store::Store};

/// Open requests get this long to finish when the sink stops.
const DRAIN: Duration = Duration::from_secs(1);

/// What the handlers share.
#[derive(Debug)]
pub struct App {
    store: Store,
    relay: Arc<Relay>,
    port: u16,
    stopping: CancellationToken,
    /// Permits for bodies that are held in memory and large.
    large: Arc<Semaphore>,
}

/// Serves until `stopping`.
pub async fn serve(
    listeners: Vec<TcpListener>,
    store: Store,
    relay: Arc<Relay>,
    port: u16,
    stopping: CancellationToken,
) {
    let app = Arc::new(App { store, relay, port, stopping: stopping.clone(), large: Arc::new(Semaphore::new(2)) });
    let router = Router::new()
        .fallback(route)
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::from_fn_with_state(Arc::clone(&app), gate))
        .layer(CatchPanicLayer::new())
        .with_state(app);
    let servers = listeners.into_iter().map(|listener| {
        // Answers are small: without this a client that sends twice on a connection waits for its own ACK timer.
        let listener = listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY");
            }
        });
        let stopping = stopping.clone();
        let server = axum::serve(listener, router.clone()).with_graceful_shutdown(stopping.clone().cancelled_owned());
        async move {
            tokio::select! {
                result = server => if let Err(error) = result { tracing::warn!(%error, "the sink's server ended") },
                () = async { stopping.cancelled().await; tokio::time::sleep(DRAIN).await } => {}
            }
        }
    });
    futures_util::future::join_all(servers).await;
}

/// Checks the host, undoes what old SDKs say of encodings that are none, and puts CORS headers on whatever comes back.
async fn gate(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let reads = request.method() == Method::GET && !request.uri().path().contains("/store");
    let mut response = if !is_our_host(request.headers(), app.port) {
        answer::refuse(&Refusal::new(403, "the Host header is not this sink's").because(
            "a page of another site may be behind it (DNS rebinding); use http://127.0.0.1 or http://localhost with the port",
        ))
    } else if request.method() == Method::OPTIONS {
        StatusCode::OK.into_response()
    } else {
        drop_empty_encoding(request.headers_mut());
        let wire = body::Wire::of(&request);
        request.extensions_mut().insert(wire);
        next.run(request).await
    };
    if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE && !response.headers().contains_key(header::CONTENT_TYPE)
    {
        response = answer::refuse(
            &Refusal::new(415, "unsupported content encoding").because("gzip, deflate, br and zstd are read"),
        );
    }
    answer::cors(&mut response, origin.as_ref(), reads);
    // A probe that comes through a tunnel sees where the tunnel ends.
    response.headers_mut().insert(header::SERVER, HeaderValue::from_static("fixloop"));
    response
}

/// sentry-ruby 5 sends an empty `Content-Encoding`, sentry-java 2 sends `utf-8`.
fn drop_empty_encoding(headers: &mut HeaderMap) {
    let none = headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| {
        let encoding = encoding.as_bytes().trim_ascii();
        ["", "utf-8", "utf8", "identity"].iter().any(|none| encoding.eq_ignore_ascii_case(none.as_bytes()))
    });
    if none {
        headers.remove(header::CONTENT_ENCODING);
    }
}

fn is_our_host(headers: &HeaderMap, port: u16) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let (name, given) = match host.rsplit_once(':') {
        Some((name, digits)) if !digits.ends_with(']') => (name, digits.parse::<u16>().ok()),
        _ => (host, Some(80)),
    };
    given == Some(port) && ["127.0.0.1", "localhost", "[::1]"].iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

/// Paths as Relay has them, repeated slashes folded and a trailing one optional.
async fn route(State(app): State<Arc<App>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let method = request.method().clone();
    let result = match (&method, segments.as_slice()) {
        (&Method::POST, ["stream"]) => intake::spotlight(&app, request).await,
        (&Method::GET, ["stream"]) => Ok(stream::subscribe(&app, request.headers())),
        (&Method::GET | &Method::HEAD, ["health"]) => Ok(answer::health(&app.store)),
        (&Method::POST, ["tunnel"]) => tunnel::envelope(&app, request).await,
        (&Method::POST, ["api", project, "envelope"]) => intake::envelope(&app, project, request).await,
        (&Method::POST, ["api", project, "store"]) => intake::store(&app, project, request).await,
        (&Method::POST, ["api", "store"]) => intake::store(&app, "1", request).await,
        (&Method::GET, ["api", project, "store"]) => intake::store_get(&app, project, request).await,
        (&Method::GET, ["api", "store"]) => intake::store_get(&app, "1", request).await,
        (&Method::POST, ["api", project, "security" | "csp-report"]) => intake::security(&app, project, request).await,
        (
            _,
            ["stream" | "health" | "tunnel"] | ["api", "store"] | ["api", _, "envelope" | "store" | "security" | "csp-report"],
        ) => Err(Refusal::new(405, "method not allowed").because(format!("{method} {path}"))),
        _ => Err(Refusal::new(404, "not found").because(format!("the sink has no {path}")).because(
            "it takes POST /api/<project>/envelope/, /api/<project>/store/, /api/<project>/security/, /stream and /tunnel",
        )),
    };
    result.unwrap_or_else(|refusal| {
        // A browser that looks for /favicon.ico was not refused an event.
        if method == Method::POST {
            app.store.refuse(&refusal);
        }
        answer::refuse(&refusal)
    })
}
