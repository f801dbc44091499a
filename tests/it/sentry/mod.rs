//! Sentry's Web API, from the outside: a scripted Sentry over real HTTP, the contract with the official schema, and text
//! that nobody should trust.

mod calls;
mod contract;
mod corpus;
mod hostile;
mod scripted;
