//! How much a function makes of its arguments, at most.

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::size::{Amounts, numbers, sizes};

const NANOS_A_DAY: i128 = 86_400_000_000_000;
/// The most bytes of a character.
const CHARACTER: u64 = 4;
/// A list keeps an offset, and a text its length, for each element.
const ELEMENT: u64 = 16;
/// What an element of a list takes at least, see [`sizes`].
const LEAST_ELEMENT: u64 = 8;
/// The most bytes that a byte of a form becomes: `%c` is a date and time.
const LONGEST_FORMATTED: u64 = 16;
/// Steps of work that count as much as a byte, for what takes time instead of memory.
const STEPS_A_BYTE: u64 = 16;

/// The ways in which results grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Growth {
    /// A text so many times.
    Repeat,
    /// A text up to so many characters.
    Pad,
    /// Each occurrence of the second argument becomes the third.
    Replace,
    /// Each match of a pattern becomes the third argument, which may hold the match several times.
    ReplacePattern,
    /// All arguments together.
    Concat,
    /// All arguments together, with the first one between them.
    ConcatWith,
    /// Each element that is the second argument becomes the third.
    ReplaceElement,
    /// A time in a form: each two letters of it may become the name of a month.
    Format,
    /// The elements of a list with a text between them.
    Join,
    /// The numbers or times from one to another.
    Series,
    /// A value so many times.
    RepeatElement,
    /// A list of so many elements.
    Resize,
    /// One text compared with another, character by character: a matter of time.
    Compare,
}

impl Growth {
    pub(super) const OF_FUNCTIONS: [(&'static str, Self); 21] = [
        ("repeat", Self::Repeat),
        ("lpad", Self::Pad),
        ("rpad", Self::Pad),
        ("replace", Self::Replace),
        ("regexp_replace", Self::ReplacePattern),
        ("concat", Self::Concat),
        ("concat_ws", Self::ConcatWith),
        ("make_array", Self::Concat),
        ("array_append", Self::Concat),
        ("array_prepend", Self::Concat),
        ("array_concat", Self::Concat),
        ("array_replace", Self::ReplaceElement),
        ("array_replace_n", Self::ReplaceElement),
        ("array_replace_all", Self::ReplaceElement),
        ("to_char", Self::Format),
        ("array_to_string", Self::Join),
        ("range", Self::Series),
        ("generate_series", Self::Series),
        ("array_repeat", Self::RepeatElement),
        ("array_resize", Self::Resize),
        ("levenshtein", Self::Compare),
    ];

    /// The most bytes that each row's result may take.
    pub(super) fn weights(self, args: &[ColumnarValue], rows: usize) -> Result<Vec<u64>> {
        // The function itself says what is wrong with too few arguments.
        if args.len() < self.arguments() {
            return Ok(vec![0; rows]);
        }
        if self == Self::Series {
            return series(args, rows);
        }
        let sizes = args.iter().map(sizes).collect::<Result<Vec<_>>>()?;
        let times = match self {
            Self::Repeat | Self::Pad | Self::RepeatElement | Self::Resize => numbers(&args[1])?,
            _ => Amounts::Same(0),
        };
        let weight = |row: usize| {
            let size = |argument: usize| sizes.get(argument).map_or(0, |sizes| sizes.of(row));
            let times = u64::try_from(times.of(row)).unwrap_or(0);
            match self {
                Self::Repeat => size(0).saturating_mul(times),
                Self::Pad => times.saturating_mul(CHARACTER),
                Self::Replace => {
                    let found = size(0) / size(1).max(1) + 1;
                    size(0).saturating_add(found.saturating_mul(size(2)))
                }
                Self::ReplacePattern => size(0).saturating_add((size(0) + 1).saturating_mul(size(2))),
                Self::Concat => (0..sizes.len()).map(size).fold(0, u64::saturating_add),
                Self::ConcatWith => {
                    let between = size(0).saturating_mul(sizes.len() as u64);
                    (1..sizes.len()).map(size).fold(between, u64::saturating_add)
                }
                Self::ReplaceElement => size(0).saturating_add((size(0) / LEAST_ELEMENT).saturating_mul(size(2))),
                Self::Format => size(1).saturating_mul(LONGEST_FORMATTED),
                Self::Join => size(0).saturating_mul(3).saturating_add((size(0) / 8).saturating_mul(size(1))),
                Self::RepeatElement => (size(0) + ELEMENT).saturating_mul(times),
                Self::Resize => size(0).saturating_add((size(2) + ELEMENT).saturating_mul(times)),
                Self::Compare => size(0).saturating_mul(size(1)) / STEPS_A_BYTE,
                Self::Series => 0,
            }
        };
        Ok((0..rows).map(weight).collect())
    }

    fn arguments(self) -> usize {
        match self {
            Self::Replace | Self::ReplacePattern | Self::ReplaceElement => 3,
            Self::Concat | Self::ConcatWith | Self::Series => 1,
            _ => 2,
        }
    }
}

fn series(args: &[ColumnarValue], rows: usize) -> Result<Vec<u64>> {
    match args[0].data_type() {
        DataType::Null => Ok(vec![0; rows]),
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 if args.len() == 3 => {
            let (start, stop) = (nanos(&args[0])?, nanos(&args[1])?);
            let step = steps(&args[2])?;
            Ok((0..rows).map(|row| elements(start.of(row), stop.of(row), step.of(row))).collect())
        }
        _ => {
            let zero = ColumnarValue::Scalar(0_i64.into());
            let one = ColumnarValue::Scalar(1_i64.into());
            let (start, stop, step) = match args {
                [stop] => (&zero, stop, &one),
                [start, stop] => (start, stop, &one),
                [start, stop, step, ..] => (start, stop, step),
                [] => return Ok(vec![0; rows]),
            };
            let (start, stop, step) = (numbers(start)?, numbers(stop)?, numbers(step)?);
            let row = |row| {
                let step = i128::from(step.of(row));
                let step = Step { least: step.abs(), is_back: Some(step < 0) };
                elements(start.of(row).into(), stop.of(row).into(), step)
            };
            Ok((0..rows).map(row).collect())
        }
    }
}

/// The shortest that a step may be, in the unit of its series.
#[derive(Clone, Copy)]
struct Step {
    least: i128,
    /// `None` where it goes forward in some months and back in others.
    is_back: Option<bool>,
}

/// What the elements of a series take. A step of nothing is the function's to refuse.
fn elements(start: i128, stop: i128, step: Step) -> u64 {
    let distance = match step.is_back {
        Some(false) => stop - start,
        Some(true) => start - stop,
        None => (stop - start).abs(),
    };
    if distance < 0 || (step.least == 0 && step.is_back.is_some()) {
        return 0;
    }
    let count = if step.least == 0 { i128::MAX } else { distance / step.least + 1 };
    u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(size_of::<i64>() as u64)
}

/// Points in time as nanoseconds since 1970.
fn nanos(value: &ColumnarValue) -> Result<Amounts<i128>> {
    // Seconds reach further than nanoseconds do; what they cut off does not matter here.
    let is_exact = matches!(value.data_type(), DataType::Timestamp(TimeUnit::Nanosecond, _));
    let (ticks, nanos_a_tick) = if is_exact {
        (numbers(value)?, 1)
    } else {
        (numbers(&value.cast_to(&DataType::Timestamp(TimeUnit::Second, None), None)?)?, 1_000_000_000)
    };
    Ok(match ticks {
        Amounts::Same(ticks) => Amounts::Same(i128::from(ticks) * nanos_a_tick),
        Amounts::Each(ticks) => {
            Amounts::Each(ticks.into_iter().map(|ticks| i128::from(ticks) * nanos_a_tick).collect())
        }
    })
}

fn steps(value: &ColumnarValue) -> Result<Amounts<Step>> {
    let of = |array: &ArrayRef| -> Result<Vec<Step>> {
        let array = cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?;
        let intervals = array.as_primitive::<IntervalMonthDayNanoType>();
        Ok(intervals.iter().map(|interval| interval.map_or(Step { least: 0, is_back: Some(false) }, step)).collect())
    };
    Ok(match value {
        ColumnarValue::Array(array) => Amounts::Each(of(array)?),
        ColumnarValue::Scalar(value) => Amounts::Same(of(&value.to_array()?)?[0]),
    })
}

/// The shortest of an interval's lengths; a month has 28 to 31 days.
fn step(interval: IntervalMonthDayNano) -> Step {
    let length = |days_a_month: i128| {
        (i128::from(interval.months) * days_a_month + i128::from(interval.days)) * NANOS_A_DAY
            + i128::from(interval.nanoseconds)
    };
    let (short, long) = (length(28), length(31));
    let parts = [interval.months.into(), interval.days.into(), interval.nanoseconds];
    let is_back = match (parts.iter().any(|part| *part < 0), parts.iter().any(|part: &i64| *part > 0)) {
        (true, true) => None,
        (is_back, _) => Some(is_back),
    };
    let least = if (short < 0) == (long < 0) { short.abs().min(long.abs()) } else { 0 };
    Step { least, is_back }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(growth: Growth, args: &[ColumnarValue]) -> u64 {
        growth.weights(args, 1).unwrap()[0]
    }

    fn number(value: i64) -> ColumnarValue {
        ColumnarValue::Scalar(value.into())
    }

    fn text(value: &str) -> ColumnarValue {
        ColumnarValue::Scalar(value.into())
    }

    #[test]
    fn results_are_reckoned_from_arguments() {
        assert_eq!(weight(Growth::Repeat, &[text("abc"), number(1_000)]), 3_000);
        assert_eq!(weight(Growth::Repeat, &[text("abc"), number(-1)]), 0);
        assert_eq!(weight(Growth::Repeat, &[text("abc"), number(i64::MAX)]), u64::MAX);
        assert_eq!(weight(Growth::Pad, &[text("abc"), number(10)]), 40);
        assert_eq!(weight(Growth::Replace, &[text("aaaa"), text("aa"), text("bbbbb")]), 4 + 3 * 5);
        assert_eq!(weight(Growth::Series, &[number(500)]), 501 * 8);
        assert_eq!(weight(Growth::Series, &[number(10), number(1), number(-3)]), 4 * 8);
        assert_eq!(weight(Growth::Series, &[number(10), number(1), number(3)]), 0);
        assert_eq!(weight(Growth::Series, &[number(i64::MIN), number(i64::MAX)]), u64::MAX);
        assert_eq!(weight(Growth::Compare, &[text("abcd"), text("abcd")]), 1);
    }

    #[test]
    fn an_interval_is_as_long_as_its_shortest_month() {
        let days = |interval| {
            let step = step(interval);
            (step.least / NANOS_A_DAY, step.is_back)
        };
        assert_eq!(days(IntervalMonthDayNano::new(1, 0, 0)), (28, Some(false)));
        assert_eq!(days(IntervalMonthDayNano::new(-1, 0, 0)), (28, Some(true)));
        assert_eq!(days(IntervalMonthDayNano::new(1, -30, 0)), (0, None));
        assert_eq!(days(IntervalMonthDayNano::new(0, 2, 0)), (2, Some(false)));
    }
}
