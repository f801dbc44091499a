//! The workspace of a connection and the handles over it: made once, in the background, as soon as it is known where.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

use super::prompts;
use crate::{
    config::{Config, Settings},
    ctx::Ctx,
    error::{Result, ToolError},
};

/// What became of making the handles.
type Made = std::result::Result<Arc<Ctx>, Arc<ToolError>>;

/// Makes the [`Ctx`] once and hands it out.
#[derive(Debug, Clone)]
pub(super) struct Home {
    settings: Arc<Settings>,
    begun: Arc<AtomicBool>,
    made: watch::Sender<Option<Made>>,
}

impl Home {
    /// A home that has not been looked for yet.
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings: Arc::new(settings), begun: Arc::default(), made: watch::Sender::new(None) }
    }

    /// Whether a flag or the environment names the workspace.
    pub(super) fn is_named(&self) -> bool {
        self.settings.workspace.is_some()
    }

    /// Begins to make the handles, once; `roots` are the client's, asked only when no flag names the workspace.
    pub(super) fn begin(&self, roots: impl Future<Output = Vec<PathBuf>> + Send + 'static) {
        if self.begun.swap(true, Ordering::AcqRel) {
            return;
        }
        let home = self.clone();
        tokio::spawn(async move {
            let made = home.make(roots).await.map_err(Arc::new);
            if let Err(error) = &made {
                tracing::error!(%error, cause = error.source_chain(), "the workspace cannot be used");
            }
            home.made.send_replace(Some(made.map(Arc::new)));
        });
    }

    async fn make(&self, roots: impl Future<Output = Vec<PathBuf>>) -> Result<Ctx> {
        let (workspace, from) = match self.settings.workspace.clone() {
            Some(named) => (named, None),
            None => match roots.await.into_iter().find(|root| root.is_dir()) {
                Some(root) => (root, None),
                None => (
                    PathBuf::from("."),
                    Some("The client named no folder: the workspace is the working directory of fixloop."),
                ),
            },
        };
        let config: Config = self.settings.resolve(&workspace)?;
        let mut ctx = Ctx::open(Arc::new(config), &workspace).await?;
        ctx.notes.extend(from.map(str::to_owned));
        let (_, problems) = prompts::all(Some(&ctx.workspace));
        for problem in problems {
            tracing::warn!("{problem}");
            ctx.notes.push(problem);
        }
        Ok(ctx)
    }

    /// The handles, where they are made already.
    pub(super) fn made(&self) -> Option<Arc<Ctx>> {
        self.made.borrow().as_ref().and_then(|made| made.as_ref().ok().cloned())
    }

    /// The handles, as soon as they are made.
    pub(super) async fn ctx(&self) -> Result<Arc<Ctx>> {
        let mut made = self.made.subscribe();
        let made = made.wait_for(Option::is_some).await.map_err(|_| ToolError::bare("fixloop is ending."))?;
        match made.as_ref() {
            Some(Ok(ctx)) => Ok(ctx.clone()),
            Some(Err(error)) => Err(ToolError::new(error.what(), error.hint().unwrap_or_default())),
            None => Err(ToolError::bare("fixloop is ending.")),
        }
    }

    /// Takes down what was made; a start under way is waited for, so that nothing is left behind.
    pub(super) async fn close(&self) {
        if !self.begun.load(Ordering::Acquire) {
            return;
        }
        if let Ok(ctx) = self.ctx().await {
            ctx.close().await;
        }
    }
}
