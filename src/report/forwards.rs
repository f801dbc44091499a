//! What became of what the sink passes on.

use super::{Text, count};
use crate::event::{ForwardCounts, ForwardState, Forwarded};

/// Characters of a server's words for a refusal.
const WHY_CHARS: usize = 300;
/// DSNs and fates shown.
const MOST: usize = 10;

/// `fates` fit for structured data: the other side's words cleaned.
pub fn plain_fates(mut fates: Vec<Forwarded>) -> Vec<Forwarded> {
    fates.truncate(MOST);
    for fate in &mut fates {
        fate.why = fate.why.take().map(|why| Text::plain(&why, WHY_CHARS));
    }
    fates
}

/// `counts` fit for structured data: the other side's words cleaned.
pub fn plain_counts(counts: &mut Vec<ForwardCounts>) {
    counts.truncate(MOST);
    for one in counts {
        for words in [&mut one.waiting, &mut one.last_refusal] {
            *words = words.take().map(|why| Text::plain(&why, WHY_CHARS));
        }
        for (category, _) in &mut one.limited {
            *category = Text::plain(category, 40);
        }
    }
}

/// `Forwarded: sent to https://0123…@sentry.example.com/42 at 2026-11-22T10:00:00Z.`
pub fn forwarded(text: &mut Text, fates: &[Forwarded]) {
    for fate in fates.iter().take(MOST) {
        let why = fate.why.as_deref().map(|why| format!(": {}", Text::quoted(why, WHY_CHARS))).unwrap_or_default();
        let Forwarded { to, at, .. } = fate;
        text.line(match fate.state {
            ForwardState::Queued => format!("Forwarded: queued for {to} since {at}{why}."),
            ForwardState::Sent => format!("Forwarded: sent to {to} at {at}."),
            ForwardState::Refused => format!("Forwarded: refused by {to} at {at}{why}."),
            ForwardState::Dropped => format!("Forwarded: not sent to {to}, dropped at {at}{why}."),
        });
    }
}

/// One line a DSN, for `status`.
pub fn forwards(text: &mut Text, counts: &[ForwardCounts]) {
    for one in counts.iter().take(MOST) {
        let mut parts = vec![format!("{} queued, {} sent", one.queued, one.sent)];
        if one.refused > 0 {
            let last = one.last_refusal.as_deref().map(|why| format!(" (last: {})", Text::quoted(why, WHY_CHARS)));
            parts.push(format!("{} refused and given up{}", one.refused, last.unwrap_or_default()));
        }
        parts.extend(one.dropped.iter().map(|(why, number)| format!("{number} dropped ({})", Text::plain(why, 100))));
        let limited = one.limited.iter();
        parts
            .extend(limited.map(|(category, until)| format!("limited for {} until {until}", Text::word(category, 40))));
        if let Some(waiting) = &one.waiting {
            parts.push(format!("waiting: {}", Text::quoted(waiting, WHY_CHARS)));
        }
        text.line(format!("Forwarding to {} ({}): {}.", one.to, one.what, parts.join("; ")));
    }
}

/// What the tunnel refused, for `status`.
pub fn tunnel_refused(text: &mut Text, refused: &[(String, u64)]) {
    if refused.is_empty() {
        return;
    }
    let all = refused.iter().take(MOST).map(|(why, number)| format!("{number} ({})", Text::quoted(why, 100)));
    let sum = refused.iter().map(|(_, number)| number).sum();
    text.line(format!("Tunnel refused {}: {}.", count(sum, "envelope"), all.collect::<Vec<_>>().join(", ")));
}
