//! Appointments of outpatients: who came, who did not, and how long they waited.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use rand::RngExt;

use super::people::{CLINICIANS, SLOW};
use super::{Dice, Hospital, bell, how_many, pick};

/// Appointments that a clinician has on a working day, at size factor 1.
const A_DAY: f64 = 1.6;
/// How likely nobody comes, Monday first.
const NO_SHOWS: [f64; 5] = [0.24, 0.10, 0.09, 0.09, 0.14];
const CANCELLED: f64 = 0.06;
/// From when on patients are reminded by a message.
const REMINDED_FROM: (i32, u32, u32) = (2025, 4, 1);
const WAYS: [&str; 4] = ["phone", "phone", "online", "referral"];

/// An appointment of an outpatient.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Appointment {
    pub(super) number: usize,
    pub(super) at: DateTime<Utc>,
    pub(super) clinician: usize,
    pub(super) patient: usize,
    pub(super) fate: Fate,
    pub(super) booked_by: &'static str,
}

/// What has become of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The patient came, and waited for so many minutes.
    Attended(i64),
    NoShow,
    Cancelled,
}

impl Fate {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Attended(_) => "attended",
            Self::NoShow => "no-show",
            Self::Cancelled => "cancelled",
        }
    }
}

/// All of them, in order of time.
pub(super) fn all(hospital: &Hospital, size_factor: f64, dice: &mut Dice) -> Vec<Appointment> {
    let mut all = Vec::new();
    let mut day = hospital.first_day;
    while day < hospital.closed_at.date_naive() {
        if day.weekday().num_days_from_monday() < 5 {
            for (place, clinician) in CLINICIANS.iter().enumerate() {
                for _ in 0..how_many(A_DAY * size_factor, dice) {
                    all.push(one(hospital, day, place, clinician.name == SLOW, dice));
                }
            }
        }
        day += TimeDelta::days(1);
    }
    all.sort_by_key(|one| one.at);
    for (place, one) in all.iter_mut().enumerate() {
        one.number = place + 1;
    }
    all
}

fn one(hospital: &Hospital, day: NaiveDate, clinician: usize, is_slow: bool, dice: &mut Dice) -> Appointment {
    let at = day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(8 * 60 + 15 * dice.random_range(0..34));
    let reminded_from = NaiveDate::from_ymd_opt(REMINDED_FROM.0, REMINDED_FROM.1, REMINDED_FROM.2).unwrap_or_default();
    let reminder = if day < reminded_from { 1.3 } else { 0.8 };
    let no_show = NO_SHOWS[day.weekday().num_days_from_monday() as usize] * reminder;
    let luck: f64 = dice.random();
    // The later in the day, the longer the queue.
    let queue = 0.7 + 0.6 * (at - day.and_time(NaiveTime::MIN).and_utc()).num_minutes() as f64 / 960.;
    let usual = if is_slow { 47. } else { 18. };
    let fate = if luck < no_show {
        Fate::NoShow
    } else if luck < no_show + CANCELLED {
        Fate::Cancelled
    } else {
        Fate::Attended((usual * queue * (1. + 0.35 * bell(dice))).round().max(1.) as i64)
    };
    let patient = dice.random_range(0..hospital.patients.len());
    Appointment { number: 0, at, clinician, patient, fate, booked_by: pick(&WAYS, dice) }
}
