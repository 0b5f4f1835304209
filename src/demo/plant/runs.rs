//! Production runs: a machine makes a product for a shift.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use rand::RngExt;

use super::floor::{FAILING, MACHINES, Machine, SEASONAL, SHIFTS, SPOILING, Shift};
use super::{DAYS, Dice, first_day, noise, pick};

/// When the machine that spoils begins to, and what each day adds to the share.
const SPOILS_FROM: (i32, u32, u32) = (2025, 8, 1);
const SPOILS_MORE: f64 = 0.000_6;
/// The days on which the machine that fails stands still.
const STANDS_STILL: [(i32, u32, u32); 2] = [(2025, 11, 18), (2025, 11, 21)];
/// What is wanted of the seasonal product in each month, as a share of all that its machines make.
const SEASON: [f64; 12] = [0.86, 0.80, 0.62, 0.42, 0.28, 0.20, 0.18, 0.26, 0.48, 0.68, 0.82, 0.88];

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    /// Such as `RUN-000123`; they are in the order of time.
    pub(super) id: String,
    /// A place in the list of machines.
    pub(super) machine: usize,
    /// A place in the list of shifts.
    pub(super) shift: usize,
    pub(super) product: &'static str,
    pub(super) started_at: DateTime<Utc>,
    /// Hours that it was to run.
    pub(super) hours: f64,
    /// Good and spoilt pieces.
    pub(super) units: i64,
    /// The spoilt ones among them.
    pub(super) scrap: i64,
    /// Minutes of it in which the machine stood still.
    pub(super) downtime: i64,
}

fn day((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// Whether the machine that fails stands still.
pub(super) fn stands_still(machine: &Machine, on: NaiveDate) -> bool {
    machine.id == FAILING && (day(STANDS_STILL[0])..=day(STANDS_STILL[1])).contains(&on)
}

/// The day on which it fails.
pub(super) fn fails_on() -> NaiveDate {
    day(STANDS_STILL[0])
}

/// So many runs: more of them every month, few at weekends.
pub(super) fn make(count: usize, dice: &mut Dice) -> Vec<Run> {
    let days: Vec<NaiveDate> = (0..DAYS).map(|passed| first_day() + Days::new(passed)).collect();
    let busy = |day: &NaiveDate| {
        let growth = 1. + 0.25 * (*day - first_day()).num_days() as f64 / DAYS as f64;
        let week = match day.weekday() {
            Weekday::Sat => 0.45,
            Weekday::Sun => 0.15,
            _ => 1.,
        };
        growth * week * if day.month() == 8 { 0.75 } else { 1. }
    };
    let whole: f64 = days.iter().map(busy).sum();
    let mut runs = Vec::with_capacity(count);
    let mut until = 0.;
    for day in &days {
        until += busy(day) / whole;
        let due = (until * count as f64).round() as usize;
        while runs.len() < due.min(count) {
            runs.push(run(*day, dice));
        }
    }
    runs.sort_by_key(|run| run.started_at);
    for (run, number) in runs.iter_mut().zip(1..) {
        run.id = format!("RUN-{number:06}");
    }
    runs
}

fn run(on: NaiveDate, dice: &mut Dice) -> Run {
    let place = loop {
        let place = dice.random_range(0..MACHINES.len());
        if !stands_still(&MACHINES[place], on) {
            break place;
        }
    };
    let shift = dice.random_range(0..SHIFTS.len());
    let (machine, Shift { begins, output, .. }) = (&MACHINES[place], &SHIFTS[shift]);
    let product = product(machine, on, dice);
    let hours = f64::from(dice.random_range(9..16)) / 2.;
    let standing = machine.downtime * dice.random_range(0.2..1.8) * if *output < 0.9 { 1.35 } else { 1. };
    let units = machine.rate * output * (hours - standing / 60.) * (1. + 0.04 * noise(dice));
    let units = units.round().max(1.);
    let scrap = units * scrap_share(machine, on) * (1. + 0.2 * noise(dice)).max(0.);
    let begins = on.and_hms_opt(*begins, 0, 0).unwrap_or_default().and_utc();
    Run {
        id: String::new(),
        machine: place,
        shift,
        product,
        started_at: begins + TimeDelta::minutes(dice.random_range(0..45)),
        hours,
        units: units as i64,
        scrap: scrap.round() as i64,
        downtime: standing.round() as i64,
    }
}

fn product(machine: &Machine, on: NaiveDate, dice: &mut Dice) -> &'static str {
    let others: Vec<&'static str> = machine.products.iter().copied().filter(|product| *product != SEASONAL).collect();
    let is_wanted = machine.products.contains(&SEASONAL) && dice.random_bool(SEASON[on.month0() as usize]);
    if is_wanted { SEASONAL } else { pick(&others, dice) }
}

/// What share of the pieces a machine spoils on a day.
fn scrap_share(machine: &Machine, on: NaiveDate) -> f64 {
    let spoilt = (on - day(SPOILS_FROM)).num_days().max(0) as f64 * SPOILS_MORE;
    machine.scrap + if machine.id == SPOILING { spoilt } else { 0. }
}
