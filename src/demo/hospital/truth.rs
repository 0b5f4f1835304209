//! What is planted in the hospital, as it came out.

use std::collections::BTreeMap;

use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};

use super::appointments::Fate;
use super::catalogue::POTASSIUM;
use super::people::CLINICIANS;
use super::sheets::Shift;
use super::talk::{Remark, area};
use super::{CHRONIC, DIAGNOSES, Hospital, WARDS};
use crate::demo::truth::Truth;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// The places of the diagnoses that come with the cold.
const RESPIRATORY: [&str; 4] = ["Pneumonia", "Influenza", "Acute bronchitis", "COPD exacerbation"];

pub(super) fn of(hospital: &Hospital, roster: &[Shift], remarks: &[Remark]) -> Truth {
    let truth = of_stays(hospital, Truth::default());
    let truth = of_wards(hospital, roster, truth);
    let truth = of_appointments(hospital, truth);
    of_remarks(remarks, truth)
}

fn of_stays(hospital: &Hospital, truth: Truth) -> Truth {
    let stays = &hospital.stays;
    let (mut days, mut back) = (Shares::default(), Shares::default());
    let mut next_admission = vec![None; hospital.patients.len()];
    for stay in stays.iter().rev() {
        let diagnosis = DIAGNOSES[stay.diagnosis].name;
        if let Some(discharged_at) = stay.discharged_at {
            days.add(WARDS[stay.ward].name, (discharged_at - stay.admitted_at).num_seconds() as f64 / 86_400.);
            let is_back = next_admission[stay.patient].is_some_and(|next| next <= discharged_at + TimeDelta::days(30));
            back.add(diagnosis, if is_back { 100. } else { 0. });
        }
        next_admission[stay.patient] = Some(stay.admitted_at);
    }
    let mut potassium = Shares::default();
    for stay in stays {
        let chronic = hospital.patients[stay.patient].chronic.map_or("None", |place| CHRONIC[place].name);
        for lab in stay.labs.iter().filter(|lab| lab.test == POTASSIUM) {
            potassium.add(chronic, if lab.is_unusual() { 100. } else { 0. });
        }
    }
    let respiratory = |stay: &&super::Stay| RESPIRATORY.contains(&DIAGNOSES[stay.diagnosis].name);
    let mut months: BTreeMap<String, i64> = BTreeMap::new();
    for stay in stays.iter().filter(respiratory) {
        *months.entry(stay.admitted_at.format("%Y-%m").to_string()).or_default() += 1;
    }
    let mut busiest: Vec<(String, i64)> = months.into_iter().collect();
    busiest.sort_by_key(|(_, count)| -count);
    let mut diagnoses: BTreeMap<&str, i64> = BTreeMap::new();
    for stay in stays {
        *diagnoses.entry(DIAGNOSES[stay.diagnosis].name).or_default() += 1;
    }
    let inside = stays.iter().filter(|stay| stay.discharged_at.is_none()).count();
    let emergencies = stays.iter().filter(|stay| stay.is_emergency).count();
    truth
        .with("patients", "how many patients have a record", &["patients"], number(hospital.patients.len()))
        .with("stays", "how many stays there were", &["stays"], number(stays.len()))
        .with("in_hospital", "stays that have not ended", &["stays"], number(inside))
        .with("emergencies", "stays that began in the emergency department", &["stays"], number(emergencies))
        .with("length_of_stay", "mean days of a stay that has ended", &["days"], vec![vec![json!(days.overall())]])
        .with("length_of_stay_by_ward", "mean days of a stay, by ward", &["ward", "days"], days.ranked())
        .with(
            "readmissions",
            "stays after which the patient was back within 30 days, in per cent, by diagnosis",
            &["diagnosis", "rate"],
            back.ranked(),
        )
        .with("readmission_rate", "the same of all stays", &["rate"], vec![vec![json!(back.overall())]])
        .with(
            "potassium",
            "potassium out of range, in per cent, by chronic condition",
            &["chronic_condition", "rate"],
            potassium.ranked(),
        )
        .with(
            "respiratory_months",
            "months by their respiratory stays",
            &["month", "stays"],
            busiest.into_iter().map(|(month, count)| vec![json!(month), json!(count)]).collect(),
        )
        .with("stays_by_diagnosis", "stays by diagnosis", &["diagnosis", "stays"], ranked(diagnoses))
}

fn of_wards(hospital: &Hospital, roster: &[Shift], truth: Truth) -> Truth {
    let (mut occupied, mut beds) = ([0_usize; 4], [0_usize; 4]);
    let (mut full, mut turned_away): (BTreeMap<&str, i64>, BTreeMap<&str, i64>) = (BTreeMap::new(), BTreeMap::new());
    for one in &hospital.ward_days {
        occupied[one.ward] += one.occupied;
        beds[one.ward] += one.beds;
        *full.entry(WARDS[one.ward].name).or_default() += i64::from(one.occupied == one.beds);
        *turned_away.entry(WARDS[one.ward].name).or_default() += one.turned_away as i64;
    }
    let mut occupancy = Shares::default();
    for (place, ward) in WARDS.iter().enumerate() {
        occupancy.add(ward.name, 100. * occupied[place] as f64 / beds[place] as f64);
    }
    let (mut missing, mut overtime): (BTreeMap<&str, i64>, BTreeMap<&str, i64>) = (BTreeMap::new(), BTreeMap::new());
    for shift in roster {
        *missing.entry(WARDS[shift.ward].name).or_default() += shift.planned - shift.present;
        *overtime.entry(WARDS[shift.ward].name).or_default() += shift.overtime;
    }
    let hours = ranked(overtime).into_iter().map(|row| {
        let tenths = row[1].as_i64().unwrap_or_default();
        vec![row[0].clone(), json!(tenths as f64 / 10.)]
    });
    truth
        .with("occupancy", "occupied beds in per cent, by ward", &["ward", "rate"], occupancy.ranked())
        .with("full_days", "days on which every bed was taken, by ward", &["ward", "days"], ranked(full))
        .with("turned_away", "people without a bed, by ward", &["ward", "people"], ranked(turned_away))
        .with("missing_nurses", "nurses who were planned and not there, by ward", &["ward", "nurses"], ranked(missing))
        .with("overtime", "hours of overtime, by ward", &["ward", "hours"], hours.collect())
}

fn of_appointments(hospital: &Hospital, truth: Truth) -> Truth {
    let (mut weekdays, mut years) = (Shares::default(), Shares::default());
    let mut waiting = Shares::default();
    for one in &hospital.appointments {
        let rate = if one.fate == Fate::NoShow { 100. } else { 0. };
        weekdays.add(WEEKDAYS[one.at.weekday().num_days_from_monday() as usize], rate);
        years.add(if one.at.year() == 2024 { "2024" } else { "2025" }, rate);
        if let Fate::Attended(minutes) = one.fate {
            waiting.add(CLINICIANS[one.clinician].handle, minutes as f64);
        }
    }
    let waited = waiting.ranked().into_iter().map(|row| {
        let known = CLINICIANS.iter().find(|clinician| row[0] == clinician.handle);
        vec![json!(known.map(Hospital::doctor)), row[1].clone()]
    });
    truth
        .with(
            "appointments",
            "how many appointments there were",
            &["appointments"],
            number(hospital.appointments.len()),
        )
        .with(
            "no_show_rate",
            "appointments to which nobody came, in per cent",
            &["rate"],
            vec![vec![json!(weekdays.overall())]],
        )
        .with("no_shows_by_weekday", "the same, by the day of the week", &["weekday", "rate"], weekdays.ranked())
        .with("no_shows_by_year", "the same, by year", &["year", "rate"], years.ranked())
        .with(
            "waiting",
            "mean minutes that outpatients wait, by clinician",
            &["clinician", "minutes"],
            waited.collect(),
        )
        .with("waiting_time", "the same of all", &["minutes"], vec![vec![json!(waiting.overall())]])
}

fn of_remarks(remarks: &[Remark], truth: Truth) -> Truth {
    let mut praise = Shares::default();
    for remark in remarks {
        praise.add(area(remark.area), if remark.is_praise { 100. } else { 0. });
    }
    let mut worst_first = praise.ranked();
    worst_first.reverse();
    let kiosk = remarks.iter().filter(|remark| remark.told.first.text.to_lowercase().contains("kiosk")).count();
    truth
        .with("feedback", "how many remarks of patients were passed on", &["remarks"], number(remarks.len()))
        .with("praise", "good remarks in per cent, by area, the worst first", &["area", "rate"], worst_first)
        .with("kiosk", "remarks on the kiosk", &["remarks"], number(kiosk))
}

/// Means by name.
#[derive(Default)]
struct Shares(BTreeMap<&'static str, (f64, f64)>);

impl Shares {
    fn add(&mut self, name: &'static str, value: f64) {
        let sum = self.0.entry(name).or_default();
        *sum = (sum.0 + value, sum.1 + 1.);
    }

    fn overall(&self) -> f64 {
        let (sum, count) = self.0.values().fold((0., 0.), |all, one| (all.0 + one.0, all.1 + one.1));
        sum / count.max(1.)
    }

    /// The largest first.
    fn ranked(&self) -> Vec<Vec<Value>> {
        let mut means: Vec<(&str, f64)> = self.0.iter().map(|(name, (sum, count))| (*name, sum / count)).collect();
        means.sort_by(|one, other| other.1.total_cmp(&one.1));
        means.into_iter().map(|(name, mean)| vec![json!(name), json!(mean)]).collect()
    }
}

fn ranked(counts: BTreeMap<&str, i64>) -> Vec<Vec<Value>> {
    let mut counts: Vec<(&str, i64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| -count);
    counts.into_iter().map(|(name, count)| vec![json!(name), json!(count)]).collect()
}

fn number(count: usize) -> Vec<Vec<Value>> {
    vec![vec![json!(count)]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_planted_shows() {
        let hospital = Hospital::make(1.);
        let truth = hospital.story(1.).truth;
        let rows = |name: &str| truth.fact(name).unwrap().rows.clone();
        let first = |name: &str| {
            let rows = rows(name);
            let value = |place: usize| rows[place].last().unwrap().as_f64().unwrap();
            (rows[0][0].clone(), value(0) / value(1))
        };
        let told: Vec<&str> = truth.names().collect();
        assert!(told.len() >= 20, "{told:?}");
        for (fact, thing, least) in [
            ("occupancy", "Geriatrics", 1.1),
            ("turned_away", "Geriatrics", 1.5),
            ("readmissions", "Heart failure", 1.8),
            ("potassium", "Chronic kidney disease", 4.),
            ("waiting", "Dr. Solberg", 2.),
            ("no_shows_by_weekday", "Monday", 1.3),
            ("no_shows_by_year", "2024", 1.1),
            ("overtime", "Geriatrics", 1.8),
            ("missing_nurses", "Geriatrics", 1.8),
        ] {
            let (found, ahead) = first(fact);
            assert_eq!(found, thing, "{fact}: {:#?}", rows(fact));
            assert!(ahead > least, "{fact}: {:#?}", rows(fact));
        }
        let occupied = rows("occupancy")[0][1].as_f64().unwrap();
        assert!(occupied > 93., "{occupied}");
        let months = rows("respiratory_months");
        let count = |row: &[Value]| row[1].as_i64().unwrap();
        assert!(
            ["-12", "-01", "-02"].iter().any(|month| months[0][0].as_str().unwrap().ends_with(month)),
            "{months:?}"
        );
        assert!(count(&months[0]) > 3 * count(&months[17]), "{months:?}");
        assert_eq!(rows("praise")[0][0], "Geriatrics");
        assert!(rows("kiosk")[0][0].as_i64().unwrap() > 50);
    }
}
