//! Who makes up most of something.

use super::InsightError;
use super::moments::{checked, sorted};

/// How a total is divided.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentration {
    /// The places of the parts, the largest first.
    pub order: Vec<usize>,
    /// The share of each part in the total, in that order.
    pub shares: Vec<f64>,
    /// What all up to each part have together, in that order; the last is 1.
    pub cumulative: Vec<f64>,
    /// The share of the largest fifth of all parts, rounded up. Pareto's rule says 0.8.
    pub largest_fifth: f64,
    /// How many of the largest parts have four fifths together.
    pub makes_four_fifths: usize,
    /// Gini's coefficient: 0 where all have the same, near 1 where one has all.
    pub gini: f64,
    /// The index of Herfindahl and Hirschman: the sum of the squared shares, 1 where one has all. One divided by it is how many
    /// equal parts would be as concentrated.
    pub herfindahl: f64,
}

/// How a total is divided among its parts.
///
/// # Errors
/// `TooFew` for none; `NoShare` where a part is below zero or all are zero; `NotANumber`.
pub fn concentration(parts: &[f64]) -> Result<Concentration, InsightError> {
    checked(parts, 1)?;
    let total: f64 = parts.iter().sum();
    if parts.iter().any(|part| *part < 0.0) || total <= 0.0 {
        return Err(InsightError::NoShare);
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|left, right| parts[*right].total_cmp(&parts[*left]));
    let shares: Vec<f64> = order.iter().map(|place| parts[*place] / total).collect();
    let mut sum = 0.0;
    let mut cumulative: Vec<f64> = Vec::with_capacity(shares.len());
    for share in &shares {
        sum += share;
        cumulative.push(sum);
    }
    if let Some(last) = cumulative.last_mut() {
        *last = 1.0;
    }
    let fifth = parts.len().div_ceil(5);
    let makes_four_fifths =
        cumulative.iter().position(|sum| *sum >= 0.8 - 1e-12).map_or(parts.len(), |place| place + 1);
    let count = parts.len() as f64;
    let weighed: f64 = sorted(parts).iter().zip(1_u32..).map(|(part, rank)| f64::from(rank) * part).sum();
    let gini = (2.0 * weighed / (count * total) - (count + 1.0) / count).max(0.0);
    let herfindahl = shares.iter().map(|share| share * share).sum();
    Ok(Concentration {
        largest_fifth: cumulative[fifth - 1],
        order,
        shares,
        cumulative,
        makes_four_fifths,
        gini,
        herfindahl,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_have_most() {
        let found = concentration(&[5.0, 50.0, 1.0, 20.0, 10.0, 3.0, 10.0, 1.0]).unwrap();
        assert_eq!(found.order[..2], [1, 3]);
        assert!((found.largest_fifth - 0.7).abs() < 1e-12);
        assert_eq!(found.makes_four_fifths, 3);
        assert!((found.gini - 0.58).abs() < 1e-12 && (found.herfindahl - 0.3136).abs() < 1e-12, "{found:?}");
        assert_eq!(found.cumulative.last(), Some(&1.0));
    }

    #[test]
    fn equal_parts_are_not_concentrated() {
        let found = concentration(&[4.0; 10]).unwrap();
        assert!(found.gini.abs() < 1e-12);
        assert_eq!(found.makes_four_fifths, 8);
        for none in [&[] as &[f64], &[0.0, 0.0], &[1.0, -1.0]] {
            assert!(concentration(none).is_err(), "{none:?}");
        }
    }
}
