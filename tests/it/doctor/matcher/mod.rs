//! Next.js matchers: the table of verified rows, Next.js's own code as the judge, fixes, and reading them from files.

mod differential;
mod fix;
mod rows;
mod tool;
