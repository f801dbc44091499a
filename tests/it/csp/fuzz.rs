//! Broken text: nothing panics, and every place that is named is in the text.

use fixloop::doctor::csp::{Dsn, Kind, Needs, check, needs, reporting};
use url::Url;

use super::{
    PAGE,
    differential::{Dice, TARGETS, policy, seed},
    page, target,
};
use crate::support::fuzz_rounds;

const PIECES: [&str; 28] = [
    "<meta ",
    "http-equiv=",
    "Content-Security-Policy",
    "content=\"",
    "content='",
    "\">",
    "'",
    "\"",
    ">",
    "&#39;",
    "&amp",
    "Content-Security-Policy: ",
    "content-security-policy-report-only:",
    "\r\n",
    "\n",
    ",",
    ";",
    "\u{a0}",
    "é",
    "“self”",
    "\0",
    "🙂",
    "${x}",
    "%",
    "%C3%28",
    ":",
    "//",
    "[",
];

fn mutated(dice: &mut Dice) -> String {
    let mut text: Vec<char> = policy(dice).chars().collect();
    for _ in 0..dice.roll(8) {
        let at = dice.roll(text.len() + 1);
        match dice.roll(4) {
            0 => text.truncate(at),
            1 if at < text.len() => drop(text.remove(at)),
            2 if at < text.len() => text[at] = char::from_u32(u32::try_from(dice.roll(0x3000)).unwrap()).unwrap_or('x'),
            _ => drop(text.splice(at..at, dice.pick(&PIECES).chars())),
        }
    }
    text.into_iter().collect()
}

#[test]
fn fuzz_broken_policies_never_panic() {
    let mut dice = Dice(seed());
    let dsn = Dsn::read("https://0123456789abcdef0123456789abcdef@o1.ingest.de.sentry.io/42").unwrap();
    let tunnel = Url::parse("https://app.example.com/tunnel").unwrap();
    for _ in 0..fuzz_rounds(1_500) {
        let texts: Vec<String> = (0..=dice.roll(2)).map(|_| mutated(&mut dice)).collect();
        let page = page(PAGE);
        let mut targets = needs(&Needs { dsn: &dsn, tunnel: Some(&tunnel), sink: None }, &page);
        targets.extend(TARGETS.iter().map(|(kind, url)| target(*kind, url, &page)));
        let checked = check(&texts, &page, targets);
        reporting(&checked.policies, &dsn);
        for finding in &checked.findings {
            let spot = finding.token.spot;
            let text = &texts[spot.text];
            assert!(text.get(spot.start..spot.end).is_some(), "{texts:?}: {finding:?}");
            assert_eq!(text[..spot.start].matches('\n').count() + 1, spot.line, "{texts:?}: {finding:?}");
            assert!(!finding.rule.why().is_empty());
        }
        for (at, text) in &checked.patch.texts {
            assert_ne!(text, &texts[*at]);
        }
    }
}

#[test]
fn fuzz_dsns_are_read_or_refused() {
    let mut dice = Dice(seed());
    let good = "https://0123456789abcdef:fedcba@o1.ingest.de.sentry.io:443/a/b/42";
    for _ in 0..fuzz_rounds(3_000) {
        let mut text: Vec<char> = good.chars().collect();
        for _ in 0..dice.roll(5) {
            let at = dice.roll(text.len());
            if dice.roll(2) == 0 {
                text.remove(at);
            } else {
                text[at] = char::from_u32(u32::try_from(dice.roll(0x200)).unwrap()).unwrap_or('/');
            }
        }
        let text: String = text.into_iter().collect();
        if let Ok(dsn) = Dsn::read(&text)
            && text.contains(":fedcba@")
        {
            assert!(
                dsn.envelope().is_some() && !dsn.origin.contains("fedcba") && !dsn.security().contains("fedcba"),
                "{text}"
            );
        }
    }
}

#[test]
fn dsns() {
    let cases = [
        ("https://k@o1.ingest.de.sentry.io/42", Ok("https://o1.ingest.de.sentry.io/api/42/envelope/")),
        ("http://k:s@sentry.corp.example:9000/errors/7", Ok("http://sentry.corp.example:9000/errors/api/7/envelope/")),
        (" https://k@sentry.io/1\n", Ok("https://sentry.io/api/1/envelope/")),
        ("http://k@[::1]:8969/1", Ok("http://[::1]:8969/api/1/envelope/")),
        ("k@sentry.io/1", Err("https://")),
        ("ftp://k@sentry.io/1", Err("scheme")),
        ("https://sentry.io/1", Err("public key")),
        ("https://k-1@sentry.io/1", Err("public key")),
        ("https://k@sentry.io", Err("project number")),
        ("https://k@sentry.io/x", Err("not a number")),
        ("https://k@sen try.io/1", Err("host")),
        ("https://k@sentry.io:99999/1", Err("port")),
    ];
    for (text, expected) in cases {
        let read = Dsn::read(text).map(|dsn| dsn.envelope().unwrap().to_string());
        match (read, expected) {
            (Ok(url), Ok(expected)) => assert_eq!(url, expected, "{text}"),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{text}: {why}"),
            (read, _) => panic!("{text}: {read:?}"),
        }
    }
    assert!(Kind::named("connect").is_some() && Kind::named("conect").is_none());
}
