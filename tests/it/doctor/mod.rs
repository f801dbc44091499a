//! The setup doctor.

mod case;
mod cases;
mod fix;
mod hostile;
mod matcher;
mod script;
mod tree;
mod value;
