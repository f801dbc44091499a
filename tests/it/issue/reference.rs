//! How agents name issues and events.

use fixloop::event::{EventRef, IssueRef, RemoteIssue, Since, Source, Which};
use serde_json::json;

fn remote(host: &str, organization: Option<&str>, issue: &str, event: Option<&str>) -> IssueRef {
    IssueRef::Remote(RemoteIssue {
        host: host.to_owned(),
        organization: organization.map(str::to_owned),
        issue: issue.to_owned(),
        event: event.map(str::to_owned),
    })
}

#[test]
fn issues_have_many_names() {
    for (text, expected) in [
        ("LOCAL-3", IssueRef::Local(3)),
        (" local-3 ", IssueRef::Local(3)),
        ("`LOCAL-3`", IssueRef::Local(3)),
        ("fixloop://issues/LOCAL-3", IssueRef::Local(3)),
        ("3", IssueRef::Number(3)),
        ("#3", IssueRef::Number(3)),
        ("frontend-4k", IssueRef::Short("FRONTEND-4K".to_owned())),
        ("MY-SHOP-1A2", IssueRef::Short("MY-SHOP-1A2".to_owned())),
        ("https://acme.sentry.io/issues/123/", remote("acme.sentry.io", Some("acme"), "123", None)),
        (
            "https://acme.sentry.io/issues/123/events/latest/?project=1#x",
            remote("acme.sentry.io", Some("acme"), "123", Some("latest")),
        ),
        ("https://sentry.io/organizations/acme/issues/123", remote("sentry.io", Some("acme"), "123", None)),
        ("https://us.sentry.io/organizations/acme/issues/9/", remote("us.sentry.io", Some("acme"), "9", None)),
        (
            "http://sentry.corp.example:9000/organizations/acme/issues/SHOP-1/events/abc/",
            remote("sentry.corp.example:9000", Some("acme"), "SHOP-1", Some("abc")),
        ),
        ("https://sentry.io/acme/shop/issues/123/", remote("sentry.io", Some("acme"), "123", None)),
    ] {
        assert_eq!(IssueRef::parse(text), Ok(expected), "{text}");
    }
    for text in [
        "",
        "-",
        "LOCAL-",
        "LOCAL-x",
        "LOCAL-99999999999999999999",
        "what is this",
        "SHOP-",
        "-1",
        "a/b-1",
        "javascript:alert(1)",
        "https://acme.sentry.io/projects/",
        "ftp://acme.sentry.io/issues/1/",
        "https://x/issues/../1",
        "file:///issues/1",
        "99999999999999999999999",
    ] {
        assert!(IssueRef::parse(text).is_err(), "{text:?} gave {:?}", IssueRef::parse(text));
    }
    let long = "x".repeat(10_000);
    assert!(IssueRef::parse(&long).unwrap_err().len() < 300);
    assert_eq!(serde_json::from_value::<IssueRef>(json!(7)).unwrap(), IssueRef::Number(7));
}

#[test]
fn the_embedded_sink_has_only_its_own_issues() {
    let local = |text: &str| IssueRef::parse(text).unwrap().local();
    assert_eq!(local("3"), Some("LOCAL-3".to_owned()));
    assert_eq!(local("LOCAL-3"), Some("LOCAL-3".to_owned()));
    assert_eq!(local("SHOP-3"), None);
    assert_eq!(local("https://a.sentry.io/issues/5/"), None);
}

#[test]
fn sources_are_places_and_organizations() {
    let source = |which, organization: Option<&str>| Source { which, organization: organization.map(str::to_owned) };
    for (text, expected) in [
        ("", source(Which::Auto, None)),
        ("auto", source(Which::Auto, None)),
        (" Local ", source(Which::Local, None)),
        ("sentry", source(Which::Sentry, None)),
        ("sentry/acme", source(Which::Sentry, Some("acme"))),
        ("prod", source(Which::Named("prod".to_owned()), None)),
        ("prod/acme-2", source(Which::Named("prod".to_owned()), Some("acme-2"))),
    ] {
        assert_eq!(Source::parse(text), Ok(expected), "{text}");
    }
    for text in ["local/acme", "auto/acme", "sentry/", "sentry/a/b", "a b", "sentry/../x", "https://x"] {
        assert!(Source::parse(text).is_err(), "{text} gave {:?}", Source::parse(text));
    }
}

#[test]
fn events_are_named_by_their_id() {
    let id = "6e2d1f0a12344321abcd0123456789ab";
    for text in [id, "6E2D1F0A-1234-4321-ABCD-0123456789AB", &format!("fixloop://envelopes/{id}"), &format!(" {id} ")] {
        assert_eq!(EventRef::parse(text).unwrap().0, id.to_owned(), "{text}");
    }
    for text in ["", "latest", &id[1..], &format!("{id}0"), "zz2d1f0a12344321abcd0123456789ab"] {
        assert!(EventRef::parse(text).is_err(), "{text}");
    }
}

#[test]
fn moments_are_seconds_ago_or_dates() {
    let read = |value| serde_json::from_value::<Since>(value).map(|since| since.millis(1_000_000));
    for (value, millis) in [
        (json!(60), 940_000),
        (json!(-60), 940_000),
        (json!("60"), 940_000),
        (json!("-60s"), 940_000),
        (json!("1970-01-01T00:00:05Z"), 5_000),
        (json!(1e300), 1_000_000_i64.saturating_sub(i64::MAX)),
    ] {
        assert_eq!(read(value.clone()).unwrap(), millis, "{value}");
    }
    for value in [json!("yesterday"), json!(null), json!([]), json!("NaN"), json!("inf")] {
        assert!(read(value.clone()).is_err(), "{value}");
    }
}
