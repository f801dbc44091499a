//! Fingerprints of observations: the same for the same fault across reloads, runs and builds (pure).

use md5::{Digest, Md5};
use url::Url;

use super::{Csp, Fate, Fault, Frame, Observation, Request, SentEnvelope, What, grouping::normalize};

/// In-app frames that count. More would make a change in a far caller look like another fault.
const FRAMES: usize = 2;

/// The fingerprint of an observation, 16 hex characters. It holds no line numbers, ports, ids, query values or content
/// hashes; frames count once source maps have named the user's own files.
pub fn fingerprint(observation: &Observation) -> String {
    let parts = match &observation.what {
        What::UncaughtError(fault) => of_fault("uncaught_error", fault),
        What::UnhandledRejection(fault) => of_fault("unhandled_rejection", fault),
        What::ConsoleError(fault) => of_fault("console_error", fault),
        What::FailedRequest(request) => of_request("failed_request", request),
        What::HttpError(request) => of_request("http_error", request),
        What::CspViolation(csp) => of_csp(csp),
        What::Crash { message } => vec!["crash".to_owned(), normalize(message).into_owned()],
        What::Dialog { dialog, message, .. } => {
            vec!["dialog".to_owned(), dialog.clone(), normalize(message).into_owned()]
        }
        What::SentryEnvelope(sent) => of_envelope(sent, &observation.page_url),
    };
    let mut hash = Md5::new();
    for part in &parts {
        hash.update(part.as_bytes());
        // Parts cannot run into each other.
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn of_fault(kind: &str, fault: &Fault) -> Vec<String> {
    let mut parts = vec![kind.to_owned(), fault.name.clone(), normalize(&fault.message).into_owned()];
    let mut places: Vec<String> = fault.frames.iter().filter(|frame| is_own(frame)).map(place).collect();
    // Recursion repeats a frame as often as the stack is deep.
    places.dedup();
    places.truncate(FRAMES);
    if places.is_empty() {
        // Built code: its function names change with each build, its file names but for the hash do not.
        places.extend(fault.frames.first().and_then(file).map(path_template));
    }
    parts.extend(places);
    parts
}

/// A frame of the user's own file, named by a source map or by itself.
fn is_own(frame: &Frame) -> bool {
    let named = frame.filename.as_deref().is_some_and(|name| !name.contains("://") && !name.starts_with('<'));
    named && frame.in_app != Some(false)
}

/// File and function, without the line.
fn place(frame: &Frame) -> String {
    let function = frame.function.as_deref().unwrap_or_default();
    let function = function.rsplit(['.', ' ']).next().unwrap_or_default();
    let function = if matches!(function, "?" | "<anonymous>" | "anonymous") { "" } else { function };
    format!("{}#{function}", file(frame).map(path_template).unwrap_or_default())
}

fn file(frame: &Frame) -> Option<&str> {
    frame.filename.as_deref().or(frame.abs_path.as_deref())
}

fn of_request(kind: &str, request: &Request) -> Vec<String> {
    let outcome = match (&request.status, &request.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => normalize(error).into_owned(),
        (None, None) => String::new(),
    };
    vec![kind.to_owned(), request.method.to_uppercase(), origin(&request.url), path_template(&request.url), outcome]
}

fn of_csp(csp: &Csp) -> Vec<String> {
    let directive = csp.directive.split_whitespace().next().unwrap_or_default();
    vec!["csp_violation".to_owned(), directive.to_owned(), origin(&csp.blocked_url), csp.disposition.clone()]
}

fn of_envelope(sent: &SentEnvelope, page: &str) -> Vec<String> {
    let mut items = sent.items.clone();
    items.sort();
    items.dedup();
    let fate = match sent.fate {
        Fate::Accepted => "accepted",
        Fate::BlockedByCsp => "blocked_by_csp",
        Fate::NotFound => "not_found",
        Fate::RedirectedToHtml => "redirected_to_html",
        Fate::RateLimited => "rate_limited",
        Fate::Rejected => "rejected",
        Fate::NetworkError => "network_error",
        Fate::Unknown => "unknown",
    };
    vec!["sentry_envelope".to_owned(), fate.to_owned(), host_kind(&sent.to, page).to_owned(), items.join(",")]
}

/// What kind of host an envelope went to: a tunnel of the page's own, this machine, Sentry itself, or another.
fn host_kind(to: &str, page: &str) -> &'static str {
    let Ok(to) = Url::parse(to) else { return "unknown" };
    let host = to.host_str().unwrap_or_default();
    match Url::parse(page) {
        Ok(page) if page.origin() == to.origin() => "tunnel",
        _ if is_local(host) => "local",
        _ if host == "sentry.io" || host.ends_with(".sentry.io") => "sentry",
        _ => "other",
    }
}

/// Scheme and host; of this machine neither port nor name, since a dev server's port changes from run to run. What is no
/// URL (`inline`, `eval`) stays as it is.
fn origin(url: &str) -> String {
    match Url::parse(url) {
        Ok(parsed) => match parsed.host_str() {
            Some(host) if is_local(host) => "local".to_owned(),
            Some(host) => format!("{}://{host}", parsed.scheme()),
            None => parsed.scheme().to_owned(),
        },
        Err(_) => url.to_owned(),
    }
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0") || host.ends_with(".localhost")
}

/// The path of a URL (or a path) with `*` for ids, numbers and content hashes, without query.
fn path_template(url: &str) -> String {
    let parsed = Url::parse(url).ok().filter(|parsed| parsed.has_host());
    let path = parsed.as_ref().map_or(url, |parsed| parsed.path());
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').map(segment_template).collect::<Vec<_>>().join("/")
}

fn segment_template(segment: &str) -> String {
    if is_uuid(segment) || is_token(segment) {
        return "*".to_owned();
    }
    let is_asset = segment.rsplit('.').next().is_some_and(|end| matches!(end, "js" | "mjs" | "cjs" | "css" | "map"));
    let mut out = String::new();
    // Hashes of bundlers may hold `-` and `_` themselves: `index-D_Ux-9aB.js`.
    if is_asset && let Some((name, rest)) = segment.split_once('-') {
        let (hash, end) = rest.split_once('.').unwrap_or((rest, ""));
        if hash.len() == 8 && is_mixed(hash) {
            return format!("{}-*.{end}", segment_template(name));
        }
    }
    for part in segment.split_inclusive(['.', '-', '_', '~']) {
        let (word, mark) = match part.char_indices().next_back() {
            Some((at, last @ ('.' | '-' | '_' | '~'))) => (part.get(..at).unwrap_or_default(), Some(last)),
            _ => (part, None),
        };
        let id = is_id(word) || (is_asset && word.len() == 8 && is_mixed(word));
        out.push_str(if id { "*" } else { word });
        out.extend(mark);
    }
    out
}

/// A number, or a hash: eight or more letters and digits with a digit among them.
fn is_id(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain && digits > 0 && (digits == word.len() || word.len() >= 8)
}

fn is_uuid(segment: &str) -> bool {
    segment.len() == 36
        && segment.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && segment.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// A build id or a token: long, with capitals, small letters and digits, and no word in it.
fn is_token(segment: &str) -> bool {
    let has = |test: fn(&u8) -> bool| segment.bytes().any(|byte| test(&byte));
    segment.len() >= 16
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Letters in mixed case, other than a capitalised word; or capitals only, as base-32 hashes are.
fn is_mixed(word: &str) -> bool {
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    plain && word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
}
