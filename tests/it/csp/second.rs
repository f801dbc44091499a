//! A second opinion without a browser: the crate `content-security-policy`, which follows the letter of CSP3. Where it and we
//! differ, the difference is one that was seen in Chromium too, and is named here.

use std::collections::BTreeMap;

use content_security_policy::{
    CheckResult, CspList, Destination, Initiator, ParserMetadata, PolicyDisposition, PolicySource, Request,
};
use fixloop::doctor::csp::{Delivery, Kind, Outcome, Policy, Port, Source, judge, read};
use url::Url;

use super::{
    differential::{Dice, TARGETS, policy, seed},
    page, target,
};
use crate::support::fuzz_rounds;

fn crate_allows(policies: &CspList, kind: Kind, url: &Url, page: &Url) -> bool {
    let destination = match kind {
        Kind::Image => Destination::Image,
        Kind::DynamicScript | Kind::Script => Destination::Script,
        Kind::Worker => Destination::Worker,
        _ => Destination::None,
    };
    let request = Request {
        url: url.clone(),
        current_url: url.clone(),
        origin: page.origin(),
        redirect_count: 0,
        destination,
        initiator: if destination == Destination::None { Initiator::Fetch } else { Initiator::None },
        nonce: String::new(),
        integrity_metadata: String::new(),
        parser_metadata: if kind == Kind::Script {
            ParserMetadata::ParserInserted
        } else {
            ParserMetadata::NotParserInserted
        },
    };
    policies.should_request_be_blocked(&request).0 == CheckResult::Allowed
}

/// Why Chromium decides otherwise than CSP3, as far as the sources of a policy tell.
fn known(policies: &[Policy], kind: Kind, url: &Url) -> Option<&'static str> {
    let sources = || policies.iter().flat_map(|policy| &policy.directives).flat_map(|directive| &directive.values);
    let any = |test: &dyn Fn(&Source) -> bool| sources().any(|token| test(&Source::read(&token.text)));
    let host = |test: &dyn Fn(&fixloop::doctor::csp::HostSource) -> bool| {
        any(&|source| matches!(source, Source::Host(host) if test(host)))
    };
    if any(&|source| matches!(source, Source::Scheme(scheme) if scheme.starts_with("ws")))
        || host(&|host| host.scheme.as_deref().is_some_and(|scheme| scheme.starts_with("ws")))
    {
        return Some("ws: does not stand for https:");
    }
    if kind == Kind::Worker && any(&|source| *source == Source::StrictDynamic) {
        return Some("'strict-dynamic' lets every worker through");
    }
    if any(&|source| *source == Source::Own) && url.scheme() == "https" {
        return Some("'self' of an http page is https too");
    }
    if host(&|host| host.port == Port::Number(80) || (host.scheme.as_deref() == Some("http") && url.port().is_some())) {
        return Some("a port is upgraded with its scheme, and only so");
    }
    if host(&|host| host.query) {
        return Some("a query is cut off a source");
    }
    if host(&|host| host.scheme.is_none()) && url.port().is_some() {
        return Some("a port is upgraded with its scheme, and only so");
    }
    None
}

#[test]
fn differs_from_us_only_where_chromium_differs_from_the_standard() {
    let mut dice = Dice(seed());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for _ in 0..fuzz_rounds(2_000) {
        // Its debug build panics on a port over 65535.
        let text = policy(&mut dice).replace(":99999", ":9999");
        let at = dice.pick(&["https://app.example.com/", "http://app.example.com/", "http://localhost:3000/"]);
        let page = page(at);
        let policies = read(std::slice::from_ref(&text));
        assert!(policies.iter().all(|policy| policy.delivery == Delivery::Header));
        let theirs = CspList::parse(&text, PolicySource::Header, PolicyDisposition::Enforce);
        for (kind, url) in TARGETS.into_iter().filter(|(kind, _)| *kind != Kind::Inline) {
            let judged = judge(&policies, &page, target(kind, url, &page));
            let ours = judged.outcome == Outcome::Allowed;
            let theirs = crate_allows(&theirs, kind, &judged.target.url, page.url());
            let reason = if ours == theirs { Some("same") } else { known(&policies, kind, &judged.target.url) };
            match reason {
                Some(reason) => *counts.entry(reason).or_default() += 1,
                None => wrong.push(format!("{at} {text}\n    {} {url}: ours {ours}", kind.name())),
            }
        }
    }
    eprintln!("{counts:#?}");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.into_iter().take(10).collect::<Vec<_>>().join("\n"));
    let (same, all) = (counts["same"], counts.values().sum::<usize>());
    assert!(same * 100 > all * 95, "{same} of {all} are the same");
}
