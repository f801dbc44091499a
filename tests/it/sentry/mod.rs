//! Sentry's Web API, from the outside: a scripted Sentry over real HTTP, the contract with the official schema, and text
//! that nobody should trust.

mod contract;
mod corpus;
mod scripted;
