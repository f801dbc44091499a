//! Answers: Relay's error body, CORS headers, health.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::sink::{auth::Refusal, store::Store};

/// Relay's error body.
pub fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut body = json!({ "detail": refusal.detail });
    if let (false, Some(body)) = (refusal.causes.is_empty(), body.as_object_mut()) {
        body.insert("causes".into(), json!(refusal.causes));
    }
    let mut response = (status, Json(body)).into_response();
    if let Ok(value) = HeaderValue::from_str(&refusal.detail) {
        response.headers_mut().insert("x-sentry-error", value);
    }
    response
}

/// Relay's answer to what was taken.
pub fn accepted(event_id: Option<&str>) -> Response {
    match event_id {
        Some(id) => Json(json!({ "id": id })).into_response(),
        None => Json(json!({})).into_response(),
    }
}

/// The 1×1 GIF that answers `GET …/store/`.
pub fn pixel() -> Response {
    const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x00\xff\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;";
    ([(header::CONTENT_TYPE, "image/gif")], GIF).into_response()
}

/// Who we are, for a sibling process that finds the port held.
pub fn health(store: &Store) -> Response {
    Json(json!({ "server": "fixloop", "version": env!("CARGO_PKG_VERSION"), "workspace": store.id() })).into_response()
}

/// CORS as Relay answers it. An answer that can be *read* (`reads`) is for pages of this machine only.
pub fn cors(response: &mut Response, origin: Option<&HeaderValue>, reads: bool) {
    let headers = response.headers_mut();
    let allowed = if reads {
        let Some(origin) = origin.filter(|origin| is_loopback(origin)) else { return };
        origin.clone()
    } else {
        HeaderValue::from_static("*")
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    let fixed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, authentication, \
             authorization, content-encoding, transfer-encoding",
        ),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "x-sentry-error, x-sentry-rate-limits, retry-after"),
        (header::ACCESS_CONTROL_MAX_AGE, "3600"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        // Chrome asks this before a page of a public site may send to a private address.
        (header::HeaderName::from_static("access-control-allow-private-network"), "true"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether an `Origin` is a page of this machine.
pub fn is_loopback(origin: &HeaderValue) -> bool {
    let url = origin.to_str().ok().and_then(|origin| url::Url::parse(origin).ok());
    url.is_some_and(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")))
}
