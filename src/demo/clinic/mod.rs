//! A small cancer clinic, made up: patients with their conditions and visits, specimens and what the laboratory found, and
//! the trials that they may take part in.
//!
//! Nobody in it exists. Codes are those of LOINC, SNOMED CT and UCUM; NCT numbers begin where none are given out.

mod trials;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};

use super::dice::Dice;

pub use trials::Trial;

/// A clinic to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clinic {
    /// Another seed makes another clinic.
    pub seed: u64,
    /// How many patients it has.
    pub patients: usize,
    /// How many trials there are.
    pub trials: usize,
    /// The day of the first visit.
    pub first_day: NaiveDate,
}

impl Default for Clinic {
    fn default() -> Self {
        let first_day = NaiveDate::from_ymd_opt(2022, 3, 1).expect("the first of March is a day");
        Self { seed: 42, patients: 60, trials: 40, first_day }
    }
}

/// A code with the system that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its system, such as `http://loinc.org`.
    pub system: &'static str,
    /// The code.
    pub code: &'static str,
    /// In words.
    pub display: &'static str,
}

/// Somebody who is treated.
#[derive(Clone, Debug, PartialEq)]
pub struct Patient {
    /// Number from 1.
    pub number: usize,
    /// Family name.
    pub family: &'static str,
    /// Given name.
    pub given: &'static str,
    /// `female` or `male`.
    pub gender: &'static str,
    /// Day of birth; of some, no more than the year is known.
    pub born: NaiveDate,
    /// Whether no more than the year of birth is known.
    pub only_year: bool,
    /// Where the patient lives.
    pub city: &'static str,
    /// When the patient died.
    pub died: Option<DateTime<Utc>>,
    /// What the patient has.
    pub disease: Code,
    /// When that began.
    pub onset: NaiveDate,
    /// The visits, in order.
    pub visits: Vec<Visit>,
}

/// A visit, with the specimen that was taken and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// When it began.
    pub at: DateTime<Utc>,
    /// How long it took, in minutes.
    pub minutes: i64,
    /// Of what the specimen is.
    pub specimen: Code,
    /// What was measured, with its value, its unit, and its reference range.
    pub results: Vec<Finding>,
    /// Systolic and diastolic blood pressure.
    pub pressure: (u32, u32),
    /// Whether a variant was found.
    pub variant: Option<Code>,
}

/// A measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// What was measured.
    pub code: Code,
    /// Tenths of the unit.
    pub tenths: i64,
    /// The unit, in UCUM.
    pub unit: &'static str,
    /// The usual range, in tenths.
    pub range: (i64, i64),
}

const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";

const DISEASES: [Code; 4] = [
    Code { system: SNOMED, code: "372244006", display: "Malignant melanoma" },
    Code { system: SNOMED, code: "254637007", display: "Non-small cell lung cancer" },
    Code { system: SNOMED, code: "363406005", display: "Malignant neoplasm of colon" },
    Code { system: SNOMED, code: "254837009", display: "Malignant neoplasm of breast" },
];
const SPECIMENS: [Code; 3] = [
    Code { system: SNOMED, code: "119297000", display: "Blood specimen" },
    Code { system: SNOMED, code: "119376003", display: "Tissue specimen" },
    Code { system: SNOMED, code: "119361006", display: "Plasma specimen" },
];
const MEASURES: [(Code, &str, (i64, i64)); 4] = [
    (Code { system: LOINC, code: "718-7", display: "Hemoglobin [Mass/volume] in Blood" }, "g/dL", (120, 175)),
    (Code { system: LOINC, code: "2160-0", display: "Creatinine [Mass/volume] in Serum or Plasma" }, "mg/dL", (5, 13)),
    (
        Code {
            system: LOINC,
            code: "2532-0",
            display: "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma",
        },
        "U/L",
        (1_400, 2_800),
    ),
    (
        Code { system: LOINC, code: "2039-6", display: "Carcinoembryonic Ag [Mass/volume] in Serum or Plasma" },
        "ng/mL",
        (0, 50),
    ),
];
const VARIANTS: [Code; 3] = [
    Code { system: LOINC, code: "LA9633-4", display: "Present" },
    Code { system: LOINC, code: "LA9634-2", display: "Absent" },
    Code { system: LOINC, code: "LA11884-6", display: "Indeterminate" },
];
const FAMILIES: [&str; 12] = [
    "Dvořák",
    "Müller",
    "Nguyen",
    "García",
    "O'Brien",
    "Kowalski",
    "Tanaka",
    "Okafor",
    "Lindqvist",
    "Rossi",
    "Haddad",
    "Novák",
];
const WOMEN: [&str; 6] = ["Jana", "Aoife", "Astrid", "Giulia", "Priya", "Eva"];
const MEN: [&str; 6] = ["Lukas", "Piotr", "Yuki", "Chinua", "Omar", "Pieter"];
const CITIES: [&str; 4] = ["Brno", "Zürich", "Hamburg", "Cambridge"];

impl Clinic {
    /// All patients, with all that happened to them.
    pub fn patients(&self) -> Vec<Patient> {
        let mut dice = Dice::seed_from_u64(self.seed);
        (1..=self.patients).map(|number| self.patient(number, &mut dice)).collect()
    }

    /// The trials.
    pub fn trials(&self) -> Vec<Trial> {
        let mut dice = Dice::seed_from_u64(self.seed ^ 1);
        (0..self.trials).map(|number| trials::make(number, self.first_day, &mut dice)).collect()
    }

    fn patient(&self, number: usize, dice: &mut Dice) -> Patient {
        let is_woman = dice.random_range(0..2) == 0;
        let given = if is_woman { WOMEN } else { MEN }[dice.random_range(0..6)];
        let born = later(NaiveDate::from_ymd_opt(1935, 1, 1).unwrap_or(self.first_day), dice.random_range(0..22_000));
        let first_visit = later(self.first_day, dice.random_range(0..700));
        let visits: Vec<Visit> =
            (0..dice.random_range(1..5)).map(|place| visit(later(first_visit, place * 28), dice)).collect();
        let last = visits.last().map(|visit| visit.at);
        Patient {
            number,
            family: FAMILIES[dice.random_range(0..FAMILIES.len())],
            given,
            gender: if is_woman { "female" } else { "male" },
            born,
            only_year: number % 9 == 4,
            city: CITIES[dice.random_range(0..CITIES.len())],
            died: last.filter(|_| number % 11 == 3).map(|at| at + TimeDelta::days(90)),
            disease: DISEASES[dice.random_range(0..DISEASES.len())],
            onset: later(first_visit, 0) - TimeDelta::days(dice.random_range(30..400)),
            visits,
        }
    }
}

fn visit(day: NaiveDate, dice: &mut Dice) -> Visit {
    let at = day.and_hms_opt(8, 0, 0).unwrap_or_default().and_utc() + TimeDelta::minutes(dice.random_range(0..540));
    let results = MEASURES.iter().map(|(code, unit, range)| {
        let spread = (range.1 - range.0).max(2);
        let tenths = (range.0 + dice.random_range(-spread / 4..spread + spread / 2)).max(1);
        Finding { code: *code, tenths, unit, range: *range }
    });
    let results = results.collect();
    Visit {
        at,
        minutes: dice.random_range(15..120),
        specimen: SPECIMENS[dice.random_range(0..SPECIMENS.len())],
        results,
        pressure: (dice.random_range(100..170), dice.random_range(60..100)),
        variant: (dice.random_range(0..3) == 0).then(|| VARIANTS[dice.random_range(0..VARIANTS.len())]),
    }
}

fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_clinic() {
        let clinic = Clinic::default();
        assert_eq!(clinic.patients(), clinic.patients());
        assert_eq!(clinic.trials(), clinic.trials());
        assert!(clinic.patients().iter().all(|one| one.born < one.onset && !one.visits.is_empty()));
    }
}
