//! Fits the source's columns to the lake table's: names, types, and what to do when they change.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::SourceError;
use super::misfits::Misfits;
use crate::lake::same_type;
use crate::sdk::{RejectedRow, names, types};
use crate::vocabulary::SchemaPolicy;

/// One column of a data source, as the schema registry keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its name in the lake table: safe, without quotes.
    pub name: String,
    /// Its name at the source.
    pub source_name: String,
    /// The lake's type, after SQL.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether the source says that it may be NULL, or said so when rows came that are still there.
    pub nullable: bool,
    /// The source's words about it.
    pub description: Option<String>,
    /// Whether it came to a table that had rows, which are NULL in it whatever the source says now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Whether it became text while the table had rows, or is text and the source has it as something else: what is there
    /// may be written otherwise than at the source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recast: bool,
    /// What its texts were written from, where it is text in the lake: `text` where the source has texts, otherwise the type
    /// there, such as `time(2)`. Where it is bytes, `binary`, or the type there that pads them. `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts_of: Option<String>,
    /// Whether the source has it and the lake table too.
    #[serde(default, skip_serializing_if = "Presence::is_both")]
    pub presence: Presence,
}

impl Column {
    /// Whether rows of the lake table may hold NULL in it.
    pub fn may_be_null(&self) -> bool {
        self.nullable || self.late || self.presence == Presence::Lake
    }
}

/// Where a column is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// At the source and in the lake table.
    #[default]
    Both,
    /// In the lake table only: the source has it no more, and rows from now on are NULL there.
    Lake,
    /// At the source only: the schema policy is DISCARD.
    Source,
}

impl Presence {
    fn is_both(&self) -> bool {
        *self == Self::Both
    }
}

/// The columns of a source's schema under fresh lake names.
pub fn columns_of(schema: &Schema) -> Vec<Column> {
    let lake_names = names::columns(schema.fields().iter().map(|field| field.name().as_str()));
    schema
        .fields()
        .iter()
        .zip(lake_names)
        .map(|(field, name)| column(field, name, &types::lake_type(field.data_type())))
        .collect()
}

fn column(field: &Field, name: String, lake_type: &DataType) -> Column {
    Column {
        name,
        source_name: field.name().clone(),
        data_type: types::type_name(lake_type),
        nullable: field.is_nullable(),
        description: field.metadata().get(types::DESCRIPTION).cloned(),
        late: false,
        recast: false,
        texts_of: texts_of(field, lake_type),
        presence: Presence::Both,
    }
}

/// See [`Column::texts_of`].
fn texts_of(field: &Field, lake_type: &DataType) -> Option<String> {
    let comes = types::lake_type(field.data_type());
    let metadata = field.metadata();
    let declared = metadata.get(types::SOURCE_TYPE);
    if *lake_type == DataType::Binary && comes == DataType::Binary {
        // MariaDB's `binary(n)` is padded with zeros to its length.
        let padded = declared.filter(|declared| declared.starts_with("binary("));
        return Some(padded.cloned().unwrap_or_else(|| types::type_name(&comes)));
    }
    if *lake_type != DataType::Utf8 || *field.data_type() == DataType::Null {
        return None;
    }
    if comes != DataType::Utf8 {
        return Some(types::type_name(&comes));
    }
    // PostgreSQL's `char(n)` is padded with blanks to its length, which other lengths and other texts are not.
    let is_padded = |declared: &String| declared.starts_with("character(");
    let declared = declared.filter(|declared| metadata.contains_key(types::MAPPED) || is_padded(declared));
    Some(match declared {
        // The members of an enumeration are written the same when others join them.
        Some(declared) if declared.contains('\'') => declared.split('(').next().unwrap_or_default().to_owned(),
        Some(declared) => declared.clone(),
        None => types::type_name(field.data_type()),
    })
}

/// A column whose values may be written otherwise from now on than in the rows that are there.
pub(super) struct Recast {
    /// The source's name of the column.
    pub(super) column: String,
    /// What the values were, for people.
    pub(super) from: String,
    /// What they are.
    pub(super) to: String,
}

/// How batches of one source schema become batches of the lake table.
pub(super) struct Conform {
    /// For each lake column: where it comes from; `None` for a column that the source has no more.
    origins: Vec<Option<usize>>,
    /// The lake schema of what is written.
    pub(super) schema: SchemaRef,
    /// The registry's columns from now on.
    pub(super) columns: Vec<Column>,
    /// What changed since the last sync, for people.
    pub(super) changes: Vec<String>,
    /// Those of the changes that give the table a column that its rows do not have yet.
    pub(super) additions: Vec<String>,
    /// The columns that are recast since the last sync, where the rows that are there stay.
    pub(super) recasts: Vec<Recast>,
}

/// How rows that hold no more than their keys become keys as the table has them.
pub(super) struct KeyConform {
    pub(super) conform: Conform,
    /// Whether a key that does not fit can be of no row of the table: all that could keep it from fitting is that it is
    /// another number than the table's type has.
    pub(super) misfits_are_elsewhere: bool,
}

/// What the lake table has now.
pub(super) struct Known<'a> {
    /// The registry's columns as of the last sync; empty before the first.
    pub(super) columns: &'a [Column],
    /// The lake table's schema; `None` before the first commit.
    pub(super) table: Option<&'a Schema>,
    /// Whether this sync replaces the table, so that old columns and types need not be kept.
    pub(super) replaced: bool,
    /// Whether rows stay that have these columns: of the table, or of this read.
    pub(super) keeps_rows: bool,
    /// Whether no sync has told the columns yet: a column that turns up in the middle of the read is no change then.
    pub(super) is_first: bool,
}

impl Known<'_> {
    /// The column that is called `field` now and was called otherwise in no more than the case of its letters.
    fn renamed(&self, field: &Field, incoming: &Schema) -> Option<&Column> {
        let is_alike = |name: &str| name.to_lowercase() == field.name().to_lowercase();
        if incoming.fields().iter().filter(|other| is_alike(other.name())).count() > 1 {
            return None;
        }
        let mut alike = self.columns.iter().filter(|column| is_alike(&column.source_name));
        alike.next().filter(|column| column.presence == Presence::Both && alike.next().is_none())
    }
}

impl Conform {
    /// Plans for a source schema under a policy.
    pub(super) fn plan(known: &Known<'_>, incoming: &Schema, policy: SchemaPolicy) -> Result<Self, SourceError> {
        let first_sync = known.table.is_none() || known.columns.is_empty();
        let tells_additions = !first_sync && !known.is_first;
        let mut plan = Plan::default();
        let lake_type_of = |name: &str| {
            known.table.and_then(|table| table.field_with_name(name).ok()).map(|field| field.data_type().clone())
        };
        let by_source: HashMap<&str, &Column> =
            known.columns.iter().map(|column| (column.source_name.as_str(), column)).collect();
        for (index, field) in incoming.fields().iter().enumerate() {
            let wanted = types::lake_type(field.data_type());
            let old = by_source.get(field.name().as_str()).copied().or_else(|| known.renamed(field, incoming));
            match old.filter(|_| !first_sync) {
                Some(old) if old.presence == Presence::Source && policy != SchemaPolicy::Evolve => {
                    plan.ignored.push(old.clone());
                }
                Some(old) if old.presence != Presence::Source => {
                    if old.source_name != *field.name() {
                        plan.changes.push(format!("renamed {} to {}", old.source_name, field.name()));
                    }
                    let had = lake_type_of(&old.name).unwrap_or_else(|| wanted.clone());
                    let kept = plan.retype(old, &had, &wanted, policy, known.replaced);
                    let mut column = column(field, old.name.clone(), &kept);
                    if known.keeps_rows {
                        column.late = old.late;
                        column.nullable |= old.may_be_null();
                        column.texts_of = column.texts_of.or_else(|| old.texts_of.clone().filter(|_| kept == had));
                        let recast = recast(old, &had, &column, &kept, &wanted);
                        column.recast = old.recast || recast.is_some();
                        plan.recasts.extend(recast.filter(|_| !old.recast));
                    }
                    plan.push(Some(index), column, kept);
                }
                ignored => {
                    let taken = |name: &str| {
                        plan.columns.iter().chain(&plan.ignored).any(|column| column.name == name)
                            || (!first_sync && known.columns.iter().any(|column| column.name == name))
                    };
                    let name = match ignored {
                        Some(ignored) => ignored.name.clone(),
                        None => names::unique(names::safe(field.name()), taken),
                    };
                    if tells_additions {
                        plan.changes.push(format!("added {} {}", field.name(), types::type_name(&wanted)));
                        if policy == SchemaPolicy::Discard {
                            plan.ignored.push(Column { presence: Presence::Source, ..column(field, name, &wanted) });
                            continue;
                        }
                    }
                    let late = known.keeps_rows && !first_sync;
                    if late && tells_additions {
                        plan.additions.extend(plan.changes.last().cloned());
                    }
                    plan.push(Some(index), Column { late, ..column(field, name, &wanted) }, wanted);
                }
            }
        }
        if !first_sync {
            plan.missing(known, policy, lake_type_of);
        }
        if policy == SchemaPolicy::Freeze && !plan.changes.is_empty() {
            return Err(SourceError::SchemaFrozen { changes: plan.changes.join(", ") });
        }
        Ok(plan.conform())
    }

    /// The places of the columns that the source has now and `table` has, too.
    pub(super) fn shared_with(&self, table: &Schema) -> Vec<usize> {
        let is_shared = |place: &usize| {
            self.origins[*place].is_some() && table.field_with_name(self.schema.field(*place).name()).is_ok()
        };
        (0..self.origins.len()).filter(is_shared).collect()
    }

    /// The lake names of columns given by the source's names; those that are not there are left out.
    pub(super) fn lake_names(&self, source_names: &[String]) -> Vec<String> {
        source_names
            .iter()
            .filter_map(|name| self.columns.iter().find(|column| column.source_name == *name))
            .filter(|column| column.presence != Presence::Source)
            .map(|column| column.name.clone())
            .collect()
    }

    /// How rows that hold no more than their keys become keys as the table has them.
    ///
    /// # Errors
    /// What stands in the way, in words, where a key may be written otherwise in the table than in what comes: rows that are
    /// there would be taken for gone.
    pub(super) fn of_keys(
        &self,
        incoming: &Schema,
        key: &[String],
        policy: SchemaPolicy,
    ) -> Result<KeyConform, String> {
        let mut plan = Plan::default();
        let mut misfits_are_elsewhere = true;
        for name in key {
            let mut here = self.columns.iter().zip(self.schema.fields());
            let meant = here.find(|(column, _)| column.source_name == *name && column.presence == Presence::Both);
            let Some((column, field)) = meant else {
                return Err(format!("the lake table does not have {name}"));
            };
            let Some((index, asked)) = incoming.column_with_name(name) else {
                return Err(format!("the source does not tell {name}"));
            };
            let (had, comes) = (field.data_type(), types::lake_type(asked.data_type()));
            let is_same = *had == comes || same_type(had, &comes);
            let is_written_so = column.texts_of.is_some() && column.texts_of == texts_of(asked, had);
            let are_numbers = is_exact_number(had) && is_exact_number(&comes);
            let is_exact =
                is_same || is_written_so || are_numbers || (*had != DataType::Utf8 && types::widens(&comes, had));
            if column.recast || !is_exact {
                let policy = if policy == SchemaPolicy::Evolve { "" } else { "set schemaPolicy EVOLVE, and " };
                return Err(format!(
                    "{name} was of another type, so that keys may be written otherwise in the lake table than at the source; \
                     {policy}read it once with writeMode OVERWRITE and extractType FULL"
                ));
            }
            misfits_are_elsewhere &= are_numbers || asked.data_type() == had;
            plan.push(Some(index), column.clone(), had.clone());
        }
        Ok(KeyConform { conform: plan.conform(), misfits_are_elsewhere })
    }

    /// Converts a batch; rows with a value that does not fit its column come back as rejected.
    pub(super) fn apply(&self, batch: &RecordBatch) -> Result<(RecordBatch, Vec<RejectedRow>), ArrowError> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.origins.len());
        let mut misfits = Misfits::default();
        for (origin, field) in self.origins.iter().zip(self.schema.fields()) {
            let Some(index) = origin else {
                arrays.push(new_null_array(field.data_type(), batch.num_rows()));
                continue;
            };
            arrays.push(misfits.fit(batch.column(*index), field)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let converted = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?;
        if misfits.is_empty() {
            return Ok((converted, Vec::new()));
        }
        let keep: BooleanArray = (0..batch.num_rows()).map(|row| Some(misfits.spares(row))).collect();
        Ok((filter_record_batch(&converted, &keep)?, misfits.into_rows(batch)?))
    }
}

/// Whether its values are numbers that are the same in every such type which holds them.
fn is_exact_number(data_type: &DataType) -> bool {
    use DataType::{Decimal128, Int8, Int16, Int32, Int64};
    matches!(data_type, Int8 | Int16 | Int32 | Int64 | Decimal128(..))
}

#[derive(Default)]
struct Plan {
    origins: Vec<Option<usize>>,
    fields: Vec<Field>,
    columns: Vec<Column>,
    /// Columns of the source that are left out.
    ignored: Vec<Column>,
    changes: Vec<String>,
    additions: Vec<String>,
    recasts: Vec<Recast>,
}

/// How the values of a column that had the type `had` in the table are written otherwise now that it is `kept` there and
/// `wanted` by the source; `None` where they are written the same. A number that became a wider number stays what it is.
fn recast(old: &Column, had: &DataType, new: &Column, kept: &DataType, wanted: &DataType) -> Option<Recast> {
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
    fn push(&mut self, origin: Option<usize>, column: Column, lake_type: DataType) {
        self.origins.push(origin);
        self.fields.push(Field::new(&column.name, lake_type, true));
        self.columns.push(column);
    }

    /// What was planned; columns that are left out come last.
    fn conform(mut self) -> Conform {
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
    fn retype(
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
    fn missing(&mut self, known: &Known<'_>, policy: SchemaPolicy, lake_type_of: impl Fn(&str) -> Option<DataType>) {
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
