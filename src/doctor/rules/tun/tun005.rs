//! TUN005: the handler reads the envelope as text.

use crate::doctor::{
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Form, Project, Runtime},
    rules::{Check, Rule},
    tunnel::{Mangled, way},
};

use super::words::{Handler, function, handler, place};

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN005",
    title: "The tunnel reads the envelope as text",
    severity: Severity::Error,
    why: "An envelope with a replay (or a profile, or an attachment) has compressed bytes in it. Read as text, whatever is not UTF-8 becomes a replacement character, and Sentry refuses the rest with 400: errors arrive, replays never do.",
    docs: "https://github.com/getsentry/sentry-javascript/issues/7302",
    checks: &[Check::Static(check)],
};

const NAME: &str = "envelopeBytes";

fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(way) = way(project, app) else { return };
    let Some(handler) = handler(&way) else { return };
    if handler.relay.targets.is_empty() {
        return;
    }
    let severity = if has_replay(app) { Severity::Error } else { Severity::Warning };
    let address = &handler.route.address;
    let lost = if has_replay(app) { "no replay arrives" } else { "compressed items such as replays will not arrive" };
    let finding = |how: &str| {
        Finding::new(
            RULE.id,
            severity,
            address.clone(),
            format!("{address} {how} and posts that on: bytes that are no text are changed, and {lost}."),
        )
    };
    if let Some(text) = &handler.relay.text {
        let finding = finding("reads the envelope as text").at(project.at(&text.read));
        let finding = finding.at(project.at(&text.posted).noted("where it is posted"));
        return found.add(finding.fix(bytes(project, text)));
    }
    let body = handler.relay.text();
    let uses_body = body.contains("req.body") || body.contains("request.body");
    if handler.route.form == Form::NextApi && uses_body && !raw(&handler, app) {
        let steps = vec![
            "Export `config = { api: { bodyParser: false } }` from the file.".to_owned(),
            "Read the bytes: const chunks = []; for await (const chunk of req) chunks.push(chunk); const envelope = Buffer.concat(chunks);".to_owned(),
            "Parse the first line of it, and post `envelope` as it is.".to_owned(),
        ];
        let fix = Fix { title: "read bytes".to_owned(), edits: Vec::new(), steps };
        return found.add(finding("lets Next.js parse the body").at(function(project, &handler)).fix(fix));
    }
    if handler.libraries.iter().any(|name| name == "text") && uses_body {
        let steps = vec![
            "Use express.raw({ type: () => true, limit: '20mb' }) instead of express.text(…): then req.body is a Buffer.".to_owned(),
            "Parse its first line with req.body.subarray(0, req.body.indexOf('\\n')).toString(), and post req.body as it is.".to_owned(),
        ];
        let fix = Fix { title: "read bytes".to_owned(), edits: Vec::new(), steps };
        found.add(finding("has the body parsed as text").at(place(project, handler.route)).fix(fix));
    }
}

fn has_replay(app: &App) -> bool {
    let names = ["replaysSessionSampleRate", "replaysOnErrorSampleRate"];
    app.starts(Runtime::Client).iter().any(|init| names.iter().any(|name| init.option(name).is_some()))
}

/// Whether the parser of bodies is off.
fn raw(handler: &Handler<'_>, app: &App) -> bool {
    match app.modules.get(&handler.route.path).or_else(|| handler.app.modules.get(&handler.route.path)) {
        Some(Ok(module)) => module.text.contains("bodyParser"),
        _ => true,
    }
}

/// Reads bytes before the text is made of them, and posts the bytes.
fn bytes(project: &Project, text: &Mangled) -> Fix {
    let title = "read bytes, and post them as they are".to_owned();
    let by_hand = || Fix {
        title: title.clone(),
        edits: Vec::new(),
        steps: vec![
            "Read the body with `new Uint8Array(await request.arrayBuffer())` (h3: `readRawBody(event, false)`)."
                .to_owned(),
            "Decode its first line alone: new TextDecoder().decode(body.subarray(0, body.indexOf(10))).".to_owned(),
            "Post the bytes as `body`.".to_owned(),
        ],
    };
    let Ok(Some(source)) = project.files.read(&text.read.path) else { return by_hand() };
    let path = text.read.path.to_string();
    let read = source.get(text.read.span.start..text.read.span.end).unwrap_or_default();
    let taken = match text.of.as_str() {
        "" => read.strip_suffix(')').map(|head| format!("{head}, false)")),
        of => Some(format!("new Uint8Array(await {of}.arrayBuffer())")),
    };
    let Some(taken) = taken.filter(|_| !source.contains(NAME)) else { return by_hand() };
    if text.read == text.posted {
        return Fix {
            title,
            edits: vec![Edit::Replace { path, span: text.read.span, with: taken }],
            steps: Vec::new(),
        };
    }
    let Some(statement) = text.statement else { return by_hand() };
    let line = source.get(..statement.start).map_or(0, |head| head.rfind('\n').map_or(0, |at| at + 1));
    let indent = source.get(line..statement.start).unwrap_or_default();
    if !indent.trim().is_empty() {
        return by_hand();
    }
    let before = crate::doctor::script::Span { start: statement.start, end: statement.start };
    let with = format!("const {NAME} = {taken};\n{indent}");
    let edits = vec![
        Edit::Replace { path: path.clone(), span: before, with },
        Edit::Replace { path: path.clone(), span: text.read.span, with: format!("new TextDecoder().decode({NAME})") },
        Edit::Replace { path, span: text.posted.span, with: NAME.to_owned() },
    ];
    Fix { title, edits, steps: Vec::new() }
}
