//! What the rules say of what was seen over HTTP. Each function is one rule's way of looking at [`super::Live`].

mod advice;
mod allowed;
mod events;
mod maps;
mod pages;
mod policies;
mod redirects;
mod relays;
mod tunnel;

pub use allowed::{hands_on, not_allowed};
pub use events::ingest;
pub use maps::public_maps;
pub use pages::differing;
pub use policies::{blocked, blocked_by_one, blocked_scripts, blocked_worker};
pub use redirects::redirected;
pub use relays::open_relay;
pub use tunnel::broken;
