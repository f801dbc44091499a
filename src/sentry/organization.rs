//! An organization on a server: what every call of the API goes through.

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    Connection,
    failure::{Failure, Kind},
    request::Request,
    send::{self, Body},
};

/// Pages followed by [`Organization::all`] at most.
const PAGES: usize = 100;

/// An organization: connection, slug, region, and the cancellation of the call that asks.
#[derive(Debug, Clone)]
pub struct Organization {
    connection: Connection,
    slug: String,
    region: Url,
    cancel: CancellationToken,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The answer's JSON.
    pub value: Value,
    /// Cursor of the next page, where there is one.
    pub next: Option<String>,
    /// `X-Hits`: how many there are in all pages, where the server says so.
    pub hits: Option<u64>,
}

impl Organization {
    pub(super) fn new(connection: Connection, slug: String, region: Url, cancel: CancellationToken) -> Self {
        Self { connection, slug, region, cancel }
    }

    /// Its slug (or numeric id), as it was given.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The server.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The cancellation of the call that asks.
    pub(super) fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// For the first line of a reply: `on sentry.io, organization acme`.
    pub fn said(&self) -> String {
        let slug: String =
            self.slug.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(80).collect();
        format!("on {}, organization {slug}", self.connection.host())
    }

    /// Address of a page of the web interface: `issues/1/`.
    pub fn web_url(&self, path: &str) -> String {
        self.connection.web_url(&self.slug, path)
    }

    /// Sends a request; an empty answer is `null`.
    pub async fn value(&self, request: Request) -> Result<Value, Failure> {
        self.body(&request, send::JSON_LIMIT).await?.json()
    }

    /// Sends a request for a page of a list.
    pub async fn page(&self, request: Request) -> Result<Page, Failure> {
        let body = self.body(&request, send::JSON_LIMIT).await?;
        Ok(Page { value: body.json()?, next: body.next.clone(), hits: body.hits })
    }

    /// Pages one after the other until `enough` of what was read so far, or the last one.
    pub async fn all(&self, request: Request, enough: impl Fn(&[Value]) -> bool) -> Result<Page, Failure> {
        let mut values: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        let mut hits = None;
        for _ in 0..PAGES {
            let page = self.page(request.clone().maybe("cursor", cursor.as_ref())).await?;
            hits = page.hits.or(hits);
            match page.value {
                Value::Array(list) => values.extend(list),
                other => values.push(other),
            }
            // A server that hands out the same cursor again would keep us for ever.
            let same = page.next == cursor;
            cursor = page.next.filter(|_| !same);
            if cursor.is_none() || enough(&values) {
                break;
            }
        }
        Ok(Page { value: Value::Array(values), next: cursor, hits })
    }

    /// Sends a request whose answer is a file; at most `limit` bytes of it are read.
    pub async fn file(&self, request: Request, limit: usize) -> Result<Body, Failure> {
        self.body(&request, limit).await
    }

    /// Whether the server answers `found`; `false` where it says that there is none.
    pub async fn optional(&self, request: Request) -> Result<Option<Value>, Failure> {
        match self.value(request).await {
            Ok(value) => Ok(Some(value)),
            Err(failure) if failure.kind == Kind::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn body(&self, request: &Request, limit: usize) -> Result<Body, Failure> {
        send::send(&self.connection, &self.region, &self.slug, request, &self.cancel, limit).await
    }
}
