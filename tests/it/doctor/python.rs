//! Where programs in Python start Sentry, with which options, and which policies they set.

use std::fmt::Write as _;

use fixloop::doctor::{
    project::{App, Project},
    script::{Place, Value, What},
};

use super::{case::folder, tree::write};

/// A value in short.
fn shown(value: &Value) -> String {
    match &value.what {
        What::Text(pieces) => {
            pieces.iter().map(|piece| piece.text.clone().unwrap_or_else(|hidden| format!("<{hidden}>"))).collect()
        }
        What::Env(name) => format!("${name}"),
        What::Choice(all) => all.iter().map(shown).collect::<Vec<_>>().join(" | "),
        What::Bool(bool) => bool.to_string(),
        What::Number(number) => number.to_string(),
        What::Null => "None".to_owned(),
        What::Unknown(hidden) => format!("<{}>", hidden.expression),
        other => format!("{other:?}"),
    }
}

fn described(app: &App) -> String {
    let mut out = String::new();
    for init in &app.inits {
        let options: Vec<String> =
            init.options.iter().map(|option| format!("{}={}", option.name, shown(&option.value))).collect();
        let _ = writeln!(out, "{} {:?}: {}", init.path, init.runtime, options.join(", "));
        for condition in &init.conditions {
            let _ = writeln!(out, "  if {} ({:?})", condition.text, condition.holds);
        }
        for hidden in &init.hidden {
            let _ = writeln!(out, "  hidden {}", hidden.expression);
        }
    }
    for policy in &app.policies {
        let only = if policy.report_only { " report-only" } else { "" };
        let by = policy.defaults.as_ref().map(|by| format!(" with {by}")).unwrap_or_default();
        let text = policy.text.clone().unwrap_or_else(|hidden| format!("<{hidden}>"));
        let _ = writeln!(out, "{}{only}{by}: {text}", policy.path);
    }
    out
}

fn check(files: &[(&str, &str)], expect: &str) {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("requirements.txt", "sentry-sdk\nflask\n")]);
    write(root.path(), files);
    let project = Project::read(root.path());
    assert_eq!(described(&project.apps[0]).trim(), expect.trim(), "{files:#?}");
    for init in &project.apps[0].inits {
        let text = &files.iter().find(|(path, _)| *path == init.path).unwrap().1;
        assert!(text[init.span.start..init.span.end].ends_with(')'), "the call's place");
        assert!(Place::of(text, init.span.start).line > 0);
    }
}

#[test]
fn healthy_apps() {
    let mut out = String::new();
    for name in ["django", "flask", "fastapi"] {
        let project = Project::read(&folder("healthy").join(name));
        let _ = writeln!(out, "== {name}");
        for app in &project.apps {
            out.push_str(&described(app));
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn options_are_followed_through_names_files_and_classes() {
    check(
        &[(
            "app.py",
            "import os\nimport sentry_sdk as s\nDSN = os.environ['SENTRY_DSN']\nRATE = float(os.getenv('RATE', '0.5'))\n\
             if DSN:\n    s.init(DSN, environment=os.getenv('ENV') or 'production', traces_sample_rate=RATE, send_default_pii=not False)\n",
        )],
        "app.py Server: dsn=$SENTRY_DSN, environment=$ENV | production, tracesSampleRate=$RATE | 0.5, sendDefaultPii=true\n  if DSN (None)",
    );
    check(
        &[
            (".env", "SENTRY_DSN=https://k@o1.ingest.sentry.io/42"),
            (
                "app.py",
                "from sentry_sdk import init\nfrom .settings import config\ndef start(debug):\n    if debug:\n        pass\n    elif config.ON:\n        init(dsn=config.DSN, **config.MORE)\n",
            ),
            ("__init__.py", ""),
            ("settings/__init__.py", "from settings.config import *\n"),
            (
                "settings/config.py",
                "from os import environ\nON = True\nDSN = environ.get('SENTRY_DSN')\nMORE = {'release': f'a@{1}', 'debug': False}\n",
            ),
        ],
        "app.py Server: dsn=https://k@o1.ingest.sentry.io/42, release=a@1, debug=false\n  if not (debug) (None)\n  if config.ON (Some(true))",
    );
    check(
        &[(
            "app.py",
            "import sentry_sdk\nfrom options import options\nsentry_sdk.init(dsn=None, **options())\nother.init(dsn='x')\n",
        )],
        "app.py Server: dsn=None\n  hidden options()",
    );
    check(&[("tests/test_app.py", "import sentry_sdk\nsentry_sdk.init(dsn='x')\n")], "");
}

#[test]
fn policies_of_libraries_and_code_are_read() {
    check(
        &[(
            "settings.py",
            "CSP_DEFAULT_SRC = (\"'self'\",)\nCSP_CONNECT_SRC = CSP_DEFAULT_SRC + ('https://a.example',)\nCSP_REPORT_ONLY = True\nCSP_EXCLUDE_URL_PREFIXES = ('/admin',)\n",
        )],
        "settings.py report-only: default-src 'self'; connect-src 'self' https://a.example",
    );
    check(
        &[("settings.py", "CSP_IMG_SRC = '*'")],
        "settings.py with the defaults of django-csp: default-src 'self'; img-src *",
    );
    check(&[("settings/dev.py", "CSP_IMG_SRC = '*'")], "");
    check(
        &[(
            "settings.py",
            "from django.utils.csp import CSP\nSECURE_CSP = {'default-src': [CSP.SELF], 'script-src': [CSP.SELF, CSP.NONCE]}\n",
        )],
        "settings.py: default-src 'self'; script-src 'self' ${0}",
    );
    check(
        &[("app.py", "from flask_talisman import Talisman\nTalisman(app)\n")],
        "app.py with the defaults of flask-talisman: default-src 'self'; object-src 'none'",
    );
    check(
        &[(
            "app.py",
            "from flask_talisman import Talisman\ntalisman = Talisman()\ntalisman.init_app(app, content_security_policy={'default-src': \"'self'\", 'img-src': ['*', 'data:']})\n",
        )],
        "app.py: default-src 'self'; img-src * data:",
    );
    check(
        &[(
            "app.py",
            "HOST = 'https://a.example'\ndef after(response):\n    own = \"default-src 'self'; \" f'connect-src {HOST}'\n    response.headers['Content-Security-Policy'] = own\n    return response\n",
        )],
        "app.py: default-src 'self'; connect-src https://a.example",
    );
    check(
        &[(
            "app.py",
            "def after(response):\n    response.headers.setdefault('Content-Security-Policy-Report-Only', '; '.join([\"default-src 'self'\", 'img-src *']))\n",
        )],
        "app.py report-only: default-src 'self'; img-src *",
    );
    check(&[("app.py", "Talisman(app, content_security_policy=None)")], "");
    check(&[("app.py", "r.headers['content-security-policy'] = build(1)")], "app.py: <build(1)>");
}

#[test]
fn what_cannot_be_parsed_is_named() {
    let root = tempfile::tempdir().unwrap();
    let deep = format!("# sentry\nx = {}1\n", "not ".repeat(60_000));
    write(
        root.path(),
        &[
            ("requirements.txt", "sentry-sdk\n"),
            ("a.py", "import sentry_sdk\ndef f(:\n"),
            ("b.py", &format!("# sentry\nx = {}", "[".repeat(300))),
            ("c.py", &deep),
            ("d.py", "import sentry_sdk\nA = B\nB = A\nsentry_sdk.init(dsn=A)\n"),
            ("e.py", "from f import X\nimport sentry_sdk\nsentry_sdk.init(dsn=X)\n"),
            ("f.py", "from e import X\n"),
            ("g.py", "# sentry\nfrom g import *\nfrom h import *\n"),
            ("h.py", "# sentry\nfrom g import *\nimport sentry_sdk\nsentry_sdk.init(dsn=NOTHING)\n"),
        ],
    );
    let project = Project::read(root.path());
    let skipped: Vec<String> =
        project.tree.skipped.iter().map(|skipped| format!("{}: {}", skipped.path, skipped.why)).collect();
    assert!(skipped[0].starts_with("a.py: 2:7: "), "{skipped:?}");
    assert_eq!(skipped[1], "b.py: its brackets are nested deeper than 200");
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    assert_eq!(project.apps[0].inits.len(), 3, "cycles end");
}
