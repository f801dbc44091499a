//! A running driver, seen from fixloop.
#![expect(clippy::disallowed_methods, reason = "this room is the only starter of processes, and cleans up after them")]

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, ChildStdin},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::{guard, tree};
use crate::error::{Result, ToolError};

/// How long a driver may take until it says its port.
const START_LIMIT: Duration = Duration::from_secs(15);
/// Lines of driver output kept for error messages.
const KEPT_LINES: usize = 20;

/// What to start.
#[derive(Debug, Clone)]
pub struct DriverCommand {
    /// The `fixloop` binary to use as guard; none = this process's own.
    pub guard: Option<PathBuf>,
    /// The driver.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A driver that listens on `port`. Dropping it ends driver and browser.
#[derive(Debug)]
pub struct Driver {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// Process id of the driver.
    pub pid: u32,
    /// Process id of its guard.
    pub guard: Option<u32>,
    /// Cancelled when the driver is gone.
    pub gone: CancellationToken,
    /// Closing it tells the guard to end everything.
    stdin: Option<ChildStdin>,
    ended: watch::Receiver<bool>,
}

#[derive(Debug, Default)]
struct Said {
    lines: VecDeque<String>,
    port: Option<u16>,
    pid: Option<u32>,
}

impl Driver {
    /// Starts the driver on a port of its own choice and waits until it listens.
    ///
    /// chromedriver takes a free IPv6 port and then wants the same one on IPv4; where another process holds that, it
    /// exits. It is then started again, three times in all.
    pub async fn start(command: &DriverCommand) -> Result<Self> {
        let mut tries = 3;
        loop {
            tries -= 1;
            match Self::start_once(command).await {
                Err(error) if tries > 0 && error.what().contains(PORT_TAKEN) => {
                    tracing::info!("the driver's own port was taken; starting it again");
                }
                ended => return ended,
            }
        }
    }

    async fn start_once(command: &DriverCommand) -> Result<Self> {
        let name = command.program.display().to_string();
        let temp = temp_dir()?;
        let mut child = spawn(command, &temp).map_err(|error| {
            guard::remove(&temp);
            ToolError::bare(format!("Cannot start the guard of the driver {name}: {error}.")).caused_by(error)
        })?;
        let (said_in, mut said) = watch::channel(());
        let lines = Arc::new(Mutex::new(Said::default()));
        for stream in [child.stdout.take().map(boxed), child.stderr.take().map(boxed)].into_iter().flatten() {
            tokio::spawn(read_lines(stream, Arc::clone(&lines), said_in.clone()));
        }
        drop(said_in);
        let stdin = child.stdin.take();
        let guard = child.id();
        let gone = CancellationToken::new();
        let (ended_in, ended) = watch::channel(false);
        tokio::spawn(wait_for_end(child, temp, Arc::clone(&lines), gone.clone(), ended_in));
        let listening = async {
            loop {
                if let Said { port: Some(port), pid: Some(pid), .. } = *lock(&lines) {
                    return Some((port, pid));
                }
                if said.changed().await.is_err() {
                    return None;
                }
            }
        };
        match tokio::time::timeout(START_LIMIT, listening).await {
            Ok(Some((port, pid))) => Ok(Self { port, pid, guard, gone, stdin, ended }),
            Ok(None) => Err(exited(&name, &lock(&lines))),
            Err(_) => Err(ToolError::new(
                format!("The driver {name} did not say that it listens within {} s.", START_LIMIT.as_secs()),
                format!("Run `{name} --version` by hand; name another driver with --driver or FIXLOOP_DRIVER."),
            )),
        }
    }

    /// Ends driver and browser, and waits until both are gone, at most `limit`.
    pub async fn end(&mut self, limit: Duration) {
        self.stdin = None;
        let ended = self.ended.wait_for(|ended| *ended);
        let _ = tokio::time::timeout(limit, ended).await;
    }
}

/// What chromedriver says where the port that it chose is taken (Chromium `net::ERR_ADDRESS_IN_USE`, from `bind`).
const PORT_TAKEN: &str = "Address already in use";

fn exited(name: &str, said: &Said) -> ToolError {
    let lines: Vec<&str> = said.lines.iter().map(String::as_str).collect();
    let words = if lines.is_empty() { "it said nothing".to_owned() } else { format!("it said: {}", lines.join(" | ")) };
    ToolError::new(
        format!("The driver {name} exited before it listened; {words}"),
        "Install a driver that runs here (Debian: apt-get install chromium-driver), or name one with --driver or \
         FIXLOOP_DRIVER.",
    )
}

fn spawn(command: &DriverCommand, temp: &Path) -> std::io::Result<Child> {
    // By this name Linux finds our binary even after it was replaced on disk.
    let own = || if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() };
    let program = command.guard.clone().map_or_else(own, Ok)?;
    let mut guard = std::process::Command::new(program);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut guard, "fixloop");
    guard.arg(guard::SUBCOMMAND).arg(temp).arg(&command.program).args(&command.args);
    guard.env("TMPDIR", temp).env("TMP", temp).env("TEMP", temp).env("MOZ_CRASHREPORTER_DISABLE", "1");
    guard.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    tree::own_group(&mut guard);
    tokio::process::Command::from(guard).spawn()
}

fn temp_dir() -> Result<PathBuf> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random)
        .map_err(|error| ToolError::bare(format!("The system gives no random bytes: {error}.")))?;
    let name = format!("fixloop-{:016x}", u64::from_ne_bytes(random));
    let path = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&path).map_err(|error| {
        ToolError::new(
            format!("Cannot make a folder for the browser's files, {}: {error}.", path.display()),
            "Set TMPDIR to a folder that can be written to.",
        )
    })?;
    Ok(path)
}

fn boxed(stream: impl AsyncRead + Send + Unpin + 'static) -> Box<dyn AsyncRead + Send + Unpin> {
    Box::new(stream)
}

fn lock(said: &Mutex<Said>) -> std::sync::MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads to the end, so that the driver never blocks on a full pipe.
async fn read_lines(stream: Box<dyn AsyncRead + Send + Unpin>, said: Arc<Mutex<Said>>, wake: watch::Sender<()>) {
    let mut lines = BufReader::new(stream).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line: String = String::from_utf8_lossy(&line).chars().take(500).collect();
        tracing::debug!(target: "fixloop::driver", "{line}");
        let mut said = lock(&said);
        if let Some(pid) = line.strip_prefix(guard::PID_LINE) {
            said.pid = pid.trim().parse().ok();
        } else {
            said.port = said.port.or_else(|| port_of(&line));
            if said.lines.len() == KEPT_LINES {
                said.lines.pop_front();
            }
            said.lines.push_back(line);
        }
        drop(said);
        wake.send_replace(());
    }
}

/// chromedriver: `ChromeDriver was started successfully on port 34703.`; geckodriver: `Listening on 127.0.0.1:40749`.
fn port_of(line: &str) -> Option<u16> {
    let rest = line
        .split_once("started successfully on port ")
        .or_else(|| line.split_once("Listening on 127.0.0.1:"))
        .map(|(_, rest)| rest)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|port| *port != 0)
}

/// Waits for the guard; whatever ended it, driver and folder go too.
async fn wait_for_end(
    mut child: Child,
    temp: PathBuf,
    said: Arc<Mutex<Said>>,
    gone: CancellationToken,
    ended: watch::Sender<bool>,
) {
    let _ = child.wait().await;
    gone.cancel();
    let pid = lock(&said).pid;
    let clean = tokio::task::spawn_blocking(move || {
        if temp.exists() {
            // The guard was killed before it could clean up.
            if let Some(pid) = pid {
                tree::kill(pid);
            }
            guard::remove(&temp);
        }
    });
    let _ = clean.await;
    ended.send_replace(true);
}
