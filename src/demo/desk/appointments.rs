//! What is put down in calendars.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{Appointment, STAFF};

/// All of it, in order of time.
pub(super) fn all(closed_on: NaiveDate) -> Vec<Appointment> {
    let monday = closed_on - Days::new(70 + u64::from(closed_on.weekday().num_days_from_monday()));
    let mut all = vec![
        meeting("Hana Sato", "Numbers of the week", at(monday, 9), 30, 12),
        meeting("Hana Sato", "Sales targets", at(monday + Days::new(2), 13), 60, 1),
        meeting("Hana Sato", "Talk about the stocktake", at(monday + Days::new(17), 10), 45, 1),
        meeting("Fernweh Goods", "Supplier meeting", at(monday + Days::new(31), 14), 120, 1),
        meeting("Fernweh Goods", "All hands", at(monday + Days::new(4), 15), 60, 10),
    ];
    for (number, title) in ["Winter sale", "Stocktake", "Company closed"].into_iter().enumerate() {
        let first = monday + Days::new(50 + 5 * number as u64);
        all.push(Appointment {
            calendar: "Fernweh Goods",
            title: title.to_owned(),
            start: at(first, 0),
            end: at(first + Days::new(2), 0),
            is_all_day: true,
            weeks: 1,
            location: None,
            guests: Vec::new(),
        });
    }
    all.sort_by_key(|appointment| appointment.start);
    all
}

fn meeting(calendar: &'static str, title: &str, start: DateTime<Utc>, minutes: i64, weeks: u32) -> Appointment {
    Appointment {
        calendar,
        title: title.to_owned(),
        start,
        end: start + TimeDelta::minutes(minutes),
        is_all_day: false,
        weeks,
        location: Some("Room Feldberg"),
        guests: STAFF[..3].to_vec(),
    }
}

fn at(day: NaiveDate, hour: u32) -> DateTime<Utc> {
    day.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()).and_utc()
}
