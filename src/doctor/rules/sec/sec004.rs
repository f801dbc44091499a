//! SEC004: what users type and read is sent to Sentry.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    project::{App, Init, Project},
    rules::{Check, Rule, edit},
    script::tree::{Expr, Node},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "SEC004",
    title: "Data of users is sent to Sentry",
    severity: Severity::Info,
    why: "sendDefaultPii adds IP addresses, cookies and user data; a replay without its masks shows texts and inputs; networkDetailAllowUrls records bodies of requests. All of it may be wanted, and should be known to be on.",
    docs: "https://docs.sentry.io/platforms/javascript/data-management/data-collected/",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    let (mut what, mut at) = (Vec::new(), Vec::new());
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for init in app.inits.iter().filter(|init| init.reachable) {
        if seen.contains(&(&init.path, init.span.start)) {
            continue;
        }
        seen.push((&init.path, init.span.start));
        if let Some(setting) = init.option("sendDefaultPii").filter(|setting| setting.value.bool() == Some(true)) {
            what.push(format!("sendDefaultPii is on in {}", init.path));
            at.push(edit::at_option(project, init, setting));
        }
        for (words, place) in replay(project, app, init) {
            what.push(words);
            at.push(place);
        }
    }
    if what.is_empty() {
        return;
    }
    let message = format!("Data of users goes to Sentry: {}.", what.join("; "));
    let mut finding = Finding::new(RULE.id, Severity::Info, "pii", message).fix(Fix {
        title: "see that it is meant".to_owned(),
        edits: Vec::new(),
        steps: vec!["Where it is not meant, take the option out: its default keeps the data back.".to_owned()],
    });
    finding.at = at;
    found.add(finding);
}

/// Options of the replay that show more than its default.
fn replay(project: &Project, app: &App, init: &Init) -> Vec<(String, crate::doctor::finding::At)> {
    let Some(Ok(module)) = app.modules.get(&init.path) else { return Vec::new() };
    let mut out = Vec::new();
    module.each(&mut |expr| {
        let Node::Call(callee, items, _) = &expr.node else { return };
        let name =
            callee.dotted().and_then(|path| path.last().map(|name| name.to_ascii_lowercase())).unwrap_or_default();
        if !name.contains("replay") || expr.span.start < init.span.start || expr.span.end > init.span.end {
            return;
        }
        let Some(options) = items.first().map(|item| &item.value) else { return };
        for mask in ["maskAllText", "maskAllInputs", "blockAllMedia"] {
            if let Some(property) = options.property(mask)
                && matches!(property.value.node, Node::Bool(false))
            {
                out.push((format!("{mask} is off in {}", init.path), edit::at(project, &init.path, property.span)));
            }
        }
        if let Some(property) = options.property("networkDetailAllowUrls")
            && is_broad(&property.value)
        {
            let words = format!("networkDetailAllowUrls takes every address in {}", init.path);
            out.push((words, edit::at(project, &init.path, property.span)));
        }
    });
    out
}

/// Whether a list of addresses takes all of them.
fn is_broad(value: &Expr) -> bool {
    let Node::List(items) = &value.node else { return false };
    items.iter().any(|item| match &item.value.node {
        Node::Regex(pattern, _) => {
            matches!(pattern.as_str(), ".*" | "^.*" | "^.*$" | "." | ".+" | "^https?:" | "https?:")
        }
        Node::Text(text) => matches!(text.as_str(), "" | "/" | "http" | "https" | "https://" | "*"),
        Node::Name(_) | Node::Member(..) => false,
        _ => false,
    })
}
