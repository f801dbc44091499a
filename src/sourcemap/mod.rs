//! Frames of built code → the user's own files, with code context. Never on the intake path; cached; bounded.

mod apply;
mod cache;
mod fetch;
mod load;
mod locate;
mod map;
mod reference;
mod scope;
mod source_name;
mod workspace;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, timeout_at};
use url::Url;

use self::{
    cache::{Cache, Key, Search},
    fetch::Fetcher,
    load::{Loaded, Script},
    workspace::Workspace,
};
use crate::event::{DebugImage, Frame, quoted};

/// Bytes of maps kept in memory, as they were read.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Scripts that one call looks for; a longer stack has the same few.
const MAX_SCRIPTS: usize = 50;

/// Resolves frames of built code. Cheap to clone; keeps parsed maps in a bounded cache.
#[derive(Clone)]
pub struct Resolver {
    inner: Arc<Inner>,
}

struct Inner {
    fetcher: Fetcher,
    workspace: Arc<Workspace>,
    cache: Mutex<Cache>,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").field("workspace", &self.inner.workspace).finish_non_exhaustive()
    }
}

impl Resolver {
    /// A resolver that finds sources in `workspace`.
    pub fn new(workspace: PathBuf) -> Self {
        Self::with_cache(workspace, CACHE_BYTES)
    }

    /// A resolver whose cache holds at most `bytes` of maps.
    pub fn with_cache(workspace: PathBuf, bytes: usize) -> Self {
        let inner = Inner {
            fetcher: Fetcher::default(),
            workspace: Arc::new(Workspace::new(&workspace)),
            cache: Mutex::new(Cache::new(bytes)),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Maps frames in place: by debug id, by the map that the script's server gives, or by files in the workspace. What
    /// cannot be mapped stays as it is. Bounded: returns after at most `limit` with what it has.
    pub async fn resolve(&self, frames: &mut [Frame], images: &[DebugImage], limit: Duration) {
        let until = Instant::now() + limit;
        let keys: Vec<Option<Key>> = frames.iter().map(|frame| self.key(frame, images)).collect();
        let mut searches = FuturesUnordered::new();
        let mut wanted: Vec<&Key> = Vec::new();
        for key in keys.iter().flatten() {
            if !wanted.contains(&key) && wanted.len() < MAX_SCRIPTS {
                wanted.push(key);
                searches.push(self.search(key.clone()).map(move |loaded| (key, loaded)));
            }
        }
        let mut found: HashMap<Key, Arc<Loaded>> = HashMap::new();
        while let Ok(Some((key, loaded))) = timeout_at(until, searches.next()).await {
            found.insert(key.clone(), loaded);
        }
        drop(searches);
        if found.is_empty() {
            return;
        }
        let work: Vec<_> =
            keys.iter().map(|key| key.as_ref().and_then(|key| found.get(key)).cloned()).zip(frames.to_vec()).collect();
        let workspace = self.inner.workspace.clone();
        let done = tokio::task::spawn_blocking(move || {
            let one = |(loaded, mut frame): (Option<Arc<Loaded>>, Frame)| {
                if let Some(loaded) = loaded {
                    apply::apply(&workspace, &mut frame, &loaded);
                }
                frame
            };
            work.into_iter().map(one).collect::<Vec<Frame>>()
        });
        if let Ok(Ok(mapped)) = timeout_at(until, done).await {
            for (frame, mapped) in frames.iter_mut().zip(mapped) {
                *frame = mapped;
            }
        }
    }

    /// Finds the files of the workspace that frames are of, by the longest end that their paths share. Bounded: after `limit`
    /// frames are left as they are.
    pub async fn locate(&self, frames: &mut [Frame], limit: Duration) {
        let (workspace, mut work) = (self.inner.workspace.clone(), frames.to_vec());
        let done = tokio::task::spawn_blocking(move || {
            locate::locate(&workspace, &mut work);
            work
        });
        if let Ok(Ok(located)) = tokio::time::timeout(limit, done).await {
            frames.clone_from_slice(&located);
        }
    }

    /// Makes the next call ask again whether scripts and maps have changed (after a rebuild, a navigation).
    pub fn forget(&self) {
        self.cache().forget();
        self.inner.workspace.forget();
    }

    /// Tells that the browser opened this page: its host may be fetched from even when its address is private.
    pub fn page(&self, url: &Url) {
        self.inner.fetcher.trusted().add(url);
    }

    /// Why a frame is not mapped, as far as the last search tells.
    pub fn explain(&self, frame: &Frame) -> Option<String> {
        let (script, _) = self.key(frame, &[])?;
        let cache = self.cache();
        let mut found = cache.peek(&script).peekable();
        found.peek()?;
        let place = frame.location().unwrap_or_default();
        Some(match found.find_map(|loaded| loaded.reason.clone()) {
            Some(reason) => format!("no source map: {reason}"),
            None => format!("its source map says nothing of {}", quoted(&place, 160)),
        })
    }

    /// Where the map of a mapped frame was found, as far as the last search tells, and the debug id that it has.
    pub fn found(&self, frame: &Frame) -> Option<(String, Option<String>)> {
        let script = self.script(&frame.generated.as_ref()?.abs_path)?;
        let cache = self.cache();
        cache.peek(&script).find_map(|loaded| Some((loaded.place(), loaded.map.as_ref()?.debug_id.clone())))
    }

    /// Bytes of maps in memory.
    pub fn cached_bytes(&self) -> usize {
        self.cache().bytes()
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.inner.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which script a frame is of, and the debug id that the event gives for it. None = nothing to map.
    fn key(&self, frame: &Frame, images: &[DebugImage]) -> Option<Key> {
        if frame.generated.is_some() || frame.lineno.is_none_or(|line| line == 0) {
            return None;
        }
        let names = [frame.abs_path.as_deref(), frame.filename.as_deref()];
        let script = names.into_iter().flatten().find_map(|name| self.script(name))?;
        let debug_id = images
            .iter()
            .find(|image| names.contains(&Some(image.code_file.as_str())))
            .and_then(|image| reference::normal_debug_id(&image.debug_id));
        Some((script, debug_id))
    }

    fn script(&self, name: &str) -> Option<Script> {
        match Url::parse(name) {
            Ok(mut url) if matches!(url.scheme(), "http" | "https") => {
                url.set_fragment(None);
                may_be_script(&url).then_some(Script::Url(url))
            }
            Ok(url) if url.scheme() == "file" => {
                self.inner.workspace.inside(&url.to_file_path().ok()?).map(Script::File)
            }
            _ if Path::new(name).is_absolute() => self.inner.workspace.inside(Path::new(name)).map(Script::File),
            _ => None,
        }
    }

    /// What is known of a script; searches for it, or joins the search that runs.
    fn search(&self, key: Key) -> Search {
        let mut cache = self.cache();
        let old = match cache.get(&key) {
            Some((loaded, true)) => return async move { loaded }.boxed().shared(),
            Some((loaded, false)) => Some(loaded),
            None => None,
        };
        if let Some(search) = cache.searches.get(&key) {
            return search.clone();
        }
        let generation = cache.generation;
        let (inner, wanted) = (self.inner.clone(), key.clone());
        // A task of its own: who waits may give up, and the next one finds the map all the same. It ends by itself, since
        // each request in it is bounded.
        let task = tokio::spawn(async move {
            let loaded = load::load(&inner.fetcher, &inner.workspace, &wanted.0, wanted.1.clone(), old).await;
            if let Some(reason) = &loaded.reason {
                tracing::debug!(script = ?wanted.0, "no source map: {reason}");
            }
            let loaded = Arc::new(loaded);
            let mut cache = inner.cache.lock().unwrap_or_else(PoisonError::into_inner);
            if cache.generation == generation {
                cache.searches.remove(&wanted);
            }
            cache.put(wanted, generation, loaded.clone());
            loaded
        });
        let search = async move { task.await.unwrap_or_else(|_| Arc::new(Loaded::failed("the search ended early"))) }
            .boxed()
            .shared();
        cache.searches.insert(key, search.clone());
        search
    }
}

/// Whether a GET of this address is a GET of a script: a page's own address may do things (a one-time link).
fn may_be_script(url: &Url) -> bool {
    let path = url.path();
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some(
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte" | "astro" | "html" | "htm"
            | "bundle",
        ) => true,
        Some(_) => false,
        // `/` is a page with its own script; `/@vite/client`, `/@id/…` are scripts of a dev server.
        None => path == "/" || path.starts_with("/@"),
    }
}
