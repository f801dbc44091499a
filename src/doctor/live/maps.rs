//! Source maps that anyone can fetch.

use futures_util::future::join_all;
use url::Url;

use super::{
    fetch::{Prober, Sent},
    pages::PageSeen,
};

/// Scripts whose maps are looked for.
const MAX_SCRIPTS: usize = 4;
/// The beginning of a map says what it is.
const BEGIN: usize = 2 * 1024;

/// A source map that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapSeen {
    /// Its script.
    pub script: Url,
    /// Its own address.
    pub map: Url,
    /// The beginning of it.
    pub begin: String,
}

/// Asks for the maps of scripts of the app's own origin.
pub(super) async fn look(prober: &Prober, pages: &[PageSeen]) -> Vec<MapSeen> {
    let mut scripts: Vec<Url> = Vec::new();
    for page in pages {
        let Some(answer) = page.answer() else { continue };
        let own = page.scripts.iter().filter_map(|script| answer.url.join(&script.src).ok());
        for url in own.filter(|url| url.origin() == answer.url.origin()) {
            if !scripts.contains(&url) && scripts.len() < MAX_SCRIPTS {
                scripts.push(url);
            }
        }
    }
    join_all(scripts.into_iter().map(|script| map(prober, script))).await.into_iter().flatten().collect()
}

async fn map(prober: &Prober, script: Url) -> Option<MapSeen> {
    let mut map = script.clone();
    map.set_query(None);
    map.set_path(&format!("{}.map", script.path()));
    let sent = Sent::get(map.clone(), BEGIN).with("range", format!("bytes=0-{}", BEGIN - 1));
    let exchange = prober.send(sent).await;
    let answer = exchange.answer().filter(|answer| matches!(answer.status, 200 | 206) && !answer.is_html())?;
    let text = answer.text();
    let is_map = text.trim_start().starts_with('{') && text.contains("\"version\"") && text.contains("\"sources\"")
        || text.trim_start().starts_with("{\"version\":3");
    is_map.then(|| MapSeen { script, map, begin: answer.begin() })
}
