//! Which envelopes go where, from what the user said; and what is not done, and why. Pure.

use std::collections::BTreeMap;

use super::dsn::Dsn;
use crate::config::{DsnSetting, RelayConfig};

/// More DSNs than anyone forwards to.
const MOST: usize = 32;

/// Where envelopes go.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    all: Option<Dsn>,
    projects: BTreeMap<String, Dsn>,
    tunnel: Vec<Dsn>,
    /// Settings that are not followed, a sentence each.
    pub problems: Vec<String>,
}

impl Routes {
    /// The routes of these settings. A setting that is wrong, or that only a file asks for, is left out and said.
    pub fn of(config: &RelayConfig) -> Self {
        let mut this = Self::default();
        for setting in config.forward.iter().take(MOST) {
            match this.forward(setting, &config.hosts) {
                Ok(()) => {}
                Err(problem) => this.problems.push(problem),
            }
        }
        for setting in config.tunnel_allow.iter().take(MOST) {
            match vetted(setting, &setting.text, "tunnel-allow", &config.hosts) {
                Ok(dsn) => this.tunnel.push(dsn),
                Err(problem) => this.problems.push(problem),
            }
        }
        for (count, name) in [(config.forward.len(), "forward"), (config.tunnel_allow.len(), "tunnel-allow")] {
            if count > MOST {
                this.problems.push(format!("{name} has {count} DSNs; the first {MOST} are used."));
            }
        }
        for dsn in this.destinations().into_iter().filter(Dsn::is_open) {
            this.problems.push(format!("What goes to {dsn} is not encrypted on its way: the DSN says http."));
        }
        this
    }

    fn forward(&mut self, setting: &DsnSetting, hosts: &[String]) -> Result<(), String> {
        let (project, text) = match setting.text.split_once('=') {
            Some((project, text)) if !project.contains(':') => (Some(project.trim()), text),
            _ => (None, setting.text.as_str()),
        };
        let dsn = vetted(setting, text, "forward", hosts)?;
        let Some(project) = project else {
            if self.all.as_ref().is_some_and(|known| *known != dsn) {
                return Err(format!("forward names a second DSN for all projects, {dsn}; the first one is used."));
            }
            self.all = Some(dsn);
            return Ok(());
        };
        let number: u64 = project.parse().map_err(|_| {
            let shown: String = project.chars().filter(|c| !c.is_control()).take(40).collect();
            format!("forward: `{shown}` before the = is no project of the sink; those are numbers, as in 2={dsn}.")
        })?;
        match self.projects.insert(number.to_string(), dsn) {
            None => Ok(()),
            Some(before) => {
                let problem = format!("forward names two DSNs for project {number}; the first one, {before}, is used.");
                self.projects.insert(number.to_string(), before);
                Err(problem)
            }
        }
    }

    /// Where envelopes of a project of the sink go.
    pub fn of_project(&self, project: &str) -> Option<&Dsn> {
        self.projects.get(project).or(self.all.as_ref())
    }

    /// The DSN for which an envelope was tunnelled, if the user allows it.
    pub fn tunnelled(&self, dsn: &Dsn) -> Option<&Dsn> {
        self.forwards().chain(&self.tunnel).find(|known| *known == dsn)
    }

    fn forwards(&self) -> impl Iterator<Item = &Dsn> {
        self.projects.values().chain(&self.all)
    }

    /// All DSNs that anything may be sent to.
    pub fn destinations(&self) -> Vec<Dsn> {
        let mut all: Vec<Dsn> = self.forwards().chain(&self.tunnel).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// What goes to a DSN, in words.
    pub fn what(&self, dsn: &Dsn) -> String {
        let mut what: Vec<String> = self
            .projects
            .iter()
            .filter(|(_, known)| *known == dsn)
            .map(|(project, _)| format!("project {project}"))
            .collect();
        if self.all.as_ref() == Some(dsn) {
            what.push(if self.projects.is_empty() { "all projects" } else { "all other projects" }.to_owned());
        }
        if what.is_empty() {
            what.push("only what is tunnelled for it".to_owned());
        }
        what.join(", ")
    }
}

/// Reads a DSN, and heeds who asks for it: `fixloop.toml` comes with a repository that may be a stranger's, so what it
/// names gets nothing before the user has named the host too.
fn vetted(setting: &DsnSetting, text: &str, name: &str, hosts: &[String]) -> Result<Dsn, String> {
    let dsn = Dsn::parse(text).map_err(|why| format!("A DSN of {name} is not used: {why}."))?;
    if setting.from_file && !dsn.is_loopback() && !hosts.iter().any(|pattern| covers(pattern, dsn.host())) {
        return Err(format!(
            "fixloop.toml wants envelopes sent to {dsn} ({name}). Nothing is, until you allow the host: \
             FIXLOOP_FORWARD_HOSTS={host} or --forward-hosts {host}. A file of a repository alone does not decide who \
             gets your data.",
            host = dsn.host()
        ));
    }
    Ok(dsn)
}

/// Whether a pattern (`host` or `*.domain`) is for a host.
fn covers(pattern: &str, host: &str) -> bool {
    let pattern = pattern.trim().to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(domain) => !domain.is_empty() && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => pattern == host,
    }
}
