//! A biotech laboratory, made up: clients with their projects and compounds, samples, what was measured on which instrument,
//! and the control materials that are measured beside them.
//!
//! Nobody in it exists, and its compounds are numbers without a structure. Its intake grows, has weeks and seasons; what is
//! planted in it ([`LabTruth`]) is told by no simulator, so that what is found in the data can be compared with it.

mod catalogue;
mod controls;
mod facts;
mod results;
mod samples;
mod truth;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};

use super::dice::{Dice, noise};

pub use catalogue::{Analyst, Client, Compound, Instrument, Project, SAMPLE_TYPES, SampleType, TestType};
pub use controls::{Control, ControlMaterial};
pub use results::Measurement;
pub use samples::{Sample, SampleStatus};
pub use truth::{BadLot, Drift, LabTruth, PromisingSeries, Season, SlowTest};

/// A laboratory to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabSize {
    /// Another seed makes another laboratory.
    pub seed: u64,
    /// How many samples were taken in.
    pub samples: usize,
    /// How many values were measured of them.
    pub results: usize,
    /// The first day of its books.
    pub first_day: NaiveDate,
    /// How many days its books cover; facts are planted in their course.
    pub days: u64,
}

impl Default for LabSize {
    fn default() -> Self {
        let first_day = NaiveDate::from_ymd_opt(2024, 7, 1).expect("the first of July is a day");
        Self { seed: 42, samples: 10_000, results: 50_000, first_day, days: 540 }
    }
}

impl LabSize {
    /// The usual laboratory with so many times its samples and results; 1 is the usual one.
    pub fn times(factor: f64) -> Self {
        let usual = Self::default();
        let scaled = |count: usize| (count as f64 * factor.max(0.)).round().max(1.) as usize;
        Self { samples: scaled(usual.samples), results: scaled(usual.results), ..usual }
    }

    /// The day on which the books were closed: nothing is known after it.
    pub fn last_day(&self) -> NaiveDate {
        self.first_day + Days::new(self.days.saturating_sub(1))
    }

    /// How much of the books' time has passed on a day, from 0 to 1.
    fn passed(&self, day: NaiveDate) -> f64 {
        (day - self.first_day).num_days() as f64 / self.days.max(1) as f64
    }
}

/// A laboratory. Others are referred to by their places in these lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// What it was made of.
    pub size: LabSize,
    /// For whom it works.
    pub clients: Vec<Client>,
    /// What for.
    pub projects: Vec<Project>,
    /// What is tested.
    pub compounds: Vec<Compound>,
    /// What it measures with.
    pub instruments: Vec<Instrument>,
    /// What it measures.
    pub tests: Vec<TestType>,
    /// Who measures.
    pub analysts: Vec<Analyst>,
    /// What was taken in, in the order of arrival.
    pub samples: Vec<Sample>,
    /// What was measured, by sample.
    pub results: Vec<Measurement>,
    /// What is measured to see whether values can be trusted.
    pub materials: Vec<ControlMaterial>,
    /// What was measured of them, by day.
    pub controls: Vec<Control>,
    truth: LabTruth,
}

impl Lab {
    /// Makes it.
    pub fn make(size: &LabSize) -> Self {
        let mut dice = Dice::seed_from_u64(size.seed);
        let mut lab = Self {
            size: size.clone(),
            clients: catalogue::clients(),
            projects: catalogue::projects(),
            compounds: catalogue::compounds(&mut dice),
            instruments: catalogue::instruments(size),
            tests: catalogue::tests(),
            analysts: catalogue::analysts(),
            samples: Vec::new(),
            results: Vec::new(),
            materials: Vec::new(),
            controls: Vec::new(),
            truth: truth::planted(size),
        };
        lab.samples = samples::make(&lab, &mut dice);
        lab.results = results::make(&lab, &mut dice);
        samples::close(&mut lab.samples, &lab.results);
        lab.materials = controls::materials(&lab, &mut dice);
        lab.controls = controls::make(&lab, &mut dice);
        truth::complete(&mut lab);
        lab
    }

    /// What was planted, for those who look whether it is found.
    pub fn truth(&self) -> &LabTruth {
        &self.truth
    }

    /// The instruments that can measure a test.
    fn instruments_for(&self, test: &TestType) -> Vec<usize> {
        let fitting = self.instruments.iter().enumerate().filter(|(_, one)| one.kind == test.instrument_kind);
        fitting.map(|(place, _)| place).collect()
    }
}

/// A value with so many decimals.
fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

/// A moment of a working day.
fn at_work(day: NaiveDate, dice: &mut Dice) -> DateTime<Utc> {
    let opens = day.and_hms_opt(8, 0, 0).unwrap_or_default().and_utc();
    opens + TimeDelta::seconds(dice.random_range(0..32_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> LabSize {
        LabSize { samples: 900, results: 4_500, ..LabSize::default() }
    }

    #[test]
    fn a_seed_makes_the_same_laboratory() {
        let lab = Lab::make(&small());
        assert_eq!(lab, Lab::make(&small()));
        assert_ne!(lab.samples, Lab::make(&LabSize { seed: 43, ..small() }).samples);
        assert_eq!((lab.samples.len(), lab.results.len()), (900, 4_500));
        let larger = LabSize::times(2.);
        assert_eq!((larger.samples, larger.results), (20_000, 100_000));
    }

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let values: Vec<f64> = values.collect();
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn what_is_planted_can_be_found() {
        let lab = Lab::make(&small());
        let truth = lab.truth();
        let drift = &truth.drift;
        let drifting = lab.instruments.iter().position(|one| one.id == drift.instrument_id).unwrap();
        let deviation = |control: &&Control| control.value / lab.materials[control.material].target - 1.;
        let (before, after): (Vec<&Control>, Vec<&Control>) = lab
            .controls
            .iter()
            .filter(|one| one.instrument == drifting)
            .partition(|one| one.at.date_naive() < drift.starts_on);
        assert!(mean(before.iter().map(deviation)).abs() < 0.01);
        assert!(mean(after.iter().map(deviation)) > 0.05);

        let failed = lab.controls.iter().filter(|one| !lab.passes(one)).map(|one| one.id.clone());
        assert_eq!(failed.collect::<Vec<_>>(), truth.failed_controls);
        let in_bad_lot =
            |one: &&Control| lab.materials[one.material].id == truth.bad_lot.material_id && !lab.passes(one);
        assert!(lab.controls.iter().filter(in_bad_lot).count() > 5);

        let inhibition = |is_promising: bool| {
            let of = lab.results.iter().filter(|one| lab.tests[one.test].keyword == "IC50").filter(|one| {
                let compound = lab.samples[one.sample].compound.map(|place| &lab.compounds[place]);
                compound.is_some_and(|one| (one.series == truth.promising.series) == is_promising)
            });
            mean(of.map(|one| one.value))
        };
        assert!(inhibition(true) < inhibition(false) / 4.);

        let hours = |is_slow: bool| {
            let of = lab.results.iter().filter(|one| (lab.tests[one.test].keyword == truth.slow_test.test) == is_slow);
            mean(of.map(|one| (one.at - lab.samples[one.sample].received_at).num_minutes() as f64 / 60.))
        };
        assert!(hours(true) > hours(false) * 3.);
        assert!(lab.results.iter().all(|one| one.value >= 0. && one.at > lab.samples[one.sample].received_at));
    }
}
