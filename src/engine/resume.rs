//! What to ask the connector for, given what is in the lake already.

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
}

impl Strategy {
    /// The strategy that a data source's settings ask for.
    ///
    /// # Errors
    /// Where MERGE is asked for and there is no primary key.
    pub(super) fn of(source: &SourcePlan) -> Result<Self, SourceError> {
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
            WriteMode::Overwrite if incremental => Self::Append,
            WriteMode::Overwrite => Self::Replace,
            WriteMode::Append => Self::Append,
        })
    }

    /// Whether nothing is visible before the end.
    pub(super) fn is_at_end(self) -> bool {
        matches!(self, Self::Replace | Self::MergeAtEnd { .. })
    }
}

/// What is left to read of a source, and after which checkpoint of this very read.
pub(super) fn task(source: &SourcePlan, strategy: Strategy, point: &ResumePoint) -> (Extract, Option<Cursor>) {
    let resume = if strategy.is_at_end() {
        point.staged.last().and_then(|chunk| chunk.cursor.clone())
    } else {
        let mine = point.checkpoint.as_ref().filter(|last| last.of_this_sync && !last.finished);
        mine.and_then(|checkpoint| checkpoint.cursor.clone())
    };
    let extract = match source.extract_type {
        ExtractType::Full => Extract::Full,
        ExtractType::Incremental | ExtractType::Delta => Extract::Incremental {
            cursor_field: source.cursor_field.clone(),
            since: point
                .checkpoint
                .as_ref()
                .filter(|checkpoint| !checkpoint.of_this_sync && checkpoint.extract_type != ExtractType::Full)
                .and_then(|checkpoint| checkpoint.cursor.clone()),
            lookback: source.lookback,
        },
    };
    (extract, resume)
}
