//! The setup doctor.

mod apps;
mod case;
mod cases;
mod env;
mod fix;
mod hostile;
mod init;
mod live;
mod matcher;
mod next;
mod page;
mod policies;
mod python;
mod routes;
mod rules;
mod script;
mod secrets;
mod tools;
mod tree;
mod value;
mod verone;
