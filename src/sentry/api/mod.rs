//! What the API has, one file per resource: each function sends requests and gives plain data of `event/`.

mod event;
mod issue;
mod payload;

pub use event::{EventPlace, read_event};
pub use issue::{Suspects, read_issue};
