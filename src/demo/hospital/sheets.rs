//! The hospital's spreadsheets: beds, appointments, nurses.

use chrono::{Datelike, NaiveDate, TimeDelta};
use rand::RngExt;

use super::appointments::Fate;
use super::catalogue::GERIATRICS;
use super::people::CLINICIANS;
use super::{Dice, Hospital, WARDS, how_many};
use crate::demo::story::{StoryTable, StoryValue};

/// The days before the end that the roster tells of.
const ROSTER_DAYS: i64 = 184;

/// The nurses of a ward on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    pub(super) day: NaiveDate,
    pub(super) ward: usize,
    pub(super) planned: i64,
    pub(super) present: i64,
    /// In tenths of an hour.
    pub(super) overtime: i64,
}

/// How full the wards were.
pub(super) fn occupancy(hospital: &Hospital) -> StoryTable {
    let count = |count: usize| StoryValue::Integer(count as i64);
    let rows = hospital.ward_days.iter().map(|one| {
        vec![
            StoryValue::Day(one.day),
            WARDS[one.ward].name.into(),
            count(one.beds),
            count(one.occupied),
            count(one.admissions),
            count(one.discharges),
            count(one.turned_away),
        ]
    });
    StoryTable {
        title: "Ward Occupancy".to_owned(),
        about: "Beds of each ward at midnight, and for how many there was none".to_owned(),
        columns: vec!["date", "ward", "beds", "occupied", "admissions", "discharges", "turned_away"],
        rows: rows.collect(),
    }
}

/// The book of appointments.
pub(super) fn appointments(hospital: &Hospital, dice: &mut Dice) -> StoryTable {
    let mut rows = Vec::with_capacity(hospital.appointments.len());
    for one in &hospital.appointments {
        let (patient, clinician) = (&hospital.patients[one.patient], &CLINICIANS[one.clinician]);
        rows.push(vec![
            format!("APT-{:06}", one.number).into(),
            StoryValue::Moment(one.at),
            clinician.department.into(),
            Hospital::doctor(clinician).into(),
            patient.spelt(dice).into(),
            patient.phone_spelt(dice).map_or(StoryValue::Empty, StoryValue::Text),
            one.fate.name().into(),
            match one.fate {
                Fate::Attended(minutes) => StoryValue::Integer(minutes),
                Fate::NoShow | Fate::Cancelled => StoryValue::Empty,
            },
            one.booked_by.into(),
        ]);
    }
    StoryTable {
        title: "Appointments".to_owned(),
        about: "Appointments of outpatients, and what became of them".to_owned(),
        columns: vec![
            "appointment_id",
            "scheduled_at",
            "department",
            "clinician",
            "patient",
            "phone",
            "status",
            "waiting_minutes",
            "booked_by",
        ],
        rows,
    }
}

/// Who was there of the nurses who should be.
pub(super) fn roster(hospital: &Hospital, dice: &mut Dice) -> Vec<Shift> {
    let since = hospital.closed_at.date_naive() - TimeDelta::days(ROSTER_DAYS);
    let told = hospital.ward_days.iter().filter(|one| one.day >= since);
    let shift = |one: &super::WardDay, dice: &mut Dice| {
        let is_weekend = one.day.weekday().num_days_from_monday() > 4;
        let planned = if is_weekend { 7 } else { 9 };
        let missing = if one.ward == GERIATRICS { 1.9 } else { 0.45 };
        let away = (how_many(missing, dice) as i64).min(planned - 3);
        // Whoever is there stays longer for those who are not; more so towards the end of the year.
        let passed = (one.day - since).num_days() as f64 / ROSTER_DAYS as f64;
        let overtime = (away as f64 * (18. + 14. * passed) + dice.random_range(0.0..12.)).round() as i64;
        Shift { day: one.day, ward: one.ward, planned, present: planned - away, overtime }
    };
    told.map(|one| shift(one, dice)).collect()
}

/// The roster as a spreadsheet.
pub(super) fn roster_table(roster: &[Shift]) -> StoryTable {
    let rows = roster.iter().map(|one| {
        vec![
            StoryValue::Day(one.day),
            WARDS[one.ward].name.into(),
            StoryValue::Integer(one.planned),
            StoryValue::Integer(one.present),
            StoryValue::Number(one.overtime as f64 / 10.),
        ]
    });
    StoryTable {
        title: "Staff Roster".to_owned(),
        about: "Nurses of each ward and day: planned, present, and their overtime".to_owned(),
        columns: vec!["date", "ward", "nurses_planned", "nurses_present", "overtime_hours"],
        rows: rows.collect(),
    }
}
