//! Addresses of endpoints, and which paths they answer.

/// The paths that an endpoint answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern(pub Vec<Segment>);

/// What stands between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// This.
    Text(String),
    /// Anything that is one segment.
    Any,
    /// Anything that is one segment, or nothing.
    Optional,
    /// One segment or more.
    Some,
    /// Any number of segments, none too.
    Rest,
}

impl Pattern {
    /// Whether it answers a path, which is without query and base path. A slash at the end does not count.
    pub fn takes(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        takes(&self.0, &parts)
    }

    /// How exact it is: of several that answer, the one with the most wins.
    pub fn rank(&self) -> Vec<u8> {
        let rank = |segment: &Segment| match segment {
            Segment::Text(_) => 4,
            Segment::Any => 3,
            Segment::Optional => 2,
            Segment::Some => 1,
            Segment::Rest => 0,
        };
        self.0.iter().map(rank).collect()
    }
}

fn takes(segments: &[Segment], parts: &[&str]) -> bool {
    let Some((segment, rest)) = segments.split_first() else { return parts.is_empty() };
    let behind = parts.split_first();
    match segment {
        Segment::Text(text) => behind.is_some_and(|(part, parts)| part == text && takes(rest, parts)),
        Segment::Any => behind.is_some_and(|(_, parts)| takes(rest, parts)),
        Segment::Optional => takes(rest, parts) || behind.is_some_and(|(_, parts)| takes(rest, parts)),
        Segment::Some => behind.is_some_and(|(_, parts)| takes(rest, parts) || takes(segments, parts)),
        Segment::Rest => takes(rest, parts) || behind.is_some_and(|(_, parts)| takes(segments, parts)),
    }
}
