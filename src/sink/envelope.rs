//! The envelope framing: bytes → headers and payload spans. Pure; nothing is copied, nothing is lost.
//!
//! `Envelope = Headers { "\n" Item } ["\n"]; Item = Headers "\n" Payload`. Only `\n` separates; a `\r` belongs to the payload.
//! We parse by hand because the `sentry-types` crate knows a closed list of item types and rejects what browsers send.

use std::{fmt, ops::Range};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// More items than any SDK sends; it bounds what a hostile body of empty items can cost.
const MAX_ITEMS: usize = 1_000;

/// A framed envelope. Spans index the bytes it was parsed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// The envelope header.
    pub header: Map<String, Value>,
    /// The items, in order.
    pub items: Vec<Part>,
}

/// One item of an envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Item type; unknown ones are kept.
    pub ty: String,
    /// The item header, every attribute of it.
    pub header: Map<String, Value>,
    /// Where the payload is.
    pub payload: Range<usize>,
}

/// Why bytes are no envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameError {
    /// There are no bytes.
    Empty,
    /// The envelope header is no one-line JSON object.
    Header(String),
    /// The header of an item (0-based) is no one-line JSON object with a `type`.
    ItemHeader(usize, String),
    /// An item says it has more bytes than there are.
    UnexpectedEof {
        /// 0-based.
        item: usize,
        /// Bytes that its header promises.
        wanted: usize,
        /// Bytes that are there.
        got: usize,
    },
    /// An item's payload of the length it says is followed by something else than a newline.
    MissingNewline(usize),
    /// More than 1,000 items.
    TooManyItems,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the body is empty"),
            Self::Header(why) => write!(f, "bad envelope header: {why}"),
            Self::ItemHeader(item, why) => write!(f, "bad header of item {item}: {why}"),
            Self::UnexpectedEof { item, wanted, got } => {
                write!(f, "unexpected end of file in item {item}: its length is {wanted}, {got} bytes are left")
            }
            Self::MissingNewline(item) => {
                write!(
                    f,
                    "missing newline after the payload of item {item}: its length is wrong, or its bytes were changed on the way"
                )
            }
            Self::TooManyItems => write!(f, "more than {MAX_ITEMS} items"),
        }
    }
}

/// A JSON object in which `sent_at` may stand once only.
struct Header(Map<String, Value>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Header;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Map::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if key == "sent_at" && header.contains_key("sent_at") {
                        return Err(de::Error::custom("duplicate field `sent_at`"));
                    }
                    header.insert(key, value);
                }
                Ok(Header(header))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Frames `bytes` as an envelope.
pub fn parse(bytes: &[u8]) -> Result<Envelope, FrameError> {
    if bytes.is_empty() {
        return Err(FrameError::Empty);
    }
    let header_span = line(bytes, 0);
    let header = object(bytes, &header_span).map_err(FrameError::Header)?;
    let mut at = header_span.end + 1;
    let mut items = Vec::new();
    // Newlines after the last item are allowed; anything else there is another item.
    while bytes.get(at..).is_some_and(|rest| rest.iter().any(|byte| *byte != b'\n')) {
        let index = items.len();
        if index == MAX_ITEMS {
            return Err(FrameError::TooManyItems);
        }
        let part = item(bytes, at, index)?;
        at = part.payload.end + 1;
        items.push(part);
    }
    Ok(Envelope { header, items })
}

fn item(bytes: &[u8], at: usize, index: usize) -> Result<Part, FrameError> {
    let bad = |why: String| FrameError::ItemHeader(index, why);
    let header_span = line(bytes, at);
    let header = object(bytes, &header_span).map_err(bad)?;
    let Some(Value::String(ty)) = header.get("type") else {
        return Err(bad("it has no `type`".into()));
    };
    let ty = ty.clone();
    let start = (header_span.end + 1).min(bytes.len());
    let payload = match header.get("length") {
        None | Some(Value::Null) => line(bytes, start),
        Some(length) => {
            let wanted = length
                .as_u64()
                .and_then(|length| u32::try_from(length).ok())
                .ok_or_else(|| bad(format!("`length` is {length}, not a count of bytes")))?;
            let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
            let got = bytes.len() - start;
            if wanted > got {
                return Err(FrameError::UnexpectedEof { item: index, wanted, got });
            }
            if bytes.get(start + wanted).is_some_and(|byte| *byte != b'\n') {
                return Err(FrameError::MissingNewline(index));
            }
            start..start + wanted
        }
    };
    Ok(Part { ty, header, payload })
}

/// From `start` to the next newline or the end.
fn line(bytes: &[u8], start: usize) -> Range<usize> {
    let rest = bytes.get(start..).unwrap_or_default();
    start..start + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

fn object(bytes: &[u8], span: &Range<usize>) -> Result<Map<String, Value>, String> {
    let text = bytes.get(span.clone()).unwrap_or_default();
    if text.last().is_some_and(|byte| *byte != b'}') {
        // JSON allows space here, Relay does not: a `\r\n` sender must not pass here and fail in production.
        return Err("it does not end with `}` and a newline".into());
    }
    serde_json::from_slice::<Header>(text).map(|header| header.0).map_err(|error| error.to_string())
}

/// Looks at the first bytes of a body that is still coming: why it is certain to be refused, if it is. It keeps a 50 MB
/// event, or a bomb that unpacks to one, from being held in memory whole.
pub fn refuse_early(prefix: &[u8], event_cap: usize) -> Option<&'static str> {
    let header = line(prefix, 0);
    if header.end == prefix.len() {
        return (header.len() > event_cap).then_some("the envelope header is too large");
    }
    let item_header = line(prefix, header.end + 1);
    if item_header.end == prefix.len() {
        return (item_header.len() > event_cap).then_some("the item header is too large");
    }
    let object = object(prefix, &item_header).ok()?;
    if !matches!(object.get("type").and_then(Value::as_str), Some("event" | "transaction" | "feedback")) {
        return None;
    }
    let payload = match object.get("length").and_then(Value::as_u64) {
        Some(length) => usize::try_from(length).unwrap_or(usize::MAX),
        None => line(prefix, item_header.end + 1).len(),
    };
    (payload > event_cap).then_some("the event is too large")
}
