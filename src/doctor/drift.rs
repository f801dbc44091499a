//! Every place that sets an option of Sentry, what it sets there, and which of them counts at run time.

use super::{
    dsn,
    finding::At,
    project::{App, Init, Project, Runtime, Setting},
    rules::edit,
    script::{Value, What},
};

/// Options that are compared, in the order in which they are shown.
const OPTIONS: [&str; 15] = [
    "dsn",
    "tunnel",
    "release",
    "environment",
    "enabled",
    "sampleRate",
    "tracesSampleRate",
    "profilesSampleRate",
    "replaysSessionSampleRate",
    "replaysOnErrorSampleRate",
    "sendDefaultPii",
    "dataCollection",
    "enableLogs",
    "debug",
    "spotlight",
];
/// Those that only mean something in the browser.
const CLIENT: [&str; 3] = ["tunnel", "replaysSessionSampleRate", "replaysOnErrorSampleRate"];
/// Letters of a value that are shown.
const WIDE: usize = 120;

/// The table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// One for each option that something sets.
    pub rows: Vec<Row>,
}

/// An option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub option: &'static str,
    /// Every place that sets it, and every start that does not.
    pub cells: Vec<Cell>,
    /// Whether runtimes that should agree do not.
    pub differs: bool,
}

/// What one place sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Where it is set.
    pub place: Place,
    /// The value, as it can be shown; none = not set there.
    pub value: Option<String>,
    /// Where; none = not set.
    pub at: Option<At>,
    /// Whether it is what counts for its runtime.
    pub wins: bool,
}

/// A kind of place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A start, with its runtime and file.
    Start(Runtime, String),
    /// A variable of an env file that the SDK on the server reads by itself.
    Variable(String, String),
    /// An option of the build plugin.
    Build(String),
}

impl Place {
    /// In a few words.
    pub fn said(&self) -> String {
        match self {
            Self::Start(runtime, path) => format!("{} ({path})", runtime.word()),
            Self::Variable(name, path) => format!("{name} ({path})"),
            Self::Build(option) => format!("build ({option})"),
        }
    }
}

impl Row {
    /// In one line: `environment: client production · server not set`.
    pub fn said(&self) -> String {
        let cell = |cell: &Cell| {
            let value = cell.value.as_deref().unwrap_or("not set");
            format!("{} {value}", cell.place.said())
        };
        format!("{}: {}", self.option, self.cells.iter().map(cell).collect::<Vec<_>>().join(" · "))
    }
}

/// The table of an app.
pub fn table(project: &Project, app: &App) -> Drift {
    let starts: Vec<&Init> = [Runtime::Client, Runtime::Server, Runtime::Edge]
        .into_iter()
        .filter_map(|runtime| chosen(app, runtime))
        .collect();
    let rows = OPTIONS.iter().filter_map(|option| row(project, app, &starts, option)).collect();
    Drift { rows }
}

/// The start of a runtime that counts.
pub fn chosen(app: &App, runtime: Runtime) -> Option<&Init> {
    app.starts(runtime).into_iter().next()
}

fn row(project: &Project, app: &App, starts: &[&Init], option: &'static str) -> Option<Row> {
    let mut cells = Vec::new();
    let route = app.tunnel_route().filter(|_| option == "tunnel");
    if let Some(route) = &route {
        cells.push(Cell {
            place: Place::Build("tunnelRoute".to_owned()),
            value: Some(route.address.clone().unwrap_or_else(|| said("tunnel", &route.value))),
            at: Some(edit::at(project, &route.path, route.span)),
            wins: true,
        });
    }
    for init in starts {
        if CLIENT.contains(&option) && init.runtime != Runtime::Client && init.option(option).is_none() {
            continue;
        }
        let setting = init.option(option);
        cells.push(Cell {
            place: Place::Start(init.runtime, init.path.clone()),
            value: setting.map(|setting| said(option, &setting.value)),
            at: setting.map(|setting| edit::at_option(project, init, setting)),
            wins: setting.is_some() && !(route.is_some() && init.runtime == Runtime::Client),
        });
    }
    let variable = match option {
        "dsn" => Some("SENTRY_DSN"),
        "release" => Some("SENTRY_RELEASE"),
        "environment" => Some("SENTRY_ENVIRONMENT"),
        _ => None,
    };
    if let Some((file, found)) = variable.and_then(|name| app.variable(name)) {
        let unset = |init: &&&Init| init.runtime != Runtime::Client && init.option(option).is_none();
        cells.push(Cell {
            place: Place::Variable(found.name.clone(), file.path.clone()),
            value: Some(shorten(&dsn::shown(&found.value))),
            at: Some(edit::at(project, &file.path, found.span)),
            wins: starts.iter().filter(unset).count() > 0,
        });
    }
    let built = (option == "release").then(|| {
        app.plugins.iter().find_map(|plugin| {
            let setting = plugin.option("release.name").or_else(|| plugin.option("release"))?;
            Some((plugin, setting))
        })
    });
    if let Some((plugin, setting)) = built.flatten() {
        cells.push(Cell {
            place: Place::Build(setting.name.clone()),
            value: Some(said(option, &setting.value)),
            at: Some(edit::at(project, &plugin.path, plugin.span)),
            wins: starts.iter().any(|init| init.option(option).is_none()),
        });
    }
    let any = cells.iter().any(|cell| cell.value.is_some());
    let differs = apart(starts, option).is_some();
    any.then_some(Row { option, cells, differs })
}

/// How runtimes differ in an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apart {
    /// The server and the edge, which have one purpose.
    Servers,
    /// The browser and the rest: often on purpose.
    Client,
}

/// Whether the runtimes that should agree on an option do not; none = they do, or it cannot be told.
pub fn apart(starts: &[&Init], option: &str) -> Option<Apart> {
    if CLIENT.contains(&option) || matches!(option, "dsn" | "debug" | "spotlight" | "enabled") {
        return None;
    }
    let forms: Vec<(Runtime, Form)> = starts
        .iter()
        .filter(|init| init.hidden.is_empty())
        .map(|init| {
            // A sampler decides in place of the rate.
            let sampled = option == "tracesSampleRate" && init.option("tracesSampler").is_some();
            let form = if sampled { Form::Unknown } else { form(option, init.option(option)) };
            (init.runtime, form)
        })
        .collect();
    let differ = |a: Runtime, b: Runtime| {
        let of = |runtime| forms.iter().find(|(other, _)| *other == runtime).map(|(_, form)| form);
        matches!((of(a), of(b)), (Some(a), Some(b)) if a.differs(b))
    };
    if differ(Runtime::Server, Runtime::Edge) {
        Some(Apart::Servers)
    } else if differ(Runtime::Client, Runtime::Server) || differ(Runtime::Client, Runtime::Edge) {
        Some(Apart::Client)
    } else {
        None
    }
}

/// What a value is made from, as far as it matters for whether two are the same in every build.
#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// The same in each: what it is.
    Fixed(String),
    /// It follows these variables, their public prefixes taken away.
    Follows(Vec<String>),
    /// Not set: the SDK's default.
    Unset,
    /// Not known.
    Unknown,
}

impl Form {
    fn differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => false,
            (a, b) => a != b,
        }
    }
}

fn form(option: &str, setting: Option<&Setting>) -> Form {
    // The build puts one release into all that set none.
    let unset = || if option == "release" { Form::Unknown } else { Form::Unset };
    let Some(setting) = setting else { return unset() };
    let value = &setting.value;
    if !value.env.is_empty() {
        let mut names: Vec<String> = value.env.iter().map(|name| plain(name)).collect();
        names.sort();
        names.dedup();
        // What the SDK reads by itself.
        if option == "environment" && names == ["SENTRY_ENVIRONMENT"] {
            return Form::Unset;
        }
        return Form::Follows(names);
    }
    let fixed = match &value.what {
        What::Undefined | What::Null => return unset(),
        What::Bool(false) if option != "enabled" => return Form::Unset,
        What::Bool(bool) => bool.to_string(),
        What::Number(number) => number.to_string(),
        What::Text(_) => match value.text() {
            // NODE_ENV, and what the SDK takes by default.
            Some(text) if option == "environment" && text == "production" => return Form::Unset,
            Some(text) => text,
            None => return Form::Unknown,
        },
        _ => return Form::Unknown,
    };
    Form::Fixed(fixed)
}

/// A variable's name without the prefix that gives it to the browser.
fn plain(name: &str) -> String {
    let heads = ["NEXT_PUBLIC_", "NUXT_PUBLIC_", "PUBLIC_", "VITE_", "REACT_APP_"];
    heads.iter().find_map(|head| name.strip_prefix(head)).unwrap_or(name).to_owned()
}

/// A value as it can be shown: without the secret part of a DSN.
pub fn said(option: &str, value: &Value) -> String {
    let text = match &value.what {
        What::Undefined => "undefined".to_owned(),
        What::Null => "null".to_owned(),
        What::Bool(bool) => bool.to_string(),
        What::Number(number) => number.to_string(),
        What::Text(pieces) => {
            let piece = |piece: &super::script::Piece| match &piece.text {
                Ok(text) => text.clone(),
                Err(expression) => format!("{{{expression}}}"),
            };
            let text: String = pieces.iter().map(piece).collect();
            if option == "dsn" { dsn::shown(&text) } else { text }
        }
        What::Env(name) => format!("{name} (set where it is built or runs)"),
        What::Choice(all) => {
            let all: Vec<String> = all.iter().take(4).map(|each| said(option, each)).collect();
            all.join(" or ")
        }
        What::Unknown(hidden) => hidden.expression.clone(),
        What::Function(..) => "a function".to_owned(),
        What::List(items) => format!("a list of {}", items.len()),
        What::Object(..) => "an object".to_owned(),
        What::Regex(pattern, flags) => format!("/{pattern}/{flags}"),
    };
    match value.env.as_slice() {
        [name] if !matches!(value.what, What::Env(_)) => shorten(&format!("{text} (from {name})")),
        _ => shorten(&text),
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() > WIDE { text.chars().take(WIDE).collect::<String>() + "…" } else { text.to_owned() }
}
