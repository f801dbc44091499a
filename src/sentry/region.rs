//! Regions of Sentry's cloud: which host has an organization's data. The token goes to hosts under sentry.io only, whatever
//! an answer says.

use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Connection, failure::Failure, request::Request, value::Read};
use crate::config::is_saas;

/// The region of an organization: `links.regionUrl` where it is one of Sentry's, else the configured host.
pub(super) async fn of(connection: &Connection, slug: &str, cancel: &CancellationToken) -> Result<Url, Failure> {
    let request = Request::get("/organizations/{organization_id_or_slug}/", &[]);
    let answer = connection.send(connection.base(), slug, &request, cancel).await?.json()?;
    let named = answer.at("links").text("regionUrl");
    Ok(named.and_then(|named| accepted(connection, &named)).unwrap_or_else(|| connection.base().clone()))
}

/// Every region there is; the configured host alone where that cannot be learned.
pub(super) async fn all(connection: &Connection, cancel: &CancellationToken) -> Vec<Url> {
    let alone = vec![connection.base().clone()];
    if !connection.is_saas() {
        return alone;
    }
    // Undocumented; the official clients ask it, and older servers do not have it.
    let Ok(answer) = connection.send(connection.base(), "", &Request::get("/users/me/regions/", &[]), cancel).await
    else {
        return alone;
    };
    let Ok(answer) = answer.json() else { return alone };
    let named = answer.at("regions").items().filter_map(|region| accepted(connection, &region.text("url")?));
    let regions: Vec<Url> = named.take(10).collect();
    if regions.is_empty() { alone } else { regions }
}

fn accepted(connection: &Connection, named: &str) -> Option<Url> {
    let mut url = Url::parse(named).ok()?;
    if !is_saas(&url) || !url.username().is_empty() || url.password().is_some() {
        tracing::warn!(host = connection.host(), "the answer names a region that is not Sentry's; it is not used");
        return None;
    }
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}
