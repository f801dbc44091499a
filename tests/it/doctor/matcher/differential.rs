//! Next.js's own compiled code is the judge, on generated matchers and paths. `make differential` does it for longer.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fixloop::doctor::{
    matcher::{Matcher, Next, Request, Site, declared},
    script::Literal,
};
use serde_json::{Value, json};

use crate::support::Random;

const VERSIONS: [(&str, &str); 3] = [("14", "14.2.35"), ("15", "15.5.29"), ("16", "16.4.6")];

fn app() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/matcher")
}

/// What Next.js of this major version says to each case.
fn next_says(major: &str, cases: &[Value]) -> Vec<Value> {
    let installed = app().join(format!("node_modules/next-{major}/package.json")).exists();
    assert!(installed, "Next.js is not installed: run `npm ci` in tests/apps/matcher (`make test` does)");
    let mut node = Command::new("node")
        .args(["ask.cjs", major])
        .current_dir(app())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is not installed: install Node 20 or newer");
    let mut input = node.stdin.take().unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

/// What our port says to a case, in the same words.
fn we_say(version: &str, case: &Value) -> Value {
    let next = Next::parse(version).unwrap();
    let locales = case["config"]["i18n"]["locales"].as_array();
    let locales = locales.map(|all| all.iter().map(|each| each.as_str().unwrap().to_owned()).collect());
    let base_path = case["config"]["basePath"].as_str().unwrap_or_default().to_owned();
    let declared = match declared(&Literal::from(&case["matcher"]), next) {
        Ok(declared) => declared,
        Err(invalid) => return json!({"error": invalid.why}),
    };
    let matcher = match Matcher::new(&declared, &Site { next, base_path, locales }) {
        Ok(matcher) => matcher,
        Err(invalid) => return json!({"error": invalid.why}),
    };
    let regexps = matcher.entries().map(|entries| entries.iter().map(|each| each.regex.source()).collect::<Vec<_>>());
    let runs: Vec<bool> =
        case["requests"].as_array().unwrap().iter().map(|each| matcher.matches(&request(each)).runs()).collect();
    json!({"regexps": regexps, "runs": runs})
}

fn request(case: &Value) -> Request {
    let headers: BTreeMap<String, String> = case["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let mut request = Request::new("/", &headers).at(case["path"].as_str().unwrap());
    for (name, value) in case["query"].as_object().unwrap() {
        let values = match value {
            Value::Array(list) => list.iter().map(|each| each.as_str().unwrap().to_owned()).collect(),
            one => vec![one.as_str().unwrap().to_owned()],
        };
        request.query.insert(name.clone(), values);
    }
    request
}

#[test]
fn matcher_differential() {
    let rounds = crate::support::fuzz_rounds(300);
    let mut random = Random::seeded("FIXLOOP_SEED");
    let seed = random.seed();
    let cases: Vec<Value> = (0..rounds).map(|_| case(&mut random)).collect();
    let (mut problems, mut refused, mut ran, mut asked, mut slow) = (Vec::new(), 0, 0, 0, 0);
    for (major, version) in VERSIONS {
        for (case, theirs) in cases.iter().zip(next_says(major, &cases)) {
            // Both engines backtrack: where one is stopped, the other would take as long.
            if theirs["slow"] == json!(true) {
                slow += 1;
                continue;
            }
            let ours = we_say(version, case);
            let (wrong, refusal) = (ours["error"].is_string(), theirs["error"].is_string());
            refused += usize::from(refusal);
            // A host with an empty value breaks Next.js with the request: there is no answer to compare with.
            let broke = |run: &Value| run == "Cannot read properties of undefined (reading 'length')";
            let same_runs = ours["runs"].as_array().zip(theirs["runs"].as_array()).is_none_or(|(ours, theirs)| {
                ours.len() == theirs.len()
                    && ours.iter().zip(theirs).all(|(ours, theirs)| ours == theirs || broke(theirs))
            });
            if let Some(runs) = theirs["runs"].as_array() {
                asked += runs.len();
                ran += runs.iter().filter(|run| **run == json!(true)).count();
            }
            if wrong != refusal || (!wrong && ours["regexps"] != theirs["regexps"]) || !same_runs {
                problems.push(format!("Next.js {version}\n  {case}\n  theirs {theirs}\n  ours   {ours}"));
            }
        }
    }
    eprintln!(
        "seed {seed}: {rounds} matchers, 3 versions, {asked} answers, {ran} yes, {refused} matchers refused, {slow} too slow, \
         {} differ",
        problems.len()
    );
    let few = problems.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(problems.is_empty(), "seed {seed} (FIXLOOP_SEED): {} differ\n{few}", problems.len());
    // The generator has to reach both answers, and refusals.
    assert!(slow < rounds / 10, "{slow} of {rounds} matchers are too slow");
    assert!(refused > rounds / 20 && ran > asked / 20 && asked - ran > asked / 20, "{refused} {ran} {asked}");
}

const WORDS: [&str; 14] =
    ["api", "monitoring", "en", "de", "a", "b", "_next", "static", "favicon.ico", "x-y", "é", "Über", "1", "index"];
const NAMES: [&str; 5] = ["path", "locale", "id", "nextData", "_x9"];
const PATTERNS: [&str; 24] = [
    ".*",
    "[^/]+",
    "\\\\d+",
    "\\\\w+",
    "en|de",
    "(?:a|b)+",
    "(?!api).*",
    "(?!api|_next/static|_next/image|favicon.ico).*",
    "(?=a)[a-z]*",
    "(?<!x)a",
    "(?<n>a)",
    "[^/.]{1,}",
    "a{2,3}",
    "[\\\\s\\\\S]*",
    ".*\\\\..*",
    "\\\\bmon.*",
    "(?!.*\\\\.json$).*",
    "[a-z&&b]",
    "\\\\u0061+",
    "(?:a(?:b)?)?",
    "x{,2}",
    "\\\\/a",
    "[/]+",
    "a*?",
];
const SUFFIXES: [&str; 9] = ["", "", "", "/", ".json", ".rsc", ".segments/a/b.segment.rsc", "/index.json", "?"];

fn case(random: &mut Random) -> Value {
    let sources: Vec<String> = (0..=random.below(2)).map(|_| source(random)).collect();
    let matcher = match random.below(12) {
        0 => json!(sources[0]),
        1 => json!({"source": sources[0]}),
        2 => random.pick(&[
            json!(null),
            json!(""),
            json!([]),
            json!(1),
            json!([null]),
            json!([{"has": []}]),
            json!([{"source": "/a", "x": 1}]),
        ]),
        3..=6 => json!(sources[0]),
        7..=9 => json!(sources.iter().map(|source| entry(random, source)).collect::<Vec<_>>()),
        _ => json!(sources),
    };
    let mut config = json!({});
    if random.below(4) == 0 {
        config["basePath"] = random.pick(&[json!("/app"), json!("/a/b"), json!("/x.y")]);
    }
    if random.below(4) == 0 {
        config["i18n"] = json!({"locales": ["en", "de"], "defaultLocale": "en"});
    }
    let requests: Vec<Value> = (0..12).map(|_| asked(random, &sources, &config)).collect();
    json!({"matcher": matcher, "config": config, "requests": requests})
}

/// A source: mostly one that a person might write, now and then with a sign too many.
fn source(random: &mut Random) -> String {
    let mut source = String::new();
    for _ in 0..random.below(4) {
        let (word, name, pattern) =
            (random.pick(&WORDS), random.pick(&NAMES), random.pick(&PATTERNS).replace("\\\\", "\\"));
        let modifier = random.pick(&["", "", "", "?", "*", "+"]);
        // A repetition of repetitions takes exponential time, here and there.
        let repeats = pattern.contains(['*', '+', '{', '?']) && ["*", "+"].contains(&modifier);
        let pattern = if repeats { "en|de".to_owned() } else { pattern };
        let piece = match random.below(12) {
            0 | 1 => format!("/{word}"),
            2 | 3 => format!("/:{name}{modifier}"),
            4 => format!("/:{name}({pattern}){modifier}"),
            5 | 6 => format!("/({pattern}){modifier}"),
            7 => format!("{{/{word}}}{modifier}"),
            8 => format!("{{-:{name}.}}{modifier}"),
            9 => format!("/{word}:{name}{modifier}"),
            10 => format!("({pattern}){modifier}"),
            _ => format!("\\{word}.:{name}"),
        };
        source.push_str(&piece);
    }
    if source.is_empty() {
        source.push('/');
    }
    if random.below(6) == 0 {
        let mut chars: Vec<char> = source.chars().collect();
        let at = random.below(chars.len());
        match random.below(3) {
            0 => drop(chars.remove(at)),
            1 => chars.insert(
                at,
                random.pick(&[
                    '(', ')', '{', '}', ':', '\\', '?', '*', '+', '/', '[', ']', '|', '.', '^', '$', '\n', '😀',
                ]),
            ),
            _ => chars.truncate(at),
        }
        source = chars.into_iter().collect();
    }
    source
}

fn entry(random: &mut Random, source: &str) -> Value {
    let mut entry = json!({"source": source});
    if random.below(3) == 0 {
        return json!(source);
    }
    if random.below(3) == 0 {
        entry["locale"] = random.pick(&[json!(false), json!(false), json!(false), json!(true)]);
    }
    for list in ["has", "missing"] {
        if random.below(2) == 0 {
            entry[list] = Value::Array((0..=random.below(2)).map(|_| condition(random)).collect());
        }
    }
    entry
}

fn condition(random: &mut Random) -> Value {
    let kind = random.pick(&["header", "cookie", "query", "host"]);
    let mut condition = json!({"type": kind});
    if kind != "host" || random.below(10) == 0 {
        condition["key"] = json!(random.pick(&["o", "p", "x-foo", "X-Foo"]));
    }
    if kind == "host" || random.below(2) == 0 {
        condition["value"] =
            json!(random.pick(&["1", ".*", "\\d+", "(?<id>.+)", "a|b", "", "app\\.example\\.com", "example.com"]));
    }
    condition
}

fn asked(random: &mut Random, sources: &[String], config: &Value) -> Value {
    let mut path = String::new();
    // Half the paths grow out of a source: its words with something for its parameters.
    if random.below(2) == 0 {
        let mut skip = 0;
        for c in random.pick(sources).chars() {
            match c {
                '(' | '{' => skip += i32::from(c == '('),
                ')' => skip -= 1,
                ':' => path.push_str(random.pick(&["a", "en", "", "b-c"])),
                c if skip <= 0 && (c.is_alphanumeric() || "/_.-".contains(c)) => path.push(c),
                _ => {}
            }
        }
    } else {
        for _ in 0..random.below(4) {
            path.push('/');
            path.push_str(random.pick(&WORDS));
        }
    }
    if !path.starts_with('/') {
        path.insert(0, '/');
    }
    if config["i18n"].is_object() && random.below(3) > 0 {
        path.insert_str(0, random.pick(&["/en", "/de", "/fr"]));
    }
    if random.below(5) == 0 {
        path.insert_str(0, "/_next/data/build");
    }
    if let Some(base) = config["basePath"].as_str().filter(|_| random.below(5) > 0) {
        path.insert_str(0, base);
    }
    path.push_str(random.pick(&SUFFIXES));
    // Short: some of these matchers take a time that grows with a high power of the length.
    let path: String = path.chars().take(40).collect();
    let mut query = json!({});
    if random.below(2) == 0 {
        query[random.pick(&["o", "p"])] =
            random.pick(&[json!("1"), json!("42"), json!(""), json!(["a", "1"]), json!(["", ""])]);
    }
    let mut headers = json!({});
    if random.below(2) == 0 {
        let (name, value) = random.pick(&[
            ("x-foo", "1"),
            ("cookie", "o=1; p=a%20b"),
            ("cookie", "o=\"1\"; o=2"),
            ("cookie", "p=%zz"),
            ("o", "b"),
            ("x-foo", ""),
        ]);
        headers[name] = json!(value);
    }
    if random.below(2) == 0 {
        headers["host"] = json!(random.pick(&["app.example.com:3000", "APP.example.com", "example.com"]));
    }
    json!({"path": path, "query": query, "headers": headers})
}
