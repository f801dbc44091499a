//! What every tool must be, as loops over the one list: contracts, schemas, hints, budgets, and what is generated from
//! them. `UPDATE=1 cargo test` writes the generated parts.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use fixloop::{
    mcp::{MARKER, Route},
    tools,
};
use serde_json::{Map, Value, json};

use crate::support::{Server, Setup};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Names of the files in a folder with this extension.
fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(root().join(folder)) else { return BTreeSet::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn contracts_files_and_list_name_the_same_tools() {
    let listed: Vec<String> = tools::all().iter().map(|route| route.name.to_owned()).collect();
    let names: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(names.len(), listed.len(), "a name twice: {listed:?}");
    // What tools share is a file without a tool in it.
    let source = |name: &str| std::fs::read_to_string(root().join(format!("src/tools/{name}.rs"))).unwrap();
    let mut sources = stems("src/tools", "rs");
    sources.retain(|name| source(name).contains("impl Tool for "));
    assert_eq!(stems("tools", "md"), names, "tools/*.md and tools::all()");
    assert_eq!(sources, names, "src/tools/*.rs and tools::all()");
}

#[test]
fn words_are_few_and_every_argument_is_explained() {
    let (mut explained, mut bare) = (BTreeSet::new(), BTreeSet::new());
    for route in tools::all() {
        let name = route.name;
        let words = route.description().split_whitespace().count();
        assert!((5..=60).contains(&words), "{name}: the description has {words} words");
        assert!(route.contract.contains(MARKER), "tools/{name}.md has no line {MARKER}");
        assert!(!route.title.is_empty(), "{name}: no title");
        assert!(!(route.hints.read_only && route.hints.destructive), "{name}: read-only and destructive");
        each_property(&Value::Object(route.input_schema()), &mut |path, property| {
            let text = property["description"].as_str().unwrap_or_default();
            let words = text.split_whitespace().count();
            assert!(words <= 16, "{name}.{path}: {words} words: {text}");
            // A list of steps is explained by what a step is.
            let by_parts = property["items"]["properties"].is_object() || property["properties"].is_object();
            if words > 0 || by_parts {
                explained.insert(path.to_owned())
            } else {
                bare.insert(path.to_owned())
            };
        });
    }
    // An argument that means the same in several tools is explained in one of them; what is below, by its parent; and
    // these explain themselves.
    explained.extend(["cursor", "limit", "name", "overwrite"].map(str::to_owned));
    let unexplained: Vec<_> = bare.difference(&explained).filter(|path| !path.contains('.')).collect();
    assert!(unexplained.is_empty(), "no tool explains {unexplained:?}");
}

#[test]
fn schemas_are_plain() {
    for route in tools::all() {
        let (input, output) = (route.input_schema(), route.output_schema());
        for (which, schema) in [("input", &input), ("output", &output)] {
            assert_eq!(schema.get("type"), Some(&json!("object")), "{}: {which} schema: {schema:?}", route.name);
            for union in ["anyOf", "oneOf", "allOf", "$schema", "title"] {
                assert!(!schema.contains_key(union), "{}: top-level {union} in its {which} schema", route.name);
            }
        }
        let text = Value::Object(input).to_string();
        for waste in ["\"null\"", "\"format\"", "\"default\":null", "\"const\"", "additionalProperties\":false"] {
            assert!(!text.contains(waste), "{}: {waste} in {text}", route.name);
        }
    }
}

#[tokio::test]
async fn the_wire_carries_what_the_list_says() {
    // The tools of admins are not offered unless asked for.
    let mut toolsets: Vec<&str> = tools::all().iter().map(|route| route.toolset.name()).collect();
    toolsets.retain(|name| *name != "core");
    toolsets.dedup();
    let server = Server::start(Setup::default().args(&["--toolsets", &toolsets.join(",")])).await;
    let listed = server.request("tools/list", json!({})).await;
    let listed = listed["tools"].as_array().unwrap();
    let routes = tools::all();
    assert_eq!(listed.len(), routes.len());
    for (wire, route) in listed.iter().zip(&routes) {
        assert_eq!(wire["name"], route.name);
        assert_eq!(wire["title"], route.title);
        assert_eq!(wire["description"], route.description());
        assert_eq!(wire["inputSchema"], Value::Object(route.input_schema()));
        assert_eq!(wire["outputSchema"], Value::Object(route.output_schema()));
        let hints = &wire["annotations"];
        assert_eq!(hints["readOnlyHint"], route.hints.read_only, "{}", route.name);
        assert_eq!(hints["destructiveHint"], route.hints.destructive, "{}", route.name);
        assert_eq!(hints["idempotentHint"], route.hints.idempotent, "{}", route.name);
        assert_eq!(hints["openWorldHint"], route.hints.open_world, "{}", route.name);
        let reply = server.call(route.name, json!({"no_such_argument": 1})).await;
        assert!(
            reply.is_error && reply.text.contains("unknown field `no_such_argument`"),
            "{}: {}",
            route.name,
            reply.text
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn the_list_and_the_instructions_cost_few_tokens() {
    let cost = |route: &Route| {
        let listed =
            json!([{"name": route.name, "description": route.description(), "inputSchema": route.input_schema()}]);
        tokens(&listed.to_string())
    };
    let costs: Vec<(usize, &str)> = tools::all().iter().map(|route| (cost(route), route.name)).collect();
    let sum: usize = costs.iter().map(|(cost, _)| cost).sum();
    assert!(sum <= 7_500, "all tools cost about {sum} tokens: {costs:?}");
    let server = Server::start(Setup::default()).await;
    // At most 350 in truth.
    let instructions = server.greeting["instructions"].as_str().unwrap().to_owned();
    assert!(tokens(&instructions) <= 335, "the instructions cost about {} tokens", tokens(&instructions));
    server.stop().await;
}

#[test]
fn the_reference_of_every_tool_is_up_to_date() {
    for route in tools::all() {
        let words = route.contract.split(MARKER).next().unwrap().trim();
        let whole = format!("{words}\n\n{MARKER}\n\n{}", reference(&route));
        compare_or_write(&root().join(format!("tools/{}.md", route.name)), &whole);
    }
}

#[test]
fn the_tool_table_of_the_readme_is_up_to_date() {
    let (start, end) = ("<!-- tools:start -->\n", "<!-- tools:end -->");
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let before = readme.split(start).next().unwrap();
    let after = readme.split(end).nth(1).expect("README.md has both marks");
    let mut table = String::from("| tool | toolset | changes things | what it does |\n|---|---|---|---|\n");
    for route in tools::all() {
        let changes = if route.hints.read_only { "no" } else { "yes" };
        let what = first_sentence(route.description());
        table.push_str(&format!("| `{}` | {} | {changes} | {what} |\n", route.name, route.toolset.name()));
    }
    compare_or_write(&path, &format!("{before}{start}{table}{end}{after}"));
}

/// Compares a file with what it should be; with `UPDATE=1`, writes it.
fn compare_or_write(path: &Path, expect: &str) {
    let found = std::fs::read_to_string(path).unwrap_or_default();
    if std::env::var_os("UPDATE").is_some() {
        if found != expect {
            std::fs::write(path, expect).unwrap();
        }
    } else {
        let expect = expect.replace("\r\n", "\n");
        assert!(
            found.replace("\r\n", "\n") == expect,
            "{} is not up to date: run `UPDATE=1 cargo test --test it contracts::` and read the diff",
            path.display()
        );
    }
}

/// The generated half of a contract.
fn reference(route: &Route) -> String {
    let input = route.input_schema();
    let yes = |hint: bool| if hint { "yes" } else { "no" };
    let hints = route.hints;
    let mut out = format!("# {}: {}\n\n## Arguments\n\n", route.name, route.title);
    let required: Vec<&str> =
        input.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    match input["properties"].as_object().filter(|map| !map.is_empty()) {
        None => out.push_str("None.\n"),
        Some(properties) => {
            out.push_str("| name | type | required | what |\n|---|---|---|---|\n");
            for (name, property) in properties {
                let what = property["description"].as_str().unwrap_or_default().replace('|', "\\|");
                let must = yes(required.contains(&name.as_str()));
                out.push_str(&format!("| `{name}` | {} | {must} | {what} |\n", kind(property)));
            }
        }
    }
    let fence = |schema: Map<String, Value>| {
        format!("\n```json\n{}\n```\n", serde_json::to_string_pretty(&Value::Object(schema)).unwrap())
    };
    out.push_str(&fence(input.clone()));
    out.push_str("\n## Result\n");
    out.push_str(&fence(route.output_schema()));
    out.push_str(&format!(
        "\n## Hints\n\n| toolset | read-only | destructive | idempotent | open world |\n|---|---|---|---|---|\n| {} | {} | {} | {} | {} |\n",
        route.toolset.name(),
        yes(hints.read_only),
        yes(hints.destructive),
        yes(hints.idempotent),
        yes(hints.open_world)
    ));
    out
}

/// The type of an argument, for people.
fn kind(property: &Value) -> String {
    if let Some(values) = property["enum"].as_array() {
        return values
            .iter()
            .map(|value| format!("`{}`", value.as_str().unwrap_or_default()))
            .collect::<Vec<_>>()
            .join(", ");
    }
    match property["type"].as_str() {
        Some("array") => format!("list of {}", kind(&property["items"])),
        Some(name) => name.to_owned(),
        None => "object".to_owned(),
    }
}

fn first_sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text[..end].replace('|', "\\|")
}

/// Calls `check` with every property of a schema and its path.
fn each_property(schema: &Value, check: &mut impl FnMut(&str, &Value)) {
    fn walk(schema: &Value, path: &str, check: &mut impl FnMut(&str, &Value)) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            check(&path, property);
            walk(property, &path, check);
            walk(&property["items"], &path, check);
        }
        for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
            walk(definition, &format!("$defs.{name}"), check);
        }
    }
    walk(schema, "", check);
}

/// About how many o200k tokens a text has, within 8 % on our own list and 4 % on our own prose: a word is one for every
/// ten letters, with the space or underscore before it; three digits are one; signs come in threes.
fn tokens(text: &str) -> usize {
    let kind = |c: char| match c {
        c if c.is_ascii_alphabetic() => 0,
        c if c.is_ascii_digit() => 1,
        ' ' | '_' => 2,
        c if c.is_ascii() => 3,
        _ => 4,
    };
    let mut count = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mut run = 1_usize;
        while chars.next_if(|next| kind(*next) == kind(c)).is_some() {
            run += 1;
        }
        count += match kind(c) {
            0 => run.div_ceil(10),
            1 => run.div_ceil(3),
            2 => usize::from(run > 1),
            3 => run.div_ceil(3),
            _ => run,
        };
    }
    count
}

#[test]
fn prompts_and_instructions_name_only_tools_that_are_there() {
    let names: BTreeSet<String> = tools::all().iter().map(|route| route.name.to_owned()).collect();
    let mut seen = BTreeSet::new();
    for prompt in stems("prompts", "md") {
        let text = std::fs::read_to_string(root().join(format!("prompts/{prompt}.md"))).unwrap();
        // Words like `get_issue`; variables of apps have capitals or dots.
        let words = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.contains('_') && word.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        for word in words {
            assert!(names.contains(word), "prompts/{prompt}.md names `{word}`, which is no tool");
            seen.insert(word.to_owned());
        }
    }
    assert!(seen.len() > 8, "{seen:?}");
}
