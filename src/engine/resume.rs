//! What to ask the connector for, given what is in the lake already, and what its rows do to the table.

use super::{ResumePoint, SourceError, SourcePlan};
use crate::sdk::{Cursor, Extract};
use crate::vocabulary::{ExtractType, WriteMode};

/// When rows become visible, and what they do to the rows that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// All together at the end, in the place of what was there.
    Replace,
    /// All together at the end, by primary key; rows that did not come are deleted if it is asked for.
    MergeAtEnd { delete_missing: bool },
    /// Checkpoint by checkpoint, added.
    Append,
    /// Checkpoint by checkpoint, by primary key.
    Merge,
    /// All together at the end, by primary key among themselves, in the place of what was there.
    Renew,
    /// At the end, once the news are there: rows whose keys the source does not list any more are deleted.
    Prune,
}

/// Which rows a read gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All that the source has.
    Whole,
    /// Those that are new since the last sync, and some before.
    News,
}

impl Strategy {
    /// The strategy that a data source's settings ask for.
    ///
    /// # Errors
    /// Where MERGE is asked for and there is no primary key.
    pub(super) fn of(source: &SourcePlan, scope: Scope) -> Result<Self, SourceError> {
        let has_key = !source.primary_key.is_empty();
        let incremental = source.extract_type != ExtractType::Full;
        Ok(match source.write_mode {
            WriteMode::Merge if !has_key => {
                return Err(SourceError::Settings {
                    field: "primaryKey",
                    message: format!("writeMode MERGE needs the columns that identify a row of {}", source.name),
                });
            }
            WriteMode::Merge if incremental => Self::Merge,
            WriteMode::Merge => Self::MergeAtEnd { delete_missing: source.detect_deletes },
            // The rows that are new since the cursor cannot stand for all: they join those that are there.
            WriteMode::Overwrite if incremental && has_key => Self::Merge,
            WriteMode::Overwrite if incremental && scope == Scope::News => Self::Append,
            WriteMode::Overwrite => Self::Replace,
            WriteMode::Append => Self::Append,
        })
    }

    /// The strategy of a read that gives all that the source has now, though news were asked for, to a table that was there
    /// before.
    ///
    /// # Errors
    /// As of [`of`](Self::of).
    pub(super) fn anew(source: &SourcePlan) -> Result<Self, SourceError> {
        Ok(match Self::of(source, Scope::Whole)? {
            Self::Merge if source.write_mode == WriteMode::Overwrite => Self::Replace,
            Self::Merge => Self::MergeAtEnd { delete_missing: source.detect_deletes },
            other => other,
        })
    }

    /// Whether nothing is visible before the end.
    pub(super) fn is_at_end(self) -> bool {
        self.replaces() || matches!(self, Self::MergeAtEnd { .. })
    }

    /// Whether nothing stays of what was there.
    pub(super) fn replaces(self) -> bool {
        matches!(self, Self::Replace | Self::Renew)
    }

    /// Whether rows find their place by primary key.
    pub(super) fn merges(self) -> bool {
        matches!(self, Self::Merge | Self::MergeAtEnd { .. } | Self::Renew | Self::Prune)
    }
}

/// What is left to read of a source.
pub(super) struct Task {
    pub(super) extract: Extract,
    /// After which checkpoint of this very read.
    pub(super) resume: Option<Cursor>,
    pub(super) scope: Scope,
}

impl Task {
    /// The task of a source that stands where `point` says.
    pub(super) fn of(source: &SourcePlan, point: &ResumePoint) -> Self {
        let checkpoint = point.checkpoint.as_ref();
        let mine = checkpoint.filter(|last| last.of_this_sync && !last.finished);
        let resume = match point.staged.last() {
            Some(chunk) => chunk.cursor.clone(),
            None => mine.and_then(|last| last.cursor.clone()),
        };
        if source.extract_type == ExtractType::Full {
            return Self { extract: Extract::Full, resume, scope: Scope::Whole };
        }
        let since = since(source, point);
        // What is staged is staged because all of it was read.
        let is_whole = since.is_none() || !point.staged.is_empty();
        Self { extract: news(source, since), resume, scope: if is_whole { Scope::Whole } else { Scope::News } }
    }

    /// The task of a source that is to be read anew, as if it never had been; what is staged is of that read.
    pub(super) fn renewal(source: &SourcePlan, point: &ResumePoint) -> Self {
        let extract = match source.extract_type {
            ExtractType::Full => Extract::Full,
            _ => news(source, None),
        };
        let resume = point.staged.last().and_then(|chunk| chunk.cursor.clone());
        Self { extract, resume, scope: Scope::Whole }
    }
}

/// The news of a source since a cursor.
pub(super) fn news(source: &SourcePlan, since: Option<Cursor>) -> Extract {
    Extract::Incremental { cursor_field: source.cursor_field.clone(), since, lookback: source.lookback }
}

/// The cursor at which the sync before this one ended; none where it says nothing to an incremental read.
pub(super) fn since(source: &SourcePlan, point: &ResumePoint) -> Option<Cursor> {
    let last = point.checkpoint.as_ref()?;
    if last.of_this_sync {
        return last.since.clone();
    }
    let is_of_this_kind = last.extract_type != ExtractType::Full && last.cursor_field == source.cursor_field;
    last.cursor.clone().filter(|_| is_of_this_kind)
}
