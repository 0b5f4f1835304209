//! What the numbers of a workbook mean as days and times, in its own calendar.
//!
//! A workbook counts days from 1900, as if that year had had a 29 February, or from 1904. A number alone does not tell
//! whether a part of a day is a time of day, or a time of the calendar's first day: its format does.

use calamine::{ExcelDateTime, Style};

use super::cell::Cell;

/// The day behind 9999-12-31, counted from 1900 and from 1904.
const ENDS: [f64; 2] = [2_958_466., 2_957_004.];

/// The calendar of a workbook, and the formats of its cells.
pub(super) struct Calendar {
    counts_from_1904: bool,
    /// For each style of the workbook: whether it shows a time of day and no day.
    clocks: Vec<bool>,
}

impl Calendar {
    pub(super) fn of(styles: &[Style], counts_from_1904: bool) -> Self {
        let formats = styles.iter().map(|style| style.number_format.as_ref());
        let clocks = formats.map(|format| format.is_some_and(|format| is_clock(&format.format_code)));
        Self { counts_from_1904, clocks: clocks.collect() }
    }

    /// What a number stands for that the cell's style shows as a day or a time. Where it shows a day that is none, that
    /// is an error.
    pub(super) fn cell(&self, moment: &ExcelDateTime, style: usize) -> Cell<'static> {
        let value = moment.as_f64();
        let is_clock = self.clocks.get(style).copied().unwrap_or_default();
        // Counted from 1900, the first day is 1, and a part of a day can be nothing but a time.
        let is_part_of_a_day = !self.counts_from_1904 && value > 0.;
        if moment.is_duration() || (value < 1. && (is_clock || is_part_of_a_day)) {
            return Cell::Time(clock(value));
        }
        if value < 0. {
            return Cell::Error("a number below 0 is no day".into());
        }
        if value >= ENDS[usize::from(self.counts_from_1904)] {
            return Cell::Error("a number beyond the year 9999 is no day".into());
        }
        if value < 1. && !self.counts_from_1904 {
            return Cell::Error("0 is no day, though workbooks show it as 1900-01-00".into());
        }
        let (year, month, day, hour, minute, second, millis) = moment.to_ymd_hms_milli();
        if (year, month, day) == (1900, 2, 29) {
            return Cell::Error("1900-02-29 is no day, though workbooks count it".into());
        }
        let date = format!("{year:04}-{month:02}-{day:02}");
        Cell::Moment(match (hour, minute, second, millis) {
            (0, 0, 0, 0) => date,
            (_, _, _, 0) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
            _ => format!("{date} {hour:02}:{minute:02}:{second:02}.{millis:03}"),
        })
    }
}

/// Whether a format of days and times shows hours or seconds and no day. An `m` beside them is of minutes.
fn is_clock(format: &str) -> bool {
    let mut signs = String::new();
    let mut rest = format.chars();
    while let Some(sign) = rest.next() {
        match sign {
            // Only the first part, that of positive numbers, counts.
            ';' => break,
            '"' => while rest.next().is_some_and(|sign| sign != '"') {},
            // A language, a colour, a condition.
            '[' => while rest.next().is_some_and(|sign| sign != ']') {},
            '\\' | '_' | '*' => {
                rest.next();
            }
            sign => signs.push(sign.to_ascii_lowercase()),
        }
    }
    // Years may be counted by an emperor's era, too.
    signs.contains(['h', 's']) && !signs.contains(['d', 'y', 'e', 'g'])
}

/// A part of a day, or several days, as hours, minutes and seconds.
fn clock(days: f64) -> String {
    let millis = (days.abs() * 86_400_000.).round().min(1e15) as u64;
    let sign = if days < 0. { "-" } else { "" };
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    match millis % 1000 {
        0 => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        millis => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}.{millis:03}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    use super::*;

    /// A number under a format of days, or of times of day, as text; `None` where it is no day.
    fn text(value: f64, counts_from_1904: bool, is_clock: bool) -> Option<String> {
        let calendar = Calendar { counts_from_1904, clocks: vec![is_clock] };
        calendar.cell(&ExcelDateTime::new(value, DateTime, counts_from_1904), 0).text().map(str::to_owned)
    }

    #[test]
    fn numbers_are_days_of_the_calendar_that_counts_them() {
        let from_1900 = |value| text(value, false, false);
        let from_1904 = |value| text(value, true, false);
        for (value, day) in [
            (1., "1900-01-01"),
            (59., "1900-02-28"),
            (61., "1900-03-01"),
            (366., "1900-12-31"),
            (367., "1901-01-01"),
            (1_462., "1904-01-01"),
            (45_351., "2024-02-29"),
            (45_351.75, "2024-02-29 18:00:00"),
            (45_351.999_999_999_9, "2024-03-01"),
            (2_958_465., "9999-12-31"),
        ] {
            assert_eq!(from_1900(value).as_deref(), Some(day), "{value}");
            if value >= 1_462. {
                assert_eq!(from_1904(value - 1_462.).as_deref(), Some(day), "{value} from 1904");
            }
        }
        assert_eq!(from_1904(0.5).as_deref(), Some("1904-01-01 12:00:00"));
        assert_eq!(from_1904(60.).as_deref(), Some("1904-03-01"));
        for value in [0., 60., 60.5, -1., 2_958_466.] {
            assert_eq!(from_1900(value), None, "{value}");
        }
        for value in [-1., 2_957_004.] {
            assert_eq!(from_1904(value), None, "{value} from 1904");
        }
    }

    #[test]
    fn parts_of_a_day_are_times_where_no_day_is_shown() {
        for counts_from_1904 in [false, true] {
            assert_eq!(text(0., counts_from_1904, true).as_deref(), Some("00:00:00"));
            assert_eq!(text(0.5, counts_from_1904, true).as_deref(), Some("12:00:00"));
        }
        assert_eq!(text(0.5, false, false).as_deref(), Some("12:00:00"));
        let calendar = Calendar { counts_from_1904: true, clocks: vec![] };
        assert_eq!(calendar.cell(&ExcelDateTime::new(1.5, TimeDelta, true), 7).text(), Some("36:00:00"));
    }

    #[test]
    fn formats_tell_times_from_days() {
        for format in
            ["h:mm", "mm:ss", "mmss.0", "h:mm AM/PM", "[$-F400]h:mm:ss\\ AM/PM", "h \"of the day\"", "[Red]hh"]
        {
            assert!(is_clock(format), "{format}");
        }
        for format in
            ["mm-dd-yy", "mmm-yy", "m/d/yy h:mm", "yyyy\\-mm\\-dd\\Thh:mm", "mmmm", "[$-411]ge.m.d", "General"]
        {
            assert!(!is_clock(format), "{format}");
        }
    }
}
