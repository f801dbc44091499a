//! Routes: a method and a path template.

use super::{Answer, Request, Script};

/// One route.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: String,
    pub(super) template: String,
    script: Script,
}

impl Route {
    pub(super) fn new(method: &str, template: &str, script: Script) -> Self {
        assert!(template.starts_with('/') && template.ends_with('/'), "not a path of Sentry's: {template}");
        Self { method: method.to_owned(), template: template.to_owned(), script }
    }

    pub(super) fn matches(&self, request: &Request) -> bool {
        self.method == request.method && fits(&self.template, &request.path)
    }

    pub(super) fn placeholders(&self) -> usize {
        self.template.matches('{').count()
    }

    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        self.script.next(request)
    }
}

/// Whether a path is one of this template; a segment in braces stands for any one that is not empty.
pub fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(segment)) if wanted.starts_with('{') && !segment.is_empty() => {}
            (Some(wanted), Some(segment)) if wanted == segment => {}
            _ => return false,
        }
    }
}
