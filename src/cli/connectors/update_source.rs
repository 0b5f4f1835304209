//! `dataweaver connectors update-source`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::given::word;
use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::services::connectors;
use crate::services::sources::{self, SourceChanges};
use crate::vocabulary::{ExtractType, SchemaPolicy, WriteMode};

/// `connectors update-source`
#[derive(Debug, Args)]
#[command(after_help = "Example, which from now on reads what is new and keeps one row for each id:
  dataweaver connectors update-source shop orders --extract-type INCREMENTAL --cursor-field updated_at \\
      --write-mode MERGE --primary-key id

What is not named stays as it is.")]
pub(in crate::cli) struct UpdateSource {
    /// The connector's slug or id
    connector: String,
    /// The data source, by its name in SQL, path or id
    source: String,
    /// How much a sync reads: FULL or INCREMENTAL
    #[arg(long, value_name = "TYPE", value_parser = word::<ExtractType>)]
    extract_type: Option<ExtractType>,
    /// What the rows do to the table: OVERWRITE, APPEND or MERGE
    #[arg(long, value_name = "MODE", value_parser = word::<WriteMode>)]
    write_mode: Option<WriteMode>,
    /// The columns that identify a row, with commas between them
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    primary_key: Option<Vec<String>>,
    /// The column that only grows; a time brings a look-back of 300 seconds with it
    #[arg(long, value_name = "COLUMN")]
    cursor_field: Option<String>,
    /// How far before the last cursor the next sync starts, for rows that are committed late
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    lookback_seconds: Option<i32>,
    /// What happens when the columns change: EVOLVE, FREEZE or DISCARD
    #[arg(long, value_name = "POLICY", value_parser = word::<SchemaPolicy>)]
    schema_policy: Option<SchemaPolicy>,
    /// Whether a merge deletes what is gone at the source; only databases tell an incremental sync
    #[arg(long, value_name = "TRUE_OR_FALSE")]
    detect_deletes: Option<bool>,
    /// Rejected rows above which it fails
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true)]
    reject_limit: Option<i64>,
    /// Whether a sync of the connector includes it
    #[arg(long, value_name = "TRUE_OR_FALSE")]
    sync_enabled: Option<bool>,
}

impl UpdateSource {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
        let connector = connectors::by_id_or_slug(session.services(), &session.viewer, &self.connector).await?;
        let known = super::sources_of(session, &connector).await?;
        let id = super::source_called(&self.source, "SOURCE", &connector, &known)?.id.clone();
        let row = sources::update(session.services(), &session.viewer, &id, self.into_changes()).await?;
        if output.is_json() {
            output.document(&json!({ "dataSource": shapes::data_source(&connector, &row) }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let key = sources::primary_key(&row).join(", ");
        let mut line = format!("{}: {} {}", shapes::table_name(&connector, &row), row.extract_type, row.write_mode);
        for (label, value) in [("key", Some(key.as_str())), ("cursor", row.cursor_field.as_deref())] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                line += &format!(", {label} {value}");
            }
        }
        output.line(printable(&line))?;
        Ok(ExitCode::SUCCESS)
    }

    fn into_changes(self) -> SourceChanges {
        SourceChanges {
            primary_key: self.primary_key,
            cursor_field: self.cursor_field.map(Some),
            extract_type: self.extract_type,
            write_mode: self.write_mode,
            schema_policy: self.schema_policy,
            lookback_seconds: self.lookback_seconds,
            detect_deletes: self.detect_deletes,
            reject_limit: self.reject_limit,
            sync_enabled: self.sync_enabled,
            ..SourceChanges::default()
        }
    }
}
