//! Meetings: those of every week, and those that come up.

use chrono::{DateTime, Datelike, Days, TimeDelta, Utc, Weekday};
use rand::RngExt;

use super::{Dice, Meeting, pick, place_of};
use crate::demo::Company;

/// A meeting of every week.
struct Weekly {
    subject: &'static str,
    day: Weekday,
    hour: i64,
    people: &'static [&'static str],
}

const WEEKLY: &[Weekly] = &[
    Weekly { subject: "Figures of the week", day: Weekday::Mon, hour: 9, people: &["hana", "marta", "jonas", "lotte"] },
    Weekly { subject: "Customer care", day: Weekday::Tue, hour: 8, people: &["aylin", "tomas", "chloe"] },
    Weekly { subject: "Goods in", day: Weekday::Wed, hour: 7, people: &["peter", "ines", "jonas"] },
];
const OTHERS: &[&str] = &["Interview", "Visit of a supplier", "Talk about returns", "Lunch with the carrier", "Photos"];
const PLACES: &[&str] = &["Large room", "Small room", "Warehouse", "Online"];

/// The meetings of so many days before the end of the company's story, and of two weeks behind it.
pub(super) fn all(company: &Company, days: u64, dice: &mut Dice) -> Vec<Meeting> {
    let mut meetings = Vec::new();
    let mut day = company.closed_at - Days::new(days);
    let end = company.closed_at + Days::new(14);
    while day < end {
        for weekly in WEEKLY.iter().filter(|weekly| weekly.day == day.weekday()) {
            let people: Vec<usize> = weekly.people.iter().map(|handle| place_of(company, handle)).collect();
            meetings.push(meeting(
                people,
                weekly.subject.to_owned(),
                PLACES[0],
                day + TimeDelta::hours(weekly.hour),
                45,
            ));
        }
        let is_weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        if !is_weekend && dice.random_bool(0.4) {
            let mut people: Vec<usize> = (0..dice.random_range(2..5)).map(|_| somebody(company, dice)).collect();
            let organizer = people[0];
            people.sort_unstable();
            people.dedup();
            people.retain(|person| *person != organizer);
            people.insert(0, organizer);
            let at = day + TimeDelta::minutes(30 * dice.random_range(20..32));
            meetings.push(meeting(people, (*pick(OTHERS, dice)).to_owned(), pick::<&str>(PLACES, dice), at, 30));
        }
        day += TimeDelta::days(1);
    }
    meetings.sort_by_key(|meeting| meeting.starts_at);
    meetings
}

fn meeting(
    people: Vec<usize>,
    subject: String,
    place: &'static str,
    starts_at: DateTime<Utc>,
    minutes: i64,
) -> Meeting {
    let organizer = people[0];
    Meeting { organizer, people, subject, place, starts_at, ends_at: starts_at + TimeDelta::minutes(minutes) }
}

fn somebody(company: &Company, dice: &mut Dice) -> usize {
    loop {
        let person = dice.random_range(0..company.people.len());
        if !company.people[person].is_bot && !company.people[person].has_left {
            return person;
        }
    }
}
