//! The layer rules of ARCHITECTURE.md, checked by reading the paths that each file of `src/` names.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Rooms that a room may name, besides itself; `*` = all.
const ROOMS: [(&str, &[&str]); 20] = [
    ("main", &["cli"]),
    ("lib", &["*"]),
    ("cli", &["*"]),
    (
        "ctx",
        &["artifacts", "browser", "config", "error", "event", "observe", "scenario", "sentry", "sink", "sourcemap"],
    ),
    ("mcp", &["artifacts", "config", "ctx", "error", "report", "redact"]),
    (
        "tools",
        &[
            "artifacts",
            "browser",
            "ctx",
            "doctor",
            "error",
            "event",
            "mcp",
            "observe",
            "report",
            "scenario",
            "sentry",
            "sink",
            "sourcemap",
            "redact",
        ],
    ),
    (
        "scenario",
        &["artifacts", "browser", "config", "error", "event", "observe", "report", "sink", "sourcemap", "redact"],
    ),
    ("doctor", &["artifacts", "browser", "error", "event", "http", "redact", "sink"]),
    ("observe", &["error", "event", "sink", "sourcemap", "redact"]),
    ("sentry", &["config", "error", "event", "http", "redact"]),
    ("sink", &["artifacts", "config", "error", "event", "http", "redact"]),
    ("browser", &["artifacts", "config", "error", "event", "http", "redact"]),
    ("sourcemap", &["artifacts", "config", "error", "event", "http", "redact"]),
    ("artifacts", &["error"]),
    ("event", &["error", "redact"]),
    ("report", &["error", "event", "redact"]),
    ("http", &["error"]),
    ("config", &["error", "redact"]),
    ("redact", &[]),
    ("error", &[]),
];

/// Outside worlds, and the rooms that may name them.
const WORLDS: [(&str, &[&str]); 12] = [
    ("rmcp", &["mcp"]),
    ("fantoccini", &["browser"]),
    ("tokio_tungstenite", &["browser"]),
    ("rusqlite", &["sink"]),
    ("axum", &["sink", "cli"]),
    ("reqwest", &["http", "sentry", "sink", "browser", "sourcemap", "doctor", "error"]),
    ("clap", &["cli", "config"]),
    ("std::env", &["config", "artifacts", "browser", "cli"]),
    ("std::net", &["sink", "browser", "cli", "http", "scenario"]),
    ("std::process", &["artifacts", "browser", "cli", "main", "sink"]),
    ("std::fs", &["artifacts", "browser", "cli", "config", "doctor", "mcp", "scenario", "sink", "sourcemap"]),
    ("tokio::fs", &["artifacts", "browser", "cli", "mcp", "scenario", "sink", "sourcemap"]),
];

#[test]
fn every_room_keeps_to_its_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    assert!(files.len() > 30, "{files:?}");
    let mut problems = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        problems.extend(check(&path, &text));
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn a_planted_violation_is_caught() {
    let checks: [(&str, &str, &[&str]); 14] = [
        ("mcp/reply.rs", "use crate::sink::Sink;", &["mcp/reply.rs: mcp must not name sink"]),
        (
            "mcp/x.rs",
            "use crate::{\n    error::ToolError,\n    browser::{Step, Target},\n};",
            &["mcp/x.rs: mcp must not name browser"],
        ),
        ("mcp/x.rs", "fn f() { crate :: tools :: all(); }", &["mcp/x.rs: mcp must not name tools"]),
        ("sink/mod.rs", "use crate::{event::Event, browser};", &["sink/mod.rs: sink must not name browser"]),
        (
            "browser/page/x.rs",
            "use super::super::super::sink::Sink;",
            &["browser/page/x.rs: browser must not name sink"],
        ),
        ("tools/a.rs", "use super::browser_act::B;", &["tools/a.rs: a tool must not name another tool, browser_act"]),
        (
            "tools/a.rs",
            "use crate::tools::browser_act::B;",
            &["tools/a.rs: a tool must not name another tool, browser_act"],
        ),
        ("tools/a.rs", "use rmcp::model::Tool;", &["tools/a.rs: tools must not name rmcp"]),
        ("tools/a.rs", "let x = std::fs::read(\"x\");", &["tools/a.rs: tools must not name std::fs"]),
        ("tools/a.rs", "use std::{fs, path::Path};", &["tools/a.rs: tools must not name std::fs"]),
        ("new_room/a.rs", "", &["new_room/a.rs: the room new_room is not in the table"]),
        ("event/x.rs", "use crate::http;", &["event/x.rs: event must not name http"]),
        // What is no violation.
        ("tools/mod.rs", "mod b; vec![route::<b::B>()]", &[]),
        (
            "mcp/x.rs",
            "// use crate::sink::Sink;\n/* crate::browser */ let a = \"crate::sink\"; let b = r#\"crate::sink\"#; let c = '\"'; \
             use crate::error::ToolError; use super::route;",
            &[],
        ),
    ];
    for (path, text, expect) in checks {
        assert_eq!(check(path, text), expect, "{path}: {text}");
    }
}

#[test]
fn the_table_of_the_guide_has_the_same_rows() {
    let guide = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (room, allowed) in ROOMS.iter().filter(|(room, _)| !["main", "lib"].contains(room)) {
        let names: Vec<String> = allowed.iter().map(|name| format!("`{name}`")).collect();
        let cell = match *allowed {
            [] => "nothing".to_owned(),
            ["*"] => "everything".to_owned(),
            _ => names.join(", "),
        };
        let row = format!("| `{room}` | {cell} |");
        assert!(guide.contains(&row), "ARCHITECTURE.md has no row beginning with {row}");
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Whether this is the name of a tool: only those have a contract. What tools share has none.
fn is_tool(name: &str) -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools").join(format!("{name}.md")).is_file()
}

/// What a file names that it may not.
fn check(path: &str, text: &str) -> Vec<String> {
    let room = path.split('/').next().unwrap().trim_end_matches(".rs");
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let Some(allowed) = rooms.get(room) else {
        return vec![format!("{path}: the room {room} is not in the table")];
    };
    let tokens = tokens(text);
    let mut problems = BTreeSet::new();
    for named in paths(&tokens, path) {
        let parts: Vec<&str> = named.split("::").collect();
        if parts[0] == "crate" {
            let Some(other) = parts.get(1) else { continue };
            if *other != room && rooms.contains_key(other) && !allowed.contains(other) && !allowed.contains(&"*") {
                problems.insert(format!("{path}: {room} must not name {other}"));
            }
            // A part of a tool stands in a folder with the tool's name.
            let own = path.trim_start_matches("tools/").trim_end_matches(".rs");
            let own = own.split('/').next().unwrap_or(own);
            if room == "tools"
                && own != "mod"
                && *other == "tools"
                && let Some(tool) = parts.get(2).filter(|tool| **tool != own && is_tool(tool))
            {
                problems.insert(format!("{path}: a tool must not name another tool, {tool}"));
            }
        }
        for (world, owners) in WORLDS {
            let is_it = named == world || named.starts_with(&format!("{world}::"));
            if is_it && !owners.contains(&room) {
                problems.insert(format!("{path}: {room} must not name {world}"));
            }
        }
    }
    problems.into_iter().collect()
}

/// The identifiers and signs of a file, without comments, strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            i += 2;
            while i < chars.len() && !(chars[i] == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if c == '"' {
            i += 1;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if (c == 'r' || (c == 'b' && at(i + 1) == 'r')) && raw_string(&chars, i).is_some() {
            i = raw_string(&chars, i).unwrap();
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && chars[i] != '\'' {
                i += 1;
            }
            i += 1;
        } else if c.is_alphanumeric() || c == '_' {
            let start = i;
            while i < chars.len() && (chars[i].is_alphanumeric() || chars[i] == '_') {
                i += 1;
            }
            tokens.push(chars[start..i].iter().collect());
        } else {
            if c == ':' && at(i + 1) == ':' {
                tokens.push("::".to_owned());
                i += 1;
            } else if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            i += 1;
        }
    }
    tokens
}

/// The end of a raw string that begins at `i`.
fn raw_string(chars: &[char], i: usize) -> Option<usize> {
    let mut at = i + if chars[i] == 'b' { 2 } else { 1 };
    // `r` at the end of an identifier does not begin a string.
    if i > 0 && (chars[i - 1].is_alphanumeric() || chars[i - 1] == '_') {
        return None;
    }
    let mut hashes = 0;
    while chars.get(at) == Some(&'#') {
        hashes += 1;
        at += 1;
    }
    if chars.get(at) != Some(&'"') {
        return None;
    }
    at += 1;
    while at < chars.len() {
        if chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(at)
}

/// Every path that is written, groups unfolded, `super` and `self` resolved against the file's module.
fn paths(tokens: &[String], file: &str) -> Vec<String> {
    let module: Vec<&str> =
        file.trim_end_matches(".rs").split('/').filter(|part| !["mod", "lib", "main"].contains(part)).collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let begins = is_word(&tokens[i]) && tokens.get(i + 1).is_some_and(|next| next == "::");
        if begins && (i == 0 || tokens[i - 1] != "::") {
            let mut all = Vec::new();
            i = tree(tokens, i, "", &mut all);
            found.extend(all.iter().map(|path| resolve(path, &module)));
        } else {
            i += 1;
        }
    }
    found
}

/// Reads the path at `i` with its groups; returns where it ends.
fn tree(tokens: &[String], mut i: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    while i < tokens.len() {
        if tokens[i] == "{" && path.ends_with("::") {
            i += 1;
            while i < tokens.len() && tokens[i] != "}" {
                if tokens[i] == "," {
                    i += 1;
                } else if is_word(&tokens[i]) || tokens[i] == "{" {
                    i = tree(tokens, i, &path, found);
                    // `as name` and other things that end an entry.
                    while i < tokens.len() && tokens[i] != "," && tokens[i] != "}" {
                        i += 1;
                    }
                } else {
                    i += 1;
                }
            }
            return i + 1;
        }
        if !is_word(&tokens[i]) {
            break;
        }
        path.push_str(&tokens[i]);
        i += 1;
        if tokens.get(i).is_some_and(|next| next == "::") {
            path.push_str("::");
            i += 1;
        } else {
            break;
        }
    }
    found.push(path.trim_end_matches("::").to_owned());
    i
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// `super::x` in `browser/page/a.rs` → `crate::browser::page::x`.
fn resolve(path: &str, module: &[&str]) -> String {
    let mut parts = path.split("::").peekable();
    let mut base = module.to_vec();
    match parts.peek() {
        Some(&"self") => {
            parts.next();
        }
        Some(&"super") => {
            while parts.next_if(|part| *part == "super").is_some() {
                base.pop();
            }
        }
        _ => return path.to_owned(),
    }
    let rest: Vec<&str> = parts.collect();
    ["crate"].into_iter().chain(base).chain(rest).collect::<Vec<_>>().join("::")
}
