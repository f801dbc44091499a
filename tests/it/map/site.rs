//! A small HTTP server whose pages a test can change.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// The server; it stops when this is dropped.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pages: Arc<Mutex<Pages>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Pages {
    pages: HashMap<String, Page>,
    asked: Vec<String>,
    etags: bool,
}

#[derive(Clone)]
struct Page {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let pages = Arc::new(Mutex::new(Pages::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = axum::Router::new().fallback(serve).with_state(pages.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, pages, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.answer(path, 200, &[], body);
    }

    pub(crate) fn answer(&self, path: &str, status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.pages.lock().unwrap().pages.insert(path.to_owned(), Page { status, headers, body: body.into() });
    }

    /// Serves all files of a folder under `path`.
    pub(crate) fn folder(&self, path: &str, folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            self.put(&format!("{path}{name}"), std::fs::read(entry.path()).unwrap());
        }
    }

    /// Sends `ETag`, and 304 where it matches.
    pub(crate) fn with_etags(&self) {
        self.pages.lock().unwrap().etags = true;
    }

    /// What was asked for since the last call: `/main.js 200`.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.pages.lock().unwrap().asked)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(State(pages): State<Arc<Mutex<Pages>>>, request: Request) -> Response {
    let mut pages = pages.lock().unwrap();
    let path = request.uri().path().to_owned();
    let missing = Page { status: 404, headers: Vec::new(), body: b"not here".to_vec() };
    let page = pages.pages.get(&path).cloned().unwrap_or(missing);
    let mut headers = HeaderMap::new();
    for (name, value) in &page.headers {
        headers.insert(HeaderName::try_from(name.as_str()).unwrap(), HeaderValue::try_from(value.as_str()).unwrap());
    }
    let mut status = StatusCode::from_u16(page.status).unwrap();
    let etag = format!("\"{:x}\"", page.body.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte)));
    if pages.etags {
        if request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
            status = StatusCode::NOT_MODIFIED;
        }
        headers.insert(header::ETAG, HeaderValue::try_from(etag).unwrap());
    }
    pages.asked.push(format!("{path} {}", status.as_u16()));
    let body = if status == StatusCode::NOT_MODIFIED { Vec::new() } else { page.body };
    (status, headers, body).into_response()
}
