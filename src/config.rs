//! The only reader of environment and config file: flags > environment > `fixloop.toml` > default.
#![expect(clippy::disallowed_methods, reason = "this is the owner of the environment")]

use std::path::PathBuf;
use std::time::Duration;

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
            },
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
