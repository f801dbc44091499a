//! The only reader of environment and config file: flags > environment > `fixloop.toml` > default.
#![expect(clippy::disallowed_methods, reason = "this is the owner of the environment")]

mod relay;
mod sentry;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

pub use relay::{DsnSetting, RelayConfig};
pub use sentry::{ConnectionConfig, NamedConnection, SentryConfig, is_saas};
use serde::Deserialize;

use crate::error::{Result, ToolError};

/// Name of the config file in the workspace.
pub const FILE: &str = "fixloop.toml";

/// Time limit of one request to Sentry, unless a setting says otherwise.
const SENTRY_TIMEOUT: Duration = Duration::from_secs(30);

/// All settings of one fixloop process.
#[derive(Debug, Clone)]
pub struct Config {
    /// The workspace, when a flag or the environment names it; else the client's roots, else the working directory.
    pub workspace: Option<PathBuf>,
    /// Tools to offer: names of `--toolsets`; empty = all.
    pub toolsets: Vec<String>,
    /// Offer read-only tools only.
    pub read_only: bool,
    /// Budget of a reply's text, in characters.
    pub reply_chars: usize,
    /// Time limit of one call.
    pub call_timeout: Duration,
    /// The embedded sink.
    pub sink: SinkConfig,
    /// The browser.
    pub browser: BrowserConfig,
    /// Sentry servers.
    pub sentry: SentryConfig,
}

/// Settings of the embedded sink.
#[derive(Debug, Clone)]
pub struct SinkConfig {
    /// Start it with the server.
    pub enabled: bool,
    /// Preferred port; 0 = any free one.
    pub port: u16,
    /// Drop events older than this.
    pub keep_for: Duration,
    /// Keep at most this many events.
    pub keep_events: u64,
    /// Keep at most this many bytes.
    pub keep_bytes: u64,
    /// To whom envelopes are passed on.
    pub relay: RelayConfig,
}

/// Settings of the browser room.
#[derive(Debug, Clone)]
pub struct BrowserConfig {
    /// `chrome` or `firefox`; none = Chrome where it is found, else Firefox.
    pub kind: Option<String>,
    /// Browser binary, when a flag or the environment names it.
    pub binary: Option<PathBuf>,
    /// Driver binary, when a flag or the environment names it.
    pub driver: Option<PathBuf>,
    /// Show no window.
    pub headless: bool,
    /// CSS pixels.
    pub viewport: (u32, u32),
    /// Folders of PATH, for finding browsers and drivers.
    pub path: Vec<PathBuf>,
    /// Extra command line arguments for the browser.
    pub args: Vec<String>,
    /// The `fixloop` binary that guards the driver; none = the one that runs. Tests run in another binary.
    pub guard: Option<PathBuf>,
}

/// What was said by flags, environment or file; a setting that nobody named is `None`. The names are the same in all
/// three: `--sink-port`, `FIXLOOP_SINK_PORT`, `sink-port = 0`.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// The project folder [default: the client's roots, else the working directory]
    #[arg(long, global = true, value_name = "DIR", env = "FIXLOOP_WORKSPACE")]
    #[serde(skip)]
    pub workspace: Option<PathBuf>,
    /// Offer only these groups of tools: browser, sentry, scenario, setup, admin
    #[arg(long, global = true, value_name = "NAMES", value_delimiter = ',', env = "FIXLOOP_TOOLSETS",
          value_parser = ["browser", "sentry", "scenario", "setup", "admin"])]
    pub toolsets: Option<Vec<String>>,
    /// Offer only tools that change nothing
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          env = "FIXLOOP_READ_ONLY")]
    pub read_only: Option<bool>,
    /// Budget of a reply's text in characters [default: 8000]
    #[arg(long, global = true, value_name = "N", env = "FIXLOOP_REPLY_CHARS")]
    pub reply_chars: Option<usize>,
    /// Time limit of one tool call in seconds [default: 300]
    #[arg(long, global = true, value_name = "SECONDS", env = "FIXLOOP_CALL_TIMEOUT")]
    pub call_timeout: Option<u64>,
    /// Preferred port of the embedded sink; 0 = any free one [default: 8969]
    #[arg(long, global = true, value_name = "PORT", env = "FIXLOOP_SINK_PORT")]
    pub sink_port: Option<u16>,
    /// Do not start the embedded sink
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          env = "FIXLOOP_NO_SINK")]
    pub no_sink: Option<bool>,
    /// Keep events for this many days [default: 7]
    #[arg(long, global = true, value_name = "DAYS", env = "FIXLOOP_KEEP_DAYS")]
    pub keep_days: Option<u64>,
    /// Keep at most this many events [default: 20000]
    #[arg(long, global = true, value_name = "N", env = "FIXLOOP_KEEP_EVENTS")]
    pub keep_events: Option<u64>,
    /// Keep at most this many MiB of events [default: 512]
    #[arg(long, global = true, value_name = "MIB", env = "FIXLOOP_KEEP_MIB")]
    pub keep_mib: Option<u64>,
    /// Browser to use [default: chrome where it is found, else firefox]
    #[arg(long, global = true, value_name = "NAME", env = "FIXLOOP_BROWSER", value_parser = ["chrome", "firefox"])]
    pub browser: Option<String>,
    /// Browser binary [default: found on PATH and in the usual places]
    // Not in the file, nor are the next two: a file in a cloned repository must not choose what is started.
    #[arg(long, global = true, value_name = "FILE", env = "FIXLOOP_BROWSER_BINARY")]
    #[serde(skip)]
    pub browser_binary: Option<PathBuf>,
    /// chromedriver or geckodriver binary [default: found on PATH and in the usual places]
    #[arg(long, global = true, value_name = "FILE", env = "FIXLOOP_DRIVER")]
    #[serde(skip)]
    pub driver: Option<PathBuf>,
    /// Extra argument for the browser; may be repeated
    #[arg(long, global = true, value_name = "ARG", allow_hyphen_values = true, env = "FIXLOOP_BROWSER_ARG")]
    #[serde(skip)]
    pub browser_arg: Option<Vec<String>>,
    /// Show the browser window
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          env = "FIXLOOP_HEADED")]
    pub headed: Option<bool>,
    /// Pass envelopes on to this DSN, or those of one project with PROJECT=DSN; may be repeated [default: nothing is sent]
    #[arg(
        long,
        global = true,
        value_name = "[PROJECT=]DSN",
        value_delimiter = ',',
        env = "FIXLOOP_FORWARD",
        hide_env_values = true
    )]
    #[serde(deserialize_with = "relay::one_or_many")]
    pub forward: Option<Vec<String>>,
    /// Take envelopes for this DSN on POST /tunnel, and pass them on to it; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "DSN",
        value_delimiter = ',',
        env = "FIXLOOP_TUNNEL_ALLOW",
        hide_env_values = true
    )]
    #[serde(deserialize_with = "relay::one_or_many")]
    pub tunnel_allow: Option<Vec<String>>,
    /// Let DSNs of fixloop.toml send to this host (or *.DOMAIN); may be repeated
    // Not in the file: a cloned repository must not choose who gets the user's data.
    #[arg(long, global = true, value_name = "HOST", value_delimiter = ',', env = "FIXLOOP_FORWARD_HOSTS")]
    #[serde(skip)]
    pub forward_hosts: Option<Vec<String>>,
    /// Time limit of one request to Sentry in seconds [default: 30]
    #[arg(long, global = true, value_name = "SECONDS", env = "FIXLOOP_SENTRY_TIMEOUT")]
    pub sentry_timeout: Option<u64>,
    /// Send the Sentry token over http to hosts other than this machine
    // Not in the file: a cloned repository must not weaken it.
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          env = "FIXLOOP_SENTRY_ALLOW_HTTP")]
    #[serde(skip)]
    pub sentry_allow_http: Option<bool>,
    /// Sentry connections by name (`[sentry.NAME]` in the file only).
    #[arg(skip)]
    pub sentry: BTreeMap<String, NamedConnection>,
}

impl Settings {
    /// The settings of these flags and environment, completed by the `fixloop.toml` of `folder` and the defaults.
    pub fn resolve(&self, folder: &Path) -> Result<Config> {
        let file = read_file(&folder.join(FILE))?;
        let mut config = self.over(&file);
        let timeout = self.sentry_timeout.or(file.sentry_timeout).map_or(SENTRY_TIMEOUT, Duration::from_secs);
        let allow_http = self.sentry_allow_http.unwrap_or(false);
        config.sentry = sentry::find(folder, &file.sentry, allow_http, timeout.max(Duration::from_secs(1)));
        Ok(config)
    }

    /// The settings of these flags and environment alone, completed by the defaults.
    pub fn without_file(&self) -> Config {
        self.over(&Self::default())
    }

    fn over(&self, file: &Self) -> Config {
        let base = Config::default();
        let either = |flag: Option<bool>, file: Option<bool>| flag.or(file).unwrap_or(false);
        let headless = !either(self.headed, file.headed);
        Config {
            workspace: self.workspace.clone(),
            toolsets: self.toolsets.clone().or_else(|| file.toolsets.clone()).unwrap_or_default(),
            read_only: either(self.read_only, file.read_only),
            // A reply shorter than this could not even say where the rest is.
            reply_chars: self.reply_chars.or(file.reply_chars).unwrap_or(base.reply_chars).max(500),
            call_timeout: self
                .call_timeout
                .or(file.call_timeout)
                .map_or(base.call_timeout, |seconds| Duration::from_secs(seconds.max(1))),
            sink: SinkConfig {
                enabled: !either(self.no_sink, file.no_sink),
                port: self.sink_port.or(file.sink_port).unwrap_or(base.sink.port),
                keep_for: self
                    .keep_days
                    .or(file.keep_days)
                    .map_or(base.sink.keep_for, |days| Duration::from_secs(days.saturating_mul(24 * 3600))),
                keep_events: self.keep_events.or(file.keep_events).unwrap_or(base.sink.keep_events),
                keep_bytes: self
                    .keep_mib
                    .or(file.keep_mib)
                    .map_or(base.sink.keep_bytes, |mib| mib.saturating_mul(1024 * 1024)),
                relay: relay::resolve(self, file),
            },
            browser: BrowserConfig {
                kind: self.browser.clone().or_else(|| file.browser.clone()),
                binary: self.browser_binary.clone(),
                driver: self.driver.clone(),
                headless,
                args: self.browser_arg.clone().unwrap_or_default(),
                ..base.browser
            },
            sentry: SentryConfig::default(),
        }
    }
}

/// What the config file says; nothing where there is none.
fn read_file(path: &Path) -> Result<Settings> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(Settings::default());
        }
        Err(error) => {
            return Err(ToolError::new(
                format!("Cannot read {}: {error}", path.display()),
                "Make the file readable, or remove it.",
            ));
        }
    };
    let settings: Settings = toml::from_str(&text).map_err(|error| {
        ToolError::new(
            // It shows the line, which may hold a DSN with its secret part.
            format!("{} is not right: {}", path.display(), crate::redact::text(error.to_string().trim_end())),
            "Correct the file; fixloop reads it again when it is started. The names are those of the flags without \
             the dashes (`fixloop --help`); browser-binary, driver and browser-arg only work as flags or environment.",
        )
    })?;
    let known = ["browser", "sentry", "scenario", "setup", "admin"];
    if let Some(wrong) = settings.toolsets.iter().flatten().find(|name| !known.contains(&name.as_str())) {
        return Err(ToolError::new(
            format!("{} names an unknown toolset `{wrong}`.", path.display()),
            format!("Known are {}.", known.join(", ")),
        ));
    }
    Ok(settings)
}

/// The log filter: `FIXLOOP_LOG`, in the syntax of `RUST_LOG`.
pub fn log_filter() -> String {
    std::env::var("FIXLOOP_LOG").unwrap_or_else(|_| "warn,fixloop=info".to_owned())
}

/// Whether the tools that test the wire itself are offered; for fixloop's own tests.
pub fn test_tools() -> bool {
    std::env::var_os("FIXLOOP_TEST_TOOLS").is_some_and(|value| value == "1")
}

/// The value of `${name}` in a scenario file or an expectation.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workspace: None,
            toolsets: Vec::new(),
            read_only: false,
            reply_chars: 8_000,
            call_timeout: Duration::from_secs(300),
            sink: SinkConfig {
                enabled: true,
                port: 8969,
                keep_for: Duration::from_secs(7 * 24 * 3600),
                keep_events: 20_000,
                keep_bytes: 512 * 1024 * 1024,
                relay: RelayConfig::default(),
            },
            sentry: SentryConfig::default(),
            browser: BrowserConfig {
                kind: None,
                binary: None,
                driver: None,
                headless: true,
                viewport: (1280, 720),
                path: std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default(),
                args: Vec::new(),
                guard: None,
            },
        }
    }
}
