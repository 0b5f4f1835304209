//! What was taken in: more of it every month, little at weekends and in August.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use rand::RngExt;

use super::{Dice, Lab, Measurement, SAMPLE_TYPES, at_work};

/// How much is taken in on each day of the week, Monday first.
const WEEKDAYS: [f64; 7] = [1.25, 1.15, 1.10, 1.10, 0.95, 0.18, 0.10];
/// The same in each month, January first.
const MONTHS: [f64; 12] = [0.95, 1.00, 1.08, 1.04, 1.02, 1.00, 0.88, 0.70, 1.06, 1.14, 1.12, 0.78];

/// A sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its number, such as `PL-000123`.
    pub id: String,
    /// Of what it is: a place in [`SAMPLE_TYPES`].
    pub sample_type: usize,
    /// What it is for: a place in the list of projects.
    pub project: usize,
    /// What was given: a place in the list of compounds.
    pub compound: Option<usize>,
    /// The day on which it was taken.
    pub collected: NaiveDate,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// What has become of it.
    pub status: SampleStatus,
    /// Where it lies.
    pub location: String,
    /// When it was last worked on.
    pub modified_at: DateTime<Utc>,
}

/// What has become of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleStatus {
    /// It has come in.
    Received,
    /// It is worked on.
    InProgress,
    /// Its values are approved.
    Completed,
    /// It was put away afterwards.
    Archived,
    /// It could not be used.
    Rejected,
}

impl SampleStatus {
    /// In the words of the sample database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::InProgress => "in progress",
            Self::Completed => "completed",
            Self::Archived => "archived",
            Self::Rejected => "rejected",
        }
    }
}

pub(super) fn make(lab: &Lab, dice: &mut Dice) -> Vec<Sample> {
    let size = &lab.size;
    let days: Vec<NaiveDate> = (0..size.days.max(1)).map(|day| size.first_day + Days::new(day)).collect();
    let intake = days.iter().map(|day| {
        let growth = 1. + lab.truth().intake_growth * size.passed(*day);
        let week = WEEKDAYS[day.weekday().num_days_from_monday() as usize];
        growth * week * MONTHS[day.month0() as usize] * dice.random_range(0.8..1.2)
    });
    let intake: Vec<f64> = intake.collect();
    let whole: f64 = intake.iter().sum();
    let mut samples = Vec::with_capacity(size.samples);
    let mut until = 0.;
    for (day, share) in days.iter().zip(&intake) {
        until += share;
        let due = (until / whole * size.samples as f64).round() as usize;
        while samples.len() < due.min(size.samples) {
            samples.push(sample(lab, samples.len() + 1, *day, dice));
        }
    }
    samples
}

fn sample(lab: &Lab, number: usize, collected: NaiveDate, dice: &mut Dice) -> Sample {
    let sample_type = dice.random_range(0..SAMPLE_TYPES.len());
    let compound = (dice.random_range(0..10) < 7).then(|| dice.random_range(0..lab.compounds.len()));
    let project = compound.map(|place| lab.compounds[place].project);
    let project = project.unwrap_or_else(|| dice.random_range(0..lab.projects.len()));
    let received_at = at_work(collected + Days::new(dice.random_range(0..3)), dice);
    let age = (lab.size.last_day() - collected).num_days();
    let status = match dice.random_range(0..100) {
        _ if age < 4 => SampleStatus::Received,
        _ if age < 14 => SampleStatus::InProgress,
        0..2 => SampleStatus::Rejected,
        2..40 if age > 120 => SampleStatus::Archived,
        _ => SampleStatus::Completed,
    };
    let location = if status == SampleStatus::Archived {
        format!("Archive, shelf {}", dice.random_range(1..20))
    } else {
        let (freezer, rack, place) = (dice.random_range(1..5), dice.random_range(1..9), dice.random_range(1..25));
        format!("Freezer F{freezer}, rack {rack}, box {place}")
    };
    Sample {
        id: format!("{}-{number:06}", SAMPLE_TYPES[sample_type].prefix),
        sample_type,
        project,
        compound,
        collected,
        received_at,
        status,
        location,
        modified_at: received_at,
    }
}

/// Each was last worked on when its last value was measured.
pub(super) fn close(samples: &mut [Sample], results: &[Measurement]) {
    for result in results {
        let sample = &mut samples[result.sample];
        sample.modified_at = sample.modified_at.max(result.at);
    }
}
