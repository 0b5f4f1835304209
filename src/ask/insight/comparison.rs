//! Whether two groups or periods differ.

use super::InsightError;
use super::moments::{checked, mean, median, ranks, ties, variance};
use super::significance::{SIGNIFICANT, binomial_p, normal_p, student_p, student_quantile};

/// Two numbers beside each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The second less the first.
    pub absolute: f64,
    /// That as a share of the first; `None` where the first is zero, or the two lie on different sides of zero.
    pub share: Option<f64>,
}

/// What a group is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// How many values it has.
    pub values: usize,
    /// Their mean.
    pub mean: f64,
    /// Their median.
    pub median: f64,
    /// All of them together.
    pub total: f64,
    /// Their standard deviation.
    pub deviation: f64,
}

/// How two groups of values differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The first.
    pub first: Group,
    /// The second.
    pub second: Group,
    /// The mean of the second beside that of the first.
    pub difference: Difference,
    /// Where the difference of the means lies with 95 % confidence (Welch 1947).
    pub range: (f64, f64),
    /// How likely such a difference of means is by chance: Welch's t-test, which takes no equal spreads for granted.
    pub p_value: f64,
    /// How likely such a difference of ranks is by chance: Mann and Whitney's test (1947), normal with corrections for ties and
    /// continuity. Single outliers do not make it.
    pub rank_p_value: f64,
    /// The difference in standard deviations: Hedges' g (1981). 0.2 is small, 0.5 medium, 0.8 large.
    pub effect: f64,
}

impl Comparison {
    /// Whether means or ranks differ by more than chance.
    pub fn is_significant(&self) -> bool {
        self.p_value < SIGNIFICANT || self.rank_p_value < SIGNIFICANT
    }
}

/// How two shares or rates differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateComparison {
    /// The first share or rate.
    pub first: f64,
    /// The second.
    pub second: f64,
    /// The second beside the first.
    pub difference: Difference,
    /// How likely such a difference is by chance.
    pub p_value: f64,
}

impl RateComparison {
    /// Whether they differ by more than chance.
    pub fn is_significant(&self) -> bool {
        self.p_value < SIGNIFICANT
    }
}

/// Two numbers beside each other: by how much the second is more, and by which share.
pub fn difference(first: f64, second: f64) -> Difference {
    let share = (first != 0.0 && first * second >= 0.0).then(|| (second - first) / first.abs());
    Difference { absolute: second - first, share }
}

/// How two groups of values differ.
///
/// # Errors
/// `TooFew` where a group has fewer than three values; `NotANumber`; `NoVariation` where all values of both groups are equal.
pub fn compare_values(first: &[f64], second: &[f64]) -> Result<Comparison, InsightError> {
    checked(first, 3)?;
    checked(second, 3)?;
    let (one, two) = (group(first), group(second));
    let (many, more) = (one.values as f64, two.values as f64);
    let (of_first, of_second) = (one.deviation.powi(2) / many, two.deviation.powi(2) / more);
    let error = (of_first + of_second).sqrt();
    let gap = two.mean - one.mean;
    if error == 0.0 && gap == 0.0 {
        return Err(InsightError::NoVariation);
    }
    let freedom = (of_first + of_second).powi(2) / (of_first.powi(2) / (many - 1.0) + of_second.powi(2) / (more - 1.0));
    let (p_value, reach) = if error == 0.0 {
        (0.0, 0.0)
    } else {
        (student_p(gap / error, freedom), student_quantile(0.975, freedom) * error)
    };
    let pooled = ((many - 1.0) * one.deviation.powi(2) + (more - 1.0) * two.deviation.powi(2)) / (many + more - 2.0);
    let effect = if pooled > 0.0 {
        gap / pooled.sqrt() * (1.0 - 3.0 / (4.0 * (many + more) - 9.0))
    } else {
        f64::INFINITY.copysign(gap)
    };
    Ok(Comparison {
        first: one,
        second: two,
        difference: difference(one.mean, two.mean),
        range: (gap - reach, gap + reach),
        p_value,
        rank_p_value: rank_p(first, second),
        effect,
    })
}

fn group(values: &[f64]) -> Group {
    Group {
        values: values.len(),
        mean: mean(values),
        median: median(values).unwrap_or_default(),
        total: values.iter().sum(),
        deviation: variance(values).sqrt(),
    }
}

/// Mann and Whitney's test.
fn rank_p(first: &[f64], second: &[f64]) -> f64 {
    let all: Vec<f64> = first.iter().chain(second).copied().collect();
    let (many, more, count) = (first.len() as f64, second.len() as f64, all.len() as f64);
    let rank_sum: f64 = ranks(&all)[..first.len()].iter().sum();
    let u = rank_sum - many * (many + 1.0) / 2.0;
    let tied: f64 = ties(&all).iter().map(|tie| tie.powi(3) - tie).sum();
    let spread = (many * more / 12.0 * ((count + 1.0) - tied / (count * (count - 1.0)))).sqrt();
    let far = ((u - many * more / 2.0).abs() - 0.5).max(0.0);
    if spread > 0.0 { normal_p(far / spread) } else { 1.0 }
}

/// How two numbers of events differ, such as the complaints of two months, each counted over its own time (in whatever
/// unit; the same for both where they are equally long). By Przyborowski and Wilenski's exact test (1940): given all events,
/// those of the second fall into it as its share of the time says.
///
/// # Errors
/// `TooFew` where nothing has happened at all; `NotANumber` for a time that is not above zero.
pub fn compare_counts(first: u64, second: u64, times: (f64, f64)) -> Result<RateComparison, InsightError> {
    let all = first + second;
    if all == 0 {
        return Err(InsightError::TooFew { found: 0, needed: 1 });
    }
    if !(times.0 > 0.0 && times.1 > 0.0 && (times.0 + times.1).is_finite()) {
        return Err(InsightError::NotANumber);
    }
    let (one, two) = (first as f64 / times.0, second as f64 / times.1);
    let p_value = binomial_p(second, all, times.1 / (times.0 + times.1));
    Ok(RateComparison { first: one, second: two, difference: difference(one, two), p_value })
}

/// How two shares differ, each given as so many of so many. By the z-test of two proportions with the pooled share.
///
/// # Errors
/// `TooFew` where a group has fewer than five; `NotANumber` where more than all belong to a share.
pub fn compare_shares(first: (u64, u64), second: (u64, u64)) -> Result<RateComparison, InsightError> {
    let fewest = first.1.min(second.1);
    if fewest < 5 {
        return Err(InsightError::TooFew { found: fewest as usize, needed: 5 });
    }
    if first.0 > first.1 || second.0 > second.1 {
        return Err(InsightError::NotANumber);
    }
    let (many, more) = (first.1 as f64, second.1 as f64);
    let (one, two) = (first.0 as f64 / many, second.0 as f64 / more);
    let pooled = (first.0 + second.0) as f64 / (many + more);
    let error = (pooled * (1.0 - pooled) * (1.0 / many + 1.0 / more)).sqrt();
    let p_value = if error > 0.0 { normal_p((two - one) / error) } else { 1.0 };
    Ok(RateComparison { first: one, second: two, difference: difference(one, two), p_value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }

    #[test]
    fn groups_are_compared_as_scipy_does() {
        let first = [12.0, 15.0, 11.0, 18.0, 14.0, 13.0, 17.0];
        let second = [22.0, 19.0, 25.0, 17.0, 21.0, 24.0, 20.0, 23.0];
        let found = compare_values(&first, &second).unwrap();
        // ttest_ind(equal_var=False) and mannwhitneyu(method="asymptotic").
        near(found.p_value, 0.000_164_909_528_235_149);
        near(found.range.0, 4.164_083_728_574_709);
        near(found.range.1, 10.014_487_699_996_717);
        near(found.rank_p_value, 0.002_598_701_171_324_033);
        near(found.effect, 2.545_720_989_956_252);
        near(found.difference.absolute, 7.089_285_714_285_714);
        assert!(found.is_significant());
    }

    #[test]
    fn counts_and_shares_are_compared_as_scipy_and_statsmodels_do() {
        let found = compare_counts(15, 30, (1.0, 1.0)).unwrap();
        near(found.p_value, 0.035_697_803_555_194_696);
        near(found.difference.share.unwrap(), 1.0);
        near(compare_counts(15, 30, (2.0, 1.0)).unwrap().p_value, 8.228_661_404_080_484e-6);
        // Many events are compared by the normal distribution.
        let many = compare_counts(5_000, 5_200, (1.0, 1.0)).unwrap().p_value;
        assert!((many - 0.048_787_963_126_822_34).abs() < 1e-4, "{many}");
        let shares = compare_shares((45, 200), (30, 180)).unwrap();
        near(shares.p_value, 0.153_716_946_640_802_5);
        assert!(!shares.is_significant());
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        assert_eq!(compare_values(&[1.0, 2.0], &[1.0, 2.0, 3.0]), Err(InsightError::TooFew { found: 2, needed: 3 }));
        assert_eq!(compare_values(&[1.0; 3], &[1.0; 3]), Err(InsightError::NoVariation));
        assert_eq!(compare_counts(0, 0, (1.0, 1.0)), Err(InsightError::TooFew { found: 0, needed: 1 }));
        assert_eq!(compare_shares((1, 4), (1, 9)), Err(InsightError::TooFew { found: 4, needed: 5 }));
        assert_eq!(difference(0.0, 5.0).share, None);
        assert_eq!(difference(-10.0, 5.0).share, None);
        near(difference(-10.0, -5.0).share.unwrap(), 0.5);
    }
}
