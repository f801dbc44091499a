//! Bad maps, bad servers, bad addresses: the frame stays as it is, and the reason can be told.

use fixloop::{event::Frame, sourcemap::Resolver};
use url::Url;

use super::{LIMIT, Site};

fn frame(url: &str, line: u32, column: u32) -> Frame {
    Frame {
        abs_path: Some(url.to_owned()),
        filename: Some(url.to_owned()),
        function: Some("t".to_owned()),
        lineno: Some(line),
        colno: Some(column),
        ..Frame::default()
    }
}

async fn stays(resolver: &Resolver, frame: Frame, why: &str) {
    let mut frames = [frame.clone()];
    resolver.resolve(&mut frames, &[], LIMIT).await;
    assert_eq!(frames[0], frame, "{why}");
    let explained = resolver.explain(&frame).unwrap_or_default();
    assert!(explained.contains(why), "{explained:?} does not say {why:?}");
}

#[tokio::test]
async fn a_map_that_cannot_be_used_leaves_the_frame_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start().await;
    let good = r#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA,IAAI;;;AACA"}"#;
    let huge = "A".repeat(200_000);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", b"".to_vec(), "cannot be read"),
        ("html", b"\n<!doctype html><title>app</title>".to_vec(), "HTML came instead"),
        ("not json", b"{\"version\":3,".to_vec(), "cannot be read"),
        ("other json", b"{\"error\":\"no\"}".to_vec(), "has no mappings"),
        ("array", b"[1,2,3]".to_vec(), "cannot be read"),
        ("deep", deep.into_bytes(), "cannot be read"),
        ("binary", vec![0xff; 4096], "cannot be read"),
        ("no mappings", br#"{"version":3,"sources":["a.ts"],"mappings":""}"#.to_vec(), "has no mappings"),
        ("wrong types", br#"{"version":3,"sources":"a.ts","mappings":7}"#.to_vec(), "cannot be read"),
        (
            "not base64 vlq",
            br#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"!!!!"}"#.to_vec(),
            "cannot be read",
        ),
        (
            "source out of range",
            br#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"AgBAA"}"#.to_vec(),
            "cannot be read",
        ),
        (
            "negative source",
            br#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"ADAA"}"#.to_vec(),
            "cannot be read",
        ),
        (
            "name out of range",
            br#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAAg"}"#.to_vec(),
            "cannot be read",
        ),
        (
            "overflow",
            br#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"+/////////////////////D"}"#.to_vec(),
            "",
        ),
        (
            "sections by address",
            br#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"b.map"}]}"#.to_vec(),
            "cannot be read",
        ),
        (
            "sections far away",
            format!(
                r#"{{"version":3,"sections":[{{"offset":{{"line":4294967295,"column":4294967295}},"map":{good}}}]}}"#
            )
            .into_bytes(),
            "",
        ),
        (
            "one long segment",
            format!(r#"{{"version":3,"sources":["a.ts"],"names":[],"mappings":"{huge}"}}"#).into_bytes(),
            "cannot be read",
        ),
    ];
    let resolver = Resolver::new(folder.path().to_owned());
    for (name, body, why) in bodies {
        let name = name.replace(' ', "-");
        site.put(&format!("/{name}.js"), format!("x()\n//# sourceMappingURL={name}.js.map"));
        site.put(&format!("/{name}.js.map"), body);
        stays(&resolver, frame(&site.url(&format!("/{name}.js")), 1, 1), why).await;
    }
    // A good map, asked for places that it does not have.
    site.put("/good.js", "x()\n//# sourceMappingURL=good.js.map");
    site.put("/good.js.map", good);
    let good = site.url("/good.js");
    for (line, column) in [(2, 1), (3, u32::MAX), (5, 1), (u32::MAX, u32::MAX)] {
        stays(&resolver, frame(&good, line, column), "says nothing of").await;
    }
    let mut frames = [frame(&good, 1, u32::MAX), frame(&good, 4, 1)];
    resolver.resolve(&mut frames, &[], LIMIT).await;
    assert_eq!(frames[0].location().as_deref(), Some("a.ts:1:5"));
    assert_eq!(frames[1].location().as_deref(), Some("a.ts:2:5"));
    assert_eq!(frames[0].context_line, None);
}

#[tokio::test]
async fn a_server_that_gives_no_map_leaves_the_frame_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start().await;
    let other = Site::start().await;
    let link = |map: &str| format!("x()\n//# sourceMappingURL={map}");
    site.put("/lost.js", link("lost.js.map"));
    site.put("/none.js", "x()");
    site.put("/inline.js", link("data:application/json;base64,@@@@"));
    site.put("/comma.js", link("data:application/json"));
    site.put("/away.js", link("https://example.com/away.js.map"));
    site.put("/file.js", link("file:///etc/passwd"));
    site.put("/meta.js", link("http://169.254.169.254/latest/meta-data/"));
    site.put("/moved.js", link("moved.js.map"));
    site.answer("/moved.js.map", 302, &[("location", &other.url("/secret.map"))], "");
    site.put("/loop.js", link("loop.js.map"));
    site.answer("/loop.js.map", 302, &[("location", "/loop.js.map")], "");
    site.put("/big.js", link("big.js.map"));
    site.put("/big.js.map", vec![b' '; 33 * 1024 * 1024]);
    let resolver = Resolver::new(folder.path().to_owned());
    let checks = [
        ("/lost.js", "HTTP 404"),
        ("/gone.js", "HTTP 404"),
        ("/none.js", "names no source map"),
        ("/inline.js", "not valid base64"),
        ("/comma.js", "no comma"),
        ("/away.js", "on another host (example.com)"),
        ("/file.js", "on another host"),
        ("/meta.js", "on another host (169.254.169.254)"),
        ("/moved.js", "HTTP 302"),
        ("/loop.js", "HTTP 302"),
        ("/big.js", "larger than 32 MiB"),
    ];
    for (path, why) in checks {
        stays(&resolver, frame(&site.url(path), 1, 1), why).await;
    }
    assert!(other.asked().is_empty(), "a redirect led to another origin");
    // Nobody listens there any more.
    let closed = site.url("/closed.js");
    drop(site);
    tokio::task::yield_now().await;
    stays(&resolver, frame(&closed, 1, 1), "cannot be fetched").await;
}

#[tokio::test]
async fn addresses_that_an_event_must_not_make_us_fetch() {
    let folder = tempfile::tempdir().unwrap();
    let resolver = Resolver::new(folder.path().to_owned());
    let never = "link-local, metadata or reserved";
    let checks = [
        ("http://169.254.169.254/a.js", never),
        ("http://[fe80::1]/a.js", never),
        ("http://[fd00:ec2::254]/a.js", never),
        ("http://[::ffff:169.254.169.254]/a.js", never),
        ("http://[64:ff9b::a9fe:a9fe]/a.js", never),
        ("http://2852039166/a.js", never),
        ("http://0xa9fea9fe/a.js", never),
        ("http://100.100.100.200/a.js", never),
        ("http://0.0.0.0:1/a.js", never),
        ("http://224.0.0.1/a.js", never),
        ("http://255.255.255.255/a.js", never),
        ("http://[::]/a.js", never),
        ("http://[ff02::1]/a.js", never),
        ("http://10.0.0.1/a.js", "private address"),
        ("http://172.16.3.4/a.js", "private address"),
        ("http://192.168.1.1/a.js", "private address"),
        ("http://[fc00::1]/a.js", "private address"),
        ("http://[2002:c0a8:0101::1]/a.js", "private address"),
        ("http://[::ffff:10.0.0.1]/a.js", "private address"),
    ];
    for (url, why) in checks {
        stays(&resolver, frame(url, 1, 1), why).await;
    }
    // A page that the browser itself opened makes its own host good, and no other; metadata stays what it is.
    let trusted = fixloop::http::Trusted::default();
    let permits = |url: &str| trusted.permits(&Url::parse(url).unwrap());
    assert!(permits("http://192.168.1.1/a.js").is_err());
    trusted.add(&Url::parse("http://192.168.1.1:3000/").unwrap());
    trusted.add(&Url::parse("http://169.254.169.254/").unwrap());
    assert!(permits("http://192.168.1.1:8080/a.js").is_ok());
    assert!(permits("http://192.168.1.2/a.js").is_err());
    assert!(permits("http://169.254.169.254/a.js").is_err());
    assert!(permits("ftp://127.0.0.1/a.js").is_err());
    assert!(permits("http://127.0.0.1/a.js").is_ok() && permits("https://cdn.example.com/a.js").is_ok());
}

/// A name may resolve to what its address could not reach.
#[tokio::test]
async fn a_name_is_checked_when_it_is_resolved() {
    let site = Site::start().await;
    site.put("/a.js", "x()");
    let client = fixloop::http::guarded_client(LIMIT, fixloop::http::Trusted::default(), false).unwrap();
    // This machine's own name and `*.localhost` lead to loopback, which is good.
    let url = format!("http://app.localhost:{}/a.js", site.address.port());
    assert_eq!(client.get(url).send().await.unwrap().status(), 200);
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let private = hosts
        .lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .find(|(ip, _)| ip.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_private()));
    // Containers have a line for their own private address; elsewhere there is nothing to check.
    if let Some((_, names)) = private {
        let name = names.split_whitespace().next().unwrap();
        let error = client.get(format!("http://{name}:{}/a.js", site.address.port())).send().await.unwrap_err();
        assert!(format!("{error:?}").contains("private address"), "{error:?}");
    }
}

/// A frame is untrusted text: it must not make us show what is no code, or lies outside.
#[tokio::test]
async fn files_that_a_frame_must_not_show() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let put = |path: &std::path::Path, text: &str| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let workspace = folder.path().join("app");
    put(&workspace.join(".env"), "SECRET=1\n");
    put(&workspace.join("id_rsa"), "SECRET=2\n");
    put(&workspace.join("src/a.ts"), "let a;\n");
    put(&outside.path().join("secret.ts"), "SECRET=3\n");
    put(&folder.path().join("secret.ts"), "SECRET=4\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path(), workspace.join("src/link")).unwrap();
    let resolver = Resolver::new(workspace.clone());
    let paths = [
        workspace.join(".env"),
        workspace.join("id_rsa"),
        workspace.join("src/link/secret.ts"),
        workspace.join("../secret.ts"),
        outside.path().join("secret.ts"),
        "/etc/passwd".into(),
    ];
    for path in paths {
        let stay = frame(path.to_str().unwrap(), 1, 1);
        let mut frames = [stay.clone()];
        resolver.resolve(&mut frames, &[], LIMIT).await;
        assert_eq!(frames[0], stay);
    }
    // Nor may a map: its sources are names that a page chose.
    let site = Site::start().await;
    for (number, source) in [
        "../../secret.ts",
        "/etc/passwd",
        ".env",
        "src/link/secret.ts",
        "file:///etc/passwd",
        "webpack:///../secret.ts",
    ]
    .iter()
    .enumerate()
    {
        site.put(&format!("/{number}.js"), format!("x()\n//# sourceMappingURL={number}.js.map"));
        let map = serde_json::json!({"version": 3, "sources": [source], "names": [], "mappings": "AAAA"});
        site.put(&format!("/{number}.js.map"), map.to_string());
        let mut frames = [frame(&site.url(&format!("/{number}.js")), 1, 1)];
        resolver.resolve(&mut frames, &[], LIMIT).await;
        assert_eq!(frames[0].context_line, None, "{source}");
        assert!(frames[0].generated.is_some(), "{source}");
    }
}
