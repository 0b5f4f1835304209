//! Data sources: the readable things in a connector, each with its lake table.

use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::ids::{ConnectorId, DataSourceId, WorkspaceId};
use super::scope::scoped_by_workspace;
use crate::vocabulary::{ExtractType, SchemaPolicy, WriteMode};

/// One spreadsheet, document, channel, mailbox, table, stream or file of a connector.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_sources")]
pub struct Model {
    /// `src_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DataSourceId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// The connector that reads it.
    pub connector_id: ConnectorId,
    /// What people call it.
    pub name: String,
    /// What it holds.
    pub description: Option<String>,
    /// The connector's own word for its kind: table, channel, spreadsheet, …
    pub source_type: String,
    /// Where it lies in the source; unique in the connector.
    pub source_path: String,
    /// Its table name in SQL: unique in the connector, kept when the name changes.
    pub slug: String,
    /// Where its lake table lies, below the lake root.
    pub lake_path: String,
    /// Its columns: a list of `{name, sourceName, type, nullable, description}`.
    #[sea_orm(column_type = "JsonBinary")]
    pub columns: Json,
    /// The connector's own notes.
    #[sea_orm(column_type = "JsonBinary")]
    pub details: Json,
    /// The names of the columns that tell rows apart; empty where none do.
    #[sea_orm(column_type = "JsonBinary")]
    pub primary_key: Json,
    /// The column whose value says what is new.
    pub cursor_field: Option<String>,
    /// What a sync reads of it.
    pub extract_type: ExtractType,
    /// What the rows do to the lake table.
    pub write_mode: WriteMode,
    /// What happens when its columns change.
    pub schema_policy: SchemaPolicy,
    /// How far before the last cursor the next sync starts again, in seconds.
    pub lookback_seconds: i32,
    /// Whether a merge deletes rows that are gone at the source. A `FULL` sync deletes those it did not see. An
    /// `INCREMENTAL` one of a `DATABASE` has the source list its keys when it has read the news, and deletes the rows whose
    /// keys are not among them; of other types of connectors, only a `FULL` one finds deletes.
    pub detect_deletes: bool,
    /// Rejected rows above which it fails.
    pub reject_limit: i64,
    /// The newest committed checkpoint; 0 before the first.
    pub sequence: i64,
    /// Rows in the lake table.
    pub row_count: Option<i64>,
    /// Size of the lake table in bytes.
    pub byte_size: Option<i64>,
    /// Version of the lake table.
    pub table_version: Option<i64>,
    /// Whether it is used at all.
    pub is_active: bool,
    /// Whether a sync of the connector includes it.
    pub sync_enabled: bool,
    /// When its lake table last changed.
    pub last_updated: Option<DateTimeUtc>,
    /// Since when it has not been there at the source.
    pub missing_since: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// The connector that reads it.
    #[sea_orm(belongs_to, from = "connector_id", to = "id")]
    pub connector: BelongsTo<super::connector::Entity>,
    /// Its extractions.
    #[sea_orm(has_many)]
    pub extracts: HasMany<super::data_extract::Entity>,
    /// How its columns changed.
    #[sea_orm(has_many)]
    pub schema_versions: HasMany<super::schema_version::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What lists of data sources show. The rest of a row takes longer to read than this: its columns above all.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Brief {
    /// `src_…`
    pub id: DataSourceId,
    /// The connector that reads it.
    pub connector_id: ConnectorId,
    /// What people call it.
    pub name: String,
    /// The connector's own word for its kind.
    pub source_type: String,
    /// Where it lies in the source.
    pub source_path: String,
    /// Its table name in SQL.
    pub slug: String,
    /// What a sync reads of it.
    pub extract_type: ExtractType,
    /// What the rows do to the lake table.
    pub write_mode: WriteMode,
    /// Rows in the lake table.
    pub row_count: Option<i64>,
    /// Size of the lake table in bytes.
    pub byte_size: Option<i64>,
    /// Whether it is used at all.
    pub is_active: bool,
    /// Whether a sync of the connector includes it.
    pub sync_enabled: bool,
    /// When its lake table last changed.
    pub last_updated: Option<DateTimeUtc>,
    /// Since when it has not been there at the source.
    pub missing_since: Option<DateTimeUtc>,
}

impl From<&Model> for Brief {
    fn from(row: &Model) -> Self {
        Self {
            id: row.id.clone(),
            connector_id: row.connector_id.clone(),
            name: row.name.clone(),
            source_type: row.source_type.clone(),
            source_path: row.source_path.clone(),
            slug: row.slug.clone(),
            extract_type: row.extract_type,
            write_mode: row.write_mode,
            row_count: row.row_count,
            byte_size: row.byte_size,
            is_active: row.is_active,
            sync_enabled: row.sync_enabled,
            last_updated: row.last_updated,
            missing_since: row.missing_since,
        }
    }
}

scoped_by_workspace!(DataSourceId);

impl Entity {
    /// The data sources of a connector that its syncs include where nobody names others.
    pub fn synced_by(connector: &super::connector::Model) -> Select<Self> {
        Self::in_workspace(&connector.workspace_id)
            .filter(Column::ConnectorId.eq(connector.id.clone()))
            .filter(Column::IsActive.eq(true))
            .filter(Column::SyncEnabled.eq(true))
    }
}
