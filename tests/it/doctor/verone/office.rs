//! The back office of `tests/apps/verone` as a copy that can be changed, built and started.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
    time::timeout,
};

use crate::doctor::case::git;

/// A build on a slow and busy machine, from nothing.
const BUILD: Duration = Duration::from_secs(480);
/// From the start to the first answer.
const START: Duration = Duration::from_secs(60);
/// What is not the app's source.
const LEFT_OUT: [&str; 4] = ["node_modules", ".next", "next-env.d.ts", "tsconfig.tsbuildinfo"];

/// The app in a git repository of its own, everything tracked that is not ignored.
#[derive(Debug)]
pub struct Office {
    folder: tempfile::TempDir,
}

impl Office {
    pub fn copy() -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/verone");
        let next = from.join("node_modules/next/package.json");
        assert!(next.exists(), "Next.js is not installed: run `npm ci` in tests/apps/verone (`make test` does)");
        // Beside the repository: packages are linked, not copied, which works within one disk only.
        let folder = tempfile::Builder::new().prefix("verone-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        for entry in std::fs::read_dir(&from).unwrap() {
            let entry = entry.unwrap();
            if !LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
                copy(&entry.path(), &folder.path().join(entry.file_name()));
            }
        }
        copy(&from.join("node_modules"), &folder.path().join("node_modules"));
        let office = Self { folder };
        git(office.path(), &["init", "-q"]);
        office.track();
        office
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The source as it is: path → text.
    pub fn sources(&self) -> Vec<(String, String)> {
        let listed = std::process::Command::new("git")
            .args(["ls-files", "-co", "--exclude-standard"])
            .current_dir(self.path())
            .output()
            .unwrap();
        let paths = String::from_utf8(listed.stdout).unwrap();
        // A file that is tracked still may be gone.
        let texts = paths.lines().map(|path| (path.to_owned(), std::fs::read_to_string(self.file(path))));
        texts.filter_map(|(path, text)| Some((path, text.ok()?))).collect()
    }

    /// These files as they are checked in, with their fault; one that is not there goes.
    pub fn put_back(&self, paths: &[&str]) {
        for path in paths {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/verone").join(path);
            match std::fs::read(&from) {
                Ok(text) => std::fs::write(self.file(path), text).unwrap(),
                Err(_) => std::fs::remove_file(self.file(path)).unwrap(),
            }
        }
        self.track();
    }

    /// The source as it was.
    pub fn restore(&self, sources: &[(String, String)]) {
        for (path, _) in self.sources() {
            if !sources.iter().any(|(kept, _)| *kept == path) {
                std::fs::remove_file(self.file(&path)).unwrap();
            }
        }
        for (path, text) in sources {
            std::fs::create_dir_all(self.file(path).parent().unwrap()).unwrap();
            std::fs::write(self.file(path), text).unwrap();
        }
        self.track();
    }

    /// Takes a file out of the folder and of git.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.file(path)).unwrap();
        self.track();
    }

    /// Git tracks what is there and not ignored, and nothing else.
    pub fn track(&self) {
        git(self.path(), &["rm", "-rqf", "--cached", "--ignore-unmatch", "."]);
        git(self.path(), &["add", "."]);
    }

    fn next(&self, arguments: &[&str], dsn: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.file("node_modules/next/dist/bin/next")).args(arguments).current_dir(self.path()).env_clear();
        for name in ["PATH", "HOME", "TMPDIR", "SystemRoot", "TEMP", "TMP", "USERPROFILE", "NODE_OPTIONS"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // As a deployment does: what is set wins over .env.production.
        command.env("NEXT_PUBLIC_SENTRY_DSN", dsn).env("NEXT_TELEMETRY_DISABLED", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// `next build` with this DSN.
    pub async fn build(&self, dsn: &str) {
        let child = self.next(&["build"], dsn).spawn().expect("node is not installed: install Node 20 or newer");
        let done = timeout(BUILD, child.wait_with_output()).await;
        let output = done.expect("next build ended in time").unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success(), "next build failed:\n{said}");
    }

    /// `next start` on a free port with this DSN.
    pub async fn start(&self, dsn: &str) -> Running {
        let mut child = self.next(&["start", "-p", "0", "-H", "127.0.0.1"], dsn).spawn().unwrap();
        let said = Arc::<Mutex<String>>::default();
        let (tell, mut news) = watch::channel(());
        let tell = Arc::new(tell);
        tokio::spawn(listen(child.stdout.take().unwrap(), said.clone(), tell.clone()));
        tokio::spawn(listen(child.stderr.take().unwrap(), said.clone(), tell));
        let address = timeout(START, async {
            loop {
                news.borrow_and_update();
                if let Some(url) = address(&said.lock().unwrap()) {
                    return url;
                }
                if news.changed().await.is_err() {
                    panic!("next start ended:\n{}", said.lock().unwrap());
                }
            }
        });
        let url = address.await.unwrap_or_else(|_| panic!("next start says no address:\n{}", said.lock().unwrap()));
        Running { url, child, said }
    }
}

/// The app, answering. Killed on drop.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:3000`
    pub url: String,
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Running {
    /// What it wrote, for the message of a test that fails.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    pub async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }
}

async fn listen(pipe: impl AsyncRead + Unpin, said: Arc<Mutex<String>>, tell: Arc<watch::Sender<()>>) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        {
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
        tell.send_replace(());
    }
}

/// `- Local:         http://127.0.0.1:46757`, once it is ready.
fn address(said: &str) -> Option<String> {
    said.contains("Ready in").then_some(())?;
    said.lines().find_map(|line| line.split_once("Local:").map(|(_, url)| url.trim().to_owned()))
}

/// Copies a file or folder; packages are linked, since they are half a gigabyte and nothing writes to them.
fn copy(from: &Path, to: &Path) {
    let kind = std::fs::symlink_metadata(from).unwrap().file_type();
    if kind.is_dir() {
        std::fs::create_dir(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else if kind.is_file() {
        let package = from.components().any(|part| part.as_os_str() == "node_modules");
        if !package || std::fs::hard_link(from, to).is_err() {
            std::fs::copy(from, to).unwrap();
        }
    }
    // Links are the commands of packages: not needed.
}
