//! The whole check: reads the project once, asks every rule about every app, gives each finding its id.

mod ids;
mod only;
mod options;
mod summary;

pub use only::Only;
pub use options::DsnUse;
pub use summary::AppSummary;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    drift::{self, Drift},
    finding::{Edit, Finding, Found, Severity, Undecided},
    fix::{Plan, plan},
    live::{self, Live},
    page::{self, InPage},
    project::{App, Project, Skipped},
    rules::{self, Check, Rule},
};
use crate::{
    browser::Browsers,
    error::{Result, ToolError},
    sink::Sink,
};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// A folder of the workspace: only the apps in it, or the app that it is part of. None = all.
    pub dir: Option<String>,
    /// Which findings.
    pub only: Only,
}

/// A finding with its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbered {
    /// `TUN002-3f2a`: the rule, and a hash of what is wrong where. The same as long as the fault is the same.
    pub id: String,
    /// It.
    pub finding: Finding,
}

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// The apps that were looked at.
    pub apps: Vec<AppSummary>,
    /// Findings, the worst first.
    pub findings: Vec<Numbered>,
    /// What reading cannot tell.
    pub undecided: Vec<Undecided>,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
    /// What is otherwise to be known of the check itself: rules that had no time, apps that were not asked for.
    pub notes: Vec<String>,
    /// Every place that sets an option of Sentry, for each of the first apps: its folder, and the table.
    pub drift: Vec<(String, Drift)>,
    only: Only,
    /// What the rules look at.
    project: Project,
    /// Which of its apps were asked for.
    chosen: Vec<usize>,
}

/// What was seen of the running app.
#[derive(Debug)]
pub struct Seen {
    /// Over HTTP.
    pub live: Live,
    /// In the browser; none = not asked for.
    pub page: Option<InPage>,
}

/// How many findings there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Secrets that are out.
    pub critical: usize,
    /// Lost events.
    pub error: usize,
    /// Some lost or wrong events.
    pub warning: usize,
    /// What is worth knowing.
    pub info: usize,
}

/// How long a check may take. A project that needs longer is looked at in parts.
const LIMIT: Duration = Duration::from_secs(45);
/// When the rules that are left are not asked any more.
const RULES: Duration = Duration::from_secs(30);
/// The rules follow expressions from file to file.
const STACK: usize = 64 * 1024 * 1024;
/// Checks at a time. One that takes too long keeps its place until it has ended: nothing can stop it before.
static PLACES: Semaphore = Semaphore::const_new(2);

/// Looks at a workspace, off the async runtime.
pub async fn check(root: PathBuf, ask: Ask) -> Result<Checked> {
    let place = tokio::time::timeout(LIMIT, PLACES.acquire()).await;
    let Ok(Ok(place)) = place else {
        return Err(ToolError::new(
            "Two checks of the set-up are still running.",
            "Wait for them, or ask again later.",
        ));
    };
    let (send, receive) = tokio::sync::oneshot::channel();
    // Not of the runtime's threads: those are waited for when the server ends.
    std::thread::Builder::new()
        .name("doctor".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let _place = place;
            // Nobody waits any more where the time was up.
            drop(send.send(look(&root, &ask)));
        })
        .map_err(|error| ToolError::bare(format!("No thread for the check: {error}")))?;
    match tokio::time::timeout(LIMIT, receive).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(ToolError::bare("The check of the set-up failed inside.")),
        Err(_) => Err(ToolError::new(
            format!("Reading the project takes longer than {} s.", LIMIT.as_secs()),
            "Give `dir`, the folder of one app.",
        )),
    }
}

/// Looks at a workspace on this thread.
pub fn look(root: &Path, ask: &Ask) -> Result<Checked> {
    let project = Project::read(root);
    let chosen = chosen(&project, ask.dir.as_deref())?;
    let (mut found, mut notes) = (Found::default(), Vec::new());
    let since = Instant::now();
    let apps = || chosen.iter().filter_map(|at| project.apps.get(*at));
    for app in apps() {
        for rule in rules::all().filter(|rule| ask.only.asks(rule)) {
            if since.elapsed() > RULES {
                notes.push(format!("There was no time to ask {} about {}", rule.id, named(app)));
                continue;
            }
            let look = |check: &Check, own: &mut Found| {
                if let Check::Static(look) = check {
                    look(&project, app, own);
                }
            };
            if !asked(rule, &mut found, look) {
                notes.push(format!("{} failed inside on {}: it says nothing about it", rule.id, named(app)));
            }
        }
    }
    notes.truncate(MAX_NOTES);
    found.findings.retain(|finding| ask.only.takes(finding.severity));
    Ok(Checked {
        apps: apps().map(AppSummary::of).collect(),
        findings: ids::numbered(found.findings),
        undecided: distinct(found.undecided),
        skipped: skipped(&project),
        notes,
        drift: apps().take(TABLES).map(|app| (app.folder.clone(), drift::table(&project, app))).collect(),
        only: ask.only.clone(),
        project,
        chosen,
    })
}

/// Apps whose options are compared place by place.
const TABLES: usize = 4;
/// Notes that are kept.
const MAX_NOTES: usize = 20;

/// Asks one rule; a fault of ours in it must not take the others with it.
fn asked(rule: &Rule, found: &mut Found, look: impl Fn(&Check, &mut Found)) -> bool {
    rule.checks.iter().all(|check| {
        let mut own = Found::default();
        let done = catch_unwind(AssertUnwindSafe(|| look(check, &mut own))).is_ok();
        found.findings.append(&mut own.findings);
        found.undecided.append(&mut own.undecided);
        done
    })
}

/// The apps that a folder means.
fn chosen(project: &Project, dir: Option<&str>) -> Result<Vec<usize>> {
    let dir =
        dir.map(|dir| dir.trim_start_matches("./").trim_matches('/')).filter(|dir| !dir.is_empty() && *dir != ".");
    let apps = || project.apps.iter().enumerate();
    let Some(dir) = dir else { return Ok(apps().map(|(at, _)| at).collect()) };
    let inside = format!("{dir}/");
    let within: Vec<usize> = apps().filter(|(_, app)| app.folder.starts_with(&inside)).map(|(at, _)| at).collect();
    if !within.is_empty() {
        return Ok(within);
    }
    let around = apps().filter(|(_, app)| inside.starts_with(&app.folder)).max_by_key(|(_, app)| app.folder.len());
    let is_there = project.tree.paths.iter().any(|path| path.starts_with(&inside));
    around.filter(|_| is_there).map(|(at, _)| vec![at]).ok_or_else(|| {
        let known: Vec<String> = project.apps.iter().take(10).map(|app| named(app).to_owned()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let shown: String = dir.chars().filter(|c| !c.is_control()).take(100).collect();
        ToolError::new(
            format!("No app is in “{shown}”."),
            format!("`dir` is a folder of the workspace, with `/`. Apps in it: {known}."),
        )
    })
}

fn named(app: &App) -> &str {
    if app.folder.is_empty() { "the workspace's root" } else { app.folder.trim_end_matches('/') }
}

/// Each question once.
fn distinct(undecided: Vec<Undecided>) -> Vec<Undecided> {
    let mut out: Vec<Undecided> = Vec::new();
    for each in undecided {
        if !out.contains(&each) {
            out.push(each);
        }
    }
    out
}

impl Checked {
    /// What is to be asked of a running app at this address.
    pub fn live(&self, url: &str) -> Result<live::Ask> {
        let ask = live::Ask::new(url)?;
        Ok(match self.app() {
            Some(app) => ask.with_app(app),
            None => ask,
        })
    }

    /// Looks at the running app too: over HTTP, and, with `browsers`, at what becomes of a test error in the page. `say` is
    /// told what is done.
    pub async fn watch(
        &mut self,
        url: &str,
        browsers: Option<&Browsers>,
        sink: &Sink,
        cancel: &CancellationToken,
        say: impl Fn(&str),
    ) -> Result<Seen> {
        let ask = self.live(url)?;
        say("asking the app over HTTP");
        let live = Live::look(&ask, sink, cancel).await?;
        self.add_live(&live);
        let mut seen = Seen { live, page: None };
        if let Some(browsers) = browsers {
            say("throwing a test error in the page");
            let page = InPage::look(browsers, sink, &page::Ask::new(url), cancel).await?;
            self.add_page(&page);
            seen.page = Some(page);
        }
        Ok(seen)
    }

    /// The text of a file of the project; none where it is not as it was read.
    pub fn text(&self, path: &str) -> Option<String> {
        let text = self.project.files.read(path).ok().flatten()?;
        self.project.files.is_as_read(path, &text).then_some(text)
    }

    /// Takes in what was seen over HTTP.
    fn add_live(&mut self, live: &Live) {
        self.add(|check, app, own| {
            if let Check::Live(look) = check {
                look(live, app, own);
            }
        });
    }

    /// Takes in what was seen in the browser.
    fn add_page(&mut self, page: &InPage) {
        self.add(|check, app, own| {
            if let Check::InPage(look) = check {
                look(page, app, own);
            }
        });
    }

    fn add(&mut self, look: impl Fn(&Check, Option<&App>, &mut Found)) {
        let mut found = Found::default();
        let app = self.app();
        let mut failed = Vec::new();
        for rule in rules::all().filter(|rule| self.only.asks(rule)) {
            if !asked(rule, &mut found, |check, own| look(check, app, own)) {
                failed.push(format!("{} failed inside: it says nothing about the running app", rule.id));
            }
        }
        found.findings.retain(|finding| self.only.takes(finding.severity));
        let known = std::mem::take(&mut self.findings).into_iter().map(|each| each.finding);
        self.findings = ids::numbered(known.chain(found.findings).collect());
        self.undecided = distinct(std::mem::take(&mut self.undecided).into_iter().chain(found.undecided).collect());
        self.notes.extend(failed);
    }

    /// The app that a running one is compared with: the only one that was asked for.
    fn app(&self) -> Option<&App> {
        let [only] = self.chosen.as_slice() else { return None };
        self.project.apps.get(*only)
    }

    /// How many findings there are of each kind.
    pub fn counts(&self) -> Counts {
        let count = |severity| self.findings.iter().filter(|each| each.finding.severity == severity).count();
        Counts {
            critical: count(Severity::Critical),
            error: count(Severity::Error),
            warning: count(Severity::Warning),
            info: count(Severity::Info),
        }
    }

    /// The finding of an id, in either case.
    pub fn find(&self, id: &str) -> Option<&Numbered> {
        self.findings.iter().find(|each| each.id.eq_ignore_ascii_case(id.trim()))
    }

    /// What the fixes of these findings change.
    pub fn plan<'a>(&self, findings: impl IntoIterator<Item = &'a Numbered>) -> Plan {
        plan(&self.project.files, findings.into_iter().map(|each| (each.id.as_str(), each.edits())))
    }

    /// The error where an id names no finding.
    pub fn no_finding(&self, id: &str) -> ToolError {
        let shown: String = id.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
        let rule = shown.split('-').next().unwrap_or_default();
        let same: Vec<&str> =
            self.findings.iter().map(|each| each.id.as_str()).filter(|id| id.starts_with(rule)).collect();
        let known =
            if same.is_empty() { String::new() } else { format!(" Of {rule} there are now: {}.", same.join(", ")) };
        ToolError::new(
            format!("There is no finding {shown}: it is gone, or was never there.{known}"),
            "check_setup lists the findings with their ids.",
        )
    }
}

impl Numbered {
    /// The changes that remove it; none = only a person can.
    pub fn edits(&self) -> &[Edit] {
        self.finding.fix.as_ref().map(|fix| fix.edits.as_slice()).unwrap_or_default()
    }
}

/// What was not read: files of the walk, and scripts that a rule asked for.
fn skipped(project: &Project) -> Vec<Skipped> {
    let mut all = project.tree.skipped.clone();
    let unread = project.apps.iter().flat_map(|app| app.modules.failures());
    for (path, why) in unread {
        if !all.iter().any(|known| known.path == path) {
            all.push(Skipped { path, why });
        }
    }
    all
}
