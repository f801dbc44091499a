//! The issue FRONTEND-4K and what hangs on it.

use serde_json::{Value, json};

use super::{
    Answer, EVENT_ID, ISSUE_ID, O, OLDEST_EVENT_ID, P, PROJECT_ID, RELEASE, SHORT_ID, Sentry,
    event::{poorest_event, rich_event},
    org, page, proj,
};

/// The issue.
pub fn issue() -> Value {
    json!({
        "id": ISSUE_ID, "shareId": null, "shortId": SHORT_ID, "title": "CheckoutError: Payment of cart 8812 failed", "culprit": "pay(src/checkout/pay)",
        "permalink": format!("https://acme.sentry.io/issues/{ISSUE_ID}/"), "logger": null, "level": "error", "status": "unresolved",
        "statusDetails": {}, "substatus": "regressed", "isPublic": false, "platform": "javascript", "priority": "high",
        "priorityLockedAt": null, "seerFixabilityScore": 0.61, "seerAutofixLastTriggered": null, "seerExplorerAutofixLastTriggered": null,
        "project": {"id": PROJECT_ID, "name": "Frontend", "slug": "frontend", "platform": "javascript-react"},
        "type": "error", "issueType": "error", "issueCategory": "error",
        "metadata": {"type": "CheckoutError", "value": "Payment of cart 8812 failed", "filename": "src/checkout/pay.ts", "function": "pay"},
        "numComments": 2, "assignedTo": {"type": "team", "id": "31", "name": "checkout"}, "isBookmarked": false, "isSubscribed": true,
        "subscriptionDetails": null, "hasSeen": true, "annotations": [{"displayName": "ACME-77", "url": "https://tickets.acme.example/ACME-77"}],
        "isUnhandled": true, "count": "1312", "userCount": 284, "firstSeen": "2026-10-02T11:00:00Z", "lastSeen": "2026-11-20T09:15:42Z",
        "firstRelease": {"version": "frontend@2.1.0", "shortVersion": "2.1.0", "dateCreated": "2026-10-01T08:00:00Z", "dateReleased": null, "ref": null, "url": null},
        "lastRelease": {"version": RELEASE, "shortVersion": "2.4.1", "dateCreated": "2026-11-20T08:00:00Z", "dateReleased": null, "ref": null, "url": null},
        "tags": [
            {"key": "browser", "name": "Browser", "totalValues": 1312}, {"key": "environment", "name": "Environment", "totalValues": 1312},
            {"key": "tenant", "name": "Tenant", "totalValues": 1200},
        ],
        "stats": {"24h": [[1763600400, 11], [1763604000, 19]], "30d": [[1761004800, 410], [1761091200, 902]]},
        "activity": activities()["activity"], "seenBy": [], "userReportCount": 1, "participants": [],
    })
}

/// An issue of which nothing is known but what must be.
pub fn poorest_issue() -> Value {
    json!({"id": "4000000043", "shortId": "FRONTEND-4M", "title": "<unlabeled event>", "project": {"id": PROJECT_ID, "slug": "frontend"}, "status": "unresolved"})
}

/// The issues of a search: the issue and two more.
pub fn issues() -> Value {
    let other = |id: &str, short: &str, title: &str, count: &str| {
        let mut other = issue();
        (other["id"], other["shortId"], other["title"], other["count"]) =
            (json!(id), json!(short), json!(title), json!(count));
        (other["assignedTo"], other["substatus"], other["priority"]) = (Value::Null, json!("ongoing"), json!("medium"));
        other["metadata"] = json!({"title": title});
        other["culprit"] = json!("loadPrices(src/prices)");
        other
    };
    json!([
        issue(),
        other("4000000044", "FRONTEND-4N", "ChunkLoadError: Loading chunk 9 failed", "77"),
        other("4000000045", "WORKER-A1", "Timeout: price feed took 30 s", "3"),
    ])
}

/// What people did with it.
pub fn activities() -> Value {
    let dana = json!({"id": "11", "name": "Robin Vale", "email": "robin@acme.example", "username": "robin"});
    json!({"activity": [
        {"id": "903", "type": "note", "dateCreated": "2026-11-20T10:00:00Z", "user": dana, "data": {"text": "Seen on the canary too."}},
        {"id": "902", "type": "set_regression", "dateCreated": "2026-11-20T08:30:00Z", "user": null, "data": {"version": RELEASE}},
        {"id": "901", "type": "set_resolved_in_release", "dateCreated": "2026-11-01T12:00:00Z", "user": dana, "data": {"version": "frontend@2.3.0"}},
        {"id": "0", "type": "first_seen", "dateCreated": "2026-10-02T11:00:00Z", "user": null, "data": {"priority": "medium"}},
    ]})
}

/// Its comments.
pub fn notes() -> Value {
    json!([activities()["activity"][0]])
}

pub(super) fn install(sentry: &Sentry) {
    let one = "/issues/{issue_id}";
    sentry.on("GET", &format!("{O}/issues/"), page(issues()));
    sentry.on("PUT", &format!("{O}/issues/"), json!({"status": "resolved", "statusDetails": {}}));
    org(sentry, &format!("{one}/"), issue());
    sentry.on_with("PUT", &format!("{O}{one}/"), |request| {
        let mut changed = issue();
        for (key, value) in request.json().as_object().into_iter().flatten() {
            changed[key] = value.clone();
        }
        Answer::json(changed)
    });
    org(
        sentry,
        "/shortids/{issue_id}/",
        json!({"organizationSlug": "acme", "projectSlug": "frontend", "groupId": ISSUE_ID, "group": issue(), "shortId": SHORT_ID}),
    );
    org(
        sentry,
        "/eventids/{event_id}/",
        json!({"organizationSlug": "acme", "projectSlug": "frontend", "groupId": ISSUE_ID, "eventId": EVENT_ID, "event": rich_event()}),
    );
    let summary = |event: Value, id: &str| {
        let pick = [
            "id",
            "eventID",
            "groupID",
            "projectID",
            "message",
            "title",
            "location",
            "culprit",
            "user",
            "tags",
            "platform",
            "dateCreated",
            "dateReceived",
        ];
        let mut row: serde_json::Map<_, _> = pick.iter().map(|key| ((*key).to_owned(), event[*key].clone())).collect();
        row.insert("event.type".to_owned(), json!("error"));
        row.insert("id".to_owned(), json!(id));
        Value::Object(row)
    };
    let rows = json!([summary(rich_event(), EVENT_ID), summary(poorest_event(), OLDEST_EVENT_ID)]);
    sentry.on("GET", &format!("{O}{one}/events/"), page(rows));
    org(sentry, &format!("{one}/events/{{event_id}}/"), rich_event());
    for id in ["oldest", OLDEST_EVENT_ID] {
        org(sentry, &format!("{one}/events/{id}/"), poorest_event());
        proj(sentry, &format!("/events/{id}/"), poorest_event());
    }
    proj(sentry, "/events/{event_id}/", rich_event());
    hangers_on(sentry, one);
}

fn hangers_on(sentry: &Sentry, one: &str) {
    let tag = |key: &str, name: &str, values: &[(&str, u64)]| {
        let all: u64 = values.iter().map(|(_, count)| count).sum();
        let top: Vec<Value> = values
            .iter()
            .map(|(value, count)| {
                json!({"key": key, "name": value, "value": value, "count": count,
            "firstSeen": "2026-10-02T11:00:00Z", "lastSeen": "2026-11-20T09:15:42Z"})
            })
            .collect();
        json!({"key": key, "name": name, "uniqueValues": top.len(), "totalValues": all, "topValues": top})
    };
    let browser = tag("browser", "Browser", &[("Firefox 141.0", 1200), ("Safari 19.0", 112)]);
    let environment = tag("environment", "Environment", &[("production", 1300), ("staging", 12)]);
    let tenant = tag("tenant", "Tenant", &[("north", 1190), ("south", 10)]);
    org(sentry, &format!("{one}/tags/"), json!([browser, environment, tenant]));
    org(sentry, &format!("{one}/tags/{{key}}/"), browser.clone());
    org(sentry, &format!("{one}/tags/{{key}}/values/"), browser["topValues"].clone());
    org(
        sentry,
        &format!("{one}/hashes/"),
        json!([{"id": "5d1c0a1e7f0b4c0f9c1b2a3d4e5f6071", "latestEvent": rich_event(), "mergedBySeer": false}]),
    );
    org(
        sentry,
        &format!("{one}/external-issues/"),
        json!([{"id": "5", "issueId": ISSUE_ID, "serviceType": "tickets", "displayName": "acme#77", "webUrl": "https://tickets.acme.example/ACME-77"}]),
    );
    org(sentry, &format!("{one}/activities/"), activities());
    org(sentry, &format!("{one}/notes/"), notes());
    sentry.on(
        "POST",
        &format!("{O}{one}/notes/"),
        Answer::json(
            json!({"id": "904", "type": "note", "data": {}, "dateCreated": "2026-11-21T00:00:00Z", "user": null}),
        )
        .with_status(201),
    );
    let report = json!([{"id": "61", "eventID": EVENT_ID, "name": "Dana Fox", "email": "dana@customer.example", "comments": "I could not pay.",
        "dateCreated": "2026-11-20T09:16:30Z", "user": null, "event": {"id": EVENT_ID, "eventID": EVENT_ID}}]);
    org(sentry, &format!("{one}/user-reports/"), report.clone());
    proj(sentry, "/user-feedback/", report);
    org(sentry, &format!("{one}/autofix/"), json!({"autofix": null}));
    sentry.on(
        "POST",
        &format!("{O}{one}/autofix/"),
        Answer::json(json!({"run_id": 7001, "sentry_run_id": "b5f1"})).with_status(202),
    );
    let attachments = json!([
        {"id": "81", "event_id": EVENT_ID, "type": "event.attachment", "name": "cart.json", "mimetype": "application/json", "dateCreated": "2026-11-20T09:15:43Z",
         "size": 25, "headers": {"Content-Type": "application/json"}, "sha1": "d3adb33f"},
        {"id": "82", "event_id": EVENT_ID, "type": "event.attachment", "name": "screenshot.png", "mimetype": "image/png", "dateCreated": "2026-11-20T09:15:43Z",
         "size": PIXEL.len(), "headers": {"Content-Type": "image/png"}, "sha1": "d3adb340"},
    ]);
    proj(sentry, "/events/{event_id}/attachments/", attachments.clone());
    sentry.on_with("GET", &format!("{P}/events/{{event_id}}/attachments/{{attachment_id}}/"), move |request| {
        let image = request.path.ends_with("/82/");
        match (request.query("download").is_some(), image) {
            (false, _) => Answer::json(attachments[usize::from(image)].clone()),
            (true, true) => Answer::status(200).header("content-type", "image/png").body(PIXEL),
            (true, false) => {
                Answer::status(200).header("content-type", "application/json").body(br#"{"cart":8812,"items":["a"]}"#)
            }
        }
    });
    proj(sentry, "/events/{event_id}/source-map-debug/", source_map_debug());
}

/// A PNG of one pixel.
const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0,
    1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

fn source_map_debug() -> Value {
    let frame = |path: &str, id: Value, found: bool| {
        json!({
            "debug_id_process": {"debug_id": id, "uploaded_source_file_with_correct_debug_id": false, "uploaded_source_map_with_correct_debug_id": false},
            "release_process": {"abs_path": format!("https://shop.acme.example{path}"), "matching_source_file_names": [format!("~{path}")],
                "matching_source_map_name": format!("~{path}.map"), "source_map_reference": format!("{path}.map"),
                "source_file_lookup_result": if found { "found" } else { "unsuccessful" }, "source_map_lookup_result": if found { "found" } else { "unsuccessful" }},
            "scraping_process": {"source_file": {"url": format!("https://shop.acme.example{path}"), "status": "failure", "reason": "not_found", "details": "HTTP 404"}, "source_map": null},
        })
    };
    json!({
        "dist": "web", "release": RELEASE, "has_debug_ids": false, "min_debug_id_sdk_version": "7.56.0", "sdk_version": "9.1.0",
        "project_has_some_artifact_bundle": true, "release_has_some_artifact": true, "has_uploaded_some_artifact_with_a_debug_id": false,
        "sdk_debug_id_support": "full", "has_scraping_data": true,
        "exceptions": [{"frames": [frame("/assets/vendor-77aa.js", Value::Null, false), frame("/assets/app-12bc.js", json!("0f0e0d0c-0b0a-4908-8706-050403020100"), true)]}],
    })
}
