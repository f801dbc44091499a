//! One running browser with its driver: started once, shared by the sessions that are open in it.

use std::{
    path::Path,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    find::{Found, Kind},
    process::{Driver, DriverCommand, ended},
};
use crate::{
    config::BrowserConfig,
    error::{Result, ToolError},
};

/// How long browser and driver may take to start a session.
const SESSION_LIMIT: Duration = Duration::from_secs(45);
/// How long an orderly end may take before everything is ended by force.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);

/// Keeps Chrome from talking to its maker, from asking questions, and from slowing pages that are not in front.
const CHROME_ARGS: &[&str] = &[
    // Chrome dies with its driver: it sees the pipe close.
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-client-side-phishing-detection",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-search-engine-choice-screen",
    "--disable-features=Translate,OptimizationHints,MediaRouter,InterestFeedContentSuggestions,\
     AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
];

/// A running browser.
#[derive(Debug)]
pub struct Engine {
    /// Which browser.
    pub kind: Kind,
    /// `chrome 156.0.8078.79`
    pub version: String,
    /// Address of its BiDi socket.
    pub socket: String,
    /// What had to be done otherwise than usual.
    pub notes: Vec<String>,
    /// Cancelled when browser or driver is gone.
    pub gone: CancellationToken,
    /// Process id of the browser.
    pub browser_pid: Option<u32>,
    /// The browser died first.
    browser_died: Arc<AtomicBool>,
    client: Client,
    driver: Arc<tokio::sync::Mutex<Driver>>,
    /// Sessions that are being opened in it.
    leases: AtomicUsize,
}

/// Keeps an engine from being ended while a session is opened in it.
#[derive(Debug)]
pub struct Lease(Arc<Engine>);

impl Lease {
    /// Counts as a user of the engine until it is dropped.
    pub fn new(engine: &Arc<Engine>) -> Self {
        engine.leases.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(engine))
    }

    /// The engine.
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.0)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.leases.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The processes of a running browser; for tests and reports.
#[derive(Debug, Clone, Copy)]
pub struct Processes {
    /// The driver.
    pub driver: u32,
    /// The guard of the driver.
    pub guard: Option<u32>,
    /// The browser, when it says.
    pub browser: Option<u32>,
}

impl Engine {
    /// Starts driver and browser.
    pub async fn start(config: &BrowserConfig, found: &Found) -> Result<Self> {
        let args = match found.kind {
            Kind::Chrome => vec!["--port=0".to_owned()],
            Kind::Firefox => ["--port", "0", "--websocket-port", "0"].map(str::to_owned).to_vec(),
        };
        let command = DriverCommand { guard: config.guard.clone(), program: found.driver.clone(), args };
        let mut driver = Driver::start(&command).await?;
        let mut notes = Vec::new();
        let capabilities = capabilities(config, found, &mut notes);
        match connect(driver.port, capabilities, &driver.gone).await {
            Ok(client) => Self::assemble(found, client, driver, notes).await,
            Err(error) => {
                driver.end(CLOSE_LIMIT).await;
                Err(start_error(found, &error))
            }
        }
    }

    async fn assemble(found: &Found, client: Client, mut driver: Driver, notes: Vec<String>) -> Result<Self> {
        let text = |key: &str| {
            client.capabilities().and_then(|all| all.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let socket = text("webSocketUrl");
        if socket.is_empty() {
            driver.end(CLOSE_LIMIT).await;
            return Err(ToolError::new(
                format!("{} gave no WebDriver BiDi socket.", found.driver.display()),
                "Use a browser and driver of the last two years.",
            ));
        }
        let number = |key: &str| client.capabilities().and_then(|all| all.get(key)).and_then(Value::as_u64);
        let pid = number("goog:processID").or_else(|| number("moz:processID"));
        let browser_pid = pid.and_then(|pid| u32::try_from(pid).ok());
        let browser_died = Arc::new(AtomicBool::new(false));
        let gone = driver.gone.clone();
        let driver = Arc::new(tokio::sync::Mutex::new(driver));
        if let Some(pid) = browser_pid {
            tokio::spawn(watch_browser(pid, gone.clone(), Arc::clone(&browser_died), Arc::downgrade(&driver)));
        }
        Ok(Self {
            browser_pid,
            browser_died,
            kind: found.kind,
            version: format!("{} {}", found.kind.name(), text("browserVersion")),
            socket,
            notes,
            gone,
            client,
            driver,
            leases: AtomicUsize::new(0),
        })
    }

    /// Whether browser or driver is gone.
    pub fn is_gone(&self) -> bool {
        self.gone.is_cancelled()
    }

    /// Whether a session is being opened in it.
    pub fn is_leased(&self) -> bool {
        self.leases.load(Ordering::Acquire) > 0
    }

    /// Why it is gone.
    pub fn death(&self) -> &'static str {
        if self.browser_died.load(Ordering::Relaxed) { "the browser died" } else { "the browser's driver died" }
    }

    /// Its processes.
    pub async fn processes(&self) -> Processes {
        let driver = self.driver.lock().await;
        Processes { driver: driver.pid, guard: driver.guard, browser: self.browser_pid }
    }

    /// Ends browser and driver, in order when they still answer.
    pub async fn end(&self) {
        if !self.gone.is_cancelled() {
            let _ = tokio::time::timeout(CLOSE_LIMIT, self.client.clone().close()).await;
        }
        self.driver.lock().await.end(CLOSE_LIMIT).await;
    }
}

/// A driver may outlive its browser, and never answer again: it is ended at once.
async fn watch_browser(
    pid: u32,
    gone: CancellationToken,
    died: Arc<AtomicBool>,
    driver: Weak<tokio::sync::Mutex<Driver>>,
) {
    tokio::select! {
        biased;
        () = gone.cancelled() => {}
        () = ended(pid) => {
            died.store(true, Ordering::Relaxed);
            gone.cancel();
            if let Some(driver) = driver.upgrade() {
                driver.lock().await.end(CLOSE_LIMIT).await;
            }
        }
    }
}

enum StartError {
    Refused(String),
    Slow,
    Exited,
}

async fn connect(
    port: u16,
    capabilities: Capabilities,
    gone: &CancellationToken,
) -> std::result::Result<Client, StartError> {
    let url = format!("http://127.0.0.1:{port}");
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    tokio::select! {
        client = builder.connect(&url) => client.map_err(|error| StartError::Refused(error.to_string())),
        () = gone.cancelled() => Err(StartError::Exited),
        () = tokio::time::sleep(SESSION_LIMIT) => Err(StartError::Slow),
    }
}

fn start_error(found: &Found, error: &StartError) -> ToolError {
    let driver = found.driver.display();
    let name = found.kind.name();
    let hint = found.kind.install_hint();
    match error {
        StartError::Slow => ToolError::new(
            format!("{driver} did not start {name} within {} s.", SESSION_LIMIT.as_secs()),
            "The machine may be overloaded, or the browser cannot start here; try to start it by hand.",
        ),
        StartError::Exited => ToolError::new(format!("{driver} exited while it started {name}."), hint),
        StartError::Refused(why) => {
            let why: String = why.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(500).collect();
            if why.contains("only supports") {
                ToolError::new(format!("Driver and browser have different versions: {why}"), hint)
            } else if why.contains("binary") && (why.contains("cannot find") || why.contains("find binary")) {
                ToolError::new(format!("{driver} cannot find {name}: {why}"), hint)
            } else if !runs_as_root() && (why.contains("sandbox") || why.contains("DevToolsActivePort")) {
                ToolError::new(
                    format!("{name} does not start: {why}"),
                    "This machine may not let Chrome make its sandbox (containers, AppArmor). Where you trust the pages, \
                     run fixloop with --browser-arg=--no-sandbox.",
                )
            } else {
                ToolError::new(
                    format!("{name} does not start: {why}"),
                    "Start the browser by hand to see why; in a container give it shared memory (--shm-size=1g). Extra \
                     arguments for it go into FIXLOOP_BROWSER_ARGS.",
                )
            }
        }
    }
}

fn capabilities(config: &BrowserConfig, found: &Found, notes: &mut Vec<String>) -> Capabilities {
    let mut all = Capabilities::new();
    all.insert("webSocketUrl".into(), json!(true));
    all.insert("unhandledPromptBehavior".into(), json!({"default": "ignore"}));
    let binary = found.binary.as_deref().map(Path::to_string_lossy);
    let (width, height) = config.viewport;
    match found.kind {
        Kind::Chrome => {
            let mut args: Vec<String> = CHROME_ARGS.iter().map(|&arg| arg.to_owned()).collect();
            args.push(format!("--window-size={width},{height}"));
            if config.headless {
                args.push("--headless=new".into());
                // They would take their width from the viewport, and from screenshots.
                args.push("--hide-scrollbars".into());
            }
            if runs_as_root() {
                args.push("--no-sandbox".into());
                notes.push("--no-sandbox: Chrome has no sandbox, since fixloop runs as root".into());
            }
            if small_shared_memory() {
                args.push("--disable-dev-shm-usage".into());
                notes.push("--disable-dev-shm-usage: /dev/shm is small".into());
            }
            args.extend(config.args.iter().cloned());
            all.insert("goog:chromeOptions".into(), options(&args, binary.as_deref()));
        }
        Kind::Firefox => {
            let mut args: Vec<String> = config.args.clone();
            if config.headless {
                args.push("-headless".into());
            }
            let mut options = options(&args, binary.as_deref());
            if let Some(options) = options.as_object_mut() {
                options.insert("prefs".into(), firefox_prefs());
            }
            all.insert("moz:firefoxOptions".into(), options);
        }
    }
    all
}

fn options(args: &[String], binary: Option<&str>) -> Value {
    match binary {
        Some(binary) => json!({"args": args, "binary": binary}),
        None => json!({"args": args}),
    }
}

/// Keeps Firefox from talking to its maker, beyond what geckodriver itself sets.
fn firefox_prefs() -> Value {
    json!({
        "datareporting.policy.dataSubmissionEnabled": false,
        "toolkit.telemetry.reportingpolicy.firstRun": false,
        "app.normandy.enabled": false,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
        "browser.safebrowsing.downloads.enabled": false,
        "browser.aboutConfig.showWarning": false,
        "media.volume_scale": "0.0",
    })
}

#[cfg(unix)]
fn runs_as_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn runs_as_root() -> bool {
    false
}

/// Docker's default of 64 MiB crashes tabs.
#[cfg(target_os = "linux")]
fn small_shared_memory() -> bool {
    rustix::fs::statvfs("/dev/shm").is_ok_and(|at| at.f_blocks.saturating_mul(at.f_frsize) < 256 * 1024 * 1024)
}

#[cfg(not(target_os = "linux"))]
fn small_shared_memory() -> bool {
    false
}
