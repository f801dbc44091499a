//! package.json.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// What a package.json says. Fields of another kind than npm takes count as not written.
#[derive(Debug, Default)]
pub struct Manifest {
    /// Its folder relative to the workspace: empty, or with a slash at its end.
    pub folder: String,
    /// Its own name.
    pub name: Option<String>,
    /// Everything that it asks for, of every kind: name → range.
    pub wanted: BTreeMap<String, String>,
    /// What it runs with: `dependencies`.
    pub runs_with: BTreeSet<String>,
    /// What it leaves to who uses it: in `peerDependencies`, and not in `dependencies`.
    pub peers: BTreeSet<String>,
    /// `scripts`.
    pub scripts: BTreeMap<String, String>,
    /// `engines.node`.
    pub node: Option<String>,
    /// It has `workspaces`.
    pub has_workspaces: bool,
}

impl Manifest {
    /// Reads the text of a package.json.
    pub fn read(folder: &str, text: &str) -> Result<Self, String> {
        // Editors of one system begin a text with this sign.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let Value::Object(fields) = value else { return Err("it holds no object".to_owned()) };
        let list = |name: &str| texts(fields.get(name).and_then(Value::as_object));
        let (runs_with, peers) = (list("dependencies"), list("peerDependencies"));
        // What is asked for most firmly counts where two lists name it.
        let mut wanted = peers.clone();
        for name in ["optionalDependencies", "devDependencies"] {
            wanted.extend(list(name));
        }
        wanted.extend(runs_with.clone());
        Ok(Self {
            folder: folder.to_owned(),
            name: fields.get("name").and_then(Value::as_str).map(str::to_owned),
            peers: peers.into_keys().filter(|name| !runs_with.contains_key(name)).collect(),
            runs_with: runs_with.into_keys().collect(),
            wanted,
            scripts: list("scripts"),
            node: fields.get("engines").and_then(|engines| engines.get("node")?.as_str()).map(str::to_owned),
            has_workspaces: fields.contains_key("workspaces"),
        })
    }

    /// Whether it asks for a package itself, not only lets others bring it.
    pub fn brings(&self, name: &str) -> bool {
        self.wanted.contains_key(name) && !self.peers.contains(name)
    }
}

fn texts(map: Option<&Map<String, Value>>) -> BTreeMap<String, String> {
    let pairs = map.into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
