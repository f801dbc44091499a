//! A small web server for the built demo app: one folder, on loopback, on a free port.

use std::{
    net::SocketAddr,
    path::{Component, Path, PathBuf},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::error::{Result, ToolError};

/// The running server; it stops when this is dropped.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Site {
    /// Serves `folder` on 127.0.0.1, on a port that the system chooses.
    pub async fn start(folder: PathBuf) -> Result<Self> {
        let failed = |error: std::io::Error| ToolError::bare(format!("Cannot serve the app on 127.0.0.1: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let router = Router::new().fallback(file).with_state(folder);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "the demo's web server stopped");
            }
        });
        Ok(Self { address, task })
    }

    /// `http://127.0.0.1:PORT/`
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn file(State(folder): State<PathBuf>, uri: Uri) -> Response {
    let asked = Path::new(uri.path().trim_start_matches('/'));
    // Nothing outside the folder: only plain names.
    if asked.components().any(|part| !matches!(part, Component::Normal(_))) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = if asked.as_os_str().is_empty() { folder.join("index.html") } else { folder.join(asked) };
    match tokio::fs::read(&path).await {
        // The app is rebuilt while it is served: a cached bundle would show the bug that is already fixed.
        Ok(body) => ([(header::CONTENT_TYPE, mime(&path)), (header::CACHE_CONTROL, "no-store")], body).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        _ => "application/octet-stream",
    }
}
