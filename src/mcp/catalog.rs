//! The tools that this connection offers, and what is said of a name that is not among them.

use super::{route::Route, tool::Toolset};
use crate::{config::Config, error::ToolError};

/// The tools, and which of them the settings offer.
#[derive(Debug)]
pub(super) struct Catalog {
    routes: Vec<Route>,
}

impl Catalog {
    pub(super) fn new(routes: Vec<Route>) -> Self {
        Self { routes }
    }

    /// Every tool, in the order of the list, whatever the settings.
    pub(super) fn all(&self) -> &[Route] {
        &self.routes
    }

    /// The tool of this name, or an error that says why not and what is near.
    pub(super) fn find(&self, name: &str, config: &Config) -> Result<&Route, ToolError> {
        if let Some(route) = self.routes.iter().find(|route| route.name == name) {
            return match held_back(route, config) {
                None => Ok(route),
                Some(why) => Err(ToolError::new(
                    format!("The tool {name} is switched off: {why}."),
                    "Work without it, or ask the user to start fixloop without that flag or line of fixloop.toml.",
                )),
            };
        }
        let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        let mut near: Vec<(usize, &str)> = self
            .routes
            .iter()
            .filter(|route| held_back(route, config).is_none())
            .map(|route| (distance(&name, route.name), route.name))
            .collect();
        near.sort_unstable();
        let near: Vec<&str> = near.into_iter().take(3).map(|(_, name)| name).collect();
        Err(ToolError::new(
            format!("There is no tool `{name}`."),
            format!("Near are: {}. tools/list names all.", near.join(", ")),
        ))
    }
}

/// Why the settings do not offer a tool; none = they do.
pub(super) fn held_back(route: &Route, config: &Config) -> Option<&'static str> {
    let chosen = route.toolset == Toolset::Core
        || (config.toolsets.is_empty() && route.toolset != Toolset::Admin)
        || config.toolsets.iter().any(|name| name == route.toolset.name());
    if !chosen && route.toolset == Toolset::Admin {
        Some("it is offered only with --toolsets …,admin")
    } else if !chosen {
        Some("--toolsets leaves it out")
    } else if config.read_only && !route.hints.read_only {
        Some("--read-only leaves it out")
    } else {
        None
    }
}

/// How many letters must change to make one name of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            left = if from == *to { diagonal } else { diagonal.min(above).min(left) + 1 };
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn counts_changed_letters() {
        for (a, b, expect) in [("", "", 0), ("kitten", "sitting", 3), ("get_isue", "get_issue", 1), ("", "abc", 3)] {
            assert_eq!(distance(a, b), expect, "{a} {b}");
            assert_eq!(distance(b, a), expect, "{b} {a}");
        }
    }
}
