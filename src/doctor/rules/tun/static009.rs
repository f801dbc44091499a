//! TUN009 as it is written: next.config redirects the tunnel.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    matcher,
    project::{App, Project, TunnelFrom},
    script::Origin,
    tunnel::{Serves, way},
};

use super::words::{option, rewritten};

/// Looks at the slash at the end, and at `redirects()`.
pub(super) fn check(project: &Project, app: &App, found: &mut Found) {
    let (Some(next), Some(way)) = (&app.next, way(project, app)) else { return };
    let (Some(path), Some(inner)) = (&way.path, &way.inner) else { return };
    if matches!(way.serves, Serves::Nothing(_) | Serves::Elsewhere) {
        return;
    }
    let takes = |source: &str| matcher::route(source).is_some_and(|regex| regex.is_match(inner));
    if let Some(redirect) = next.redirects.iter().find(|each| !each.conditional && takes(&each.source)) {
        let to = redirect.destination.as_deref().unwrap_or("another address");
        let message = format!(
            "redirects() of next.config sends {path} to {to} (`{}`): no envelope gets to the tunnel itself.",
            redirect.source
        );
        let at = project.at(&Origin { path: redirect.path.as_str().into(), span: redirect.span });
        let steps = vec![format!(
            "Leave {inner} out of the source `{}`, as in /((?!{}/?$).*), or move the tunnel.",
            redirect.source,
            inner.trim_start_matches('/')
        )];
        let fix = Fix { title: format!("do not redirect {path}"), edits: Vec::new(), steps };
        let finding = Finding::new("TUN009", Severity::Warning, "redirects", message).at(at);
        return found.add(finding.at(option(project, &way).noted("the tunnel")).fix(fix));
    }
    // A build may skip them, and what is not known is nobody's fault.
    if next.is_on("skipTrailingSlashRedirect") != Some(false) {
        return;
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    let (wanted, does) = match (next.is_on("trailingSlash"), path.ends_with('/')) {
        (Some(true), false) if !last.contains('.') => (format!("{path}/"), "adds a slash to every path"),
        (Some(false), true) if path.len() > 1 => {
            (path.trim_end_matches('/').to_owned(), "takes the slash off the end of every path")
        }
        _ => return,
    };
    let message = format!(
        "Next.js {does} by a redirect (308), so each envelope for {path} is sent twice, and one that a page sends while it is closed does not arrive."
    );
    let finding = Finding::new("TUN009", Severity::Warning, "slash", message).at(option(project, &way));
    let edit = match way.tunnel.from {
        TunnelFrom::Init => rewritten(project, &way.tunnel.value, &wanted),
        TunnelFrom::Route => None,
    };
    let steps = match (&edit, way.tunnel.from) {
        (Some(_), _) => Vec::new(),
        (None, TunnelFrom::Init) => vec![format!("Set `tunnel` to '{wanted}'.")],
        (None, TunnelFrom::Route) => vec![
            "Set `skipTrailingSlashRedirect: true` in next.config, or use a handler of your own with `tunnel`."
                .to_owned(),
        ],
    };
    let fix = Fix { title: format!("post to {wanted}"), edits: edit.into_iter().collect(), steps };
    found.add(finding.fix(fix));
}
