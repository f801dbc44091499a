//! The envelope parser, by table and by mutation.

use fixloop::sink::envelope::{FrameError, parse};

/// What came of it: (type, payload) of each item.
fn items(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, FrameError> {
    let envelope = parse(bytes)?;
    Ok(envelope.items.iter().map(|part| (part.ty.clone(), bytes[part.payload.clone()].to_vec())).collect())
}

#[test]
fn envelopes_that_are_read() {
    let cases: &[(&str, &[u8], &[(&str, &[u8])])] = &[
        ("header only", b"{}", &[]),
        ("header only, newline", b"{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n", &[]),
        ("newlines at the end", b"{}\n\n\n", &[]),
        ("no newline at the end", b"{}\n{\"type\":\"event\"}\n{\"a\":1}", &[("event", b"{\"a\":1}")]),
        ("newline at the end", b"{}\n{\"type\":\"event\"}\n{\"a\":1}\n", &[("event", b"{\"a\":1}")]),
        ("length", b"{}\n{\"type\":\"event\",\"length\":7}\n{\"a\":1}\n", &[("event", b"{\"a\":1}")]),
        ("null length", b"{}\n{\"type\":\"event\",\"length\":null}\n{\"a\":1}", &[("event", b"{\"a\":1}")]),
        ("length 0", b"{}\n{\"type\":\"attachment\",\"length\":0}\n\n", &[("attachment", b"")]),
        ("length 0 at the end", b"{}\n{\"type\":\"attachment\",\"length\":0}", &[("attachment", b"")]),
        ("length 0, newline, end", b"{}\n{\"type\":\"attachment\",\"length\":0}\n", &[("attachment", b"")]),
        ("no payload", b"{}\n{\"type\":\"session\"}", &[("session", b"")]),
        ("empty payloads in a row", b"{}\n{\"type\":\"a\"}\n\n{\"type\":\"b\"}\n\n", &[("a", b""), ("b", b"")]),
        (
            "newlines in a payload",
            b"{}\n{\"type\":\"x\",\"length\":3}\n\n\n\n\n{\"type\":\"y\"}\nz",
            &[("x", b"\n\n\n"), ("y", b"z")],
        ),
        (
            "CR belongs to the payload",
            b"{}\n{\"type\":\"x\"}\na\r\n{\"type\":\"y\"}\nb\r\n",
            &[("x", b"a\r"), ("y", b"b\r")],
        ),
        (
            "CR and length",
            b"{}\n{\"type\":\"x\",\"length\":3}\na\r\n\n{\"type\":\"y\"}\nb",
            &[("x", b"a\r\n"), ("y", b"b")],
        ),
        (
            "binary",
            b"{}\n{\"type\":\"replay_recording\",\"length\":6}\nx\x9c\x00\xff\n{\n",
            &[("replay_recording", b"x\x9c\x00\xff\n{")],
        ),
        (
            "unknown types are kept",
            b"{}\n{\"type\":\"of_tomorrow\",\"more\":[1]}\n?\n{\"type\":\"event\"}\n{}",
            &[("of_tomorrow", b"?"), ("event", b"{}")],
        ),
        ("broken JSON payload", b"{}\n{\"type\":\"session\"}\n{\"a\":", &[("session", b"{\"a\":")]),
        ("UTF-8 counts bytes", "{}\n{\"type\":\"x\",\"length\":4}\näö\n".as_bytes(), &[("x", "äö".as_bytes())]),
    ];
    for (name, bytes, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(ty, payload)| ((*ty).to_owned(), payload.to_vec())).collect();
        assert_eq!(items(bytes), Ok(expected), "{name}");
        assert_nothing_lost(bytes, name);
    }
}

#[test]
fn bytes_that_are_refused() {
    let cases: &[(&str, &[u8], &str)] = &[
        ("nothing", b"", "empty"),
        ("only a newline", b"\n", "bad envelope header"),
        ("no JSON", b"hello\n", "bad envelope header"),
        ("no object", b"[]\n", "bad envelope header"),
        ("CRLF", b"{}\r\n{\"type\":\"event\"}\r\n{}\r\n", "does not end with `}`"),
        ("a space after the header", b"{} \n", "does not end with `}`"),
        (
            "two sent_at",
            b"{\"sent_at\":\"2026-01-01T00:00:00Z\",\"sent_at\":\"2026-01-01T00:00:00Z\"}\n",
            "duplicate field `sent_at`",
        ),
        ("two objects", b"{}{}\n", "bad envelope header"),
        ("item header cut off", b"{}\n{\"type\":\"ev", "bad header of item 0"),
        ("item without type", b"{}\n{\"length\":2}\n{}", "has no `type`"),
        ("type is no string", b"{}\n{\"type\":1}\n{}", "has no `type`"),
        ("payload cut off", b"{}\n{\"type\":\"event\",\"length\":10}\n{\"a\":1}", "its length is 10, 7 bytes are left"),
        (
            "length too small",
            b"{}\n{\"type\":\"event\",\"length\":3}\n{\"a\":1}\n",
            "missing newline after the payload of item 0",
        ),
        (
            "length too large",
            b"{}\n{\"type\":\"a\",\"length\":8}\n{\"a\":1}\n{\"type\":\"b\"}\n{}",
            "missing newline after the payload of item 0",
        ),
        ("negative length", b"{}\n{\"type\":\"a\",\"length\":-1}\n", "`length` is -1"),
        ("huge length", b"{}\n{\"type\":\"a\",\"length\":4294967296}\n", "`length` is 4294967296"),
        ("length as text", b"{}\n{\"type\":\"a\",\"length\":\"2\"}\n{}", "`length` is \"2\""),
        ("second item broken", b"{}\n{\"type\":\"a\"}\n{}\nnope\n", "bad header of item 1"),
        ("not UTF-8", b"{\"a\":\"\xff\"}\n", "bad envelope header"),
    ];
    for (name, bytes, expected) in cases {
        let error = parse(bytes).expect_err(name).to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    let many = ["{}\n".to_owned(), "{\"type\":\"a\"}\n\n".repeat(1_001)].concat();
    assert_eq!(parse(many.as_bytes()), Err(FrameError::TooManyItems));
}

/// Spans and single newlines between them cover the input; after the last there are newlines only.
fn assert_nothing_lost(bytes: &[u8], name: &str) {
    let envelope = parse(bytes).unwrap();
    let line = |from: usize| bytes[from..].split(|byte| *byte == b'\n').next().unwrap();
    let mut written = line(0).to_vec();
    for part in &envelope.items {
        written.push(b'\n');
        let header = line(written.len());
        let read: serde_json::Value = serde_json::from_slice(header).unwrap();
        assert_eq!(read, serde_json::Value::Object(part.header.clone()), "{name}: header");
        written.extend_from_slice(header);
        written.push(b'\n');
        written.extend_from_slice(&bytes[part.payload.clone()]);
    }
    // An item header may end the input, without the newline before its empty payload.
    written.truncate(bytes.len());
    let (head, tail) = bytes.split_at(written.len());
    assert_eq!(written, head, "{name}");
    assert!(tail.iter().all(|byte| *byte == b'\n'), "{name}: lost {tail:?}");
}

/// xorshift64*: the same mutations in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }
}

#[test]
fn fuzz_mutations_never_panic_and_lose_nothing() {
    let with_lengths = b"{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\",\"sent_at\":\"2026-01-01T00:00:00Z\"}\n\
        {\"type\":\"event\",\"length\":13}\n{\"message\":1}\n\n{\"type\":\"replay_recording\",\"length\":5}\nx\x9c\n\x00\xff\n\
        {\"type\":\"session\"}\n{\"sid\":\"1\"}\n{\"type\":\"attachment\",\"length\":0}\n\n{\"type\":\"future\"}\nrest";
    let without = b"{}\n{\"type\":\"event\"}\n{\"message\":\"a long message, to be hit more often than the frame\"}\n{\"type\":\"log\"}\n\
        {\"items\":[{\"body\":\"another long one, in which changes do not matter to the frame\"}]}\n";
    let mut random = Random(0x5eed);
    let mut read = 0;
    for round in 0..crate::support::fuzz_rounds(2_000) {
        let seed: &[u8] = if round % 2 == 0 { with_lengths } else { without };
        let mut bytes = seed.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(6) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, b'\n'),
                2 if !bytes.is_empty() => {
                    bytes.remove(at);
                }
                3 if !bytes.is_empty() => bytes[at] = random.below(256) as u8,
                4 => bytes.extend_from_slice(&seed[random.below(seed.len())..]),
                _ => {
                    let end = (at + random.below(9)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    let to = random.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
        }
        if parse(&bytes).is_ok() {
            read += 1;
            assert_nothing_lost(&bytes, &format!("round {round}: {:?}", String::from_utf8_lossy(&bytes)));
        }
    }
    // Where nearly none is read, the mutations test the error paths only.
    assert!(read > 200, "only {read} of the mutations were envelopes");
}
