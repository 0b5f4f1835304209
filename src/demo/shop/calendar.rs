//! When people order: growth, the seasons, the week and the hours of a day.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta};
use rand::RngExt;

use super::{Dice, Shop, pick_by_weight, running_sums};

/// How long the shop has been open, in days.
pub(super) const DAYS: u64 = 731;

/// Demand in each month, January first; the year's mean is about 1.
const MONTHS: [f64; 12] = [0.82, 0.80, 0.90, 0.96, 1.02, 1.04, 0.92, 0.84, 0.94, 1.02, 1.32, 1.58];
/// Demand on each day of the week, Monday first.
const WEEKDAYS: [f64; 7] = [1.04, 0.98, 0.96, 0.98, 0.94, 0.98, 1.12];
/// Demand in each hour of a day.
const HOURS: [f64; 24] = [
    0.3, 0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 0.9, 1.2, 1.4, 1.5, 1.5, 1.6, 1.4, 1.3, 1.3, 1.4, 1.6, 1.9, 2.3, 2.5, 2.2, 1.5,
    0.7,
];
/// How much more is ordered at the end than on the first day.
const GROWTH: f64 = 0.9;
/// How much more is ordered in the days of the November sale.
const SALE: f64 = 1.9;

/// Whether a day is in the sale at the end of November.
pub(super) fn is_sale(day: NaiveDate) -> bool {
    day.month() == 11 && (24..=30).contains(&day.day())
}

/// The moment at which the books were closed: nothing is known after it.
pub(super) fn end(shop: &Shop) -> NaiveDateTime {
    midnight(shop.first_day + Days::new(DAYS))
}

/// Midnight at the beginning of a day.
pub(super) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_hms_opt(0, 0, 0).expect("a day begins")
}

/// A moment of a day, most likely in the evening.
pub(super) fn moment(day: NaiveDate, hours: &[f64], dice: &mut Dice) -> NaiveDateTime {
    let hour = pick_by_weight(hours, dice);
    midnight(day) + TimeDelta::seconds(hour as i64 * 3600 + dice.random_range(0..3600))
}

/// Running sums of the hours' demand, for [`moment`].
pub(super) fn hours() -> Vec<f64> {
    running_sums(HOURS.into_iter())
}

/// How many orders come on each day; together exactly as many as the shop has.
pub(super) fn orders_by_day(shop: &Shop, dice: &mut Dice) -> Vec<(NaiveDate, usize)> {
    let days: Vec<NaiveDate> = (0..DAYS).map(|day| shop.first_day + Days::new(day)).collect();
    let demand = days.iter().enumerate().map(|(passed, day)| {
        let growth = 1.0 + GROWTH * passed as f64 / DAYS as f64;
        let month = MONTHS[day.month0() as usize];
        let weekday = WEEKDAYS[day.weekday().num_days_from_monday() as usize];
        let sale = if is_sale(*day) { SALE } else { 1.0 };
        growth * month * weekday * sale * dice.random_range(0.9..1.1)
    });
    let sums = running_sums(demand);
    let total = sums.last().copied().unwrap_or(1.0);
    let mut before = 0;
    let mut counts = Vec::with_capacity(days.len());
    for (day, sum) in days.into_iter().zip(sums) {
        let until = (sum / total * shop.orders as f64).round() as usize;
        counts.push((day, until - before));
        before = until;
    }
    counts
}
