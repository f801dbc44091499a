//! Prompts: Markdown templates with front matter, ours and the user's.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Ours, in the order in which clients show them.
const BUILT_IN: [(&str, &str); 3] = [
    ("fix_issue", include_str!("../../prompts/fix_issue.md")),
    ("test_and_fix", include_str!("../../prompts/test_and_fix.md")),
    ("set_up_sentry", include_str!("../../prompts/set_up_sentry.md")),
];
/// A prompt file larger than this is none.
const MAX_BYTES: u64 = 64 * 1024;
/// More files than this are not read.
const MAX_FILES: usize = 100;

/// A prompt.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prompt {
    /// What clients call it.
    pub name: String,
    /// Title for people.
    pub title: Option<String>,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Vec<Argument>,
    /// The template: `{{argument}}` where a value goes.
    #[serde(skip)]
    pub body: String,
}

/// An argument of a prompt.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Argument {
    /// `{{name}}` in the template.
    pub name: String,
    /// What to give.
    #[serde(default)]
    pub description: String,
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
    /// What stands for it when it is not given.
    #[serde(default)]
    pub default: String,
}

/// All prompts of a workspace (the user's go before ours of the same name), and what is wrong with files that are none.
pub(super) fn all(workspace: Option<&Path>) -> (Vec<Prompt>, Vec<String>) {
    let (mut prompts, mut problems) = (Vec::new(), Vec::new());
    if let Some(workspace) = workspace {
        (prompts, problems) = of_user(&workspace.join(".fixloop").join("prompts"));
    }
    for (name, text) in BUILT_IN {
        match parse(text) {
            Ok(prompt) if prompts.iter().all(|user| user.name != prompt.name) => prompts.push(prompt),
            Ok(_) => {}
            Err(problem) => problems.push(format!("The built-in prompt {name} is not right: {problem}.")),
        }
    }
    (prompts, problems)
}

fn of_user(folder: &Path) -> (Vec<Prompt>, Vec<String>) {
    let (mut prompts, mut problems) = (Vec::<Prompt>::new(), Vec::new());
    let Ok(entries) = std::fs::read_dir(folder) else { return (prompts, problems) };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    for file in files.into_iter().take(MAX_FILES) {
        let read = match std::fs::metadata(&file) {
            Ok(about) if about.len() > MAX_BYTES => Err(format!("it is larger than {MAX_BYTES} bytes")),
            Ok(_) => std::fs::read_to_string(&file).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match read.and_then(|text| parse(&text)) {
            Ok(prompt) if prompts.iter().any(|other| other.name == prompt.name) => {
                problems.push(format!(
                    "The prompt file {} has a name that another has: {}.",
                    file.display(),
                    prompt.name
                ));
            }
            Ok(prompt) => prompts.push(prompt),
            Err(problem) => problems.push(format!("The prompt file {} is skipped: {problem}.", file.display())),
        }
    }
    (prompts, problems)
}

/// Front matter between two lines `---`, then the template.
fn parse(text: &str) -> Result<Prompt, String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let inside = text.strip_prefix("---\n").ok_or("it does not begin with a line `---`")?;
    let (front, body) = inside.split_once("\n---\n").ok_or("its front matter has no closing line `---`")?;
    let mut prompt: Prompt = serde_saphyr::from_str(front)
        .map_err(|error| format!("its front matter: {}", error.to_string().lines().next().unwrap_or_default()))?;
    let word = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    if !word(&prompt.name) {
        return Err(format!("its name `{}` is not one word of letters, digits, _ and -", prompt.name));
    }
    prompt.body = body.trim().to_owned();
    let mut unknown = None;
    fill(&prompt.body, |name| {
        if !prompt.arguments.iter().any(|argument| argument.name == name) {
            unknown.get_or_insert_with(|| name.to_owned());
        }
        String::new()
    });
    match unknown {
        Some(name) => Err(format!("`{{{{{name}}}}}` is not among its arguments")),
        None => Ok(prompt),
    }
}

/// The template with its values, in one pass: a value that holds `{{x}}` stays as it is. A missing required argument
/// and an unknown one are errors that name what is expected.
pub(super) fn render(prompt: &Prompt, values: &Map<String, Value>) -> Result<String, String> {
    let expected = || prompt.arguments.iter().map(|argument| argument.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = values.keys().find(|name| prompt.arguments.iter().all(|argument| argument.name != **name)) {
        return Err(format!("The prompt {} has no argument `{unknown}`. It has: {}.", prompt.name, expected()));
    }
    let value_of = |name: &str| match values.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    if let Some(missing) =
        prompt.arguments.iter().find(|argument| argument.required && value_of(&argument.name).is_empty())
    {
        return Err(format!(
            "The prompt {} needs the argument `{}`: {}.",
            prompt.name, missing.name, missing.description
        ));
    }
    Ok(fill(&prompt.body, |name| {
        let given = value_of(name);
        if !given.is_empty() {
            return given;
        }
        let argument = prompt.arguments.iter().find(|argument| argument.name == name);
        argument.map(|argument| argument.default.clone()).unwrap_or_default()
    }))
}

/// The template with `{{name}}` replaced by `value(name)`. What is not closed, or holds more than a name, stays.
fn fill(template: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        match after.split_once("}}") {
            Some((name, behind)) if is_name(name.trim()) => {
                filled.push_str(&value(name.trim()));
                rest = behind;
            }
            _ => {
                filled.push_str("{{");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{BUILT_IN, all, parse, render};

    const EXAMPLE: &str = "---\nname: greet\narguments:\n  - name: who\n    required: true\n  - name: how\n    default: \
                           kindly\n---\nGreet {{who}} {{ how }}. {{ not a name }} {{";

    #[test]
    fn fills_in_one_pass() {
        let prompt = parse(EXAMPLE).unwrap();
        let checks = [
            (json!({"who": "Ann"}), Ok("Greet Ann kindly. {{ not a name }} {{")),
            (json!({"who": "{{how}}", "how": "{{who}}"}), Ok("Greet {{how}} {{who}}. {{ not a name }} {{")),
            (json!({"who": " "}), Err("The prompt greet needs the argument `who`: .")),
            (json!({"who": "a", "when": "now"}), Err("The prompt greet has no argument `when`. It has: who, how.")),
        ];
        for (values, expect) in checks {
            let values = values.as_object().unwrap();
            assert_eq!(render(&prompt, values).as_deref().map_err(String::as_str), expect);
        }
    }

    #[test]
    fn names_what_is_wrong_with_a_file() {
        let checks = [
            ("Hello", "does not begin"),
            ("---\nname: a\n", "no closing line"),
            ("---\nname: a b\n---\nx", "is not one word"),
            ("---\nname: a\n---\n{{x}}", "`{{x}}` is not among its arguments"),
            ("---\nname: a\ncolour: red\n---\nx", "its front matter"),
        ];
        for (text, expect) in checks {
            let problem = parse(text).unwrap_err();
            assert!(problem.contains(expect), "{text:?}: {problem}");
        }
    }

    #[test]
    fn ours_are_right() {
        let (prompts, problems) = all(None);
        assert_eq!(problems, Vec::<String>::new());
        let names: Vec<_> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
        assert_eq!(names, BUILT_IN.map(|(name, _)| name));
    }
}
