//! How values are spread.

use super::InsightError;
use super::moments::{checked, mean, quantile_of_sorted, sorted, variance};

/// No histogram has more bars: they would be too thin to see.
const MOST_BINS: f64 = 40.0;
/// Fewer bars than this say little.
const FEWEST_BINS: f64 = 5.0;

/// How values are spread.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// How many there are.
    pub values: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// The smallest.
    pub smallest: f64,
    /// Below this lies a tenth.
    pub tenth: f64,
    /// Below this lies a quarter.
    pub lower_quartile: f64,
    /// Below this lies half.
    pub median: f64,
    /// Above this lies a quarter.
    pub upper_quartile: f64,
    /// Above this lies a tenth.
    pub ninth_tenth: f64,
    /// The largest.
    pub largest: f64,
    /// Which way it leans: above 0, few large values stand beside many small ones. The adjusted coefficient of Fisher and
    /// Pearson, as spreadsheets have it; `None` for fewer than three values or none that differ.
    pub skewness: Option<f64>,
    /// The bars of a histogram, from the lowest on. Each begins with its lower end; the last has its upper end, too.
    pub bins: Vec<Bin>,
}

/// A bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Its lower end.
    pub from: f64,
    /// Its upper end.
    pub to: f64,
    /// How many values lie in it.
    pub count: usize,
}

/// How values are spread. The bars are as wide as Freedman and Diaconis (1981) say, rounded to a width that people count in:
/// 1, 2, 2.5 or 5 times a power of ten.
///
/// # Errors
/// `TooFew` for none; `NotANumber`.
pub fn distribution(values: &[f64]) -> Result<Distribution, InsightError> {
    checked(values, 1)?;
    let sorted = sorted(values);
    let at = |share: f64| quantile_of_sorted(&sorted, share).unwrap_or_default();
    let (count, mean, deviation) = (values.len() as f64, mean(values), variance(values).sqrt());
    let skewness = (values.len() > 2 && deviation > 0.0).then(|| {
        let cubes: f64 = values.iter().map(|value| ((value - mean) / deviation).powi(3)).sum();
        count / ((count - 1.0) * (count - 2.0)) * cubes
    });
    Ok(Distribution {
        values: values.len(),
        mean,
        deviation,
        smallest: at(0.0),
        tenth: at(0.1),
        lower_quartile: at(0.25),
        median: at(0.5),
        upper_quartile: at(0.75),
        ninth_tenth: at(0.9),
        largest: at(1.0),
        skewness,
        bins: bins(&sorted, at(0.75) - at(0.25)),
    })
}

fn bins(sorted: &[f64], middle_half: f64) -> Vec<Bin> {
    let (smallest, largest) = (sorted[0], sorted[sorted.len() - 1]);
    let range = largest - smallest;
    if range == 0.0 || !range.is_finite() {
        return vec![Bin { from: smallest, to: largest, count: sorted.len() }];
    }
    let wanted = 2.0 * middle_half / (sorted.len() as f64).cbrt();
    let mut width = round_width(wanted.clamp(range / MOST_BINS, range / FEWEST_BINS));
    // Whole numbers are not cut in between, and each has its own bar where there are few.
    let whole = sorted.iter().all(|value| value.fract() == 0.0);
    if whole && (width < 1.0 || range <= 10.0) {
        width = 1.0;
    }
    let from = (smallest / width).floor();
    let mut many = ((largest / width).floor() - from) as usize + 1;
    // The largest value alone gets no bar, where it is just the end of the one before.
    if many > 1 && !(whole && width == 1.0) && (from + (many - 1) as f64) * width >= largest {
        many -= 1;
    }
    let mut bins: Vec<Bin> = (0..many)
        .map(|place| Bin { from: (from + place as f64) * width, to: (from + place as f64 + 1.0) * width, count: 0 })
        .collect();
    for value in sorted {
        let place = ((value / width).floor() - from).max(0.0) as usize;
        bins[place.min(many - 1)].count += 1;
    }
    bins
}

/// The width that people count in which is nearest.
fn round_width(width: f64) -> f64 {
    let power = 10_f64.powf(width.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    let distance = |step: &f64| (step * power / width).ln().abs();
    steps.into_iter().min_by(|left, right| distance(left).total_cmp(&distance(right))).unwrap_or(1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_numpy_and_scipy() {
        let found = distribution(&[2.0, 4.0, 4.0, 5.0, 7.0, 9.0, 30.0]).unwrap();
        assert!((found.deviation - 9.655_987_533_033_336).abs() < 1e-9);
        assert!((found.skewness.unwrap() - 2.352_152_948_920_277_8).abs() < 1e-9);
        assert_eq!((found.lower_quartile, found.median, found.upper_quartile), (4.0, 5.0, 8.0));
        assert_eq!(found.bins.iter().map(|bin| bin.count).sum::<usize>(), 7);
    }

    #[test]
    fn bars_have_widths_that_people_count_in() {
        let values: Vec<f64> = (0..1_000).map(|step| f64::from(step) * 0.137).collect();
        let bins = distribution(&values).unwrap().bins;
        let width = bins[0].to - bins[0].from;
        assert_eq!((bins[0].from, width), (0.0, 10.0), "{bins:?}");
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<usize>(), 1_000);
        assert!(bins.windows(2).all(|pair| pair[0].to == pair[1].from));
    }

    #[test]
    fn few_whole_numbers_have_a_bar_each() {
        let bins = distribution(&[1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0]).unwrap().bins;
        let counts: Vec<usize> = bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [1, 2, 1, 1, 3]);
        assert_eq!(distribution(&[3.0; 4]).unwrap().bins, [Bin { from: 3.0, to: 3.0, count: 4 }]);
        assert!(distribution(&[]).is_err() && distribution(&[f64::NAN]).is_err());
    }
}
