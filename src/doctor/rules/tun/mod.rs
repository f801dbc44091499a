//! Rules about the tunnel.

mod tun004;
mod tun007;
mod tun008;
mod tun009;
mod tun010;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&tun004::RULE, &tun007::RULE, &tun008::RULE, &tun009::RULE, &tun010::RULE];
