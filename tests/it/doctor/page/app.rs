//! One page with a real SDK, its headers, its tunnel, and the sink behind.

use std::{collections::HashMap, path::Path, process::Command, sync::OnceLock};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Response, StatusCode},
};

/// What answers at `/tunnel`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tunnel {
    /// Nothing: 404.
    #[default]
    None,
    /// Passes the bytes on to the sink.
    Forwards,
    /// A page: 200 with HTML.
    Page,
    /// 302 to `/login`, which is a page.
    Login,
    /// 307 to `/login`.
    LoginKept,
    /// 308 to `/tunnel/`, which passes on.
    Slash,
    /// 413.
    TooLarge,
    /// 403 with JSON.
    Forbidden,
    /// 429 with a rate limit.
    Limited,
    /// 200 with JSON, and forgets it.
    Swallows,
    /// Never answers.
    Hangs,
}

/// How an app is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Case {
    /// In words; also the headline in the snapshot.
    pub name: &'static str,
    /// Majors of the SDK that the page loads, each a script.
    pub sdks: &'static [&'static str],
    /// JavaScript of `window.start(Sentry)`: `DSN` is replaced by the sink's, `DEAD` by one where nothing listens,
    /// `OTHER` by another origin of the same server.
    pub start: &'static str,
    /// HTML of the page before the SDK.
    pub html: &'static str,
    /// Headers of the page: `SINK` is replaced by the sink's origin.
    pub headers: &'static [(&'static str, &'static str)],
    /// What answers at `/tunnel`.
    pub tunnel: Tunnel,
    /// The path to open.
    pub path: &'static str,
}

struct App {
    case: Case,
    sink: String,
    dsn: String,
    dead: String,
    other: String,
}

/// The bundles, built once.
fn bundles() -> &'static HashMap<String, Bytes> {
    static BUILT: OnceLock<HashMap<String, Bytes>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let built = tempfile::tempdir().unwrap();
        let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/sdk-browser");
        let build = Command::new("node").arg("build.cjs").arg(built.path()).current_dir(&app).output().unwrap();
        assert!(build.status.success(), "run `make setup`: {}", String::from_utf8_lossy(&build.stderr));
        let bare = ["v7", "v8", "v10", "v11"].map(|major| format!("bare-{major}.js"));
        bare.map(|name| (format!("/{name}"), std::fs::read(built.path().join(&name)).unwrap().into())).into()
    })
}

/// Serves a case until the test ends; returns the address of its page.
pub async fn serve(case: Case, sink: &str, dsn: &str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Bound, and closed again: nothing listens there.
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let dead = format!("http://0123456789abcdef0123456789abcdef@{dead}/1");
    let other = format!("http://localhost:{}", address.port());
    let app = App { case, sink: sink.to_owned(), dsn: dsn.to_owned(), dead, other };
    let router = Router::new().fallback(answer).with_state(std::sync::Arc::new(app));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}{}", if case.path.is_empty() { "/" } else { case.path })
}

fn html(status: u16, body: &str) -> Response<Body> {
    let response = Response::builder().status(status).header("content-type", "text/html; charset=utf-8");
    response.body(Body::from(body.to_owned())).unwrap()
}

fn json(status: u16, body: &str) -> Response<Body> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(Body::from(body.to_owned())).unwrap()
}

fn redirect(status: u16, to: &str) -> Response<Body> {
    Response::builder().status(status).header("location", to).body(Body::empty()).unwrap()
}

async fn answer(State(app): State<std::sync::Arc<App>>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    // An answer before the body is read ends in a reset, which the browser may see first.
    let body = axum::body::to_bytes(request.into_body(), 20 << 20).await.unwrap_or_default();
    if let Some(script) = bundles().get(&path) {
        let response = Response::builder().header("content-type", "text/javascript");
        return response.body(Body::from(script.clone())).unwrap();
    }
    match path.as_str() {
        "/" => app.page(),
        "/data.json" => json(200, "{}"),
        "/hang" => std::future::pending().await,
        "/moved" => redirect(302, "/login"),
        "/away" => redirect(302, &app.sink.replace("127.0.0.1", "localhost")),
        "/login" => html(200, "<!doctype html><title>Sign in</title><form><input type=password></form>"),
        "/broken" => html(500, "<!doctype html><h1>It broke</h1>"),
        "/tunnel" | "/tunnel/" if method == "POST" => app.tunnel(&path, body).await,
        _ => html(404, "<!doctype html><h1>Not found</h1>"),
    }
}

impl App {
    fn page(&self) -> Response<Body> {
        let case = &self.case;
        let fill =
            |text: &str| text.replace("DSN", &self.dsn).replace("DEAD", &self.dead).replace("OTHER", &self.other);
        let start = if case.sdks.is_empty() { String::new() } else { fill(case.start) };
        let scripts: String =
            case.sdks.iter().map(|major| format!("<script src=\"/bare-{major}.js\"></script>\n")).collect();
        let body = format!(
            "<!doctype html><html><head><title>App</title><link rel=icon href=\"data:,\">{}</head><body><h1>App</h1>\n\
             <script>window.start ??= (Sentry) => {{ {start} }};</script>\n{scripts}</body></html>",
            fill(case.html)
        );
        let mut response = html(200, &body);
        for (name, value) in case.headers {
            response.headers_mut().append(*name, value.replace("SINK", &self.sink).parse().unwrap());
        }
        response
    }

    async fn tunnel(&self, path: &str, body: Bytes) -> Response<Body> {
        match (self.case.tunnel, path) {
            (Tunnel::None, _) => html(404, "<!doctype html><h1>Not found</h1>"),
            (Tunnel::Forwards, "/tunnel") | (Tunnel::Slash, "/tunnel/") => self.forward(body).await,
            (Tunnel::Slash, _) => redirect(308, "/tunnel/"),
            (Tunnel::Page, _) => html(200, "<!doctype html><h1>App</h1>"),
            (Tunnel::Login, _) => redirect(302, "/login"),
            (Tunnel::LoginKept, _) => redirect(307, "/login"),
            (Tunnel::TooLarge, _) => html(413, "<h1>413 Request Entity Too Large</h1>"),
            (Tunnel::Forbidden, _) => json(403, r#"{"error":"DSN not allowed"}"#),
            (Tunnel::Limited, _) => {
                let mut response = json(429, r#"{"detail":"rate limit"}"#);
                response.headers_mut().insert("x-sentry-rate-limits", "60:error:key".parse().unwrap());
                response
            }
            (Tunnel::Swallows, _) => json(200, "{}"),
            (Tunnel::Hangs, _) => std::future::pending().await,
            (Tunnel::Forwards, _) => StatusCode::NOT_FOUND.into_response_empty(),
        }
    }

    async fn forward(&self, body: Bytes) -> Response<Body> {
        let to = format!("{}/api/1/envelope/", self.sink);
        let answer = reqwest::Client::new().post(to).body(body).send().await.unwrap();
        json(answer.status().as_u16(), &answer.text().await.unwrap())
    }
}

trait Empty {
    fn into_response_empty(self) -> Response<Body>;
}

impl Empty for StatusCode {
    fn into_response_empty(self) -> Response<Body> {
        Response::builder().status(self).body(Body::empty()).unwrap()
    }
}
