//! Every place that sets a Content Security Policy.

mod apache;
mod caddy;
mod code;
mod draft;
mod headers_file;
mod json;
mod meta;
mod netlify;
mod nginx;
mod pages;
mod scope;
mod scripts;
mod written;

pub use draft::Draft;
pub use pages::are_all;
pub use scripts::SdkScript;
pub use written::{Change, Piece, Quoting, Slot, Takes};

use crate::doctor::{csp::Delivery, files::Files, script::Span};

use super::{App, Tree};
use scope::Scope;

/// What sets a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// `headers()` of next.config
    NextConfig,
    /// The middleware or proxy file
    Middleware,
    /// vercel.json, netlify.toml, `_headers`
    Hosting,
    /// nginx, Apache, Caddy
    Server,
    /// helmet and the like, django-csp, flask-talisman, a header set in code
    Code,
    /// `kit.csp`, nuxt-security and the like
    Framework,
    /// `<meta http-equiv>`
    Meta,
}

impl Layer {
    /// What it is, in our words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NextConfig => "next.config",
            Self::Middleware => "middleware",
            Self::Hosting => "the hosting's configuration",
            Self::Server => "the web server's configuration",
            Self::Code => "the server's code",
            Self::Framework => "the framework's configuration",
            Self::Meta => "a <meta> tag",
        }
    }
}

/// A policy that a file sets. Parts of it that only running the code would tell stand in the text as `${0}`, `${1}`, …
#[derive(Debug, Clone)]
pub struct PolicyText {
    /// What sets it.
    pub layer: Layer,
    /// Its file.
    pub path: String,
    /// Where it is written.
    pub span: Span,
    /// How it is delivered.
    pub delivery: Delivery,
    /// It reports only.
    pub report_only: bool,
    /// Which pages it is for, as the file writes it: `/(.*)`, `/admin/*`; none = all.
    pub pages: Option<String>,
    /// The policy, or the expression that hides it.
    pub text: Result<String, String>,
    /// What `${0}`, `${1}`, … stand for.
    pub unknown: Vec<Unknown>,
    /// Stretches of files that hold pieces of `text`. What lies between them was computed.
    pub pieces: Vec<Piece>,
    /// Places of files that take another source or another directive, where the policy is no text there.
    pub slots: Vec<Slot>,
    /// Who brings what the file does not write: `the defaults of helmet 8`; none = all is written.
    pub defaults: Option<String>,
}

/// A part of a policy that reading does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The expression, as it is written.
    pub expression: String,
    /// Its file.
    pub path: String,
    /// Where.
    pub span: Span,
    /// All that it can be; empty = anything.
    pub choices: Vec<String>,
}

impl PolicyText {
    /// A policy that is a response header on every page and enforced, with a text as a [`Draft`] has it.
    pub fn new(layer: Layer, path: &str, span: Span, draft: Draft) -> Self {
        let Draft { text, unknown, pieces, slots } = draft;
        Self {
            layer,
            path: path.to_owned(),
            span,
            delivery: Delivery::Header,
            report_only: false,
            pages: None,
            text: Ok(text),
            unknown,
            pieces,
            slots,
            defaults: None,
        }
    }

    /// A policy of which nothing is known but the expression that makes it.
    pub fn hidden(layer: Layer, path: &str, span: Span, expression: impl Into<String>) -> Self {
        let mut policy = Self::new(layer, path, span, Draft::default());
        policy.text = Err(expression.into());
        policy
    }

    /// The same for some pages only.
    #[must_use]
    pub fn on(mut self, pages: impl Into<String>) -> Self {
        self.pages = Some(pages.into());
        self
    }

    /// The same, by the name of its header.
    #[must_use]
    pub fn named(mut self, header: Header) -> Self {
        self.report_only = header == Header::ReportOnly;
        self
    }
}

/// The two headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// `Content-Security-Policy`
    Enforced,
    /// `Content-Security-Policy-Report-Only`
    ReportOnly,
}

impl Header {
    /// The header of a name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "content-security-policy" => Some(Self::Enforced),
            "content-security-policy-report-only" => Some(Self::ReportOnly),
            _ => None,
        }
    }
}

/// Policies of one app.
const MAX_POLICIES: usize = 200;

/// Finds every policy of an app. `folders` are those of all apps of the workspace.
pub(super) fn read(files: &Files, tree: &mut Tree, app: &mut App, folders: &[String]) {
    let scope = Scope::new(files, tree, app, folders);
    let mut policies = Vec::new();
    json::read(&scope, &mut policies);
    netlify::read(&scope, &mut policies);
    headers_file::read(&scope, &mut policies);
    nginx::read(&scope, &mut policies);
    apache::read(&scope, &mut policies);
    caddy::read(&scope, &mut policies);
    meta::read(&scope, &mut policies);
    code::read(&scope, app, &mut policies);
    policies.retain(|policy| policy.pages.as_deref().is_none_or(pages::are_shown));
    policies.truncate(MAX_POLICIES);
    let mut scripts = scripts::read(&scope);
    app.policies.append(&mut policies);
    app.scripts.append(&mut scripts);
}
