//! Finds the map of one script: by what the script and its server say, by debug id, by files of the workspace.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use memchr::memmem;
use url::Url;

use super::{
    fetch::{Body, Fetcher, Validators},
    map::Map,
    reference::{self, Facts, Reference},
    workspace::Workspace,
};
use crate::http;

/// Bytes of `.map` files that one search for a debug id reads.
const MAX_SEARCHED: u64 = 256 * 1024 * 1024;

/// Where a built script is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Script {
    /// Served.
    Url(Url),
    /// A file of the workspace, by its real path.
    File(PathBuf),
}

/// What was found for a script.
#[derive(Debug, Clone, Default)]
pub(super) struct Loaded {
    /// Its map.
    pub(super) map: Option<Arc<Map>>,
    /// The workspace's file that is the script itself: shown where there is no map.
    pub(super) itself: Option<PathBuf>,
    /// Why there is no map.
    pub(super) reason: Option<String>,
    /// It comes from files of the workspace, of which no server can say whether they have changed.
    local: bool,
    script: Version,
    link: Option<(Url, Version)>,
}

/// Which bytes were read, to ask whether they have changed.
#[derive(Debug, Clone, Default)]
struct Version {
    hash: u64,
    validators: Validators,
}

impl Loaded {
    /// Where its map was found, in words.
    pub(super) fn place(&self) -> String {
        match &self.link {
            Some((url, _)) if !self.local => format!("the map at {url}"),
            _ if self.local => "a map in the workspace".to_owned(),
            _ => "the map inside of the script".to_owned(),
        }
    }

    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::default() }
    }
}

/// Loads the map of `script`. `wanted` is the debug id that the event gives for it; `old` is what was found last time.
pub(super) async fn load(
    fetcher: &Fetcher,
    workspace: &Arc<Workspace>,
    script: &Script,
    wanted: Option<String>,
    old: Option<Arc<Loaded>>,
) -> Loaded {
    match script {
        Script::Url(url) => {
            let old_map = old.as_ref().and_then(|old| old.map.clone());
            let old = old.filter(|old| old.map.is_some() && !old.local);
            Load { fetcher, workspace, url, wanted, old, old_map }.url().await
        }
        Script::File(path) => {
            let (workspace, path) = (workspace.clone(), path.clone());
            blocking(move || file(&workspace, path, wanted, old)).await.unwrap_or_else(Loaded::failed)
        }
    }
}

struct Load<'a> {
    fetcher: &'a Fetcher,
    workspace: &'a Arc<Workspace>,
    url: &'a Url,
    wanted: Option<String>,
    /// What may be asked for again.
    old: Option<Arc<Loaded>>,
    /// Not parsed again when its bytes are the same.
    old_map: Option<Arc<Map>>,
}

impl Load<'_> {
    async fn url(self) -> Loaded {
        let old = self.old.clone();
        let known_link = old.as_ref().and_then(|old| old.link.clone());
        // A rebuild may change the map and leave the script as it was: ask for both, at once.
        let (script, known_map) =
            tokio::join!(self.fetcher.get(self.url, old.as_ref().map(|old| &old.script.validators)), async {
                match &known_link {
                    Some((link, version)) => Some(self.fetcher.get(link, Some(&version.validators)).await),
                    None => None,
                }
            });
        let body = match (script, &old) {
            (Err(why), _) => {
                return self.local(None, None, format!("{} cannot be fetched: {why}", self.url)).await;
            }
            (Ok(None), Some(old)) => return self.again(old, known_map).await,
            (Ok(None), None) => return Loaded::failed("the server answered 304 to a first request"),
            (Ok(Some(body)), _) => body,
        };
        if let Some(old) = &old
            && reference::hash(&body.bytes) == old.script.hash
        {
            return self.again(old, known_map).await;
        }
        self.script(body).await
    }

    /// The script is the same: so is its map, unless its server gives another.
    async fn again(&self, old: &Arc<Loaded>, map: Option<Result<Option<Body>, String>>) -> Loaded {
        match (map, &old.link) {
            (Some(Ok(Some(body))), Some((link, version))) if reference::hash(&body.bytes) != version.hash => {
                let facts = Facts { reference: None, debug_id: None, hash: old.script.hash };
                let loaded = Loaded { script: old.script.clone(), ..Loaded::default() };
                self.linked(loaded, link.clone(), Ok(Some(body)), facts, None).await
            }
            (Some(Err(why)), Some((link, _))) => {
                self.local(None, None, format!("{link} cannot be fetched: {why}")).await
            }
            _ => Loaded::clone(old),
        }
    }

    async fn script(self, body: Body) -> Loaded {
        let mut facts = reference::read(&body.bytes, body.source_map.as_deref());
        let script = Version { hash: facts.hash, validators: body.validators };
        let loaded = Loaded { script, ..Loaded::default() };
        let bytes = body.bytes;
        match facts.reference.take() {
            Some(Reference::Inline(map)) => {
                let old = self.old_map.clone();
                let parsed = blocking(move || Map::parse(&map, None, old.as_ref())).await.and_then(|parsed| parsed);
                self.settled(loaded, parsed, facts, Some(bytes)).await
            }
            Some(Reference::Link(link)) => match self.permitted(&link) {
                Ok(link) => {
                    let got = self.fetcher.get(&link, None).await;
                    self.linked(loaded, link, got, facts, Some(bytes)).await
                }
                Err(why) => self.settled(loaded, Err(why), facts, Some(bytes)).await,
            },
            Some(Reference::Broken(why)) => self.settled(loaded, Err(why.to_owned()), facts, Some(bytes)).await,
            None => {
                let why = format!("{} names no source map", self.url);
                self.settled(loaded, Err(why), facts, Some(bytes)).await
            }
        }
    }

    /// A map may come from the script's own origin; and from this machine when the script does.
    fn permitted(&self, link: &str) -> Result<Url, String> {
        let link_url = self.url.join(link).map_err(|error| format!("its source map's address is wrong: {error}"))?;
        let near =
            link_url.origin() == self.url.origin() || (http::is_loopback(self.url) && http::is_loopback(&link_url));
        match near {
            true => Ok(link_url),
            false => Err(format!("its source map is on another host ({})", link_url.host_str().unwrap_or("none"))),
        }
    }

    async fn linked(
        &self,
        mut loaded: Loaded,
        link: Url,
        got: Result<Option<Body>, String>,
        facts: Facts,
        script: Option<Vec<u8>>,
    ) -> Loaded {
        let parsed = match got {
            Err(why) => Err(format!("{link} cannot be fetched: {why}")),
            Ok(None) => Err(format!("{link} answered 304 to a first request")),
            Ok(Some(body)) => {
                let version = Version { hash: reference::hash(&body.bytes), validators: body.validators };
                loaded.link = Some((link.clone(), version));
                let old = self.old_map.clone();
                let parsed =
                    blocking(move || Map::parse(&body.bytes, None, old.as_ref())).await.and_then(|parsed| parsed);
                parsed.map_err(|why| format!("{link}: {why}"))
            }
        };
        self.settled(loaded, parsed, facts, script).await
    }

    /// Takes the map if it is of the build that the event came from; else looks in the workspace.
    async fn settled(
        &self,
        mut loaded: Loaded,
        parsed: Result<Arc<Map>, String>,
        facts: Facts,
        script: Option<Vec<u8>>,
    ) -> Loaded {
        let why = match parsed {
            Ok(map) => {
                let build = map.debug_id.clone().or_else(|| facts.debug_id.clone());
                match (&self.wanted, build) {
                    (Some(wanted), Some(build)) if *wanted != build => {
                        let why =
                            format!("the server's map is of another build: debug id {build}, the event's is {wanted}");
                        // Nor is a file that equals the served script: only the id itself can be trusted.
                        return self.by_debug_id(wanted.clone(), why).await;
                    }
                    _ => {
                        loaded.map = Some(map);
                        return loaded;
                    }
                }
            }
            Err(why) => why,
        };
        let found = self.local(script, facts.debug_id, why).await;
        Loaded { map: found.map, itself: found.itself, reason: found.reason, local: true, ..loaded }
    }

    async fn by_debug_id(&self, id: String, why: String) -> Loaded {
        let (workspace, old) = (self.workspace.clone(), self.old_map.clone());
        match blocking(move || by_debug_id(&workspace, &id, old.as_ref())).await {
            Ok(Some(map)) => Loaded { map: Some(map), local: true, ..Loaded::default() },
            _ => Loaded::failed(why),
        }
    }

    async fn local(&self, script: Option<Vec<u8>>, debug_id: Option<String>, why: String) -> Loaded {
        let workspace = self.workspace.clone();
        let path = self.url.path().to_owned();
        let id = self.wanted.clone().or(debug_id);
        let old = self.old_map.clone();
        blocking(move || local(&workspace, &path, script.as_deref(), id, why, old.as_ref()))
            .await
            .unwrap_or_else(Loaded::failed)
    }
}

/// Runs `work` off the async threads; a panic in it (a map made to break the parser) is an error like any other.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|_| "the source map broke its parser".to_owned())
}

/// Looks in the workspace for the map of a script that is served at `path`. Blocking.
fn local(
    workspace: &Workspace,
    path: &str,
    script: Option<&[u8]>,
    debug_id: Option<String>,
    why: String,
    old: Option<&Arc<Map>>,
) -> Loaded {
    if let Some(map) = debug_id.as_deref().and_then(|id| by_debug_id(workspace, id, old)) {
        return Loaded { map: Some(map), local: true, ..Loaded::default() };
    }
    let path = match path.ends_with('/') {
        true => format!("{path}index.html"),
        false => path.to_owned(),
    };
    let built = match script {
        Some(script) => workspace.same_bytes(&path, script),
        // A hash in its name says which build it is; without the script nothing else does.
        None => workspace.only(&path).filter(|_| has_hash(&path)),
    };
    let Some(built) = built else { return Loaded::failed(why) };
    match beside(workspace, &built, script, old) {
        Some(Ok(map)) if debug_id.is_none() || map.debug_id.is_none() || map.debug_id == debug_id => {
            Loaded { map: Some(map), local: true, ..Loaded::default() }
        }
        Some(Err(bad)) => Loaded { itself: Some(built), ..Loaded::failed(format!("{why}; {bad}")) },
        _ => Loaded { itself: Some(built), ..Loaded::failed(why) },
    }
}

/// The map of a built file: inline, where its comment leads, or `<file>.map`. Blocking.
fn beside(
    workspace: &Workspace,
    built: &Path,
    script: Option<&[u8]>,
    old: Option<&Arc<Map>>,
) -> Option<Result<Arc<Map>, String>> {
    let read;
    let script = match script {
        Some(script) => script,
        None => {
            read = workspace.read(built)?;
            &read
        }
    };
    let folder = built.parent()?.to_owned();
    let mut links = Vec::new();
    match reference::read(script, None).reference {
        Some(Reference::Inline(map)) => return Some(Map::parse(&map, Some(folder), old)),
        Some(Reference::Link(link)) => {
            let link = link.split(['?', '#']).next().unwrap_or_default().to_owned();
            links.push(folder.join(link.strip_prefix("file://").unwrap_or(&link)));
        }
        Some(Reference::Broken(why)) => return Some(Err(why.to_owned())),
        None => {}
    }
    let mut name = built.file_name()?.to_owned();
    name.push(".map");
    links.push(folder.join(name));
    let map = links.into_iter().find_map(|link| workspace.inside(&link))?;
    let bytes = workspace.read(&map)?;
    Some(Map::parse(&bytes, map.parent().map(Path::to_owned), old))
}

/// The map of the workspace that carries this debug id. Blocking.
fn by_debug_id(workspace: &Workspace, id: &str, old: Option<&Arc<Map>>) -> Option<Arc<Map>> {
    let mut left = MAX_SEARCHED;
    for path in &workspace.index().maps {
        let Some(bytes) = workspace.read(Path::new(path)) else { continue };
        let Some(rest) = left.checked_sub(bytes.len() as u64) else {
            tracing::debug!("more than {MAX_SEARCHED} bytes of maps: the rest is not searched for {id}");
            return None;
        };
        left = rest;
        if memmem::find(&bytes, id.as_bytes()).is_none() && memmem::find(&bytes, id.to_uppercase().as_bytes()).is_none()
        {
            continue;
        }
        let folder = workspace.inside(Path::new(path)).and_then(|real| real.parent().map(Path::to_owned));
        match Map::parse(&bytes, folder, old) {
            Ok(map) if map.debug_id.as_deref() == Some(id) => return Some(map),
            Ok(_) => {}
            Err(why) => tracing::debug!("{path}: {why}"),
        }
    }
    None
}

/// A script that is a file of the workspace (Node, a `file:` page). Blocking.
fn file(workspace: &Workspace, path: PathBuf, wanted: Option<String>, old: Option<Arc<Loaded>>) -> Loaded {
    let Some(bytes) = workspace.read(&path) else {
        return Loaded::failed("the file cannot be read, or is larger than 32 MiB");
    };
    let old = old.as_ref().and_then(|old| old.map.as_ref());
    match beside(workspace, &path, Some(&bytes), old) {
        Some(Ok(map)) if wanted.is_none() || map.debug_id.is_none() || map.debug_id == wanted => {
            Loaded { map: Some(map), local: true, ..Loaded::default() }
        }
        Some(Err(why)) => Loaded { itself: Some(path), ..Loaded::failed(why) },
        Some(Ok(_)) | None => match wanted.as_deref().and_then(|id| by_debug_id(workspace, id, old)) {
            Some(map) => Loaded { map: Some(map), local: true, ..Loaded::default() },
            None => Loaded { itself: Some(path), ..Loaded::failed("the file has no source map") },
        },
    }
}

/// Whether a file name holds a content hash, as bundlers write them: `index-BX3kfa9c.js`, `main.4f2a9c1e.js`.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(['.', '-', '_']).any(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.len() >= 8 && digits > 0 && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
