//! Pages of a server that hold more rows than a reply shows: the cursor keeps the place inside the page.

use crate::{
    error::{Result, ToolError},
    report::Text,
};

/// Where in the answers a reply begins: a cursor of the server, and rows of its page that were shown before.
#[derive(Debug)]
pub(in crate::tools) struct Begin {
    cursor: String,
    skip: usize,
}

impl Begin {
    /// Reads `20~CURSOR`, or a cursor of the server alone.
    pub(in crate::tools) fn read(cursor: Option<&str>) -> Result<Self> {
        let Some((skip, page)) = cursor.and_then(|cursor| cursor.split_once('~')) else {
            return Ok(Self { cursor: cursor.unwrap_or_default().to_owned(), skip: 0 });
        };
        let skip = skip.parse().map_err(|_| {
            let said = Text::quoted(cursor.unwrap_or_default(), 60);
            ToolError::new(format!("{said} is no cursor of ours."), "Take `next` of the page before, or none.")
        })?;
        Ok(Self { cursor: page.to_owned(), skip })
    }

    /// The cursor for the server.
    pub(in crate::tools) fn page(&self) -> Option<&str> {
        Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty())
    }

    /// Whether something was shown before.
    pub(in crate::tools) fn is_later(&self) -> bool {
        self.skip > 0 || !self.cursor.is_empty()
    }

    /// At most `most` rows for one reply, and where the next begins; `after` is the cursor of the server's next page.
    pub(in crate::tools) fn cut<T>(
        &self,
        most: usize,
        rows: Vec<T>,
        after: Option<String>,
    ) -> (Vec<T>, Option<String>) {
        let end = self.skip.saturating_add(most);
        let next = if rows.len() > end { Some(format!("{end}~{}", self.cursor)) } else { after };
        (rows.into_iter().skip(self.skip).take(most).collect(), next)
    }
}
