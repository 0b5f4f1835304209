//! Cohorts of made-up tumours: patients, their samples, what is mutated in them, and how they fared.
//!
//! Nobody in it exists. What sets the subtypes apart is planted (`recipes`), and what became of it in a cohort is told with it
//! ([`Cohort::truth`]), so that answers can be judged.

mod genes;
mod recipes;
mod truth;
mod tumour;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use rand::{RngExt, SeedableRng};

pub use genes::{GENES, Gene};
use recipes::{RECIPES, Recipe, Subtype};

use super::dice::Dice;
pub use truth::{Enrichment, StudyTruth, Survival, Truth};
pub use tumour::{Copies, Fusion, Mutation, Sample};

/// Cohorts to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// Another seed makes other cohorts.
    pub seed: u64,
    /// How many times as many patients as usual there are.
    pub size: f64,
    /// When the first study was imported.
    pub imported: NaiveDateTime,
}

impl Default for Cohort {
    fn default() -> Self {
        let day = NaiveDate::from_ymd_opt(2026, 2, 2).expect("the second of February is a day");
        Self { seed: 42, size: 1., imported: day.and_time(chrono::NaiveTime::MIN) + TimeDelta::hours(7) }
    }
}

/// A study.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Its id, such as `demo_brca_2025`.
    pub id: String,
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub description: &'static str,
    /// Id of its type of cancer.
    pub cancer_type: &'static str,
    /// Name of that type.
    pub cancer_name: &'static str,
    /// The type above it.
    pub cancer_parent: &'static str,
    /// When it was imported.
    pub imported: NaiveDateTime,
    /// Its patients.
    pub patients: Vec<Patient>,
}

/// A patient.
#[derive(Clone, Debug, PartialEq)]
pub struct Patient {
    /// Unique within the study.
    pub id: String,
    /// `Female` or `Male`.
    pub sex: &'static str,
    /// Years, when the tumour was found; not known of all.
    pub age: Option<u32>,
    /// Stage of the tumour, such as `STAGE II`.
    pub stage: &'static str,
    /// Subtype of the tumour.
    pub subtype: &'static str,
    /// How long the patient was seen, in tenths of a month.
    pub survival_tenths: i64,
    /// Whether the patient died at the end of that.
    pub is_dead: bool,
    /// The samples, the primary tumour first.
    pub samples: Vec<Sample>,
}

impl Cohort {
    /// The studies, by id.
    pub fn studies(&self) -> Vec<Study> {
        let mut studies: Vec<Study> =
            RECIPES.iter().zip(0..).map(|(recipe, place)| self.study(recipe, place)).collect();
        studies.sort_by(|one, other| one.id.cmp(&other.id));
        studies
    }

    /// What is true of these studies.
    pub fn truth(&self) -> Truth {
        Truth::of(&self.studies())
    }

    fn study(&self, recipe: &Recipe, place: u64) -> Study {
        let mut dice = Dice::seed_from_u64(self.seed.wrapping_add(place));
        let (cancer_type, cancer_name, cancer_parent) = recipe.cancer;
        let patients = (recipe.patients as f64 * self.size).round().max(1.) as usize;
        Study {
            id: recipe.id.to_owned(),
            name: recipe.name,
            description: recipe.description,
            cancer_type,
            cancer_name,
            cancer_parent,
            imported: self.imported + TimeDelta::days(i64::try_from(place).unwrap_or_default() * 9),
            patients: (1..=patients).map(|number| patient(recipe, number, &mut dice)).collect(),
        }
    }
}

fn patient(recipe: &Recipe, number: usize, dice: &mut Dice) -> Patient {
    const STAGES: [&str; 4] = ["STAGE I", "STAGE II", "STAGE III", "STAGE IV"];
    let subtype = drawn(recipe.subtypes, dice);
    let id = format!("{}-{number:04}", recipe.cancer.0.to_uppercase());
    // Half of them live longer than the median: the exponential law's.
    let lives = -subtype.median_survival * dice.random_range(0.000_1..1.0_f64).ln() / std::f64::consts::LN_2;
    let seen = dice.random_range(6.0..180.0_f64);
    let mut samples = vec![tumour::sample(&id, 1, subtype, dice)];
    if dice.random_range(0..100) < 8 {
        samples.push(tumour::sample(&id, 2, subtype, dice));
    }
    Patient {
        sex: if dice.random_range(0..100) < recipe.women { "Female" } else { "Male" },
        age: (dice.random_range(0..100) < 96).then(|| dice.random_range(31..88)),
        stage: STAGES[dice.random_range(0..STAGES.len())],
        subtype: subtype.name,
        survival_tenths: (lives.min(seen) * 10.).round() as i64,
        is_dead: lives <= seen,
        samples,
        id,
    }
}

/// A subtype, by the shares of all.
fn drawn(subtypes: &'static [Subtype], dice: &mut Dice) -> &'static Subtype {
    let mut left = dice.random_range(0..subtypes.iter().map(|subtype| subtype.share).sum());
    for subtype in subtypes {
        if left < subtype.share {
            return subtype;
        }
        left -= subtype.share;
    }
    &subtypes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_cohorts() {
        let cohort = Cohort::default();
        assert_eq!(cohort.studies(), cohort.studies());
        assert_eq!(cohort.truth(), cohort.truth());
        assert_ne!(Cohort { seed: 7, ..cohort.clone() }.studies(), cohort.studies());
        let small = Cohort { size: 0.1, ..cohort };
        assert_eq!(small.studies().iter().map(|study| study.patients.len()).collect::<Vec<_>>(), [16, 7, 9]);
    }
}
