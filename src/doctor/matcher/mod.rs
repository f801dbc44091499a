//! Next.js middleware matchers: compiled as Next.js compiles them, and asked about any path.

mod check;
mod compile;
mod declared;
mod emit;
mod fix;
mod generation;
mod js;
mod patch;
mod request;
mod tokens;
mod verdict;
mod workspace;

pub use check::{Answer, Ask, Checked, Seen, check};
pub use compile::{Compiled, Matcher, Site, route};
pub use declared::{Condition, ConditionKind, Declared, Entry, Invalid, declared};
pub use fix::{Change, Fix, fix};
pub use generation::{Grammar, Next, Suffix};
pub use js::JsRegex;
pub use patch::{Tunnel, remedy};
pub use request::Request;
pub use verdict::{Caught, Miss, Verdict};
