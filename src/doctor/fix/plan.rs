//! The edits of findings put together: what goes with each other now, what has to wait, what cannot be done.

use std::collections::BTreeMap;

use super::{
    change::Change,
    splice::{Splice, spliced},
};
use crate::doctor::{files::Files, finding::Edit};

/// Which fixes are made, and what comes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Changes, by path.
    pub changes: Vec<Change>,
    /// Ids of the findings whose fixes are in it.
    pub done: Vec<String>,
    /// Ids of those whose fixes touch the same stretches: to be asked for anew after these.
    pub later: Vec<String>,
    /// Ids of those whose fixes cannot be made, and why.
    pub refused: Vec<(String, String)>,
}

impl Plan {
    /// All changes as one diff.
    pub fn diff(&self) -> String {
        self.changes.iter().map(Change::diff).collect()
    }
}

/// What is to become of one file.
#[derive(Debug, Clone, Default)]
struct Wanted {
    /// Its text; none = it is not there.
    before: Option<String>,
    splices: Vec<Splice>,
    create: Option<String>,
    rename: Option<String>,
}

type All = BTreeMap<String, Wanted>;

/// Why a fix is not part of the plan.
enum Not {
    /// Another one goes first.
    Yet,
    /// It cannot be made.
    Ever(String),
}

/// Puts fixes together, in this order: of two that touch the same stretch, the first. The fix of a finding is made whole or
/// not at all.
pub fn plan<'a>(files: &Files, fixes: impl IntoIterator<Item = (&'a str, &'a [Edit])>) -> Plan {
    let (mut all, mut plan) = (All::new(), Plan::default());
    for (id, edits) in fixes.into_iter().filter(|(_, edits)| !edits.is_empty()) {
        match with(files, &all, edits) {
            Ok(more) => {
                all = more;
                plan.done.push(id.to_owned());
            }
            Err(Not::Yet) => plan.later.push(id.to_owned()),
            Err(Not::Ever(why)) => plan.refused.push((id.to_owned(), why)),
        }
    }
    plan.changes = all.into_iter().filter_map(|(path, wanted)| change(path, wanted)).collect();
    plan
}

/// All that is wanted, with the edits of one more finding.
fn with(files: &Files, all: &All, edits: &[Edit]) -> Result<All, Not> {
    let mut more = all.clone();
    for edit in edits {
        match edit {
            Edit::Replace { path, span, with } => {
                let splice = Splice { span: *span, with: with.clone() };
                let wanted = wanted(files, &mut more, path)?;
                let before = wanted.before.as_deref().ok_or_else(|| Not::Ever(format!("{path} is not there")))?;
                if before.get(span.start..span.end).is_none() {
                    return Err(Not::Ever(format!("the fix does not fit {path}")));
                }
                let others = all.get(path).map(|wanted| wanted.splices.as_slice()).unwrap_or_default();
                if others.contains(&splice) {
                    continue;
                }
                if !others.iter().all(|other| other.goes_with(&splice)) {
                    return Err(Not::Yet);
                }
                wanted.splices.push(splice);
            }
            Edit::Create { path, text } => {
                let wanted = wanted(files, &mut more, path)?;
                match &wanted.create {
                    Some(other) if other == text => {}
                    Some(_) => return Err(Not::Yet),
                    None if wanted.before.is_some() || files.is_there(path) => {
                        return Err(Not::Ever(format!("{path} is there already")));
                    }
                    None => wanted.create = Some(text.clone()),
                }
            }
            Edit::Rename { from, to } => {
                allowed(files, to)?;
                if more.get(to).is_some_and(|other| other.create.is_some()) {
                    return Err(Not::Yet);
                }
                if files.is_there(to) {
                    return Err(Not::Ever(format!("{to} is there already")));
                }
                if more.iter().any(|(path, other)| path != from && other.rename.as_ref() == Some(to)) {
                    return Err(Not::Yet);
                }
                let wanted = wanted(files, &mut more, from)?;
                if wanted.before.is_none() {
                    return Err(Not::Ever(format!("{from} is not there")));
                }
                match &wanted.rename {
                    Some(other) if other != to => return Err(Not::Yet),
                    _ => wanted.rename = Some(to.clone()),
                }
            }
        }
    }
    // The edits of one finding may touch each other, and must not overlap.
    let fits = |wanted: &Wanted| spliced(wanted.before.as_deref().unwrap_or_default(), &wanted.splices).is_some();
    match more.iter().find(|(_, wanted)| !fits(wanted)) {
        Some((path, _)) => Err(Not::Ever(format!("the fix does not fit {path}"))),
        None => Ok(more),
    }
}

/// What is wanted of a file, its text read first.
fn wanted<'a>(files: &Files, all: &'a mut All, path: &str) -> Result<&'a mut Wanted, Not> {
    if !all.contains_key(path) {
        allowed(files, path)?;
        let before = files.read(path).map_err(Not::Ever)?;
        if before.as_ref().is_some_and(|text| !files.is_as_read(path, text)) {
            return Err(Not::Ever(format!("{path} changed while it was looked at")));
        }
        all.insert(path.to_owned(), Wanted { before, ..Wanted::default() });
    }
    all.get_mut(path).ok_or_else(|| Not::Ever(format!("{path} is not there")))
}

/// Refuses what is not the project's own file.
fn allowed(files: &Files, path: &str) -> Result<(), Not> {
    let part_of = |part: &str| path.split('/').any(|each| each.eq_ignore_ascii_case(part));
    let plain = !path.is_empty()
        && !path.contains(['\\', ':', '\0'])
        && path.split('/').all(|part| !["", ".", ".."].contains(&part));
    let why = if !plain {
        "is no path in the workspace"
    } else if part_of("node_modules") || part_of(".git") || part_of(".fixloop") {
        "is not the project's own"
    } else if files.is_linked(path) {
        "is reached through a link"
    } else {
        return Ok(());
    };
    Err(Not::Ever(format!("{path} {why}")))
}

fn change(path: String, wanted: Wanted) -> Option<Change> {
    if let Some(text) = wanted.create {
        return Some(Change::Create { path, text });
    }
    let before = wanted.before?;
    let after = spliced(&before, &wanted.splices)?;
    match wanted.rename {
        Some(to) => Some(Change::Rename { from: path, to, before, after }),
        None if after == before => None,
        None => Some(Change::Write { path, before, after }),
    }
}
