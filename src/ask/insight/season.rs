//! Whether a course of time repeats itself, and its parts: trend, season and the rest.

use super::InsightError;
use super::moments::{filled, mean, variance};

/// From this strength on, a course is said to repeat itself: where R's `nsdiffs` takes a seasonal difference (Wang, Smith
/// and Hyndman 2006).
const STRONG: f64 = 0.64;
/// With fewer than three periods, the parts explain much of any noise.
const STRONG_IN_FEW: f64 = 0.8;
/// From so many periods on, the season may change slowly.
const MANY_PERIODS: usize = 6;

/// How a course of time repeats itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    /// After how many steps it begins anew.
    pub period: usize,
    /// How much of what the trend leaves is season, 0 to 1: one less the variance of the rest, as a share of that of season
    /// and rest together (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 4.3).
    pub strength: f64,
    /// Whether that is more than noise.
    pub is_clear: bool,
    /// By how much each step of a period differs from its mean, on average. The first is that of the series' step 0.
    pub pattern: Vec<f64>,
    /// The step of a period at which it is highest.
    pub highest: usize,
    /// The step at which it is lowest.
    pub lowest: usize,
}

/// A course of time, taken apart: the three add up to it.
pub(super) struct Parts {
    pub(super) trend: Vec<f64>,
    pub(super) season: Vec<f64>,
    pub(super) rest: Vec<f64>,
}

/// How a course of time repeats itself after `period` steps.
///
/// # Errors
/// `TooFew` for a course shorter than two periods, `NoVariation` where nothing changes.
pub fn season(series: &[f64], period: usize) -> Result<Season, InsightError> {
    if series.iter().any(|value| value.is_infinite()) {
        return Err(InsightError::NotANumber);
    }
    let (first, values) = filled(series);
    if variance(&values) == 0.0 {
        let needed = 2 * period;
        return Err(match values.len() < needed {
            true => InsightError::TooFew { found: values.len(), needed },
            false => InsightError::NoVariation,
        });
    }
    let parts = parts(&values, period, Manner::Changing)?;
    let strength = parts.strength();

    let of_step = |step: usize| {
        let from = (step + period - first % period) % period;
        mean(&parts.season.iter().skip(from).step_by(period).copied().collect::<Vec<_>>())
    };
    let pattern: Vec<f64> = (0..period).map(of_step).collect();
    let level = mean(&pattern);
    let pattern: Vec<f64> = pattern.into_iter().map(|value| value - level).collect();
    let by_value = |left: &usize, right: &usize| pattern[*left].total_cmp(&pattern[*right]);
    let highest = (0..period).max_by(by_value).unwrap_or_default();
    let lowest = (0..period).min_by(by_value).unwrap_or_default();
    let is_clear = if values.len() < 3 * period {
        strength >= STRONG_IN_FEW
    } else {
        strength >= STRONG && echoes(&values, &parts.trend, period)
    };
    Ok(Season { period, strength, is_clear, pattern, highest, lowest })
}

/// The clearest season among periods that are likely, such as 7 for days and 12 for months. `None` where none is clear.
pub fn find_season(series: &[f64], periods: &[usize]) -> Option<Season> {
    let found = periods.iter().filter_map(|period| season(series, *period).ok()).filter(|season| season.is_clear);
    found.max_by(|left, right| left.strength.total_cmp(&right.strength))
}

/// Whether what the trend leaves resembles itself a period later: the test by which the M4 competition decided whether
/// to take out seasons (Makridakis, Spiliotis and Assimakopoulos 2020), with 90 % confidence.
fn echoes(values: &[f64], trend: &[f64], period: usize) -> bool {
    let rest: Vec<f64> = values.iter().zip(trend).map(|(value, trend)| value - trend).collect();
    let level = mean(&rest);
    let power: f64 = rest.iter().map(|value| (value - level).powi(2)).sum();
    if power == 0.0 {
        return false;
    }
    let echo = |lag: usize| {
        rest.iter().zip(&rest[lag..]).map(|(before, after)| (before - level) * (after - level)).sum::<f64>() / power
    };
    let shorter: f64 = (1..period).map(|lag| echo(lag).powi(2)).sum();
    echo(period) > 1.645 * ((1.0 + 2.0 * shorter) / rest.len() as f64).sqrt()
}

/// How STL takes a course apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// The season may change slowly, where there are periods enough to see that.
    Changing,
    /// The season stays the same, and outliers go into the rest alone.
    Steady,
}

/// A course of time without gaps, taken apart by STL (Cleveland et al. 1990).
pub(super) fn parts(values: &[f64], period: usize, manner: Manner) -> Result<Parts, InsightError> {
    let needed = 2 * period.max(2);
    if values.len() < needed || period < 2 {
        return Err(InsightError::TooFew { found: values.len(), needed });
    }
    let mut settings = stlrs::params();
    if manner == Manner::Steady || values.len() < MANY_PERIODS * period {
        // As R's `s.window = "periodic"`.
        settings.seasonal_length(10 * values.len() + 1).seasonal_degree(0);
    } else {
        settings.seasonal_length(11).seasonal_degree(1);
    }
    let fitted = settings.robust(manner == Manner::Steady).fit(values, period);
    // Its other errors are of settings.
    let fitted = fitted.map_err(|_| InsightError::TooFew { found: values.len(), needed })?;
    let (season, trend, rest, _) = fitted.into_parts();
    Ok(Parts { trend, season, rest })
}

impl Parts {
    /// How much of what the trend leaves is season.
    fn strength(&self) -> f64 {
        let moved: Vec<f64> = self.season.iter().zip(&self.rest).map(|(season, rest)| season + rest).collect();
        let all = variance(&moved);
        if all > 0.0 { (1.0 - variance(&self.rest) / all).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// The logarithms of a course whose season grows with its level, as that of sales often does: they have a steadier season.
pub(super) fn logarithms(values: &[f64], period: usize) -> Option<Vec<f64>> {
    if values.iter().any(|value| *value <= 0.0) {
        return None;
    }
    let logarithms: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let strength = |values: &[f64]| parts(values, period, Manner::Steady).map_or(0.0, |parts| parts.strength());
    (strength(&logarithms) > strength(values)).then_some(logarithms)
}

#[cfg(test)]
mod tests {
    use super::super::textbook::PASSENGERS;
    use super::*;

    #[test]
    fn passengers_fly_in_summer() {
        let found = season(&PASSENGERS, 12).unwrap();
        // statsmodels: STL(period=12, seasonal=11).
        assert!((found.strength - 0.9825).abs() < 0.005, "{}", found.strength);
        assert!(found.is_clear);
        assert_eq!((found.highest, found.lowest), (6, 10));
        assert!(found.pattern.iter().sum::<f64>().abs() < 1e-6);
        assert_eq!(find_season(&PASSENGERS, &[7, 12, 24]).unwrap().period, 12);
    }

    #[test]
    fn noise_and_lines_do_not_repeat() {
        // Without a pattern, by a simple generator.
        let mut state = 7_u64;
        let noise: Vec<f64> = (0..120)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f64
            })
            .collect();
        assert_eq!(find_season(&noise, &[7, 12]), None);
        let line: Vec<f64> = (0..60).map(f64::from).collect();
        assert_eq!(find_season(&line, &[12]), None);
        assert_eq!(season(&[1.0; 30], 7), Err(InsightError::NoVariation));
        assert_eq!(season(&[1.0, 2.0, 3.0], 2), Err(InsightError::TooFew { found: 3, needed: 4 }));
    }

    #[test]
    fn the_pattern_begins_with_the_first_step_even_where_that_is_a_gap() {
        let week = [0.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0];
        let mut series: Vec<f64> = week.iter().copied().cycle().take(70).collect();
        series[..3].fill(f64::NAN);
        assert_eq!(season(&series, 7).unwrap().highest, 4);
    }
}
