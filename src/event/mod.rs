//! What an event IS, as plain data: event, exception, frame, breadcrumb, issue, observation; grouping and fingerprints (pure).

mod frame;
mod issue;
mod model;
mod observation;

pub use frame::{Frame, Generated};
pub use issue::{Issue, IssueStatus, StoredEvent};
pub use model::{Breadcrumb, DebugImage, Event, Exception, Mechanism, RequestInfo, Sdk, TraceContext, User};
pub use observation::{Csp, Fate, Fault, Observation, Request, SentEnvelope, What};
