//! Events, traces, profiles, releases, sessions, outcomes and monitors.

use serde_json::{Value, json};

use super::{
    Answer, EVENT_ID, ISSUE_ID, O, PROFILE_ID, PROJECT_ID, RELEASE, SHORT_ID, Sentry, TRACE_ID, org, page, proj,
};

/// The trace of the rich event: a page load, its slow request with 12 equal queries, and the error.
pub fn trace() -> Value {
    let span = |id: &str,
                parent: Option<&str>,
                op: &str,
                description: &str,
                project: &str,
                start: f64,
                duration: f64,
                children: Vec<Value>| {
        json!({
            "event_id": id, "event_type": "span", "transaction_id": "0123456789abcdef0123456789abcdef", "project_id": 4500000000000001u64,
            "project_slug": project, "transaction": "/checkout", "description": description, "op": op, "name": op, "parent_span_id": parent,
            "profile_id": "", "profiler_id": "", "sdk_name": "sentry.javascript.react", "is_transaction": parent.is_none(),
            "start_timestamp": 1_795_166_140.0 + start, "end_timestamp": 1_795_166_140.0 + start + duration / 1000.0, "duration": duration, "measurements": {},
            "browser_web_vital": {}, "mobile_app_vital": {}, "errors": [], "occurrences": [], "children": children,
        })
    };
    let queries = (0..12u32).map(|n| {
        span(
            &format!("d{n:015}"),
            Some("c000000000000001"),
            "db",
            "SELECT * FROM price WHERE sku = %s",
            "checkout-api",
            0.2 + f64::from(n) / 10.0,
            40.0,
            vec![],
        )
    });
    let mut charge = span(
        "c000000000000001",
        Some("b0b0000000000001"),
        "http.server",
        "POST /charge",
        "checkout-api",
        0.15,
        1500.0,
        queries.collect(),
    );
    charge["errors"] = json!([{
        "event_id": EVENT_ID, "event_type": "error", "issue_id": ISSUE_ID.parse::<u64>().unwrap(), "level": "error", "start_timestamp": 1_795_166_142.1,
        "culprit": "pay", "short_id": SHORT_ID, "issue_type": 1, "description": "CheckoutError: Payment of cart 8812 failed",
        "project_id": 4500000000000001u64, "project_slug": "frontend", "transaction": "/checkout",
    }]);
    let image = span(
        "e000000000000001",
        Some("b0b0000000000001"),
        "resource.img",
        "https://shop.acme.example/logo.png",
        "frontend",
        0.05,
        12.0,
        vec![],
    );
    json!([span("b0b0000000000001", None, "pageload", "/checkout", "frontend", 0.0, 2100.0, vec![image, charge])])
}

/// A release.
pub fn release() -> Value {
    json!({
        "id": 501, "version": RELEASE, "shortVersion": "2.4.1", "status": "open", "ref": "9fceb02d", "url": null, "dateReleased": "2026-11-20T08:05:00Z",
        "dateCreated": "2026-11-20T08:00:00Z", "dateStarted": null, "data": {}, "newGroups": 2, "owner": null, "commitCount": 2, "deployCount": 1,
        "versionInfo": {"package": "frontend", "version": {"raw": "2.4.1", "major": 2, "minor": 4, "patch": 1, "pre": null, "buildCode": null, "components": 3}, "description": "2.4.1", "buildHash": null},
        "lastCommit": commits()[0], "lastDeploy": deploys()[0], "authors": [{"name": "Robin Vale", "email": "robin@acme.example"}],
        "projects": [{"id": 4500000000000001u64, "slug": "frontend", "name": "Frontend", "platform": "javascript-react", "platforms": ["javascript"], "newGroups": 2, "hasHealthData": true,
            "healthData": {"adoption": 41.5, "crashFreeUsers": 98.2, "crashFreeSessions": 99.1, "totalUsers": 1200, "totalSessions": 3400, "totalUsers24h": 600, "totalSessions24h": 1700,
                "sessionsCrashed": 30, "sessionsErrored": 90, "sessionsUnhandled": 30, "durationP50": null, "durationP90": null, "hasHealthData": true, "stats": {}}}],
        "firstEvent": "2026-11-20T08:20:00Z", "lastEvent": "2026-11-20T09:15:42Z", "currentProjectMeta": {}, "userAgent": null, "adoptionStages": {"frontend": {"stage": "adopted", "adopted": "2026-11-20T08:40:00Z", "unadopted": null}},
    })
}

fn commits() -> Value {
    let commit = |id: &str, message: &str| {
        json!({
            "id": id, "message": message, "dateCreated": "2026-11-20T07:51:00Z", "pullRequest": null, "suspectCommitType": "",
            "author": {"name": "Robin Vale", "email": "robin@acme.example"}, "repository": {"id": "5", "name": "acme/shop", "dateCreated": "2024-02-01T00:00:00Z"},
            "releases": [{"version": RELEASE, "shortVersion": "2.4.1", "ref": null, "url": null, "dateReleased": null, "dateCreated": "2026-11-20T08:00:00Z"}],
        })
    };
    json!([
        commit("9fceb02d0ae598e95dc970b74767f19372d61af8", "Charge in minor units"),
        commit("1b2c3d4e5f60718293a4b5c6d7e8f90123456789", "Show the total")
    ])
}

fn deploys() -> Value {
    json!([{"id": "71", "environment": "production", "dateStarted": null, "dateFinished": "2026-11-20T08:10:00Z", "name": "canary", "url": null}])
}

/// A profile of samples, two stacks.
pub fn profile() -> Value {
    json!({
        "event_id": PROFILE_ID, "project_id": 4500000000000001u64, "platform": "javascript", "version": "1", "environment": "production", "release": RELEASE,
        "timestamp": "2026-11-20T09:15:40Z", "transaction": {"id": "0123456789abcdef0123456789abcdef", "name": "/checkout", "trace_id": TRACE_ID, "active_thread_id": 1},
        "profile": {
            "frames": [
                {"function": "pay", "filename": "src/checkout/pay.ts", "lineno": 42, "in_app": true}, {"function": "sum", "filename": "src/money/sum.ts", "lineno": 9, "in_app": true},
                {"function": "flush", "filename": "node_modules/scheduler/index.js", "lineno": 100, "in_app": false},
            ],
            "stacks": [[0, 2], [1, 0, 2]],
            "samples": (0..20).map(|n| json!({"stack_id": i32::from(n % 4 == 0), "thread_id": "1", "elapsed_since_start_ns": n * 10_000_000})).collect::<Vec<_>>(),
            "thread_metadata": {"1": {"name": "main"}},
        },
    })
}

pub(super) fn install(sentry: &Sentry) {
    let rows = json!({"data": [
        {"id": EVENT_ID, "title": "CheckoutError: Payment of cart 8812 failed", "timestamp": "2026-11-20T09:15:42+00:00", "project": "frontend", "project.name": "frontend", "issue": SHORT_ID, "count()": 1312},
    ], "meta": {"fields": {"id": "string", "title": "string", "timestamp": "date", "project": "string", "issue": "string", "count()": "integer"}, "units": {}, "dataset": "errors"}});
    sentry.on("GET", &format!("{O}/events/"), page(rows));
    org(sentry, "/events/validate/", json!({"valid": true, "errors": []}));
    let values: Vec<Value> = [3, 9, 41].iter().enumerate().map(|(n, value)| json!({"timestamp": 1_795_160_000_000u64 + n as u64 * 3_600_000, "value": value, "incomplete": false})).collect();
    org(
        sentry,
        "/events-timeseries/",
        json!({"timeSeries": [{"yAxis": "count()", "values": values, "meta": {"valueType": "integer", "valueUnit": null, "interval": 3_600_000}}],
        "meta": {"dataset": "errors", "start": 1_795_160_000_000u64, "end": 1_795_167_200_000u64}}),
    );
    org(
        sentry,
        "/trace-items/attributes/",
        json!([{"key": "span.op", "name": "span.op", "attributeSource": {"source_type": "sentry"}, "attributeType": "string"}]),
    );
    org(sentry, "/trace/{trace_id}/", trace());
    org(
        sentry,
        "/trace-meta/{trace_id}/",
        json!({"errorsCount": 1, "logsCount": 2, "metricsCount": 0, "performanceIssuesCount": 0, "spansCount": 15, "transactionChildCountMap": [], "spansCountMap": {"db": 12, "http.server": 1}, "uptimeCount": 0}),
    );
    proj(sentry, "/profiling/profiles/{profile_id}/", profile());
    org(
        sentry,
        "/profiling/flamegraph/",
        json!({
            "activeProfileIndex": 0, "platform": "javascript", "projectID": 4500000000000001u64, "transactionName": "/checkout", "metadata": {}, "metrics": [],
            "shared": {"frames": profile()["profile"]["frames"], "frame_infos": [{"count": 20, "weight": 200}, {"count": 5, "weight": 50}, {"count": 20, "weight": 200}], "profiles": []},
            "profiles": [{"type": "sampled", "name": "/checkout", "unit": "nanoseconds", "startValue": 0, "endValue": 200_000_000, "threadID": 1, "isMainThread": true,
                "samples": [[2, 0], [2, 0, 1]], "weights": [150_000_000, 50_000_000], "sample_durations_ns": [150_000_000, 50_000_000], "sample_counts": [15, 5]}],
        }),
    );
    org(
        sentry,
        "/profiling/chunks/",
        json!({"chunk": {"profiler_id": PROFILE_ID, "chunk_id": "1", "platform": "javascript", "project_id": 4500000000000001u64, "version": "2", "profile": profile()["profile"]}}),
    );
    releases(sentry);
    traffic(sentry);
    monitors(sentry);
}

fn releases(sentry: &Sentry) {
    sentry.on("GET", &format!("{O}/releases/"), page(json!([release()])));
    sentry.on("POST", &format!("{O}/releases/"), Answer::json(release()).with_status(201));
    let one = format!("{O}/releases/{{version}}");
    sentry.on("GET", &format!("{one}/"), release());
    sentry.on("PUT", &format!("{one}/"), release());
    sentry.on("GET", &format!("{one}/deploys/"), page(deploys()));
    sentry.on("POST", &format!("{one}/deploys/"), Answer::json(deploys()[0].clone()).with_status(201));
    sentry.on("GET", &format!("{one}/commits/"), page(commits()));
    sentry.on("GET", &format!("{one}/commitfiles/"), page(json!([{"id": "1", "commitMessage": "Charge in minor units", "filename": "src/money/units.ts", "type": "M", "author": {"name": "Robin Vale", "email": "robin@acme.example"}}])));
}

fn traffic(sentry: &Sentry) {
    let intervals = json!(["2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z"]);
    let group = |by: Value, field: &str, series: [u64; 2]| json!({"by": by, "totals": {field: series[0] + series[1]}, "series": {field: series}});
    let sessions = [("healthy", [900, 800]), ("errored", [20, 30]), ("crashed", [2, 9]), ("abnormal", [0, 0])];
    let sessions: Vec<Value> =
        sessions.map(|(status, series)| group(json!({"session.status": status}), "sum(session)", series)).to_vec();
    org(
        sentry,
        "/sessions/",
        json!({"start": "2026-11-20T08:00:00Z", "end": "2026-11-20T10:00:00Z", "intervals": intervals, "groups": sessions, "query": ""}),
    );
    let outcomes = [
        ("accepted", "none", [1200, 1500]),
        ("rate_limited", "key_quota", [0, 40]),
        ("filtered", "browser-extensions", [3, 4]),
        ("client_discard", "sample_rate", [10, 11]),
    ];
    let outcomes: Vec<Value> = outcomes
        .map(|(outcome, reason, series)| {
            group(json!({"outcome": outcome, "category": "error", "reason": reason}), "sum(quantity)", series)
        })
        .to_vec();
    org(
        sentry,
        "/stats_v2/",
        json!({"start": "2026-11-20T08:00:00Z", "end": "2026-11-20T10:00:00Z", "intervals": intervals, "groups": outcomes}),
    );
}

fn monitors(sentry: &Sentry) {
    let config = json!({"schedule_type": "crontab", "schedule": "*/5 * * * *", "checkin_margin": 2, "max_runtime": 10, "timezone": "UTC", "failure_issue_threshold": 1, "recovery_threshold": 1, "alert_rule_id": null});
    let monitor = json!({
        "id": "0f6f1f8a-0000-4000-8000-000000000001", "name": "Nightly prices", "slug": "nightly-prices", "status": "active", "isMuted": false, "isUpserting": false, "config": config,
        "dateCreated": "2026-01-01T00:00:00Z", "project": {"id": PROJECT_ID, "slug": "worker", "name": "Worker", "platform": "node"}, "owner": null,
        "environments": [{"name": "production", "status": "error", "isMuted": false, "dateCreated": "2026-01-01T00:00:00Z", "lastCheckIn": "2026-11-20T09:10:00Z",
            "nextCheckIn": "2026-11-20T09:15:00Z", "nextCheckInLatest": "2026-11-20T09:17:00Z",
            "activeIncident": {"startingTimestamp": "2026-11-20T09:10:00Z", "resolvingTimestamp": null, "brokenNotice": null}}],
    });
    let checkin = |id: &str, status: &str, duration: Value| {
        json!({
            "id": id, "environment": "production", "status": status, "duration": duration, "dateCreated": "2026-11-20T09:10:00Z", "dateAdded": "2026-11-20T09:10:00Z",
            "dateUpdated": "2026-11-20T09:10:09Z", "dateInProgress": null, "dateClock": "2026-11-20T09:10:00Z", "expectedTime": "2026-11-20T09:10:00Z", "monitorConfig": config,
        })
    };
    let checkins = json!([checkin("9001", "missed", Value::Null), checkin("9000", "ok", json!(8123))]);
    sentry.on("GET", &format!("{O}/monitors/"), page(json!([monitor])));
    org(sentry, "/monitors/{monitor_id_or_slug}/", monitor.clone());
    sentry.on("GET", &format!("{O}/monitors/{{monitor_id_or_slug}}/checkins/"), page(checkins.clone()));
    proj(sentry, "/monitors/{monitor_id_or_slug}/", monitor);
    proj(sentry, "/monitors/{monitor_id_or_slug}/checkins/", checkins);
    let uptime = json!({"id": "31", "name": "Shop is up", "status": "active", "mode": 1, "url": "https://shop.acme.example/", "method": "GET", "intervalSeconds": 60, "timeoutMs": 5000,
        "projectSlug": "frontend", "environment": "production", "uptimeStatus": 1, "owner": null});
    sentry.on("GET", &format!("{O}/uptime/"), page(json!([uptime])));
    proj(sentry, "/uptime/{uptime_detector_id}/", uptime);
    proj(
        sentry,
        "/uptime/{uptime_detector_id}/checks/",
        json!([{"uptimeCheckId": "u1", "timestamp": "2026-11-20T09:15:00Z", "scheduledCheckTime": "2026-11-20T09:15:00Z", "checkStatus": "success", "checkStatusReason": null, "httpStatusCode": 200, "durationMs": 120, "region": "us-west", "regionName": "US West", "environment": "production", "traceId": TRACE_ID}]),
    );
    let detector = json!({"id": "31", "name": "Shop is up", "type": "uptime_domain_failure", "projectId": PROJECT_ID, "enabled": true, "latestGroup": null, "config": {},
        "dataSources": [{"id": "1", "type": "uptime_subscription", "queryObj": {"url": "https://shop.acme.example/", "method": "GET", "intervalSeconds": 60, "timeoutMs": 5000}}]});
    sentry.on("GET", &format!("{O}/detectors/"), page(json!([detector])));
}
