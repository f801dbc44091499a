//! The document that `--json` prints.

use serde_json::{Value, json};

use super::Done;
use crate::doctor::{
    check::{Checked, Numbered},
    finding::{At, Confidence},
    mask::Mask,
    rules,
};

/// The whole document; secrets are left out.
pub(super) fn document(done: &Done, exit_code: u8) -> String {
    let Done { checked, applied, mask } = done;
    let counts = checked.counts();
    let apps = checked
        .apps
        .iter()
        .map(|app| json!({"folder": app.folder, "framework": app.framework, "sentry": app.sentry, "inits": app.inits}));
    let ids = |all: &[Numbered]| all.iter().map(|each| each.id.clone()).collect::<Vec<_>>();
    let applied = applied.as_ref().map(|applied| {
        json!({
            "fixed": ids(&applied.done),
            "files": applied.changes.iter().map(|change| change.path().to_owned()).collect::<Vec<_>>(),
            "refused": applied.refused.iter().map(|(each, why)| json!({"id": each.id, "why": why})).collect::<Vec<_>>(),
            "by_hand": ids(&applied.by_hand),
            "stopped": applied.stopped.as_ref().map(ToString::to_string),
        })
    });
    let undecided = checked
        .undecided
        .iter()
        .map(|each| json!({"rule": each.rule, "what": each.what, "at": at(&each.at), "ask": each.ask}));
    let skipped = checked.skipped.iter().map(|each| json!({"path": each.path, "why": each.why}));
    let options = checked.drift.iter().map(|(folder, drift)| {
        let rows = drift.rows.iter().map(|row| {
            let places = row.cells.iter().map(|cell| {
                json!({"place": cell.place.said(), "value": cell.value, "at": cell.at.as_ref().map(at), "counts": cell.wins})
            });
            json!({"option": row.option, "differs": row.differs, "places": places.collect::<Value>()})
        });
        json!({"app": folder, "options": rows.collect::<Value>()})
    });
    let mut document = json!({
        "fixloop": env!("CARGO_PKG_VERSION"),
        "exit_code": exit_code,
        "apps": apps.collect::<Value>(),
        "counts": {"critical": counts.critical, "error": counts.error, "warning": counts.warning, "info": counts.info},
        "findings": checked.findings.iter().map(|each| finding(each, checked, mask)).collect::<Value>(),
        "undecided": undecided.collect::<Value>(),
        "skipped": skipped.collect::<Value>(),
        "options": options.collect::<Value>(),
        "notes": checked.notes,
        "applied": applied,
    });
    masked(&mut document, mask);
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn finding(each: &Numbered, checked: &Checked, mask: &Mask) -> Value {
    let finding = &each.finding;
    let rule = rules::by_id(finding.rule);
    let evidence = finding.evidence.iter().map(|it| json!({"label": it.label, "text": it.text}));
    let fix = finding.fix.as_ref().map(|fix| {
        let diff = checked.plan([each]).diff();
        // A diff that hides a secret does not apply as it stands.
        let redacted = mask.text(&diff) != diff;
        json!({"title": fix.title, "diff": diff, "redacted": redacted, "steps": fix.steps})
    });
    json!({
        "id": each.id,
        "rule": finding.rule,
        "severity": finding.severity.word(),
        "certain": finding.confidence == Confidence::Certain,
        "title": rule.map(|rule| rule.title),
        "message": finding.message,
        "docs": rule.map(|rule| rule.docs),
        "places": finding.at.iter().map(at).collect::<Value>(),
        "evidence": evidence.collect::<Value>(),
        "fix": fix,
    })
}

fn at(at: &At) -> Value {
    json!({
        "source": at.source,
        "line": at.place.map(|place| place.line),
        "column": at.place.map(|place| place.column),
        "excerpt": at.excerpt,
        "note": at.note,
    })
}

/// Masks every text.
fn masked(value: &mut Value, mask: &Mask) {
    match value {
        Value::String(text) => *text = mask.text(text),
        Value::Array(list) => list.iter_mut().for_each(|each| masked(each, mask)),
        Value::Object(fields) => fields.values_mut().for_each(|each| masked(each, mask)),
        _ => {}
    }
}
