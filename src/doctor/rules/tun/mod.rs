//! Rules about the tunnel.

mod static004;
mod static007;
mod static009;
mod static010;
mod tun001;
mod tun002;
mod tun003;
mod tun004;
mod tun005;
mod tun006;
mod tun007;
mod tun008;
mod tun009;
mod tun010;
mod tun011;
mod tun012;
mod words;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[
    &tun001::RULE,
    &tun002::RULE,
    &tun003::RULE,
    &tun004::RULE,
    &tun005::RULE,
    &tun006::RULE,
    &tun007::RULE,
    &tun008::RULE,
    &tun009::RULE,
    &tun010::RULE,
    &tun011::RULE,
    &tun012::RULE,
];
