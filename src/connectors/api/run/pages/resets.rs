//! Pages begun again from the first: because the API says so, or because it gives no more than so many records in a row.

use super::super::super::cursor::{CursorSpec, Seen};
use super::super::super::failure::Failure;
use super::super::super::manifest::{ManifestError, Node};
use super::super::super::slice::Slice;
use super::super::super::time::as_int;
use super::super::super::value::Value;

/// What a manifest says of it; an API may ask for it without a word in the manifest, too.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct ResetRule {
    /// Whether the pages begin at the cursor of the last record, in place of where they began before.
    moves_on: bool,
    /// After how many records.
    limit: Option<usize>,
}

impl ResetRule {
    pub(in super::super) fn build(node: Option<&Node>) -> Result<Self, ManifestError> {
        let Some(node) = node else { return Ok(Self::default()) };
        let moves_on = match node.required_text("action")?.as_str() {
            "RESET" => false,
            "SPLIT_USING_CURSOR" => true,
            other => return Err(node.error(format!("the action {other} of PaginationReset is not run here"))),
        };
        let limit = node.get("limits").and_then(|limits| limits.get("number_of_records"));
        let limit = limit.map(|limit| {
            let count = as_int(&limit.value()).and_then(|count| usize::try_from(count).ok());
            count.ok_or_else(|| limit.error("`number_of_records` must be a whole number"))
        });
        Ok(Self { moves_on, limit: limit.transpose()? })
    }

    /// Whether pages begin again only where the API asks for it, and then where they began before.
    pub(in super::super) fn is_plain(&self) -> bool {
        !self.moves_on && self.limit.is_none()
    }
}

/// The resets of one slice.
#[derive(Debug)]
pub(super) struct Resets<'a> {
    limit: Option<usize>,
    cursor: Option<&'a CursorSpec>,
    seen: Seen,
    records: usize,
    /// How often the same was asked for as before.
    in_vain: u32,
}

impl<'a> Resets<'a> {
    pub(super) fn new(rule: &ResetRule, cursor: Option<&'a CursorSpec>) -> Self {
        let cursor = cursor.filter(|_| rule.moves_on);
        Self { limit: rule.limit, cursor, seen: Seen::default(), records: 0, in_vain: 0 }
    }

    /// Notes the records of a page. Returns whether the pages are to begin again.
    pub(super) fn observe(&mut self, records: &[Value]) -> bool {
        self.records += records.len();
        if let Some(cursor) = self.cursor {
            records.iter().for_each(|record| self.seen.observe(record, cursor));
        }
        self.limit.is_some_and(|limit| self.records >= limit)
    }

    /// Changes what is asked for to what is left of the slice.
    ///
    /// # Errors
    /// Where that is the same as before: with a cursor at once, since nothing would come but what came; without one at the
    /// second time, since it may be a new try.
    pub(super) fn begin_again(&mut self, asked: &mut Slice, slice: &Slice) -> Result<(), Failure> {
        let most = if self.cursor.is_some() { 1 } else { 2 };
        let window = match self.cursor {
            Some(cursor) => self.seen.rest_of(&slice.window, cursor),
            None => asked.window.clone(),
        };
        self.records = 0;
        if window != asked.window {
            asked.window = window;
            self.in_vain = 0;
            return Ok(());
        }
        self.in_vain += 1;
        if self.in_vain < most {
            return Ok(());
        }
        let left = if self.cursor.is_some() { "all that is left of a slice" } else { "a slice" };
        Err(Failure::Data(format!("pages were to begin again, but {left} would be asked for as before")))
    }
}
