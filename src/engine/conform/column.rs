//! A column of a data source: at the source, in the lake table, or in both.

use arrow::datatypes::{DataType, Field, Schema};
use serde::{Deserialize, Serialize};

use crate::sdk::{names, types};

/// One column of a data source, as the schema registry keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its name in the lake table: safe, without quotes.
    pub name: String,
    /// Its name at the source.
    pub source_name: String,
    /// The lake's type, after SQL.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether the source says that it may be NULL, or said so when rows came that are still there.
    pub nullable: bool,
    /// The source's words about it.
    pub description: Option<String>,
    /// Whether it came to a table that had rows, which are NULL in it whatever the source says now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Whether it became text while the table had rows, or is text and the source has it as something else: what is there
    /// may be written otherwise than at the source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recast: bool,
    /// What its texts were written from, where it is text in the lake: `text` where the source has texts, otherwise the type
    /// there, such as `time(2)`. Where it is bytes, `binary`, or the type there that pads them. `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts_of: Option<String>,
    /// Whether the source has it and the lake table too.
    #[serde(default, skip_serializing_if = "Presence::is_both")]
    pub presence: Presence,
}

impl Column {
    /// Whether rows of the lake table may hold NULL in it.
    pub fn may_be_null(&self) -> bool {
        self.nullable || self.late || self.presence == Presence::Lake
    }
}

/// Where a column is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// At the source and in the lake table.
    #[default]
    Both,
    /// In the lake table only: the source has it no more, and rows from now on are NULL there.
    Lake,
    /// At the source only: the schema policy is DISCARD.
    Source,
}

impl Presence {
    fn is_both(&self) -> bool {
        *self == Self::Both
    }
}

/// The columns of a source's schema under fresh lake names.
pub fn columns_of(schema: &Schema) -> Vec<Column> {
    let lake_names = names::columns(schema.fields().iter().map(|field| field.name().as_str()));
    schema
        .fields()
        .iter()
        .zip(lake_names)
        .map(|(field, name)| column(field, name, &types::lake_type(field.data_type())))
        .collect()
}

pub(super) fn column(field: &Field, name: String, lake_type: &DataType) -> Column {
    Column {
        name,
        source_name: field.name().clone(),
        data_type: types::type_name(lake_type),
        nullable: field.is_nullable(),
        description: field.metadata().get(types::DESCRIPTION).cloned(),
        late: false,
        recast: false,
        texts_of: texts_of(field, lake_type),
        presence: Presence::Both,
    }
}

/// See [`Column::texts_of`].
pub(super) fn texts_of(field: &Field, lake_type: &DataType) -> Option<String> {
    let comes = types::lake_type(field.data_type());
    let metadata = field.metadata();
    let declared = metadata.get(types::SOURCE_TYPE);
    if *lake_type == DataType::Binary && comes == DataType::Binary {
        // MariaDB's `binary(n)` is padded with zeros to its length.
        let padded = declared.filter(|declared| declared.starts_with("binary("));
        return Some(padded.cloned().unwrap_or_else(|| types::type_name(&comes)));
    }
    if *lake_type != DataType::Utf8 || *field.data_type() == DataType::Null {
        return None;
    }
    if comes != DataType::Utf8 {
        return Some(types::type_name(&comes));
    }
    // PostgreSQL's `char(n)` is padded with blanks to its length, which other lengths and other texts are not.
    let is_padded = |declared: &String| declared.starts_with("character(");
    let declared = declared.filter(|declared| metadata.contains_key(types::MAPPED) || is_padded(declared));
    Some(match declared {
        // The members of an enumeration are written the same when others join them.
        Some(declared) if declared.contains('\'') => declared.split('(').next().unwrap_or_default().to_owned(),
        Some(declared) => declared.clone(),
        None => types::type_name(field.data_type()),
    })
}
