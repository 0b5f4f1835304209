//! Who lay in the wards, day by day: as many as there are beds, some back soon, and what the laboratory found.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use rand::RngExt;

use super::catalogue::{KIDNEY, POTASSIUM, PROTEIN, PULMONOLOGY, Who};
use super::people::CLINICIANS;
use super::{DIAGNOSES, Dice, Hospital, Lab, Stay, TESTS, WARDS, WardDay, at, bell, how_many};

/// Nobody comes by chance sooner than so many days after they have gone.
const PAUSE: u64 = 45;

/// Fills the wards.
pub(super) fn fill(hospital: &mut Hospital, size_factor: f64, dice: &mut Dice) {
    let mut wards = Wards::of(hospital, size_factor);
    let days = (hospital.closed_at.date_naive() - hospital.first_day).num_days();
    // The wards are not empty on the first day: a month goes before it, which nobody tells of.
    for passed in -30..days {
        let day = hospital.first_day + TimeDelta::days(passed);
        for ward in 0..WARDS.len() {
            let told = wards.day(hospital, ward, day, dice);
            if passed >= 0 {
                hospital.ward_days.push(told);
            }
        }
    }
    let first_day = hospital.first_day;
    hospital.stays.retain(|stay| stay.admitted_at.date_naive() >= first_day);
    hospital.stays.sort_by_key(|stay| stay.admitted_at);
    for (place, stay) in hospital.stays.iter_mut().enumerate() {
        stay.number = place + 1;
        stay.labs = labs(stay, hospital.patients[stay.patient].chronic, dice);
    }
}

struct Wards {
    beds: Vec<usize>,
    /// For each ward, the days on which those who lie there go.
    present: Vec<Vec<NaiveDate>>,
    /// For each diagnosis, who may come with it.
    candidates: Vec<Vec<usize>>,
    /// For each patient, the first day on which they may come by chance.
    free_from: Vec<NaiveDate>,
    /// Who comes back, by ward and day: patient and diagnosis.
    back: HashMap<(usize, NaiveDate), Vec<(usize, usize)>>,
    /// For each ward, how many come on a day that is like all others.
    a_day: Vec<f64>,
}

impl Wards {
    fn of(hospital: &Hospital, size_factor: f64) -> Self {
        let beds: Vec<usize> =
            WARDS.iter().map(|ward| ((ward.beds as f64 * size_factor).round() as usize).max(2)).collect();
        let candidates = DIAGNOSES.iter().map(|diagnosis| {
            let fits = |place: &usize| {
                let patient = &hospital.patients[*place];
                match diagnosis.of {
                    Who::Anybody => true,
                    Who::Old => patient.is_old(hospital.first_day),
                    Who::Chronic(condition) => patient.chronic == Some(condition),
                }
            };
            (0..hospital.patients.len()).filter(fits).collect()
        });
        let a_day = WARDS.iter().enumerate().map(|(place, ward)| {
            let own = || DIAGNOSES.iter().filter(move |diagnosis| diagnosis.ward == place);
            let weight: f64 = own().map(|diagnosis| diagnosis.weight).sum();
            let days: f64 = own().map(|diagnosis| diagnosis.weight * diagnosis.days).sum::<f64>() / weight;
            beds[place] as f64 * ward.demand / days
        });
        Self {
            a_day: a_day.collect(),
            candidates: candidates.collect(),
            free_from: vec![hospital.first_day - Days::new(60); hospital.patients.len()],
            back: HashMap::new(),
            present: vec![Vec::new(); WARDS.len()],
            beds,
        }
    }

    fn day(&mut self, hospital: &mut Hospital, ward: usize, day: NaiveDate, dice: &mut Dice) -> WardDay {
        let before = self.present[ward].len();
        self.present[ward].retain(|goes| *goes > day);
        let discharges = before - self.present[ward].len();
        let (mut admissions, mut turned_away) = (0, 0);
        for (patient, diagnosis) in self.back.remove(&(ward, day)).unwrap_or_default() {
            if self.present[ward].len() < self.beds[ward] {
                self.admit(hospital, patient, diagnosis, day, dice);
                admissions += 1;
            } else {
                turned_away += 1;
            }
        }
        let weekend = if day.weekday().num_days_from_monday() > 4 { 0.7 } else { 1.12 };
        let weight: f64 = DIAGNOSES.iter().filter(|one| one.ward == ward).map(|one| one.weight).sum();
        for (place, diagnosis) in DIAGNOSES.iter().enumerate().filter(|(_, one)| one.ward == ward) {
            let season = diagnosis.months[day.month0() as usize];
            let expected = self.a_day[ward] * diagnosis.weight / weight * season * weekend;
            for _ in 0..how_many(expected, dice) {
                let Some(patient) = self.somebody(place, day, dice) else { continue };
                if self.present[ward].len() < self.beds[ward] {
                    self.admit(hospital, patient, place, day, dice);
                    admissions += 1;
                } else {
                    turned_away += 1;
                }
            }
        }
        let (beds, occupied) = (self.beds[ward], self.present[ward].len());
        WardDay { day, ward, beds, occupied, admissions, discharges, turned_away }
    }

    fn somebody(&self, diagnosis: usize, day: NaiveDate, dice: &mut Dice) -> Option<usize> {
        let candidates = &self.candidates[diagnosis];
        if candidates.is_empty() {
            return None;
        }
        let mut tries = (0..40).map(|_| candidates[dice.random_range(0..candidates.len())]);
        tries.find(|patient| self.free_from[*patient] <= day)
    }

    fn admit(&mut self, hospital: &mut Hospital, patient: usize, diagnosis: usize, day: NaiveDate, dice: &mut Dice) {
        let what = &DIAGNOSES[diagnosis];
        let days = (what.days * (0.35 + 1.3 * dice.random::<f64>())).round().max(1.) as u64;
        let goes = day + Days::new(days);
        self.present[what.ward].push(goes);
        self.free_from[patient] = goes + Days::new(PAUSE);
        if dice.random_bool(what.comes_back) {
            let back = goes + Days::new(dice.random_range(3..28));
            self.back.entry((what.ward, back)).or_default().push((patient, diagnosis));
        }
        let own: Vec<usize> = (0..CLINICIANS.len()).filter(|place| CLINICIANS[*place].ward == what.ward).collect();
        let admitted_at = at(day, 6 * 60, 22 * 60, dice);
        let discharged_at = at(goes, 9 * 60, 15 * 60, dice);
        hospital.stays.push(Stay {
            number: 0,
            patient,
            ward: what.ward,
            clinician: own[dice.random_range(0..own.len())],
            diagnosis,
            admitted_at,
            discharged_at: (discharged_at < hospital.closed_at).then_some(discharged_at),
            is_emergency: dice.random_bool(0.6),
            labs: Vec::new(),
        });
    }
}

fn labs(stay: &Stay, chronic: Option<usize>, dice: &mut Dice) -> Vec<Lab> {
    let taken_at = stay.admitted_at + TimeDelta::minutes(dice.random_range(40..200));
    let value = |(test, (mean, spread)): (usize, (f64, f64)), dice: &mut Dice| {
        let hundredths = ((mean + spread * bell(dice)) * 100.).round().max(10.) as i64;
        // The laboratory reports one decimal.
        Lab { test, hundredths: (hundredths + 5) / 10 * 10, taken_at }
    };
    let found = TESTS.iter().enumerate().map(|(test, known)| {
        let usual = match test {
            POTASSIUM if chronic == Some(KIDNEY) => (5.3, 0.45),
            PROTEIN if stay.ward == PULMONOLOGY => (70., 35.),
            _ => known.usual,
        };
        value((test, usual), dice)
    });
    found.collect()
}
