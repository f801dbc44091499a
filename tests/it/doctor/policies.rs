//! What is read of the policies of apps.

use std::fmt::Write as _;

use fixloop::doctor::{
    csp::Delivery,
    project::{App, PolicyText, Project},
    script::Place,
};

use super::case::folder;

/// Each policy in a line, what is not known below it.
fn said(project: &Project, app: &App) -> String {
    let mut out = String::new();
    for policy in &app.policies {
        out.push_str(&line(project, policy));
    }
    for script in &app.scripts {
        let _ = writeln!(out, "script {} of {}", script.url, script.path);
    }
    out
}

fn line(project: &Project, policy: &PolicyText) -> String {
    let text = project.files.read(&policy.path).unwrap().unwrap_or_default();
    let place = Place::of(&text, policy.span.start);
    let mut out = format!("{}:{place} {:?}", policy.path, policy.layer);
    if policy.delivery == Delivery::Meta {
        out.push_str(" meta");
    }
    if policy.report_only {
        out.push_str(" report-only");
    }
    if let Some(pages) = &policy.pages {
        let _ = write!(out, " for {pages}");
    }
    if let Some(defaults) = &policy.defaults {
        let _ = write!(out, " with {defaults}");
    }
    match &policy.text {
        Ok(text) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            let _ = writeln!(out, "\n    {}", words.join(" "));
        }
        Err(expression) => {
            let _ = writeln!(out, "\n    hidden: {expression}");
        }
    }
    for (number, unknown) in policy.unknown.iter().enumerate() {
        let _ = writeln!(out, "    {number} = {} {:?}", unknown.expression, unknown.choices);
    }
    out
}

#[test]
fn healthy_apps() {
    let mut out = String::new();
    let mut apps: Vec<_> = std::fs::read_dir(folder("healthy")).unwrap().map(|entry| entry.unwrap().path()).collect();
    apps.sort();
    for path in apps {
        let project = Project::read(&path);
        for app in &project.apps {
            let _ = writeln!(out, "== {} {}", path.file_name().unwrap().to_string_lossy(), app.folder);
            out.push_str(&said(&project, app));
        }
    }
    insta::assert_snapshot!(out);
}
