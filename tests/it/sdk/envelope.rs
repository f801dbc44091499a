//! A second, independent reader of envelopes: what the SDK says it sent, for comparison with what the sink kept.

use serde_json::Value;

/// One envelope as the page's SDK handed it to `fetch`.
pub struct Envelope {
    /// All bytes.
    pub bytes: Vec<u8>,
    /// Its header.
    pub header: Value,
    /// Its items: header and payload.
    pub items: Vec<(Value, Vec<u8>)>,
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.types(), String::from_utf8_lossy(&self.bytes[..self.bytes.len().min(400)]))
    }
}

impl Envelope {
    pub fn read(bytes: Vec<u8>) -> Self {
        let mut rest = bytes.as_slice();
        let header = serde_json::from_slice(line(&mut rest)).unwrap();
        let mut items = Vec::new();
        while !rest.is_empty() {
            let head = line(&mut rest);
            if head.is_empty() {
                continue;
            }
            let head: Value = serde_json::from_slice(head).unwrap();
            let payload = match head["length"].as_u64() {
                Some(length) => {
                    let (payload, after) = rest.split_at(usize::try_from(length).unwrap());
                    rest = after.strip_prefix(b"\n").unwrap_or(after);
                    payload
                }
                None => line(&mut rest),
            };
            items.push((head, payload.to_vec()));
        }
        Self { bytes, header, items }
    }

    /// `event_id` of the header.
    pub fn event_id(&self) -> Option<&str> {
        self.header["event_id"].as_str()
    }

    /// Item types in order.
    pub fn types(&self) -> Vec<&str> {
        self.items.iter().map(|(head, _)| head["type"].as_str().unwrap()).collect()
    }

    /// The payload of the first item of this type, as JSON.
    pub fn payload(&self, ty: &str) -> Option<Value> {
        let (_, payload) = self.items.iter().find(|(head, _)| head["type"] == ty)?;
        Some(serde_json::from_slice(payload).unwrap())
    }
}

fn line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let line = &rest[..end];
    *rest = rest.get(end + 1..).unwrap_or_default();
    line
}
