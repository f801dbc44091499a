//! Every place that sets a Content Security Policy.

use crate::doctor::{csp::Delivery, files::Files, script::Span};

use super::{App, Tree};

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

/// A policy, or part of one, that a file sets.
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
    /// Which pages it is for, as the file writes it: `/(.*)`, `/api/*`; none = all.
    pub pages: Option<String>,
    /// The policy, or the expression that hides it.
    pub text: Result<String, String>,
    /// Stretches of the file that hold pieces of `text`: where in `text` each begins, and where it is written. What lies
    /// between them was computed. A change of the policy is a change of these.
    pub pieces: Vec<(usize, Span)>,
}

/// Finds every policy of an app.
pub(super) fn read(_files: &Files, _tree: &mut Tree, _app: &mut App) {}
