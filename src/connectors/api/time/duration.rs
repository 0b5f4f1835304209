//! ISO 8601 durations: `P1D`, `PT1H30M`, `P1M`.

use std::sync::LazyLock;

use regex::Regex;

use super::TimeError;

/// A span of time; months are kept apart, since they have no fixed length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Period {
    pub(in super::super) months: i64,
    pub(in super::super) micros: i128,
}

static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^([+-])?P(?:(\d+(?:[,.]\d+)?)Y)?(?:(\d+(?:[,.]\d+)?)M)?(?:(\d+(?:[,.]\d+)?)W)?(?:(\d+(?:[,.]\d+)?)D)?",
        r"(?:(T)(?:(\d+(?:[,.]\d+)?)H)?(?:(\d+(?:[,.]\d+)?)M)?(?:(\d+(?:[,.]\d+)?)S)?)?$"
    ))
    .expect("the pattern is well-formed")
});

/// Microseconds of weeks, days, hours, minutes and seconds.
const UNITS: [(usize, i128); 5] =
    [(4, 604_800_000_000), (5, 86_400_000_000), (7, 3_600_000_000), (8, 60_000_000), (9, 1_000_000)];

impl Period {
    pub(in super::super) fn micros(micros: i128) -> Self {
        Self { months: 0, micros }
    }

    pub(in super::super) fn seconds(seconds: i64) -> Self {
        Self::micros(i128::from(seconds) * 1_000_000)
    }

    /// # Errors
    /// Where the text is no such duration.
    pub(in super::super) fn parse(text: &str) -> Result<Self, TimeError> {
        let unreadable = || TimeError::Duration { text: text.to_owned() };
        let found = SHAPE.captures(text).ok_or_else(unreadable)?;
        if text.trim_start_matches(['+', '-']).len() < 2 {
            return Err(unreadable());
        }
        let amount = |group: usize| -> Result<f64, TimeError> {
            found
                .get(group)
                .map_or(Ok(0.0), |digits| digits.as_str().replace(',', ".").parse().map_err(|_| unreadable()))
        };
        #[expect(clippy::cast_possible_truncation, reason = "parts of months do not count")]
        let mut months = (amount(2)? * 12.0 + amount(3)?) as i64;
        let mut micros = 0;
        for (group, unit) in UNITS {
            micros += scaled(amount(group)?, unit);
        }
        if found.get(1).is_some_and(|sign| sign.as_str() == "-") {
            (months, micros) = (-months, -micros);
        }
        Ok(Self { months, micros })
    }

    pub(in super::super) fn is_zero(&self) -> bool {
        self.months == 0 && self.micros == 0
    }

    pub(in super::super) fn negated(&self) -> Self {
        Self { months: -self.months, micros: -self.micros }
    }

    pub(in super::super) fn plus(&self, other: &Self) -> Self {
        Self { months: self.months + other.months, micros: self.micros + other.micros }
    }

    /// Python's `total_seconds()`.
    #[expect(clippy::cast_precision_loss, reason = "as the reference counts, in a float")]
    pub(in super::super) fn total_seconds(&self) -> f64 {
        self.micros as f64 / 1e6
    }

    /// Python's `str(timedelta)`.
    pub(in super::super) fn text(&self) -> String {
        let days = self.micros.div_euclid(86_400_000_000);
        let rest = self.micros.rem_euclid(86_400_000_000);
        let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
        let mut out = String::new();
        if self.months != 0 {
            let (years, months) = (self.months / 12, self.months % 12);
            for (count, unit) in [(years, "year"), (months, "month")] {
                if count != 0 {
                    // Durations with months are written with `years` and `months` whatever their number.
                    out.push_str(&format!("{count} {unit}s, "));
                }
            }
        }
        if days != 0 {
            out.push_str(&format!("{days} day{}, ", if days.abs() == 1 { "" } else { "s" }));
        }
        out.push_str(&format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
        if micros != 0 {
            out.push_str(&format!(".{micros:06}"));
        }
        out
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "amounts are small, units far below 2^53"
)]
fn scaled(amount: f64, unit: i128) -> i128 {
    let whole = amount.trunc();
    whole as i128 * unit + ((amount - whole) * unit as f64).round_ties_even() as i128
}
