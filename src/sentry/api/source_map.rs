//! Why frames of an event are or are not mapped, as Sentry tells it.

use serde_json::Value;

use crate::{
    event::source_map::{FrameDebug, Lookup, Scraped, SourceMapDebug},
    sentry::{Failure, Organization, Read, Request},
};

const DEBUG: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/source-map-debug/";

impl Organization {
    /// What Sentry tried for each frame of an event; none = this server does not tell.
    pub async fn source_map_debug(&self, project: &str, event: &str) -> Result<Option<SourceMapDebug>, Failure> {
        Ok(self.optional(Request::get(DEBUG, &[project, event])).await?.map(|value| read(&value)))
    }
}

fn read(value: &Value) -> SourceMapDebug {
    SourceMapDebug {
        release: value.text("release"),
        dist: value.text("dist"),
        sdk_version: value.text("sdk_version"),
        needs_sdk: value.text("min_debug_id_sdk_version"),
        sdk_support: value.text("sdk_debug_id_support"),
        has_debug_ids: value.truth("has_debug_ids"),
        project_has_files: value.truth("project_has_some_artifact_bundle"),
        release_has_files: value.truth("release_has_some_artifact"),
        uploaded_debug_ids: value.truth("has_uploaded_some_artifact_with_a_debug_id"),
        frames: value
            .at("exceptions")
            .items()
            .enumerate()
            .flat_map(|(number, exception)| {
                let frames = exception.at("frames").items().enumerate();
                frames.map(move |(index, value)| FrameDebug { place: (number, index), ..frame(value) })
            })
            .collect(),
    }
}

fn frame(value: &Value) -> FrameDebug {
    let (ids, release, scraping) =
        (value.at("debug_id_process"), value.at("release_process"), value.at("scraping_process"));
    let lookup = |key: &str| match release.text(key).as_deref() {
        Some("found") => Some(Lookup::Found),
        Some("wrong-dist") => Some(Lookup::WrongDist),
        Some("unsuccessful") => Some(Lookup::Missing),
        _ => None,
    };
    FrameDebug {
        place: (0, 0),
        debug_id: ids.text("debug_id"),
        file_by_id: ids.truth("uploaded_source_file_with_correct_debug_id").unwrap_or(false),
        map_by_id: ids.truth("uploaded_source_map_with_correct_debug_id").unwrap_or(false),
        file: release.text("abs_path").or_else(|| scraping.at("source_file").text("url")),
        names: release.texts("matching_source_file_names"),
        map_name: release.text("matching_source_map_name"),
        reference: release.text("source_map_reference"),
        file_lookup: lookup("source_file_lookup_result"),
        map_lookup: lookup("source_map_lookup_result"),
        scraped_file: scraped(scraping.at("source_file")),
        scraped_map: scraped(scraping.at("source_map")),
    }
}

fn scraped(value: &Value) -> Option<Scraped> {
    let status = value.text("status")?;
    let why = [value.text("reason"), value.text("details")].into_iter().flatten().collect::<Vec<_>>().join(", ");
    Some(Scraped { ok: status == "success", tried: status != "not_attempted", why })
}
