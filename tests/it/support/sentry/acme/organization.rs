//! The organization, its teams, projects and keys.

use serde_json::{Value, json};

use super::{Answer, O, ORG, P, PROJECT_ID, Sentry, org, page, proj};

/// The organization; `links.regionUrl` is the server itself.
pub fn organization(url: &str) -> Value {
    json!({
        "id": "900", "slug": ORG, "name": "Acme Ltd", "status": {"id": "active", "name": "active"}, "dateCreated": "2024-02-01T00:00:00Z",
        "isEarlyAdopter": false, "require2FA": false, "avatar": {"avatarType": "letter_avatar", "avatarUuid": null},
        "links": {"organizationUrl": url, "regionUrl": url}, "hasAuthProvider": false, "allowMemberInvite": true,
        "allowMemberProjectCreation": true, "allowSuperuserAccess": false, "features": ["session-replay", "performance-view"],
        "access": ["org:read", "project:read", "team:read", "event:read", "event:write", "project:releases", "member:read"],
    })
}

/// A project.
pub fn project(id: &str, slug: &str, name: &str, platform: &str) -> Value {
    let team = json!({"id": "31", "slug": "checkout", "name": "checkout"});
    json!({
        "id": id, "slug": slug, "name": name, "platform": platform, "dateCreated": "2024-02-02T00:00:00Z", "isBookmarked": false, "isMember": true,
        "features": ["releases"], "firstEvent": "2024-02-03T00:00:00Z", "firstTransactionEvent": true, "access": ["project:read"],
        "hasAccess": true, "hasReplays": true, "hasSessions": true, "hasProfiles": true, "hasLogs": true, "hasMonitors": true,
        "team": team, "teams": [team], "platforms": [platform], "environments": ["production", "staging"], "latestRelease": {"version": super::RELEASE},
        "status": "active", "organization": {"id": "900", "slug": ORG, "name": "Acme Ltd"},
    })
}

/// All projects.
pub fn projects() -> Value {
    json!([
        project(PROJECT_ID, "frontend", "Frontend", "javascript-react"),
        project("4500000000000002", "checkout-api", "Checkout API", "python-django"),
        project("4500000000000003", "worker", "Worker", "node"),
    ])
}

/// All teams.
pub fn teams() -> Value {
    let team = |id: &str, slug: &str, members: u64| {
        json!({
            "id": id, "slug": slug, "name": slug, "dateCreated": "2024-02-01T00:00:00Z", "isMember": true, "teamRole": null, "flags": {"idp:provisioned": false},
            "access": ["team:read"], "hasAccess": true, "isPending": false, "memberCount": members, "avatar": {"avatarType": "letter_avatar", "avatarUuid": null},
            "externalTeams": [], "projects": [],
        })
    };
    json!([team("31", "checkout", 4), team("32", "platform", 2)])
}

/// A client key; its secret half must never be shown.
pub fn key() -> Value {
    let public = "https://aa11bb22cc33dd44ee55ff6677889900@o900.ingest.acme.example/4500000000000001";
    json!({
        "id": "aa11bb22cc33dd44ee55ff6677889900", "name": "Default", "label": "Default", "public": "aa11bb22cc33dd44ee55ff6677889900",
        "secret": "5ec4e700000000000000000000005ec4", "projectId": 4500000000000001u64, "isActive": true, "rateLimit": {"window": 60, "count": 1000},
        "dsn": {"public": public, "secret": public.replace('@', ":5ec4e700000000000000000000005ec4@"), "csp": "", "security": "", "minidump": "", "nel": "",
                "unreal": "", "crons": "", "cdn": "", "playstation": "", "integration": "", "otlp_traces": "", "otlp_logs": ""},
        "browserSdkVersion": "9.x", "browserSdk": {"choices": [["9.x", "9.x"]]}, "dateCreated": "2024-02-02T00:00:00Z",
        "dynamicSdkLoaderOptions": {"hasReplay": true, "hasPerformance": true, "hasDebug": false, "hasFeedback": false, "hasLogsAndMetrics": true},
    })
}

pub(super) fn install(sentry: &Sentry) {
    let this = organization(&sentry.url());
    sentry.on("GET", "/organizations/", page(json!([this])));
    sentry.on("GET", &format!("{O}/"), this);
    sentry.on("GET", "/users/me/regions/", json!({"regions": [{"name": "local", "url": sentry.url()}]}));
    let me =
        json!({"id": "11", "name": "Robin Vale", "email": "robin@acme.example", "username": "robin", "isActive": true});
    sentry.on("GET", "/auth/", me.clone());
    sentry.on("GET", "/", json!({"version": "0", "auth": {"scopes": ["org:read", "project:read", "team:read", "event:read", "event:write", "project:releases"]}, "user": me}));
    sentry.on("GET", &format!("{O}/projects/"), page(projects()));
    sentry.on("GET", &format!("{O}/teams/"), page(teams()));
    sentry.on("GET", &format!("{O}/members/"), page(json!([{"id": "1", "email": "robin@acme.example", "name": "Robin Vale", "user": {"id": "11", "username": "robin"}}])));
    sentry.on(
        "GET",
        &format!("{O}/environments/"),
        json!([{"id": "1", "name": "production"}, {"id": "2", "name": "staging"}]),
    );
    sentry.on("GET", &format!("{O}/repos/"), page(json!([{"id": "5", "name": "acme/shop", "status": "active", "provider": {"id": "github", "name": "GitHub"}}])));
    sentry.on("GET", &format!("{O}/project-keys/"), page(json!([key()])));
    proj(sentry, "/", project(PROJECT_ID, "frontend", "Frontend", "javascript-react"));
    sentry.on("PUT", &format!("{P}/"), project(PROJECT_ID, "frontend", "Frontend", "javascript-react"));
    sentry.on("GET", &format!("{P}/keys/"), page(json!([key()])));
    sentry.on("POST", &format!("{P}/keys/"), Answer::json(key()).with_status(201));
    sentry.on("PUT", &format!("{P}/keys/{{key_id}}/"), key());
    sentry.on("POST", &format!("{O}/teams/"), Answer::json(teams()[0].clone()).with_status(201));
    let made = project("4500000000000009", "new-shop", "New shop", "javascript");
    sentry.on(
        "POST",
        "/teams/{organization_id_or_slug}/{team_id_or_slug}/projects/",
        Answer::json(made.clone()).with_status(201),
    );
    sentry.on("POST", &format!("{O}/projects/"), Answer::json(made).with_status(201));
    org(
        sentry,
        "/tags/",
        json!([{"key": "browser", "name": "Browser", "totalValues": 350}, {"key": "tenant", "name": "Tenant", "totalValues": 20}]),
    );
}
