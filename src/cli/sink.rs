//! `fixloop sink`: the embedded sink alone, for an app under development or a load test.

use std::process::ExitCode;

use crate::{
    artifacts::Artifacts,
    cli::{output, serve},
    config::Settings,
    error::{Result, ToolError},
    sink::Sink,
};

/// Takes events in until a signal comes; says on stderr where.
pub(super) async fn run(settings: Settings) -> ExitCode {
    match listen(&settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn listen(settings: &Settings) -> Result<()> {
    let workspace = match &settings.workspace {
        Some(folder) => folder.clone(),
        None => std::env::current_dir()
            .map_err(|error| ToolError::bare("There is no working directory.").caused_by(error))?,
    };
    let mut config = settings.resolve(&workspace)?;
    config.sink.enabled = true;
    let state = match Artifacts::open(workspace.join(".fixloop")) {
        Ok(artifacts) => Some(artifacts.root().to_owned()),
        Err(error) => {
            output::complain(error.what());
            None
        }
    };
    let sink = Sink::start(&config.sink, state).await?;
    let (Some(url), Some(dsn)) = (sink.url(), sink.dsn()) else {
        let why = sink.status().await?.note;
        sink.stop().await;
        return Err(ToolError::new(format!("The sink listens nowhere. {why}"), "Give another port with --sink-port."));
    };
    output::tell(format!("Sentry sink at {url}\nDSN: {dsn}\nSpotlight: {url}/stream"));
    for note in sink.notes() {
        output::tell(note);
    }
    for one in sink.status().await?.forwards {
        output::tell(format!("Forwarding to {} ({}): {} queued", one.to, one.what, one.queued));
    }
    serve::shutdown_signal().await;
    sink.stop().await;
    Ok(())
}
