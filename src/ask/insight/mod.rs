//! What numbers say: pure functions over series and pairs of numbers.
//!
//! Each tells in its result how sure it is, names where its formula comes from, and refuses with an [`InsightError`] where
//! the numbers are too few to say anything.
//!
//! | question | function |
//! |---|---|
//! | does it rise or fall? | [`trend`] |
//! | does it repeat? | [`season`], [`find_season`] |
//! | do two things go together? | [`correlation`], [`lags`] |
//! | what is unusual? | [`outliers`] of values in no order, [`anomalies`] of a course of time |
//! | what comes next? | [`forecast`] |
//! | how is it spread? | [`distribution`] |
//! | who makes up most of it? | [`concentration`] |
//! | are two groups or periods different? | [`compare_values`], [`compare_counts`], [`compare_shares`], [`difference`] |
//! | who comes first by several measures? | [`rank`] |
//!
//! A course of time is given as values at equal steps. `NAN` stands for a step of which nothing is known.

mod anomalies;
mod comparison;
mod concentration;
mod correlation;
mod distribution;
mod forecast;
mod moments;
mod rank;
mod season;
mod significance;
#[cfg(test)]
mod textbook;
mod trend;

pub use anomalies::{Anomaly, Outliers, anomalies, outliers};
pub use comparison::{
    Comparison, Difference, Group, RateComparison, compare_counts, compare_shares, compare_values, difference,
};
pub use concentration::{Concentration, concentration};
pub use correlation::{Correlation, Lagged, Strength, correlation, lags};
pub use distribution::{Bin, Distribution, distribution};
pub use forecast::{Arrival, Forecast, ForecastModel, ForecastPoint, forecast};
pub use moments::{median, quantile};
pub use rank::{Part, Ranked, rank};
pub use season::{Season, find_season, season};
pub use significance::SIGNIFICANT;
pub use trend::{Direction, Trend, trend};

/// Why numbers say nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsightError {
    /// Fewer than the method needs.
    #[error("{found} values are too few to tell; it takes at least {needed}")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
    },
    /// Nothing changes, so that nothing can be explained by it.
    #[error("all values are equal")]
    NoVariation,
    /// A value is infinite, or missing where none may be missing.
    #[error("a value is not a number")]
    NotANumber,
    /// A value is below zero where that has no meaning.
    #[error("shares need values that are not below zero, of which one at least is above it")]
    NoShare,
    /// Two columns that belong together have different lengths.
    #[error("{left} values cannot be put beside {right}")]
    Lengths {
        /// The one length.
        left: usize,
        /// The other.
        right: usize,
    },
}
