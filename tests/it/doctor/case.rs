//! A case: an app as data, what is wrong with it, and where.
//!
//! ```text
//! # What it is about
//! base: next16                                  an app of `healthy/`; none = an empty folder
//! finds: TUN002 error src/middleware.ts:8:12    exactly these, of warning and worse; an info may be listed
//! finds: CSP001 error a.ts:1:2 ~ part of the message
//! undecided: CSP001 next.config.ts:30:9         must be among what cannot be told
//! fixed: false                                  the fix is for a person; or ids of the rules that have edits
//! tracked: .env.local                           in a git repository whose index has these; `*` = everything
//! crlf: src/a.ts                                written with CRLF
//! open: src/a.ts                                written without a line end at its end
//! --- src/middleware.ts
//! …the whole file…
//! --- delete public/_headers
//! ```

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

/// A case.
#[derive(Debug, Default)]
pub struct Case {
    pub name: String,
    base: Option<String>,
    pub finds: Vec<Find>,
    pub undecided: Vec<(String, String)>,
    pub fixed: Fixed,
    tracked: Vec<String>,
    crlf: Vec<String>,
    open: Vec<String>,
    files: Vec<(String, Option<String>)>,
}

/// A finding that is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Find {
    pub rule: String,
    pub severity: String,
    pub place: String,
    pub says: Option<String>,
}

/// Which findings go when their fix is applied.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Fixed {
    /// Every warning and worse.
    #[default]
    All,
    /// Those of these rules.
    Of(BTreeSet<String>),
}

impl Fixed {
    pub fn holds(&self, rule: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(rules) => rules.contains(rule),
        }
    }
}

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/doctor").join(name)
}

impl Case {
    /// Reads a case file; the error names its line.
    pub fn read(name: &str, text: &str) -> Result<Self, String> {
        let mut case = Self { name: name.to_owned(), ..Self::default() };
        let mut lines = text.lines().enumerate().peekable();
        while let Some((number, line)) = lines.next() {
            let wrong = |what: &str| format!("{name}:{}: {what}: {line}", number + 1);
            if let Some(path) = line.strip_prefix("--- delete ") {
                case.files.push((path.trim().to_owned(), None));
            } else if let Some(path) = line.strip_prefix("--- ") {
                let mut body = String::new();
                while let Some((_, line)) = lines.next_if(|(_, line)| !line.starts_with("--- ")) {
                    body.push_str(line);
                    body.push('\n');
                }
                // A blank line before the next file parts them.
                while body.ends_with("\n\n") {
                    body.pop();
                }
                case.files.push((path.trim().to_owned(), Some(body)));
            } else if line.trim().is_empty() || line.starts_with('#') {
            } else {
                let (key, value) = line.split_once(':').ok_or_else(|| wrong("no key"))?;
                case.set(key.trim(), value.trim()).map_err(|what| wrong(&what))?;
            }
        }
        Ok(case)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let words = || value.split_whitespace().map(str::to_owned);
        match key {
            "base" => self.base = Some(value.to_owned()).filter(|base| base != "none"),
            "finds" => {
                let (head, says) = match value.split_once(" ~ ") {
                    Some((head, says)) => (head, Some(says.trim().to_owned())),
                    None => (value, None),
                };
                let words: Vec<String> = head.splitn(3, ' ').map(|word| word.trim().to_owned()).collect();
                let [rule, severity, place] = words.try_into().map_err(|_| "not RULE SEVERITY PLACE".to_owned())?;
                if !["critical", "error", "warning", "info"].contains(&severity.as_str()) {
                    return Err("no severity".to_owned());
                }
                self.finds.push(Find { rule, severity, place, says });
            }
            "undecided" => {
                let (rule, place) = value.split_once(' ').ok_or("not RULE PLACE")?;
                self.undecided.push((rule.to_owned(), place.trim().to_owned()));
            }
            "fixed" if value == "true" => self.fixed = Fixed::All,
            "fixed" if value == "false" => self.fixed = Fixed::Of(BTreeSet::new()),
            "fixed" => self.fixed = Fixed::Of(words().collect()),
            "tracked" => self.tracked.extend(words()),
            "crlf" => self.crlf.extend(words()),
            "open" => self.open.extend(words()),
            _ => return Err("unknown key".to_owned()),
        }
        Ok(())
    }

    /// Writes the app into a folder.
    pub fn make(&self, into: &Path) -> Result<(), String> {
        if let Some(base) = &self.base {
            let from = folder("healthy").join(base);
            if !from.is_dir() {
                return Err(format!("{}: there is no healthy/{base}", self.name));
            }
            copy(&from, into);
        }
        for (path, text) in &self.files {
            let to = into.join(path);
            let Some(text) = text else {
                let gone = if to.is_dir() { std::fs::remove_dir_all(&to) } else { std::fs::remove_file(&to) };
                gone.map_err(|error| format!("{}: delete {path}: {error}", self.name))?;
                continue;
            };
            let mut text = text.clone();
            if self.crlf.contains(path) {
                text = text.replace('\n', "\r\n");
            }
            if self.open.contains(path) {
                text.truncate(text.trim_end_matches(['\r', '\n']).len());
            }
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, text).unwrap();
        }
        if !self.tracked.is_empty() {
            git(into, &["init", "-q"]);
            let all = self.tracked.iter().map(|path| if path == "*" { "." } else { path });
            git(into, &["add", "-f", "--"].into_iter().chain(all).collect::<Vec<_>>());
        }
        Ok(())
    }
}

/// Runs git in a folder; it must succeed.
pub fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git").args(arguments).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
