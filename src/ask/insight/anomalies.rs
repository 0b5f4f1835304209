//! What is unusual: single values far from the others, or from what a course of time lets one expect.

use super::InsightError;
use super::moments::{checked, filled, known, mean, median, median_and_spread, quantile_of_sorted, sorted, variance};
use super::season::{Manner, find_season, logarithms, parts};
use super::significance::{normal_quantile, student_quantile};
use super::trend::trend;

/// A modified z-score beyond this is called an outlier (Iglewicz and Hoaglin 1993).
const FAR: f64 = 3.5;
/// Where the quartiles lie this unevenly around the median, logarithms are looked at.
const SKEWED: f64 = 0.15;
/// The part of a course of time that can be unusual at most.
const MOST_UNUSUAL: f64 = 0.15;
/// And so many steps of it at most.
const MOST_FOUND: usize = 100;
/// How often a course without anything unusual is said to have it.
const ALARM: f64 = 0.001;
/// The smallest spread, as a share of the standard deviation of the whole course.
const SMALLEST: f64 = 0.01;
/// Where nothing repeats, what is left by the trend line is smoothed over this many steps.
const WINDOW: usize = 7;

/// An unusual value.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomaly {
    /// Its place in what was given.
    pub at: usize,
    /// The value.
    pub value: f64,
    /// What was to be expected.
    pub expected: f64,
    /// Below this, a value is unusual.
    pub low: f64,
    /// Above this, a value is unusual.
    pub high: f64,
    /// How far it is from what was to be expected, in robust standard deviations; below zero where it is lower.
    pub score: f64,
}

/// Values far from all others.
#[derive(Clone, Debug, PartialEq)]
pub struct Outliers {
    /// The outliers, the farthest first.
    pub found: Vec<Anomaly>,
    /// The middle of all values.
    pub center: f64,
    /// Below this, a value is an outlier.
    pub low: f64,
    /// Above this, a value is an outlier.
    pub high: f64,
    /// Whether logarithms were compared, since the values are skewed: "far" means many times as much then.
    pub by_ratio: bool,
    /// How many values there are.
    pub values: usize,
}

/// The values that lie far from all others, in whatever order they come: modified z-scores beyond 3.5, by the median and
/// the median distance from it (Iglewicz and Hoaglin 1993). Skewed values above zero, as amounts of money are, are compared
/// by their logarithms where these are less skewed.
///
/// # Errors
/// `TooFew` for fewer than eight values; `NotANumber`.
pub fn outliers(values: &[f64]) -> Result<Outliers, InsightError> {
    checked(values, 8)?;
    let logs: Vec<f64> = if values.iter().all(|value| *value > 0.0) && skew(values) > SKEWED {
        values.iter().map(|value| value.ln()).collect()
    } else {
        Vec::new()
    };
    let by_ratio = !logs.is_empty() && skew(&logs).abs() < skew(values).abs();
    let compared = if by_ratio { &logs } else { values };
    let (center, mut spread) = median_and_spread(compared).unwrap_or_default();
    if spread == 0.0 {
        // More than half are equal: their mean distance takes the place of the median one.
        let distances: Vec<f64> = compared.iter().map(|value| (value - center).abs()).collect();
        spread = mean(&distances) * 1.253_314;
    }
    let back = |value: f64| if by_ratio { value.exp() } else { value };
    let (low, high) = (back(center - FAR * spread), back(center + FAR * spread));
    let mut found = Vec::new();
    for (at, value) in compared.iter().enumerate() {
        let score = if spread > 0.0 { (value - center) / spread } else { 0.0 };
        if score.abs() > FAR {
            found.push(Anomaly { at, value: values[at], expected: back(center), low, high, score });
        }
    }
    found.sort_by(|left, right| right.score.abs().total_cmp(&left.score.abs()));
    Ok(Outliers { found, center: back(center), low, high, by_ratio, values: values.len() })
}

/// How unevenly the quartiles lie around the median, -1 to 1 (Bowley 1901).
fn skew(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    let at = |share: f64| quantile_of_sorted(&sorted, share).unwrap_or_default();
    let (low, middle, high) = (at(0.25), at(0.5), at(0.75));
    if high > low { (high + low - 2.0 * middle) / (high - low) } else { 0.0 }
}

/// The steps of a course of time that are unusual for where it goes and how it repeats itself, in the order of time.
///
/// Trend and season are taken out (STL, robust, of logarithms where the season grows with the level; a running median where
/// none of `periods` is clear), and the generalised ESD
/// test (Rosner 1983) with median and median distance finds what is far in the rest, as in the seasonal hybrid ESD of
/// Hochenbaum, Vallis and Kejariwal (2017).
///
/// # Errors
/// `TooFew` for fewer than ten known steps; `NotANumber`.
pub fn anomalies(series: &[f64], periods: &[usize]) -> Result<Vec<Anomaly>, InsightError> {
    known(series, 10)?;
    let (first, values) = filled(series);
    let season = find_season(series, periods);
    let logarithms = season.as_ref().and_then(|season| logarithms(&values, season.period));
    let compared = logarithms.as_deref().unwrap_or(&values);
    let back = |value: f64| if logarithms.is_some() { value.exp() } else { value };
    let parts = season.map(|season| parts(compared, season.period, Manner::Steady));
    let expected = match parts {
        Some(Ok(parts)) => parts.trend.iter().zip(&parts.season).map(|(trend, season)| trend + season).collect(),
        _ => slow_course(compared)?,
    };
    // What was put into a gap is not judged.
    let judged: Vec<usize> = (0..values.len()).filter(|place| !series[first + place].is_nan()).collect();
    let rest: Vec<f64> = judged.iter().map(|place| compared[*place] - expected[*place]).collect();
    let Some((center, spread)) = median_and_spread(&rest) else { return Ok(Vec::new()) };
    // Where a course is nearly as regular as a formula, its last digits are nothing unusual.
    let smallest = variance(compared).sqrt() * SMALLEST;
    let spread = spread.max(smallest);
    if spread == 0.0 {
        return Ok(Vec::new());
    }
    let limit = normal_quantile(1.0 - ALARM / (2.0 * rest.len() as f64)) * spread;
    let mut found = Vec::new();
    for place in extremes(&rest, smallest) {
        let step = judged[place];
        let expected = expected[step] + center;
        found.push(Anomaly {
            at: first + step,
            value: values[step],
            expected: back(expected),
            low: back(expected - limit),
            high: back(expected + limit),
            score: (compared[step] - expected) / spread,
        });
    }
    found.sort_by_key(|anomaly| anomaly.at);
    Ok(found)
}

/// The places of the values that the generalised ESD test takes for outliers.
fn extremes(values: &[f64], smallest: f64) -> Vec<usize> {
    let most = ((values.len() as f64 * MOST_UNUSUAL) as usize).clamp(1, MOST_FOUND);
    let mut left: Vec<usize> = (0..values.len()).collect();
    let (mut taken, mut outliers) = (Vec::new(), 0);
    for _ in 0..most {
        let kept: Vec<f64> = left.iter().map(|place| values[*place]).collect();
        let Some((center, spread)) = median_and_spread(&kept) else { break };
        let count = kept.len() as f64;
        let far = |place: &usize| (values[*place] - center).abs();
        let Some((index, farthest)) = left.iter().map(far).enumerate().max_by(|left, right| left.1.total_cmp(&right.1))
        else {
            break;
        };
        if farthest == 0.0 {
            break;
        }
        let t = student_quantile(1.0 - ALARM / (2.0 * count), count - 2.0);
        let critical = (count - 1.0) * t / ((count - 2.0 + t * t) * count).sqrt();
        taken.push(left.swap_remove(index));
        if farthest > critical * spread.max(smallest) {
            outliers = taken.len();
        }
    }
    taken.truncate(outliers);
    taken
}

/// Where a course goes in which nothing repeats: the trend line, and the running median of what it leaves.
fn slow_course(values: &[f64]) -> Result<Vec<f64>, InsightError> {
    let line = trend(values)?;
    let rest: Vec<f64> = values.iter().enumerate().map(|(step, value)| value - line.at(step as f64)).collect();
    let window = WINDOW.min(rest.len());
    let of_step = |step: usize| {
        // At both ends, of those nearest that are as many.
        let from = step.saturating_sub(window / 2).min(rest.len() - window);
        line.at(step as f64) + median(&rest[from..from + window]).unwrap_or_default()
    };
    Ok((0..rest.len()).map(of_step).collect())
}

#[cfg(test)]
mod tests {
    use super::super::textbook::PASSENGERS;
    use super::*;

    #[test]
    fn far_values_are_outliers() {
        let mut values = vec![10.0, 11.0, 9.0, 10.5, 9.5, 10.2, 9.8, 10.1];
        assert_eq!(outliers(&values).unwrap().found, []);
        values.push(25.0);
        values.push(-3.0);
        let found = outliers(&values).unwrap();
        assert_eq!(found.found.iter().map(|anomaly| anomaly.at).collect::<Vec<_>>(), [8, 9]);
        assert!(!found.by_ratio && found.found[1].score < 0.0 && found.low > -3.0 && found.high < 25.0);
        assert!(matches!(outliers(&values[..7]), Err(InsightError::TooFew { found: 7, needed: 8 })));
    }

    #[test]
    fn amounts_are_compared_by_ratio() {
        // A long tail as of invoices, and one that was mistyped by a factor of a hundred.
        let mut amounts: Vec<f64> = (0..200).map(|step| 50.0 * (f64::from(step % 40) / 12.0).exp()).collect();
        assert_eq!(outliers(&amounts).unwrap().found, []);
        amounts[17] *= 100.0;
        let found = outliers(&amounts).unwrap();
        assert!(found.by_ratio);
        assert_eq!(found.found.iter().map(|anomaly| anomaly.at).collect::<Vec<_>>(), [17]);
    }

    #[test]
    fn mostly_equal_values_have_outliers_too() {
        let mut values = vec![0.0; 50];
        values[7] = 40.0;
        assert_eq!(outliers(&values).unwrap().found[0].at, 7);
        assert_eq!(outliers(&[3.0; 9]).unwrap().found, []);
    }

    #[test]
    fn a_step_is_unusual_for_its_season() {
        // Weeks with a slow rise, and some noise.
        let week = [10.0, 12.0, 11.0, 13.0, 15.0, 4.0, 2.0];
        let noise = |step: i32| f64::from((step * step * 7 + step * 13) % 17) / 10.0;
        let mut series: Vec<f64> =
            (0..91).map(|step| week[step as usize % 7] * 10.0 + f64::from(step) * 0.2 + noise(step)).collect();
        assert_eq!(anomalies(&series, &[7]).unwrap(), []);
        // As high as a Monday, on a Sunday.
        series[48] += 80.0;
        series[20] = f64::NAN;
        let found = anomalies(&series, &[7]).unwrap();
        assert_eq!(found.iter().map(|anomaly| anomaly.at).collect::<Vec<_>>(), [48]);
        assert!(found[0].score > 3.0 && found[0].value > found[0].high && (found[0].expected - 30.0).abs() < 5.0);
    }

    #[test]
    fn a_season_that_grows_is_not_unusual() {
        let mut series = PASSENGERS.to_vec();
        series[94] += 120.0;
        let found = anomalies(&series, &[12]).unwrap();
        assert!(found.len() < 10, "{found:#?}");
        let farthest = found.iter().max_by(|one, other| one.score.total_cmp(&other.score)).unwrap();
        assert_eq!(farthest.at, 94);
        assert!((farthest.expected - 271.0).abs() < 25.0, "{farthest:?}");
    }

    #[test]
    fn a_trend_is_not_unusual() {
        let mut series: Vec<f64> = (0..40).map(|step| f64::from(step) * 5.0 + f64::from(step * step % 7)).collect();
        assert_eq!(anomalies(&series, &[7]).unwrap(), []);
        series[39] += 90.0;
        assert_eq!(anomalies(&series, &[7]).unwrap().iter().map(|anomaly| anomaly.at).collect::<Vec<_>>(), [39]);
        assert!(anomalies(&[5.0; 30], &[]).unwrap().is_empty());
        assert!(anomalies(&series[..5], &[]).is_err());
    }
}
