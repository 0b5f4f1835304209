//! Cells as rows of a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Field, Schema, SchemaRef};
use serde::{Deserialize, Serialize};

use super::cell::{Cell, Format, day, moment, time_text, unix_day};
use super::evidence::Kind;
use crate::sdk::types::{MAPPED, SOURCE_TYPE, field};
use crate::sdk::{ConnectorError, ReadEvent, RejectedValue};

/// Amounts of money are counted in ten-thousandths.
const MONEY_UNIT: f64 = 10_000.;

/// A column as it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct ReadColumn {
    /// Its place in the tab, counted from 0.
    pub(in super::super) index: usize,
    pub(in super::super) name: String,
    pub(in super::super) kind: Kind,
    /// What numbers in it mean.
    pub(in super::super) format: Format,
}

/// The field of a column.
pub(in super::super) fn field_of(name: &str, kind: Kind) -> Field {
    let metadata: &[(&str, &str)] = match kind {
        Kind::Time => &[(SOURCE_TYPE, "time"), (MAPPED, "time is kept as text")],
        Kind::Money => &[(SOURCE_TYPE, "currency")],
        Kind::Date => &[(SOURCE_TYPE, "date")],
        Kind::DateTime => &[(SOURCE_TYPE, "date time")],
        Kind::Integer | Kind::Float => &[(SOURCE_TYPE, "number")],
        Kind::Flag => &[(SOURCE_TYPE, "boolean")],
        Kind::Text => &[(SOURCE_TYPE, "text")],
    };
    field(name, kind.data_type(), true, metadata)
}

enum Builder {
    Text(StringBuilder),
    Flag(BooleanBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Money(Decimal128Builder),
    Date(Date32Builder),
    DateTime(TimestampMicrosecondBuilder),
}

impl Builder {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Time => Self::Text(StringBuilder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::Money => Self::Money(Decimal128Builder::new().with_data_type(kind.data_type())),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::DateTime => Self::DateTime(TimestampMicrosecondBuilder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Flag(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Money(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::DateTime(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Gathers rows for a batch.
pub(in super::super) struct TabRows {
    columns: Vec<ReadColumn>,
    schema: SchemaRef,
    builders: Vec<Builder>,
    /// How many values became NULL, by column and reason.
    rejected: BTreeMap<(String, String), u64>,
    count: usize,
    bytes: usize,
}

impl TabRows {
    pub(in super::super) fn of(columns: &[ReadColumn]) -> Self {
        let fields = columns.iter().map(|column| field_of(&column.name, column.kind));
        Self {
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            builders: columns.iter().map(|column| Builder::of(column.kind)).collect(),
            columns: columns.to_vec(),
            rejected: BTreeMap::new(),
            count: 0,
            bytes: 0,
        }
    }

    pub(in super::super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Adds a row; cells that it does not have are NULL.
    pub(in super::super) fn add(&mut self, row: &[Cell]) {
        for (column, builder) in self.columns.iter().zip(&mut self.builders) {
            let cell = row.get(column.index).unwrap_or(&Cell::Empty);
            self.bytes += 8;
            if let Err(reason) = append(builder, cell, column, &mut self.bytes) {
                *self.rejected.entry((column.name.clone(), reason)).or_default() += 1;
            }
        }
        self.count += 1;
    }

    /// About how large the batch is.
    pub(in super::super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows so far, as events; they are gone from here.
    pub(in super::super) fn take(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let rejected = std::mem::take(&mut self.rejected).into_iter();
        let mut events: Vec<_> = rejected
            .map(|((column, reason), count)| ReadEvent::RejectedValue(RejectedValue { column, reason, count }))
            .collect();
        if self.count == 0 {
            return Ok(events);
        }
        let columns = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(self.schema(), columns);
        events.push(ReadEvent::Batch(batch.map_err(|error| ConnectorError::data("Sheets", error.to_string()))?));
        (self.count, self.bytes) = (0, 0);
        Ok(events)
    }
}

/// Appends a cell, or NULL with the reason why it cannot be kept.
fn append(builder: &mut Builder, cell: &Cell, column: &ReadColumn, bytes: &mut usize) -> Result<(), String> {
    let number = match cell {
        Cell::Number(number) => Some(*number),
        _ => None,
    };
    let is_kept = match builder {
        Builder::Text(builder) => {
            let format = if column.kind == Kind::Time { Format::Time } else { column.format };
            let text = match number {
                Some(number) if column.kind == Kind::Time => Some(time_text(number)),
                _ => cell.text(format),
            };
            *bytes += text.as_ref().map_or(0, String::len);
            builder.append_option(text.as_deref());
            text.is_some()
        }
        Builder::Flag(builder) => {
            let flag = if let Cell::Flag(flag) = cell { Some(*flag) } else { None };
            builder.append_option(flag);
            flag.is_some()
        }
        Builder::Integer(builder) => {
            let whole =
                number.filter(|number| number.fract() == 0. && number.abs() < 9.3e18).map(|number| number as i64);
            builder.append_option(whole);
            whole.is_some()
        }
        Builder::Float(builder) => {
            builder.append_option(number);
            number.is_some()
        }
        Builder::Money(builder) => {
            let units = number.map(|number| (number * MONEY_UNIT).round()).filter(|units| units.abs() < 1e18);
            builder.append_option(units.map(|units| units as i128));
            units.is_some()
        }
        Builder::Date(builder) => {
            let day = number.and_then(day);
            builder.append_option(day.map(unix_day));
            day.is_some()
        }
        Builder::DateTime(builder) => {
            let moment = number.and_then(moment);
            builder.append_option(moment.map(|moment| moment.and_utc().timestamp_micros()));
            moment.is_some()
        }
    };
    match cell {
        _ if is_kept => Ok(()),
        Cell::Empty => Ok(()),
        Cell::Error(word) => Err(format!("{word} is no value")),
        other => Err(format!("{} among values that are {}", described(other), kind_words(builder))),
    }
}

fn described(cell: &Cell) -> &'static str {
    match cell {
        Cell::Number(_) => "a number",
        Cell::Flag(_) => "a boolean",
        _ => "text",
    }
}

fn kind_words(builder: &Builder) -> &'static str {
    match builder {
        Builder::Text(_) => "text",
        Builder::Flag(_) => "booleans",
        Builder::Integer(_) => "whole numbers",
        Builder::Float(_) => "numbers",
        Builder::Money(_) => "amounts of money",
        Builder::Date(_) => "dates",
        Builder::DateTime(_) => "dates with times",
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Array;
    use arrow::util::display::{ArrayFormatter, FormatOptions};

    use super::*;

    #[test]
    fn what_does_not_fit_is_null_and_told() {
        let column =
            |index: usize, kind: Kind, format: Format| ReadColumn { index, name: format!("c{index}"), kind, format };
        let columns = [
            column(0, Kind::Money, Format::Currency),
            column(1, Kind::Date, Format::Date),
            column(3, Kind::Text, Format::Plain),
            column(2, Kind::Time, Format::Time),
        ];
        let mut rows = TabRows::of(&columns);
        rows.add(&[Cell::Number(19.99), Cell::Number(45_658.), Cell::Number(0.75), Cell::Number(3.)]);
        rows.add(&[Cell::Error("#N/A".into()), Cell::Text("soon".into())]);
        let events = rows.take().unwrap();
        let mut told = Vec::new();
        let mut texts = Vec::new();
        for event in events {
            match event {
                ReadEvent::RejectedValue(value) => told.push(format!("{}: {}", value.column, value.reason)),
                ReadEvent::Batch(batch) => {
                    for column in batch.columns() {
                        let format = ArrayFormatter::try_new(column, &FormatOptions::default()).unwrap();
                        texts.push(format.value(0).to_string());
                        assert!(column.is_null(1));
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(told, ["c0: #N/A is no value", "c1: text among values that are dates"]);
        assert_eq!(texts, ["19.9900", "2025-01-01", "3", "18:00:00"]);
    }
}
