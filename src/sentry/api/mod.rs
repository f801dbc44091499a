//! What the API has, one file per resource: each function sends requests and gives plain data of `event/`.

mod event;
mod issue;
mod located;
mod payload;
mod replay;

pub use event::{EventPlace, read_event};
pub use issue::{Suspects, read_issue};
pub use located::LocatedEvent;
pub use replay::Recording;
