//! Cron monitors with their check-ins, and uptime monitors.

use serde_json::Value;

use crate::sentry::{Failure, Organization, Read, Request};

const LIST: &str = "/organizations/{organization_id_or_slug}/monitors/";
const ONE: &str = "/organizations/{organization_id_or_slug}/monitors/{monitor_id_or_slug}/";
const CHECK_INS: &str = "/organizations/{organization_id_or_slug}/monitors/{monitor_id_or_slug}/checkins/";
const DETECTORS: &str = "/organizations/{organization_id_or_slug}/detectors/";
/// Not in the official schema; asked only where `DETECTORS` does not answer.
const UPTIME: &str = "/organizations/{organization_id_or_slug}/uptime/";

/// A cron monitor. Missing = not said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cron {
    /// Slug, else id.
    pub slug: String,
    /// Name.
    pub name: Option<String>,
    /// Slug of its project.
    pub project: Option<String>,
    /// `active`, `disabled`, ….
    pub status: Option<String>,
    /// Nobody is told of its faults.
    pub muted: bool,
    /// `*/5 * * * *`, `every 2 hour`.
    pub schedule: Option<String>,
    /// Zone of the schedule.
    pub timezone: Option<String>,
    /// Minutes that a check-in may be late.
    pub margin: Option<u64>,
    /// Minutes that a job may run.
    pub max_runtime: Option<u64>,
    /// How it stands in each environment.
    pub environments: Vec<CronEnvironment>,
}

/// A cron monitor in one environment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CronEnvironment {
    /// `production`.
    pub name: String,
    /// `ok`, `error`, `missed_checkin`, `timeout`, ….
    pub status: Option<String>,
    /// RFC 3339.
    pub last: Option<String>,
    /// RFC 3339.
    pub next: Option<String>,
    /// RFC 3339, when the open incident began.
    pub broken_since: Option<String>,
}

/// A check-in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckIn {
    /// `ok`, `error`, `missed`, `timeout`, `in_progress`.
    pub status: String,
    /// Environment.
    pub environment: Option<String>,
    /// RFC 3339.
    pub at: Option<String>,
    /// Milliseconds.
    pub millis: Option<u64>,
}

/// An uptime monitor. Missing = not said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Uptime {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// Address that is asked.
    pub url: Option<String>,
    /// Method.
    pub method: Option<String>,
    /// Seconds between two checks.
    pub interval: Option<u64>,
    /// It is switched on.
    pub enabled: Option<bool>,
    /// It answers; false = it is down.
    pub up: Option<bool>,
    /// Short id of its latest issue, and the issue's status.
    pub issue: Option<(String, String)>,
}

impl Organization {
    /// A page of cron monitors, and the cursor of the next.
    pub async fn crons(
        &self,
        project: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<(Vec<Cron>, Option<String>), Failure> {
        let request = Request::get(LIST, &[]).maybe("project", project).maybe("cursor", cursor);
        let page = self.page(request).await?;
        Ok((page.value.items().map(cron).collect(), page.next))
    }

    /// A cron monitor by slug or id; none = there is none.
    pub async fn cron(&self, monitor: &str) -> Result<Option<Cron>, Failure> {
        Ok(self.optional(Request::get(ONE, &[monitor])).await?.map(|value| cron(&value)))
    }

    /// Check-ins of a cron monitor, newest first, a page of them.
    pub async fn check_ins(
        &self,
        monitor: &str,
        cursor: Option<&str>,
    ) -> Result<(Vec<CheckIn>, Option<String>), Failure> {
        let page = self.page(Request::get(CHECK_INS, &[monitor]).maybe("cursor", cursor)).await?;
        let one = |value: &Value| CheckIn {
            status: value.text("status").unwrap_or_default(),
            environment: value.text("environment"),
            at: value.text("dateAdded").or_else(|| value.text("dateCreated")),
            millis: value.count("duration"),
        };
        Ok((page.value.items().map(one).collect(), page.next))
    }

    /// Uptime monitors, as the official schema has them; else, on servers without those, as the older address has them.
    pub async fn uptimes(&self, project: Option<&str>) -> Result<Vec<Uptime>, Failure> {
        let request =
            Request::get(DETECTORS, &[]).query("query", "type:uptime_domain_failure").maybe("project", project);
        match self.value(request).await {
            Ok(value) => {
                let own = value.items().filter(|it| it.text("type").is_none_or(|ty| ty == "uptime_domain_failure"));
                Ok(own.map(detector).collect())
            }
            Err(failure) => match self.value(Request::get(UPTIME, &[]).maybe("project", project)).await {
                Ok(value) => Ok(value.items().map(uptime).collect()),
                Err(_) => Err(failure),
            },
        }
    }
}

fn cron(value: &Value) -> Cron {
    let config = value.at("config");
    let environment = |value: &Value| CronEnvironment {
        name: value.text("name").unwrap_or_default(),
        status: value.text("status"),
        last: value.text("lastCheckIn"),
        next: value.text("nextCheckIn"),
        broken_since: value.at("activeIncident").text("startingTimestamp"),
    };
    let environments = value.at("environments");
    // The official schema has one environment there, servers send a list.
    let environments: Vec<CronEnvironment> = match environments {
        Value::Object(_) => vec![environment(environments)],
        other => other.items().map(environment).collect(),
    };
    let schedule = match config.at("schedule") {
        Value::Array(_) => Some(format!("every {}", config.texts("schedule").join(" "))),
        _ => config.text("schedule"),
    };
    Cron {
        slug: value.text("slug").or_else(|| value.text("id")).unwrap_or_default(),
        name: value.text("name"),
        project: value.at("project").text("slug"),
        status: value.text("status"),
        muted: value.truth("isMuted").unwrap_or(false),
        schedule,
        timezone: config.text("timezone"),
        margin: config.count("checkin_margin"),
        max_runtime: config.count("max_runtime"),
        environments,
    }
}

fn detector(value: &Value) -> Uptime {
    let asked = value.at("dataSources").items().next().map(|source| source.at("queryObj"));
    let group = value.at("latestGroup");
    let issue = group.text("shortId").or_else(|| group.text("id")).zip(group.text("status"));
    Uptime {
        id: value.text("id").unwrap_or_default(),
        name: value.text("name"),
        url: asked.and_then(|asked| asked.text("url")),
        method: asked.and_then(|asked| asked.text("method")),
        interval: asked.and_then(|asked| asked.count("intervalSeconds")),
        enabled: value.truth("enabled"),
        // An archived issue says nothing of how it stands: a check may fail all the while.
        up: issue.as_ref().and_then(|(_, status)| match status.as_str() {
            "unresolved" => Some(false),
            "resolved" => Some(true),
            _ => None,
        }),
        issue,
    }
}

fn uptime(value: &Value) -> Uptime {
    Uptime {
        id: value.text("id").unwrap_or_default(),
        name: value.text("name"),
        url: value.text("url"),
        method: value.text("method"),
        interval: value.count("intervalSeconds"),
        enabled: value.text("status").map(|status| status == "active"),
        up: value.count("uptimeStatus").map(|status| status == 1),
        issue: None,
    }
}
