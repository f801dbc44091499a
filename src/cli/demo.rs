//! `fixloop demo`: closes the whole loop on a small app with a planted bug, as an agent would: over MCP stdio to this
//! same binary, with a real browser and the real Sentry SDK, without an account and without a network.

mod client;
mod evidence;
mod process;
mod screen;
mod site;
mod story;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use crate::{
    artifacts::{self, Artifacts, Scratch},
    cli::{output, serve},
    config::Settings,
    error::{Result, ToolError},
};

use self::{client::Client, screen::Screen, site::Site, story::Story};

/// Arguments of `fixloop demo`.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Keep the scratch copy of the app, with the run reports in it
    #[arg(long)]
    keep: bool,
    /// The demo app (default: the folder demo/ of fixloop's source)
    #[arg(long, value_name = "DIR")]
    app: Option<PathBuf>,
}

/// Runs the demo and stops whatever it started, also when it is told to end.
pub(super) async fn run(args: DemoArgs, settings: Settings) -> ExitCode {
    let outcome = tokio::select! {
        outcome = play(&args, &settings) => outcome,
        () = serve::shutdown_signal() => Err(ToolError::bare("It was told to stop.")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(format!("the demo failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn play(args: &DemoArgs, settings: &Settings) -> Result<()> {
    let start = Instant::now();
    let screen = Screen::new();
    let app = find_app(args.app.as_deref())?;
    let mut scratch = Scratch::new("fixloop-demo")?;
    if args.keep {
        scratch.keep();
    }
    let copy = scratch.path().join("shop");
    artifacts::copy_tree(&app, &copy, &["node_modules", "dist", ".fixloop"])?;
    screen.line(format!("fixloop demo: a checkout page with a planted bug, in {}", copy.display()));

    let log = scratch.path().join("server.log");
    let site = Site::start(copy.join("dist")).await?;
    let (mut client, server) = Client::connect(process::server(&copy, &flags(settings), &log)?).await?;
    screen.line(format!("The agent is this process; it speaks MCP over stdio to {server}."));
    screen.line("");

    let story = Story { screen: &screen, app: &copy, modules: &app.join("node_modules"), url: site.url() };
    let told = story.tell(&mut client).await;
    let transcript = client.transcript().to_owned();
    let left = client.leave().await;
    let verdict = told.map_err(|error| with_log(error, &log))?;
    left?;
    let [verdict, transcript] = save([("verdict.md", read(&verdict)?), ("transcript.md", transcript)])?;
    screen.line("");
    screen.line(format!("The loop was closed in {:.1} s.", start.elapsed().as_secs_f64()));
    screen.line(format!("Verdict:    {}", verdict.display()));
    screen.line(format!("Transcript: {} (every call, and what the agent read)", transcript.display()));
    if args.keep {
        screen.line(format!("Scratch:    {}", scratch.path().display()));
    }
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| ToolError::bare(format!("Cannot read {}: {error}", file.display())))
}

/// Saves files in the state folder of where we are, since the scratch goes; where that cannot be written, in the
/// system's temporary folder.
fn save<const N: usize>(files: [(&str, String); N]) -> Result<[PathBuf; N]> {
    let here = std::env::current_dir().unwrap_or_default().join(".fixloop");
    let state = Artifacts::open(here).or_else(|_| Artifacts::open(std::env::temp_dir().join("fixloop")))?;
    let mut paths = [const { PathBuf::new() }; N];
    for (path, (name, text)) in paths.iter_mut().zip(files) {
        *path = state.write("demo", name, text.as_bytes())?.path;
    }
    Ok(paths)
}

/// The flags that choose browser and port, for the server that the demo starts.
fn flags(settings: &Settings) -> Vec<OsString> {
    let mut flags = Vec::new();
    let mut add = |flag: &str, value: Option<OsString>| flags.extend(value.map(|value| [flag.into(), value]));
    add("--browser", settings.browser.clone().map(Into::into));
    add("--browser-binary", settings.browser_binary.clone().map(Into::into));
    add("--driver", settings.driver.clone().map(Into::into));
    add("--sink-port", settings.sink_port.map(|port| port.to_string().into()));
    let mut flags: Vec<OsString> = flags.into_iter().flatten().collect();
    flags.extend(settings.browser_arg.iter().flatten().map(|arg| format!("--browser-arg={arg}").into()));
    if settings.headed == Some(true) {
        flags.push("--headed".into());
    }
    flags
}

/// Adds the last lines of the server's log to an error.
fn with_log(error: ToolError, log: &Path) -> ToolError {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.get(lines.len().saturating_sub(5)..).unwrap_or_default();
    if last.is_empty() {
        return error;
    }
    ToolError::new(error.to_string(), format!("The server's log ended with:\n{}", last.join("\n")))
}

/// The demo app: the folder that was named, else the one in the source that this binary was built from.
fn find_app(named: Option<&Path>) -> Result<PathBuf> {
    let app = named.unwrap_or(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/demo")));
    if !app.join("build.cjs").is_file() {
        return Err(ToolError::new(
            format!("The demo app is not in {}.", app.display()),
            "Name its folder, demo/ of fixloop's source, with --app DIR.",
        ));
    }
    if !app.join("node_modules").join("esbuild").is_dir() {
        return Err(ToolError::new(
            "The demo app's packages are not installed.",
            format!("Run `make demo`, or: cd {} && npm ci", app.display()),
        ));
    }
    // Node wants an absolute NODE_PATH.
    std::path::absolute(app).map_err(|error| ToolError::bare(format!("Cannot find {}: {error}", app.display())))
}
