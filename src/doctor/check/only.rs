//! Which findings are asked for.

use crate::{
    doctor::{finding::Severity, rules::Rule},
    error::{Result, ToolError},
};

/// Rules, groups of rules, and how bad at least; empty = everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only {
    /// Beginnings of ids in capitals: `TUN`, `TUN002`.
    rules: Vec<String>,
    /// Nothing less bad than this.
    severity: Option<Severity>,
}

/// The groups of rules.
const GROUPS: [&str; 8] = ["DSN", "CFG", "TUN", "CSP", "BRW", "SRC", "SEC", "SPT"];

impl Only {
    /// Reads `TUN`, `csp001`, `error` (and worse).
    pub fn read<T: AsRef<str>>(words: &[T]) -> Result<Self> {
        let mut only = Self::default();
        for word in words.iter().map(|word| word.as_ref().trim()) {
            let upper = word.to_ascii_uppercase();
            let number = upper.get(3..).filter(|_| upper.get(..3).is_some_and(|group| GROUPS.contains(&group)));
            if let Some(severity) = Severity::read(word) {
                only.severity = only.severity.max(Some(severity));
            } else if number
                .is_some_and(|rest| rest.is_empty() || (rest.len() == 3 && rest.bytes().all(|b| b.is_ascii_digit())))
            {
                only.rules.push(upper);
            } else {
                let shown: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
                return Err(ToolError::new(
                    format!("`only` has “{shown}”, which is no rule, group of rules or severity."),
                    format!(
                        "Rules: TUN002, …. Groups: {}. Severities: critical, error, warning, info.",
                        GROUPS.join(", ")
                    ),
                ));
            }
        }
        Ok(only)
    }

    /// Whether a rule is asked.
    pub fn asks(&self, rule: &Rule) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|begin| rule.id.starts_with(begin.as_str()))
    }

    /// Whether a finding this bad is wanted.
    pub fn takes(&self, severity: Severity) -> bool {
        self.severity.is_none_or(|least| severity <= least)
    }
}
