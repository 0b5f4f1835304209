//! What each PostgreSQL type becomes: the column's Arrow type, how it is selected, and how its binary form is read.
//!
//! | PostgreSQL | lake |
//! |---|---|
//! | boolean, smallint, integer, bigint, real, double precision, bytea, date | the same |
//! | oid | bigint |
//! | text, varchar, char(n) with its padding, name, enums | text |
//! | uuid, time | text |
//! | json, jsonb | text, marked as JSON |
//! | timestamp, timestamptz | timestamp, instant in UTC; infinity is rejected |
//! | numeric(p,s) up to 38 digits, money | decimal; NaN is rejected |
//! | numeric without precision, or with more digits | text, since each value may have its own scale |
//! | one-dimensional arrays of these | list |
//! | arrays declared with more dimensions, or undeclared and holding some | text, marked as JSON |
//! | everything else | text, as PostgreSQL prints it |

use arrow::datatypes::{DataType, Field};

use crate::sdk::types;

/// A column as the catalogue describes it. Domains are resolved to what they are made of.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// The type as SQL writes it, for example `numeric(12,2)`.
    pub(super) type_name: String,
    pub(super) base: BaseType,
    /// Of the elements, where it is an array.
    pub(super) element: Option<BaseType>,
    /// The type modifier: precision and scale of a numeric.
    pub(super) modifier: i32,
    pub(super) dimensions: i32,
    pub(super) is_not_null: bool,
    pub(super) description: Option<String>,
    /// Whether the database itself gives growing values.
    pub(super) is_generated_number: bool,
    /// Whether texts that it holds for equal are the same, byte for byte; not so in some collations.
    pub(super) is_deterministic: bool,
}

/// A type that is no domain.
#[derive(Clone, Debug)]
pub(super) struct BaseType {
    pub(super) oid: u32,
    pub(super) is_enum: bool,
}

/// What holds for every column of a database.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Locale {
    /// Digits after the point of `money`, after the server's `lc_monetary`.
    pub(super) money_scale: i8,
    /// Whether text may be something else than UTF-8.
    pub(super) has_unknown_encoding: bool,
}

/// How the binary form of a value is read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Text,
    /// A version byte before the text.
    Jsonb,
    Uuid,
    Time,
    Bytes,
    Date,
    Timestamp,
    Instant,
    /// `base-10000` digits.
    Decimal {
        precision: u8,
        scale: i8,
    },
    /// A count of the smallest coin.
    Money {
        scale: i8,
    },
    List(Box<Self>),
}

/// How a column is read.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The column in the lake's types, with the source's name.
    pub(super) field: Field,
    pub(super) form: Form,
    /// What stands in the SELECT list.
    pub(super) expression: String,
}

impl Column {
    /// Decides how the column is read.
    pub(super) fn plan(&self, locale: Locale) -> Plan {
        let name = super::session::column(&self.name);
        let (form, expression) = match (&self.element, self.dimensions) {
            (None, _) => match known(&self.base, self.modifier, locale) {
                Some(form) => (form, name),
                None => (Form::Text, as_text(&self.base, &name)),
            },
            (Some(_), 2..) => (Form::Text, format!("to_json({name})::text")),
            (Some(element), _) => match known(element, self.modifier, locale) {
                Some(form) => (Form::List(Box::new(form)), name),
                None => (Form::List(Box::new(Form::Text)), as_texts(element, &name)),
            },
        };
        let data_type = form.data_type();
        let may_be_rejected = form.may_reject() || (locale.has_unknown_encoding && data_type == DataType::Utf8);
        let mut metadata = vec![(types::SOURCE_TYPE, self.type_name.as_str())];
        let note = self.note(&data_type);
        if let Some(note) = &note {
            metadata.push((types::MAPPED, note));
        }
        if self.is_json() {
            metadata.push((types::FORMAT, "json"));
        }
        if let Some(description) = &self.description {
            metadata.push((types::DESCRIPTION, description));
        }
        let field = types::field(&self.name, data_type, !self.is_not_null || may_be_rejected, &metadata);
        Plan { field, form, expression }
    }

    /// What tells its type from others: by that, a text that was written of a value can be read again.
    pub(super) fn type_mark(&self) -> String {
        format!("{}:{}", self.base.oid, self.modifier)
    }

    /// Whether it holds points in time.
    pub(super) fn is_time(&self) -> bool {
        self.element.is_none() && matches!(self.base.oid, oid::TIMESTAMP | oid::TIMESTAMPTZ)
    }

    /// Whether it holds integers.
    pub(super) fn is_integer(&self) -> bool {
        self.element.is_none() && matches!(self.base.oid, oid::INT2 | oid::INT4 | oid::INT8)
    }

    /// Whether it holds arrays, those old ones of the system catalogue aside that no function takes for arrays.
    pub(super) fn is_array(&self) -> bool {
        self.element.is_some() && !matches!(self.base.oid, oid::INT2VECTOR | oid::OIDVECTOR)
    }

    fn is_json(&self) -> bool {
        match self.element {
            Some(_) => self.dimensions > 1,
            None => matches!(self.base.oid, oid::JSON | oid::JSONB),
        }
    }

    fn note(&self, kept: &DataType) -> Option<String> {
        let element = self.element.as_ref().unwrap_or(&self.base);
        let is_text = matches!(kept, DataType::Utf8)
            || matches!(kept, DataType::List(item) if item.data_type() == &DataType::Utf8);
        let is_text_at_source = !element.is_enum
            && matches!(element.oid, oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::NAME)
            && (self.element.is_none() || self.dimensions < 2);
        match kept {
            _ if is_text && element.oid == oid::NUMERIC && self.dimensions < 2 => Some(format!(
                "{} is kept as text, digit by digit: it has no fixed scale of at most 38 digits",
                self.type_name
            )),
            _ if is_text && !is_text_at_source => {
                Some(format!("{} is kept as {}", self.type_name, types::type_name(kept)))
            }
            DataType::Int64 if element.oid == oid::OID => Some("oid is kept as bigint".to_owned()),
            DataType::Decimal128(..) if element.oid == oid::MONEY => {
                Some(format!("money is kept as {}", types::type_name(kept)))
            }
            _ => None,
        }
    }
}

impl Form {
    /// The Arrow type it is read into.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int2 => DataType::Int16,
            Self::Int4 => DataType::Int32,
            Self::Int8 | Self::Oid => DataType::Int64,
            Self::Float4 => DataType::Float32,
            Self::Float8 => DataType::Float64,
            Self::Text | Self::Jsonb | Self::Uuid | Self::Time => DataType::Utf8,
            Self::Bytes => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Timestamp => types::local_timestamp(),
            Self::Instant => types::instant(),
            Self::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale),
            Self::Money { scale } => DataType::Decimal128(19, *scale),
            Self::List(item) => DataType::new_list(item.data_type(), true),
        }
    }

    /// Whether a value may be one that the lake cannot hold, and so become NULL.
    fn may_reject(&self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::Instant | Self::Decimal { .. } | Self::List(_))
    }
}

fn known(base: &BaseType, modifier: i32, locale: Locale) -> Option<Form> {
    if base.is_enum {
        return Some(Form::Text);
    }
    Some(match base.oid {
        oid::BOOL => Form::Bool,
        oid::INT2 => Form::Int2,
        oid::INT4 => Form::Int4,
        oid::INT8 => Form::Int8,
        oid::OID => Form::Oid,
        oid::FLOAT4 => Form::Float4,
        oid::FLOAT8 => Form::Float8,
        oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::NAME | oid::JSON => Form::Text,
        oid::JSONB => Form::Jsonb,
        oid::UUID => Form::Uuid,
        oid::TIME => Form::Time,
        oid::BYTEA => Form::Bytes,
        oid::DATE => Form::Date,
        oid::TIMESTAMP => Form::Timestamp,
        oid::TIMESTAMPTZ => Form::Instant,
        oid::NUMERIC => return decimal(modifier),
        oid::MONEY => Form::Money { scale: locale.money_scale },
        _ => return None,
    })
}

/// A declared numeric of at most 38 digits, in a form where 0 ≤ scale ≤ precision, as lakes want it.
fn decimal(modifier: i32) -> Option<Form> {
    let packed = modifier.checked_sub(4).filter(|packed| *packed >= 0)?;
    let precision = (packed >> 16) & 0xffff;
    // Eleven bits with a sign since PostgreSQL 15; before, no scale was above 1000 or below 0.
    let scale = ((packed & 0x7ff) ^ 1024) - 1024;
    let (precision, scale) = if scale < 0 { (precision - scale, 0) } else { (precision.max(scale), scale) };
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(precision @ 1..=38), Ok(scale)) => Some(Form::Decimal { precision, scale }),
        _ => None,
    }
}

/// The text that PostgreSQL prints, which for an inet is not what its cast gives.
fn as_text(base: &BaseType, name: &str) -> String {
    match base.oid {
        oid::INET => format!("abbrev({name})"),
        _ => format!("{name}::text"),
    }
}

/// The same for each element of an array.
fn as_texts(element: &BaseType, name: &str) -> String {
    match element.oid {
        oid::INET => format!("{name}::text::text[]"),
        _ => format!("{name}::text[]"),
    }
}

/// The numbers of the types that PostgreSQL brings along; they never change.
pub(super) mod oid {
    pub(in super::super) const BOOL: u32 = 16;
    pub(in super::super) const BYTEA: u32 = 17;
    pub(in super::super) const NAME: u32 = 19;
    pub(in super::super) const INT8: u32 = 20;
    pub(in super::super) const INT2: u32 = 21;
    pub(in super::super) const INT2VECTOR: u32 = 22;
    pub(in super::super) const INT4: u32 = 23;
    pub(in super::super) const TEXT: u32 = 25;
    pub(in super::super) const OID: u32 = 26;
    pub(in super::super) const OIDVECTOR: u32 = 30;
    pub(in super::super) const JSON: u32 = 114;
    pub(in super::super) const FLOAT4: u32 = 700;
    pub(in super::super) const FLOAT8: u32 = 701;
    pub(in super::super) const MONEY: u32 = 790;
    pub(in super::super) const INET: u32 = 869;
    pub(in super::super) const BPCHAR: u32 = 1042;
    pub(in super::super) const VARCHAR: u32 = 1043;
    pub(in super::super) const DATE: u32 = 1082;
    pub(in super::super) const TIME: u32 = 1083;
    pub(in super::super) const TIMESTAMP: u32 = 1114;
    pub(in super::super) const TIMESTAMPTZ: u32 = 1184;
    pub(in super::super) const NUMERIC: u32 = 1700;
    pub(in super::super) const UUID: u32 = 2950;
    pub(in super::super) const JSONB: u32 = 3802;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modifier(precision: i32, scale: i32) -> i32 {
        ((precision << 16) | (scale & 0x7ff)) + 4
    }

    #[test]
    fn declared_numerics_become_decimals_that_lakes_can_hold() {
        assert_eq!(decimal(modifier(12, 2)), Some(Form::Decimal { precision: 12, scale: 2 }));
        assert_eq!(decimal(modifier(38, 38)), Some(Form::Decimal { precision: 38, scale: 38 }));
        assert_eq!(decimal(modifier(3, -2)), Some(Form::Decimal { precision: 5, scale: 0 }));
        assert_eq!(decimal(modifier(3, 5)), Some(Form::Decimal { precision: 5, scale: 5 }));
        assert_eq!(decimal(modifier(39, 2)), None);
        assert_eq!(decimal(modifier(30, -10)), None);
        assert_eq!(decimal(-1), None);
    }
}
