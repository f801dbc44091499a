//! The fields of each dataset.

use super::Dataset;

/// A dataset as the API calls it.
pub(super) fn dataset(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Spans => "spans",
        Dataset::Logs => "logs",
        Dataset::Metrics => "tracemetrics",
        Dataset::Profiles => "profile_functions",
        Dataset::Errors | Dataset::Replays | Dataset::CheckIns => "errors",
    }
}

pub(super) fn attributes(set: Dataset) -> Option<&'static str> {
    matches!(set, Dataset::Spans | Dataset::Logs | Dataset::Metrics).then(|| dataset(set))
}

/// Fields shown where none is asked for.
pub(super) fn usual(dataset: Dataset) -> &'static [&'static str] {
    match dataset {
        Dataset::Errors | Dataset::CheckIns => {
            &["timestamp", "issue", "level", "title", "transaction", "release", "project", "id"]
        }
        Dataset::Spans => {
            &["timestamp", "span.duration", "span.op", "span.description", "transaction", "project", "trace", "id"]
        }
        Dataset::Logs => &["timestamp", "severity", "message", "project", "trace"],
        Dataset::Metrics => &["timestamp", "metric.name", "metric.type", "value", "metric.unit", "project", "trace"],
        Dataset::Profiles => &["function", "package", "transaction", "project", "count()", "p95()", "sum()"],
        Dataset::Replays => &[
            "started_at",
            "duration",
            "count_errors",
            "count_rage_clicks",
            "count_dead_clicks",
            "urls",
            "user",
            "error_ids",
            "project_id",
            "id",
        ],
    }
}

/// Fields that the lists of attributes and tags leave out.
pub(super) fn builtin(dataset: Dataset) -> &'static [&'static str] {
    match dataset {
        Dataset::Spans => &[
            "id",
            "timestamp",
            "trace",
            "project",
            "project.id",
            "span.op",
            "span.description",
            "span.duration",
            "span.self_time",
            "span.status",
            "span.category",
            "transaction",
            "is_transaction",
            "release",
            "environment",
            "parent_span",
            "profile.id",
            "profiler.id",
            "sdk.name",
            "user",
        ],
        Dataset::Logs => &["timestamp", "severity", "message", "trace", "project", "release", "environment", "span_id"],
        Dataset::Metrics => &[
            "timestamp",
            "metric.name",
            "metric.type",
            "metric.unit",
            "value",
            "trace",
            "project",
            "release",
            "environment",
        ],
        _ => &[
            "id",
            "timestamp",
            "title",
            "issue",
            "issue.id",
            "message",
            "level",
            "project",
            "transaction",
            "release",
            "dist",
            "environment",
            "error.type",
            "error.value",
            "error.handled",
            "error.unhandled",
            "error.mechanism",
            "stack.filename",
            "stack.function",
            "stack.module",
            "trace",
            "replayId",
            "url",
            "http.method",
            "user",
            "user.id",
            "user.email",
            "user.username",
            "user.ip",
            "user.display",
            "event.type",
            "platform.name",
            "sdk.name",
            "sdk.version",
            "device.family",
            "os.name",
            "geo.country_code",
            "function",
            "package",
            "fingerprint",
            "has",
            "is",
        ],
    }
}
