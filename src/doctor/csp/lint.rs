//! Mistakes in the text of policies, each with its place, why it is one, and what to write.

mod rule;
mod sources;

pub use rule::Rule;
pub(super) use sources::is_unquoted;

use super::{
    Delivery, Directive, Ignored, Policy, Spot, Token,
    suggest::{KNOWN, PAST, has_sources, meant},
};

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// Write this in place of the token. It may be made of the token's own words.
    Write(String),
    /// Take the token out.
    Remove,
    /// What to do, in our words.
    Words(&'static str),
}

/// A mistake.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What kind of mistake.
    pub rule: Rule,
    /// Number of the policy.
    pub policy: usize,
    /// The directive that it is in, as browsers read the text.
    pub directive: String,
    /// The word that is wrong.
    pub token: Token,
    /// What to do.
    pub fix: Fix,
}

/// The findings of one policy.
struct Found<'a> {
    policy: &'a Policy,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn add(&mut self, rule: Rule, directive: &Directive, token: &Token, fix: Fix) {
        let directive = directive.name.clone();
        self.findings.push(Finding { rule, policy: self.policy.number, directive, token: token.clone(), fix });
    }
}

/// All mistakes, the worst first, then as they stand in the text.
pub fn lint(policies: &[Policy]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in policies {
        let mut found = Found { policy, findings: Vec::new() };
        whole(&mut found);
        for directive in &policy.directives {
            name(&mut found, directive);
            if directive.ignored.is_none() && has_sources(&directive.name) {
                sources::list(&mut found, directive);
            }
        }
        findings.append(&mut found.findings);
    }
    let place = |spot: Spot| (spot.text, spot.start);
    findings.sort_by_key(|finding| (finding.rule.severity(), place(finding.token.spot)));
    findings
}

fn whole(found: &mut Found<'_>) {
    let policy = found.policy;
    let Some(first) = policy.directives.first() else { return };
    if policy.is_void() {
        let fix = Fix::Words("send it as the header Content-Security-Policy-Report-Only");
        found.add(Rule::ReportOnlyInMeta, first, &first.written, fix);
    }
    if let Some(spot) = policy.line_end.filter(|_| policy.delivery == Delivery::Header) {
        let token = Token { text: String::new(), spot };
        found.add(Rule::LineEnd, first, &token, Fix::Words("put spaces in place of the line ends"));
    }
    // After a comma browsers begin a new policy: sources there are taken for the name of a directive.
    if policy.after_comma
        && !KNOWN.contains(&&*first.name)
        && !PAST.contains(&&*first.name)
        && meant(&first.written.text).is_none()
    {
        let fix = Fix::Words("take the comma before it out: sources stand with spaces between them, directives with ;");
        found.add(Rule::Comma, first, &first.written, fix);
    }
}

fn name(found: &mut Found<'_>, directive: &Directive) {
    let written = &directive.written;
    match directive.ignored {
        Some(Ignored::NotAscii) => {
            let odd = |token: &&Token| !token.text.chars().all(|c| c.is_ascii_graphic());
            let token = std::iter::once(written).chain(&directive.values).find(odd).unwrap_or(written);
            return found.add(Rule::NotAscii, directive, token, straight(token));
        }
        Some(Ignored::Duplicate) => {
            let fix = Fix::Words("put its sources into the first one, and take this one out");
            return found.add(Rule::Duplicate, directive, written, fix);
        }
        Some(Ignored::InMeta) => {
            return found.add(Rule::NotInMeta, directive, written, Fix::Words("send it in the header"));
        }
        Some(Ignored::InReportOnly) => {
            return found.add(Rule::NotInReportOnly, directive, written, Fix::Words("put it into the enforced policy"));
        }
        None => {}
    }
    if PAST.contains(&&*directive.name) {
        found.add(Rule::Past, directive, written, Fix::Remove);
    } else if !KNOWN.contains(&&*directive.name) && !found.findings.iter().any(|finding| finding.token == *written) {
        unknown(found, directive);
    }
}

fn unknown(found: &mut Found<'_>, directive: &Directive) {
    let written = &directive.written;
    let bare = directive.name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if bare.starts_with("content-security-policy") {
        let fix = Fix::Words("take the header's name out of its value");
        return found.add(Rule::HeaderName, directive, written, fix);
    }
    if written.text.contains(['$', '{', '}', '<', '>']) {
        let fix = Fix::Words("check the text that is sent, not the template");
        return found.add(Rule::Placeholder, directive, written, fix);
    }
    let fix = match meant(&written.text) {
        Some(meant) => Fix::Write(meant.to_owned()),
        None => Fix::Words("look for a ; or a line end too many before it"),
    };
    found.add(Rule::UnknownDirective, directive, written, fix);
}

/// The token with straight quotes and plain hyphens, where that makes it ASCII.
fn straight(token: &Token) -> Fix {
    let plain = |c: char| match c {
        '‘' | '’' | '“' | '”' | '´' | '‚' | '„' => Some('\''),
        '–' | '—' | '‑' | '−' => Some('-'),
        '\u{a0}' | '\u{200b}' | '\u{feff}' => None,
        c => Some(c),
    };
    let text: String = token.text.chars().filter_map(plain).collect();
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    if is_plain { Fix::Write(text) } else { Fix::Words("write it in ASCII: a host in its xn-- form, quotes as '") }
}
