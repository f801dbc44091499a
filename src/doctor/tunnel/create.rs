//! A handler for a tunnel, written for the app's framework: bytes stay bytes, only the app's own DSN gets through.

use crate::doctor::{
    finding::Edit,
    project::{App, DsnSetting, Kind, Project, Runtime},
    script::tree::{Bound, Exports},
};

/// The file that answers at a path (without the base path), and what its code is; none where there is no obvious place.
pub fn create(project: &Project, app: &App, path: &str) -> Option<Edit> {
    let plain = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !part.is_empty();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    if !parts.iter().all(|part| plain(part)) {
        return None;
    }
    let inner = parts.join("/");
    let dsn = app.dsn(Runtime::Client)?;
    let typed = project.tree.has(&format!("{}tsconfig.json", app.folder));
    let extension = if typed { "ts" } else { "js" };
    let (file, text) = match app.framework.kind {
        Kind::Next => {
            let next = app.next.as_ref()?;
            if !next.extensions.iter().any(|each| each == extension)
                || next.option("output").is_some() && is_export(app)
            {
                return None;
            }
            match (&next.app_folder, &next.pages_folder) {
                (Some(folder), _) => {
                    let file = format!("{folder}{inner}/route.{extension}");
                    let text = web(&dsn_of(app, &dsn, &file)?, "POST", typed, "request");
                    (file, text)
                }
                (None, Some(folder)) if inner.starts_with("api/") => {
                    let file = format!("{folder}{inner}.{extension}");
                    let text = pages_api(&dsn_of(app, &dsn, &file)?, typed);
                    (file, text)
                }
                _ => return None,
            }
        }
        Kind::SvelteKit => {
            let file = format!("{}src/routes/{inner}/+server.{extension}", app.folder);
            let text = web(&dsn_of(app, &dsn, &file)?, "POST", typed, "{ request }");
            (file, text)
        }
        Kind::Remix => {
            let file = format!("{}app/routes/{}.{extension}", app.folder, inner.replace('.', "[.]").replace('/', "."));
            if app.routes.iter().any(|route| !route.path.contains("app/routes/")) {
                return None;
            }
            let text = web(&dsn_of(app, &dsn, &file)?, "action", typed, "{ request }");
            (file, text)
        }
        Kind::Astro => {
            let file = format!("{}src/pages/{inner}.{extension}", app.folder);
            let text = web(&dsn_of(app, &dsn, &file)?, "POST", typed, "{ request }");
            (file, format!("export const prerender = false;\n\n{text}"))
        }
        Kind::Nuxt => {
            let file = format!("{}server/routes/{inner}.post.ts", app.folder);
            (file.clone(), nitro(&dsn_of(app, &dsn, &file)?))
        }
        _ => return None,
    };
    if project.tree.has(&file) {
        return None;
    }
    Some(Edit::Create { path: file, text })
}

fn is_export(app: &App) -> bool {
    let output = app.next.as_ref().and_then(|next| next.option("output"));
    output.and_then(|output| output.value.any_text()).is_some_and(|output| output == "export")
}

/// The DSN as the browser's start has it, for server code: imports that it needs, and the expression.
struct Source {
    imports: String,
    expression: String,
}

fn dsn_of(app: &App, dsn: &DsnSetting, file: &str) -> Option<Source> {
    let plain = |expression: String| Some(Source { imports: String::new(), expression });
    if let (Kind::SvelteKit, [name]) = (app.framework.kind, dsn.value.env.as_slice()) {
        let home = if name.starts_with("PUBLIC_") { "public" } else { "private" };
        let imports = format!("import {{ {name} }} from '$env/static/{home}';\n\n");
        return Some(Source { imports, expression: name.clone() });
    }
    if !dsn.value.env.is_empty() {
        let space = match app.framework.kind {
            Kind::Astro | Kind::Remix
                if dsn.value.env.iter().any(|name| name.starts_with("VITE_") || name.starts_with("PUBLIC_")) =>
            {
                "import.meta.env"
            }
            _ => "process.env",
        };
        let all: Vec<String> = dsn.value.env.iter().map(|name| format!("{space}.{name}")).collect();
        return plain(all.join(" ?? "));
    }
    // A constant that a module exports.
    let module = app.modules.get(&dsn.value.at.path)?.ok()?;
    let named = module.bindings.iter().find(|binding| match &binding.value {
        Bound::Value(init, way) => way.is_empty() && init.span == dsn.value.at.span,
        _ => false,
    });
    let exported = named.and_then(|binding| {
        let is_it = |value: &Exports| matches!(value, Exports::Name(name) if *name == binding.name);
        module.exports.iter().find(|export| is_it(&export.value) && export.name != "default")
    });
    // What starts Sentry as it is loaded is not loaded again.
    let starts = app.inits.iter().any(|init| init.path == module.path);
    if let Some(export) = exported.filter(|_| !starts) {
        let from = relative(file, module.path.rsplit_once('.').map_or(module.path.as_str(), |(stem, _)| stem));
        let imports = format!("import {{ {} }} from '{from}';\n\n", export.name);
        return Some(Source { imports, expression: export.name.clone() });
    }
    // SvelteKit's modules of variables.
    if let Some(hidden) = dsn.value.hidden()
        && let Some(Bound::Import(source, name)) =
            module.bindings.iter().find(|binding| binding.name == hidden.expression).map(|binding| &binding.value)
        && source.starts_with("$env/")
    {
        let imports = format!("import {{ {name} }} from '{source}';\n\n");
        return Some(Source { imports, expression: name.clone() });
    }
    let text = dsn.text.as_ref().filter(|_| dsn.dsn.as_ref().is_some_and(|dsn| !dsn.secret))?;
    plain(format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")))
}

/// The way from a file to another, as an import says it.
fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let ups = from.len().saturating_sub(same + 1);
    let rest = to.get(same..).unwrap_or_default().join("/");
    if ups == 0 { format!("./{rest}") } else { format!("{}{rest}", "../".repeat(ups)) }
}

/// What every handler does with the bytes; the answer is a `Response`.
fn pass(source: &Source, typed: bool) -> String {
    let t = |text: &'static str| if typed { text } else { "" };
    format!(
        "{imports}/** The project whose envelopes are passed on: the one that the browser sends to. */
const DSN = {expression};
/** A replay may have several megabytes. */
const MAX_BYTES = 20 * 1024 * 1024;

/** Passes an envelope of our own project on to Sentry, and nothing else. */
async function passOn(body{bytes}, client{client}){answer} {{
  if (!DSN) return new Response('No DSN is set', {{ status: 503 }});
  if (body.byteLength > MAX_BYTES) return new Response('Too large', {{ status: 413 }});

  const own = new URL(DSN);
  const bytes = new Uint8Array(body);
  const end = bytes.indexOf(10);
  let sent{url};
  try {{
    sent = new URL(JSON.parse(new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))).dsn);
  }} catch {{
    return new Response('Not an envelope', {{ status: 400 }});
  }}
  if (sent.host !== own.host || sent.pathname !== own.pathname || sent.username !== own.username) {{
    return new Response('Not our project', {{ status: 403 }});
  }}

  const slash = own.pathname.lastIndexOf('/');
  const target = `${{own.origin}}${{own.pathname.slice(0, slash)}}/api/${{own.pathname.slice(slash + 1)}}/envelope/`;
  const headers = new Headers({{ 'Content-Type': 'application/x-sentry-envelope' }});
  if (client) {{
    headers.set('X-Forwarded-For', client);
    headers.set('X-Sentry-Forwarded-For', client);
  }}
  let answer{response};
  try {{
    // The body stays bytes: a replay is compressed. Cookies and logins of the visitor stay here.
    answer = await fetch(target, {{ method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(30_000) }});
  }} catch {{
    return new Response('Sentry cannot be reached', {{ status: 502 }});
  }}
  // The SDK waits when Sentry tells it to.
  const back = new Headers();
  for (const name of ['content-type', 'retry-after', 'x-sentry-rate-limits']) {{
    const value = answer.headers.get(name);
    if (value) back.set(name, value);
  }}
  return new Response(await answer.arrayBuffer(), {{ status: answer.status, headers: back }});
}}
",
        imports = source.imports,
        expression = source.expression,
        bytes = t(": ArrayBuffer"),
        client = t(": string | null"),
        answer = t(": Promise<Response>"),
        url = t(": URL"),
        response = t(": Response"),
    )
}

/// A handler of requests and responses as the web has them.
fn web(source: &Source, name: &str, typed: bool, argument: &str) -> String {
    let annotation = match (typed, argument) {
        (false, _) => "",
        (true, "request") => ": Request",
        (true, _) => ": { request: Request }",
    };
    let answer = if typed { ": Promise<Response>" } else { "" };
    format!(
        "{}
export async function {name}({argument}{annotation}){answer} {{
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BYTES) return new Response('Too large', {{ status: 413 }});
  return passOn(await request.arrayBuffer(), request.headers.get('x-forwarded-for'));
}}
",
        pass(source, typed)
    )
}

fn pages_api(source: &Source, typed: bool) -> String {
    let (types, request, response, chunks, bytes) = if typed {
        (
            "import type { NextApiRequest, NextApiResponse } from 'next';\n\n",
            ": NextApiRequest",
            ": NextApiResponse",
            ": Uint8Array[]",
            " as ArrayBuffer",
        )
    } else {
        ("", "", "", "", "")
    };
    format!(
        "{types}{}
// The envelope must stay bytes.
export const config = {{ api: {{ bodyParser: false }} }};

export default async function handler(req{request}, res{response}) {{
  if (req.method !== 'POST') return res.status(405).end();
  const chunks{chunks} = [];
  let size = 0;
  for await (const chunk of req) {{
    size += chunk.length;
    if (size > MAX_BYTES) return res.status(413).end();
    chunks.push(chunk);
  }}
  const client = req.headers['x-forwarded-for'] ?? req.socket.remoteAddress ?? null;
  const body = new Uint8Array(Buffer.concat(chunks)).buffer{bytes};
  const answer = await passOn(body, Array.isArray(client) ? client.join(', ') : client);
  answer.headers.forEach((value, name) => res.setHeader(name, value));
  res.status(answer.status).send(Buffer.from(await answer.arrayBuffer()));
}}
",
        pass(source, typed)
    )
}

fn nitro(source: &Source) -> String {
    format!(
        "{}
export default defineEventHandler(async (event) => {{
  if (Number(getRequestHeader(event, 'content-length') ?? 0) > MAX_BYTES) return new Response('Too large', {{ status: 413 }});
  const body = await readRawBody(event, false);
  return passOn(new Uint8Array(body ?? []).buffer as ArrayBuffer, getRequestHeader(event, 'x-forwarded-for') ?? null);
}});
",
        pass(source, true)
    )
}
