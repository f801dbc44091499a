//! What the policies keep from getting through, one fault for each policy: the rule that fits best tells it.

use crate::doctor::{
    csp::{Judged, Kind, Outcome, Source},
    finding::{Edit, Evidence, Finding, Fix, Found, Severity, Undecided},
    project::{App, Layer, PolicyText, Project, are_all},
};

use super::{
    mistake,
    sheet::{Sheet, Verdict, place},
    wants::{Wants, wants},
    words,
};

/// Where the truth about an unknown policy can be had.
const ASK: &str = "start the app and give `url`: the header that is sent decides";

/// Tells what a rule has found.
pub(super) fn report(project: &Project, app: &App, rule: &'static str, found: &mut Found) {
    let Some(wants) = wants(app) else { return };
    let policies = effective(app);
    let sheets: Vec<Sheet<'_>> = policies.iter().filter_map(|policy| Sheet::new(policy)).collect();
    for sheet in &sheets {
        if let Some(fault) = Fault::of(sheet, &sheets, &wants).filter(|fault| fault.rule == rule) {
            found.add(fault.finding(project, sheet, &wants));
        }
    }
    if rule == "CSP001" {
        undecided(project, &policies, &sheets, &wants, found);
    }
}

/// The policies that browsers follow: those that only report, and those that another one replaces, left out.
pub(super) fn effective(app: &App) -> Vec<&PolicyText> {
    let enforced = || app.policies.iter().filter(|policy| !policy.report_only);
    // Next.js sends the header that the middleware sets in place of the one of next.config.
    let replaced = enforced().any(|policy| policy.layer == Layer::Middleware);
    enforced().filter(|policy| !(replaced && policy.layer == Layer::NextConfig)).collect()
}

/// Whether the mistakes in a policy that blocks are told as what it blocks.
pub(super) fn cause(app: &App, policy: &PolicyText) -> Option<mistake::Cause> {
    let wants = wants(app)?;
    let sheet = Sheet::new(policy)?;
    if policy.report_only || !effective(app).iter().any(|other| std::ptr::eq(*other, policy)) {
        return None;
    }
    let blocked = blocked(&sheet, &wants);
    if blocked.is_empty() { None } else { mistake::cause(&sheet, &wants, &blocked) }
}

/// Whether a browser applies both of two policies to one page.
fn meet(one: &PolicyText, other: &PolicyText) -> bool {
    let alternative = |layer: Layer| matches!(layer, Layer::Hosting | Layer::Server);
    let apart = one.layer != other.layer && alternative(one.layer) && alternative(other.layer);
    let same_layer = one.layer == other.layer && (one.path != other.path || one.layer != Layer::Server);
    let all = |policy: &PolicyText| policy.pages.as_deref().is_none_or(are_all);
    let pages = all(one) || all(other) || one.pages == other.pages;
    pages && !apart && (!same_layer || one.layer == Layer::Meta && one.path == other.path)
}

/// What one policy blocks.
struct Fault {
    rule: &'static str,
    severity: Severity,
    blocked: Vec<Judged>,
    others: Vec<(String, crate::doctor::script::Span)>,
}

/// What a policy certainly blocks.
fn blocked(sheet: &Sheet<'_>, wants: &Wants) -> Vec<Judged> {
    if sheet.runs_nothing() {
        return Vec::new();
    }
    let targets = wants.targets.iter().filter(|target| sheet.verdict(&wants.page, target) == Verdict::Blocked);
    let mut blocked: Vec<Judged> = targets.map(|target| sheet.judged(&wants.page, target)).collect();
    blocked.extend(blocks_any_host(sheet, wants));
    // What hangs most on it first.
    blocked.sort_by_key(|judged| match judged.target.kind {
        Kind::Connect => 0,
        Kind::Worker => 2,
        _ => 1,
    });
    blocked
}

/// Where the DSN is not known: a policy that names no host at all blocks whatever host it has.
fn blocks_any_host(sheet: &Sheet<'_>, wants: &Wants) -> Option<Judged> {
    let target = wants.any_host.as_ref()?;
    if sheet.verdict(&wants.page, target) != Verdict::Blocked {
        return None;
    }
    let judged = sheet.judged(&wants.page, target);
    let directive = judged.deciding().and_then(|decision| sheet.directive(decision))?;
    let named = directive.values.iter().any(|value| {
        matches!(Source::read(&value.text), Source::Host(_) | Source::Scheme(_) | Source::Star | Source::Invalid(_))
    });
    (!named).then_some(judged)
}

impl Fault {
    fn of(sheet: &Sheet<'_>, all: &[Sheet<'_>], wants: &Wants) -> Option<Self> {
        let blocked = blocked(sheet, wants);
        if blocked.is_empty() || mistake::cause(sheet, wants, &blocked).is_some() {
            return None;
        }
        let kind = |kind: Kind| blocked.iter().any(|judged| judged.target.kind == kind);
        let (rule, severity) = if kind(Kind::Connect) {
            ("CSP001", Severity::Error)
        } else if kind(Kind::Script) || kind(Kind::DynamicScript) {
            ("CSP004", Severity::Error)
        } else {
            ("CSP003", Severity::Warning)
        };
        let others: Vec<_> = all
            .iter()
            .filter(|other| rule == "CSP001" && !std::ptr::eq(sheet.policy, other.policy))
            .filter(|other| meet(sheet.policy, other.policy) && allows(other, wants, &blocked))
            .map(|other| (other.policy.path.clone(), other.policy.span))
            .collect();
        let rule = if rule == "CSP001" && !others.is_empty() {
            "CSP002"
        } else if rule == "CSP001" && is_default(sheet, &blocked) {
            "CSP007"
        } else {
            rule
        };
        Some(Self { rule, severity, blocked, others })
    }

    fn finding(&self, project: &Project, sheet: &Sheet<'_>, wants: &Wants) -> Finding {
        let policy = sheet.policy;
        let mut said = String::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        let mut at = None;
        for judged in &self.blocked {
            let Some(decision) = judged.deciding() else { continue };
            let directive = sheet.directive(decision);
            at = at.or_else(|| Some(sheet.decided_at(project, decision)));
            let what = words::target(judged);
            let reason = words::reason(decision, directive, judged.target.kind);
            let lead =
                if said.is_empty() { format!("{} blocks", words::policy(policy)) } else { " It blocks".to_owned() };
            said.push_str(&format!("{lead} {what}: {reason}."));
            if let Some(directive) = directive {
                let text = sheet.text.get(directive.written.spot.start..).unwrap_or_default();
                let text: String = text.split(';').next().unwrap_or_default().chars().take(400).collect();
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if !evidence.iter().any(|evidence| evidence.text == text) {
                    evidence.push(Evidence { label: "the directive that decides", text });
                }
            }
        }
        if !self.others.is_empty() {
            said.push_str(" Another policy of the same pages allows it, and a browser does what all of them allow.");
        }
        let key = format!("{} {}", policy.path, policy.pages.as_deref().unwrap_or_default());
        let mut finding = Finding::new(self.rule, self.severity, key.trim_end(), said);
        finding.at.extend(at);
        for (path, span) in &self.others {
            finding.at.push(place(project, path, *span).noted("this one allows it"));
        }
        finding.evidence = evidence;
        if self.unnamed(wants) {
            finding.likely().fix(self.steps(sheet))
        } else {
            finding.fix(self.remedy(sheet, wants))
        }
    }

    /// Whether the host that is blocked is not known.
    fn unnamed(&self, wants: &Wants) -> bool {
        self.blocked.iter().any(|judged| Some(&judged.target.url) == wants.any_host.as_ref().map(|any| &any.url))
    }

    fn steps(&self, sheet: &Sheet<'_>) -> Fix {
        let title = "add the host of the DSN to connect-src".to_owned();
        let layer = sheet.policy.layer.words();
        let step = format!(
            "In the policy of {layer}: add to connect-src `https://` and the host of the DSN, between @ and the last /."
        );
        Fix { title, edits: Vec::new(), steps: vec![step] }
    }

    fn remedy(&self, sheet: &Sheet<'_>, wants: &Wants) -> Fix {
        let (changes, edits) = sheet.fix(&wants.page, &self.blocked);
        let said: Vec<String> = changes.iter().map(words::change).collect();
        let title = match said.first() {
            Some(_) => said.join(", "),
            None => "give the script tag the nonce of the policy".to_owned(),
        };
        let steps = match edits {
            Some(_) => Vec::new(),
            None => vec![format!("In the policy of {}: {title}.", sheet.policy.layer.words())],
        };
        Fix { title, edits: edits.unwrap_or_default(), steps }
    }
}

fn allows(other: &Sheet<'_>, wants: &Wants, blocked: &[Judged]) -> bool {
    let mut needed = blocked.iter().filter(|judged| judged.target.kind == Kind::Connect);
    needed.all(|judged| other.verdict(&wants.page, &judged.target) == Verdict::Allowed)
}

/// The defaults of helmet, or the sample of Next.js's guide: default-src 'self', and no connect-src.
fn is_default(sheet: &Sheet<'_>, blocked: &[Judged]) -> bool {
    let events = blocked.iter().find(|judged| judged.target.kind == Kind::Connect);
    let decision = events.and_then(Judged::deciding);
    let fallback = decision.and_then(|decision| decision.directive.as_deref()) == Some("default-src");
    let own = decision.and_then(|decision| sheet.directive(decision)).is_some_and(|directive| {
        directive.values.iter().all(|value| matches!(Source::read(&value.text), Source::Own | Source::Nothing))
    });
    let next = matches!(sheet.policy.layer, Layer::Middleware | Layer::NextConfig);
    let sample = next && sheet.text.contains("'strict-dynamic'") && sheet.text.contains("'nonce-");
    fallback && own && (sample || sheet.policy.defaults.is_some())
}

/// Policies of which reading cannot say what they do to Sentry.
fn undecided(project: &Project, policies: &[&PolicyText], sheets: &[Sheet<'_>], wants: &Wants, found: &mut Found) {
    let mut add = |what: String, at| found.undecided.push(Undecided { rule: "CSP001", what, at, ask: ASK });
    for policy in policies {
        if let Err(expression) = &policy.text {
            let what = format!("what the policy says: {expression}");
            add(what, place(project, &policy.path, policy.span));
        }
    }
    for sheet in sheets.iter().filter(|sheet| !sheet.runs_nothing()) {
        let open = wants.targets.iter().find(|target| sheet.verdict(&wants.page, target) == Verdict::Unknown);
        if let Some(target) = open {
            let judged = sheet.judged(&wants.page, target);
            let hidden: Vec<&str> = sheet.policy.unknown.iter().map(|each| each.expression.as_str()).take(3).collect();
            let what = format!("whether the policy lets {} through: {}", words::target(&judged), hidden.join(", "));
            let at = match judged.deciding() {
                Some(decision) => sheet.decided_at(project, decision),
                None => place(project, &sheet.policy.path, sheet.policy.span),
            };
            add(what, at);
        } else if let Some(any) = &wants.any_host
            && sheet.verdict(&wants.page, any) != Verdict::Allowed
            && blocks_any_host(sheet, wants).is_none()
            && !any_sentry(sheet, wants)
        {
            let dsn = wants.hidden.as_deref().map(|hidden| format!(", which {hidden} has")).unwrap_or_default();
            let what = format!("whether the policy lets events through to the host of the DSN{dsn}");
            add(what, place(project, &sheet.policy.path, sheet.policy.span));
        }
    }
}

/// Whether a policy lets through events to Sentry, whatever the region.
fn any_sentry(sheet: &Sheet<'_>, wants: &Wants) -> bool {
    ["https://o1.ingest.sentry.io/", "https://o1.ingest.us.sentry.io/", "https://o1.ingest.de.sentry.io/"].iter().any(
        |url| {
            let target = crate::doctor::csp::Target::read(&format!("connect {url}"), &wants.page);
            target.is_some_and(|target| {
                let judged = sheet.judged(&wants.page, &target);
                judged.outcome == Outcome::Allowed
            })
        },
    )
}

/// Edits as a fix with a title.
pub(super) fn written(title: String, edits: Vec<Edit>) -> Fix {
    Fix { title, edits, steps: Vec::new() }
}
