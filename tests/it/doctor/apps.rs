//! Which apps a workspace has, what each is made with, and in which version.

use fixloop::doctor::project::{App, Project};

use super::tree::write;

/// Reads a workspace of these files.
fn read(files: &[(&str, &str)]) -> Project {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), files);
    Project::read(root.path())
}

/// An app as `folder: kind version`.
fn said(app: &App) -> String {
    let version = app.framework.version.as_ref().map_or("-".to_owned(), ToString::to_string);
    format!("{}: {:?} {version}", app.folder, app.framework.kind)
}

fn check(files: &[(&str, &str)], expect: &[&str]) -> Project {
    let project = read(files);
    let apps: Vec<String> = project.apps.iter().map(said).collect();
    assert_eq!(apps, expect, "{files:#?}");
    assert!(project.tree.skipped.is_empty(), "{:?}", project.tree.skipped);
    project
}

const NEXT: &str = r#"{"dependencies": {"next": "^16.2.0", "@sentry/nextjs": "^11.0.0", "react": "19"}}"#;

#[test]
fn each_framework_is_known_by_what_makes_it_one() {
    check(&[("package.json", NEXT), ("next.config.ts", "")], &[": Next 16.2.0"]);
    check(&[("package.json", NEXT), ("src/app/page.tsx", "")], &[": Next 16.2.0"]);
    let dev = |name: &str, version: &str| format!(r#"{{"devDependencies": {{"{name}": "{version}"}}}}"#);
    check(&[("package.json", &dev("@sveltejs/kit", "2.5.1")), ("src/app.html", "")], &[": SvelteKit 2.5.1"]);
    check(&[("package.json", &dev("nuxt", "^3.11")), ("nuxt.config.ts", "")], &[": Nuxt 3.11.0"]);
    check(&[("package.json", &dev("@react-router/dev", "7.1.0")), ("app/root.tsx", "")], &[": Remix 7.1.0"]);
    check(&[("package.json", &dev("astro", "5.0.0")), ("astro.config.mjs", "")], &[": Astro 5.0.0"]);
    check(&[("package.json", &dev("@angular/core", "~19.0.0")), ("angular.json", "{}")], &[": Angular 19.0.0"]);
    check(&[("package.json", &dev("vite", "^6.1.0")), ("index.html", "")], &[": Vite 6.1.0"]);
    let server = r#"{"dependencies": {"express": "5.1.0", "@sentry/node": "10.0.0"}}"#;
    check(&[("package.json", server)], &[": Node 5.1.0"]);
    check(
        &[("package.json", r#"{"dependencies": {"@sentry/react": "8.0.0", "react-scripts": "5.0.1"}}"#)],
        &[": Other -"],
    );
    check(&[("page.html", "<script src=https://js.sentry-cdn.com/a.min.js>")], &[": Other -"]);
    check(&[("page.html", "<p>")], &[]);
}

#[test]
fn a_program_in_python_is_known_by_what_it_asks_for() {
    let py = ("app.py", "");
    let app = |name: &str, text: &str, expect: &str| check(&[(name, text), py], &[expect]);
    app("requirements.txt", "Django==5.1.2\nsentry-sdk[django]>=2.0 ; python_version > '3.8'\n", ": Django 5.1.2");
    app("requirements/base.txt", "flask >= 3.0 # web\n-r x.txt\n", ": Flask 3.0.0");
    app(
        "pyproject.toml",
        "[project]\nname = \"a\"\ndependencies = [\"FastAPI[standard]~=0.115\"]",
        ": FastApi 0.115.0",
    );
    app(
        "pyproject.toml",
        "[tool.poetry.dependencies]\npython = \"^3.12\"\nflask = {version = \"^3.1\"}",
        ": Flask 3.1.0",
    );
    app("pyproject.toml", "[tool.poetry.group.main.dependencies]\ndjango = \"5.0\"", ": Django 5.0.0");
    app("pyproject.toml", "[dependency-groups]\nweb = [\"starlette\"]", ": FastApi -");
    app(
        "Pipfile",
        "[packages]\nflask = \"*\"\nsentry_sdk = {version = \"==2.1.0\", extras = [\"flask\"]}",
        ": Flask -",
    );
    app("setup.cfg", "[options]\ninstall_requires =\n    flask==2.3.0\n    sentry-sdk\n\n[other]\n", ": Flask 2.3.0");
    app("setup.py", "setup(install_requires=[\n  'sentry-sdk[x]>=1', \"a\"],\n)", ": Python -");
    let locked = check(
        &[
            ("pyproject.toml", "[project]\nname = \"a\"\ndependencies = [\"django>=4\", \"sentry_sdk\"]"),
            (
                "uv.lock",
                "version = 1\n[[package]]\nname = \"django\"\nversion = \"5.2.3\"\ndependencies = [{ name = \"x\" }]\n\n\
                 [[package]]\nname = \"sentry-sdk\"\nversion = \"2.9.1\"\n",
            ),
            py,
        ],
        &[": Django 5.2.3"],
    );
    assert_eq!(locked.apps[0].package.version("sentry-sdk").unwrap().to_string(), "2.9.1");
    assert!(locked.apps[0].package.has_sentry());
    // The list lies above the program.
    check(&[("requirements.txt", "django"), ("backend/manage.py", "")], &[": Django -"]);
    check(&[("docs/requirements.txt", "django"), ("docs/index.md", "")], &[]);
}

#[test]
fn packages_that_only_others_use_are_no_apps() {
    let lib = r#"{"name": "@a/options", "dependencies": {"@sentry/nextjs": "11.0.0"}}"#;
    let ui = r#"{"name": "@a/ui", "peerDependencies": {"next": "*"}, "devDependencies": {"vite": "6.0.0"}}"#;
    let web =
        r#"{"name": "web", "dependencies": {"next": "16.0.0", "@a/options": "workspace:*", "@a/ui": "workspace:*"}}"#;
    let e2e = r#"{"name": "e2e", "devDependencies": {"web": "workspace:*"}}"#;
    let root = r#"{"workspaces": ["apps/*"], "devDependencies": {"@sentry/cli": "2.0.0", "@sentry/react": "10.0.0"}}"#;
    let project = check(
        &[
            ("package.json", root),
            (".eslintrc.js", "// sentry"),
            ("packages/options/package.json", lib),
            ("packages/options/index.ts", "import '@sentry/nextjs'"),
            ("packages/ui/package.json", ui),
            ("apps/web/package.json", web),
            ("apps/web/next.config.js", "sentry"),
            ("apps/admin/package.json", NEXT),
            ("apps/admin/app/page.tsx", ""),
            ("apps/admin/tests/fixtures/small/package.json", NEXT),
            ("apps/admin/tests/fixtures/small/next.config.js", "sentry"),
            ("e2e/package.json", e2e),
        ],
        &["apps/admin/: Next 16.2.0", "apps/web/: Next 16.0.0"],
    );
    let admin = &project.apps[0];
    assert_eq!(admin.within, ["apps/admin/tests/fixtures/small/"]);
    let own: Vec<&str> = admin.paths(&project.tree).collect();
    assert_eq!(own, ["apps/admin/app/page.tsx", "apps/admin/package.json"]);
    assert!(admin.package.has_sentry() && !project.apps[1].package.has_sentry());
}

#[test]
fn the_outermost_package_is_an_app_where_it_is_one() {
    let root = r#"{"workspaces": ["packages/*"], "dependencies": {"next": "16.0.0", "@sentry/nextjs": "11.0.0"}}"#;
    let server = r#"{"dependencies": {"fastify": "5.0.0"}}"#;
    let project = check(
        &[
            ("package.json", root),
            ("next.config.mjs", ""),
            ("server/package.json", server),
            ("server/a.ts", ""),
            ("a.ts", ""),
        ],
        &[": Next 16.0.0", "server/: Node 5.0.0"],
    );
    let own: Vec<&str> = project.apps[0].paths(&project.tree).collect();
    assert_eq!(own, ["a.ts", "next.config.mjs", "package.json"]);
}

/// Every lock file that is written for the same dependency says the same.
#[test]
fn versions_are_the_installed_ones_else_the_locked_ones() {
    let web =
        r#"{"name": "web", "dependencies": {"next": "^16.0.0"}, "devDependencies": {"@sentry/nextjs": "^11.0.0"}}"#;
    let npm = r#"{"lockfileVersion": 3, "packages": {"": {"workspaces": ["apps/*"]}, "apps/web": {"name": "web"},
        "apps/web/node_modules/next": {"version": "16.2.5"}, "node_modules/next": {"version": "15.0.0"},
        "node_modules/@sentry/nextjs": {"version": "11.8.0"}, "node_modules/web": {"resolved": "apps/web", "link": true}}}"#;
    let npm1 = r#"{"lockfileVersion": 1, "dependencies": {"next": {"version": "16.2.5", "dependencies": {"x": {"version": "1.0.0"}}},
        "@sentry/nextjs": {"version": "11.8.0"}}}"#;
    let pnpm9 = "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n\nimporters:\n\n  .: {}\n\n  apps/web:\n    \
        dependencies:\n      next:\n        specifier: 'catalog:'\n        version: 16.2.5(react@19.0.0)\n    devDependencies:\n      \
        '@sentry/nextjs':\n        specifier: ^11.0.0\n        version: 11.8.0(@opentelemetry/core@2.0.0)(next@16.2.5)\n\npackages:\n\n  \
        broken: [[[\n";
    let pnpm5 = "lockfileVersion: 5.4\n\nimporters:\n\n  apps/web:\n    specifiers:\n      next: ^16.0.0\n    dependencies:\n      \
        next: 16.2.5_react@18.0.0\n    devDependencies:\n      '@sentry/nextjs': /@sentry/nextjs/11.8.0\n\npackages:\n";
    let yarn1 = "# yarn lockfile v1\n\n\n\"@sentry/nextjs@^11.0.0\":\n  version \"11.8.0\"\n  resolved \"https://x\"\n\n\
        next@^15.0.0:\n  version \"15.0.0\"\n\nnext@^16.0.0, next@^16.1.0:\n  version \"16.2.5\"\n  dependencies:\n    a \"1\"\n";
    let berry = "__metadata:\n  version: 8\n\n\"@sentry/nextjs@npm:^11.0.0\":\n  version: 11.8.0\n  resolution: \"x\"\n\n\
        \"next@npm:^15.0.0\":\n  version: 15.0.0\n\n\"next@npm:^16.0.0, next@npm:^16.1.0\":\n  version: 16.2.5\n";
    let bun = "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\n    \"\": {\"name\": \"a\"},\n  },\n  \"packages\": {\n    \
        \"@sentry/nextjs\": [\"@sentry/nextjs@11.8.0\", \"\", {}, \"sha512-x\"],\n\n    \"next\": [\"next@15.0.0\", \"\", {}],\n\n    \
        \"web/next\": [\"next@16.2.5\", \"\", {}],\n  }\n}\n";
    let locks = [
        ("package-lock.json", npm, "Npm"),
        ("npm-shrinkwrap.json", npm1, "Npm"),
        ("pnpm-lock.yaml", pnpm9, "Pnpm"),
        ("pnpm-lock.yaml", pnpm5, "Pnpm"),
        ("yarn.lock", yarn1, "Yarn"),
        ("yarn.lock", berry, "Yarn"),
        ("bun.lock", bun, "Bun"),
    ];
    for (name, lock, manager) in locks {
        let root =
            [("package.json", "{}"), ("apps/web/package.json", web), ("apps/web/next.config.js", ""), (name, lock)];
        let project = check(&root, &["apps/web/: Next 16.2.5"]);
        let package = &project.apps[0].package;
        assert_eq!(package.version("@sentry/nextjs").unwrap().to_string(), "11.8.0", "{lock}");
        let (wrote, path) = package.lock.as_ref().unwrap();
        assert_eq!((format!("{wrote:?}").as_str(), path.as_str()), (manager, name));
        // What is installed counts more: in the folder itself, else above it.
        let mut installed = root.to_vec();
        installed.push(("node_modules/next/package.json", r#"{"version": "16.3.0"}"#));
        let hoisted = read(&installed);
        assert_eq!(said(&hoisted.apps[0]), "apps/web/: Next 16.3.0");
        installed.push(("apps/web/node_modules/next/package.json", r#"{"version": "16.4.0-canary.1"}"#));
        assert_eq!(said(&read(&installed).apps[0]), "apps/web/: Next 16.4.0");
    }
}

#[test]
fn ranges_that_name_a_place_are_no_versions() {
    for range in
        ["workspace:*", "file:../next-14", "link:./v3", "github:a/b#v1", "https://h/next-14.tgz", "latest", "*"]
    {
        let package = format!(r#"{{"dependencies": {{"next": "{range}"}}}}"#);
        check(&[("package.json", &package), ("next.config.js", "")], &[": Next -"]);
    }
    for range in ["npm:next@16.1.0", ">=16.1 <17", "v16.1.0", "~16.1"] {
        let package = format!(r#"{{"dependencies": {{"next": "{range}"}}}}"#);
        check(&[("package.json", &package), ("next.config.js", "")], &[": Next 16.1.0"]);
    }
}
