//! What is planted in the laboratory's data: the answers to questions that the data can be asked.

use chrono::{Days, NaiveDate};

use super::{Lab, LabSize};

/// The ground truth. No simulator tells it; it is for those who look whether it is found.
#[derive(Clone, Debug, PartialEq)]
pub struct LabTruth {
    /// An instrument that measures more and more too high.
    pub drift: Drift,
    /// A lot of a control material that was bad.
    pub bad_lot: BadLot,
    /// Every control beyond its limits, by number: those of the bad lot, and those that the drift carries over them. None
    /// fails by chance.
    pub failed_controls: Vec<String>,
    /// A series of compounds that inhibits strongly and spares the cells.
    pub promising: PromisingSeries,
    /// A test that takes long.
    pub slow_test: SlowTest,
    /// A test with a season.
    pub season: Season,
    /// How much more samples come in at the end than at the beginning: 0.4 is 40 % more.
    pub intake_growth: f64,
}

/// An instrument that measures more and more too high, of samples and controls alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Its number.
    pub instrument_id: String,
    /// The last day on which it is right.
    pub starts_on: NaiveDate,
    /// What each day adds, as a share of the true value.
    pub per_day: f64,
}

/// A bad lot: between its days the material was measured too low, on all instruments.
#[derive(Clone, Debug, PartialEq)]
pub struct BadLot {
    /// The number of the material.
    pub material_id: String,
    /// The first bad day.
    pub from: NaiveDate,
    /// The last bad day.
    pub until: NaiveDate,
    /// What was found of what should be.
    pub factor: f64,
}

/// A series of compounds that inhibits strongly and spares the cells. Another one inhibits strongly and is poison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromisingSeries {
    /// What it is called.
    pub series: String,
    /// The numbers of its compounds.
    pub compounds: Vec<String>,
    /// The series that inhibits strongly and is poison.
    pub poisonous: String,
}

/// A test that takes several times as long as the others.
#[derive(Clone, Debug, PartialEq)]
pub struct SlowTest {
    /// Its keyword.
    pub test: String,
    /// Hours that it should take from the receipt of a sample.
    pub usual_hours: f64,
    /// Hours that it takes in the middle.
    pub hours: f64,
}

/// A test whose values are higher in winter: they swing around their mean with the year, and are highest at New Year.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    /// Its keyword.
    pub test: String,
    /// By what share of the mean they swing.
    pub amplitude: f64,
}

/// What is planted; what follows from it is not known yet.
pub(super) fn planted(size: &LabSize) -> LabTruth {
    let day = |share: f64| size.first_day + Days::new((size.days as f64 * share) as u64);
    LabTruth {
        drift: Drift { instrument_id: "INS-02".into(), starts_on: day(0.6), per_day: 0.0012 },
        bad_lot: BadLot { material_id: "QCM-QPCR-HIGH".into(), from: day(0.35), until: day(0.4), factor: 0.6 },
        failed_controls: Vec::new(),
        promising: PromisingSeries { series: "KX-4".into(), compounds: Vec::new(), poisonous: "KX-2".into() },
        slow_test: SlowTest { test: "LACT".into(), usual_hours: 28., hours: 150. },
        season: Season { test: "IL6".into(), amplitude: 0.15 },
        intake_growth: 0.4,
    }
}

/// Adds what follows from it.
pub(super) fn complete(lab: &mut Lab) {
    let failed = lab.controls.iter().filter(|control| !lab.passes(control)).map(|control| control.id.clone()).collect();
    let series = lab.truth.promising.series.clone();
    let compounds = lab.compounds.iter().filter(|one| one.series == series).map(|one| one.id.clone()).collect();
    lab.truth.failed_controls = failed;
    lab.truth.promising.compounds = compounds;
}
