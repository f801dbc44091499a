//! SARIF 2.1.0, for code scanning and editors: rules, results with places, fingerprints, and fixes as replacements.

use serde_json::{Value, json};
use url::Url;

use crate::doctor::{
    check::{Checked, Numbered},
    diff,
    finding::{At, Severity},
    fix::Change,
    mask::Mask,
    rules::{self, Rule},
};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as JSON.
pub(super) fn report(checked: &Checked, mask: &Mask) -> String {
    let all: Vec<&Rule> = rules::all().collect();
    let results = checked.findings.iter().map(|each| result(each, &all, checked, mask));
    let report = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "fixloop doctor",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": all.iter().map(|rule| described(rule)).collect::<Value>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Value>(),
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notes(checked, mask),
            }],
        }],
    });
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn described(rule: &Rule) -> Value {
    let group = rule.id.trim_end_matches(|c: char| c.is_ascii_digit());
    let mut properties = json!({"tags": ["sentry", group]});
    if group == "SEC" {
        // Code scanning sorts by it; 9 is critical, 3 is low.
        let score = if rule.severity == Severity::Critical { "9.0" } else { "3.0" };
        properties = json!({"tags": ["sentry", group, "security"], "security-severity": score});
    }
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "helpUri": rule.docs,
        "help": {"text": format!("{} See {}", rule.why, rule.docs)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": properties,
    })
}

fn result(each: &Numbered, all: &[&Rule], checked: &Checked, mask: &Mask) -> Value {
    let finding = &each.finding;
    let mut message = mask.text(&finding.message);
    if let Some(fix) = &finding.fix {
        message.push_str(&format!("\nFix: {}", mask.text(&fix.title)));
        fix.steps.iter().for_each(|step| message.push_str(&format!("\n- {}", mask.text(step))));
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": {"text": message},
        "locations": finding.at.iter().take(1).map(|at| location(at, mask)).collect::<Value>(),
        "partialFingerprints": {"fixloopFinding/v1": each.id},
        "properties": {"severity": finding.severity.word()},
    });
    if let Some(index) = all.iter().position(|rule| rule.id == finding.rule) {
        set(&mut result, "ruleIndex", json!(index));
    }
    let related: Vec<Value> = finding.at.iter().skip(1).map(|at| location(at, mask)).collect();
    if !related.is_empty() {
        set(&mut result, "relatedLocations", Value::Array(related));
    }
    if let Some(fix) = fix(each, checked, mask) {
        set(&mut result, "fixes", json!([fix]));
    }
    result
}

fn set(value: &mut Value, name: &str, to: Value) {
    if let Value::Object(fields) = value {
        fields.insert(name.to_owned(), to);
    }
}

fn location(at: &At, mask: &Mask) -> Value {
    let mut physical = json!({"artifactLocation": artifact(&at.source)});
    if let Some(place) = at.place {
        let mut region = json!({"startLine": place.line, "startColumn": place.column});
        if let Some(excerpt) = &at.excerpt {
            set(&mut region, "snippet", json!({"text": mask.text(excerpt)}));
        }
        set(&mut physical, "region", region);
    }
    let mut location = json!({"physicalLocation": physical});
    if let Some(note) = at.note {
        set(&mut location, "message", json!({"text": note}));
    }
    location
}

/// A file of the project, or an address.
fn artifact(source: &str) -> Value {
    if source.contains("://") {
        return json!({"uri": source});
    }
    let encoded = Url::parse("file:///").ok().and_then(|mut url| {
        url.path_segments_mut().ok()?.extend(source.split('/'));
        Some(url.path().trim_start_matches('/').to_owned())
    });
    json!({"uri": encoded.unwrap_or_default(), "uriBaseId": "%SRCROOT%"})
}

/// The fix, line by line; none where a file gets another name, which SARIF cannot say, or where a secret would have to be
/// shown.
fn fix(each: &Numbered, checked: &Checked, mask: &Mask) -> Option<Value> {
    let plan = checked.plan([each]);
    let diff = plan.diff();
    if plan.changes.is_empty() || mask.text(&diff) != diff {
        return None;
    }
    let changes: Option<Vec<Value>> = plan.changes.iter().map(change).collect();
    let title = each.finding.fix.as_ref().map(|fix| mask.text(&fix.title)).unwrap_or_default();
    Some(json!({"description": {"text": title}, "artifactChanges": changes?}))
}

fn change(change: &Change) -> Option<Value> {
    let (path, replacements) = match change {
        Change::Write { path, before, after } => {
            let blocks = diff::blocks(before, after);
            (path, blocks.into_iter().map(|block| replacement(before, &block)).collect::<Vec<_>>())
        }
        Change::Create { path, text } => {
            let at = json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1});
            (path, vec![json!({"deletedRegion": at, "insertedContent": {"text": text}})])
        }
        Change::Rename { .. } => return None,
    };
    Some(json!({"artifactLocation": artifact(path), "replacements": replacements}))
}

fn replacement(before: &str, block: &diff::Block) -> Value {
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let place = |line: usize| match lines.last().filter(|_| line >= lines.len()) {
        // Behind a last line that has no end there is no next one.
        Some(last) if !last.ends_with('\n') => (lines.len(), last.chars().count() + 1),
        _ => (line + 1, 1),
    };
    let (start, end) = (place(block.start), place(block.end));
    json!({
        "deletedRegion": {"startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1},
        "insertedContent": {"text": block.with},
    })
}

fn notes(checked: &Checked, mask: &Mask) -> Value {
    let undecided = checked.undecided.iter().map(|each| {
        let text = format!("{}: {} cannot be told by reading. {}", each.rule, mask.text(&each.what), each.ask);
        json!({"level": "note", "message": {"text": text}, "locations": [location(&each.at, mask)]})
    });
    let skipped = checked
        .skipped
        .iter()
        .map(|each| json!({"level": "note", "message": {"text": mask.text(&format!("{}: {}", each.path, each.why))}}));
    undecided.chain(skipped).collect()
}
