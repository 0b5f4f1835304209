//! Rows of a known list of columns, gathered into batches: for connectors whose vendor documents what a record holds.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder, RecordBatch,
    StringBuilder, StructBuilder, TimestampMicrosecondBuilder, make_builder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::types::{self, DESCRIPTION, FORMAT};
use super::{ConnectorError, ReadEvent, RejectedRow};

/// A column of a data source.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The source's name for it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether every row has it.
    pub required: bool,
    /// A few words for whoever reads the catalogue.
    pub words: &'static str,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// JSON, kept as text.
    Json,
    /// A whole number of 64 bits.
    Integer,
    /// A floating-point number.
    Real,
    /// Yes or no.
    Flag,
    /// A day.
    Date,
    /// An instant to the microsecond.
    Instant,
    /// A list of texts.
    Texts,
    /// A list of records, each with these fields, which are no lists themselves.
    Records(&'static [(&'static str, Self)]),
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// What the source does not state.
    Null,
    /// For [`Kind::Text`] and [`Kind::Json`].
    Text(Cow<'a, str>),
    /// For [`Kind::Integer`].
    Integer(i64),
    /// For [`Kind::Real`].
    Real(f64),
    /// For [`Kind::Flag`].
    Flag(bool),
    /// For [`Kind::Date`].
    Date(NaiveDate),
    /// For [`Kind::Instant`].
    Instant(DateTime<Utc>),
    /// For [`Kind::Texts`].
    Texts(Vec<Cow<'a, str>>),
    /// For [`Kind::Records`].
    Records(Vec<Vec<Self>>),
}

impl Column {
    /// A column that may be NULL.
    pub const fn new(name: &'static str, kind: Kind, words: &'static str) -> Self {
        Self { name, kind, required: false, words }
    }

    /// A column that every row has.
    pub const fn required(name: &'static str, kind: Kind, words: &'static str) -> Self {
        Self { name, kind, required: true, words }
    }

    fn field(&self) -> Field {
        field(self.name, self.kind, self.required, self.words)
    }
}

/// A column as the catalogue tells it, for connectors that keep theirs otherwise; `words` may be none.
pub fn field(name: &str, kind: Kind, required: bool, words: &str) -> Field {
    let mut metadata = Vec::new();
    if !words.is_empty() {
        metadata.push((DESCRIPTION, words));
    }
    if kind == Kind::Json {
        metadata.push((FORMAT, "json"));
    }
    types::field(name, kind.data_type(), !required, &metadata)
}

/// The columns as the catalogue tells them.
pub fn schema_of(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Json => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Real => DataType::Float64,
            Self::Flag => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Instant => types::instant(),
            Self::Texts => DataType::List(item(DataType::Utf8)),
            Self::Records(fields) => DataType::List(item(DataType::Struct(struct_fields(fields)))),
        }
    }
}

fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, true))
}

fn struct_fields(fields: &[(&str, Kind)]) -> Fields {
    fields.iter().map(|(name, kind)| Field::new(*name, kind.data_type(), true)).collect()
}

impl<'a> Cell<'a> {
    /// A JSON value for a column of texts: a text as it is, anything else as JSON.
    pub fn text_of(value: &'a Value) -> Self {
        match value {
            Value::String(text) => text.into(),
            other => Self::json_of(other),
        }
    }

    /// A JSON value for a column of JSON.
    pub fn json_of(value: &Value) -> Self {
        value.to_string().into()
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a [String]> for Cell<'a> {
    fn from(texts: &'a [String]) -> Self {
        Self::Texts(texts.iter().map(|text| Cow::Borrowed(text.as_str())).collect())
    }
}

impl<'a> From<&'a Vec<String>> for Cell<'a> {
    fn from(texts: &'a Vec<String>) -> Self {
        Self::from(texts.as_slice())
    }
}

impl From<Vec<String>> for Cell<'_> {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts.into_iter().map(Cow::Owned).collect())
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Cell<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<NaiveDate> for Cell<'_> {
    fn from(date: NaiveDate) -> Self {
        Self::Date(date)
    }
}

impl From<DateTime<Utc>> for Cell<'_> {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Instant(instant)
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Rows that wait to become a batch.
pub struct Rows {
    schema: SchemaRef,
    builders: Vec<Builder>,
    count: usize,
    bytes: usize,
    /// The column whose cells are of another kind than it says.
    unlike: Option<String>,
    rejected: Vec<RejectedRow>,
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Real(Float64Builder),
    Flag(BooleanBuilder),
    Date(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    Texts(ListBuilder<StringBuilder>),
    Records(ListBuilder<StructBuilder>),
}

impl Rows {
    /// None yet.
    pub fn of(columns: &[Column]) -> Self {
        Self::with(columns.iter().map(|column| (column.field(), column.kind)))
    }

    /// None yet, of columns that a connector keeps otherwise: each as [`field`] tells it, and what it holds.
    pub fn with(columns: impl Iterator<Item = (Field, Kind)>) -> Self {
        let (fields, builders): (Vec<_>, _) = columns.map(|(field, kind)| (field, Builder::of(kind))).unzip();
        Self { schema: Arc::new(Schema::new(fields)), builders, count: 0, bytes: 0, unlike: None, rejected: Vec::new() }
    }

    /// The columns of the batches.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How large they are in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a row: a cell for each column, in their order.
    pub fn add(&mut self, row: Vec<Cell<'_>>) {
        self.count += 1;
        if row.len() != self.builders.len() {
            self.unlike = Some("(their number)".into());
        }
        let mut row = row.into_iter();
        for (field, builder) in self.schema.fields().iter().zip(&mut self.builders) {
            let cell = row.next().unwrap_or(Cell::Null);
            self.bytes += size_of(&cell);
            if !builder.append(cell) {
                self.unlike = Some(field.name().clone());
            }
        }
    }

    /// Notes what was given as a row and is none.
    pub fn reject(&mut self, row: RejectedRow) {
        self.rejected.push(row);
    }

    /// How many rejected rows wait.
    pub fn rejected(&self) -> usize {
        self.rejected.len()
    }

    /// What waits, as a read tells it: the batch, where there are rows, and the rejected ones; empties this.
    ///
    /// # Errors
    /// `Data` where rows do not match the columns.
    pub fn events(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let mut events: Vec<ReadEvent> = self.take()?.map(ReadEvent::Batch).into_iter().collect();
        if !self.rejected.is_empty() {
            events.push(ReadEvent::RejectedRows(std::mem::take(&mut self.rejected)));
        }
        Ok(events)
    }

    /// The batch, where there are rows; empties this.
    ///
    /// # Errors
    /// `Data` where rows do not match the columns.
    pub fn take(&mut self) -> Result<Option<RecordBatch>, ConnectorError> {
        if self.count == 0 { Ok(None) } else { self.finish().map(Some) }
    }

    /// The batch; empties this.
    ///
    /// # Errors
    /// `Data` where rows do not match the columns.
    pub fn finish(&mut self) -> Result<RecordBatch, ConnectorError> {
        (self.count, self.bytes) = (0, 0);
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        if let Some(column) = self.unlike.take() {
            return Err(ConnectorError::data("a batch of rows", format!("the column {column} is of another type")));
        }
        RecordBatch::try_new(self.schema(), arrays).map_err(|cause| ConnectorError::Data {
            place: "a batch of rows".into(),
            message: "the columns do not match".into(),
            cause: Some(cause.into()),
        })
    }
}

impl Builder {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Json => Self::Text(StringBuilder::new()),
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Real => Self::Real(Float64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::Instant => Self::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new()).with_field(item(DataType::Utf8))),
            Kind::Records(fields) => {
                let fields = struct_fields(fields);
                let builders = fields.iter().map(|field| make_builder(field.data_type(), 0)).collect();
                let field = item(DataType::Struct(fields.clone()));
                Self::Records(ListBuilder::new(StructBuilder::new(fields, builders)).with_field(field))
            }
        }
    }

    /// Whether the cell is of the column's kind; NULL stands for it otherwise.
    fn append(&mut self, cell: Cell<'_>) -> bool {
        match (self, cell) {
            (Self::Text(builder), Cell::Text(text)) => builder.append_value(text),
            (Self::Integer(builder), Cell::Integer(number)) => builder.append_value(number),
            (Self::Real(builder), Cell::Real(number)) => builder.append_value(number),
            (Self::Flag(builder), Cell::Flag(flag)) => builder.append_value(flag),
            (Self::Date(builder), Cell::Date(date)) => builder.append_value(days_of(date)),
            (Self::Instant(builder), Cell::Instant(instant)) => builder.append_value(instant.timestamp_micros()),
            (Self::Texts(builder), Cell::Texts(texts)) => {
                texts.iter().for_each(|text| builder.values().append_value(text));
                builder.append(true);
            }
            (Self::Records(builder), Cell::Records(records)) => {
                let alike = records.into_iter().all(|record| append_record(builder.values(), record));
                builder.append(true);
                return alike;
            }
            (builder, cell) => {
                builder.append_null();
                return cell == Cell::Null;
            }
        }
        true
    }

    fn append_null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Real(builder) => builder.append_null(),
            Self::Flag(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Instant(builder) => builder.append_null(),
            Self::Texts(builder) => builder.append(false),
            Self::Records(builder) => builder.append(false),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Real(builder) => Arc::new(builder.finish()),
            Self::Flag(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Instant(builder) => Arc::new(builder.finish()),
            Self::Texts(builder) => Arc::new(builder.finish()),
            Self::Records(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Whether the record's cells are of its fields' kinds.
fn append_record(builder: &mut StructBuilder, record: Vec<Cell<'_>>) -> bool {
    let mut cells = record.into_iter();
    let mut alike = true;
    for field in builder.field_builders_mut() {
        let any = field.as_any_mut();
        let cell = cells.next().unwrap_or(Cell::Null);
        alike &= if let Some(texts) = any.downcast_mut::<StringBuilder>() {
            match cell {
                Cell::Text(text) => texts.append_value(text),
                _ => texts.append_null(),
            }
            true
        } else if let Some(numbers) = any.downcast_mut::<Int64Builder>() {
            match cell {
                Cell::Integer(number) => numbers.append_value(number),
                _ => numbers.append_null(),
            }
            true
        } else if let Some(flags) = any.downcast_mut::<BooleanBuilder>() {
            match cell {
                Cell::Flag(flag) => flags.append_value(flag),
                _ => flags.append_null(),
            }
            true
        } else if let Some(numbers) = any.downcast_mut::<Float64Builder>() {
            match cell {
                Cell::Real(number) => numbers.append_value(number),
                _ => numbers.append_null(),
            }
            true
        } else {
            false
        };
    }
    builder.append(true);
    alike
}

/// A number of JSON that is written as one, or as text.
pub fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn days_of(date: NaiveDate) -> i32 {
    // A date of chrono lies within the days that 32 bits can count.
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}

fn size_of(cell: &Cell<'_>) -> usize {
    match cell {
        Cell::Text(text) => text.len() + 8,
        Cell::Texts(texts) => texts.iter().map(|text| text.len() + 8).sum::<usize>() + 8,
        Cell::Records(records) => records.iter().flatten().map(size_of).sum::<usize>() + 8,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use arrow::util::pretty::pretty_format_batches;

    use super::*;

    const COLUMNS: &[Column] = &[
        Column::required("id", Kind::Text, "What it is called"),
        Column::new("day", Kind::Date, "A day"),
        Column::new("tags", Kind::Texts, "Tags"),
        Column::new("parts", Kind::Records(&[("name", Kind::Text), ("size", Kind::Integer)]), "Parts"),
    ];

    #[test]
    fn rows_become_a_batch() {
        let mut rows = Rows::of(COLUMNS);
        let day = NaiveDate::from_ymd_opt(1969, 12, 31);
        let parts = vec![vec![Cell::from("wheel"), Cell::from(4)], vec![Cell::Null, Cell::Null]];
        rows.add(vec!["a".into(), day.into(), vec!["x".to_owned()].into(), Cell::Records(parts)]);
        rows.add(vec!["b".into(), Cell::Null, Cell::Null, Cell::Null]);
        assert_eq!(rows.count(), 2);
        let batch = rows.finish().unwrap();
        let text = pretty_format_batches(&[batch]).unwrap().to_string();
        assert!(text.contains("| a  | 1969-12-31 | [x]  | [{name: wheel, size: 4}, {name: , size: }] |"), "{text}");
        assert_eq!(rows.count(), 0);
    }

    #[test]
    fn a_cell_of_another_kind_is_told() {
        let mut rows = Rows::of(COLUMNS);
        rows.add(vec!["a".into(), "no day".into(), Cell::Null, Cell::Null]);
        assert!(rows.finish().unwrap_err().to_string().contains("day"));
    }
}
