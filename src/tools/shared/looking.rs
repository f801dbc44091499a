//! What the tools of the setup doctor look at: the project, and the running app where an address is given.

use crate::{
    ctx::Ctx,
    doctor::{
        check::{Ask, Checked, Seen, check},
        mask::Mask,
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
    /// The running app, where it was looked at.
    pub seen: Option<Seen>,
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
    let seen = match url {
        Some(url) => {
            let browsers = browser.then_some(&ctx.browsers);
            Some(checked.watch(url, browsers, &ctx.sink, call.cancel(), |said| call.progress(said)).await?)
        }
        None => None,
    };
    let mask = Mask::of(&checked.findings);
    Ok(Looked { checked, mask, seen })
}
