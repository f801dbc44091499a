//! What our server may ask although the schema does not have it; each with its reason. All else that is not in the schema
//! fails.

use serde_json::{Value, json};

use super::{answer::Form, schema::Operation};
use crate::support::sentry::acme;

/// Endpoints that the public schema does not have.
pub struct Undocumented {
    pub method: &'static str,
    pub template: &'static str,
    pub reason: &'static str,
    pub answer: fn() -> Value,
    /// What asks it has nothing else to do: without it, it fails.
    pub needed: bool,
}

/// The list.
pub const UNDOCUMENTED: &[Undocumented] = &[
    Undocumented {
        method: "GET",
        template: "/users/me/regions/",
        reason: "the regions of Sentry's cloud: no documented endpoint names them",
        answer: || json!({"regions": []}),
        needed: false,
    },
    Undocumented {
        method: "GET",
        template: "/organizations/{organization_id_or_slug}/issues/{issue_id}/activities/",
        reason: "activity of an issue beyond what the issue itself says",
        answer: acme::activities,
        needed: false,
    },
    Undocumented {
        method: "GET",
        template: "/organizations/{organization_id_or_slug}/issues/{issue_id}/notes/",
        reason: "comments have no documented endpoint",
        answer: acme::notes,
        needed: false,
    },
    Undocumented {
        method: "POST",
        template: "/organizations/{organization_id_or_slug}/issues/{issue_id}/notes/",
        reason: "comments have no documented endpoint",
        answer: || acme::notes()[0].clone(),
        needed: false,
    },
    Undocumented {
        method: "GET",
        template: "/organizations/{organization_id_or_slug}/issues/{issue_id}/tags/",
        reason: "how all tags of an issue are spread, in one request; the documented endpoint needs one for each tag",
        answer: || json!([{"key": "browser", "name": "Browser", "uniqueValues": 1, "totalValues": 9, "topValues": [{"value": "Firefox", "name": "Firefox", "count": 9}]}]),
        needed: false,
    },
    Undocumented {
        method: "GET",
        template: "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/committers/",
        reason: "suspect commits have no documented endpoint",
        answer: || json!({"committers": []}),
        needed: false,
    },
    Undocumented {
        method: "GET",
        template: "/",
        reason: "what the token may do; nothing documented says it",
        answer: || json!({"version": "0", "auth": {"scopes": ["org:read"]}, "user": null}),
        needed: false,
    },
    Undocumented {
        method: "GET",
        template: "/organizations/{organization_id_or_slug}/uptime/",
        reason: "uptime monitors; the documented detectors do not say their status",
        answer: || json!([{"id": "31", "name": "Shop is up", "status": "active", "url": "https://shop.acme.example/", "projectSlug": "frontend", "uptimeStatus": 1}]),
        needed: false,
    },
];

/// Endpoints that only Sentry's own cloud is asked for, which cannot be had here.
pub const UNASKED: &[(&str, &str)] = &[
    ("/users/me/regions/", "only the cloud has regions"),
    ("/organizations/{organization_id_or_slug}/", "only the cloud has regions"),
    ("/organizations/", "asked where no organization is set"),
];

/// Query parameters that the schema does not have: endpoint (`*` = any that answers a list), name, reason.
const QUERY: &[(&str, &str, &str)] = &[
    ("*", "per_page", "works on every route with a cursor, as the official client's notes say"),
    ("*", "cursor", "comes from the Link header of the same route"),
];

/// Values of a path that the schema's own list leaves out: endpoint, placeholder, whether the value is right, reason.
type Segment = (&'static str, &'static str, fn(&str) -> bool, &'static str);
const SEGMENTS: &[Segment] = &[(
    "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/{event_id}/",
    "event_id",
    |value| value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit()),
    "the list has latest, oldest and recommended; an event's id works as well",
)];

/// Bodies of which the schema calls every field required, and the server takes any part: endpoint.
const PARTIAL: &[&str] = &[
    "PUT /organizations/{organization_id_or_slug}/issues/",
    "PUT /organizations/{organization_id_or_slug}/issues/{issue_id}/",
];

pub(super) fn partial(operation: &Operation) -> bool {
    PARTIAL.contains(&format!("{} {}", operation.method, operation.template).as_str())
}

pub(super) fn query(operation: &Operation, name: &str) -> bool {
    let is_list = operation.method == "GET"
        && operation
            .answer
            .as_ref()
            .is_some_and(|schema| schema["type"] == "array" || schema["properties"].get("data").is_some());
    QUERY.iter().any(|(template, known, _)| {
        *known == name && (*template == operation.template || (*template == "*" && is_list))
    })
}

/// Whether a value that the schema calls wrong is right all the same: `start` and `end` without a zone are UTC, and the one
/// form that servers of every age take.
pub(super) fn value(name: &str, value: &str) -> bool {
    ["start", "end"].contains(&name) && value.parse::<jiff::civil::DateTime>().is_ok()
}

pub(super) fn segment(template: &str, name: &str, value: &str) -> bool {
    SEGMENTS.iter().any(|(known, placeholder, right, _)| *known == template && *placeholder == name && right(value))
}

/// Tools whose refusal is right where an answer holds the least that is legal: tool, words, reason.
const NOTHING: &[(&str, &str, &str)] =
    &[("get_profile", "no profile", "samples and frames are not required, and a profile without any is none")];

pub(super) fn nothing(tool: &str, form: Form, said: &str) -> bool {
    form == Form::Least && NOTHING.iter().any(|(known, words, _)| *known == tool && said.contains(words))
}
