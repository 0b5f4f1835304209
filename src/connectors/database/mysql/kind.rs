//! The table of types: what each column type of MariaDB and MySQL is read as.
//!
//! | type | kept as |
//! |---|---|
//! | tinyint, smallint, mediumint, int, bigint | tinyint, smallint, integer, integer, bigint |
//! | the same unsigned | the next wider signed one; bigint unsigned as decimal(20,0) |
//! | bool, boolean, tinyint(1) | tinyint: the server keeps no difference, and such columns hold 2 and -1 too |
//! | decimal(p,s) | decimal(p,s) to 38 digits, text beyond |
//! | float, double | real, double |
//! | bit(1), bit(n) | boolean, bigint; bit(64) as decimal(20,0) |
//! | date, datetime, timestamp | date, timestamp, timestamp with time zone (UTC) |
//! | time, year | text `-838:59:59`, smallint |
//! | char, varchar, text of any character set | text |
//! | enum, set, uuid, inet4, inet6 | text |
//! | json | text in JSON; MariaDB's longtext that checks `json_valid` too |
//! | binary, varbinary, blob, vector | binary |
//! | geometry types | binary: the well-known form, without the SRID |
//!
//! Dates with a zero in them, such as `0000-00-00`, are no dates: they become NULL and are reported. So does text whose
//! bytes are not UTF-8 after the server has converted it.

use arrow::datatypes::{DataType, Field};

use crate::sdk::types;

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Kept in the signed type of so many bytes.
    Integer {
        bytes: u8,
        unsigned: bool,
    },
    /// `bigint unsigned`.
    Wide,
    Float,
    Double,
    Decimal {
        precision: u8,
        scale: i8,
    },
    /// `bit(1)`.
    Boolean,
    /// More bits than one.
    Bits {
        count: u8,
    },
    Date,
    Datetime,
    Timestamp,
    Time {
        digits: u8,
    },
    Text,
    Json,
    /// `enum` and `set`, which are ordered by number.
    Member,
    Bytes,
    Geometry,
}

/// What `information_schema.COLUMNS` says of a column's type.
pub(super) struct DeclaredType<'a> {
    /// `DATA_TYPE`, for example `int`.
    pub(super) name: &'a str,
    /// `COLUMN_TYPE`, for example `int(10) unsigned`.
    pub(super) full: &'a str,
    pub(super) precision: Option<u32>,
    pub(super) scale: Option<u32>,
    /// Digits behind the second.
    pub(super) fraction: Option<u32>,
    /// Whether a check makes sure that it is JSON.
    pub(super) is_json: bool,
}

impl Kind {
    pub(super) fn of(declared: &DeclaredType<'_>) -> Self {
        let unsigned = declared.full.contains("unsigned");
        let integer = |bytes: u8| Self::Integer { bytes: if unsigned { bytes * 2 } else { bytes }, unsigned };
        match declared.name.to_ascii_lowercase().as_str() {
            "tinyint" => integer(1),
            "smallint" => integer(2),
            "mediumint" => Self::Integer { bytes: 4, unsigned },
            "int" | "integer" => integer(4),
            "bigint" if unsigned => Self::Wide,
            "bigint" => integer(8),
            "year" => Self::Integer { bytes: 2, unsigned: true },
            "float" => Self::Float,
            "double" | "real" => Self::Double,
            "decimal" | "numeric" => match (declared.precision, declared.scale.unwrap_or(0)) {
                (Some(precision @ 1..=38), scale @ 0..=38) => {
                    Self::Decimal { precision: precision as u8, scale: scale as i8 }
                }
                _ => Self::Text,
            },
            "bit" => match declared.precision {
                Some(1) | None => Self::Boolean,
                Some(count) => Self::Bits { count: count.min(64) as u8 },
            },
            "date" => Self::Date,
            "datetime" => Self::Datetime,
            "timestamp" => Self::Timestamp,
            "time" => Self::Time { digits: declared.fraction.unwrap_or(0).min(6) as u8 },
            "enum" | "set" => Self::Member,
            "json" => Self::Json,
            "longtext" | "text" | "mediumtext" | "varchar" if declared.is_json => Self::Json,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" => Self::Bytes,
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
            | "geometrycollection" | "geomcollection" => Self::Geometry,
            _ => Self::Text,
        }
    }

    /// The Arrow type of its batches.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Integer { bytes: 1, .. } => DataType::Int8,
            Self::Integer { bytes: 2, .. } => DataType::Int16,
            Self::Integer { bytes: 4, .. } => DataType::Int32,
            Self::Integer { .. } => DataType::Int64,
            Self::Bits { count } if count < 64 => DataType::Int64,
            Self::Wide | Self::Bits { .. } => DataType::Decimal128(20, 0),
            Self::Float => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Datetime => types::local_timestamp(),
            Self::Timestamp => types::instant(),
            Self::Time { .. } | Self::Text | Self::Json | Self::Member => DataType::Utf8,
            Self::Bytes | Self::Geometry => DataType::Binary,
        }
    }

    /// The field of a column of this kind.
    pub(super) fn field(self, name: &str, declared: &DeclaredType<'_>, nullable: bool, comment: &str) -> Field {
        let note = self.note(declared);
        let mut metadata = vec![(types::SOURCE_TYPE, declared.full)];
        if !comment.is_empty() {
            metadata.push((types::DESCRIPTION, comment));
        }
        if self == Self::Json {
            metadata.push((types::FORMAT, "json"));
        }
        if let Some(note) = &note {
            metadata.push((types::MAPPED, note));
        }
        // Zero dates are read as NULL, in columns that are NOT NULL too.
        let is_moment = matches!(self.data_type(), DataType::Date32 | DataType::Timestamp(..));
        types::field(name, self.data_type(), nullable || is_moment, &metadata)
    }

    /// Why the column is kept as another type.
    fn note(self, declared: &DeclaredType<'_>) -> Option<String> {
        let kept = types::type_name(&self.data_type());
        let is_kept_as = || Some(format!("{} is kept as {kept}", declared.full));
        match self {
            Self::Geometry => {
                Some(format!("{} is kept in its well-known binary form, without the SRID", declared.full))
            }
            Self::Integer { unsigned: true, .. }
            | Self::Wide
            | Self::Bits { .. }
            | Self::Time { .. }
            | Self::Member => is_kept_as(),
            Self::Text => match declared.name {
                "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => None,
                _ => is_kept_as(),
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(full: &str, precision: Option<u32>, scale: Option<u32>) -> DataType {
        let name = full.split(['(', ' ']).next().unwrap_or_default();
        Kind::of(&DeclaredType { name, full, precision, scale, fraction: None, is_json: false }).data_type()
    }

    #[test]
    fn unsigned_integers_go_to_the_next_wider_type() {
        assert_eq!(kind("tinyint(3) unsigned", None, None), DataType::Int16);
        assert_eq!(kind("smallint(5) unsigned", None, None), DataType::Int32);
        assert_eq!(kind("mediumint(8) unsigned zerofill", None, None), DataType::Int32);
        assert_eq!(kind("int(10) unsigned", None, None), DataType::Int64);
        assert_eq!(kind("bigint(20) unsigned", None, None), DataType::Decimal128(20, 0));
        assert_eq!(kind("tinyint(1)", None, None), DataType::Int8);
    }

    #[test]
    fn decimals_beyond_38_digits_are_text() {
        assert_eq!(kind("decimal(38,38)", Some(38), Some(38)), DataType::Decimal128(38, 38));
        assert_eq!(kind("decimal(39,0)", Some(39), Some(0)), DataType::Utf8);
    }
}
