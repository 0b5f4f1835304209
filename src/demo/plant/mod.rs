//! A factory, made up: its machines and what they make, shift by shift, who supplies it, and what its technicians write.
//!
//! What is planted stands in its truth: a machine that spoils more and more, a supplier that comes late, a shift that makes
//! less than the others, a product with a season, and a machine whose failure was announced in the channel days before.

mod channel;
mod deliveries;
mod facts;
mod floor;
mod maintenance;
mod runs;
mod sheets;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use rand::{RngExt, SeedableRng};

use super::dice::{Dice, noise, pick};
use super::story::{Story, StoryChannel};
use deliveries::Delivery;
use maintenance::Repair;
use runs::Run;

const SEED: u64 = 9_091;
/// Days of the books: two full years.
const DAYS: u64 = 731;
/// Production runs at size factor 1.
const RUNS: f64 = 5_000.;
/// Deliveries at size factor 1.
const DELIVERIES: f64 = 900.;
/// Repairs and inspections at size factor 1.
const REPAIRS: f64 = 400.;
/// Messages of the maintenance channel at size factor 1.
const MESSAGES: f64 = 2_000.;

/// The factory.
struct Plant {
    runs: Vec<Run>,
    deliveries: Vec<Delivery>,
    repairs: Vec<Repair>,
    talk: channel::Talk,
}

impl Plant {
    const COMPANY: &'static str = "Ashcombe Components";
    const DOMAIN: &'static str = "ashcombe.example";

    fn make(size_factor: f64) -> Self {
        let scaled = |count: f64| (count * size_factor.max(0.)).round() as usize;
        let mut dice = Dice::seed_from_u64(SEED);
        let runs = runs::make(scaled(RUNS), &mut dice);
        let deliveries = deliveries::make(scaled(DELIVERIES), &mut dice);
        let repairs = maintenance::make(scaled(REPAIRS), &mut dice);
        let talk = channel::make(scaled(MESSAGES), &mut dice);
        Self { runs, deliveries, repairs, talk }
    }
}

/// What the simulators tell, and what is true.
pub(super) fn story(size_factor: f64) -> Story {
    let plant = Plant::make(size_factor);
    let truth = facts::all(&plant);
    let sheets = sheets::all(&plant);
    Story {
        company: Plant::COMPANY,
        domain: Plant::DOMAIN,
        people: floor::people(),
        sheets,
        documents: Vec::new(),
        channels: vec![StoryChannel {
            name: "maintenance".into(),
            topic: "What the machines do, and what they should not do".into(),
            purpose: "Technicians and shift leads tell each other about the machines".into(),
            messages: plant.talk.messages,
        }],
        closed_at: closed_at(),
        truth,
    }
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default()
}

fn last_day() -> NaiveDate {
    first_day() + Days::new(DAYS - 1)
}

/// The end of the last day.
fn closed_at() -> DateTime<Utc> {
    last_day().and_time(NaiveTime::from_hms_opt(23, 0, 0).unwrap_or_default()).and_utc()
}

/// A day of the books, all equally likely.
fn some_day(dice: &mut Dice) -> NaiveDate {
    first_day() + Days::new(dice.random_range(0..DAYS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::Truth;

    #[test]
    fn a_size_makes_the_same_factory() {
        assert_eq!(story(0.2), story(0.2));
        let story = story(1.);
        let counts: Vec<(&str, usize)> =
            story.sheets.iter().map(|sheet| (sheet.title.as_str(), sheet.rows.len())).collect();
        let expected =
            [("Production Runs", 5_000), ("Machines", 16), ("Maintenance Log", 400), ("Supplier Deliveries", 900)];
        assert_eq!(counts, expected);
        let messages = &story.channels[0].messages;
        assert_eq!(messages.len(), 2_000);
        assert!(messages.windows(2).all(|two| two[0].at < two[1].at));
        let begun = |message: &&crate::demo::StoryMessage| message.answers.is_some();
        for answer in messages.iter().filter(begun) {
            let answered = &messages[answer.answers.unwrap()];
            assert!(answered.at < answer.at && answered.answers.is_none());
        }
    }

    fn ranking(truth: &Truth, name: &str) -> Vec<(String, f64)> {
        let fact = truth.fact(name).unwrap();
        fact.rows.iter().map(|row| (row[0].as_str().unwrap().to_owned(), row[1].as_f64().unwrap())).collect()
    }

    #[test]
    fn what_is_planted_can_be_found() {
        let truth = Plant::make(1.);
        let truth = facts::all(&truth);
        let is_far = |name: &str, who: &str, times: f64| {
            let ranking = ranking(&truth, name);
            assert_eq!(ranking[0].0, who, "{name}: {ranking:?}");
            assert!(ranking[0].1 > ranking[1].1 * times, "{name}: {ranking:?}");
        };
        is_far("scrap_rate_by_machine_last_quarter", floor::SPOILING, 2.);
        is_far("delay_by_supplier", deliveries::LATE, 3.);
        is_far("warnings_by_machine", floor::FAILING, 1.5);
        let shifts = ranking(&truth, "output_per_hour_by_shift");
        assert_eq!(shifts[2].0, "Night");
        assert!(shifts[2].1 < shifts[1].1 * 0.92, "{shifts:?}");
        let months = truth.fact("seasonal_product_by_month").unwrap();
        let units = |month: &str| months.rows.iter().find(|row| row[0] == month).unwrap()[1].as_f64().unwrap();
        assert!(units("2025-01-01") > 2. * units("2025-07-01"));
        let breakdowns = truth.fact("longest_breakdown").unwrap();
        assert_eq!(breakdowns.rows[0][1], floor::FAILING);
    }

    #[test]
    fn the_announced_failure_is_heard_in_a_larger_factory_too() {
        let truth = facts::all(&Plant::make(20.));
        let complaints = ranking(&truth, "warnings_by_machine");
        assert_eq!(complaints[0].0, floor::FAILING, "{complaints:?}");
        assert!(complaints[0].1 > complaints[1].1 * 1.5, "{complaints:?}");
    }
}
