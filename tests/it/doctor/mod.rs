//! The setup doctor.

mod matcher;
mod script;
