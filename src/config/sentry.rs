//! Which Sentry servers there are, with which token: environment, `fixloop.toml`, `.sentryclirc`, `sentry.properties`.
//!
//! A token goes only to a host that the user's own words name. A file of the workspace may come from a stranger's
//! repository, so the address in it counts only with the token of the same file, or where the host is Sentry's own, this
//! machine, or one that `SENTRY_URL` or `FIXLOOP_SENTRY_HOSTS` names.
#![expect(clippy::disallowed_methods, reason = "part of the owner of the environment")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use base64::Engine;
use serde::Deserialize;
use url::Url;

use crate::redact::Secret;

/// Sentry's own cloud.
const SAAS: &str = "https://sentry.io";
/// The name of the connection that environment and sentry-cli's files describe.
const DEFAULT: &str = "sentry";

/// The Sentry servers that can be asked.
#[derive(Debug, Clone, Default)]
pub struct SentryConfig {
    /// The connection of the environment first, then those of `fixloop.toml`.
    pub connections: Vec<ConnectionConfig>,
    /// What is wrong with settings that were left out, a sentence each.
    pub problems: Vec<String>,
}

/// One Sentry server and how to talk to it.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// `sentry`, or its name in `fixloop.toml`.
    pub name: String,
    /// Base address, without `/api/0`; may have a path prefix.
    pub url: Url,
    /// The auth token.
    pub token: Secret,
    /// Where the token was found, for messages.
    pub found: String,
    /// Organization slug, where it is set.
    pub organization: Option<String>,
    /// Project slug, where it is set.
    pub project: Option<String>,
    /// The organization's region, where the token names it.
    pub region: Option<Url>,
    /// Time limit of one request.
    pub timeout: Duration,
}

/// A connection in `fixloop.toml`: `[sentry.NAME]`. Its token is in the environment, as `SENTRY_AUTH_TOKEN_NAME`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NamedConnection {
    /// Base address [default: https://sentry.io]
    pub url: Option<String>,
    /// Organization slug
    pub org: Option<String>,
    /// Project slug
    pub project: Option<String>,
}

/// What environment or a file of sentry-cli says.
#[derive(Debug, Default)]
struct Said {
    token: Option<String>,
    url: Option<String>,
    organization: Option<String>,
    project: Option<String>,
    from: String,
    /// Where the address was said.
    url_from: String,
    /// The user wrote it: the home folder's file, or one that the environment names.
    users: bool,
}

/// Rules for addresses.
struct Rules {
    /// http is good enough for any host.
    allow_http: bool,
    /// Hosts that the user named, in flags or environment.
    trusted: Vec<String>,
    timeout: Duration,
}

/// Finds the connections for a workspace.
pub(super) fn find(
    folder: &Path,
    named: &BTreeMap<String, NamedConnection>,
    allow_http: bool,
    timeout: Duration,
) -> SentryConfig {
    let environment = environment();
    let trusted = variable("FIXLOOP_SENTRY_HOSTS").unwrap_or_default();
    let mut trusted: Vec<String> = trusted.split([',', ' ']).map(|host| host.trim().to_ascii_lowercase()).collect();
    trusted.extend(environment.url.as_deref().and_then(|url| host_of(&address(url).ok()?)));
    let rules = Rules { allow_http, trusted, timeout };
    let mut config = SentryConfig::default();
    default_connection(&mut config, &rules, environment, files(folder));
    for (name, entry) in named {
        if matches!(name.to_ascii_lowercase().as_str(), "auto" | "local" | "sink" | "sentry" | "")
            || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        {
            let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let why = "no source can be called so. Give it a name of letters, digits, - and _.";
            config.problems.push(format!("Sentry connection {name:?} is not used: {why}"));
            continue;
        }
        let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let variable_name = format!("SENTRY_AUTH_TOKEN_{}", name.chars().map(upper).collect::<String>());
        let Some(token) = variable(&variable_name) else {
            config.problems.push(format!("Sentry connection {name}: set its token in {variable_name}."));
            continue;
        };
        let said = Said {
            token: Some(token),
            url: entry.url.clone(),
            organization: entry.org.clone(),
            project: entry.project.clone(),
            from: variable_name,
            url_from: super::FILE.to_owned(),
            users: false,
        };
        add(&mut config, &rules, name, said, Trust { url: false, token: true, together: false });
    }
    config
}

/// The connection of the environment, completed by the files that sentry-cli reads.
fn default_connection(config: &mut SentryConfig, rules: &Rules, environment: Said, files: Vec<Said>) {
    let url_is_own = environment.url.is_some();
    let mut trust = Trust { url: url_is_own, token: environment.token.is_some(), together: false };
    let mut said = environment;
    for file in files {
        let same_file = said.token.is_none() && file.token.is_some();
        if same_file {
            said.token = file.token;
            said.from = file.from;
            trust.token = file.users;
            // The user's own address comes first.
            if !url_is_own {
                (trust.url, trust.together) = (file.users, true);
                (said.url, said.url_from) = (file.url, file.url_from);
            }
        } else if said.url.is_none() && file.url.is_some() {
            (trust.url, trust.together) = (file.users, false);
            (said.url, said.url_from) = (file.url, file.url_from);
        }
        said.organization = said.organization.or(file.organization);
        said.project = said.project.or(file.project);
    }
    if said.token.is_some() {
        add(config, rules, DEFAULT, said, trust);
    }
}

/// Whose words address and token are. What a workspace says may be a stranger's.
#[derive(Debug, Clone, Copy)]
struct Trust {
    /// The address is the user's: of the environment or the home folder.
    url: bool,
    /// The token is.
    token: bool,
    /// Both are of one file, so that at least no token of the user's goes to a stranger.
    together: bool,
}

/// Adds a connection, or a problem. The address that the user's token itself names goes before that of a workspace.
fn add(config: &mut SentryConfig, rules: &Rules, name: &str, said: Said, trust: Trust) {
    let Some(token) = said.token else { return };
    let claims = Claims::of(&token);
    let claimed = claims.url.filter(|_| !trust.url || said.url.is_none());
    let own = if claimed.is_some() { trust.token } else { trust.url };
    let url = claimed.or(said.url).unwrap_or_else(|| SAAS.to_owned());
    let problem = |why: String| format!("Sentry connection {name} is not used: {why}");
    let url = match address(&url) {
        Ok(url) => url,
        Err(why) => return config.problems.push(problem(why)),
    };
    let host = host_of(&url).unwrap_or_default();
    if url.scheme() == "http" && !is_loopback(&url) && !rules.allow_http {
        return config.problems.push(problem(format!(
            "http://{host} would carry the token in the clear. Use https, or --sentry-allow-http if you mean it."
        )));
    }
    // A server on this machine may be a stranger's too, such as the app under test: only a file's own token may go there.
    let harmless = is_saas(&url) || (trust.together && is_loopback(&url));
    if !own && !harmless && !rules.trusted.contains(&host) {
        return config.problems.push(problem(format!(
            "{} names the host {host} for the token of {}; a file of a repository alone does not decide where tokens and \
             questions go. If it is yours, set FIXLOOP_SENTRY_HOSTS={host}, or SENTRY_URL.",
            said.url_from, said.from
        )));
    }
    if token.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return config.problems.push(problem(format!("the token of {} holds white space.", said.from)));
    }
    let region = claims.region.and_then(|region| Url::parse(&region).ok()).filter(is_saas);
    config.connections.push(ConnectionConfig {
        name: name.to_owned(),
        region: region.filter(|_| is_saas(&url)),
        url,
        token: Secret::new(token),
        found: said.from,
        organization: said.organization.or(claims.organization),
        project: said.project,
        timeout: rules.timeout,
    });
}

/// Whether an address is Sentry's own cloud, over https.
pub fn is_saas(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https" && url.port().is_none() && (host == "sentry.io" || host.ends_with(".sentry.io"))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Host, with its port where that is not the usual one.
fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?.to_ascii_lowercase();
    Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

/// An address as people write it: `sentry.example.com` is one too.
fn address(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let shown: String = text.chars().take(100).collect();
    let wrong = || format!("{shown:?} is no https address of a Sentry server.");
    let mut url = Url::parse(&whole).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("its address holds a user name or password; leave them out.".to_owned());
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').trim_end_matches("/api/0").trim_end_matches('/').to_owned();
    url.set_path(&format!("{path}/"));
    Ok(url)
}

/// What an organization token (`sntrys_…`) says of itself; sentry-cli reads the same.
#[derive(Default, Deserialize)]
struct Claims {
    #[serde(default)]
    url: Option<String>,
    #[serde(default, rename = "region_url")]
    region: Option<String>,
    #[serde(default, rename = "org")]
    organization: Option<String>,
}

impl Claims {
    fn of(token: &str) -> Self {
        let read = || {
            let payload = token.strip_prefix("sntrys_")?.split('_').next()?.trim_end_matches('=');
            let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(payload).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        read().unwrap_or_default()
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn environment() -> Said {
    let names = ["SENTRY_AUTH_TOKEN", "SENTRY_ACCESS_TOKEN"];
    let found = names.iter().find_map(|name| Some((*name, variable(name)?)));
    Said {
        from: found.as_ref().map(|(name, _)| (*name).to_owned()).unwrap_or_default(),
        token: found.map(|(_, token)| token),
        url: variable("SENTRY_URL").or_else(|| variable("SENTRY_HOST")),
        organization: variable("SENTRY_ORG"),
        project: variable("SENTRY_PROJECT"),
        url_from: "SENTRY_URL".to_owned(),
        users: true,
    }
}

/// What sentry-cli's files say, the nearest first: `sentry.properties` and `.sentryclirc` of the workspace and its parents,
/// then that of the home folder.
fn files(folder: &Path) -> Vec<Said> {
    let properties = variable("SENTRY_PROPERTIES").map(|path| (folder.join(path), true));
    let mut paths: Vec<(PathBuf, bool)> = vec![(folder.join("sentry.properties"), false)];
    paths.extend(properties);
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let home = variable("HOME").or_else(|| variable("USERPROFILE")).map(|home| Path::new(&home).join(".sentryclirc"));
    let is_home = |path: &Path| home.as_deref() == Some(path);
    let up = whole.ancestors().take(20).map(|folder| folder.join(".sentryclirc"));
    paths.extend(up.map(|path| (path.clone(), is_home(&path))));
    paths.extend(home.clone().map(|path| (path, true)));
    let mut seen = Vec::new();
    paths.retain(|(path, _)| {
        !seen.contains(path) && {
            seen.push(path.clone());
            true
        }
    });
    paths.iter().filter_map(|(path, users)| read(path, *users)).collect()
}

fn read(path: &Path, users: bool) -> Option<Said> {
    let text = std::fs::read_to_string(path).ok().filter(|text| text.len() < 64 * 1024)?;
    let from = path.display().to_string();
    let mut said = Said { url_from: from.clone(), from, users, ..Said::default() };
    let mut section = String::new();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{}.", name.trim());
        }
        let Some((key, value)) = line.split_once(['=', ':']).filter(|_| !line.starts_with(['#', ';', '['])) else {
            continue;
        };
        // Java's properties write `https\://…`.
        let value = Some(value.trim().replace("\\:", ":")).filter(|value| !value.is_empty());
        match format!("{section}{}", key.trim()).as_str() {
            "auth.token" => said.token = value,
            "defaults.url" => said.url = value,
            "defaults.org" => said.organization = value,
            "defaults.project" => said.project = value,
            _ => {}
        }
    }
    Some(said)
}
