//! Figures of several rounds, told as their median; and of two works that take turns, as the ratio pair by pair.

use std::fmt;

/// The middle one of some figures; of an even number of them, what lies between the two in the middle.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => figures[count / 2],
        count => f64::midpoint(figures[count / 2 - 1], figures[count / 2]),
    }
}

/// The least and the most of some figures.
fn spread(figures: &[f64]) -> (f64, f64) {
    (figures.iter().copied().fold(f64::INFINITY, f64::min), figures.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// How one work stands to another, round by round.
pub(crate) struct Ratios(Vec<f64>);

impl Ratios {
    /// Of `ours` to `theirs`.
    pub(crate) fn of(ours: &[f64], theirs: &[f64]) -> Self {
        Self(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
    }
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("–");
        }
        let (least, most) = spread(&self.0);
        write!(f, "{:.2} ({least:.2}, {most:.2})", median(&self.0))
    }
}
