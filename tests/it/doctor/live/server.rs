//! An app with every fault that a tunnel can have, one at each path.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use fixloop::sink::Sink;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// A running app; it ends with this value.
pub struct App {
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for App {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shared {
    dsn: String,
    envelope: String,
    client: reqwest::Client,
}

/// Starts the app; its tunnels end at this sink.
pub async fn start(sink: &Sink) -> App {
    start_for(&sink.dsn().unwrap()).await
}

/// Starts the app; its tunnels end at the sink with this DSN.
pub async fn start_for(dsn: &str) -> App {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build().unwrap();
    let envelope = url::Url::parse(dsn).unwrap().join("/api/1/envelope/").unwrap();
    let envelope = envelope.as_str().replace(&format!("{}@", envelope.username()), "");
    let shared = Arc::new(Shared { dsn: dsn.to_owned(), envelope, client });
    let router = Router::new().fallback(answer).with_state(shared);
    let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    App { url, task }
}

async fn answer(State(app): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let body = axum::body::to_bytes(body, 8 << 20).await.unwrap_or_default();
    let post = parts.method == Method::POST;
    let html = |status: u16, text: &str| {
        let page = format!("<!DOCTYPE html><html><head><title>{text}</title></head><body>{text}</body></html>");
        (StatusCode::from_u16(status).unwrap(), Html(page)).into_response()
    };
    let text = |status: u16, text: &str| (StatusCode::from_u16(status).unwrap(), text.to_owned()).into_response();
    let to = |status: u16, to: &str| {
        (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, to.to_owned())]).into_response()
    };
    match path.as_str() {
        "/" | "/login" | "/page" | "/elsewhere" => html(200, "a page"),
        "/login302" => to(302, "/login?next=%2Flogin302"),
        "/login307" => to(307, "/login"),
        "/accounts" => to(307, "https://accounts.example.invalid/sign-in?redirect_url=x"),
        "/locale" => to(307, "/en/locale"),
        "/locale-works" => to(307, "/de-AT/locale-works"),
        "/slash" => to(308, "/slash/"),
        "/bare/" => to(308, "/bare"),
        "/moved" => to(302, "/elsewhere"),
        "/circle" => to(307, "/circle2"),
        "/circle2" => to(307, "/circle"),
        "/slash/" | "/bare" | "/de-AT/locale-works" | "/base/tunnel" => strict(&app, &body).await,
        "/405" => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response(),
        "/411" => text(411, "Length Required"),
        "/413" => html(413, "413 Request Entity Too Large"),
        "/415" => (StatusCode::UNSUPPORTED_MEDIA_TYPE, axum::Json(json!({"error": "JSON only"}))).into_response(),
        "/422" => {
            (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(json!({"detail": [{"type": "model_attributes_type"}]})))
                .into_response()
        }
        "/429" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "60")], "slow down").into_response(),
        "/401" => (StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic realm=staging")], "who?").into_response(),
        "/401json" => (StatusCode::UNAUTHORIZED, axum::Json(json!({"error": "Unauthorized"}))).into_response(),
        "/403html" => html(403, "Attention Required!"),
        "/csrf" => text(403, "Cross-site POST form submissions are forbidden"),
        "/403" => (StatusCode::FORBIDDEN, axum::Json(json!({"error": "no"}))).into_response(),
        "/500" => text(500, ""),
        "/502" => html(502, "502 Bad Gateway"),
        "/html200" => html(200, "my app"),
        "/strict" if post => strict(&app, &body).await,
        "/text" if post => strict(&app, String::from_utf8_lossy(&body).as_bytes()).await,
        "/small" if post => {
            if body.len() > 1 << 20 {
                html(413, "413 Request Entity Too Large")
            } else {
                strict(&app, &body).await
            }
        }
        "/swallow" if post => {
            if body.starts_with(b"{}") {
                text(400, "no DSN")
            } else {
                axum::Json(json!({})).into_response()
            }
        }
        "/open" if post => open(&app, &body, &parts.headers, "").await,
        "/open-includes" if post => open(&app, &body, &parts.headers, "sentry.io").await,
        "/open-https" if post => open_https(&app, &body).await,
        "/open-later" if post => {
            tokio::spawn(async move { open(&app, &body, &HeaderMap::new(), "").await });
            text(200, "")
        }
        "/rewrite" if post => rewrite(&app, body, &parts.headers, false).await,
        "/rewrite-clean" if post => rewrite(&app, body, &parts.headers, true).await,
        "/cors" if post => {
            let mut answer = strict(&app, &body).await;
            answer.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
            answer
        }
        // A Sentry that answers each project with the status of its number.
        _ if path.starts_with("/api/") && path.ends_with("/envelope/") => {
            let status: u16 = path.split('/').nth(2).unwrap().parse().unwrap();
            match status {
                200 => axum::Json(json!({"id": "0123456789abcdef0123456789abcdef"})).into_response(),
                201 => html(200, "a website"),
                302 => to(302, "/login"),
                status => (StatusCode::from_u16(status).unwrap(), axum::Json(json!({"detail": "no"}))).into_response(),
            }
        }
        // The rewrites of `tunnelRoute`: with the query of the SDK only.
        "/monitoring" if parts.uri.query() == Some("o=1&p=42&r=de") => {
            (StatusCode::UNAUTHORIZED, axum::Json(json!({"detail": "missing authorization information"})))
                .into_response()
        }
        "/leaks" => (
            StatusCode::FOUND,
            [("location", "http://other.invalid/login?access_token=s3cr3ttoken"), ("set-cookie", "sid=s3cr3cookie")],
            "Set-Cookie: sid=s3cr3tcookie",
        )
            .into_response(),
        "/far" => Redirect::temporary("http://169.254.169.254/latest/meta-data/").into_response(),
        _ => super::pages::answer(&path).unwrap_or_else(|| html(404, "This page could not be found")),
    }
}

fn header_of(body: &[u8]) -> Option<(url::Url, String)> {
    let line = body.split(|byte| *byte == b'\n').next()?;
    let header: Value = serde_json::from_slice(line).ok()?;
    let dsn = header.get("dsn")?.as_str()?.to_owned();
    Some((url::Url::parse(&dsn).ok()?, dsn))
}

/// As it must be: the one DSN, bytes as they are, and what Sentry answers.
async fn strict(app: &Shared, body: &[u8]) -> Response {
    match header_of(body) {
        None => (StatusCode::BAD_REQUEST, "Invalid envelope: missing DSN").into_response(),
        Some((_, dsn)) if dsn != app.dsn => (StatusCode::FORBIDDEN, "DSN not allowed").into_response(),
        Some(_) => {
            let sent = app.client.post(&app.envelope).body(body.to_vec()).send().await.unwrap();
            let status = StatusCode::from_u16(sent.status().as_u16()).unwrap();
            (status, [(header::CONTENT_TYPE, "application/json")], sent.bytes().await.unwrap()).into_response()
        }
    }
}

/// Posts to whoever the envelope names, where the text of the DSN has `part` in it.
async fn open(app: &Shared, body: &[u8], headers: &HeaderMap, part: &str) -> Response {
    let Some((dsn, text)) = header_of(body) else { return StatusCode::BAD_REQUEST.into_response() };
    if !text.contains(part) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let port = dsn.port().unwrap();
    let url = format!("http://{}:{port}/api/{}/envelope/", dsn.host_str().unwrap(), dsn.path().trim_matches('/'));
    let mut request = app.client.post(url).body(body.to_vec());
    if let Some(cookie) = headers.get(header::COOKIE) {
        request = request.header("cookie", cookie.as_bytes());
    }
    match request.send().await {
        Ok(_) => axum::Json(json!({})).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn open_https(app: &Shared, body: &[u8]) -> Response {
    let Some((dsn, _)) = header_of(body) else { return StatusCode::BAD_REQUEST.into_response() };
    let url = format!("https://{}:{}/api/1/envelope/", dsn.host_str().unwrap(), dsn.port().unwrap());
    match app.client.post(url).body(body.to_vec()).send().await {
        Ok(_) => StatusCode::OK.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// As a rewrite of Next.js: all headers go along.
async fn rewrite(app: &Shared, body: Bytes, headers: &HeaderMap, clean: bool) -> Response {
    let mut request = app.client.post(&app.envelope).body(body);
    for name in ["authorization", "cookie"] {
        if let Some(value) = headers.get(name).filter(|_| !clean) {
            request = request.header(name, value.as_bytes());
        }
    }
    let sent = request.send().await.unwrap();
    let mut answer = StatusCode::from_u16(sent.status().as_u16()).unwrap().into_response();
    for (name, value) in sent.headers() {
        if name != "content-length" && name != "transfer-encoding" {
            let name: axum::http::HeaderName = name.as_str().parse().unwrap();
            answer.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
    }
    *answer.body_mut() = sent.bytes().await.unwrap().into();
    answer
}
