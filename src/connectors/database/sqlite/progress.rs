//! Where a read stands, row by row.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::cursor::{Exact, Position};
use super::moment;
use super::plan::LegKind;
use super::table::Key;
use crate::sdk::counted;

/// How far a read has come, and what it has noticed of the cursors.
pub(super) struct Progress {
    pub(super) position: Position,
    /// Whether the position can name the last row: a key that is not UTF-8 cannot be named.
    pub(super) is_exact: bool,
    /// Whether a checkpoint was given behind the last row.
    pub(super) told: bool,
    /// Rows with a cursor that is no place to go on from.
    strays: u64,
    /// The zone that the cursors name, and whether there are several.
    zone: Option<String>,
    mixes_zones: bool,
}

impl Progress {
    pub(super) fn at(position: Position) -> Self {
        let mut progress = Self { position, is_exact: true, told: false, strays: 0, zone: None, mixes_zones: false };
        if let Some(cursor) = progress.position.cursor.clone() {
            progress.note_zone(&cursor);
        }
        progress
    }

    fn note_zone(&mut self, cursor: &Exact) {
        let Exact::Text(text) = cursor else { return };
        let Some(zone) = moment::zone(text) else { return };
        match &self.zone {
            Some(known) => self.mixes_zones |= known != zone,
            None => self.zone = Some(zone.to_owned()),
        }
    }

    /// What the user should know of the cursors that came.
    pub(super) fn warnings(&mut self, leg: LegKind) -> Vec<String> {
        let mut warnings = Vec::new();
        if leg != LegKind::WithCursor {
            return warnings;
        }
        let field = self.position.field.as_deref().unwrap_or_default();
        let strays = std::mem::take(&mut self.strays);
        if strays > 0 {
            let rows = counted(strays, "row has", "rows have");
            let they = if strays == 1 { "it is" } else { "they are" };
            warnings.push(format!(
                "{rows} texts or bytes among numbers, or infinity, as {field}: {they} read with every sync"
            ));
        }
        if std::mem::take(&mut self.mixes_zones) {
            warnings.push(format!(
                "{field} holds times of several zones, which are compared as texts: rows may be missed; write them all in \
                 one zone, or read the table in full"
            ));
        }
        warnings
    }
}

/// Where in a row stands what checkpoints are made of.
pub(super) struct Marks<'a> {
    pub(super) leg: LegKind,
    pub(super) key: &'a Key,
    /// The places of the key's parts.
    pub(super) key_at: Vec<usize>,
    pub(super) cursor_at: Option<usize>,
}

impl Marks<'_> {
    /// Moves the position to a row.
    pub(super) fn note(&self, row: &Row<'_>, progress: &mut Progress) {
        let position = &mut progress.position;
        progress.is_exact = true;
        match self.key {
            Key::Rowid { .. } => {
                let rowid = self.key_at.first().and_then(|at| row.get_ref(*at).ok());
                if let Some(ValueRef::Integer(rowid)) = rowid {
                    position.rowid = Some(rowid);
                }
            }
            Key::Columns(_) => {
                let parts = self.key_at.iter().map(|at| row.get_ref(*at).ok().and_then(Exact::of));
                position.key = parts.collect();
                progress.is_exact = position.key.is_some();
            }
            Key::None => {}
        }
        if self.leg == LegKind::WithCursor {
            match self.cursor(row) {
                Some(value) if value.is_place_behind(position.cursor.as_ref()) => {
                    progress.note_zone(&value);
                    progress.position.cursor = Some(value);
                }
                found => {
                    progress.is_exact = false;
                    progress.strays += u64::from(found.is_some());
                }
            }
        }
    }

    fn cursor(&self, row: &Row<'_>) -> Option<Exact> {
        row.get_ref(self.cursor_at?).ok().and_then(Exact::of)
    }

    /// Whether there are places for checkpoints at all.
    pub(super) fn may_ever_part(&self) -> bool {
        *self.key != Key::None || self.leg == LegKind::WithCursor
    }

    /// Whether a checkpoint may stand between the row before, where the progress is, and this one.
    pub(super) fn may_part_before(&self, row: &Row<'_>, progress: &Progress) -> bool {
        match (self.key, self.leg) {
            _ if !progress.is_exact => false,
            (Key::Rowid { .. } | Key::Columns(_), _) => true,
            (Key::None, LegKind::WithCursor) => match (self.cursor(row), &progress.position.cursor) {
                (Some(next), Some(last)) => !next.is_same(last),
                _ => false,
            },
            (Key::None, _) => false,
        }
    }
}
