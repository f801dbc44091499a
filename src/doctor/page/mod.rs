//! The app in the browser: what its SDK does when a page throws. Plain data that the rules look at.

mod delivery;
mod found;
mod guard;
mod look;
mod parcel;
mod sdk;
mod trial;
mod wire;

pub use delivery::{Answer, Barrier, Delivery, Discarded, Outcome, Sending, Trigger, Violation};
pub use look::Ask;
pub use sdk::{Client, Loader, Replay, Sdk};

/// What was seen in the browser. Texts in it come from the page, and are untrusted; secrets are masked.
#[derive(Debug, Clone, Default)]
pub struct InPage {
    /// The address that was asked for.
    pub url: String,
    /// The document that came.
    pub document: Document,
    /// The SDK that runs in it.
    pub sdk: Sdk,
    /// What became of the test error that was thrown; none = none was thrown, `document.problem` says why.
    pub delivery: Option<Delivery>,
    /// What became of a second one that was handed to the SDK, since the thrown one was not caught by it.
    pub handed: Option<Delivery>,
    /// Every envelope that the page sent, or tried to, oldest first.
    pub sendings: Vec<Sending>,
    /// What Content-Security-Policies forbade.
    pub violations: Vec<Violation>,
    /// Scripts that did not load: address, the browser's words or status.
    pub scripts: Vec<(String, String)>,
    /// What the SDK threw away and why, without the test errors.
    pub discarded: Vec<Discarded>,
}

/// The document in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Where it is, after redirects.
    pub url: String,
    /// HTTP status.
    pub status: Option<u16>,
    /// `text/html`
    pub mime: String,
    /// Why no test error could be thrown in it: it did not load, is no HTML, is another page than the one asked for.
    pub problem: Option<String>,
}
