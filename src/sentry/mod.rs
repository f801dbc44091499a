//! The Sentry Web API: sentry.io, self-hosted and compatible servers, as plain data.
//!
//! A tool picks a [`Connection`] with [`Sentry::connection`], an [`Organization`] with [`Connection::organization`], and calls
//! what `api/` has for it. Requests are plain data ([`Request`]), so that contract tests can read them off the wire.

pub mod api;
mod connection;
mod failure;
mod gate;
mod organization;
mod region;
mod request;
mod send;
mod value;

use std::sync::Arc;

pub use connection::Connection;
pub use failure::{Failure, Kind};
pub use organization::{Organization, Page};
pub use request::Request;
pub use send::Body;
pub use value::Read;

use crate::{
    config::SentryConfig,
    error::{Result, ToolError},
    event::{Source, Which},
};

/// What a token needs, for every message that asks for one.
const SCOPES: &str = "Reading needs the scopes org:read, project:read and event:read; update_issue needs event:write.";

/// The Sentry servers that can be asked.
#[derive(Debug, Clone)]
pub struct Sentry {
    connections: Arc<[Connection]>,
    problems: Arc<[String]>,
}

impl Sentry {
    /// The connections of the settings; nothing is asked yet.
    pub fn new(config: &SentryConfig) -> Self {
        let connections: Vec<Connection> = config.connections.iter().map(Connection::new).collect();
        Self { connections: connections.into(), problems: config.problems.clone().into() }
    }

    /// All of them, the one of the environment first.
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// Whether there is any.
    pub fn is_connected(&self) -> bool {
        !self.connections.is_empty()
    }

    /// The connection that `source` means; `auto` means the first one. The error says what to set.
    pub fn connection(&self, source: &Source) -> Result<&Connection> {
        let named = match &source.which {
            Which::Named(name) => self.connections.iter().find(|connection| connection.name() == name),
            _ => self.connections.first(),
        };
        named.ok_or_else(|| self.missing(source))
    }

    /// The connection that may be asked for an address on `host`; the error says why not.
    pub fn of_host(&self, source: &Source, host: &str) -> Result<&Connection> {
        self.of_address(source, host, None)
    }

    /// The same; where several connections are for one host, the one whose settings name the address's organization.
    pub fn of_address(&self, source: &Source, host: &str, organization: Option<&str>) -> Result<&Connection> {
        let fits = |connection: &&Connection| connection.owns(host);
        let named = |connection: &&Connection| organization.is_some() && connection.set_organization() == organization;
        match &source.which {
            Which::Named(_) => Some(self.connection(source)?).filter(fits),
            _ => {
                let mut all = self.connections.iter().filter(fits);
                all.clone().find(named).or_else(|| all.next())
            }
        }
        .ok_or_else(|| {
            if !self.is_connected() {
                return self.missing(source);
            }
            let hosts: Vec<&str> = self.connections.iter().map(Connection::host).collect();
            ToolError::new(
                format!("The address is on {host}, and the token is for {}: it is not sent there.", hosts.join(", ")),
                "Give an address of that Sentry, or connect the other one with SENTRY_URL and its own token.",
            )
        })
    }

    fn missing(&self, source: &Source) -> ToolError {
        let mut what = match &source.which {
            Which::Named(name) => {
                let known: Vec<&str> = self.connections.iter().map(Connection::name).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                format!("There is no Sentry connection {name:?}; connected: {known}.")
            }
            _ => "No Sentry is connected: SENTRY_AUTH_TOKEN is not set.".to_owned(),
        };
        for problem in self.problems.iter() {
            what.push(' ');
            what.push_str(problem);
        }
        ToolError::new(
            what,
            format!(
                "Set SENTRY_AUTH_TOKEN (and SENTRY_URL for self-hosted, SENTRY_ORG, SENTRY_PROJECT) where fixloop is \
                 started. {SCOPES} Without it, source local asks the embedded sink."
            ),
        )
    }
}
