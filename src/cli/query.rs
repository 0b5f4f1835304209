//! `dataweaver query`: read-only SQL over everything that was synced.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::Global;
use super::failure::Usage;
use super::output::{Output, rows};
use super::progress::eprint_line;
use super::session::Session;
use super::stdin::all_of_stdin;
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
    #[arg(long, value_name = "ROWS", default_value_t = 1000, value_parser = number_of_rows, allow_negative_numbers = true)]
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
    pub(super) async fn run(self, config: Config, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        let format = self.chosen_format(output)?;
        let statement = if self.sql == "-" { all_of_stdin("the statement")? } else { self.sql.clone() };
        let session = Session::open(config).await?;
        let done = self.write(&session, &statement, format, output).await;
        session.close().await;
        let written = done?;
        if let Some(path) = self.output.filter(|_| !output.is_json() && !global.quiet) {
            eprint_line(&format!("wrote {} to {}", rows(written), path.display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn chosen_format(&self, output: &Output) -> Result<Format, Usage> {
        let unless_said = if output.is_json() { Format::Json } else { Format::Table };
        let format = match (self.format, &self.output) {
            (Some(format), _) => format,
            (None, Some(path)) if path.extension().is_none() && output.is_json() => Format::Json,
            (None, Some(path)) => format_of(path)?,
            (None, None) => unless_said,
        };
        let is_binary = matches!(format, Format::Parquet | Format::Arrow | Format::Xlsx);
        if is_binary && self.output.is_none() && output.is_terminal() {
            return Err(Usage::new("this format is not for a terminal; give --output FILE"));
        }
        Ok(format)
    }

    /// Tables and JSON documents have a limit; files hold every row. Gives the number of rows.
    async fn write(
        &self,
        session: &Session,
        statement: &str,
        format: Format,
        output: &mut Output,
    ) -> anyhow::Result<u64> {
        let Some(file_format) = format.of_file() else {
            let result = queries::sql(session.services(), &session.viewer, statement, self.limit, 0).await?;
            let number = result.rows.len() as u64;
            if let (Some(path), true) = (&self.output, result.truncated) {
                let more = "raise --limit, or choose csv, jsonl, parquet, arrow or xlsx, which hold every row";
                tracing::warn!("{} holds the first {} only: {more}", path.display(), rows(number));
            }
            let written = match (&self.output, format) {
                (Some(path), Format::Json) => replace(path, document(&result).to_string().as_bytes()),
                (Some(path), _) => replace(path, format_table(&result).as_bytes()),
                (None, Format::Json) => output.document(&document(&result)),
                (None, _) => show(&result, output),
            };
            return written.map(|()| number);
        };
        let mut export = queries::export(session.services(), &session.viewer, statement, file_format).await?;
        let Some(path) = &self.output else {
            while let Some(bytes) = export.bytes.next().await {
                output.bytes(&bytes?)?;
            }
            return Ok(export.rows.get());
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
        placed.map(|()| export.rows.get())
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

/// The format that a file's ending says.
fn format_of(path: &Path) -> Result<Format, Usage> {
    let known = path.extension().and_then(OsStr::to_str).and_then(|ending| Format::from_str(ending, true).ok());
    known.ok_or_else(|| {
        let problem = match path.extension() {
            Some(ending) => format!("no format is named .{}", ending.to_string_lossy()),
            None => format!("{} has no ending that names a format", path.display()),
        };
        Usage::new(format!("{problem} (known: csv, json, jsonl, parquet, arrow, xlsx); say which with --format"))
    })
}

/// A number of rows, none of them included.
fn number_of_rows(text: &str) -> Result<i32, String> {
    let number = text.parse().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| format!("it has to be a number from 0 to {}", i32::MAX))
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

/// The rows as a table, and below it how many there are; or the lines of a plan.
pub(super) fn show(result: &QueryOutput, output: &mut Output) -> anyhow::Result<()> {
    output.line(format_table(result))?;
    if result.is_plan() {
        return output.line(format!("(in {} ms)", result.elapsed.as_millis()));
    }
    let rows = rows(result.rows.len() as u64);
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
