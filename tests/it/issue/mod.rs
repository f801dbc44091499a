//! Tests of: events, grouping, report blocks, and the tools over the sink.

mod grouping;
mod items;
mod message;
mod parse;

/// Compares with `tests/it/snapshots/issue__NAME.snap`.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("issue__{name}"), text));
}

mod reference;
mod report;
mod sample;
mod tools;
