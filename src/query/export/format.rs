//! The formats of downloads and what they are called.

use std::fmt;
use std::str::FromStr;

use super::xlsx;
use crate::query::QueryError;

/// A file format for rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// RFC 4180 with a header, lines end with LF; NULL is an empty field, nested values are JSON.
    Csv,
    /// One JSON object a line, with the values of [`json`](crate::query::json).
    Jsonl,
    /// Apache Parquet with Zstandard compression; intervals and unions are text.
    Parquet,
    /// Arrow's file format (Feather 2), not compressed.
    Arrow,
    /// Excel, one sheet; what Excel's numbers of 15 digits cannot hold is text.
    Xlsx,
}

impl ExportFormat {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Jsonl, Self::Parquet, Self::Arrow, Self::Xlsx];

    /// How many rows a file holds at the most, where there is such a bound.
    pub fn most_rows(self) -> Option<i64> {
        (self == Self::Xlsx).then_some(i64::from(xlsx::MAX_ROWS))
    }

    /// The media type for HTTP.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Arrow => "application/vnd.apache.arrow.file",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The end of a file name, without the dot; also the format's name in URLs and on the command line.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Xlsx => "xlsx",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

impl FromStr for ExportFormat {
    type Err = QueryError;

    /// Knows `json` and `ndjson` for JSON lines, too; upper and lower case are the same.
    fn from_str(name: &str) -> Result<Self, QueryError> {
        match name.to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "jsonl" | "ndjson" | "json" => Ok(Self::Jsonl),
            "parquet" => Ok(Self::Parquet),
            "arrow" => Ok(Self::Arrow),
            "xlsx" => Ok(Self::Xlsx),
            _ => {
                let known = Self::ALL.map(Self::extension).join(", ");
                Err(QueryError::Invalid { message: format!("unknown format {name} (known: {known})") })
            }
        }
    }
}
