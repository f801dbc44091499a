//! Addresses in scenarios: a base, and paths under it.

use url::Url;

use super::template;
use crate::{
    error::{Result, ToolError},
    report::Text,
};

/// Reads a base address: `http` or `https`, without credentials, query or fragment.
pub fn base(text: &str) -> Result<Url> {
    let wrong = |why: &str| {
        ToolError::new(
            format!("base_url {} {why}.", Text::quoted(text, 200)),
            "Give it like http://127.0.0.1:3000, with nothing but a path behind it.",
        )
    };
    let url = Url::parse(text).map_err(|_| wrong("is not an address"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("does not begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // It would stand in every report.
        return Err(ToolError::new(
            "base_url holds a user name or a password.",
            "Leave credentials out of the address; fill in a login form with ${NAME} instead.",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a query or a fragment"));
    }
    Ok(url)
}

/// Whether a `navigate` may have this value: a path, an address, or `back`, `forward`, `reload`.
pub fn check_navigation(text: &str) -> Result<()> {
    let has_variables = template::variables(text).is_ok_and(|names| !names.is_empty());
    if has_variables || is_history(text) || is_path(text) || absolute(text).is_some() {
        return Ok(());
    }
    Err(ToolError::new(
        format!(
            "`navigate` goes to a path that begins with `/`, to an http(s) address, or `back`, `forward`, `reload`; not to {}",
            Text::quoted(text, 100)
        ),
        "Write the path under base_url: /checkout.",
    ))
}

/// The address that a `navigate` goes to.
pub fn resolve(base_url: Option<&str>, text: &str) -> Result<String> {
    if is_history(text) {
        return Ok(text.to_owned());
    }
    if let Some(url) = absolute(text) {
        return Ok(url.into());
    }
    let Some(base_url) = base_url else {
        return Err(ToolError::new(
            format!("The scenario goes to the path {}, and has no base_url.", Text::quoted(text, 100)),
            "Write base_url in the scenario, or give it with the call (--base-url at a shell).",
        ));
    };
    // The path of the base stays: base http://h/app and path /x make http://h/app/x.
    Ok(format!("{}{text}", base(base_url)?.as_str().trim_end_matches('/')))
}

/// Splits an address into its origin and the rest; none = it is no http(s) address. `localhost:3000/x` counts as http.
pub fn split(text: &str) -> Option<(String, String)> {
    let url = absolute(text).or_else(|| match text.contains("://") || is_path(text) || is_history(text) {
        true => None,
        false => absolute(&format!("http://{text}")),
    })?;
    let origin = url.origin().ascii_serialization();
    let mut rest = url.path().to_owned();
    if let Some(query) = url.query() {
        rest = format!("{rest}?{query}");
    }
    if let Some(fragment) = url.fragment() {
        rest = format!("{rest}#{fragment}");
    }
    Some((origin, rest))
}

fn absolute(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && !text.starts_with("//")
}

fn is_history(text: &str) -> bool {
    matches!(text, "back" | "forward" | "reload")
}
