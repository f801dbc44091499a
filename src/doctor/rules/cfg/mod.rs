//! Rules about the files that start Sentry, and their options.

mod cfg001;
mod cfg002;
mod cfg003;
mod cfg004;
mod cfg005;
mod cfg006;
mod cfg007;
mod cfg008;
mod cfg009;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[
    &cfg001::RULE,
    &cfg002::RULE,
    &cfg003::RULE,
    &cfg004::RULE,
    &cfg005::RULE,
    &cfg006::RULE,
    &cfg007::RULE,
    &cfg008::RULE,
    &cfg009::RULE,
];

use crate::doctor::project::{App, Project};

/// A file of a name without its ending, beside the app's package or in its `src`.
fn file_named(project: &Project, app: &App, name: &str) -> Option<String> {
    ["", "src/"].iter().find_map(|inner| {
        let base = format!("{}{inner}{name}.", app.folder);
        let is = |path: &&str| path.strip_prefix(&base).is_some_and(|ending| ENDINGS.contains(&ending));
        project.tree.below(&format!("{}{inner}", app.folder)).find(is).map(str::to_owned)
    })
}

const ENDINGS: [&str; 8] = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts"];
