//! Pages for tests, served on a free port of 127.0.0.1.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Response, StatusCode},
    response::IntoResponse,
};

/// A web site: path → status, headers, body. Unknown paths are 404; `/hang` never answers, and
/// `/late` when `/release` was asked for.
#[derive(Debug, Clone, Default)]
pub struct Site {
    pages: HashMap<String, (u16, Vec<(String, String)>, String)>,
    released: Arc<tokio::sync::Notify>,
}

impl Site {
    /// One HTML page at `/`.
    pub fn page(html: &str) -> Self {
        Self::default().with("/", 200, &[], html)
    }

    /// One more answer; headers `name: value`, HTML unless a content-type is given.
    pub fn with(mut self, path: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut headers: Vec<_> = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".into(), "text/html; charset=utf-8".into()));
        }
        self.pages.insert(path.into(), (status, headers, body.into()));
        self
    }

    /// Serves it until the test ends; returns `http://127.0.0.1:PORT`.
    pub async fn serve(self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(Arc::new(self));
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    }
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> impl IntoResponse {
    let path = request.uri().path().to_owned();
    if path == "/hang" {
        std::future::pending::<()>().await;
    }
    match path.as_str() {
        "/late" => site.released.notified().await,
        "/release" => site.released.notify_one(),
        _ => {}
    }
    // An answer before the body is read ends in a reset, which the browser may see first.
    let _ = axum::body::to_bytes(request.into_body(), 1 << 20).await;
    let mut response = Response::builder();
    let Some((status, headers, body)) = site.pages.get(&path) else {
        return response.status(StatusCode::NOT_FOUND).body(Body::from("nothing here")).unwrap();
    };
    response = response.status(*status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body.clone())).unwrap()
}
