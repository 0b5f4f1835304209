//! Whether two things go together.

use super::InsightError;
use super::moments::{checked, mean, ranks};
use super::significance::{SIGNIFICANT, normal_quantile, student_p};

/// The confidence interval takes four.
const FEWEST: usize = 4;

/// How closely two things go together, in words (after Cohen 1988, with a step more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// Less than 0.1, or not more than chance.
    None,
    /// Less than 0.3.
    Weak,
    /// Less than 0.5.
    Moderate,
    /// Less than 0.8.
    Strong,
    /// 0.8 or more.
    VeryStrong,
}

/// How two things go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// Pearson's: how well a straight line tells the one from the other, -1 to 1.
    pub pearson: f64,
    /// How likely that is by chance (Student's t with n - 2 degrees of freedom).
    pub pearson_p: f64,
    /// Where it lies with 95 % confidence (Fisher's z).
    pub pearson_range: (f64, f64),
    /// Spearman's, of ranks: whether the one rises with the other, in whatever shape; single outliers do not make it.
    pub spearman: f64,
    /// How likely that is by chance, by the same distribution.
    pub spearman_p: f64,
    /// The slope of the line of least squares: by how much the second changes where the first is larger by one.
    pub slope: f64,
    /// How many pairs there are.
    pub pairs: usize,
}

impl Correlation {
    /// Whether the ranks go together by more than chance.
    pub fn is_significant(&self) -> bool {
        self.spearman_p < SIGNIFICANT
    }

    /// How closely the ranks go together, in words.
    pub fn strength(&self) -> Strength {
        match self.spearman.abs() {
            _ if !self.is_significant() => Strength::None,
            ..0.1 => Strength::None,
            ..0.3 => Strength::Weak,
            ..0.5 => Strength::Moderate,
            ..0.8 => Strength::Strong,
            _ => Strength::VeryStrong,
        }
    }

    /// Whether outliers or a bend make the two kinds tell different things.
    pub fn disagrees(&self) -> bool {
        (self.pearson - self.spearman).abs() > 0.25
    }
}

/// How two courses of time go together where one is behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Lagged {
    /// By how many steps the second follows the first; below zero, the first follows the second.
    pub lag: i64,
    /// How they go together then.
    pub correlation: Correlation,
}

/// How two things go together, of which the values at each place belong together. Pairs with a `NAN` are left out.
///
/// # Errors
/// `TooFew` for fewer than four pairs, `NoVariation` where one of them never changes, `Lengths`.
pub fn correlation(left: &[f64], right: &[f64]) -> Result<Correlation, InsightError> {
    if left.len() != right.len() {
        return Err(InsightError::Lengths { left: left.len(), right: right.len() });
    }
    let pairs = left.iter().copied().zip(right.iter().copied());
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.filter(|(left, right)| !left.is_nan() && !right.is_nan()).unzip();
    checked(&left, FEWEST)?;
    checked(&right, FEWEST)?;
    let (pearson, slope) = pearson(&left, &right).ok_or(InsightError::NoVariation)?;
    let (spearman, _) = self::pearson(&ranks(&left), &ranks(&right)).ok_or(InsightError::NoVariation)?;
    let count = left.len() as f64;
    let p_value = |r: f64| student_p(r * ((count - 2.0) / (1.0 - r * r)).sqrt(), count - 2.0);
    let reach = normal_quantile(0.975) / (count - 3.0).sqrt();
    let pearson_range = ((pearson.atanh() - reach).tanh(), (pearson.atanh() + reach).tanh());
    Ok(Correlation {
        pearson,
        pearson_p: p_value(pearson),
        pearson_range,
        spearman,
        spearman_p: p_value(spearman),
        slope,
        pairs: left.len(),
    })
}

/// How two courses of time go together at each lag up to `most` steps either way, the closest first. Two courses that both
/// rise go together whatever they are: look at the changes of each, or at what [`trend`](super::trend) leaves.
///
/// The p-values are multiplied by the number of lags that were looked at (Bonferroni), since one of many is close by chance.
///
/// # Errors
/// As for [`correlation`], where no lag leaves enough pairs.
pub fn lags(left: &[f64], right: &[f64], most: usize) -> Result<Vec<Lagged>, InsightError> {
    if left.len() != right.len() {
        return Err(InsightError::Lengths { left: left.len(), right: right.len() });
    }
    let steps = left.len();
    let most = most.min(steps.saturating_sub(FEWEST));
    let mut found = vec![Lagged { lag: 0, correlation: correlation(left, right)? }];
    for lag in 1..=most {
        let behind = [
            (lag as i64, correlation(&left[..steps - lag], &right[lag..])),
            (-(lag as i64), correlation(&left[lag..], &right[..steps - lag])),
        ];
        found.extend(
            behind.into_iter().filter_map(|(lag, found)| found.ok().map(|correlation| Lagged { lag, correlation })),
        );
    }
    let looks = found.len() as f64;
    for lagged in &mut found {
        lagged.correlation.pearson_p = (lagged.correlation.pearson_p * looks).min(1.0);
        lagged.correlation.spearman_p = (lagged.correlation.spearman_p * looks).min(1.0);
    }
    found.sort_by(|left, right| {
        let closeness = |lagged: &Lagged| lagged.correlation.spearman.abs();
        closeness(right).total_cmp(&closeness(left)).then(left.lag.abs().cmp(&right.lag.abs()))
    });
    Ok(found)
}

/// Pearson's correlation, and the slope of the line of least squares.
fn pearson(left: &[f64], right: &[f64]) -> Option<(f64, f64)> {
    let (of_left, of_right) = (mean(left), mean(right));
    let (mut both, mut left_power, mut right_power) = (0.0, 0.0, 0.0);
    for (x, y) in left.iter().zip(right) {
        let (x, y) = (x - of_left, y - of_right);
        both += x * y;
        left_power += x * x;
        right_power += y * y;
    }
    let varies = left_power > 0.0 && right_power > 0.0;
    varies.then(|| ((both / (left_power * right_power).sqrt()).clamp(-1.0, 1.0), both / left_power))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }

    #[test]
    fn both_kinds_are_as_scipy_has_them() {
        let left: Vec<f64> = (1..=10).map(f64::from).collect();
        let right = [2.0, 1.0, 4.0, 3.0, 7.0, 8.0, 6.0, 9.0, 12.0, 30.0];
        let found = correlation(&left, &right).unwrap();
        near(found.pearson, 0.797_302_917_078_411_9);
        near(found.pearson_p, 0.005_736_247_695_452_396);
        near(found.pearson_range.0, 0.336_701_984_742_048_7);
        near(found.pearson_range.1, 0.950_017_626_942_982_4);
        near(found.spearman, 0.939_393_939_393_939_3);
        near(found.spearman_p, 5.484_052_998_513_669e-5);
        near(found.slope, 2.206_060_606_060_606);
        assert_eq!((found.strength(), found.is_significant(), found.disagrees()), (Strength::VeryStrong, true, false));
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        assert_eq!(correlation(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), Err(InsightError::TooFew { found: 3, needed: 4 }));
        assert_eq!(correlation(&[1.0; 5], &[1.0, 2.0, 3.0, 4.0, 5.0]), Err(InsightError::NoVariation));
        assert_eq!(correlation(&[1.0], &[]), Err(InsightError::Lengths { left: 1, right: 0 }));
        let perfect = correlation(&[1.0, 2.0, 3.0, 4.0], &[2.0, 4.0, 6.0, 8.0]).unwrap();
        near(perfect.pearson, 1.0);
        assert!(perfect.pearson_p < 1e-6 && perfect.pearson_range.1 <= 1.0, "{perfect:?}");
    }

    #[test]
    fn what_follows_two_steps_later_is_found() {
        let left = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0, 8.0, 9.0, 7.0, 9.0, 3.0];
        let mut right = [0.0; 16];
        for (step, value) in left.iter().enumerate().take(14) {
            right[step + 2] = value * 2.0;
        }
        let found = lags(&left, &right, 4).unwrap();
        assert_eq!(found[0].lag, 2);
        near(found[0].correlation.pearson, 1.0);
        assert_eq!(found.len(), 9);
        assert!(found[1].correlation.spearman_p > 0.05, "{:?}", found[1]);
    }
}
