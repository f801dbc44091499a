//! Generated policies, asked of us and of a real Chromium. `make differential` asks more of them;
//! `FIXLOOP_SEED` names another seed.

use fixloop::doctor::csp::{Kind, Outcome, judge, read};
use serde_json::json;

use super::{chromium::Chromium, page, target};
use crate::support::fuzz_rounds;

/// Numbers that look random: SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    pub fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }
}

/// The seed that was asked for, or the one of every day.
pub fn seed() -> u64 {
    let seed = std::env::var("FIXLOOP_SEED").ok().map(|seed| seed.parse().expect("FIXLOOP_SEED is a number"));
    let seed = seed.unwrap_or(20_261_122);
    eprintln!("seed {seed}");
    seed
}

const NAMES: [&str; 12] = [
    "default-src",
    "default-src",
    "connect-src",
    "connect-src",
    "script-src",
    "script-src-elem",
    "worker-src",
    "child-src",
    "img-src",
    "Connect-Src",
    "frame-src",
    "conect-src",
];
const WORDS: [&str; 24] = [
    "'self'",
    "'self'",
    "'none'",
    "*",
    "https:",
    "http:",
    "HTTPS:",
    "blob:",
    "data:",
    "ws:",
    "'unsafe-inline'",
    "'strict-dynamic'",
    "'nonce-abc'",
    "'NONCE-abc'",
    "'sha256-abc='",
    "'unsafe-eval'",
    "'Self'",
    "self",
    "none",
    "https",
    "https://",
    "'self",
    "\"https://x.example\"",
    "connect-src",
];
const SCHEMES: [&str; 8] = ["", "", "https://", "https://", "http://", "HTTPS://", "wss://", "https:/"];
const HOSTS: [&str; 20] = [
    "app.example.com",
    "*.example.com",
    "x.example",
    "*.x.example",
    "a.x.example",
    "X.Example",
    "*",
    "*.*.x.example",
    "x*.example",
    "127.0.0.1",
    "localhost",
    "o1.ingest.sentry.io",
    "*.sentry.io",
    "*.ingest.sentry.io",
    "sentry.io",
    "*.ingest.de.sentry.io",
    "ingest.sentry.io",
    "o1.ingest.de.sentry.io",
    "example",
    "[::1]",
];
const PORTS: [&str; 10] = ["", "", "", "", ":443", ":80", ":8443", ":8969", ":*", ":99999"];
const PATHS: [&str; 12] =
    ["", "", "", "", "", "/", "/api", "/api/", "/api/42/envelope/", "/api/*", "/Api/", "/api?a=1"];
const GAPS: [&str; 8] = ["; ", "; ", "; ", ";", ";;", " ;\t", ", ", " "];

fn source(dice: &mut Dice) -> String {
    if dice.roll(2) == 0 {
        return dice.pick(&WORDS).to_owned();
    }
    [dice.pick(&SCHEMES), dice.pick(&HOSTS), dice.pick(&PORTS), dice.pick(&PATHS)].concat()
}

pub fn policy(dice: &mut Dice) -> String {
    let mut policy = String::new();
    for at in 0..=dice.roll(4) {
        if at > 0 {
            policy.push_str(dice.pick(&GAPS));
        }
        policy.push_str(dice.pick(&NAMES));
        for _ in 0..dice.roll(5) {
            policy.push(' ');
            policy.push_str(&source(dice));
        }
    }
    policy
}

const PAGES: [&str; 5] = [
    "https://app.example.com/",
    "https://app.example.com/",
    "http://app.example.com/",
    "http://localhost:3000/",
    "https://app.example.com:8443/",
];

/// Kind and address; each address once, so that violations can be told apart.
pub const TARGETS: [(Kind, &str); 19] = [
    (Kind::Connect, "https://o1.ingest.sentry.io/api/42/envelope/"),
    (Kind::Connect, "https://o1.ingest.de.sentry.io/api/42/envelope/"),
    (Kind::Connect, "https://sentry.io/api/42/envelope/"),
    (Kind::Connect, "/monitoring?o=1&p=42"),
    (Kind::Connect, "https://app.example.com/api"),
    (Kind::Connect, "https://x.example:8443/api/1"),
    (Kind::Connect, "https://a.x.example/Api/1"),
    (Kind::Connect, "https://localhost:3000/api"),
    (Kind::Connect, "http://127.0.0.1:8969/stream"),
    (Kind::Connect, "http://localhost:8969/stream"),
    (Kind::Connect, "https://[::1]:8969/"),
    (Kind::Image, "https://x.example/a.svg"),
    (Kind::Image, "/api/a.svg"),
    (Kind::DynamicScript, "https://x.example/a.js"),
    (Kind::DynamicScript, "/api/a.js"),
    (Kind::Worker, "/w.js"),
    (Kind::Worker, "blob:"),
    (Kind::Script, "https://x.example/tag.js"),
    (Kind::Inline, "/"),
];

#[tokio::test]
async fn generated_policies_are_decided_as_chromium_decides() {
    let mut dice = Dice(seed());
    let mut chromium = Chromium::start().await;
    eprintln!("{}", chromium.version().await);
    let (mut asked, mut blocked, mut wrong) = (0, 0, Vec::new());
    for _ in 0..fuzz_rounds(50) {
        let at = dice.pick(&PAGES);
        // Up to three: in the header, in <meta>, to report only.
        let mut texts = vec![policy(&mut dice)];
        let mut headers = vec![("content-security-policy".to_owned(), texts[0].clone())];
        let mut meta = String::new();
        match dice.roll(6) {
            0 => {
                let more = policy(&mut dice);
                headers.push(("content-security-policy".to_owned(), more.clone()));
                texts.push(more);
            }
            1 => {
                let content = policy(&mut dice).replace('"', "&quot;");
                meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{content}\">");
                texts.push(meta.clone());
            }
            2 => {
                let more = policy(&mut dice);
                headers.push(("content-security-policy-report-only".to_owned(), more.clone()));
                texts.push(format!("Content-Security-Policy-Report-Only: {more}"));
            }
            _ => {}
        }
        let nonce = if dice.roll(2) == 0 { "" } else { "nonce=abc" };
        let html = format!(
            "<!doctype html><head>{meta}</head><script {nonce} src='https://x.example/tag.js'></script>\
             <script {nonce}>self.inline = 1</script>"
        );
        let page = page(at);
        let policies = read(&texts);
        let targets = TARGETS.map(|(kind, url)| target(kind, url, &page));
        let ask = targets.clone().map(|target| {
            let url = if target.url.scheme() == "blob" { "blob:" } else { target.url.as_str() };
            json!({"kind": target.kind.name(), "url": url, "directive": target.kind.chain()[0]})
        });
        let said = chromium.ask(at, &headers, &html, &json!(ask)).await;
        for (target, said) in targets.into_iter().zip(said) {
            let judged = judge(&policies, &page, target);
            let ours = match judged.outcome {
                Outcome::Allowed => true,
                Outcome::Blocked => false,
                // The generated policies know one nonce.
                Outcome::WithNonce => !nonce.is_empty(),
            };
            asked += 1;
            blocked += usize::from(!ours);
            if ours == (said == "blocked") {
                let target = &judged.target;
                wrong.push(format!(
                    "{at} {nonce} {texts:?}\n    {} {}: Chromium: {said}",
                    target.kind.name(),
                    target.url
                ));
            } else if ours {
                assert_eq!(said, "ok", "{at} {texts:?} {}: neither blocked nor let through", judged.target.url);
            }
        }
    }
    eprintln!("{asked} answers compared, {blocked} of them blocked");
    assert!(blocked * 10 > asked && blocked * 10 < asked * 9, "{blocked} of {asked}");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}
