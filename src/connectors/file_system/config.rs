//! What a user sets on a file system connector.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use arrow::datatypes::DataType;
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::sdk::types::{instant, local_timestamp};
use crate::sdk::{ConnectorError, NoAuth, SecretString, auth_forms};

/// Rows that are looked at for columns and types.
const SAMPLE_ROWS: RangeInclusive<usize> = 1..=1_000_000;

/// A folder or a bucket of files: CSV, TSV, JSON, JSON lines, Parquet, Arrow and XLSX, plain or as `.gz` or `.zst`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = &serde_json::json!({"root": "/data/shop"}))]
pub struct FileSystemConfig {
    /// Where the files are: an absolute folder such as `/data/shop` (inside of `network.file_roots`, where the installation bounds
    /// files by it), or `s3://bucket/prefix`. Folders below it that are Delta tables (with a `_delta_log`) are left out.
    pub root: String,
    /// Only files whose path below the root matches, for example `**/*.csv` or `2024/*.{csv,json}`; all where it is
    /// absent. `*` does not cross a `/`, `**` does.
    pub pattern: Option<String>,
    /// S3: the service's address where it is not AWS, for example `https://minio.example.com:9000`. With `http://`, nothing is
    /// encrypted.
    pub endpoint: Option<String>,
    /// S3: the bucket's region; `us-east-1` where it is absent.
    pub region: Option<String>,
    /// How many rows of a CSV, TSV, JSON or XLSX file are looked at to find its columns and their types, 1 to 1,000,000. A later
    /// row that does not fit goes to the rejected rows.
    #[serde(default = "default_sample_rows")]
    #[schemars(range(min = *SAMPLE_ROWS.start(), max = *SAMPLE_ROWS.end()))]
    pub sample_rows: usize,
    /// Whether the first row of CSV, TSV and XLSX names the columns; otherwise they are `column_1`, `column_2` …
    #[serde(default = "default_header")]
    pub header: bool,
    /// What separates the fields of CSV and TSV files: one character, or `\t` for a tab. Where it is absent, it is a tab in TSV
    /// files, and is found among `,`, `;`, tab and `|` in CSV files.
    pub delimiter: Option<String>,
    /// The text encoding of CSV, TSV and JSON files, by its WHATWG name: `utf-8`, `windows-1252`, `utf-16le` … A byte order
    /// mark in the file goes first; where both are absent it is UTF-16 if it looks like it, and UTF-8 otherwise. With
    /// UTF-8, rows with other bytes are rejected, and a file whose header has some is not read.
    pub encoding: Option<String>,
    /// What stands for NULL in CSV and TSV files besides the empty unquoted field, for example `NULL`, `NA` or `\N`.
    #[serde(default)]
    pub null_values: Vec<String>,
    /// The types of columns of CSV, TSV, JSON and XLSX files where looking at the sample would choose another one, by the
    /// column's name: `text`, `boolean`, `bigint`, `double`, `decimal(12,2)`, `date`, `timestamp` or
    /// `timestamp with time zone`.
    #[serde(default)]
    pub column_types: BTreeMap<String, String>,
}

fn default_sample_rows() -> usize {
    10_000
}

fn default_header() -> bool {
    true
}

/// The keys of an S3 user.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct S3Keys {
    /// The access key's id.
    pub access_key_id: String,
    /// The access key's secret.
    pub secret_access_key: SecretString,
    /// The session's token, for temporary keys only.
    pub session_token: Option<SecretString>,
}

auth_forms! {
    /// How to sign in: not at all for local folders and public buckets, by keys for the others.
    pub enum FileSystemAuth { None(NoAuth), ApiKey(S3Keys) }
}

/// How the text files of a connector are to be read: the settings of [`FileSystemConfig`], looked through once.
#[derive(Clone, Debug)]
pub(super) struct TextOptions {
    pub(super) sample_rows: usize,
    pub(super) header: bool,
    pub(super) delimiter: Option<u8>,
    pub(super) encoding: Option<&'static encoding_rs::Encoding>,
    pub(super) null_values: Vec<String>,
    pub(super) column_types: BTreeMap<String, DataType>,
}

impl TextOptions {
    /// A digest: with other options the same file may read differently.
    pub(super) fn digest(&self) -> String {
        hex::encode(&Sha256::digest(format!("{self:?}"))[..8])
    }
}

impl FileSystemConfig {
    pub(super) fn text_options(&self) -> Result<TextOptions, ConnectorError> {
        if !SAMPLE_ROWS.contains(&self.sample_rows) {
            let message = format!("must be between {} and {}", SAMPLE_ROWS.start(), SAMPLE_ROWS.end());
            return Err(ConnectorError::config("connectionConfig.sample_rows", message));
        }
        let encoding = self.encoding.as_deref().map(encoding).transpose()?;
        let delimiter = self.delimiter.as_deref().map(delimiter).transpose()?;
        let mut column_types = BTreeMap::new();
        for (column, name) in &self.column_types {
            column_types.insert(column.clone(), column_type(column, name)?);
        }
        Ok(TextOptions {
            sample_rows: self.sample_rows,
            header: self.header,
            delimiter,
            encoding,
            null_values: self.null_values.clone(),
            column_types,
        })
    }
}

fn encoding(name: &str) -> Result<&'static encoding_rs::Encoding, ConnectorError> {
    encoding_rs::Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        ConnectorError::config(
            "connectionConfig.encoding",
            format!("{name} is no encoding we know; write utf-8, windows-1252, utf-16le or another WHATWG name"),
        )
    })
}

fn delimiter(text: &str) -> Result<u8, ConnectorError> {
    match text.as_bytes() {
        [b'\\', b't'] => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err(ConnectorError::config(
            "connectionConfig.delimiter",
            "must be one ASCII character such as , ; | or \\t",
        )),
    }
}

/// Reads the name of a type, as [`type_name`](crate::sdk::types::type_name) writes it.
pub(super) fn column_type(column: &str, name: &str) -> Result<DataType, ConnectorError> {
    let unknown = || {
        ConnectorError::config(
            format!("connectionConfig.column_types.{column}"),
            format!(
                "{name} is no type (known: text, boolean, bigint, double, decimal(precision,scale), date, timestamp, \
                 timestamp with time zone)"
            ),
        )
    };
    Ok(match name.trim().to_ascii_lowercase().as_str() {
        "text" => DataType::Utf8,
        "boolean" => DataType::Boolean,
        "bigint" => DataType::Int64,
        "double" => DataType::Float64,
        "date" => DataType::Date32,
        "timestamp" => local_timestamp(),
        "timestamp with time zone" => instant(),
        other => {
            let inner = other.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(unknown)?;
            let (precision, scale) = inner.split_once(',').ok_or_else(unknown)?;
            let precision: u8 = precision.trim().parse().map_err(|_| unknown())?;
            let scale: i8 = scale.trim().parse().map_err(|_| unknown())?;
            if precision == 0 || precision > 38 || scale < 0 || scale.unsigned_abs() > precision {
                return Err(unknown());
            }
            DataType::Decimal128(precision, scale)
        }
    })
}
