//! Whether a course of time rises or falls, and how fast.

use super::InsightError;
use super::moments::{known, mean, median, quantile_of_sorted, ties};
use super::significance::{SIGNIFICANT, normal_p, normal_quantile};

/// More points than this are averaged with their neighbours first: every point is compared with every other one.
const MOST_POINTS: usize = 2_000;
/// Up to this many points without ties, the p-value is exact.
const EXACT_POINTS: usize = 30;

/// Which way a course goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Up.
    Rising,
    /// Down.
    Falling,
    /// Neither way that could not be chance.
    Flat,
}

/// Which way a course of time goes, and how fast.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Which way: flat unless `p_value` is significant.
    pub direction: Direction,
    /// By how much it changes in a step: the median of the slopes between all pairs of points (Theil 1950, Sen 1968), which
    /// single outliers do not move.
    pub slope: f64,
    /// Where the slope lies with 95 % confidence (Sen 1968).
    pub slope_range: (f64, f64),
    /// The value of the trend line at step 0.
    pub intercept: f64,
    /// How likely such an order is by chance: Mann and Kendall's test, exact for few points without ties, otherwise with the
    /// correction for ties.
    pub p_value: f64,
    /// Kendall's tau-b between time and value: 1 where every point is above all before it, -1 where below.
    pub tau: f64,
    /// Where the trend line begins: at the first known point.
    pub from: f64,
    /// Where it ends: at the last known point.
    pub to: f64,
    /// `to` less `from`, as a share of `from`; `None` where the line begins at zero or changes its sign.
    pub change_share: Option<f64>,
    /// The first known value and the last, as they are.
    pub ends: (f64, f64),
    /// How many points are known.
    pub points: usize,
}

impl Trend {
    /// Whether it goes up or down by more than chance.
    pub fn is_significant(&self) -> bool {
        self.p_value < SIGNIFICANT
    }

    /// The trend line at a step.
    pub fn at(&self, step: f64) -> f64 {
        self.intercept + self.slope * step
    }
}

/// Which way a course of time goes.
///
/// # Errors
/// `TooFew` for fewer than three points.
pub fn trend(series: &[f64]) -> Result<Trend, InsightError> {
    let all = known(series, 3)?;
    let points = thinned(&all);
    let (mut slopes, mut order) = (Vec::with_capacity(points.len() * (points.len() - 1) / 2), 0_i64);
    for (place, (at, value)) in points.iter().enumerate() {
        for (later, after) in &points[place + 1..] {
            slopes.push((after - value) / (later - at));
            order += after.partial_cmp(value).map_or(0, |ordering| ordering as i64);
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let slope = quantile_of_sorted(&slopes, 0.5).unwrap_or_default();
    let values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let rests: Vec<f64> = points.iter().map(|(at, value)| value - slope * at).collect();
    let intercept = median(&rests).unwrap_or_default();

    let count = points.len() as f64;
    let ties = ties(&values);
    let pairs = count * (count - 1.0) / 2.0;
    let tied: f64 = ties.iter().map(|tie| tie * (tie - 1.0) / 2.0).sum();
    let spread_of = |many: f64| many * (many - 1.0) * (2.0 * many + 5.0);
    let spread = ((spread_of(count) - ties.iter().copied().map(spread_of).sum::<f64>()) / 18.0).sqrt();
    let p_value = if spread == 0.0 {
        1.0
    } else if ties.is_empty() && points.len() <= EXACT_POINTS {
        exact_p(points.len(), order)
    } else {
        normal_p(((order.abs() - 1).max(0)) as f64 / spread)
    };
    let tau = if pairs > tied { order as f64 / (pairs * (pairs - tied)).sqrt() } else { 0.0 };
    let direction = match order {
        _ if p_value >= SIGNIFICANT => Direction::Flat,
        1.. => Direction::Rising,
        _ => Direction::Falling,
    };

    // The places of the two slopes between which the true one lies.
    let reach = normal_quantile(0.975) * spread;
    let below = (((slopes.len() as f64 - reach) / 2.0).round() as usize).saturating_sub(1);
    let above = (((slopes.len() as f64 + reach) / 2.0).round() as usize).min(slopes.len() - 1);
    let (first, last) = (all[0], all[all.len() - 1]);
    let (from, to) = (intercept + slope * first.0, intercept + slope * last.0);
    let change_share = (from != 0.0 && from * to > 0.0).then(|| (to - from) / from.abs());
    Ok(Trend {
        direction,
        slope,
        slope_range: (slopes[below], slopes[above]),
        intercept,
        p_value,
        tau,
        from,
        to,
        change_share,
        ends: (first.1, last.1),
        points: all.len(),
    })
}

/// So many points that all pairs can be looked at.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let together = points.len().div_ceil(MOST_POINTS);
    if together == 1 {
        return points.to_vec();
    }
    let middle = |points: &[(f64, f64)]| {
        let (places, values): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
        (mean(&places), mean(&values))
    };
    points.chunks(together).map(middle).collect()
}

/// How likely it is that random orders of so many points have as many more rising than falling pairs, or as many fewer.
fn exact_p(points: usize, order: i64) -> f64 {
    let pairs = points * (points - 1) / 2;
    // How likely each number of falling pairs is, point by point (MacMahon).
    let mut chances = vec![0.0; pairs + 1];
    chances[0] = 1.0;
    for many in 2..=points {
        let before = chances.clone();
        for (falling, chance) in chances.iter_mut().enumerate() {
            let from = falling.saturating_sub(many - 1);
            *chance = before[from..=falling].iter().sum::<f64>() / many as f64;
        }
    }
    let falling = (pairs as i64 - order.abs()) / 2;
    let tail: f64 = chances[..=usize::try_from(falling).unwrap_or_default()].iter().sum();
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }

    #[test]
    fn a_rising_course_is_as_scipy_has_it() {
        // scipy.stats.theilslopes and kendalltau(method="exact").
        let found = trend(&[3.0, 5.0, 4.0, 6.0, 8.0, 7.0, 9.0, 12.0, 11.0, 13.0]).unwrap();
        near(found.slope, 1.0);
        near(found.intercept, 3.0);
        near(found.slope_range.0, 0.8);
        near(found.slope_range.1, 4.0 / 3.0);
        near(found.tau, 0.866_666_666_666_666_6);
        near(found.p_value, 0.000_115_189_594_356_261_02);
        assert_eq!((found.direction, found.points, found.ends), (Direction::Rising, 10, (3.0, 13.0)));
        near(found.change_share.unwrap(), 3.0);
    }

    #[test]
    fn ties_are_reckoned_with() {
        let found = trend(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 2.0, 4.0, 5.0, 5.0, 4.0, 6.0]).unwrap();
        near(found.slope, 0.5);
        near(found.tau, 0.817_282_505_241_866_9);
        near(found.p_value, 0.000_479_146_434_587_300_1);
    }

    #[test]
    fn few_or_wild_points_are_no_trend() {
        assert_eq!(trend(&[1.0, f64::NAN, 2.0]), Err(InsightError::TooFew { found: 2, needed: 3 }));
        assert_eq!(trend(&[1.0, 2.0, 3.0, 4.0]).unwrap().direction, Direction::Flat);
        assert_eq!(trend(&[5.0, 1.0, 4.0, 2.0, 6.0, 3.0]).unwrap().direction, Direction::Flat);
        let same = trend(&[7.0; 5]).unwrap();
        assert_eq!((same.direction, same.slope, same.p_value), (Direction::Flat, 0.0, 1.0));
    }

    #[test]
    fn a_gap_keeps_its_place_and_an_outlier_moves_nothing() {
        let found = trend(&[10.0, 9.0, f64::NAN, 7.0, 600.0, 5.0, 4.0, 3.0]).unwrap();
        near(found.slope, -1.0);
        assert_eq!(found.direction, Direction::Falling);
        near(found.at(2.0), 8.0);
    }

    #[test]
    fn a_long_course_is_taken_together() {
        let long: Vec<f64> = (0..9_000).map(|step| f64::from(step) * 0.25).collect();
        near(trend(&long).unwrap().slope, 0.25);
    }
}
