//! The rows of `check_csp`: plain data with the words for it. Words of a policy are untrusted.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    doctor::csp::{
        self, Advice, Checked, Decision, Delivery, Finding, Fix, Judged, Outcome, Patch, Policy, Role, Word,
    },
    redact,
    report::Text,
};

/// Characters of one word of a policy.
const WORD: usize = 120;
/// Characters of an address.
const ADDRESS: usize = 160;
/// Words that are shown at either end of what a change keeps.
const KEPT: usize = 6;
/// Characters of a changed directive.
const DIRECTIVE: usize = 600;

/// A target.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    /// What it is for.
    what: &'static str,
    kind: &'static str,
    url: String,
    /// `allowed`, `with_nonce`, `blocked`.
    pub outcome: &'static str,
    /// `needed`; `useful`: something works less well without it; `optional`.
    pub role: &'static str,
    /// Number of the policy that decides.
    policy: Option<usize>,
    /// Its directive that decides.
    directive: Option<String>,
    /// The source that lets it through.
    source: Option<String>,
    /// Why, in words.
    why: String,
    /// When it matters.
    note: &'static str,
    /// What would let it through, where it is not needed.
    to_allow: Vec<String>,
}

impl Row {
    /// Its line.
    pub fn words(&self) -> String {
        let outcome = match (self.outcome, self.role) {
            ("blocked", "needed") => "BLOCKED",
            ("blocked", role) => return self.line(&format!("blocked, {role}")),
            ("with_nonce", _) => "allowed only with the policy's nonce on its tag",
            _ => "allowed",
        };
        self.line(outcome)
    }

    fn line(&self, outcome: &str) -> String {
        let what = if self.what.is_empty() { String::new() } else { format!("{}, ", self.what) };
        let mut line = format!("- {outcome}: {what}{} {}", self.kind, Text::quoted(&self.url, ADDRESS));
        if !self.note.is_empty() {
            line += &format!(" ({})", self.note);
        }
        line += &format!(". {}", self.why);
        for way in &self.to_allow {
            line += &format!(" To allow it: {way}");
        }
        line
    }
}

/// A mistake.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Mistake {
    rule: &'static str,
    severity: &'static str,
    policy: usize,
    /// Which of the texts, from 1.
    text: usize,
    line: usize,
    column: usize,
    /// The word that is wrong.
    word: String,
    why: &'static str,
    /// What to do.
    fix: String,
}

impl Mistake {
    /// Its line.
    pub fn words(&self) -> String {
        let (severity, rule, policy, line, column) = (self.severity, self.rule, self.policy, self.line, self.column);
        let word = if self.word.is_empty() { String::new() } else { format!("{}: ", Text::quoted(&self.word, WORD)) };
        format!("- {severity} {rule}, policy {policy}, {line}:{column}: {word}{}. Fix: {}.", self.why, self.fix)
    }
}

/// A change of one directive.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Change {
    policy: usize,
    /// The directive that a new one takes its sources from.
    from: Option<String>,
    /// The directive with `{+added+}` and `[-removed-]` words.
    diff: String,
}

impl Change {
    /// Its line.
    pub fn words(&self) -> String {
        format!("- policy {}: {}", self.policy, self.directive())
    }

    fn directive(&self) -> String {
        let diff = Text::quoted(&self.diff, DIRECTIVE);
        match &self.from {
            Some(from) => format!("{diff}, new, with the sources that {} gave it until now", Text::word(from, WORD)),
            None => diff,
        }
    }
}

/// How a policy reaches the browser.
pub fn policy(policy: &Policy) -> &'static str {
    match (policy.delivery, policy.report_only) {
        (Delivery::Header, false) => "header",
        (Delivery::Header, true) => "header, report only",
        (Delivery::Meta, false) => "meta",
        (Delivery::Meta, true) => "meta, report only: left out by browsers",
    }
}

/// What was judged: what is needed and blocked first, then what is blocked, then the rest.
pub fn rows(checked: &Checked) -> Vec<Row> {
    let mut rows: Vec<Row> =
        checked.judged.iter().zip(&checked.alone).map(|(judged, alone)| row(judged, alone)).collect();
    let role = |row: &Row| ["needed", "useful", "optional"].iter().position(|role| *role == row.role);
    rows.sort_by_key(|row| (row.outcome != "blocked", role(row)));
    rows
}

fn row(judged: &Judged, alone: &Patch) -> Row {
    let decision = judged.deciding();
    let role = match judged.target.role {
        Role::Needed => "needed",
        Role::Useful => "useful",
        Role::Optional => "optional",
    };
    let mut to_allow = Vec::new();
    if role != "needed" && judged.outcome == Outcome::Blocked {
        to_allow.extend(alone.changes.iter().map(|found| format!("{}.", change(found).directive())));
        to_allow.extend(alone.advice.iter().map(|found| advice(*found).to_owned() + "."));
    }
    Row {
        what: judged.target.label,
        kind: judged.target.kind.name(),
        url: Text::plain(&redact::url(judged.target.url.as_str()), ADDRESS),
        outcome: match judged.outcome {
            Outcome::Allowed => "allowed",
            Outcome::WithNonce => "with_nonce",
            Outcome::Blocked => "blocked",
        },
        role,
        policy: decision.map(|decision| decision.policy),
        directive: decision.and_then(|decision| decision.directive.clone()),
        source: decision.and_then(|decision| decision.source.as_deref()).map(|source| Text::plain(source, WORD)),
        why: why(judged, decision),
        note: judged.target.note,
        to_allow,
    }
}

fn why(judged: &Judged, decision: Option<&Decision>) -> String {
    let mut why = match decision {
        None => format!("No enforced policy has {}.", judged.target.kind.chain().join(" or ")),
        Some(decision) => decided(judged, decision),
    };
    if judged.mixed {
        why += " Browsers refuse it all the same: an https page cannot reach http (mixed content).";
    }
    let others = judged.decisions.iter().filter(|other| {
        let blocks = !other.report_only && other.outcome == Outcome::Blocked;
        judged.outcome == Outcome::Blocked && blocks && decision.is_some_and(|first| first.policy != other.policy)
    });
    let others: Vec<String> = others.map(|other| other.policy.to_string()).collect();
    if !others.is_empty() {
        why += &format!(" Policy {} blocks it too.", others.join(", "));
    }
    let reported: Vec<String> = judged.reported().map(|decision| decision.policy.to_string()).collect();
    if !reported.is_empty() {
        why += &format!(" Policy {} (report only) would block it.", reported.join(", "));
    }
    why
}

fn decided(judged: &Judged, decision: &Decision) -> String {
    let directive = decision.directive.as_deref().unwrap_or_default();
    let first = judged.target.kind.chain().first().copied().unwrap_or_default();
    let chain: Vec<&str> = judged.target.kind.chain().iter().copied().take_while(|name| *name != directive).collect();
    let fallback = if directive == first { String::new() } else { format!(" (no {})", chain.join(", no ")) };
    let place = decision.spot.map(|spot| format!(" at {}:{}", spot.line, spot.column)).unwrap_or_default();
    let head = format!("Policy {}, {directive}{fallback}{place}", decision.policy);
    if let Some(source) = &decision.source {
        return format!("{head}: by {}.", Text::quoted(source, WORD));
    }
    if decision.outcome == Outcome::WithNonce {
        return format!("{head}: by its nonce.");
    }
    if decision.strict_dynamic {
        return format!("{head}: 'strict-dynamic' makes listed hosts count for nothing.");
    }
    if judged.target.kind == csp::Kind::Inline {
        return format!("{head}: no 'unsafe-inline' that counts, and no nonce.");
    }
    match &decision.near {
        Some(near) => {
            format!("{head}: no source covers it; nearest is {}: {}.", Text::quoted(&near.source, WORD), near.why)
        }
        None if decision.empty => format!("{head}: it allows no address at all."),
        None => format!("{head}: no source covers it."),
    }
}

/// A finding as a row.
pub fn mistake(finding: &Finding) -> Mistake {
    let spot = finding.token.spot;
    Mistake {
        rule: finding.rule.id(),
        severity: finding.rule.severity().word(),
        policy: finding.policy,
        text: spot.text + 1,
        line: spot.line,
        column: spot.column,
        word: Text::plain(&finding.token.text, WORD),
        why: finding.rule.why(),
        fix: match &finding.fix {
            Fix::Write(text) => format!("write {}", Text::quoted(text, WORD)),
            Fix::Remove => "take it out".to_owned(),
            Fix::Words(words) => (*words).to_owned(),
        },
    }
}

/// A change as a row.
pub fn change(change: &csp::Change) -> Change {
    let word = |word: &Word| match word {
        Word::Keep(text) => text.clone(),
        Word::Add(text) => format!("{{+{text}+}}"),
        Word::Remove(text) => format!("[-{text}-]"),
    };
    // Of a long list, only the ends of what stays are shown.
    let kept = change.words.iter().take_while(|word| matches!(word, Word::Keep(_))).count();
    let mut words: Vec<String> = change.words.iter().map(word).collect();
    if kept > KEPT * 2 {
        words.splice(KEPT..kept - KEPT, [format!("[{} more]", kept - KEPT * 2)]);
    }
    let diff = words.join(" ");
    Change { policy: change.policy, from: change.from.clone(), diff: Text::plain(&diff, DIRECTIVE) }
}

/// What helps where no change of a policy does.
pub fn advice(advice: Advice) -> &'static str {
    match advice {
        Advice::Nonce => "put the policy's nonce on the tag; the policy stays as it is",
        Advice::StrictDynamic => {
            "'strict-dynamic' leaves hosts out: give the tag a nonce that the policy names, or load it from a script that has one"
        }
        Advice::Inline => "move the inline script into a file, or give it a nonce that the policy names",
        Advice::Ipv6 => "CSP cannot name an IPv6 address: use localhost or a host name in the address",
    }
}

/// Lines of at most `budget` characters, and how many were left out.
pub fn block(text: &mut Text, lines: impl Iterator<Item = String>, budget: usize, noun: &str) {
    let (mut left, mut out) = (budget, 0);
    for line in lines {
        let length = line.chars().count() + 1;
        if out > 0 || length > left {
            out += 1;
        } else {
            left -= length;
            text.line(line);
        }
    }
    if out > 0 {
        text.line(format!("({out} more {noun} left out here; the structured result has all)"));
    }
}
