//! Where Sentry is started, in every healthy app.

use std::fmt::Write as _;

use fixloop::doctor::{
    project::{Project, Runtime, Setting},
    script::{Value, What},
};

use super::case::folder;

fn shown(value: &Value) -> String {
    match &value.what {
        What::Undefined => "undefined".to_owned(),
        What::Null => "null".to_owned(),
        What::Bool(bool) => bool.to_string(),
        What::Number(number) => number.to_string(),
        What::Text(_) => value.text().unwrap_or_else(|| "text with unknown parts".to_owned()),
        What::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        What::Object(fields, _) => {
            let all: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
            format!("{{{}}}", all.join(", "))
        }
        What::Env(name) => format!("${name}"),
        What::Choice(all) => all.iter().map(shown).collect::<Vec<_>>().join(" | "),
        What::Unknown(hidden) => format!("<{}>", hidden.expression),
        _ => "something".to_owned(),
    }
}

fn settings(all: &[Setting]) -> String {
    let one = |each: &Setting| format!("{}={}", each.name, shown(&each.value));
    all.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Everything that is read of starts and plugins.
fn read(path: &std::path::Path) -> String {
    let project = Project::read(path);
    let mut out = String::new();
    for app in &project.apps {
        let _ = writeln!(out, "app {:?}", app.folder);
        for init in &app.inits {
            let flags = [(!init.reachable, " unreachable"), (!init.sure, " guessed")];
            let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
            let _ = writeln!(out, "  {} {}{flags} ({})", init.runtime.word(), init.path, init.from);
            if init.entry != init.path {
                let _ = writeln!(out, "    from {}", init.entry);
            }
            for condition in &init.conditions {
                let _ = writeln!(out, "    if {} = {:?}", condition.text, condition.holds);
            }
            let _ = writeln!(out, "    {}", settings(&init.options));
            for hidden in &init.hidden {
                let _ = writeln!(out, "    hidden {}", hidden.expression);
            }
        }
        for plugin in &app.plugins {
            let _ = writeln!(out, "  {} of {} in {}", plugin.name, plugin.from, plugin.path);
            let _ = writeln!(out, "    {}", settings(&plugin.options));
            for hidden in &plugin.hidden {
                let _ = writeln!(out, "    hidden {}", hidden.expression);
            }
        }
        for runtime in [Runtime::Client, Runtime::Server, Runtime::Edge] {
            if let Some(dsn) = app.dsn(runtime) {
                let host = dsn.dsn.map_or_else(|| shown(&dsn.value), |dsn| dsn.host);
                let _ = writeln!(out, "  {} sends to {host}", runtime.word());
            }
        }
        if let Some(tunnel) = app.tunnel() {
            let _ = writeln!(out, "  tunnel {:?} {:?}", tunnel.address, tunnel.from);
        }
    }
    out
}

#[test]
fn starts_of_healthy_apps_are_found() {
    let mut apps: Vec<_> = std::fs::read_dir(folder("healthy")).unwrap().map(|entry| entry.unwrap().path()).collect();
    apps.sort();
    let all: Vec<String> =
        apps.iter().map(|app| format!("{}\n{}", app.file_name().unwrap().to_string_lossy(), read(app))).collect();
    insta::assert_snapshot!(all.join("\n"));
}
