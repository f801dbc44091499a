//! What an answer to an empty envelope means.

use url::Url;

use crate::doctor::live::answer::{Answer, Exchange};

/// What an answer means. An empty envelope names no DSN: a tunnel that works refuses it, or hands it to Sentry, who does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// Sentry (or the local sink) answered through it.
    Upstream,
    /// It was taken: 2xx with JSON, a short text or nothing.
    Taken,
    /// Refused with 400, as a handler does with an envelope that names no DSN.
    Refused,
    /// 403 without a page: a handler that allows no such DSN, or a guard before it.
    Denied,
    /// 500: a handler that trips over an envelope without a DSN, or one that fails with every envelope.
    Tripped,
    /// Redirected to a login.
    Login,
    /// Redirected to an address with a locale.
    Locale,
    /// Redirected to the address with or without a slash at its end.
    Slash,
    /// Redirected from http to https.
    Secure,
    /// Redirected elsewhere.
    Redirected,
    /// 401.
    Unauthorized,
    /// 403 with a page: a firewall, a check of CSRF.
    Forbidden,
    /// 404 or 410: nobody is there.
    Missing,
    /// 405.
    Method,
    /// 411.
    Length,
    /// 413.
    TooLarge,
    /// 415 or 422: something else than an envelope is wanted.
    Kind,
    /// 429.
    Limited,
    /// 200 with a page.
    Page,
    /// 400 with a page, or another status that no tunnel answers.
    Odd,
    /// 502, 503, 504, …
    Failing,
    /// No answer.
    Unanswered,
}

/// Words of addresses that ask who someone is.
const LOGIN: [&str; 16] = [
    "login",
    "signin",
    "sign-in",
    "sign_in",
    "log-in",
    "logon",
    "auth",
    "oauth",
    "oauth2",
    "sso",
    "signup",
    "sign-up",
    "authorize",
    "accounts",
    "session",
    "unauthorized",
];

impl Symptom {
    /// What a post that may have been redirected means.
    pub fn of(exchange: &Exchange) -> Self {
        let followed = exchange.hops.first().map(|hop| (hop.url.clone(), hop.to.clone()));
        let stopped = || exchange.answer().and_then(|answer| Some((answer.url.clone(), answer.location()?)));
        match followed.or_else(stopped) {
            Some((from, to)) => redirect(&from, &to),
            None => Self::of_end(exchange),
        }
    }

    /// What the last answer alone means.
    pub fn of_end(exchange: &Exchange) -> Self {
        let Some(answer) = exchange.answer() else { return Self::Unanswered };
        if answer.is_relay() && !matches!(answer.status, 404 | 405 | 413 | 429) {
            return Self::Upstream;
        }
        of_status(answer)
    }

    /// Whether a tunnel that works can answer so.
    pub fn may_work(self) -> bool {
        matches!(self, Self::Upstream | Self::Taken | Self::Refused | Self::Denied | Self::Tripped)
    }

    /// Whether it is a redirect that leads to the same place by another name.
    pub fn is_other_name(self) -> bool {
        matches!(self, Self::Locale | Self::Slash | Self::Secure | Self::Redirected)
    }

    /// Whether no more than the answer to a real envelope tells if it works.
    pub fn is_unclear(self) -> bool {
        matches!(self, Self::Denied | Self::Tripped)
    }

    /// Its name in results.
    pub fn word(self) -> &'static str {
        match self {
            Self::Upstream => "sentry_answers",
            Self::Taken => "taken",
            Self::Refused => "refused_as_it_must",
            Self::Denied => "denied",
            Self::Tripped => "server_error",
            Self::Login => "login_redirect",
            Self::Locale => "locale_redirect",
            Self::Slash => "slash_redirect",
            Self::Secure => "https_redirect",
            Self::Redirected => "redirect",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Missing => "not_found",
            Self::Method => "method_not_allowed",
            Self::Length => "length_required",
            Self::TooLarge => "too_large",
            Self::Kind => "wrong_content_type",
            Self::Limited => "rate_limited",
            Self::Page => "html_page",
            Self::Odd => "odd_answer",
            Self::Failing => "bad_gateway",
            Self::Unanswered => "no_answer",
        }
    }
}

fn of_status(answer: &Answer) -> Symptom {
    let html = answer.is_html();
    match answer.status {
        200..=299 if html => Symptom::Page,
        200..=299 => Symptom::Taken,
        400 if html => Symptom::Odd,
        400 => Symptom::Refused,
        401 | 407 => Symptom::Unauthorized,
        403 if html || is_csrf(answer) => Symptom::Forbidden,
        403 => Symptom::Denied,
        404 | 410 => Symptom::Missing,
        405 | 501 => Symptom::Method,
        411 => Symptom::Length,
        413 => Symptom::TooLarge,
        415 | 422 => Symptom::Kind,
        429 => Symptom::Limited,
        500 => Symptom::Tripped,
        502..=599 => Symptom::Failing,
        _ => Symptom::Odd,
    }
}

/// Whether a check against forged requests refused it.
pub(in crate::doctor::live) fn is_csrf(answer: &Answer) -> bool {
    let text = answer.text().to_ascii_lowercase();
    text.contains("csrf") || text.contains("cross-site post")
}

fn redirect(from: &Url, to: &Url) -> Symptom {
    let same_host = from.host() == to.host();
    let bare = |url: &Url| url.path().trim_end_matches('/').to_owned();
    if same_host && bare(from) == bare(to) {
        return match from.scheme() != to.scheme() {
            true => Symptom::Secure,
            false => Symptom::Slash,
        };
    }
    let parts = |url: &Url| -> Vec<String> {
        let parts = url.path_segments().map(|parts| parts.filter(|part| !part.is_empty()).map(str::to_ascii_lowercase));
        parts.map(Iterator::collect).unwrap_or_default()
    };
    let (old, new) = (parts(from), parts(to));
    if same_host && new.split_first().is_some_and(|(first, rest)| is_locale(first) && rest == old.as_slice()) {
        return Symptom::Locale;
    }
    let asks = new.iter().any(|part| {
        LOGIN.contains(&part.as_str()) || part.split(['-', '_', '.']).any(|word| word == "login" || word == "signin")
    });
    let returns = to.query_pairs().any(|(_, value)| value.len() > 1 && value.contains(from.path()));
    let host = to.host_str().unwrap_or_default();
    let elsewhere =
        !same_host && ["login.", "auth.", "accounts.", "sso.", "id."].iter().any(|name| host.starts_with(name));
    if asks || returns || elsewhere { Symptom::Login } else { Symptom::Redirected }
}

/// `en`, `pt-br`, `zh-hans`
fn is_locale(part: &str) -> bool {
    let mut words = part.split(['-', '_']);
    let letters = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let language = words.next().is_some_and(|word| matches!(word.len(), 2 | 3) && letters(word));
    let rest: Vec<&str> = words.collect();
    language
        && rest.len() <= 2
        && rest.iter().all(|word| (2..=4).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric()))
}
