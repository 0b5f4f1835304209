//! A small hospital, made up: four wards with the stays of their patients, outpatients, and what its people write.
//!
//! Patient records tell of the stays, spreadsheets of beds, appointments and nurses, and channels of what patients say and
//! where a bed is free. Nobody in it exists. Codes are those of LOINC, SNOMED CT and UCUM.

mod appointments;
mod catalogue;
mod people;
mod phrases;
mod sheets;
mod stays;
mod talk;
mod truth;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};

use super::dice::{Dice, pick};
use super::story::{Story, StoryPerson};
use appointments::Appointment;
pub use catalogue::{CHRONIC, Chronic, DIAGNOSES, Diagnosis, TESTS, Test, WARDS, Ward};
pub use people::Clinician;

const SEED: u64 = 1_849;
/// Patients with a record, at size factor 1.
const PATIENTS: f64 = 1_800.;

/// All that happened in the hospital.
#[derive(Clone, Debug, PartialEq)]
pub struct Hospital {
    /// Everybody who has a record.
    pub patients: Vec<Patient>,
    /// Those who treat them.
    pub clinicians: &'static [Clinician],
    /// Stays in the wards, by when they began.
    pub stays: Vec<Stay>,
    /// What outpatients came for, or did not, in order of time.
    appointments: Vec<Appointment>,
    /// How full the wards were, day by day.
    ward_days: Vec<WardDay>,
    /// The first day that is told of.
    first_day: NaiveDate,
    /// The moment at which everything ends.
    pub closed_at: DateTime<Utc>,
}

/// Somebody who has a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// Number from 1.
    pub number: usize,
    /// Given name.
    pub given: &'static str,
    /// Family name.
    pub family: &'static str,
    /// `female` or `male`.
    pub gender: &'static str,
    /// Day of birth.
    pub born: NaiveDate,
    /// Where the patient lives.
    pub city: &'static str,
    /// Phone number, `+49 1555 1234567`.
    pub phone: String,
    /// A chronic condition, by its place in [`CHRONIC`].
    pub chronic: Option<usize>,
}

/// A stay in a ward.
#[derive(Clone, Debug, PartialEq)]
pub struct Stay {
    /// Number from 1, in order of time.
    pub number: usize,
    /// Whose, by a place in [`Hospital::patients`].
    pub patient: usize,
    /// Where, by a place in [`WARDS`].
    pub ward: usize,
    /// Who is responsible, by a place in [`Hospital::clinicians`].
    pub clinician: usize,
    /// What for, by a place in [`DIAGNOSES`].
    pub diagnosis: usize,
    /// When it began.
    pub admitted_at: DateTime<Utc>,
    /// When it ended, if it has.
    pub discharged_at: Option<DateTime<Utc>>,
    /// Whether the patient came through the emergency department.
    pub is_emergency: bool,
    /// What the laboratory found.
    pub labs: Vec<Lab>,
}

/// What the laboratory found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lab {
    /// What was measured, by a place in [`TESTS`].
    pub test: usize,
    /// Hundredths of the test's unit.
    pub hundredths: i64,
    /// When the specimen was taken.
    pub taken_at: DateTime<Utc>,
}

/// How full a ward was on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WardDay {
    day: NaiveDate,
    ward: usize,
    beds: usize,
    /// Beds in which somebody lies at midnight.
    occupied: usize,
    admissions: usize,
    discharges: usize,
    /// Those for whom there was no bed.
    turned_away: usize,
}

impl Lab {
    /// Whether it lies outside of the usual range.
    pub(super) fn is_unusual(&self) -> bool {
        let (low, high) = TESTS[self.test].range;
        !(low..=high).contains(&self.hundredths)
    }
}

impl Hospital {
    /// Makes it; a size factor of 10 has ten times the patients, beds and visits.
    pub fn make(size_factor: f64) -> Self {
        let mut dice = Dice::seed_from_u64(SEED);
        let first_day = NaiveDate::from_ymd_opt(2024, 7, 1).unwrap_or_default();
        let closed_on = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
        let patients = ((PATIENTS * size_factor).round() as usize).max(120);
        let mut hospital = Self {
            patients: people::patients(patients, first_day, &mut dice),
            clinicians: people::CLINICIANS,
            stays: Vec::new(),
            appointments: Vec::new(),
            ward_days: Vec::new(),
            first_day,
            closed_at: closed_on.and_time(NaiveTime::MIN).and_utc(),
        };
        stays::fill(&mut hospital, size_factor, &mut dice);
        hospital.appointments = appointments::all(&hospital, size_factor, &mut dice);
        hospital
    }

    /// What its spreadsheets and channels tell, and what is planted.
    pub(super) fn story(&self, size_factor: f64) -> Story {
        let mut dice = Dice::seed_from_u64(SEED ^ 0x57A7);
        let roster = sheets::roster(self, &mut dice);
        let said = talk::feedback(self, size_factor, &mut dice);
        Story {
            company: "Lindenau Hospital",
            domain: "lindenau-hospital.example",
            people: staff(),
            truth: truth::of(self, &roster, &said),
            sheets: vec![sheets::occupancy(self), sheets::appointments(self, &mut dice), sheets::roster_table(&roster)],
            documents: Vec::new(),
            channels: vec![talk::feedback_channel(said, self.closed_at), talk::beds_channel(self, &mut dice)],
            closed_at: self.closed_at,
        }
    }
}

/// Those who do not treat people first, then those who do.
fn staff() -> Vec<StoryPerson> {
    let others = people::OTHERS.iter().map(|(handle, name, title)| (*handle, *name, (*title).to_owned()));
    let clinicians =
        people::CLINICIANS.iter().map(|one| (one.handle, one.name, format!("Physician, {}", one.department)));
    let person = |(handle, name, title): (&str, &str, String)| StoryPerson {
        handle: handle.to_owned(),
        name: name.to_owned(),
        title,
    };
    others.chain(clinicians).map(person).collect()
}

/// A moment of a day, between two minutes of it.
fn at(day: NaiveDate, from: i64, until: i64, dice: &mut Dice) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(dice.random_range(from..until))
}

/// About as the normal distribution has it, with a mean of 0 and a spread of 1.
fn bell(dice: &mut Dice) -> f64 {
    (0..12).map(|_| dice.random::<f64>()).sum::<f64>() - 6.
}

/// How many of what comes by chance, so many in the mean.
fn how_many(expected: f64, dice: &mut Dice) -> usize {
    if expected > 200. {
        return (expected + expected.sqrt() * bell(dice)).round().max(0.) as usize;
    }
    let (mut count, mut chance, least) = (0, dice.random::<f64>(), (-expected).exp());
    while chance > least {
        chance *= dice.random::<f64>();
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_hospital() {
        let hospital = Hospital::make(1.);
        assert_eq!(hospital, Hospital::make(1.));
        assert_eq!(hospital.story(1.), hospital.story(1.));
    }

    #[test]
    fn nobody_lies_in_two_beds() {
        let hospital = Hospital::make(1.);
        assert!(hospital.stays.len() > 2_000, "{}", hospital.stays.len());
        let mut last = vec![None; hospital.patients.len()];
        for stay in &hospital.stays {
            assert!(last[stay.patient] < Some(stay.admitted_at), "{stay:?}");
            assert!(hospital.patients[stay.patient].born < hospital.first_day);
            last[stay.patient] = Some(stay.discharged_at.unwrap_or(hospital.closed_at));
        }
        assert!(hospital.ward_days.iter().all(|one| one.occupied <= one.beds));
        assert_eq!(hospital.ward_days.len(), 549 * WARDS.len());
    }

    #[test]
    fn a_larger_hospital_has_more_of_everything_but_days() {
        let (small, large) = (Hospital::make(1.), Hospital::make(3.));
        assert!(large.stays.len() > 2 * small.stays.len());
        assert!(large.appointments.len() > 2 * small.appointments.len());
        assert_eq!(large.ward_days.len(), small.ward_days.len());
    }
}
