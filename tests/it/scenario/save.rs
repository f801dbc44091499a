//! Recordings made into scenarios, and files in the workspace.

use fixloop::{
    artifacts::Artifacts,
    browser::{Action, Step, Target},
    scenario::{Draft, Recorded, Recording, Runs, SaveRequest, draft, load, read, save, write},
};

use super::parts::run;

fn on(action: Action, label: &str, value: &str) -> Step {
    Step::on(action, Target { label: Some(label.into()), ..Target::default() }).with_value(value)
}

fn recording(steps: Vec<(Step, bool)>) -> Recording {
    Recording {
        session: "s1".into(),
        steps: steps.into_iter().map(|(step, secret)| Recorded { step, secret }).collect(),
        lost: Vec::new(),
    }
}

fn drafted(steps: Vec<(Step, bool)>, expect: &[&str]) -> Draft {
    let request = SaveRequest {
        name: "Log in".into(),
        base_url: None,
        expect: expect.iter().map(|text| (*text).to_owned()).collect(),
    };
    draft(&recording(steps), &request).unwrap()
}

#[test]
fn secrets_become_variables_and_addresses_become_paths() {
    let mut there = Step::on(Action::Expect, Target::default());
    there.url = Some("http://127.0.0.1:3000/home".into());
    let draft = drafted(
        vec![
            (Step::navigate("http://127.0.0.1:3000/login?next=%2Fhome&access_token=abc123#top"), false),
            (on(Action::Fill, "Email", "a@b.c"), false),
            (on(Action::Fill, "Password", "hunter2!"), true),
            (on(Action::Fill, "Repeat", "hunter2!"), true),
            (on(Action::Fill, "New password", "correct horse"), true),
            (on(Action::Fill, "Token", "9"), false),
            (on(Action::Fill, "Note", "my ${x} is hunter2!, 9 letters"), false),
            (Step::navigate("http://elsewhere.test/x"), false),
            (Step::navigate("back"), false),
            (there, false),
        ],
        &["text: Welcome", "{role: button, name: Log out}", "url: /home"],
    );
    assert_eq!(draft.variables, ["ACCESS_TOKEN", "NEW_PASSWORD", "PASSWORD", "TOKEN"]);
    let text = write(&draft.scenario);
    for secret in ["hunter2", "correct horse", "abc123"] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    assert_eq!(read(&text).unwrap(), draft.scenario);
    insta::assert_snapshot!(text);
}

#[test]
fn keys_on_a_password_field_are_no_secrets() {
    let mut hint = Step::on(Action::Expect, Target { text: Some("Press Enter to go on".into()), ..Target::default() });
    hint.timeout_ms = Some(100);
    let draft = drafted(
        vec![
            (Step::navigate("http://h/login"), false),
            (on(Action::Fill, "Password", "hunter2!"), true),
            (on(Action::Click, "Password", "").clone(), true),
            (on(Action::Press, "Password", "Enter"), true),
            (on(Action::Press, "Password", "x"), true),
            (on(Action::Press, "Search", "x"), false),
            (on(Action::Press, "Search", "Enter"), false),
            (hint, false),
            (on(Action::Expect, "Password", "hunter2!"), true),
        ]
        .into_iter()
        .map(
            |(step, secret)| {
                if step.action == Action::Click { (Step { value: None, ..step }, secret) } else { (step, secret) }
            },
        )
        .collect(),
        &[],
    );
    assert_eq!(draft.variables, ["PASSWORD", "PASSWORD_2"]);
    insta::assert_snapshot!(write(&draft.scenario));
}

#[test]
fn what_a_file_cannot_say_is_lost_and_said() {
    let empty = Step::on(Action::Expect, Target::default());
    let gone = Step { gone: true, ..Step::on(Action::WaitFor, Target::default()) };
    let draft = drafted(
        vec![
            (Step::navigate("about:blank"), false),
            (on(Action::Press, "", "Tab").with_target(Target::default()), false),
            (Step::navigate("http://h:1/login"), false),
            (Step::navigate("about:blank"), false),
            (empty, false),
            (gone, false),
            (Step { timeout_ms: Some(500_000), ..on(Action::Fill, "Email", "a") }, false),
            (on(Action::Fill, "Email", "a"), false),
        ],
        &[],
    );
    assert_eq!(draft.scenario.base_url.as_deref(), Some("http://h:1"));
    let text = write(&draft.scenario);
    assert_eq!(read(&text).unwrap(), draft.scenario);
    insta::assert_snapshot!(format!("{}\n\n{text}", draft.lost.join("\n")));
}

#[test]
fn what_would_not_read_back_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = drafted(vec![(Step::navigate("http://h/"), false)], &[]).scenario;
    scenario.steps.push(Step::on(Action::Expect, Target::default()));
    assert!(save(folder.path(), &scenario, false).is_err());
    assert!(!folder.path().join("fixloop").exists());
}

#[test]
fn a_base_address_without_scheme_or_with_a_path_works() {
    let base = |url: &str| drafted(vec![(Step::navigate(url), false)], &[]).scenario;
    let scenario = base("localhost:5173/shop/");
    assert_eq!(scenario.base_url.as_deref(), Some("http://localhost:5173"));
    assert_eq!(scenario.steps[0].value.as_deref(), Some("/shop/"));
    let request = SaveRequest { name: "a".into(), base_url: Some("http://h:1/shop/".into()), expect: Vec::new() };
    let steps = vec![(Step::navigate("http://h:1/shop/cart"), false), (Step::navigate("http://h:1/shop"), false)];
    let scenario = draft(&recording(steps), &request).unwrap().scenario;
    assert_eq!(scenario.base_url.as_deref(), Some("http://h:1/shop"));
    assert_eq!(scenario.steps[0].value.as_deref(), Some("/cart"));
    assert_eq!(scenario.steps[1].value.as_deref(), Some("/"));
}

#[test]
fn what_cannot_be_saved_is_said() {
    let request = SaveRequest { name: "a".into(), ..SaveRequest::default() };
    let empty = draft(&recording(vec![]), &request).unwrap_err();
    let click = draft(&recording(vec![(on(Action::Click, "a", ""), false)]), &request).unwrap_err();
    assert_eq!(empty.to_string(), click.to_string());
    let request = SaveRequest { expect: vec!["Thanks".into()], ..request };
    let wrong = draft(&recording(vec![(Step::navigate("http://h/"), false)]), &request).unwrap_err();
    insta::assert_snapshot!(format!("{empty}\n\n{wrong}"));
}

#[test]
fn files_stay_in_the_workspace_and_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = folder.path().canonicalize().unwrap().join("app");
    std::fs::create_dir_all(&workspace).unwrap();
    std::fs::write(folder.path().join("outside.yaml"), "name: a\nsteps:\n  - navigate: /\n").unwrap();
    let mut scenario = drafted(vec![(Step::navigate("http://h/"), false)], &[]).scenario;
    assert_eq!(save(&workspace, &scenario, false).unwrap(), "fixloop/log-in.yaml");
    assert_eq!(load(&workspace, "Log in").unwrap().scenario, scenario);
    assert_eq!(load(&workspace, "fixloop/log-in.yaml").unwrap().file, "fixloop/log-in.yaml");
    assert_eq!(load(&workspace, "log-in.yaml").unwrap().file, "fixloop/log-in.yaml");

    let mut errors = vec![save(&workspace, &scenario, false).unwrap_err()];
    save(&workspace, &scenario, true).unwrap();
    scenario.name = "../../etc/passwd".into();
    assert_eq!(save(&workspace, &scenario, false).unwrap(), "fixloop/etc-passwd.yaml");
    scenario.name = "CON".into();
    assert_eq!(save(&workspace, &scenario, false).unwrap(), "fixloop/scenario-con.yaml");
    scenario.name = "…".into();
    errors.push(save(&workspace, &scenario, false).unwrap_err());
    for named in ["nothing", "../outside.yaml", "../nothing.yaml", "/etc/hosts", "fixloop/../../outside.yaml"] {
        errors.push(load(&workspace, named).expect_err(named));
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path().join("outside.yaml"), workspace.join("fixloop/link.yaml")).unwrap();
        errors.push(load(&workspace, "link").unwrap_err());
    }
    std::fs::write(workspace.join("fixloop/bad.yaml"), "name: a\nstep: 1\n").unwrap();
    errors.push(load(&workspace, "bad").unwrap_err());
    let texts: Vec<String> = errors.iter().map(|error| error.to_string()).collect();
    insta::assert_snapshot!(texts.join("\n\n").replace(workspace.to_str().unwrap(), "WORKSPACE"));
}

#[test]
fn a_linked_folder_is_not_written_through() {
    #[cfg(unix)]
    {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, elsewhere) = (folder.path().join("app"), folder.path().join("elsewhere"));
        std::fs::create_dir_all(&workspace).unwrap();
        std::fs::create_dir_all(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, workspace.join("fixloop")).unwrap();
        let scenario = drafted(vec![(Step::navigate("http://h/"), false)], &[]).scenario;
        assert!(save(&workspace, &scenario, false).unwrap_err().what().contains("outside"));
        assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
    }
}

#[test]
fn runs_are_listed_newest_first_a_page_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::open(folder.path().join(".fixloop")).unwrap();
    let runs = Runs::new(&artifacts);
    for number in 1..=5 {
        let mut kept = run(&format!("r0000000{number}"), 3, &[]);
        if number == 3 {
            kept.scenario = "Other".into();
            kept.file = "fixloop/other.yaml".into();
        }
        artifacts.write("runs", &format!("{}/run.json", kept.id), &serde_json::to_vec(&kept).unwrap()).unwrap();
    }
    artifacts.write("runs", "r00000006/run.json", b"{ broken").unwrap();
    artifacts.write("runs", "notes.txt", b"mine").unwrap();
    let ids = |page: &fixloop::scenario::RunPage| page.rows.iter().map(|run| run.id.clone()).collect::<Vec<_>>();
    let first = runs.list(None, 2, None);
    assert_eq!((ids(&first), first.next.as_deref()), (vec!["r00000005".into(), "r00000004".into()], Some("r00000004")));
    let rest = runs.list(None, 10, first.next.as_deref());
    assert_eq!((ids(&rest), rest.next), (vec!["r00000003".into(), "r00000002".into(), "r00000001".into()], None));
    assert_eq!(ids(&runs.list(Some("other"), 10, None)), ["r00000003"]);
    assert_eq!(ids(&runs.list(Some("Checkout"), 1, None)), ["r00000005"]);
    assert_eq!(runs.get("r00000002").unwrap().id, "r00000002");
    for wrong in ["r9", "../runs/r00000001", "r00000006", "r0000000é"] {
        assert!(runs.get(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_commit_is_read_from_git_files() {
    let folder = tempfile::tempdir().unwrap();
    let git = folder.path().join(".git");
    let write = |name: &str, text: &str| {
        let path = git.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let inside = folder.path().join("a/b");
    std::fs::create_dir_all(&inside).unwrap();
    let commit = || fixloop::scenario::commit(&inside);
    let (one, two, three) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
    write("HEAD", &format!("{one}\n"));
    assert_eq!(commit(), Some(one));
    write("HEAD", "ref: refs/heads/main\n");
    assert_eq!(commit(), None, "no commit yet");
    write("packed-refs", &format!("# pack-refs with: peeled\n{two} refs/heads/main\n"));
    assert_eq!(commit(), Some(two));
    write("refs/heads/main", &three);
    assert_eq!(commit(), Some(three.clone()));
    // A linked worktree.
    write("worktrees/w/HEAD", "ref: refs/heads/main\n");
    write("worktrees/w/commondir", "../..\n");
    let linked = tempfile::tempdir().unwrap();
    std::fs::write(linked.path().join(".git"), format!("gitdir: {}\n", git.join("worktrees/w").display())).unwrap();
    assert_eq!(fixloop::scenario::commit(linked.path()), Some(three));
}
