//! Sparse matrices in Matrix Market's format (<https://math.nist.gov/MatrixMarket/formats.html>): a line is an entry.

use std::path::Path;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::super::Options;
use super::super::input::{self, Bytes, Line, Lines, Progress};
use super::super::sink::Sink;
use super::super::table::Table;
use super::super::version::Position;
use super::dense::TOO_LONG;
use super::labels::{Beside, Labels};
use super::{head_limit, layout};
use crate::sdk::rows::Cell;
use crate::sdk::{ConnectorError, ScratchFolder};

/// A matrix that has not been told yet what its rows and columns are called.
pub(in super::super) struct Sparse {
    name: String,
    lines: Lines,
    progress: Progress,
    rows: u64,
    columns: u64,
    entries: u64,
    /// It says only where something is.
    is_pattern: bool,
    keep_zeros: bool,
}

/// A matrix, from front to back.
pub(in super::super) struct Labelled {
    matrix: Sparse,
    features: Option<Labels>,
    barcodes: Option<Labels>,
    /// Its rows are cells, and its columns features.
    is_turned: bool,
    read: u64,
}

/// How many entries a matrix says that it has.
pub(in super::super) fn entries(
    place: &Path,
    name: &str,
    options: &Options,
    stop: &CancellationToken,
) -> Result<u64, ConnectorError> {
    let (bytes, progress) = input::open(place, name, stop)?;
    Ok(Sparse::open(bytes, progress, name, options)?.entries)
}

impl Sparse {
    /// Reads its head.
    ///
    /// # Errors
    /// `Data` where it is no matrix that we read.
    pub(in super::super) fn open(
        bytes: Bytes,
        progress: Progress,
        name: &str,
        options: &Options,
    ) -> Result<Self, ConnectorError> {
        let mut lines = Lines::of(bytes, name, options.line_limit);
        lines.begin_head(head_limit(options));
        let wrong = |line: u64, why: String| ConnectorError::data(name, format!("line {line}: {why}"));
        let banner = text(lines.next()?).unwrap_or_default().to_lowercase();
        let words: Vec<&str> = banner.split_whitespace().collect();
        let [banner, "matrix", form, field, symmetry] = words.as_slice() else {
            return Err(wrong(1, "no Matrix Market file: it does not begin with %%MatrixMarket matrix".into()));
        };
        let is_known = *banner == "%%matrixmarket"
            && *form == "coordinate"
            && ["integer", "unsigned-integer", "real", "double", "pattern"].contains(field)
            && *symmetry == "general";
        if !is_known {
            let why =
                format!("{form} {field} {symmetry} is not read; write it as coordinate, real or integer, general");
            return Err(wrong(1, why));
        }
        let is_pattern = *field == "pattern";
        loop {
            let Some(line) = lines.next()? else {
                return Err(wrong(lines.count + 1, "the file ends before it says how large the matrix is".into()));
            };
            let Some(line) = text(Some(line)).filter(|line| !line.starts_with('%') && !line.trim().is_empty()) else {
                continue;
            };
            let numbers: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
            let Ok([rows, columns, entries]) = numbers.as_deref() else {
                let why = format!("{line:?} does not say how many rows, columns and entries there are");
                return Err(wrong(lines.count, why));
            };
            let (rows, columns, entries) = (*rows, *columns, *entries);
            lines.end_head();
            let name = name.to_owned();
            return Ok(Self {
                name,
                lines,
                progress,
                rows,
                columns,
                entries,
                is_pattern,
                keep_zeros: options.keep_zeros,
            });
        }
    }

    /// With what its rows and columns are called by.
    ///
    /// # Errors
    /// `Data` where the files beside it name another number of things.
    pub(in super::super) fn labelled(
        self,
        beside: &Beside,
        scratch: &ScratchFolder,
        stop: &CancellationToken,
        sink: &Sink<'_>,
    ) -> Result<Labelled, ConnectorError> {
        let read =
            |path: &Option<std::path::PathBuf>| path.as_deref().map(|path| Labels::of(path, scratch, stop)).transpose();
        let (features, barcodes) = (read(&beside.features)?, read(&beside.barcodes)?);
        let (rows, columns) = (self.rows, self.columns);
        let mut is_turned = false;
        if let (Some(features), Some(barcodes)) = (&features, &barcodes) {
            let (features, barcodes) = (features.count, barcodes.count);
            is_turned = (features, barcodes) != (rows, columns) && (features, barcodes) == (columns, rows);
            if !is_turned && (features, barcodes) != (rows, columns) {
                let message = format!(
                    "the matrix has {rows} rows and {columns} columns, and the files beside it name {features} features and \
                     {barcodes} barcodes"
                );
                return Err(ConnectorError::data(&self.name, message));
            }
        } else {
            let words = "no features.tsv and barcodes.tsv lie beside it: rows and columns are told by their numbers";
            sink.log(format!("{}: {words}", self.name))?;
        }
        Ok(Labelled { matrix: self, features, barcodes, is_turned, read: 0 })
    }
}

impl Labelled {
    /// Stands there, or before the first entry.
    pub(in super::super) fn at(mut self, position: Option<Position>) -> Result<Self, ConnectorError> {
        if let Some(position) = position {
            self.matrix.lines.skip_to(position.offset, position.lines)?;
            self.read = position.records;
        }
        Ok(self)
    }

    fn give(&mut self, row: u64, column: u64, value: Option<f64>, sink: &mut Sink<'_>) -> Result<(), ConnectorError> {
        if !self.matrix.keep_zeros && value == Some(0.) {
            return Ok(());
        }
        let (feature, barcode) = if self.is_turned { (column, row) } else { (row, column) };
        let feature = match &mut self.features {
            Some(labels) => labels.get(feature - 1)?.to_owned(),
            None => feature.to_string(),
        };
        let barcode = match &mut self.barcodes {
            Some(labels) => labels.get(barcode - 1)?.to_owned(),
            None => barcode.to_string(),
        };
        let mut parts = feature.split('\t').map(str::trim);
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let (id, name, kind) = (next().unwrap_or_default(), next(), next());
        let rest: Vec<Value> = parts.map(Value::from).collect();
        let annotations = (!rest.is_empty()).then(|| Value::Array(rest).to_string());
        let sample = barcode.split('\t').next().unwrap_or_default().trim();
        sink.add(vec![id.into(), name.into(), kind.into(), sample.into(), Cell::from(value), annotations.into()])
    }
}

impl Table for Labelled {
    fn next(&mut self, sink: &mut Sink<'_>) -> Result<bool, ConnectorError> {
        let count = self.matrix.lines.count + 1;
        let entry = match self.matrix.lines.next()? {
            None => {
                let (read, entries) = (self.read, self.matrix.entries);
                if read == entries {
                    return Ok(false);
                }
                let message = format!("the file ends behind {read} of the {entries} entries that it declares");
                return Err(ConnectorError::data(&self.matrix.name, message));
            }
            Some(Line::TooLong(raw)) => {
                sink.reject(count, TOO_LONG, raw);
                None
            }
            Some(Line::Whole(raw)) if raw.trim_ascii().is_empty() || raw.starts_with(b"%") => return Ok(true),
            Some(Line::Whole(raw)) => {
                let parsed = parse(raw, self.matrix.is_pattern, (self.matrix.rows, self.matrix.columns));
                parsed.map_err(|reason| sink.reject(count, reason, raw)).ok()
            }
        };
        if self.read == self.matrix.entries {
            let message = format!("line {count}: there are more entries than the {} that it declares", self.read);
            return Err(ConnectorError::data(&self.matrix.name, message));
        }
        self.read += 1;
        if let Some((row, column, value)) = entry {
            self.give(row, column, value, sink)?;
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        Position { offset: self.matrix.lines.offset, lines: self.matrix.lines.count, records: self.read }
    }

    fn fraction(&self) -> f64 {
        self.matrix.progress.fraction()
    }
}

/// Row and column, from 1, and the value.
///
/// # Errors
/// Why a line is no entry of a matrix of that size.
fn parse(raw: &[u8], is_pattern: bool, (rows, columns): (u64, u64)) -> Result<(u64, u64, Option<f64>), String> {
    let text = std::str::from_utf8(raw).map_err(|_| "the line is not UTF-8")?;
    let fields: Vec<&str> = text.split_whitespace().collect();
    let (row, column, value) = match fields.as_slice() {
        [row, column] if is_pattern => (row, column, Ok(Some(1.))),
        [row, column, value] if !is_pattern => (row, column, layout::number(value)),
        _ => return Err(format!("an entry has {} fields, not {}", if is_pattern { 2 } else { 3 }, fields.len())),
    };
    let value = value.map_err(|()| format!("{:?} is no number", fields[2]))?;
    match (row.parse(), column.parse()) {
        (Ok(row), Ok(column)) if (1..=rows).contains(&row) && (1..=columns).contains(&column) => {
            Ok((row, column, value))
        }
        _ => Err(format!("{row} {column} is no place of a matrix of {rows} rows and {columns} columns")),
    }
}

fn text(line: Option<Line<'_>>) -> Option<&str> {
    match line {
        Some(Line::Whole(line)) => std::str::from_utf8(line).ok(),
        _ => None,
    }
}
