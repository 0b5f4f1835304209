//! What happens when a source tells its columns: they are fitted to the table, and the table to them.

use std::sync::atomic::Ordering;

use arrow::datatypes::Schema;
use serde_json::json;

use super::SourceError;
use super::boundary::Boundary;
use super::conform::{Column, Conform, Known, Recast};
use super::extract::{Attempt, Position};
use super::resume::{Scope, Strategy};
use super::sink::Sink;
use crate::events::Fact;
use crate::lake::TableSnapshot;
use crate::sdk::types;
use crate::vocabulary::{EventLevel, SyncEventKind, WriteMode};

impl Attempt<'_> {
    /// Fits the columns that the source tells to the table, and the table to them where they have grown.
    pub(super) async fn fit(
        &self,
        snapshot: Option<&TableSnapshot>,
        schema: &Schema,
        position: &mut Position,
        sink: &mut Sink<'_>,
    ) -> Result<Conform, SourceError> {
        let strategy = position.strategy;
        if strategy.merges() {
            self.check_key(schema)?;
        }
        let conform = self.plan(position, snapshot, schema, sink.conform.as_ref()).await?;
        if strategy.merges() {
            self.check_kept(&conform)?;
        }
        if strategy.replaces() {
            return Ok(conform);
        }
        // In the middle of a read the table may be another one than at its start.
        let fresh = if sink.conform.is_some() { self.table.snapshot().await? } else { None };
        if let Some(snapshot) = fresh.as_ref().or(snapshot) {
            position.sequence = self.widen(snapshot, &conform, position).await?;
        }
        Ok(conform)
    }

    /// What the table had when this sync came to it, to tell what is new; none where there was no table.
    pub(super) async fn boundary(
        &self,
        conform: &Conform,
        cursor_field: &[String],
    ) -> Result<Option<Boundary>, SourceError> {
        let Some(version) = self.base_version else { return Ok(None) };
        let before = self.table.snapshot_at(version).await?;
        let cursor = conform.lake_names(cursor_field).pop();
        let key = &self.source.primary_key;
        Boundary::new(self.table.clone(), before, conform, cursor, key, self.memory_bytes / 2).map(Some)
    }

    /// A key that is not there would make all rows one.
    fn check_key(&self, schema: &Schema) -> Result<(), SourceError> {
        let missing = self.source.primary_key.iter().find(|name| schema.field_with_name(name).is_err());
        let Some(missing) = missing else { return Ok(()) };
        let known: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        Err(SourceError::Settings {
            field: "primaryKey",
            message: format!(
                "names {missing}, which {} does not have or does not let us read (known: {}); discover its columns again, and \
                 set those that identify a row",
                self.source.name,
                known.join(", ")
            ),
        })
    }

    /// Nor could rows be told apart by a column that does not come into the lake table.
    fn check_kept(&self, conform: &Conform) -> Result<(), SourceError> {
        let is_left_out = |name: &&String| conform.lake_names(std::slice::from_ref(*name)).is_empty();
        let Some(name) = self.source.primary_key.iter().find(is_left_out) else { return Ok(()) };
        let policy = self.source.schema_policy;
        Err(SourceError::Settings {
            field: "primaryKey",
            message: format!(
                "names {name}, which schemaPolicy {policy} leaves out of the lake table; set schemaPolicy EVOLVE, or a key of \
                 other columns"
            ),
        })
    }

    /// A row could not find the one with its key any more where that is written otherwise: both would stand.
    fn check_recast(&self, strategy: Strategy, conform: &Conform) -> Result<(), SourceError> {
        if !strategy.merges() || strategy.replaces() {
            return Ok(());
        }
        let is_key = |column: &String| self.source.primary_key.contains(column);
        if let Some(Recast { column, from, to }) = conform.recasts.iter().find(|recast| is_key(&recast.column)) {
            return Err(SourceError::KeyRecast { column: column.clone(), from: from.clone(), to: to.clone() });
        }
        // It became another type in the middle of a read, or while rows were only added.
        let is_marked = |column: &&Column| column.recast && is_key(&column.source_name);
        match conform.columns.iter().find(is_marked) {
            None => Ok(()),
            Some(column) => Err(SourceError::KeyRecast {
                column: column.source_name.clone(),
                from: "of another type".to_owned(),
                to: column.texts_of.clone().unwrap_or_else(|| column.data_type.clone()),
            }),
        }
    }

    /// What is known of the table's columns when an attempt begins. An earlier one of this sync may have changed them.
    pub(super) fn known_columns<'a>(&'a self, position: &'a Position) -> &'a [Column] {
        match position.point.columns.as_slice() {
            [] => &self.source.columns,
            columns => columns,
        }
    }

    /// Nor could it where the rows that are there hold NULL in a column of the key, as after that got another name.
    fn check_late_key(&self, strategy: Strategy, conform: &Conform) -> Result<(), SourceError> {
        let is_in_question = strategy.merges() && !strategy.replaces() && self.base_version.is_some();
        let is_key = |column: &&Column| column.late && self.source.primary_key.contains(&column.source_name);
        match conform.columns.iter().find(is_key).filter(|_| is_in_question) {
            None => Ok(()),
            Some(column) => Err(SourceError::KeyLate { column: column.source_name.clone() }),
        }
    }

    /// Fits the source's schema to the table; tells what changed and what is kept in another form.
    async fn plan(
        &self,
        position: &Position,
        snapshot: Option<&TableSnapshot>,
        schema: &Schema,
        before: Option<&Conform>,
    ) -> Result<Conform, SourceError> {
        let has_rows = snapshot.is_some_and(|snapshot| snapshot.files > 0);
        let keeps_rows = has_rows && !position.strategy.replaces();
        // A change in the middle of a read: what was written a moment ago is what is known. Or what an earlier sitting of it
        // has staged.
        let staged = position.point.staged_columns();
        let staged_schema = staged.map(|staged| staged.schema.read(self.table.name())).transpose()?;
        let earlier = match (before, staged, &staged_schema) {
            (Some(before), ..) => Some((&before.columns, before.schema.as_ref(), &before.changes)),
            (None, Some(staged), Some(schema)) => Some((&staged.columns, schema.as_ref(), &staged.changes)),
            _ => None,
        };
        let known = match earlier {
            Some((columns, schema, _)) => Known {
                columns,
                table: Some(schema),
                replaced: false,
                keeps_rows: keeps_rows || position.rows > 0,
                is_first: snapshot.is_none(),
            },
            None => Known {
                columns: self.known_columns(position),
                table: snapshot.map(|snapshot| snapshot.schema.as_ref()),
                replaced: position.strategy.replaces(),
                keeps_rows,
                is_first: self.source.columns.is_empty(),
            },
        };
        let mut conform = Conform::plan(&known, schema, self.source.schema_policy)?;
        if has_rows {
            self.check_recast(position.strategy, &conform)?;
            self.check_late_key(position.strategy, &conform)?;
        }
        let mut facts: Vec<Fact> = conform
            .changes
            .iter()
            .map(|change| {
                let leaves_gaps =
                    has_rows && position.scope == Scope::News && conform.additions.iter().any(|added| added == change);
                self.changed(change, leaves_gaps)
            })
            .collect();
        let notes: Vec<String> = schema.fields().iter().filter_map(|field| types::mapping_note(field)).collect();
        let tells_mapping = !notes.is_empty() && !self.mapping_is_told.load(Ordering::Relaxed);
        if tells_mapping {
            let message = format!("{}: {}", self.source.name, notes.join("; "));
            facts.push(
                Fact::new(SyncEventKind::Log, Some(&self.source.id), message).details(json!({ "mapped": notes })),
            );
        }
        if !facts.is_empty() {
            self.store.record(self.lease, facts).await?;
            self.mapping_is_told.fetch_or(tells_mapping, Ordering::Relaxed);
        }
        if let Some((.., changes)) = earlier {
            conform.changes.splice(0..0, changes.iter().cloned());
        }
        Ok(conform)
    }

    /// Tells a change of the columns. A new column `leaves_gaps` where the rows that are there are not read again.
    fn changed(&self, change: &str, leaves_gaps: bool) -> Fact {
        let details = json!({ "change": change, "policy": self.source.schema_policy, "oldRowsHoldNull": leaves_gaps });
        let message = format!("{}: {change}", self.source.name);
        let fact =
            |message: String| Fact::new(SyncEventKind::SchemaChange, Some(&self.source.id), message).details(details);
        if !leaves_gaps {
            return fact(message);
        }
        let cure = match self.source.write_mode {
            WriteMode::Append => "read everything once with writeMode OVERWRITE and extractType FULL to fill it",
            WriteMode::Overwrite | WriteMode::Merge => "sync once with --full (extractType FULL) to fill it",
        };
        let words = "; rows that are in the lake table already hold NULL in it until they change at the source";
        fact(format!("{message}{words}: {cure}")).level(EventLevel::Warning)
    }
}
