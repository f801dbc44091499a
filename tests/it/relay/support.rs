//! A sink that forwards, and what its server got.

use std::{path::Path, time::Duration};

use fixloop::{
    config::{DsnSetting, SinkConfig},
    event::{ForwardCounts, ForwardState, Forwarded},
    sink::Sink,
};

use crate::{
    sink::support::{SOON, config, start_with},
    support::sentry::{Request, Sentry},
};

/// The public key of the DSN that is forwarded to.
pub const KEY: &str = "fedcba9876543210fedcba9876543210";
/// The route of envelopes.
pub const ENVELOPE: &str = "/api/{project}/envelope/";

/// A server that takes everything.
pub async fn taking() -> Sentry {
    let server = Sentry::start().await;
    server.on("POST", ENVELOPE, serde_json::json!({}));
    server
}

/// Its DSN for a project.
pub fn dsn(port: u16, project: u64) -> String {
    format!("http://{KEY}@127.0.0.1:{port}/{project}")
}

/// Settings as if the user had given these on the command line.
pub fn said(texts: &[&str]) -> Vec<DsnSetting> {
    texts.iter().map(|text| DsnSetting { text: (*text).to_owned(), from_file: false }).collect()
}

/// Settings that forward to these.
pub fn forwarding(texts: &[&str]) -> SinkConfig {
    let mut config = config();
    config.relay.forward = said(texts);
    config
}

/// A sink that forwards everything to project 42 of a server.
pub async fn start_to(server: &Sentry, state: &Path) -> Sink {
    start_with(state, forwarding(&[&dsn(server.port(), 42)])).await
}

/// Waits until what the sink says of its first DSN satisfies `check`.
pub async fn counts(sink: &Sink, what: &str, check: impl Fn(&ForwardCounts) -> bool) -> ForwardCounts {
    let mut last = None;
    let waiting = async {
        loop {
            let counts = sink.status().await.unwrap().forwards.into_iter().next().expect("nothing is forwarded");
            if check(&counts) {
                return counts;
            }
            last = Some(counts);
            // What the worker writes wakes nobody.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let found = tokio::time::timeout(SOON, waiting).await;
    found.unwrap_or_else(|_| panic!("never: {what}; last {last:#?}"))
}

/// Waits until the fate of an event is this.
pub async fn fate(sink: &Sink, id: &str, state: ForwardState) -> Forwarded {
    let mut last = Vec::new();
    let waiting = async {
        loop {
            let fates = sink.forwarded(id).await.unwrap();
            if let [fate] = fates.as_slice()
                && fate.state == state
            {
                return fate.clone();
            }
            last = fates;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let found = tokio::time::timeout(SOON, waiting).await;
    found.unwrap_or_else(|_| panic!("{id} is never {state:?}: {last:#?}"))
}

/// The envelope of a request, unpacked.
pub fn envelope(request: &Request) -> Vec<u8> {
    match request.header("content-encoding") {
        None => request.body.clone(),
        Some("gzip") => {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(request.body.as_slice()), &mut bytes).unwrap();
            bytes
        }
        Some(other) => panic!("packed as {other}"),
    }
}

/// The event id of the envelope of a request.
pub fn envelope_id(request: &Request) -> String {
    let bytes = envelope(request);
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
    let header: serde_json::Value = serde_json::from_slice(line).unwrap();
    header["event_id"].as_str().unwrap_or_default().to_owned()
}

/// The event ids of the envelopes that a server got, in order of arrival.
pub fn ids(server: &Sentry) -> Vec<String> {
    server.to("POST", ENVELOPE).iter().map(envelope_id).collect()
}
