//! Dialogs: answered at once, since an open one stops the page and every command to it.

/// Dialogs answered in one step; a page that opens more opens them for ever.
pub const MAX_IN_STEP: u32 = 20;

/// Whether a dialog is accepted. As people expect of a test browser: an alert is read, a page may be left; a question is
/// not said yes to on the user's behalf.
pub fn accepts(kind: &str) -> bool {
    matches!(kind, "alert" | "beforeunload")
}
