//! The setup doctor.

mod apps;
mod case;
mod cases;
mod fix;
mod hostile;
mod matcher;
mod script;
mod tree;
mod value;
