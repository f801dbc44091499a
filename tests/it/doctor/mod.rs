//! The setup doctor.

mod hostile;
mod matcher;
mod script;
mod tree;
