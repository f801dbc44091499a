//! The sink over real HTTP.

mod support;

mod basics;
