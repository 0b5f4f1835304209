//! Fits the source's columns to the lake table's: names, types, and what to do when they change.

mod column;
mod plan;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

pub use self::column::{Column, Presence, columns_of};
use self::column::{column, texts_of};
use self::plan::{Plan, recast};
use super::SourceError;
use super::misfits::Misfits;
use crate::lake::same_type;
use crate::sdk::{RejectedRow, names, types};
use crate::vocabulary::SchemaPolicy;

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
