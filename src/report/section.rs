//! The parts of an event's report: which are shown, in what room, and from where on.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Text, lines::count};
use crate::redact;

/// Characters that all sections of a reply share; what stands around them fits into the rest of a usual reply.
const ROOM: usize = 6_200;
/// The same where the call says which sections it wants.
const ROOM_OF_SOME: usize = 6_900;
/// Of a section's room, the share that rows that must be shown may take.
const MUST: usize = 6;

/// A part of an event's report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Section {
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Message,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Stack,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Threads,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Breadcrumbs,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Request,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    User,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Tags,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Contexts,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Release,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Activity,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Problems,
    #[expect(missing_docs, reason = "a doc would be in the schema, and costs")]
    Grouping,
}

/// All of them, in the order in which they help.
const ALL: [Section; 12] = [
    Section::Message,
    Section::Stack,
    Section::Threads,
    Section::Breadcrumbs,
    Section::Request,
    Section::User,
    Section::Tags,
    Section::Contexts,
    Section::Release,
    Section::Activity,
    Section::Problems,
    Section::Grouping,
];

impl Section {
    /// Its name in `only` and in cursors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Stack => "stack",
            Self::Threads => "threads",
            Self::Breadcrumbs => "breadcrumbs",
            Self::Request => "request",
            Self::User => "user",
            Self::Tags => "tags",
            Self::Contexts => "contexts",
            Self::Release => "release",
            Self::Activity => "activity",
            Self::Problems => "problems",
            Self::Grouping => "grouping",
        }
    }

    /// Characters that it may have in any case.
    fn share(self) -> usize {
        match self {
            Self::Message => 500,
            Self::Stack => 2_250,
            Self::Breadcrumbs => 1_000,
            Self::Request | Self::Contexts => 425,
            Self::Tags => 350,
            Self::Threads | Self::Release | Self::Activity => 225,
            Self::Problems | Self::User => 200,
            Self::Grouping => 175,
        }
    }

    /// What its rows are.
    fn noun(self) -> &'static str {
        match self {
            Self::Stack => "frame",
            Self::Breadcrumbs => "breadcrumb",
            Self::Tags => "tag",
            Self::Threads => "thread",
            Self::Activity => "entry",
            _ => "line",
        }
    }
}

/// Which sections of an event a reply shows, and from where on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    /// These only; none = all.
    only: Option<Vec<Section>>,
    /// Rows of the only section that earlier replies have shown.
    skip: usize,
    /// The begin of the id of the event that the cursor is of.
    event: Option<String>,
}

impl View {
    /// The view of a call: `only` these sections, or where an earlier reply ended: `breadcrumbs:20:a11ce0f1`.
    pub fn of(only: Option<Vec<Section>>, cursor: Option<&str>) -> Result<Self, String> {
        let only = only.filter(|only| !only.is_empty());
        let Some(cursor) = cursor else { return Ok(Self { only, skip: 0, event: None }) };
        let mut parts = cursor.trim().trim_matches(['«', '»', '"', '`']).split(':');
        let section = parts.next().and_then(|name| ALL.into_iter().find(|section| section.name() == name));
        let skip = parts.next().and_then(|number| number.parse().ok());
        match (section, skip, parts.next()) {
            (Some(section), Some(skip), event) => {
                let event = event.filter(|event| !event.is_empty()).map(str::to_ascii_lowercase);
                Ok(Self { only: Some(vec![section]), skip, event })
            }
            _ => {
                let said: String = cursor.chars().take(60).collect();
                Err(format!("{said:?} is no cursor: it looks like breadcrumbs:20 and comes from a reply"))
            }
        }
    }

    /// Whether a section is shown.
    pub fn has(&self, section: Section) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&section))
    }

    /// Whether the call says which sections it wants: then each has more room, and is shown in more detail.
    pub fn is_some(&self) -> bool {
        self.only.is_some()
    }

    /// The begin of the id of the event that the cursor is of; the event shown must be that one.
    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }
}

/// A row of a section.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Its text; may be several lines.
    pub text: String,
    /// How many things it stands for: frames, breadcrumbs; 0 = it belongs to the row before.
    pub stands_for: usize,
    /// It is shown even where other rows have to go.
    pub must: bool,
}

impl Row {
    /// A row that stands for one thing.
    pub fn one(text: impl Into<String>) -> Self {
        Self { text: text.into(), stands_for: 1, must: false }
    }
}

/// A section to be shown.
#[derive(Debug)]
pub(super) struct Block {
    pub section: Section,
    pub title: String,
    pub rows: Vec<Row>,
    /// Rows are put on one line with this between them; else each is a line.
    pub joiner: Option<&'static str>,
    /// Rows shown at most, where fewer say enough.
    pub most: usize,
}

impl Block {
    /// A section of lines.
    pub fn lines(section: Section, title: impl Into<String>, rows: Vec<Row>) -> Self {
        Self { section, title: title.into(), rows, joiner: None, most: usize::MAX }
    }

    fn between(&self) -> usize {
        self.joiner.map_or(1, str::len)
    }

    /// Characters that all of it takes.
    pub fn length(&self) -> usize {
        let rows: usize = self.rows.iter().take(self.most).map(|row| row.text.chars().count() + self.between()).sum();
        rows + self.title.chars().count() + 3
    }
}

/// Characters that the sections of this view share.
pub(super) fn room(view: &View) -> usize {
    if view.is_some() { ROOM_OF_SOME } else { ROOM }
}

/// What was written of the sections, and the cursors of those that were cut.
pub(super) struct Written {
    pub text: String,
    /// `breadcrumbs:20`, and what is left out.
    pub rest: Vec<(String, String)>,
}

/// Writes the sections into their room: each has its share, and what some do not need the others get.
pub(super) fn write(view: &View, blocks: Vec<Block>) -> Written {
    let blocks: Vec<Block> = blocks.into_iter().filter(|it| view.has(it.section) && !it.rows.is_empty()).collect();
    let rooms = rooms(&blocks, room(view), view.is_some());
    let mut out = String::new();
    let mut rest = Vec::new();
    for (block, room) in blocks.iter().zip(rooms) {
        let cut = cut(block, room, view.skip, false);
        if !out.is_empty() {
            out.push('\n');
        }
        let one_line = !cut.text.contains('\n') && !cut.text.starts_with(' ');
        let nothing = cut.text.is_empty();
        let text = if nothing { "(nothing more)" } else { &cut.text };
        let from = if view.skip > 0 { format!(" (from {} on)", view.skip + 1) } else { String::new() };
        out.push_str(&format!("{}{from}:{}{}\n", block.title, if one_line { " " } else { "\n" }, text));
        if let Some((at, left_out)) = cut.rest {
            let what = match block.section.noun() {
                "entry" if left_out != 1 => format!("{left_out} entries"),
                noun => count(left_out as u64, noun),
            };
            rest.push((format!("{}:{at}", block.section.name()), what));
        }
    }
    Written { text: out, rest }
}

/// The room of each block.
fn rooms(blocks: &[Block], total: usize, some: bool) -> Vec<usize> {
    let needs: Vec<usize> = blocks.iter().map(Block::length).collect();
    let share = |block: &Block| if some { total / blocks.len().max(1) } else { block.section.share() };
    let mut rooms: Vec<usize> = blocks.iter().zip(&needs).map(|(block, need)| share(block).min(*need)).collect();
    let mut left = total.saturating_sub(rooms.iter().sum());
    let first = [Section::Stack, Section::Breadcrumbs, Section::Message, Section::Contexts];
    let order = first.into_iter().chain(ALL.into_iter().filter(|section| !first.contains(section)));
    for section in order {
        let these = blocks.iter().zip(&needs).zip(rooms.iter_mut()).filter(|((block, _), _)| block.section == section);
        for ((_, need), room) in these {
            let more = need.saturating_sub(*room).min(left);
            *room += more;
            left -= more;
        }
    }
    rooms
}

/// One section alone, without its title, in at most `room` characters.
pub(super) fn fit(block: &Block, room: usize) -> String {
    let cut = cut(block, room, 0, true);
    if cut.text.is_empty() { cut.text } else { cut.text + "\n" }
}

struct Cut {
    text: String,
    /// Where the first row stood that was left out, and how many things were.
    rest: Option<(usize, usize)>,
}

/// The rows that fit, with a word where some are left out. Rows that must be shown come first in the room.
fn cut(block: &Block, room: usize, skip: usize, alone: bool) -> Cut {
    let between = block.between();
    let long = |row: &Row| row.text.chars().count() + between;
    let rows = skipped(&block.rows, skip);
    let mut left = room.saturating_sub(block.title.chars().count() + 3);
    let all: usize = rows.iter().take(block.most).map(|row| long(row)).sum();
    if all > left {
        // A word on what is left out.
        left = left.saturating_sub(30);
    }
    let mut shown = vec![false; rows.len()];
    let most = left * MUST / 10;
    let mut used = 0;
    for (row, shown) in rows.iter().zip(shown.iter_mut()).filter(|(row, _)| row.must) {
        if used + long(row) <= most {
            used += long(row);
            *shown = true;
        }
    }
    left = left.saturating_sub(used);
    let mut open = true;
    for (row, shown) in rows.iter().zip(shown.iter_mut()).take(block.most) {
        if *shown {
            // What follows a row that is shown may fit again.
            open = true;
        } else if open && long(row) <= left {
            left -= long(row);
            *shown = true;
        } else if row.stands_for > 0 || !row.must {
            open = false;
        }
    }
    // What is alone and too long is cut itself.
    if let ([only], [false]) = (rows.as_slice(), shown.as_slice()) {
        // Half a secret does not say what it is: it goes before the cut.
        let text: String = redact::text(&only.text).chars().take(left.saturating_sub(1)).chain(['…']).collect();
        return Cut { text, rest: None };
    }
    assemble(block, &rows, &shown, skip, alone)
}

/// Rows from the one on that stands for what comes after `skip`; what that row belongs to is kept.
fn skipped(rows: &[Row], skip: usize) -> Vec<&Row> {
    let mut seen = 0;
    let mut kept = Vec::new();
    let mut head = None;
    for row in rows {
        // A row of several things that were shown in part is shown again.
        if seen < skip && seen + row.stands_for <= skip {
            seen += row.stands_for;
            if row.must && row.stands_for == 0 {
                head = Some(row);
            }
            continue;
        }
        if kept.is_empty() && skip > 0 && row.stands_for == 0 && !row.must {
            continue;
        }
        if kept.is_empty() && skip > 0 && !(row.must && row.stands_for == 0) {
            kept.extend(head);
        }
        kept.push(row);
    }
    kept
}

fn assemble(block: &Block, rows: &[&Row], shown: &[bool], skip: usize, alone: bool) -> Cut {
    let mut parts: Vec<String> = Vec::new();
    let (mut seen, mut gap, mut left_out, mut first) = (skip, 0, 0, None);
    let mut heads = 0;
    let noun = block.section.noun();
    let said = |gap: usize| match block.joiner {
        Some(_) => format!("({gap} more left out)"),
        None => format!("  … {} left out", count(gap as u64, noun).replace("entrys", "entries")),
    };
    for (row, shown) in rows.iter().zip(shown) {
        if *shown {
            if gap > 0 {
                parts.push(said(std::mem::take(&mut gap)));
            }
            parts.push(row.text.clone());
        } else {
            first = first.or((row.stands_for > 0).then_some(seen));
            gap += row.stands_for;
            left_out += row.stands_for;
            heads += usize::from(row.must && row.stands_for == 0);
        }
        seen += row.stands_for;
    }
    // What is left out at the end is said where the reply says how to read on.
    if gap > 0 && (alone || block.joiner.is_some() || heads > 0) {
        parts.push(said(gap));
    }
    if heads > 0 {
        parts.push(format!("  … {} left out", count(heads as u64, "more exception")));
    }
    Cut { text: parts.join(block.joiner.unwrap_or("\n")), rest: first.map(|at| (at, left_out)) }
}

/// Says how to read on.
pub(super) fn say_rest(text: &mut Text, rest: &[(String, String)], event_id: &str) {
    if rest.is_empty() {
        return;
    }
    let begin: String = event_id.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let all: Vec<String> = rest.iter().map(|(cursor, what)| format!("{what} (cursor {cursor}:{begin})")).collect();
    text.line(format!("Left out: {}.", all.join(", ")));
}
