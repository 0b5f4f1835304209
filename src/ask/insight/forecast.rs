//! What comes next in a course of time, and how far it may be from that.

use augurs::ets::AutoETS;
use augurs::{Fit, Predict};

use super::InsightError;
use super::moments::{filled, known, mean, variance};
use super::season::{Manner, find_season, logarithms, parts};
use super::significance::{normal_quantile, student_quantile};
use super::trend::trend;

/// Exponential smoothing takes more points than this.
const FEW: usize = 10;
/// What is longer is cut: older values say little about what comes next.
const LONGEST: usize = 3_000;

/// By what a forecast is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForecastModel {
    /// The mean goes on: there are few points, and no trend in them.
    Mean,
    /// The line of least squares goes on: there are few points with a trend.
    Line,
    /// Exponential smoothing (ETS), the form of it that fits best.
    Smoothing,
    /// The season as STL has it, and exponential smoothing of the rest.
    SeasonAndSmoothing,
}

impl ForecastModel {
    /// What it is called in answers.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Mean => "the mean of the few values there are",
            Self::Line => "a straight line through the few values there are",
            Self::Smoothing => "exponential smoothing",
            Self::SeasonAndSmoothing => "the season and exponential smoothing",
        }
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The steps that follow the last known one.
    pub points: Vec<ForecastPoint>,
    /// By what they were made.
    pub model: ForecastModel,
    /// The period of the season that was found.
    pub period: Option<usize>,
    /// How many known values it rests on.
    pub values: usize,
    /// The mean absolute error that such a forecast of the last steps has, made from those before them, as a share of their
    /// mean size. `None` where there are too few steps to try, or they are all zero.
    pub typical_error: Option<f64>,
}

/// A step that is yet to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForecastPoint {
    /// What is to be expected.
    pub value: f64,
    /// Where it lies with a probability of 80 %.
    pub range_80: (f64, f64),
    /// Where it lies with a probability of 95 %.
    pub range_95: (f64, f64),
}

/// When a forecast comes to a value, counted in steps from 1; `None` for what does not within its horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When the middle of the forecast is there.
    pub expected: Option<usize>,
    /// When its better edge (80 %) is.
    pub earliest: Option<usize>,
    /// When its worse edge (80 %) is.
    pub latest: Option<usize>,
}

impl Forecast {
    /// When the forecast reaches a value: comes up to it, or with `falling` down to it.
    pub fn arrival(&self, target: f64, falling: bool) -> Arrival {
        let first = |of: fn(&ForecastPoint) -> f64| {
            let there = |point: &ForecastPoint| if falling { of(point) <= target } else { of(point) >= target };
            self.points.iter().position(there).map(|place| place + 1)
        };
        let (low, high) = (first(|point| point.range_80.0), first(|point| point.range_80.1));
        let (earliest, latest) = if falling { (low, high) } else { (high, low) };
        Arrival { expected: first(|point| point.value), earliest, latest }
    }
}

/// What comes next in a course of time: `horizon` steps, with a season where one of `periods` is clear. What cannot be below
/// `floor` is not forecast below it.
///
/// The model is ETS with additive errors, chosen by its corrected information criterion among level, trend and damped trend
/// (Hyndman, Koehler, Snyder and Grose 2002, by the library `augurs`); a season is taken out by STL first and put back at the
/// end, of the logarithms where it grows with the level. Fewer than eleven values are continued by their line or mean, with the interval that Student's t gives them.
///
/// # Errors
/// `TooFew` for fewer than three known values; `NotANumber`.
pub fn forecast(
    series: &[f64],
    horizon: usize,
    periods: &[usize],
    floor: Option<f64>,
) -> Result<Forecast, InsightError> {
    let count = known(series, 3)?.len();
    let (_, mut values) = filled(series);
    values.drain(..values.len().saturating_sub(LONGEST));
    let (mut points, model, period) = continued(&values, horizon, periods);
    let typical_error = tried(&values, horizon, periods);
    if let Some(floor) = floor {
        for point in &mut points {
            for value in [
                &mut point.value,
                &mut point.range_80.0,
                &mut point.range_80.1,
                &mut point.range_95.0,
                &mut point.range_95.1,
            ] {
                *value = value.max(floor);
            }
        }
    }
    Ok(Forecast { points, model, period, values: count, typical_error })
}

fn continued(values: &[f64], horizon: usize, periods: &[usize]) -> (Vec<ForecastPoint>, ForecastModel, Option<usize>) {
    if values.len() > FEW {
        if let Some(season) = find_season(values, periods)
            && let Some(points) = with_season(values, horizon, season.period)
        {
            return (points, ForecastModel::SeasonAndSmoothing, Some(season.period));
        }
        if let Some(points) = smoothed(values, horizon) {
            return (points, ForecastModel::Smoothing, None);
        }
    }
    let is_trend = values.len() > 3 && trend(values).is_ok_and(|trend| trend.is_significant());
    if is_trend {
        (line(values, horizon), ForecastModel::Line, None)
    } else {
        (level(values, horizon), ForecastModel::Mean, None)
    }
}

/// How far a forecast of the last steps would have been from them.
fn tried(values: &[f64], horizon: usize, periods: &[usize]) -> Option<f64> {
    let held = horizon.min(values.len() / 4);
    let (before, after) = values.split_at(values.len() - held);
    let size = mean(&after.iter().map(|value| value.abs()).collect::<Vec<_>>());
    if held == 0 || before.len() < 6 || size == 0.0 {
        return None;
    }
    let (points, ..) = continued(before, held, periods);
    let errors: Vec<f64> = points.iter().zip(after).map(|(point, value)| (point.value - value).abs()).collect();
    Some(mean(&errors) / size)
}

fn with_season(values: &[f64], horizon: usize, period: usize) -> Option<Vec<ForecastPoint>> {
    let logarithms = logarithms(values, period);
    let is_logarithm = logarithms.is_some();
    let values = logarithms.as_deref().unwrap_or(values);
    let parts = parts(values, period, Manner::Changing).ok()?;
    let adjusted: Vec<f64> = values.iter().zip(&parts.season).map(|(value, season)| value - season).collect();
    let mut points = smoothed(&adjusted, horizon)?;
    let last = &parts.season[values.len() - period..];
    for (point, season) in points.iter_mut().zip(last.iter().cycle()) {
        *point = shifted(point, |value| if is_logarithm { (value + season).exp() } else { value + season });
    }
    Some(points)
}

/// Exponential smoothing. The values are put to mean 0 and deviation 1 for it, which its search likes.
fn smoothed(values: &[f64], horizon: usize) -> Option<Vec<ForecastPoint>> {
    let (center, spread) = (mean(values), variance(values).sqrt());
    if spread == 0.0 || horizon == 0 {
        return None;
    }
    let scaled: Vec<f64> = values.iter().map(|value| (value - center) / spread).collect();
    let fitted = AutoETS::new(1, "AZN").ok()?.fit(&scaled).ok()?;
    let narrow = fitted.predict(horizon, 0.8).ok()?;
    let wide = fitted.predict(horizon, 0.95).ok()?;
    let (range_80, range_95) = (narrow.intervals?, wide.intervals?);
    let points = (0..horizon).map(|step| {
        let point = ForecastPoint {
            value: *narrow.point.get(step)?,
            range_80: (*range_80.lower.get(step)?, *range_80.upper.get(step)?),
            range_95: (*range_95.lower.get(step)?, *range_95.upper.get(step)?),
        };
        let ends = [point.value, point.range_80.0, point.range_80.1, point.range_95.0, point.range_95.1];
        ends.iter().all(|end| end.is_finite()).then(|| shifted(&point, |value| value * spread + center))
    });
    points.collect()
}

fn shifted(point: &ForecastPoint, by: impl Fn(f64) -> f64) -> ForecastPoint {
    ForecastPoint {
        value: by(point.value),
        range_80: (by(point.range_80.0), by(point.range_80.1)),
        range_95: (by(point.range_95.0), by(point.range_95.1)),
    }
}

/// The line of least squares goes on, with its prediction interval.
fn line(values: &[f64], horizon: usize) -> Vec<ForecastPoint> {
    let count = values.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let level = mean(values);
    let along: f64 = (0..values.len()).map(|step| (step as f64 - middle).powi(2)).sum();
    let slope: f64 =
        values.iter().enumerate().map(|(step, value)| (step as f64 - middle) * (value - level)).sum::<f64>() / along;
    let at = |step: f64| level + slope * (step - middle);
    let freedom = count - 2.0;
    let rest: f64 = values.iter().enumerate().map(|(step, value)| (value - at(step as f64)).powi(2)).sum();
    let spread = (rest / freedom).sqrt();
    (0..horizon)
        .map(|ahead| {
            let step = count + ahead as f64;
            let error = spread * (1.0 + 1.0 / count + (step - middle).powi(2) / along).sqrt();
            point(at(step), error, freedom)
        })
        .collect()
}

/// The mean goes on, with its prediction interval.
fn level(values: &[f64], horizon: usize) -> Vec<ForecastPoint> {
    let count = values.len() as f64;
    let error = variance(values).sqrt() * (1.0 + 1.0 / count).sqrt();
    vec![point(mean(values), error, count - 1.0); horizon]
}

fn point(value: f64, error: f64, freedom: f64) -> ForecastPoint {
    let range = |share: f64| {
        let far = if freedom > 0.0 { student_quantile(share, freedom) } else { normal_quantile(share) };
        (value - far * error, value + far * error)
    };
    ForecastPoint { value, range_80: range(0.9), range_95: range(0.975) }
}

#[cfg(test)]
mod tests {
    use super::super::textbook::{NILE, PASSENGERS};
    use super::*;

    fn near(found: f64, expected: f64, share: f64) {
        assert!((found - expected).abs() <= share * expected.abs(), "{found} instead of {expected}");
    }

    #[test]
    fn passengers_are_forecast_as_statsmodels_does() {
        let found = forecast(&PASSENGERS, 6, &[12], Some(0.0)).unwrap();
        assert_eq!((found.model, found.period, found.values), (ForecastModel::SeasonAndSmoothing, Some(12), 144));
        // STL of the logarithms (period 12, seasonal 11) and ETS(A,A,N) of what it leaves.
        for (point, expected) in found.points.iter().zip([452.19, 424.55, 477.39, 491.32, 514.17, 596.78]) {
            near(point.value, expected, 0.03);
            assert!(point.range_95.0 < point.range_80.0 && point.range_80.0 < point.value);
            assert!(point.value < point.range_80.1 && point.range_80.1 < point.range_95.1);
        }
        assert!(found.typical_error.unwrap() < 0.1, "{found:?}");
    }

    #[test]
    fn a_level_is_forecast_as_statsmodels_does() {
        let found = forecast(&NILE, 3, &[], None).unwrap();
        assert_eq!(found.model, ForecastModel::Smoothing);
        // ETSModel(error="add"), get_prediction.
        near(found.points[0].value, 805.0, 0.02);
        near(found.points[0].range_95.0, 524.9, 0.05);
        near(found.points[0].range_95.1, 1_085.1, 0.05);
        near(found.points[2].range_80.1, 998.95, 0.05);
    }

    #[test]
    fn few_values_go_on_as_a_line_or_as_their_mean() {
        // statsmodels: OLS, obs_ci of get_prediction.
        let found = forecast(&[10.0, 12.0, 13.0, 15.0, 18.0, 19.0], 3, &[12], None).unwrap();
        assert_eq!(found.model, ForecastModel::Line);
        near(found.points[0].value, 21.0, 1e-9);
        near(found.points[2].range_95.0, 22.189_077, 1e-6);
        near(found.points[2].range_95.1, 27.239_494, 1e-6);
        near(found.points[1].range_80.0, 21.607_843, 1e-6);
        let mean = forecast(&[4.0, 8.0, 6.0], 2, &[], None).unwrap();
        assert_eq!((mean.model, mean.points[1].value), (ForecastModel::Mean, 6.0));
        assert_eq!(forecast(&[4.0, f64::NAN, 6.0], 2, &[], None), Err(InsightError::TooFew { found: 2, needed: 3 }));
    }

    #[test]
    fn counts_do_not_fall_below_nothing_and_what_is_constant_stays_so() {
        let falling: Vec<f64> = (0..15).map(|step| f64::from(30 - 2 * step)).collect();
        let found = forecast(&falling, 8, &[], Some(0.0)).unwrap();
        assert!(found.points.iter().all(|point| point.value >= 0.0 && point.range_95.0 >= 0.0));
        let same = forecast(&[5.0; 20], 2, &[7], None).unwrap();
        assert_eq!((same.points[0].value, same.points[1].range_95), (5.0, (5.0, 5.0)));
    }

    #[test]
    fn it_tells_when_something_is_reached() {
        let done: Vec<f64> = (0..12).map(|step| f64::from(step * 5) + f64::from(step % 2)).collect();
        let arrival = forecast(&done, 20, &[], None).unwrap().arrival(80.0, false);
        assert!(arrival.expected.is_some_and(|steps| (4..=7).contains(&steps)), "{arrival:?}");
        assert!(arrival.earliest <= arrival.expected);
        assert_eq!(forecast(&[1.0, 2.0, 1.0], 3, &[], None).unwrap().arrival(50.0, false).expected, None);
    }
}
