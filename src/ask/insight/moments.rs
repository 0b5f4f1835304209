//! Mean, spread, median, quantiles and ranks of numbers.

use super::InsightError;

/// Checks that there are enough values, and that all are finite.
pub(super) fn checked(values: &[f64], needed: usize) -> Result<(), InsightError> {
    if values.len() < needed {
        return Err(InsightError::TooFew { found: values.len(), needed });
    }
    if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(InsightError::NotANumber) }
}

/// Checks a course of time, where `NAN` is a gap, and gives the points that are known: step and value.
pub(super) fn known(series: &[f64], needed: usize) -> Result<Vec<(f64, f64)>, InsightError> {
    if series.iter().any(|value| value.is_infinite()) {
        return Err(InsightError::NotANumber);
    }
    let points: Vec<(f64, f64)> =
        series.iter().enumerate().filter(|(_, value)| !value.is_nan()).map(|(at, value)| (at as f64, *value)).collect();
    if points.len() < needed {
        return Err(InsightError::TooFew { found: points.len(), needed });
    }
    Ok(points)
}

/// A course of time without gaps: what is missing is put on the line between its neighbours, and left out at both ends.
/// Gives the place of its first value, too.
pub(super) fn filled(series: &[f64]) -> (usize, Vec<f64>) {
    let Some(first) = series.iter().position(|value| !value.is_nan()) else { return (0, Vec::new()) };
    let mut whole: Vec<f64> = Vec::with_capacity(series.len() - first);
    let mut gap = 0;
    for value in &series[first..] {
        if value.is_nan() {
            gap += 1;
            continue;
        }
        if let Some(before) = whole.last().copied() {
            let step = (value - before) / (gap + 1) as f64;
            whole.extend((1..=gap).map(|place| before + step * f64::from(place)));
        }
        gap = 0;
        whole.push(*value);
    }
    (first, whole)
}

/// The mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The variance of a sample: divided by n - 1. 0 of fewer than two values.
pub(super) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

/// The values in their order.
pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// A quantile of values, 0.5 being the median: linear between the nearest two (Hyndman and Fan's type 7, as NumPy, R and
/// spreadsheets have it). `None` of nothing.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    quantile_of_sorted(&sorted(values), share)
}

/// The median. `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

pub(super) fn quantile_of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
}

/// The median distance from the median, times 1.4826, by which it estimates the standard deviation of normal values
/// (Rousseeuw and Croux 1993). Gives the median, too.
pub(super) fn median_and_spread(values: &[f64]) -> Option<(f64, f64)> {
    let center = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    Some((center, median(&distances)? * 1.482_602_218_505_602))
}

/// Ranks from 1 on; equal values share the mean of theirs.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|left, right| values[*left].total_cmp(&values[*right]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] == values[order[start]] {
            end += 1;
        }
        let rank = (start + 1 + end) as f64 / 2.0;
        for place in &order[start..end] {
            ranks[*place] = rank;
        }
        start = end;
    }
    ranks
}

/// How many times each value that comes more than once does.
pub(super) fn ties(values: &[f64]) -> Vec<f64> {
    let sorted = sorted(values);
    sorted.chunk_by(|left, right| left == right).map(|run| run.len() as f64).filter(|count| *count > 1.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let values = [15.0, 20.0, 35.0, 40.0, 50.0];
        assert_eq!(quantile(&values, 0.4), Some(29.0));
        assert_eq!(quantile(&values, 0.25), Some(20.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[10.0, 20.0, 20.0, 5.0]), [2.0, 3.5, 3.5, 1.0]);
        assert_eq!(ties(&[1.0, 2.0, 2.0, 3.0, 3.0, 3.0]), [2.0, 3.0]);
    }

    #[test]
    fn gaps_are_bridged_and_ends_are_cut() {
        let (first, whole) = filled(&[f64::NAN, 1.0, f64::NAN, f64::NAN, 4.0, f64::NAN]);
        assert_eq!((first, whole), (1, vec![1.0, 2.0, 3.0, 4.0]));
    }
}
