//! Mistakes in the text of policies: by themselves, or as what blocks Sentry.

use crate::doctor::{
    csp::{self, Judged, Kind, Outcome, Policy, Rule, Sent, judge, lint, read_sent},
    finding::{Finding, Fix, Found, Severity},
    project::{App, Change, PolicyText, Project},
};

use super::{
    fault,
    sheet::Sheet,
    wants::{Wants, wants},
    words,
};

/// A mistake that is the only thing that keeps something from getting through.
pub(super) struct Cause {
    /// Which of the mistakes.
    pub(super) index: usize,
    /// What it blocks, in words.
    pub(super) blocks: String,
    /// The source that is to stand in its place, where its own words do not tell.
    pub(super) exact: Option<String>,
}

/// Mistakes of one policy that are told.
const MAX_MISTAKES: usize = 10;

/// Tells the mistakes of all policies.
pub(super) fn report(project: &Project, app: &App, found: &mut Found) {
    for policy in &app.policies {
        let Some(sheet) = Sheet::new(policy) else { continue };
        let cause = fault::cause(app, policy);
        let mistakes = mistakes(&sheet);
        for (index, mistake) in mistakes.iter().enumerate().take(MAX_MISTAKES) {
            let cause = cause.as_ref().filter(|cause| cause.index == index);
            if cause.is_some() || is_told(mistake) {
                found.add(finding(project, &sheet, mistake, cause));
            }
        }
    }
}

/// Tells of policies that let a page with Sentry reach any host.
pub(super) fn report_broad(project: &Project, app: &App, found: &mut Found) {
    if wants(app).is_none() {
        return;
    }
    for policy in fault::effective(app) {
        let Some(sheet) = Sheet::new(policy) else { continue };
        let decides = |policy: &Policy| {
            let directive = policy.directive("connect-src").or_else(|| policy.directive("default-src"));
            directive.map(|directive| directive.name.clone())
        };
        let Some(name) = sheet.read.first().and_then(decides) else { continue };
        let broad = |mistake: &&csp::Finding| mistake.rule == Rule::TooBroad && mistake.directive == name;
        if let Some(mistake) = lint(&sheet.read).iter().find(broad) {
            let said =
                format!("{} has `{}` in {name}: {}.", words::policy(policy), mistake.token.text, mistake.rule.why());
            let key = format!("{} {name}", policy.path);
            let at = sheet.at(project, mistake.token.spot.start, mistake.token.spot.end);
            let steps = vec![format!("Name in {name} the hosts that the page needs; for Sentry the host of the DSN.")];
            let fix = Fix { title: "name the hosts".to_owned(), edits: Vec::new(), steps };
            found.add(Finding::new("CSP006", Severity::Info, key, said).at(at).fix(fix));
        }
    }
}

/// What can be a mistake at all where only the file is known.
fn mistakes(sheet: &Sheet<'_>) -> Vec<csp::Finding> {
    // Framework and hosting put line ends right, and nonces and hashes in.
    let never = |rule: Rule| matches!(rule, Rule::Placeholder | Rule::LineEnd | Rule::TooBroad);
    let unknown = |text: &str| text.contains("${");
    lint(&sheet.read).into_iter().filter(|each| !never(each.rule) && !unknown(&each.token.text)).collect()
}

/// Whether a mistake is worth a word by itself.
fn is_told(mistake: &csp::Finding) -> bool {
    match mistake.rule {
        // Meant so, most often.
        Rule::ExactPath | Rule::Query | Rule::StrictDynamicAlone => false,
        Rule::NotInMeta => mistake.directive == "report-uri",
        Rule::Empty => {
            matches!(mistake.directive.as_str(), "connect-src" | "default-src" | "script-src" | "worker-src")
        }
        rule => rule.severity() != Severity::Info,
    }
}

/// The one mistake that, put right, lets through all that is blocked.
pub(super) fn cause(sheet: &Sheet<'_>, wants: &Wants, blocked: &[Judged]) -> Option<Cause> {
    let events = blocked.iter().find(|judged| judged.target.kind == Kind::Connect);
    let exact = events.map(|judged| judged.target.url.origin().ascii_serialization());
    let index = mistakes(sheet).iter().position(|mistake| {
        let Some(changes) = changes(sheet, mistake, exact.as_deref()) else { return false };
        let text = changed(sheet.text, &changes);
        let sent = Sent { text: &text, delivery: sheet.policy.delivery, report_only: false };
        let policies = read_sent(&[sent]);
        blocked.iter().all(|judged| judge(&policies, &wants.page, judged.target.clone()).outcome != Outcome::Blocked)
    })?;
    let said: Vec<String> = blocked.iter().map(words::target).collect();
    Some(Cause { index, blocks: said.join(", "), exact })
}

/// What puts a mistake right, where the text says it.
fn changes(sheet: &Sheet<'_>, mistake: &csp::Finding, exact: Option<&str>) -> Option<Vec<Change>> {
    let spot = mistake.token.spot;
    let replace = |start: usize, end: usize, with: String| Change::Replace { start, end, with };
    if mistake.rule == Rule::Duplicate {
        return merged(sheet, mistake);
    }
    match &mistake.fix {
        csp::Fix::Write(with) if with.starts_with("; ") => {
            // The semicolon belongs behind the word before.
            let before = sheet.text.get(..spot.start)?.trim_end().len();
            Some(vec![replace(before, spot.end, with.clone())])
        }
        csp::Fix::Write(with) => Some(vec![replace(spot.start, spot.end, with.clone())]),
        csp::Fix::Remove => {
            let before = sheet.text.get(..spot.start)?.trim_end_matches(' ').len();
            Some(vec![replace(before, spot.end, String::new())])
        }
        // What was meant for Sentry, and names no host that a browser can read.
        csp::Fix::Words(_) if mistake.token.text.contains("sentry") => {
            Some(vec![replace(spot.start, spot.end, exact?.to_owned())])
        }
        csp::Fix::Words(_) => None,
    }
}

/// The sources of a second directive of a name, put into the first.
fn merged(sheet: &Sheet<'_>, mistake: &csp::Finding) -> Option<Vec<Change>> {
    let policy = sheet.read.iter().find(|policy| policy.number == mistake.policy)?;
    let first = policy.directive(&mistake.directive)?;
    let second = policy.directives.iter().find(|each| each.written.spot == mistake.token.spot)?;
    let has = |text: &str| first.values.iter().any(|value| value.text == text);
    let add: Vec<String> =
        second.values.iter().map(|value| value.text.clone()).filter(|text| !has(text) && text != "'none'").collect();
    let last = first.values.last().unwrap_or(&first.written).spot.end;
    let end = second.values.last().unwrap_or(&second.written).spot.end;
    // With the semicolon before it.
    let head = sheet.text.get(..second.written.spot.start)?.trim_end();
    let start = head.strip_suffix(';').unwrap_or(head).trim_end().len();
    let mut changes = Vec::new();
    if !add.is_empty() {
        let all = first.values.iter().map(|value| value.text.clone()).chain(add.iter().cloned()).collect();
        changes.push(Change::Sources { name: mistake.directive.clone(), at: last, add, all });
    }
    changes.push(Change::Replace { start, end, with: String::new() });
    Some(changes)
}

/// A text with changes made, from the last to the first.
fn changed(text: &str, changes: &[Change]) -> String {
    let mut text = text.to_owned();
    for change in changes.iter().rev() {
        let (start, end, with) = match change {
            Change::Replace { start, end, with } => (*start, *end, with.clone()),
            Change::Sources { at, add, .. } => (*at, *at, format!(" {}", add.join(" "))),
            Change::Directive { name, at, sources } => (*at, *at, format!("; {name} {}", sources.join(" "))),
        };
        if text.is_char_boundary(start) && text.is_char_boundary(end) && start <= end {
            text.replace_range(start..end, &with);
        }
    }
    text
}

fn finding(project: &Project, sheet: &Sheet<'_>, mistake: &csp::Finding, cause: Option<&Cause>) -> Finding {
    let policy: &PolicyText = sheet.policy;
    let word = if mistake.token.text.is_empty() { mistake.directive.clone() } else { mistake.token.text.clone() };
    let mut said = format!("{} has `{word}` in {}: {}.", words::policy(policy), mistake.directive, mistake.rule.why());
    if let Some(cause) = cause {
        said.push_str(&format!(" That blocks {}.", cause.blocks));
    }
    let severity = if cause.is_some() { Severity::Error } else { Severity::Warning };
    let key = format!("{} {} {word}", policy.path, mistake.rule.id());
    let at = sheet.at(project, mistake.token.spot.start, mistake.token.spot.end);
    let exact = cause.and_then(|cause| cause.exact.as_deref());
    let edits = changes(sheet, mistake, exact).and_then(|changes| policy.edits(&changes));
    let title = match &mistake.fix {
        csp::Fix::Words(_) if edits.is_some() && mistake.rule != Rule::Duplicate => {
            format!("write `{}`", exact.unwrap_or_default())
        }
        csp::Fix::Write(with) => format!("write `{}`", with.trim_start_matches("; ")),
        csp::Fix::Remove => format!("take `{word}` out"),
        csp::Fix::Words(words) => (*words).to_owned(),
    };
    let fix = match edits {
        Some(edits) => fault::written(title, edits),
        None => {
            let step = format!("In {}: {title}.", mistake.directive);
            Fix { title, edits: Vec::new(), steps: vec![step] }
        }
    };
    Finding::new("CSP005", severity, key, said).at(at).evidence("mistake", mistake.rule.id()).fix(fix)
}
