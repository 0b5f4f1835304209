//! What the mutations of data sources take and give.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};

use super::DataSource;
use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::graphql::scalars::BigInt;
use crate::graphql::update::{kept_or_cleared_or_set, kept_or_set};
use crate::services::ServiceError;
use crate::services::sources::{NewSource, SourceChanges};
use crate::vocabulary::{ExtractType, SchemaPolicy, WriteMode};

/// A data source to be made by hand, where discovery does not find it.
#[derive(InputObject)]
pub struct CreateDataSourceInput {
    /// The connector that reads it.
    connector_id: ConnectorId,
    /// What people call it.
    name: String,
    /// The connector's own word for its kind: table, channel, spreadsheet, …
    source_type: String,
    /// Where it lies in the source; unique in the connector.
    source_path: String,
    /// What it holds.
    description: Option<String>,
    /// The names of the columns that tell rows apart. A merge keeps one row of each key, the newest; NULL in a key is a
    /// value like any other.
    primary_key: Option<Vec<String>>,
    /// The column whose value says what is new.
    cursor_field: Option<String>,
    /// What a sync reads of it; `FULL` unless given.
    extract_type: Option<ExtractType>,
    /// What the rows do to the lake table; `OVERWRITE` unless given.
    write_mode: Option<WriteMode>,
    /// What happens when its columns change; `EVOLVE` unless given.
    schema_policy: Option<SchemaPolicy>,
    /// How far before the last cursor the next incremental sync starts again, in seconds: rows of transactions that
    /// commit late may stand there. Unless given, 300 where a cursor field is. From a number nothing can be taken: with
    /// such a cursor, a row that is committed after one with a higher number is missed.
    lookback_seconds: Option<i32>,
    /// Whether a merge deletes rows that are gone at the source. A `FULL` sync deletes those it did not see. An
    /// `INCREMENTAL` one of a `DATABASE` has the source list its keys when it has read the news, and deletes the rows whose
    /// keys are not among them; of other types of connectors, only a `FULL` one finds deletes.
    detect_deletes: Option<bool>,
    /// Rejected rows above which the source fails.
    reject_limit: Option<BigInt>,
    /// Whether it is used at all; true unless given.
    is_active: Option<bool>,
    /// Whether a sync of the connector includes it; true unless given.
    sync_enabled: Option<bool>,
}

impl From<CreateDataSourceInput> for NewSource {
    fn from(input: CreateDataSourceInput) -> Self {
        Self {
            connector_id: input.connector_id,
            source_type: input.source_type,
            source_path: input.source_path,
            changes: SourceChanges {
                name: Some(input.name),
                description: input.description.map(Some),
                primary_key: input.primary_key,
                cursor_field: input.cursor_field.map(Some),
                extract_type: input.extract_type,
                write_mode: input.write_mode,
                schema_policy: input.schema_policy,
                lookback_seconds: input.lookback_seconds,
                detect_deletes: input.detect_deletes,
                reject_limit: input.reject_limit.map(|limit| limit.0),
                is_active: input.is_active,
                sync_enabled: input.sync_enabled,
            },
        }
    }
}

/// What to change on a data source: an absent field is kept, null clears one that may be null.
#[derive(InputObject)]
pub struct UpdateDataSourceInput {
    /// The data source.
    pub(super) id: DataSourceId,
    /// What people call it; the name in SQL stays.
    name: MaybeUndefined<String>,
    /// What it holds.
    description: MaybeUndefined<String>,
    /// The names of the columns that tell rows apart; empty where none do. A merge keeps one row of each key, the newest;
    /// NULL in a key is a value like any other.
    primary_key: MaybeUndefined<Vec<String>>,
    /// The column whose value says what is new.
    cursor_field: MaybeUndefined<String>,
    /// What a sync reads of it.
    extract_type: MaybeUndefined<ExtractType>,
    /// What the rows do to the lake table.
    write_mode: MaybeUndefined<WriteMode>,
    /// What happens when its columns change.
    schema_policy: MaybeUndefined<SchemaPolicy>,
    /// How far before the last cursor the next incremental sync starts again, in seconds: rows of transactions that
    /// commit late may stand there. Where it is 0 and absent here, another `cursorField` that is a time sets it to 300. From
    /// a number nothing can be taken: with such a cursor, a row that is committed after one with a higher number is missed.
    lookback_seconds: MaybeUndefined<i32>,
    /// Whether a merge deletes rows that are gone at the source. A `FULL` sync deletes those it did not see. An
    /// `INCREMENTAL` one of a `DATABASE` has the source list its keys when it has read the news, and deletes the rows whose
    /// keys are not among them; of other types of connectors, only a `FULL` one finds deletes.
    detect_deletes: MaybeUndefined<bool>,
    /// Rejected rows above which the source fails.
    reject_limit: MaybeUndefined<BigInt>,
    /// Whether it is used at all.
    is_active: MaybeUndefined<bool>,
    /// Whether a sync of the connector includes it.
    sync_enabled: MaybeUndefined<bool>,
}

impl UpdateDataSourceInput {
    /// What is to be changed.
    ///
    /// # Errors
    /// `BadInput` where null stands in a field that always has a value.
    pub(super) fn changes(self) -> Result<SourceChanges, ServiceError> {
        Ok(SourceChanges {
            name: kept_or_set("name", self.name)?,
            description: kept_or_cleared_or_set(self.description),
            primary_key: kept_or_set("primaryKey", self.primary_key)?,
            cursor_field: kept_or_cleared_or_set(self.cursor_field),
            extract_type: kept_or_set("extractType", self.extract_type)?,
            write_mode: kept_or_set("writeMode", self.write_mode)?,
            schema_policy: kept_or_set("schemaPolicy", self.schema_policy)?,
            lookback_seconds: kept_or_set("lookbackSeconds", self.lookback_seconds)?,
            detect_deletes: kept_or_set("detectDeletes", self.detect_deletes)?,
            reject_limit: kept_or_set("rejectLimit", self.reject_limit)?.map(|limit| limit.0),
            is_active: kept_or_set("isActive", self.is_active)?,
            sync_enabled: kept_or_set("syncEnabled", self.sync_enabled)?,
        })
    }
}

/// A data source to be removed.
#[derive(InputObject)]
pub struct DeleteDataSourceInput {
    /// The data source.
    pub(super) id: DataSourceId,
    /// Whether its lake table goes, too. Otherwise its files stay where they are.
    #[graphql(default = false)]
    pub(super) drop_data: bool,
}

/// A data source to be read anew.
#[derive(InputObject)]
pub struct ResetDataSourceInput {
    /// The data source.
    pub(super) id: DataSourceId,
}

/// The data source that was made.
#[derive(SimpleObject)]
pub struct CreateDataSourcePayload {
    /// The data source.
    pub(super) data_source: DataSource,
}

/// The data source as it is now.
#[derive(SimpleObject)]
pub struct UpdateDataSourcePayload {
    /// The data source.
    pub(super) data_source: DataSource,
}

/// What was removed.
#[derive(SimpleObject)]
pub struct DeleteDataSourcePayload {
    /// The id of the data source that is no more.
    pub(super) deleted_id: ID,
}

/// The data source without its checkpoint.
#[derive(SimpleObject)]
pub struct ResetDataSourcePayload {
    /// The data source.
    pub(super) data_source: DataSource,
}
