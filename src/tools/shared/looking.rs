//! What the tools of the setup doctor look at: the project, and the running app where an address is given.

use crate::{
    ctx::Ctx,
    doctor::{
        check::{Ask, Checked, check},
        live::Live,
        mask::Mask,
        page::{self, InPage},
    },
    error::{Result, ToolError},
    mcp::Call,
};

/// What was seen.
pub struct Looked {
    /// What was found.
    pub checked: Checked,
    /// What must not be shown.
    pub mask: Mask,
    /// Facts of the running app: a heading, and lines.
    pub seen: Vec<(&'static str, Vec<String>)>,
}

/// Looks at the project; with `url` at the app over HTTP; with `browser` at the page in a browser.
pub async fn look(ctx: &Ctx, call: &Call, ask: Ask, url: Option<&str>, browser: bool) -> Result<Looked> {
    let url = url.map(str::trim).filter(|url| !url.is_empty());
    if browser && url.is_none() {
        return Err(ToolError::new(
            "`browser` needs the address of the running app.",
            "Give `url`: http://localhost:3000/.",
        ));
    }
    if browser && ctx.config.read_only {
        return Err(ToolError::new(
            "This server is read-only, and a test error in the browser is sent to wherever the app sends its errors.",
            "Leave `browser` out, or start fixloop without --read-only.",
        ));
    }
    call.progress("reading the project");
    let mut checked = check(ctx.workspace.clone(), ask).await?;
    let seen = Vec::new();
    if let Some(url) = url {
        let ask = checked.live(url)?;
        call.progress("asking the app over HTTP");
        let live = Live::look(&ask, &ctx.sink, call.cancel()).await?;
        checked.add_live(&live);
    }
    if let Some(url) = url.filter(|_| browser) {
        call.progress("throwing a test error in the page");
        let page = InPage::look(&ctx.browsers, &ctx.sink, &page::Ask::new(url), call.cancel()).await?;
        checked.add_page(&page);
    }
    let mask = Mask::of(&checked.findings);
    Ok(Looked { checked, mask, seen })
}
