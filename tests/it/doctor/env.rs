//! Env files: their grammar as Next.js and Vite read it, and which of them counts.

use std::process::Command;

use fixloop::doctor::project::{Project, Role};

use super::tree::write;

const NEXT: (&str, &str) = ("package.json", r#"{"dependencies": {"next": "16.0.0"}}"#);
const VITE: (&str, &str) = ("package.json", r#"{"devDependencies": {"vite": "6.0.0"}}"#);

fn read(files: &[(&str, &str)]) -> Project {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), files);
    write(root.path(), &[("next.config.js", ""), ("index.html", "")]);
    Project::read(root.path())
}

/// The variables of one file: name, value, and the text of the assignment.
fn parsed(text: &str) -> Vec<(String, String, String)> {
    let project = read(&[NEXT, (".env", text)]);
    let file = &project.apps[0].env[0];
    let said = file.variables.iter().map(|variable| {
        let written = &text[variable.span.start..variable.span.end];
        let value = &text[variable.value_span.start..variable.value_span.end];
        assert!(written.ends_with(value), "{written:?} does not end with {value:?}");
        (variable.name.clone(), variable.value.clone(), written.to_owned())
    });
    said.collect()
}

#[test]
fn the_grammar_is_that_of_dotenv() {
    let checks = [
        ("A=1", "1", "A=1"),
        ("A = 1 # no", "1", "A = 1"),
        ("export A=1", "1", "A=1"),
        ("A: x", "x", "A: x"),
        ("A=", "", "A="),
        ("A=\nB=2", "", "A="),
        ("A='a # b'", "a # b", "A='a # b'"),
        ("A=\"a\\nb\" # c", "a\nb", "A=\"a\\nb\""),
        ("A='a\\nb'", "a\\nb", "A='a\\nb'"),
        ("A=`it's \"x\"`", "it's \"x\"", "A=`it's \"x\"`"),
        ("A=\"one\ntwo\"\nB=1", "one\ntwo", "A=\"one\ntwo\""),
        ("A=a b c  ", "a b c", "A=a b c"),
        ("A=\"open", "\"open", "A=\"open"),
        ("A=x\r\nB=y\r\n", "x", "A=x"),
        ("# c\n\nA=https://a@b.c/1?x=1", "https://a@b.c/1?x=1", "A=https://a@b.c/1?x=1"),
        ("A=a#b", "a", "A=a"),
    ];
    for (text, value, written) in checks {
        let found = parsed(text);
        assert_eq!(found[0], ("A".to_owned(), value.to_owned(), written.to_owned()), "{text:?}");
    }
    assert!(parsed("no assignment\n=1\n").is_empty());
}

/// The same texts through the package's own expression, run by a real engine.
#[test]
fn the_real_dotenv_reads_the_same() {
    let texts = [
        "A=1\nB='x # y'\nC=\"a\\nb\"\nexport D=e # f\nE: 1\nF=\nG=`a`\nH=a#b\nI='it\\'s'\nJ=\"a\nb\"\nK=x y \r\nL=\"\nM=1",
        "A=\"a'b\"\nB='a\"b'\nC=''\nD=\"\"\n E = f\nE=g\nF.G-H=1\nX=${A}\n#A=2\n",
    ];
    for text in texts {
        let program = format!(
            r#"const LINE = /(?:^|^)\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?(?:$|$)/mg
            const obj = {{}}; let lines = {}.replace(/\r\n?/mg, '\n'); let match;
            while ((match = LINE.exec(lines)) != null) {{
              let value = (match[2] || '').trim(); const q = value[0];
              value = value.replace(/^(['"`])([\s\S]*)\1$/mg, '$2');
              if (q === '"') {{ value = value.replace(/\\n/g, '\n').replace(/\\r/g, '\r') }}
              obj[match[1]] = value
            }}
            console.log(JSON.stringify(obj))"#,
            serde_json::to_string(text).unwrap()
        );
        let out = Command::new("node").args(["-e", &program]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let expect: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&out.stdout).unwrap();
        let mut found = serde_json::Map::new();
        for (name, value, _) in parsed(&text.replace("${A}", "a")) {
            found.insert(name, value.into());
        }
        let mut expect = expect;
        if let Some(value) = expect.get_mut("X") {
            *value = "a".into();
        }
        assert_eq!(found, expect, "{text:?}");
    }
}

#[test]
fn variables_in_values_are_filled_in() {
    let text = "HOST=o1.ingest.sentry.io\nDSN=https://k@${HOST}/$ID\nOTHER=${FROM_OUTSIDE}/x\nELSE=${NONE:-d}\nRAW=\\$HOST\nSELF=$SELF";
    let project = read(&[NEXT, (".env", text), (".env.local", "ID=42")]);
    let app = &project.apps[0];
    let value = |name: &str| app.variable(name).unwrap().1;
    assert_eq!(value("DSN").value, "https://k@o1.ingest.sentry.io/42");
    assert_eq!((value("ELSE").value.as_str(), value("RAW").value.as_str()), ("d", "$HOST"));
    assert_eq!(
        (value("OTHER").value.as_str(), &value("OTHER").unknown),
        ("${FROM_OUTSIDE}/x", &vec!["FROM_OUTSIDE".to_owned()])
    );
    assert_eq!(value("SELF").unknown, ["SELF"]);
    assert!(!app.modules.env.contains_key("OTHER"), "what is not known whole is no value");
    assert_eq!(app.modules.env["DSN"], "https://k@o1.ingest.sentry.io/42");
    assert!(!format!("{app:?}").contains("o1.ingest"), "values are not for logs");
}

#[test]
fn the_file_that_counts_is_the_frameworks() {
    let all = [
        (".env", "A=base\nB=base\nC=base\nONLY=base"),
        (".env.local", "A=local\nB=local"),
        (".env.production", "A=production\nB=production\nC=production"),
        (".env.development", "D=development"),
        (".env.example", "E=example\nA=example"),
        (".env.sentry-build-plugin", "SENTRY_AUTH_TOKEN=x"),
        (".env.staging", "S=1"),
    ];
    for (package, expect) in [(NEXT, "local"), (VITE, "production")] {
        let mut files = all.to_vec();
        files.push(package);
        let project = read(&files);
        let app = project.apps.iter().find(|app| app.package.path.is_some()).unwrap();
        let value = |name: &str| app.variable(name).map(|(_, variable)| variable.value.as_str());
        assert_eq!((value("A"), value("C"), value("ONLY")), (Some(expect), Some("production"), Some("base")));
        assert_eq!((value("D"), value("E"), value("S")), (None, None, None));
        assert_eq!(value("SENTRY_AUTH_TOKEN"), Some("x"));
        assert_eq!(app.naming("E").next().unwrap().0.role, Role::Example);
        assert_eq!(app.naming("D").next().unwrap().0.role, Role::Development);
    }
}

#[test]
fn files_above_an_app_count_last() {
    let project = read(&[
        (".env", "A=above\nB=above"),
        ("apps/web/.env", "A=own"),
        ("apps/web/package.json", NEXT.1),
        ("apps/web/next.config.js", ""),
    ]);
    let app = project.apps.iter().find(|app| app.folder == "apps/web/").unwrap();
    let found = |name: &str| {
        app.variable(name).map(|(file, variable)| (file.path.as_str(), file.role, variable.value.as_str()))
    };
    assert_eq!(found("A"), Some(("apps/web/.env", Role::Production, "own")));
    assert_eq!(found("B"), Some((".env", Role::Outer, "above")));
}
