//! Where a read stands, row by row.

use sqlx::mysql::MySqlRow;

use super::cursor::{Exact, Position};
use super::kind::Kind;
use super::plan::{LegKind, Plan};

/// How far a read has come.
pub(super) struct Progress {
    pub(super) position: Position,
    /// The last row since the position was brought up to date.
    pub(super) last: Option<MySqlRow>,
    /// Whether the position can name that row: a key of odd bytes cannot be named.
    pub(super) is_exact: bool,
    /// Whether a checkpoint was given behind the last row.
    pub(super) told: bool,
}

/// What of a row checkpoints are made of.
pub(super) struct Marks<'a> {
    pub(super) leg: LegKind,
    pub(super) plan: &'a Plan,
}

impl Marks<'_> {
    /// Moves the position to the last row.
    pub(super) fn note(&self, progress: &mut Progress) {
        let Some(row) = progress.last.take() else { return };
        let position = &mut progress.position;
        progress.is_exact = true;
        if !self.plan.key.is_empty() {
            position.key = self.plan.key.iter().map(|part| Exact::of(&row, part.at, part.kind)).collect();
            progress.is_exact = position.key.is_some();
        }
        if let Some(cursor) = self.plan.cursor.as_ref().filter(|_| self.leg == LegKind::WithCursor) {
            match Exact::of(&row, cursor.at, cursor.kind) {
                Some(value) => position.cursor = Some(value),
                None => progress.is_exact = false,
            }
        }
    }

    /// Whether there are places for checkpoints at all. Texts that differ may be equal to the server, so they are none.
    pub(super) fn may_ever_part(&self) -> bool {
        let by_cursor =
            self.plan.cursor.as_ref().is_some_and(|cursor| !matches!(cursor.kind, Kind::Text | Kind::Bytes));
        !self.plan.key.is_empty() || (self.leg == LegKind::WithCursor && by_cursor)
    }

    /// Whether a checkpoint may stand between the row before, where the progress is, and this one.
    pub(super) fn may_part_before(&self, row: &MySqlRow, progress: &Progress) -> bool {
        if !self.plan.key.is_empty() || !progress.is_exact {
            return progress.is_exact;
        }
        let Some(cursor) = self.plan.cursor.as_ref().filter(|_| self.may_ever_part()) else { return false };
        let next = Exact::of(row, cursor.at, cursor.kind);
        next.is_some() && next != progress.position.cursor
    }
}
