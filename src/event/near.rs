//! Names that are near to one that is not known (pure).

/// The known names nearest to `wrong`, at most `most`: those that hold it or are held by it, and those a few slips away.
pub fn near<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let plain = |name: &str| -> Vec<char> {
        let kept = name.chars().filter(|c| c.is_alphanumeric()).take(100);
        kept.flat_map(char::to_lowercase).collect()
    };
    let wrong = plain(wrong);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let this = plain(name);
            let within = wrong.len() >= 3 && this.len() >= 3 && (holds(&this, &wrong) || holds(&wrong, &this));
            let slips = distance(&wrong, &this);
            (within || slips <= 1 + wrong.len() / 4).then_some((slips, name))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(most).map(|(_, name)| name).collect()
}

fn holds(all: &[char], part: &[char]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

/// Levenshtein's distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, one) in a.iter().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (other, above) in b.iter().zip(row.iter_mut().skip(1)) {
            let cost = diagonal + usize::from(one != other);
            diagonal = *above;
            left = cost.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn finds_what_was_meant() {
        let known = ["span.duration", "span.op", "span.description", "transaction", "release", "user.id"];
        for (wrong, expected) in [
            ("duration", vec!["span.duration"]),
            ("span_op", vec!["span.op"]),
            ("relaese", vec!["release"]),
            ("transactions", vec!["transaction"]),
            ("zzz", vec![]),
        ] {
            assert_eq!(near(wrong, known, 2), expected, "{wrong}");
        }
    }
}
