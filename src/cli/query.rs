//! `dataweaver query`: read-only SQL over everything that was synced.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::failure::Usage;
use super::output::{Output, count};
use super::session::Session;
use crate::config::Config;
use crate::query::{ExportFormat, QueryOutput, format_table};
use crate::services::queries;

/// `query`
#[derive(Debug, Args)]
pub(super) struct Query {
    /// The statement, or - to read it from stdin
    sql: String,
    /// How the rows are written [default: table, or what --output's ending says]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The most rows of a table or JSON document; the other formats write all
    #[arg(long, default_value_t = 1000)]
    limit: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// Comma-separated values with a header
    Csv,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// Apache Parquet
    Parquet,
    /// Apache Arrow IPC file
    Arrow,
    /// Excel workbook
    Xlsx,
}

impl Query {
    pub(super) async fn run(self, config: Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let format = self.chosen_format(output)?;
        let statement = if self.sql == "-" { statement_of_stdin()? } else { self.sql.clone() };
        let session = Session::open(config).await?;
        let done = self.write(&session, &statement, format, output).await;
        session.close().await;
        done.map(|()| ExitCode::SUCCESS)
    }

    fn chosen_format(&self, output: &Output) -> Result<Format, Usage> {
        let unless_said = if output.is_json() { Format::Json } else { Format::Table };
        let format = match (self.format, &self.output) {
            (Some(format), _) => format,
            (None, Some(path)) => format_of(path)?.unwrap_or(unless_said),
            (None, None) => unless_said,
        };
        let is_binary = matches!(format, Format::Parquet | Format::Arrow | Format::Xlsx);
        if is_binary && self.output.is_none() && output.is_terminal() {
            return Err(Usage::new("this format is not for a terminal; give --output FILE"));
        }
        Ok(format)
    }

    /// Tables and JSON documents have a limit; files hold every row.
    async fn write(
        &self,
        session: &Session,
        statement: &str,
        format: Format,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let Some(file_format) = format.of_file() else {
            let result = queries::sql(session.services(), &session.viewer, statement, self.limit, 0).await?;
            if let (Some(path), true) = (&self.output, result.truncated) {
                let rows = count(result.rows.len() as u64);
                let more = "raise --limit, or choose csv, jsonl, parquet, arrow or xlsx, which hold every row";
                tracing::warn!("{} holds the first {rows} rows only: {more}", path.display());
            }
            return match (&self.output, format) {
                (Some(path), Format::Json) => replace(path, document(&result).to_string().as_bytes()),
                (Some(path), _) => replace(path, format_table(&result).as_bytes()),
                (None, Format::Json) => output.document(&document(&result)),
                (None, _) => show(&result, output),
            };
        };
        let mut export = queries::export(session.services(), &session.viewer, statement, file_format).await?;
        let Some(path) = &self.output else {
            while let Some(bytes) = export.bytes.next().await {
                output.bytes(&bytes?)?;
            }
            return Ok(());
        };
        // Whoever looks at the file never sees half of it.
        let temporary = beside(path);
        let written = download(&temporary, &mut export.bytes).await;
        let placed = written.and_then(|()| {
            fs::rename(&temporary, path).with_context(|| format!("{} could not be written", path.display()))
        });
        if placed.is_err() {
            // The first error is the one to tell.
            fs::remove_file(&temporary).ok();
        }
        placed
    }
}

impl Format {
    /// The file format; `None` for what is written from memory.
    fn of_file(self) -> Option<ExportFormat> {
        match self {
            Self::Table | Self::Json => None,
            Self::Csv => Some(ExportFormat::Csv),
            Self::Jsonl => Some(ExportFormat::Jsonl),
            Self::Parquet => Some(ExportFormat::Parquet),
            Self::Arrow => Some(ExportFormat::Arrow),
            Self::Xlsx => Some(ExportFormat::Xlsx),
        }
    }
}

/// The format that a file's ending says; none where it has no ending.
fn format_of(path: &Path) -> Result<Option<Format>, Usage> {
    let Some(ending) = path.extension() else { return Ok(None) };
    let known = ending.to_str().and_then(|ending| Format::from_str(ending, true).ok());
    known.map(Some).ok_or_else(|| {
        let ending = ending.to_string_lossy();
        Usage::new(format!(
            "no format is named .{ending} (known: csv, json, jsonl, parquet, arrow, xlsx); say which with --format"
        ))
    })
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    path.with_file_name(name)
}

fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, [bytes, b"\n"].concat()).with_context(|| format!("{} could not be written", path.display()))
}

async fn download(
    path: &Path,
    bytes: &mut (impl futures::Stream<Item = Result<bytes::Bytes, crate::query::QueryError>> + Unpin),
) -> anyhow::Result<()> {
    let failed = || format!("{} could not be written", path.display());
    let mut file = tokio::fs::File::create(path).await.with_context(failed)?;
    while let Some(bytes) = bytes.next().await {
        file.write_all(&bytes?).await.with_context(failed)?;
    }
    file.sync_all().await.with_context(failed)
}

fn statement_of_stdin() -> anyhow::Result<String> {
    let mut statement = String::new();
    io::stdin().lock().read_to_string(&mut statement).context("the statement cannot be read from stdin")?;
    Ok(statement)
}

/// The rows as a table, and below it how many there are.
pub(super) fn show(result: &QueryOutput, output: &mut Output) -> anyhow::Result<()> {
    output.line(format_table(result))?;
    let rows = match result.rows.len() as u64 {
        1 => "1 row".to_owned(),
        rows => format!("{} rows", count(rows)),
    };
    let more = if result.truncated { ", and there are more: raise --limit, or choose another --format" } else { "" };
    output.line(format!("({rows} in {} ms{more})", result.elapsed.as_millis()))
}

/// The rows as the API gives them.
pub(super) fn document(result: &QueryOutput) -> Value {
    let columns: Vec<Value> = result
        .columns
        .iter()
        .map(|column| json!({ "name": column.name, "type": column.data_type, "nullable": column.nullable }))
        .collect();
    json!({
        "columns": columns,
        "rows": result.rows,
        "rowCount": result.rows.len(),
        "truncated": result.truncated,
        "elapsedMs": result.elapsed.as_secs_f64() * 1000.0,
    })
}
