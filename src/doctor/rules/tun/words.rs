//! What the rules about the tunnel share.

use crate::doctor::{
    finding::{At, Edit},
    project::{Answer, App, Form, Project, Route},
    script::{Origin, Span, Value, What},
    tunnel::{Relay, Serves, Way},
};

/// The place of the option that sets the tunnel.
pub(super) fn option(project: &Project, way: &Way<'_>) -> At {
    project.at(&Origin { path: way.tunnel.path.as_str().into(), span: way.tunnel.span })
}

/// Writes another text in place of a literal; none where the value is not one literal.
pub(super) fn rewritten(project: &Project, value: &Value, with: &str) -> Option<Edit> {
    let What::Text(pieces) = &value.what else { return None };
    let [only] = pieces.as_slice() else { return None };
    literal(project, &only.at, with)
}

/// The same for the place of a literal.
pub(super) fn literal(project: &Project, at: &Origin, with: &str) -> Option<Edit> {
    let text = project.files.read(&at.path).ok().flatten()?;
    let written = text.get(at.span.start..at.span.end)?;
    let quote = written.chars().next().filter(|c| "'\"`".contains(*c))?;
    if !written.ends_with(quote) || with.contains(['\\', '\'', '"', '`', '$', '\n']) {
        return None;
    }
    Some(Edit::Replace { path: at.path.to_string(), span: at.span, with: format!("{quote}{with}{quote}") })
}

/// A handler that passes envelopes on.
pub(super) struct Handler<'a> {
    pub(super) app: &'a App,
    pub(super) route: &'a Route,
    pub(super) relay: Relay,
    pub(super) libraries: Vec<String>,
}

/// The project's own code that answers at the tunnel.
pub(super) fn handler<'a>(way: &Way<'a>) -> Option<Handler<'a>> {
    let Serves::Endpoint(app, route) = way.serves else { return None };
    of(app, route)
}

/// What an endpoint does with an envelope; none where its code is not followed, or is the SDK's.
pub(super) fn of<'a>(app: &'a App, route: &'a Route) -> Option<Handler<'a>> {
    let Answer::Code(code) = route.answer(&app.modules) else { return None };
    if code.of_sentry().is_some() {
        return None;
    }
    let libraries = code.libraries.iter().map(|library| library.name.clone()).collect();
    Some(Handler { app, route, relay: Relay::of(&app.modules, &code), libraries })
}

/// The text of a file in Python that answers, and where its endpoint is declared.
pub(super) fn python(project: &Project, route: &Route) -> Option<String> {
    let is_python = route.form == Form::Python;
    is_python.then(|| project.files.read(&route.path).ok().flatten()).flatten()
}

/// Where an endpoint is declared.
pub(super) fn place(project: &Project, route: &Route) -> At {
    match route.span {
        Some(span) => project.at(&Origin { path: route.path.as_str().into(), span }),
        None => At::whole(&route.path),
    }
}

/// Where a handler's first function is.
pub(super) fn function(project: &Project, handler: &Handler<'_>) -> At {
    match handler.relay.functions.first() {
        Some((module, function)) => {
            let end = function.span.start.max(function.span.end.min(function.span.start + 1));
            let span = Span { start: function.span.start, end };
            project.at(&Origin { path: module.path.as_str().into(), span })
        }
        None => place(project, handler.route),
    }
}
