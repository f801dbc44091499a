//! Attachments of an event: what there is, and the files.

use serde_json::Value;

use crate::sentry::{Body, Failure, Organization, Read, Request};

const LIST: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/attachments/";
const ONE: &str =
    "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/attachments/{attachment_id}/";

/// Attachments listed.
const LISTED: usize = 100;

/// An attachment. Missing = not said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredFile {
    /// Id.
    pub id: String,
    /// File name.
    pub name: String,
    /// Content type.
    pub mime: Option<String>,
    /// `event.attachment`, `event.minidump`, `event.view_hierarchy`, ….
    pub kind: Option<String>,
    /// Size.
    pub bytes: Option<u64>,
}

impl Organization {
    /// The attachments of an event, at most 100, and whether there are more.
    pub async fn attachments(&self, project: &str, event: &str) -> Result<(Vec<StoredFile>, bool), Failure> {
        let page = self.all(Request::get(LIST, &[project, event]), |read| read.len() >= LISTED).await?;
        let file = |value: &Value| {
            Some(StoredFile {
                id: value.text("id")?,
                name: value.text("name").unwrap_or_default(),
                mime: value.text("mimetype").or_else(|| value.at("headers").text("Content-Type")),
                kind: value.text("type"),
                bytes: value.count("size"),
            })
        };
        Ok((page.value.items().filter_map(file).take(LISTED).collect(), page.next.is_some()))
    }

    /// The bytes of an attachment, at most `limit` of them.
    pub async fn attachment(&self, project: &str, event: &str, id: &str, limit: usize) -> Result<Body, Failure> {
        self.file(Request::get(ONE, &[project, event, id]).query("download", "1"), limit).await
    }
}
