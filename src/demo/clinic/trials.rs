//! Trials for the clinic's diseases.

use chrono::NaiveDate;
use rand::RngExt;

use super::{Dice, later};

/// A trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Its number, `NCT9…`.
    pub nct_id: String,
    /// Its short title.
    pub title: String,
    /// Its status, such as `RECRUITING`.
    pub status: &'static str,
    /// Its phases.
    pub phases: &'static [&'static str],
    /// What is treated.
    pub condition: &'static str,
    /// What it is treated with.
    pub drug: &'static str,
    /// Who pays for it.
    pub sponsor: &'static str,
    /// Where it takes place.
    pub cities: Vec<(&'static str, &'static str)>,
    /// How many take part.
    pub enrollment: u32,
    /// When it starts.
    pub starts: NaiveDate,
    /// When its last update was posted.
    pub updated: NaiveDate,
}

const CONDITIONS: [&str; 4] = ["Melanoma", "Non-small Cell Lung Cancer", "Colon Cancer", "Breast Cancer"];
const DRUGS: [&str; 4] = ["imagatinib", "fictumab", "novelciclib", "placebocept"];
const SPONSORS: [&str; 3] = ["Imagined Pharma", "University of Brno-on-Sea", "Hanseatic Research Council"];
const STATUSES: [&str; 4] = ["RECRUITING", "COMPLETED", "ACTIVE_NOT_RECRUITING", "NOT_YET_RECRUITING"];
const PHASES: [&[&str]; 4] = [&["PHASE1"], &["PHASE1", "PHASE2"], &["PHASE2"], &["PHASE3"]];
const CITIES: [(&str, &str); 4] =
    [("Brno", "Czechia"), ("Zürich", "Switzerland"), ("Hamburg", "Germany"), ("Cambridge", "United Kingdom")];

pub(super) fn make(number: usize, first_day: NaiveDate, dice: &mut Dice) -> Trial {
    let condition = CONDITIONS[dice.random_range(0..CONDITIONS.len())];
    let drug = DRUGS[dice.random_range(0..DRUGS.len())];
    let starts = later(first_day, dice.random_range(0..600));
    Trial {
        nct_id: format!("NCT9{number:07}"),
        title: format!("A Study of {drug} in {condition}"),
        status: STATUSES[dice.random_range(0..STATUSES.len())],
        phases: PHASES[dice.random_range(0..PHASES.len())],
        condition,
        drug,
        sponsor: SPONSORS[dice.random_range(0..SPONSORS.len())],
        cities: CITIES[..dice.random_range(1..=CITIES.len())].to_vec(),
        enrollment: dice.random_range(20..800),
        starts,
        // Several are posted on one day.
        updated: later(starts, dice.random_range(0..10) * 30),
    }
}
