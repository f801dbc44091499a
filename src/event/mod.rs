//! What an event IS, as plain data: event, exception, frame, breadcrumb, issue, observation; grouping and fingerprints (pure).

mod csp;
mod fingerprint;
mod forwarded;
mod frame;
pub mod grouping;
pub mod in_app;
mod issue;
pub mod items;
mod lenient;
mod model;
mod near;
mod observation;
mod parse;
mod parse_frame;
mod period;
mod plain;
mod processed;
mod reference;
pub mod replay;
mod source;
mod tracked;

pub use fingerprint::fingerprint;
pub use forwarded::{ForwardCounts, ForwardState, Forwarded};
pub use frame::{Frame, Generated, InWorkspace};
pub use issue::{Issue, IssueStatus, StoredEvent};
pub use model::{Breadcrumb, DebugImage, Event, Exception, Mechanism, RequestInfo, Sdk, TraceContext, User};
pub use near::near;
pub use observation::{Csp, Fate, Fault, Observation, Request, SentEnvelope, What};
pub use period::Period;
pub use plain::{is_invisible, plain_block, plain_line};
pub use processed::{Processed, ProcessingError, ReleaseFacts, Thread, UserReport};
pub use reference::{EventRef, IssueRef, RemoteIssue};
pub use source::{Since, Source, Which};
pub use tracked::{Activity, Commit, TagSpread, Tracked};
