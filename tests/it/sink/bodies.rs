//! Encodings and size limits.

use std::io::Write;

use base64::Engine;
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use serde_json::json;

use super::support::{Answer, KEY, envelope, error, id, port, post, request, start};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::BrotliCompress(
        &mut &bytes[..],
        &mut out,
        &brotli::enc::BrotliEncoderParams { quality: 4, ..Default::default() },
    )
    .unwrap();
    out
}

#[tokio::test]
async fn every_encoding_is_read() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    type Encode = fn(&[u8]) -> Vec<u8>;
    let same: Encode = |bytes| bytes.to_vec();
    let cases: &[(&str, Option<&str>, Encode)] = &[
        ("none", None, same),
        ("empty", Some(""), same),
        ("utf-8, as sentry-java 2", Some("utf-8"), same),
        ("UTF-8", Some("UTF-8"), same),
        ("identity", Some("identity"), same),
        ("gzip", Some("gzip"), gzip),
        ("deflate", Some("deflate"), zlib),
        ("br", Some("br"), brotli),
        ("zstd", Some("zstd"), |bytes| zstd::encode_all(bytes, 3).unwrap()),
    ];
    for (n, (name, encoding, encode)) in cases.iter().enumerate() {
        let n = n as u64 + 1;
        let mut event = error(n, "Error", name);
        event["extra"] = json!({ "long": "x".repeat(50_000) });
        let headers: Vec<_> = encoding.iter().map(|encoding| ("Content-Encoding", *encoding)).collect();
        let path = format!("/api/1/envelope/?sentry_key={KEY}");
        let answer = request(port(&sink), "POST", &path, &headers, &encode(&envelope(&event))).await;
        assert_eq!(answer.status, 200, "{name}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(sink.envelope(&id(n)).await.unwrap().unwrap(), envelope(&event), "{name}");
    }
    let bad: &[(&str, &str, Vec<u8>, u16)] = &[
        ("no gzip", "gzip", b"hello".to_vec(), 400),
        ("gzip cut off", "gzip", gzip(&[b'{'; 9_000])[..20].to_vec(), 400),
        ("unknown encoding", "snappy", b"hello".to_vec(), 415),
        ("raw deflate", "deflate", deflate(b"{}\n"), 400),
    ];
    for (name, encoding, body, status) in bad {
        let headers = [("Content-Encoding", *encoding)];
        let answer = request(port(&sink), "POST", "/stream", &headers, body).await;
        assert_eq!(answer.status, *status, "{name}: {}", String::from_utf8_lossy(&answer.body));
        assert!(answer.json()["detail"].is_string(), "{name}");
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{name}");
    }
    sink.stop().await;
}

#[tokio::test]
async fn legacy_store_takes_json_and_base64_of_zlib() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let json = |n: u64| error(n, "Error", "store").to_string().into_bytes();
    let path = format!("/api/1/store/?sentry_key={KEY}");
    for (n, body) in [(1, json(1)), (2, base64(&zlib(&json(2))).into_bytes()), (3, base64(&json(3)).into_bytes())] {
        let answer = post(&sink, &path, &body).await;
        assert_eq!((answer.status, answer.json()["id"].as_str()), (200, Some(id(n).as_str())), "{n}");
        assert!(sink.event(&id(n)).await.unwrap().is_some(), "{n}");
    }
    let headers = [("Content-Type", "application/x-sentry-envelope")];
    assert_eq!(request(port(&sink), "POST", &path, &headers, &envelope(&error(4, "Error", "x"))).await.status, 200);
    let data: String = url::form_urlencoded::byte_serialize(base64(&zlib(&json(5))).as_bytes()).collect();
    let answer = request(port(&sink), "GET", &format!("{path}&sentry_data={data}"), &[], b"").await;
    assert_eq!((answer.status, answer.header("content-type").as_deref()), (200, Some("image/gif")));
    assert!(answer.body.starts_with(b"GIF89a"));
    assert_eq!(post(&sink, &format!("/api/store?sentry_key={KEY}"), &json(6)).await.status, 200);
    for n in 4..=6 {
        assert!(sink.event(&id(n)).await.unwrap().is_some(), "{n}");
    }
    for (name, body) in
        [("empty", &b""[..]), ("text", b"hello"), ("broken JSON", b"{\"a\":"), ("base64 of no zlib", b"aGVsbG8=")]
    {
        assert_eq!(post(&sink, &path, body).await.status, 400, "{name}");
    }
    sink.stop().await;
}

fn detail(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_413() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let event = |n: u64, bytes: usize| {
        let mut event = error(n, "Error", "large");
        event["extra"] = json!({ "long": "x".repeat(bytes) });
        envelope(&event)
    };
    let item = |ty: &str, bytes: usize| {
        [format!("{{}}\n{{\"type\":\"{ty}\",\"length\":{bytes}}}\n").into_bytes(), vec![b'x'; bytes]].concat()
    };
    let cases: Vec<(&str, Vec<u8>, bool, u16)> = vec![
        ("an event just below 1 MiB", event(1, (1 << 20) - 2_000), false, 200),
        ("an event above 1 MiB", event(2, 1 << 20), false, 413),
        ("an event of 50 MB", event(3, 50_000_000), false, 413),
        ("an event of 50 MB in gzip", gzip(&event(4, 50_000_000)), true, 413),
        ("a gzip bomb of an event", gzip(&event(5, 150_000_000)), true, 413),
        ("a gzip bomb of zeros", gzip(&vec![0; 150_000_000]), true, 413),
        ("a gzip bomb of an attachment", gzip(&item("attachment", 120 << 20)), true, 413),
        ("an attachment of 20 MiB", item("attachment", 20 << 20), false, 200),
        ("an attachment of 60 MiB in gzip", gzip(&item("attachment", 60 << 20)), true, 200),
        ("a body above 50 MiB", item("attachment", 51 << 20), false, 413),
        ("a client report of 200 kB", item("client_report", 200 << 10), false, 413),
        ("a session of 11 MiB", item("session", 11 << 20), false, 413),
    ];
    for (name, body, gzipped, status) in cases {
        let headers = if gzipped { vec![("Content-Encoding", "gzip")] } else { vec![] };
        let answer = request(port(&sink), "POST", "/stream", &headers, &body).await;
        assert_eq!(answer.status, status, "{name}: {}", detail(&answer));
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{name}");
        if status == 413 {
            assert!(detail(&answer).contains("exceeded size limits"), "{name}: {}", detail(&answer));
        }
    }
    // Without a length, in chunks.
    let answer = chunked(port(&sink), 60 << 20).await;
    assert!(answer.contains(" 413 "), "{answer}");
    assert_eq!(sink.status().await.unwrap().events, 1);
    sink.stop().await;
}

/// Sends an attachment in chunks until the sink has had enough; returns the status line.
async fn chunked(port: u16, bytes: usize) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let writing = tokio::spawn(async move {
        let head = format!("POST /stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\n");
        write.write_all(head.as_bytes()).await?;
        let start = format!("{{}}\n{{\"type\":\"attachment\",\"length\":{bytes}}}\n");
        write.write_all(format!("{:x}\r\n{start}\r\n", start.len()).as_bytes()).await?;
        let chunk = [b"10000\r\n".as_slice(), &[b'x'; 65_536], b"\r\n"].concat();
        for _ in 0..bytes / 65_536 {
            write.write_all(&chunk).await?;
        }
        write.write_all(b"0\r\n\r\n").await
    });
    let mut buffer = vec![0; 4_096];
    let got = tokio::time::timeout(super::support::SOON, read.read(&mut buffer)).await.unwrap().unwrap();
    writing.abort();
    String::from_utf8_lossy(&buffer[..got]).into_owned()
}
