//! The smallest change: what it writes, and that it lets through what it is for and nothing that it is not for.

use fixloop::doctor::csp::{Advice, Kind, Outcome, Role, Target, Word, check, judge, patch, read};

use super::{
    PAGE,
    differential::{Dice, TARGETS, policy, seed},
    page, target,
};
use crate::support::fuzz_rounds;

const DE: &str = "https://o1.ingest.de.sentry.io/api/42/envelope/";

/// The texts after the change for these targets, with the changes in words.
fn changed(texts: &[&str], targets: &[(Kind, &str)]) -> (Vec<String>, Vec<String>, Vec<Advice>) {
    let page = page(PAGE);
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let targets = targets.iter().map(|(kind, url)| target(*kind, url, &page)).collect();
    let patch = check(&texts, &page, targets).patch;
    let mut new = texts;
    for (at, text) in patch.texts {
        new[at] = text;
    }
    let word = |word: &Word| match word {
        Word::Keep(text) => text.clone(),
        Word::Add(text) => format!("+{text}"),
        Word::Remove(text) => format!("-{text}"),
    };
    let changes = patch.changes.iter();
    let changes = changes.map(|change| {
        let words: Vec<String> = change.words.iter().map(word).collect();
        format!("{}: {}", change.policy, words.join(" "))
    });
    (new, changes.collect(), patch.advice)
}

#[test]
fn it_is_the_smallest_one() {
    use Kind::{Connect, DynamicScript, Worker};
    let cases: [(&str, &[(Kind, &str)], &str, &str); 14] = [
        (
            "connect-src 'self'",
            &[(Connect, DE)],
            "connect-src 'self' https://o1.ingest.de.sentry.io",
            "1: connect-src 'self' +https://o1.ingest.de.sentry.io",
        ),
        (
            "default-src 'self' https: 'unsafe-inline'; img-src *",
            &[(Connect, "http://127.0.0.1:8969/api/1/envelope/")],
            "default-src 'self' https: 'unsafe-inline'; connect-src 'self' https: http://127.0.0.1:8969; img-src *",
            "1: +connect-src +'self' +https: +http://127.0.0.1:8969",
        ),
        ("connect-src 'none';", &[(Connect, "/tunnel")], "connect-src 'self';", "1: connect-src -'none' +'self'"),
        ("connect-src", &[(Connect, "/tunnel")], "connect-src 'self'", "1: connect-src +'self'"),
        (
            "default-src 'none'",
            &[(Connect, DE)],
            "default-src 'none'; connect-src https://o1.ingest.de.sentry.io",
            "1: +connect-src +https://o1.ingest.de.sentry.io",
        ),
        (
            "script-src 'self' 'nonce-abc' https://cdn.example",
            &[(Worker, "blob:")],
            "script-src 'self' 'nonce-abc' https://cdn.example; worker-src 'self' https://cdn.example blob:",
            "1: +worker-src +'self' +https://cdn.example +blob:",
        ),
        (
            "script-src 'self'; worker-src 'self'",
            &[(Worker, "blob:")],
            "script-src 'self'; worker-src 'self' blob:",
            "1: worker-src 'self' +blob:",
        ),
        (
            "script-src 'self'",
            &[(DynamicScript, "https://browser.sentry-cdn.com/a.js"), (Worker, "blob:")],
            "script-src 'self' https://browser.sentry-cdn.com; worker-src 'self' blob:",
            "1: script-src 'self' +https://browser.sentry-cdn.com|1: +worker-src +'self' +blob:",
        ),
        (
            "default-src 'self' 'nonce-abc'",
            &[(DynamicScript, "https://browser.sentry-cdn.com/a.js"), (Connect, DE)],
            "default-src 'self' 'nonce-abc'; script-src 'self' 'nonce-abc' https://browser.sentry-cdn.com; \
             connect-src 'self' https://o1.ingest.de.sentry.io",
            "1: +script-src +'self' +'nonce-abc' +https://browser.sentry-cdn.com|\
             1: +connect-src +'self' +https://o1.ingest.de.sentry.io",
        ),
        (
            "connect-src 'self', connect-src a.example",
            &[(Connect, "https://a.example/"), (Connect, "https://a.example/b")],
            "connect-src 'self' https://a.example, connect-src a.example",
            "1: connect-src 'self' +https://a.example",
        ),
        (
            "connect-src 'self'; connect-src *",
            &[(Connect, "https://x.example:8443/a")],
            "connect-src 'self' https://x.example:8443; connect-src *",
            "1: connect-src 'self' +https://x.example:8443",
        ),
        (
            "<meta http-equiv='Content-Security-Policy' content='default-src &#39;self&#39;'>",
            &[(Connect, DE)],
            "<meta http-equiv='Content-Security-Policy' content='default-src &#39;self&#39;; connect-src &#39;self&#39; \
             https://o1.ingest.de.sentry.io'>",
            "1: +connect-src +'self' +https://o1.ingest.de.sentry.io",
        ),
        (
            "Content-Security-Policy: connect-src 'self'\r\nContent-Security-Policy-Report-Only: connect-src 'none'\r\n",
            &[(Connect, DE)],
            "Content-Security-Policy: connect-src 'self' https://o1.ingest.de.sentry.io\r\n\
             Content-Security-Policy-Report-Only: connect-src 'none'\r\n",
            "1: connect-src 'self' +https://o1.ingest.de.sentry.io",
        ),
        ("connect-src *", &[(Connect, DE)], "connect-src *", ""),
    ];
    for (text, targets, new, changes) in cases {
        let (texts, said, advice) = changed(&[text], targets);
        assert_eq!((texts[0].as_str(), said.join("|").as_str()), (new, changes), "{text}");
        assert!(advice.is_empty(), "{text}: {advice:?}");
    }
}

#[test]
fn every_policy_that_blocks_is_changed_and_what_no_change_helps_is_said() {
    let (texts, changes, _) = changed(&["connect-src 'self'", "default-src 'none'"], &[(Kind::Connect, DE)]);
    assert_eq!(changes.len(), 2);
    assert_eq!(texts[1], "default-src 'none'; connect-src https://o1.ingest.de.sentry.io");
    let cases = [
        ("script-src 'nonce-abc'", Kind::Script, "https://js.sentry-cdn.com/k.min.js", Advice::Nonce),
        ("script-src 'strict-dynamic'", Kind::Script, "https://js.sentry-cdn.com/k.min.js", Advice::StrictDynamic),
        ("script-src 'self'", Kind::Inline, "/", Advice::Inline),
        ("connect-src 'self'", Kind::Connect, "http://[::1]:8969/", Advice::Ipv6),
    ];
    for (text, kind, url, expected) in cases {
        let (texts, changes, advice) = changed(&[text], &[(kind, url)]);
        assert_eq!((texts[0].as_str(), changes.len(), advice), (text, 0, vec![expected]), "{text}");
    }
}

/// After the change, read anew: what was blocked is let through, and everything else is as it was, but for what shares the
/// new source.
#[test]
fn generated_policies_let_through_what_they_were_changed_for_and_nothing_else() {
    let mut dice = Dice(seed());
    let (mut changed, mut wrong) = (0, Vec::new());
    for _ in 0..fuzz_rounds(3_000) {
        let mut texts = vec![policy(&mut dice), policy(&mut dice)];
        if dice.roll(2) == 0 {
            let quote = dice.pick(&["'", "\""]);
            let content = texts[0].replace('\'', "&#39;").replace('"', "&quot;");
            texts[0] = format!("<p>x</p>\n<meta content={quote}{content}{quote} http-equiv=content-security-policy />");
        }
        let page = page(PAGE);
        let policies = read(&texts);
        let all = || TARGETS.map(|(kind, url)| target(kind, url, &page));
        let before = all().map(|target| judge(&policies, &page, target));
        let (kind, url) = TARGETS[dice.roll(TARGETS.len())];
        let one = judge(&policies, &page, target(kind, url, &page));
        let patch = patch(&texts, &policies, &page, [&one]);
        if patch.changes.is_empty() {
            assert!(one.outcome != Outcome::Blocked || !patch.advice.is_empty(), "{texts:?} {url}: nothing is said");
            assert!(patch.texts.is_empty());
            continue;
        }
        changed += 1;
        let mut new = texts.clone();
        for (at, text) in &patch.texts {
            new[*at].clone_from(text);
        }
        let policies = read(&new);
        if !patch.advice.is_empty() {
            continue;
        }
        if judge(&policies, &page, target(kind, url, &page)).outcome != Outcome::Allowed {
            wrong.push(format!("{texts:?}\n -> {new:?}: {url} is not let through"));
        }
        for (old, target) in before.iter().zip(all()) {
            let same_source = target.url.origin() == one.target.url.origin() || target.url.scheme() == "blob";
            let now = judge(&policies, &page, target).outcome;
            let closed = old.outcome == Outcome::Allowed && now != Outcome::Allowed;
            let opened = old.outcome == Outcome::Blocked && now != Outcome::Blocked && !same_source;
            if closed || opened {
                wrong.push(format!("{texts:?}\n -> {new:?}: {} {} is {now:?}", old.target.kind.name(), old.target.url));
            }
        }
    }
    assert!(changed > 500, "{changed}");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.into_iter().take(10).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_is_not_needed_is_not_changed() {
    let page = page(PAGE);
    let mut optional: Target = target(Kind::Worker, "blob:", &page);
    optional.role = Role::Optional;
    let checked = check(&["script-src 'self'".to_owned()], &page, vec![optional]);
    assert!(checked.patch.changes.is_empty());
    assert_eq!(checked.alone[0].changes.len(), 1, "what would let it through is known all the same");
}
