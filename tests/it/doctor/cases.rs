//! Every rule on broken apps, every fix on the app that it is for, and no word about apps that are well.
//!
//! `CASE=TUN cargo test --test it doctor::cases` runs the cases whose names begin so, and prints what each finds.

use std::{collections::BTreeSet, fmt::Write as _, path::Path, process::Command};

use fixloop::doctor::{
    check::{Ask, Checked, Numbered, look},
    finding::Severity,
    fix::{Change, Plan},
};

use super::case::{Case, Find, copy, folder};

/// Rounds until fixes that touch each other are all made.
const ROUNDS: usize = 8;

#[test]
fn cases() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let (mut ran, mut failed) = (0, String::new());
    for (name, text) in files("cases", "case") {
        if !name.starts_with(&wanted) {
            continue;
        }
        ran += 1;
        let outcome = Case::read(&name, &text).and_then(|case| run(&case, !wanted.is_empty()));
        if let Err(why) = outcome {
            let _ = writeln!(failed, "\n=== {name}\n{}", why.trim_end());
        }
    }
    assert!(failed.is_empty(), "{failed}\n");
    assert!(ran > 0 || wanted.is_empty(), "no case begins with {wanted}");
}

#[test]
fn healthy_apps_are_well() {
    let mut failed = String::new();
    let mut apps: Vec<_> = std::fs::read_dir(folder("healthy")).unwrap().map(|entry| entry.unwrap().path()).collect();
    apps.sort();
    assert!(!apps.is_empty());
    for app in apps {
        let checked = look(&app, &Ask::default()).unwrap();
        let name = app.file_name().unwrap().to_string_lossy().into_owned();
        for each in bad(&checked) {
            let _ = writeln!(failed, "{name}: {}", said(each));
        }
        for note in &checked.notes {
            let _ = writeln!(failed, "{name}: {note}");
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

/// Where an app lies changes nothing: folders of apps are named `docs`, `examples` and `tests` too.
#[test]
fn healthy_apps_are_well_together() {
    let home = tempfile::tempdir().unwrap();
    let apps = std::fs::read_dir(folder("healthy")).unwrap().map(|entry| entry.unwrap().path());
    for app in apps {
        let name = app.file_name().unwrap().to_string_lossy().into_owned();
        let folders = ["apps/docs", "examples", "tests/it"];
        let into = home.path().join(folders[name.len() % folders.len()]).join(&name);
        std::fs::create_dir_all(&into).unwrap();
        copy(&app, &into);
    }
    let checked = look(home.path(), &Ask::default()).unwrap();
    assert!(checked.apps.len() >= 20, "{} apps", checked.apps.len());
    let bad: Vec<String> = bad(&checked).map(said).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// Files of a folder with their texts, sorted.
pub fn files(name: &str, extension: &str) -> Vec<(String, String)> {
    let paths = std::fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, String)> = paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn run(case: &Case, loud: bool) -> Result<(), String> {
    let home = tempfile::tempdir().unwrap();
    let app = home.path().join("app");
    std::fs::create_dir_all(&app).unwrap();
    case.make(&app)?;
    let checked = look(&app, &Ask::default()).map_err(|error| error.to_string())?;
    if loud {
        eprintln!("=== {}\n{}", case.name, whole(&checked));
    }
    let mut wrong = compare(case, &checked);
    for note in &checked.notes {
        let _ = writeln!(wrong, "note: {note}");
    }
    if !wrong.is_empty() {
        return Err(format!("{wrong}\nAll that was found:\n{}", whole(&checked)));
    }
    for each in bad(&checked) {
        one_fix(case, &app, home.path(), &checked, each)?;
    }
    all_fixes(&app, home.path(), &checked)
}

fn bad(checked: &Checked) -> impl Iterator<Item = &Numbered> {
    checked.findings.iter().filter(|each| each.finding.severity <= Severity::Warning)
}

fn place(each: &Numbered) -> String {
    each.finding.at.first().map(ToString::to_string).unwrap_or_default()
}

/// What was expected and is not there, and the other way round.
fn compare(case: &Case, checked: &Checked) -> String {
    let mut out = String::new();
    let mut left: Vec<&Numbered> = checked.findings.iter().collect();
    for find in &case.finds {
        let is = |each: &&Numbered| {
            let finding = &each.finding;
            let found = Find {
                rule: finding.rule.to_owned(),
                severity: finding.severity.word().to_owned(),
                place: place(each),
                says: find.says.clone(),
            };
            found == *find && find.says.as_ref().is_none_or(|says| finding.message.contains(says.as_str()))
        };
        match left.iter().position(is) {
            Some(at) => drop(left.remove(at)),
            None => {
                let says = find.says.as_ref().map(|says| format!(" ~ {says}")).unwrap_or_default();
                let _ = writeln!(out, "- expected and not found: {} {} {}{says}", find.rule, find.severity, find.place);
            }
        }
    }
    for each in left.into_iter().filter(|each| each.finding.severity <= Severity::Warning) {
        let _ = writeln!(out, "+ found and not expected: {}", said(each));
    }
    for (rule, place) in &case.undecided {
        if !checked.undecided.iter().any(|each| each.rule == rule && each.at.to_string() == *place) {
            let _ = writeln!(out, "- expected as undecided: {rule} {place}");
        }
    }
    out
}

/// Applies the fix of one finding: it goes, nothing comes, and git and patch do the same with the diff.
fn one_fix(case: &Case, app: &Path, home: &Path, checked: &Checked, each: &Numbered) -> Result<(), String> {
    let must = case.fixed.holds(each.finding.rule);
    if each.edits().is_empty() {
        let has_steps = each.finding.fix.as_ref().is_some_and(|fix| !fix.steps.is_empty());
        return match (must, has_steps) {
            (true, _) => Err(format!("{} has no edits: `fixed: false` says so\n{}", each.id, said(each))),
            (false, false) => Err(format!("{} has neither edits nor steps\n{}", each.id, said(each))),
            (false, true) => Ok(()),
        };
    }
    let plan = checked.plan([each]);
    if plan.done.is_empty() {
        return Err(format!("{} cannot be applied: {:?}", each.id, plan.refused));
    }
    let fixed = home.join(&each.id);
    copy(app, &fixed);
    write(&fixed, &plan);
    by_git(app, home, &fixed, &plan, &each.id)?;
    let after = look(&fixed, &Ask::default()).map_err(|error| error.to_string())?;
    let is = |other: &Numbered| same(other) == same(each);
    if must && after.findings.iter().any(is) {
        return Err(format!("{} is still there after its fix:\n{}\n{}", each.id, plan.diff(), whole(&after)));
    }
    nothing_new(checked, &after, &plan)
}

/// Applies all fixes in rounds: nothing with edits is left, nothing comes.
fn all_fixes(app: &Path, home: &Path, checked: &Checked) -> Result<(), String> {
    let fixed = home.join("all");
    copy(app, &fixed);
    for _ in 0..ROUNDS {
        let now = look(&fixed, &Ask::default()).map_err(|error| error.to_string())?;
        let plan = now.plan(bad(&now));
        nothing_new(checked, &now, &plan)?;
        if plan.changes.is_empty() {
            return Ok(());
        }
        write(&fixed, &plan);
    }
    Err(format!("the fixes come to no end in {ROUNDS} rounds"))
}

fn nothing_new(before: &Checked, after: &Checked, plan: &Plan) -> Result<(), String> {
    let known: BTreeSet<_> = before.findings.iter().map(same).collect();
    match bad(after).find(|each| !known.contains(&same(each))) {
        Some(new) => Err(format!("a fix brings something new:\n{}\n{}", said(new), plan.diff())),
        None => Ok(()),
    }
}

/// What makes a finding the same one in another place: a fix may rename its file.
fn same(each: &Numbered) -> (&'static str, &str) {
    (each.finding.rule, &each.finding.key)
}

fn write(folder: &Path, plan: &Plan) {
    for change in &plan.changes {
        let (path, text) = match change {
            Change::Write { path, after, .. } => (path, after),
            Change::Create { path, text } => (path, text),
            Change::Rename { from, to, after, .. } => {
                std::fs::remove_file(folder.join(from)).unwrap();
                (to, after)
            }
        };
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// `git apply` and `patch -p1` make of the diff what we write.
fn by_git(app: &Path, home: &Path, fixed: &Path, plan: &Plan, id: &str) -> Result<(), String> {
    let diff = plan.diff();
    let file = home.join(format!("{id}.diff"));
    std::fs::write(&file, &diff).unwrap();
    let file = file.to_str().unwrap();
    let programs: [(&str, &[&str]); 2] = [("git", &["apply", file]), ("patch", &["-p1", "--binary", "-s", "-i", file])];
    for (program, arguments) in programs {
        let copied = home.join(format!("{id}-{program}"));
        copy(app, &copied);
        let Ok(done) = Command::new(program).args(arguments).current_dir(&copied).output() else { continue };
        if !done.status.success() {
            let said = [done.stdout, done.stderr].map(|out| String::from_utf8_lossy(&out).into_owned()).concat();
            return Err(format!("{program} does not take the diff of {id}: {said}\n{diff}"));
        }
        let (ours, theirs) = (tree(fixed), tree(&copied));
        if ours != theirs {
            let paths: Vec<_> = ours.symmetric_difference(&theirs).map(|(path, _)| path).collect();
            return Err(format!("{program} makes something else of the diff of {id}: {paths:?}\n{diff}"));
        }
    }
    Ok(())
}

/// Every file with its bytes.
pub fn tree(folder: &Path) -> BTreeSet<(String, Vec<u8>)> {
    let mut out = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name == ".git") {
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                out.insert((name, std::fs::read(path).unwrap()));
            }
        }
    }
    out
}

fn said(each: &Numbered) -> String {
    let finding = &each.finding;
    format!("{} {} {} [{}]\n    {}", finding.rule, finding.severity, place(each), finding.key, finding.message)
}

fn whole(checked: &Checked) -> String {
    let mut lines = Vec::new();
    for each in &checked.findings {
        lines.push(said(each));
        lines.extend(each.finding.at.iter().skip(1).map(|at| format!("  also {at}")));
        lines.extend(each.finding.evidence.iter().map(|evidence| format!("  {}: {}", evidence.label, evidence.text)));
        let plan = checked.plan([each]);
        lines.extend(plan.diff().lines().map(|line| format!("  | {line}")));
        lines.extend(plan.refused.iter().map(|(_, why)| format!("  refused: {why}")));
        lines.extend(each.finding.fix.iter().flat_map(|fix| &fix.steps).map(|step| format!("  step: {step}")));
    }
    let undecided = checked.undecided.iter();
    lines.extend(undecided.map(|each| format!("undecided {} {}: {} ({})", each.rule, each.at, each.what, each.ask)));
    lines.extend(checked.skipped.iter().map(|skipped| format!("skipped {}: {}", skipped.path, skipped.why)));
    lines.iter().flat_map(|line| line.lines()).map(|line| format!("  {line}\n")).collect()
}
