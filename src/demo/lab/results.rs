//! What was measured: the usual value, changed by the compound, the season, the instrument's drift, and noise.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rand::RngExt;

use super::{Dice, Lab, noise, rounded};

/// A measured value.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Its number, such as `R-0000123`.
    pub id: String,
    /// Of what: a place in the list of samples.
    pub sample: usize,
    /// What was measured: a place in the list of tests.
    pub test: usize,
    /// With what: a place in the list of instruments.
    pub instrument: usize,
    /// By whom: a place in the list of analysts.
    pub analyst: usize,
    /// What was found, in the test's unit.
    pub value: f64,
    /// When.
    pub at: DateTime<Utc>,
}

pub(super) fn make(lab: &Lab, dice: &mut Dice) -> Vec<Measurement> {
    let samples = lab.samples.len().max(1);
    let (each, more) = (lab.size.results / samples, lab.size.results % samples);
    let fitting: Vec<Vec<usize>> = lab.tests.iter().map(|test| lab.instruments_for(test)).collect();
    let mut results = Vec::with_capacity(lab.size.results);
    for sample in 0..lab.samples.len() {
        let first = dice.random_range(0..lab.tests.len());
        for place in 0..each + usize::from(sample < more) {
            let test = (first + place) % lab.tests.len();
            let instrument = fitting[test][dice.random_range(0..fitting[test].len())];
            results.push(measurement(lab, results.len() + 1, (sample, test, instrument), dice));
        }
    }
    results
}

fn measurement(
    lab: &Lab,
    number: usize,
    (sample, test, instrument): (usize, usize, usize),
    dice: &mut Dice,
) -> Measurement {
    let test_type = &lab.tests[test];
    let truth = lab.truth();
    let hours = if test_type.keyword == truth.slow_test.test { truth.slow_test.hours } else { test_type.hours };
    let minutes = hours * 60. * dice.random_range(0.6..1.5);
    let at = lab.samples[sample].received_at + TimeDelta::minutes(minutes as i64);
    let compound = lab.samples[sample].compound.map(|place| &lab.compounds[place]);
    let mut value = test_type.usual * (1. + test_type.spread * noise(dice));
    match (test_type.keyword, compound) {
        ("IC50", Some(compound)) => value *= compound.inhibition,
        ("VIAB", Some(compound)) => value *= compound.viability,
        ("VAF", _) => value *= 1. + 0.08 * lab.size.passed(at.date_naive()),
        _ => {}
    }
    if test_type.keyword == truth.season.test {
        let angle = f64::from(at.ordinal0()) / 365.25 * std::f64::consts::TAU;
        value *= 1. + truth.season.amplitude * angle.cos();
    }
    value *= lab.drift_of(instrument, at);
    if test_type.unit == "%" {
        value = value.min(100.);
    }
    Measurement {
        id: format!("R-{number:07}"),
        sample,
        test,
        instrument,
        analyst: dice.random_range(0..lab.analysts.len()),
        value: rounded(value, test_type.decimals),
        at,
    }
}

impl Lab {
    /// How much too high an instrument measures: 1 is right.
    pub(super) fn drift_of(&self, instrument: usize, at: DateTime<Utc>) -> f64 {
        let drift = &self.truth().drift;
        if self.instruments[instrument].id != drift.instrument_id {
            return 1.;
        }
        let days = (at.date_naive() - drift.starts_on).num_days().max(0);
        1. + drift.per_day * days as f64
    }
}
