//! `dataweaver query`: read-only SQL over everything that was synced.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::failure::Usage;
use super::output::{Output, count};
use super::session::Session;
use crate::config::Config;
use crate::query::{QueryOutput, format_table};
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
    /// The most rows of a table
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
        let ending = self.output.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
        let of_ending = ending.and_then(|ending| Format::from_str(ending, true).ok());
        let unless_said = if output.is_json() { Format::Json } else { Format::Table };
        let format = self.format.or(of_ending).unwrap_or(unless_said);
        let is_binary = matches!(format, Format::Parquet | Format::Arrow | Format::Xlsx);
        if is_binary && self.output.is_none() && output.is_terminal() {
            return Err(Usage::new("this format is not for a terminal; give --output FILE"));
        }
        Ok(format)
    }

    async fn write(
        &self,
        session: &Session,
        statement: &str,
        format: Format,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let result = queries::sql(session.services(), &session.viewer, statement, self.limit, 0).await?;
        match format {
            Format::Table => show(&result, output),
            Format::Json => output.document(&document(&result)),
            _ => Err(Usage::new("this format is not part of this build yet").into()),
        }
    }
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
