//! Who comes first by several measures at once.

use super::InsightError;
use super::moments::{quantile_of_sorted, sorted};

/// A measure of all who are ranked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part<'a> {
    /// Its value for each, in their order; `NAN` where there is none.
    pub values: &'a [f64],
    /// How much it counts, beside the others.
    pub weight: f64,
    /// Whether smaller values count more.
    pub lower_is_more: bool,
}

/// A place in the ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Whose: the place in what was given.
    pub at: usize,
    /// The score, 0 to 1.
    pub score: f64,
    /// What each part adds to it, in the order of the parts. They add up to the score.
    pub adds: Vec<f64>,
}

/// Ranks by several measures, the highest score first. Those with equal scores keep their order.
///
/// Each measure is scaled to 0 to 1 over all: from the smallest to the largest value, or to Tukey's outer fence (three times
/// the middle half beyond the quartiles) where that is nearer, so that a single outlier does not make all others equal. Who
/// has no value of a measure gets nothing for it. A measure of which all values are equal says nothing, and gives nothing.
///
/// # Errors
/// `Lengths` where measures have different numbers of values, `NotANumber` where the weights do not add up to more than
/// zero, or a value is infinite.
pub fn rank(parts: &[Part<'_>]) -> Result<Vec<Ranked>, InsightError> {
    let count = parts.first().map_or(0, |part| part.values.len());
    if let Some(other) = parts.iter().find(|part| part.values.len() != count) {
        return Err(InsightError::Lengths { left: count, right: other.values.len() });
    }
    let weight: f64 = parts.iter().map(|part| part.weight).sum();
    let sound = parts.iter().all(|part| part.weight >= 0.0 && !part.values.iter().any(|value| value.is_infinite()));
    if !sound || (weight <= 0.0 && !parts.is_empty()) {
        return Err(InsightError::NotANumber);
    }
    let mut ranked: Vec<Ranked> =
        (0..count).map(|at| Ranked { at, score: 0.0, adds: Vec::with_capacity(parts.len()) }).collect();
    for part in parts {
        let scale = Scale::of(part.values);
        for (row, value) in ranked.iter_mut().zip(part.values) {
            let add = scale.place(*value, part.lower_is_more) * part.weight / weight;
            row.score += add;
            row.adds.push(add);
        }
    }
    ranked.sort_by(|left, right| right.score.total_cmp(&left.score));
    Ok(ranked)
}

/// From where to where a measure counts.
struct Scale {
    from: f64,
    to: f64,
}

impl Scale {
    fn of(values: &[f64]) -> Self {
        let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        let sorted = sorted(&known);
        let at = |share: f64| quantile_of_sorted(&sorted, share).unwrap_or_default();
        let (smallest, lower, upper, largest) = (at(0.0), at(0.25), at(0.75), at(1.0));
        let fence = 3.0 * (upper - lower);
        if fence == 0.0 {
            return Self { from: smallest, to: largest };
        }
        Self { from: smallest.max(lower - fence), to: largest.min(upper + fence) }
    }

    fn place(&self, value: f64, lower_is_more: bool) -> f64 {
        let range = self.to - self.from;
        if value.is_nan() || range <= 0.0 {
            return 0.0;
        }
        let place = ((value - self.from) / range).clamp(0.0, 1.0);
        if lower_is_more { 1.0 - place } else { place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_scaled_and_weighed() {
        let fall = [-0.9, 0.0, 0.1, -0.5];
        let complaints = [2.0, 8.0, 0.0, f64::NAN];
        let parts = [
            Part { values: &fall, weight: 3.0, lower_is_more: true },
            Part { values: &complaints, weight: 1.0, lower_is_more: false },
        ];
        let ranked = rank(&parts).unwrap();
        let order: Vec<usize> = ranked.iter().map(|row| row.at).collect();
        assert_eq!(order, [0, 3, 1, 2]);
        assert!((ranked[0].score - (0.75 + 0.25 * 0.25)).abs() < 1e-12, "{ranked:?}");
        assert_eq!(ranked[3].score, 0.0);
        for row in &ranked {
            assert!((row.adds.iter().sum::<f64>() - row.score).abs() < 1e-12);
        }
        assert_eq!(ranked[1].adds[1], 0.0);
    }

    #[test]
    fn one_outlier_does_not_make_all_others_equal() {
        let mut values: Vec<f64> = (0..20).map(f64::from).collect();
        values.push(1e9);
        let ranked = rank(&[Part { values: &values, weight: 1.0, lower_is_more: false }]).unwrap();
        assert_eq!(ranked[0].at, 20);
        assert!(ranked[1].score > 0.3, "{ranked:?}");
    }

    #[test]
    fn what_cannot_be_ranked_is_said() {
        assert_eq!(rank(&[]), Ok(Vec::new()));
        let part = |values, weight| Part { values, weight, lower_is_more: false };
        assert!(rank(&[part(&[1.0][..], 0.0)]).is_err());
        assert!(rank(&[part(&[1.0][..], 1.0), part(&[][..], 1.0)]).is_err());
        assert_eq!(rank(&[part(&[5.0, 5.0][..], 1.0)]).unwrap()[0].score, 0.0);
    }
}
