//! Which type holds all values of a column.

use arrow::datatypes::DataType;
use serde::{Deserialize, Serialize};

use super::cell::{Cell, Format, moment, number_text};
use crate::sdk::types::local_timestamp;

/// Whole numbers up to here are exact in Sheets, which counts in doubles.
const EXACT: f64 = 9_007_199_254_740_992.;
/// Decimals that an amount of money keeps.
const MONEY_SCALE: usize = 4;
/// The largest amount of money that fits, with all its decimals.
const MOST_MONEY: f64 = 1e11;

/// What a column's values become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Kind {
    Text,
    Flag,
    Integer,
    Float,
    Money,
    Date,
    DateTime,
    /// As text, since the lake holds no times of day.
    Time,
}

impl Kind {
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Time => DataType::Utf8,
            Self::Flag => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Money => DataType::Decimal128(19, MONEY_SCALE as i8),
            Self::Date => DataType::Date32,
            Self::DateTime => local_timestamp(),
        }
    }
}

/// What was seen in a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Evidence {
    texts: u64,
    flags: u64,
    /// Numbers by their format.
    formats: std::collections::BTreeMap<Format, u64>,
    has_fractions: bool,
    has_times: bool,
    is_inexact: bool,
    is_no_money: bool,
    is_no_date: bool,
}

impl Evidence {
    pub(in super::super) fn add(&mut self, cell: &Cell, format: Format) {
        match cell {
            Cell::Empty | Cell::Error(_) => {}
            Cell::Text(_) => self.texts += 1,
            Cell::Flag(_) => self.flags += 1,
            Cell::Number(number) => {
                *self.formats.entry(format).or_default() += 1;
                self.has_fractions |= number.fract() != 0.;
                self.has_times |= format == Format::DateTime || number.fract() != 0.;
                self.is_inexact |= number.abs() > EXACT;
                self.is_no_money |= number.abs() > MOST_MONEY || decimals(*number) > MONEY_SCALE;
                self.is_no_date |= moment(*number).is_none();
            }
        }
    }

    /// Whether there is nothing to be kept.
    pub(super) fn is_empty(&self) -> bool {
        self.texts == 0 && self.flags == 0 && self.formats.is_empty()
    }

    /// What a number means whose format is not known: what most of the others mean.
    pub(super) fn usual_format(&self) -> Format {
        let most = self.formats.iter().max_by_key(|(_, count)| **count);
        most.map(|(format, _)| *format).unwrap_or_default()
    }

    pub(in super::super) fn kind(&self) -> Kind {
        let numbers: u64 = self.formats.values().sum();
        let of = |format: Format| self.formats.get(&format).copied().unwrap_or_default();
        if self.texts > 0 || (self.flags > 0 && numbers > 0) {
            return Kind::Text;
        }
        if self.flags > 0 {
            return Kind::Flag;
        }
        let dates = of(Format::Date) + of(Format::DateTime);
        match numbers {
            0 => Kind::Text,
            _ if dates == numbers && !self.is_no_date => {
                if self.has_times {
                    Kind::DateTime
                } else {
                    Kind::Date
                }
            }
            _ if of(Format::Time) == numbers => Kind::Time,
            // Days and times among plain numbers: only text holds them all.
            _ if (dates > 0 && !self.is_no_date) || of(Format::Time) > 0 => Kind::Text,
            _ if of(Format::Currency) > 0 && of(Format::Percent) == 0 && !self.is_no_money => Kind::Money,
            _ if of(Format::Plain) == numbers && !self.has_fractions && !self.is_inexact => Kind::Integer,
            _ => Kind::Float,
        }
    }
}

/// How many decimals a number has, written as briefly as it can be.
fn decimals(number: f64) -> usize {
    let text = number_text(number);
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(cells: &[(Cell, Format)]) -> Kind {
        let mut evidence = Evidence::default();
        for (cell, format) in cells {
            evidence.add(cell, *format);
        }
        evidence.kind()
    }

    fn numbers(numbers: &[f64], format: Format) -> Vec<(Cell, Format)> {
        numbers.iter().map(|number| (Cell::Number(*number), format)).collect()
    }

    #[test]
    fn formats_and_values_decide_together() {
        assert_eq!(kind(&numbers(&[1., 2.], Format::Plain)), Kind::Integer);
        assert_eq!(kind(&numbers(&[1., 2.5], Format::Plain)), Kind::Float);
        assert_eq!(kind(&numbers(&[1., 2.], Format::Decimals)), Kind::Float);
        assert_eq!(kind(&numbers(&[1e17], Format::Plain)), Kind::Float);
        assert_eq!(kind(&numbers(&[0.15, 1.], Format::Percent)), Kind::Float);
        assert_eq!(kind(&numbers(&[12.5, 3.], Format::Currency)), Kind::Money);
        assert_eq!(kind(&numbers(&[1. / 3.], Format::Currency)), Kind::Float);
        assert_eq!(kind(&numbers(&[45_658.], Format::Date)), Kind::Date);
        assert_eq!(kind(&numbers(&[45_658., 45_658.5], Format::Date)), Kind::DateTime);
        assert_eq!(kind(&numbers(&[45_658.], Format::DateTime)), Kind::DateTime);
        assert_eq!(kind(&numbers(&[0.5], Format::Time)), Kind::Time);
        assert_eq!(kind(&[(Cell::Flag(true), Format::Plain)]), Kind::Flag);
        assert_eq!(kind(&[]), Kind::Text);
    }

    #[test]
    fn what_only_text_can_hold_is_text() {
        let number = (Cell::Number(1.), Format::Plain);
        assert_eq!(kind(&[number.clone(), (Cell::Text("n/a".into()), Format::Plain)]), Kind::Text);
        assert_eq!(kind(&[number.clone(), (Cell::Flag(true), Format::Plain)]), Kind::Text);
        assert_eq!(kind(&[number.clone(), (Cell::Number(45_658.), Format::Date)]), Kind::Text);
        assert_eq!(kind(&[number.clone(), (Cell::Number(2.), Format::Currency)]), Kind::Money);
        assert_eq!(kind(&[number, (Cell::Error("#N/A".into()), Format::Plain)]), Kind::Integer);
    }
}
