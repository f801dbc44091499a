//! What several tools share: how a place is told, a page is counted, an act is reported. No tools.

pub mod acted;
pub mod changed;
pub mod changing;
pub mod csp_words;
pub mod finding_words;
pub mod found;
pub mod looking;
pub mod mapped;
pub mod paging;
pub mod place;
pub mod recorded;
pub mod seen_words;
pub mod subject;
