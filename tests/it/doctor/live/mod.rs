//! The app over HTTP: real servers on free ports, one route per symptom.

mod hostile;
mod pages;
mod sdk;
mod server;
mod tool;

mod tunnel;

use fixloop::{
    config::{Config, SinkConfig},
    doctor::{
        finding::Found,
        live::{Ask, Live},
        rules,
    },
    sink::Sink,
};
use tokio_util::sync::CancellationToken;

/// A sink in memory.
async fn sink() -> Sink {
    let config = SinkConfig { port: 0, ..Config::default().sink };
    Sink::start(&config, None).await.unwrap()
}

/// The tunnel of a server, looked at.
async fn look(sink: &Sink, url: &str, change: impl FnOnce(&mut Ask)) -> (Live, Found) {
    let mut ask = Ask::new(url).unwrap();
    ask.pages = false;
    change(&mut ask);
    let live = Live::look(&ask, sink, &CancellationToken::new()).await.unwrap();
    let found = rules::live(&live, None);
    (live, found)
}

/// Rule, severity and key of each finding.
fn rows(found: &Found) -> Vec<String> {
    let rows = found.findings.iter().map(|finding| format!("{} {} {}", finding.rule, finding.severity, finding.key));
    rows.collect()
}
