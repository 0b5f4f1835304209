//! A plan in the making of how columns fit: what is kept, what changes, and what is written otherwise from now on.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};

use super::column::{Column, Presence};
use super::{Conform, Known, Recast};
use crate::lake::same_type;
use crate::sdk::types;
use crate::vocabulary::SchemaPolicy;

#[derive(Default)]
pub(super) struct Plan {
    origins: Vec<Option<usize>>,
    fields: Vec<Field>,
    pub(super) columns: Vec<Column>,
    /// Columns of the source that are left out.
    pub(super) ignored: Vec<Column>,
    pub(super) changes: Vec<String>,
    pub(super) additions: Vec<String>,
    pub(super) recasts: Vec<Recast>,
}

/// How the values of a column that had the type `had` in the table are written otherwise now that it is `kept` there and
/// `wanted` by the source; `None` where they are written the same. A number that became a wider number stays what it is.
pub(super) fn recast(old: &Column, had: &DataType, new: &Column, kept: &DataType, wanted: &DataType) -> Option<Recast> {
    let recast = |from: String, to: String| Recast { column: new.source_name.clone(), from, to };
    let Some(to) = &new.texts_of else {
        let is_recast = has_part_made_text(had, kept) || has_part_made_text(wanted, kept);
        return is_recast.then(|| recast(types::type_name(had), types::type_name(wanted)));
    };
    let stays = had == kept;
    let is_same = match (&old.texts_of, stays) {
        (_, false) => false,
        (Some(from), true) => from == to,
        // What they were written from was not noted yet.
        (None, true) => wanted == kept,
    };
    let from = match &old.texts_of {
        Some(from) if stays => from.clone(),
        _ => types::type_name(had),
    };
    (!is_same).then(|| recast(from, to.clone()))
}

/// Whether a part of a list, a struct or a map is text in `to` and something else in `from`.
fn has_part_made_text(from: &DataType, to: &DataType) -> bool {
    let is_made_text = |from: &Field, to: &Field| {
        let (from, to) = (from.data_type(), to.data_type());
        (*to == DataType::Utf8 && *from != DataType::Utf8) || has_part_made_text(from, to)
    };
    match (from, to) {
        (DataType::List(from), DataType::List(to)) | (DataType::Map(from, _), DataType::Map(to, _)) => {
            is_made_text(from, to)
        }
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() == to.len() && from.iter().zip(to).any(|(from, to)| is_made_text(from, to))
        }
        _ => false,
    }
}

impl Plan {
    pub(super) fn push(&mut self, origin: Option<usize>, column: Column, lake_type: DataType) {
        self.origins.push(origin);
        self.fields.push(Field::new(&column.name, lake_type, true));
        self.columns.push(column);
    }

    /// What was planned; columns that are left out come last.
    pub(super) fn conform(mut self) -> Conform {
        self.columns.append(&mut self.ignored);
        Conform {
            origins: self.origins,
            schema: Arc::new(Schema::new(self.fields)),
            columns: self.columns,
            changes: self.changes,
            additions: self.additions,
            recasts: self.recasts,
        }
    }

    /// The type to keep for a column that the table has already.
    pub(super) fn retype(
        &mut self,
        old: &Column,
        had: &DataType,
        wanted: &DataType,
        policy: SchemaPolicy,
        replaced: bool,
    ) -> DataType {
        // The lake's reader names the parts of lists and maps in its own way.
        if had == wanted || same_type(had, wanted) {
            return had.clone();
        }
        let (from, to) = (types::type_name(had), types::type_name(wanted));
        if !replaced && types::widens(wanted, had) {
            // What comes fits into what is there: nothing changes for readers.
            return had.clone();
        }
        self.changes.push(if types::widens(had, wanted) {
            format!("widened {} from {from} to {to}", old.source_name)
        } else {
            format!("changed {} from {from} to {to}", old.source_name)
        });
        match policy {
            SchemaPolicy::Discard | SchemaPolicy::Freeze => had.clone(),
            SchemaPolicy::Evolve if replaced || types::widens(had, wanted) => wanted.clone(),
            // Text holds the values of both.
            SchemaPolicy::Evolve => DataType::Utf8,
        }
    }

    /// Columns that the source has no more.
    pub(super) fn missing(
        &mut self,
        known: &Known<'_>,
        policy: SchemaPolicy,
        lake_type_of: impl Fn(&str) -> Option<DataType>,
    ) {
        for old in known.columns {
            if self.columns.iter().chain(&self.ignored).any(|column| column.name == old.name) {
                continue;
            }
            if old.presence == Presence::Source {
                continue;
            }
            if old.presence == Presence::Both {
                self.changes.push(format!("removed {} {}", old.source_name, old.data_type));
            }
            let keep = !known.replaced || policy == SchemaPolicy::Discard;
            if let Some(lake_type) = lake_type_of(&old.name).filter(|_| keep) {
                self.push(None, Column { presence: Presence::Lake, ..old.clone() }, lake_type);
            }
        }
    }
}
