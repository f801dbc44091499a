//! What a workspace says about its middleware: the file, the version of Next.js, and the options that decide.

use serde_json::Value;

use crate::doctor::{
    files::Files,
    script::{self, Literal, Place, Plain},
};

use super::generation::Next;

/// An app's middleware and what belongs to it.
#[derive(Debug, Clone, Default)]
pub struct App {
    /// Path and text of the middleware's file.
    pub file: Option<(String, String)>,
    /// The version of Next.js, and what says so.
    pub next: Option<(Next, String)>,
    /// `basePath`.
    pub base_path: Option<String>,
    /// `i18n.locales`, the default one first.
    pub locales: Option<Vec<String>>,
    /// `tunnelRoute`, and where it is written.
    pub tunnel: Option<(String, String)>,
    /// What could not be read or followed.
    pub notes: Vec<String>,
}

const EXTENSIONS: [&str; 4] = ["ts", "js", "tsx", "jsx"];
const CONFIGS: [&str; 4] = ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.mts"];
/// Folders that are looked into for apps.
const MAX_APPS: usize = 200;

/// Reads the app whose middleware is this file, or the one app that has one. The error names several.
pub fn app(files: &Files, file: Option<&str>) -> Result<App, String> {
    let mut app = App::default();
    let (folder, path) = match file {
        Some(file) => (folder_of(file), Some(file.to_owned())),
        None => find(files, &mut app.notes)?,
    };
    if let Some(path) = path {
        let text = files.read(&path)?.ok_or_else(|| format!("There is no file {path} in the workspace"))?;
        app.file = Some((path, text));
    }
    app.next = next(files, &folder, &mut app.notes);
    for name in CONFIGS {
        let path = format!("{folder}{name}");
        match files.read(&path) {
            Ok(None) => {}
            Ok(Some(text)) => {
                options(&mut app, &path, &text);
                break;
            }
            Err(why) => app.notes.push(why),
        }
    }
    Ok(app)
}

/// The folder of the app that a middleware file belongs to: empty or with a slash at its end.
fn folder_of(file: &str) -> String {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let app = folder.strip_suffix("src").filter(|rest| rest.is_empty() || rest.ends_with('/'));
    match app {
        Some(app) => app.to_owned(),
        None if folder.is_empty() => String::new(),
        None => format!("{folder}/"),
    }
}

/// The app's folder and its middleware file: in the workspace itself, else in one folder of it, of `apps/` or `packages/`.
fn find(files: &Files, notes: &mut Vec<String>) -> Result<(String, Option<String>), String> {
    let own = middleware(files, "");
    let is_app = CONFIGS.iter().any(|name| matches!(files.read(name), Ok(Some(_))));
    if !own.is_empty() || is_app {
        return chosen(String::new(), own, notes);
    }
    let mut folders: Vec<String> = files.folders("").into_iter().map(|name| format!("{name}/")).collect();
    for group in ["apps", "packages"] {
        folders.extend(files.folders(group).into_iter().map(|name| format!("{group}/{name}/")));
    }
    let apps: Vec<(String, Vec<String>)> = folders
        .into_iter()
        .take(MAX_APPS)
        .map(|folder| (middleware(files, &folder), folder))
        .filter(|(found, _)| !found.is_empty())
        .map(|(found, folder)| (folder, found))
        .collect();
    match apps.as_slice() {
        [] => Ok((String::new(), None)),
        [(folder, found)] => chosen(folder.clone(), found.clone(), notes),
        several => {
            let names: Vec<&str> =
                several.iter().take(10).filter_map(|(_, found)| found.first()).map(String::as_str).collect();
            Err(format!("Several apps have a middleware: {}", names.join(", ")))
        }
    }
}

fn chosen(folder: String, mut found: Vec<String>, notes: &mut Vec<String>) -> Result<(String, Option<String>), String> {
    if let [first, second, ..] = found.as_slice() {
        notes.push(format!("There are {first} and {second}; the first is looked at. Next.js 16 refuses to build with both a middleware and a proxy file."));
    }
    let first = if found.is_empty() { None } else { Some(found.remove(0)) };
    Ok((folder, first))
}

fn middleware(files: &Files, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["proxy", "middleware"] {
        for place in ["", "src/"] {
            let paths = EXTENSIONS.iter().map(|extension| format!("{folder}{place}{name}.{extension}"));
            found.extend(paths.filter(|path| !matches!(files.read(path), Ok(None))));
        }
    }
    found
}

/// The installed version, else the locked one, else the newest that package.json allows.
fn next(files: &Files, folder: &str, notes: &mut Vec<String>) -> Option<(Next, String)> {
    let mut json = |path: &str| match files.read(path) {
        Ok(text) => text.and_then(|text| serde_json::from_str::<Value>(&text).ok()),
        Err(why) => {
            notes.push(why);
            None
        }
    };
    for folder in [folder, ""] {
        let path = format!("{folder}node_modules/next/package.json");
        let version = json(&path).and_then(|package| Next::parse(package.get("version")?.as_str()?));
        if let Some(version) = version {
            return Some((version, "installed".to_owned()));
        }
    }
    for folder in [folder, ""] {
        let path = format!("{folder}package-lock.json");
        let locked =
            |lock: Value| Next::parse(lock.get("packages")?.get("node_modules/next")?.get("version")?.as_str()?);
        if let Some(version) = json(&path).and_then(locked) {
            return Some((version, path));
        }
    }
    for folder in [folder, ""] {
        let path = format!("{folder}package.json");
        let Some(package) = json(&path) else { continue };
        let wanted =
            ["dependencies", "devDependencies"].iter().find_map(|list| package.get(list)?.get("next")?.as_str());
        if let Some(version) = wanted.and_then(Next::parse) {
            return Some((version, format!("the newest that {path} allows")));
        }
    }
    None
}

/// Reads the options of next.config that decide.
fn options(app: &mut App, path: &str, text: &str) {
    const NAMES: [&str; 3] = ["basePath", "i18n", "tunnelRoute"];
    let asked = script::read(path, text, |script| NAMES.map(|name| script.option(name)));
    let found = match asked {
        Ok(found) => found,
        Err(why) => return app.notes.push(format!("{path} cannot be read: {why}.")),
    };
    for (name, value) in NAMES.into_iter().zip(found) {
        let Some(value) = value else { continue };
        let literal = match value {
            Ok(found) => found.literal,
            Err(unknown) => {
                let place = Place::of(text, unknown.span.start);
                app.notes.push(format!(
                    "{path}:{place}: `{name}` cannot be followed: `{}`. Give it as an argument.",
                    unknown.expression
                ));
                continue;
            }
        };
        let place = literal.span.map(|span| Place::of(text, span.start).to_string()).unwrap_or_default();
        match (name, &literal.value) {
            ("basePath", Plain::Text(base)) => app.base_path = Some(base.trim_end_matches('/').to_owned()),
            ("tunnelRoute", Plain::Text(route)) => app.tunnel = Some((route.clone(), format!("{path}:{place}"))),
            ("tunnelRoute", Plain::Bool(true)) => app.notes.push(format!(
                "{path}:{place}: `tunnelRoute: true` takes a new random path with each build; a matcher cannot leave it out. Name a path."
            )),
            ("i18n", Plain::Object(_)) => app.locales = locales(&literal),
            _ => {}
        }
    }
}

fn locales(i18n: &Literal) -> Option<Vec<String>> {
    let Plain::List(list) = &i18n.field("locales")?.value else { return None };
    let mut all: Vec<String> = list.iter().filter_map(|each| each.text().map(str::to_owned)).collect();
    if let Some(default) = i18n.field("defaultLocale").and_then(Literal::text) {
        all.retain(|locale| locale != default);
        all.insert(0, default.to_owned());
    }
    Some(all)
}
