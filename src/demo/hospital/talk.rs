//! What is written in the hospital: what patients say, and where a bed is free.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rand::RngExt;

use super::catalogue::{GERIATRICS, INTERNAL, PULMONOLOGY, SURGERY};
use super::people::{CLINICIANS, OTHERS};
use super::phrases::grammar;
use super::{Dice, Hospital, WARDS, how_many, pick};
use crate::demo::grammar::Grammar;
use crate::demo::story::talk::{Conversation, Said, channel};
use crate::demo::story::{StoryChannel, StoryMessage};

/// Days before the end from which on feedback is passed on.
const DAYS: i64 = 365;
/// Remarks on a ward, or of outpatients, that are passed on in a day.
const A_DAY: [f64; 5] = [0.7, 0.6, 0.6, 0.8, 1.0];
/// How likely a remark is a good one: of each ward, and of the outpatients.
const PRAISE: [f64; 5] = [0.62, 0.82, 0.60, 0.30, 0.68];
/// The place of the outpatients behind those of the wards.
const OUTPATIENTS: usize = 4;
/// The day on which outpatients began to check in at a machine.
const KIOSK_SINCE: (i32, u32, u32) = (2025, 10, 6);
/// Remarks on it that are passed on in a day.
const OF_THE_KIOSK: f64 = 1.1;

/// What is called what in messages.
const SPELLINGS: [&[&str]; 5] = [
    &["Internal Medicine", "Internal Med.", "Station 1"],
    &["Surgery", "Surgical ward", "Station 2"],
    &["Pulmonology", "Pneumology", "Station 3"],
    &["Geriatrics", "Geriatric ward", "Station 4"],
    &["Outpatients", "Outpatient clinic"],
];

/// A remark that was passed on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remark {
    /// Place of a ward, or of the outpatients behind them.
    pub(super) area: usize,
    pub(super) is_praise: bool,
    pub(super) told: Conversation,
}

/// What the area of a remark is called.
pub(super) fn area(place: usize) -> &'static str {
    SPELLINGS[place][0]
}

/// What patients said.
pub(super) fn feedback(hospital: &Hospital, size_factor: f64, dice: &mut Dice) -> Vec<Remark> {
    let kiosk_since = NaiveDate::from_ymd_opt(KIOSK_SINCE.0, KIOSK_SINCE.1, KIOSK_SINCE.2).unwrap_or_default();
    let grammar = grammar();
    let mut remarks = Vec::new();
    let mut day = hospital.closed_at.date_naive() - TimeDelta::days(DAYS);
    while day < hospital.closed_at.date_naive() {
        for (place, expected) in A_DAY.iter().enumerate() {
            for _ in 0..how_many(expected * size_factor, dice) {
                let is_praise = dice.random_bool(PRAISE[place]);
                let rule = match (is_praise, place) {
                    (true, OUTPATIENTS) => "praise of outpatients",
                    (false, OUTPATIENTS) => "complaint of outpatients",
                    (true, _) => "praise",
                    (false, _) => "complaint",
                };
                let told = conversation(hospital, &grammar, rule, day, place, dice);
                remarks.push(Remark { area: place, is_praise, told });
            }
        }
        let of_the_kiosk = if day < kiosk_since { 0 } else { how_many(OF_THE_KIOSK * size_factor, dice) };
        for _ in 0..of_the_kiosk {
            let told = conversation(hospital, &grammar, "kiosk", day, OUTPATIENTS, dice);
            remarks.push(Remark { area: OUTPATIENTS, is_praise: false, told });
        }
        day += TimeDelta::days(1);
    }
    remarks
}

fn conversation(
    hospital: &Hospital,
    grammar: &Grammar,
    rule: &str,
    day: NaiveDate,
    area: usize,
    dice: &mut Dice,
) -> Conversation {
    let at = moment(day, 7 * 3600, 19 * 3600, dice);
    let patient = &hospital.patients[dice.random_range(0..hospital.patients.len())];
    let title = if patient.gender == "female" { "Mrs" } else { "Mr" };
    let own: Vec<_> = CLINICIANS.iter().filter(|one| one.ward == area || area == OUTPATIENTS).collect();
    let text = grammar.say(
        rule,
        &[
            ("area", pick(SPELLINGS[area], dice)),
            ("who", &format!("{title} {}", patient.family)),
            ("room", &dice.random_range(1..30).to_string()),
            ("minutes", &dice.random_range(35..120).to_string()),
            ("doctor", &Hospital::doctor(pick(&own, dice))),
        ],
        dice,
    );
    let author = place_of(if dice.random_bool(0.6) { "dana" } else { "kofi" });
    let mut answers = Vec::new();
    if dice.random_bool(0.3) {
        let text = grammar.say("answer", &[("someone", pick(OTHERS, dice).0)], dice);
        let at = at + TimeDelta::seconds(dice.random_range(300..9 * 3600));
        answers.push(Said { at, author: head_nurse(area), text, file: None });
    }
    Conversation { first: Said { at, author, text, file: None }, answers }
}

/// The channel of it.
pub(super) fn feedback_channel(remarks: Vec<Remark>, closed_at: DateTime<Utc>) -> StoryChannel {
    let (messages, _) = channel(remarks.into_iter().map(|remark| remark.told).collect(), closed_at);
    called("patient-feedback", "Pass it on, good or bad", "What patients and visitors tell us", messages)
}

/// The channel in which beds are asked for.
pub(super) fn beds_channel(hospital: &Hospital, dice: &mut Dice) -> StoryChannel {
    let grammar = grammar();
    let mut told = Vec::new();
    for one in &hospital.ward_days {
        let free = one.beds - one.occupied;
        let is_full = one.turned_away > 0;
        if !is_full && (free < 2 || !dice.random_bool(0.2)) {
            continue;
        }
        let (rule, count) = if is_full { ("full", one.turned_away) } else { ("free", free) };
        let author = if dice.random_bool(0.5) { place_of("mirko") } else { head_nurse(one.ward) };
        let text = grammar.say(rule, &[("area", WARDS[one.ward].name), ("count", &count.to_string())], dice);
        let first = Said { at: moment(one.day, 60_000, 82_000, dice), author, text, file: None };
        told.push(Conversation { first, answers: Vec::new() });
    }
    let (messages, _) = channel(told, hospital.closed_at);
    called("bed-management", "One message a ward and evening", "Where a bed is free, and where none is", messages)
}

fn called(name: &str, topic: &str, purpose: &str, messages: Vec<StoryMessage>) -> StoryChannel {
    StoryChannel { name: name.to_owned(), topic: topic.to_owned(), purpose: purpose.to_owned(), messages }
}

fn moment(day: NaiveDate, from: i64, until: i64, dice: &mut Dice) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::seconds(dice.random_range(from..until))
}

fn head_nurse(area: usize) -> usize {
    place_of(match area {
        INTERNAL => "oscar",
        SURGERY => "nadia",
        PULMONOLOGY => "sven",
        GERIATRICS => "lara",
        _ => "dana",
    })
}

fn place_of(handle: &str) -> usize {
    OTHERS.iter().position(|(known, ..)| *known == handle).unwrap_or_default()
}
