//! A parsed source map, and the lookup of one place in it.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use sourcemap::{DecodedMap, RawToken, SourceMap};

use super::{
    reference::{hash, normal_debug_id},
    scope::Scopes,
};

/// A parsed map: lookups are cheap, and never panic whatever the map says.
pub(super) struct Map {
    map: SourceMap,
    /// Lower-case UUID with dashes.
    pub(super) debug_id: Option<String>,
    /// Bytes of the map as it was read: what it weighs in the cache.
    pub(super) bytes: usize,
    /// Of the bytes.
    hash: u64,
    /// The folder it was read from, when it is a file: its relative sources begin there.
    pub(super) folder: Option<PathBuf>,
    /// Function scopes of sources, found once per source.
    scopes: Mutex<HashMap<u32, Arc<Scopes>>>,
}

/// A place in an original source. Lines and columns are 0-based, as maps have them.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// Index of the source in its map.
    pub(super) id: u32,
    /// Its name, with `sourceRoot`.
    pub(super) source: &'a str,
    /// Line.
    pub(super) line: u32,
    /// Column, in UTF-16 units.
    pub(super) column: u32,
    /// `sourcesContent`.
    pub(super) content: Option<&'a str>,
    /// The bundler says that debuggers may ignore it (`ignoreList`).
    pub(super) ignored: bool,
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Map").field("tokens", &self.map.get_token_count()).field("bytes", &self.bytes).finish()
    }
}

impl Map {
    /// Parses a map, sectioned or not; gives `old` again when that is the same. Takes some 10 ms a MB: call it off the
    /// async threads.
    ///
    /// The error says why it cannot be used. A map made to break us may panic in the parser; whoever calls this catches it.
    pub(super) fn parse(bytes: &[u8], folder: Option<PathBuf>, old: Option<&Arc<Self>>) -> Result<Arc<Self>, String> {
        let hash = hash(bytes);
        if let Some(old) = old.filter(|old| old.hash == hash && old.folder == folder) {
            return Ok(old.clone());
        }
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<') {
            return Err("HTML came instead of a source map".to_owned());
        }
        let broken = |error: sourcemap::Error| format!("the source map cannot be read: {error}");
        let decoded = sourcemap::decode_slice(bytes).map_err(broken)?;
        let debug_id = decoded.debug_id().and_then(|id| normal_debug_id(&id.to_string()));
        let map = match decoded {
            DecodedMap::Regular(map) => map,
            DecodedMap::Index(index) => index.flatten().map_err(broken)?,
            DecodedMap::Hermes(hermes) => SourceMap::clone(&hermes),
        };
        if map.get_token_count() == 0 {
            return Err("the source map has no mappings".to_owned());
        }
        Ok(Arc::new(Self { map, debug_id, bytes: bytes.len(), hash, folder, scopes: Mutex::default() }))
    }

    /// The original place of a 0-based generated line and column; without a column, the first mapped one of the line.
    pub(super) fn lookup(&self, line: u32, column: Option<u32>) -> Option<Place<'_>> {
        // Not the crate's own lookup: that falls back to earlier lines, and underflows on range tokens there.
        let key = (line, column.unwrap_or(0));
        let count = self.map.get_token_count() as usize;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.raw(middle).is_some_and(|token| (token.dst_line, token.dst_col) <= key) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let mut token = low.checked_sub(1).and_then(|at| self.raw(at)).filter(|token| token.dst_line == line);
        if column.is_none() {
            token = (token.map_or(low, |_| low.saturating_sub(1))..count)
                .map_while(|at| self.raw(at).filter(|token| token.dst_line == line))
                .find(|token| token.src_id != u32::MAX);
        }
        self.place(token.filter(|token| token.src_id != u32::MAX)?, column)
    }

    fn raw(&self, at: usize) -> Option<RawToken> {
        self.map.get_token(at).map(|token| token.get_raw_token())
    }

    fn place(&self, token: RawToken, column: Option<u32>) -> Option<Place<'_>> {
        let shift = column.filter(|_| token.is_range).map_or(0, |column| column.saturating_sub(token.dst_col));
        Some(Place {
            id: token.src_id,
            source: self.map.get_source(token.src_id)?,
            line: token.src_line,
            column: token.src_col.saturating_add(shift),
            content: self.map.get_source_contents(token.src_id),
            ignored: self.map.ignore_list().any(|id| *id == token.src_id),
        })
    }

    /// Function scopes of a source; `content` is read once.
    pub(super) fn scopes(&self, id: u32, content: &str) -> Arc<Scopes> {
        let known = self.scopes.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        known.unwrap_or_else(|| {
            let scopes = Arc::new(Scopes::read(content));
            self.scopes.lock().unwrap_or_else(PoisonError::into_inner).insert(id, scopes.clone());
            scopes
        })
    }
}
