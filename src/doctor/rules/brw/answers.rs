//! What the answer to an envelope means, and what to do about it.

use crate::doctor::page::Answer;

/// What an answer that took no envelope means: a short name for it, in words, and what to do.
pub(super) struct Meaning {
    /// The same for the same cause: `login`, `404`.
    pub key: &'static str,
    /// What happened, as the end of a sentence whose subject is the address.
    pub what: String,
    /// What to do.
    pub step: &'static str,
    /// Only some envelopes are lost by it.
    pub partial: bool,
}

/// The meaning of an answer.
pub(super) fn meaning(answer: &Answer) -> Meaning {
    let of = |key, what: String, step| Meaning { key, what, step, partial: false };
    let through = match answer.redirects.first() {
        Some((0, to)) => format!("redirects to {to}"),
        Some((status, to)) => format!("redirects with {status} to {to}"),
        None => String::new(),
    };
    let is_page = answer.mime.contains("html") || answer.body.trim_start().starts_with('<');
    match (answer.redirects.first(), answer.status) {
        (Some((_, to)), _) if is_login(to) => of(
            "login",
            format!("{through}: a check of the session catches it"),
            "Leave this path out of the middleware or guard that asks for a session.",
        ),
        (Some(_), _) => of(
            "redirect",
            format!("{through}, where {} is the answer", answer.status),
            "Give `tunnel` the address at its end, or leave this path out of what redirects.",
        ),
        (None, 200..=299) if is_page => of(
            "page",
            format!("answers {} with a page: no endpoint is there, a page is", answer.status),
            "Give `tunnel` the path of a handler that passes envelopes on, or make that handler.",
        ),
        (None, 400) => of(
            "400",
            "answers 400: it could not read the envelope".to_owned(),
            "Let the handler pass the body on as bytes (`arrayBuffer`), unchanged.",
        ),
        (None, 401 | 403) => of(
            "forbidden",
            format!("answers {}: it does not allow this DSN, or wants a session", answer.status),
            "Compare the DSN of the SDK with the host and project that the endpoint allows; leave it out of guards.",
        ),
        (None, 404 | 410) => of(
            "404",
            format!("answers {}: nothing is there", answer.status),
            "Make a handler for this path, or give `tunnel` the path of the one that is there (with its base path).",
        ),
        (None, 405) => {
            of("405", "answers 405: its handler takes no POST".to_owned(), "Export a POST handler at this path.")
        }
        (None, 411 | 413) => Meaning {
            partial: true,
            ..of(
                "413",
                format!("answers {}: it does not take bodies of this size", answer.status),
                "Raise the limit of the proxy or handler for this path: recordings need 10 MiB and more.",
            )
        },
        (None, 429) => Meaning {
            partial: true,
            ..of(
                "429",
                "answers 429: the SDK sends no more until the time is up".to_owned(),
                "Look at quota and rate limits of the project; behind a tunnel, pass the client's address on.",
            )
        },
        (None, status) => {
            of("refused", format!("answers {status}"), "Look into the log of what answers at this address.")
        }
    }
}

/// What was answered, as evidence.
pub(super) fn shown(answer: &Answer) -> String {
    let mut words: Vec<String> = Vec::new();
    for (status, to) in &answer.redirects {
        words.push(if *status == 0 { format!("→ {to}") } else { format!("{status} → {to}") });
    }
    words.push(format!("{} {} {}", answer.method, answer.status, answer.mime));
    words.extend(answer.error.as_ref().map(|error| format!("X-Sentry-Error: {error}")));
    words.extend(answer.limits.as_ref().map(|limits| format!("limits: {limits}")));
    if !answer.body.is_empty() {
        words.push(answer.body.clone());
    }
    words.join(" · ")
}

fn is_login(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    let mut parts = address.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    parts.any(|part| {
        let words =
            ["login", "log-in", "signin", "sign-in", "sign_in", "auth", "oauth", "oauth2", "sso", "session", "logon"];
        words.contains(&part)
    })
}
