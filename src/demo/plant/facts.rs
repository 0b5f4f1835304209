//! What is true of the factory.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Value, json};

use super::super::truth::Truth;
use super::Plant;
use super::deliveries::{Delivery, LATE, SUPPLIERS};
use super::floor::{FAILING, MACHINES, SEASONAL, SHIFTS, SPOILING};
use super::maintenance::Repair;
use super::runs::Run;

/// All facts.
pub(super) fn all(plant: &Plant) -> Truth {
    let truth = production(planted(), plant);
    let truth = quality(truth, plant);
    let truth = supply(truth, plant);
    let truth = repairs(truth, plant);
    talk(truth, plant)
}

/// What is planted, by name.
fn planted() -> Truth {
    let name = |name: &str| number(name);
    Truth::default()
        .with("announced_failure", "the machine whose failure was announced", &["machine_id"], name(FAILING))
        .with("spoiling_machine", "the machine that spoils more and more", &["machine_id"], name(SPOILING))
        .with("late_supplier", "the supplier that comes late", &["supplier"], name(LATE))
        .with("seasonal_product", "the product with a season", &["product"], name(SEASONAL))
        .with("weak_shift", "the shift that makes less than the others", &["shift"], name(SHIFTS[2].name))
}

/// Two sums by a key: for shares and means.
fn pairs<K: Ord>(values: impl Iterator<Item = (K, f64, f64)>) -> BTreeMap<K, (f64, f64)> {
    let mut sums: BTreeMap<K, (f64, f64)> = BTreeMap::new();
    for (key, one, other) in values {
        let sum = sums.entry(key).or_default();
        sum.0 += one;
        sum.1 += other;
    }
    sums
}

/// Sums by name, the largest first.
fn ranked(values: impl Iterator<Item = (&'static str, i64)>) -> Vec<Vec<Value>> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (name, value) in values {
        *sums.entry(name).or_default() += value;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| -sum);
    sums.into_iter().map(|(name, sum)| vec![json!(name), json!(sum)]).collect()
}

/// Quotients by name, the largest first.
fn ratios(values: impl Iterator<Item = (&'static str, f64, f64)>, scale: f64) -> Vec<Vec<Value>> {
    let quotient = |(name, (one, other)): (&'static str, (f64, f64))| (name, scale * one / other);
    let mut ratios: Vec<_> = pairs(values).into_iter().map(quotient).collect();
    ratios.sort_by(|one, other| other.1.total_cmp(&one.1));
    ratios.into_iter().map(|(name, ratio)| vec![json!(name), json!(ratio)]).collect()
}

/// Sums by month, in their order.
fn monthly(values: impl Iterator<Item = (DateTime<Utc>, i64)>) -> Vec<Vec<Value>> {
    let mut sums: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for (at, value) in values {
        *sums.entry(month_of(at)).or_default() += value;
    }
    sums.into_iter().map(|(month, sum)| vec![json!(month), json!(sum)]).collect()
}

fn month_of(at: DateTime<Utc>) -> NaiveDate {
    at.date_naive().with_day(1).unwrap_or_default()
}

fn euros(ranking: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let in_euros = |row: Vec<Value>| vec![row[0].clone(), json!(row[1].as_i64().unwrap_or_default() as f64 / 100.)];
    ranking.into_iter().map(in_euros).collect()
}

fn number(value: impl Into<Value>) -> Vec<Vec<Value>> {
    vec![vec![value.into()]]
}

fn is_last_quarter(day: NaiveDate) -> bool {
    day.year() == 2025 && day.month() > 9
}

fn production(truth: Truth, plant: &Plant) -> Truth {
    let runs = || plant.runs.iter();
    let seasonal = || runs().filter(|run| run.product == SEASONAL);
    let mut peak = monthly(seasonal().map(|run| (run.started_at, run.units)));
    peak.sort_by_key(|row| -row[1].as_i64().unwrap_or_default());
    peak.truncate(1);
    truth
        .with("runs_count", "how many runs there were", &["runs"], number(plant.runs.len()))
        .with("units_total", "all that was made", &["units"], number(runs().map(|run| run.units).sum::<i64>()))
        .with(
            "units_by_product",
            "what was made of each product, the most first",
            &["product", "units"],
            ranked(runs().map(|run| (run.product, run.units))),
        )
        .with(
            "units_by_line",
            "what each line made, the most first",
            &["line", "units"],
            ranked(runs().map(|run| (MACHINES[run.machine].line, run.units))),
        )
        .with(
            "units_by_machine",
            "what each machine made, the most first",
            &["machine_id", "units"],
            ranked(runs().map(|run| (MACHINES[run.machine].id, run.units))),
        )
        .with(
            "units_by_shift",
            "what each shift made, the most first",
            &["shift", "units"],
            ranked(runs().map(|run| (SHIFTS[run.shift].name, run.units))),
        )
        .with(
            "units_by_month",
            "what was made in each month",
            &["month", "units"],
            monthly(runs().map(|run| (run.started_at, run.units))),
        )
        .with(
            "units_by_product_last_quarter",
            "what was made of each product in the last quarter of 2025, the most first",
            &["product", "units"],
            ranked(
                runs().filter(|run| is_last_quarter(run.started_at.date_naive())).map(|run| (run.product, run.units)),
            ),
        )
        .with(
            "output_per_hour_by_shift",
            "pieces an hour of each shift, the most first",
            &["shift", "units_per_hour"],
            ratios(runs().map(|run| (SHIFTS[run.shift].name, run.units as f64, run.hours)), 1.),
        )
        .with(
            "seasonal_product_by_month",
            "what was made of the product with a season in each month",
            &["month", "units"],
            monthly(seasonal().map(|run| (run.started_at, run.units))),
        )
        .with("seasonal_product_peak", "the month in which most of it was made", &["month", "units"], peak)
}

fn quality(truth: Truth, plant: &Plant) -> Truth {
    let runs = || plant.runs.iter();
    let of_machine = |run: &Run| (MACHINES[run.machine].id, run.scrap as f64, run.units as f64);
    let late = || runs().filter(|run| is_last_quarter(run.started_at.date_naive()));
    let spoiling = runs().filter(|run| MACHINES[run.machine].id == SPOILING);
    let spoiling = pairs(spoiling.map(|run| (month_of(run.started_at), run.scrap as f64, run.units as f64)));
    let standing = |run: &Run| (MACHINES[run.machine].id, run.downtime);
    truth
        .with("scrap_total", "all that was spoilt", &["scrap_units"], number(runs().map(|run| run.scrap).sum::<i64>()))
        .with(
            "scrap_rate_by_machine",
            "what share of its pieces each machine spoilt, in percent, the most first",
            &["machine_id", "scrap_rate"],
            ratios(runs().map(of_machine), 100.),
        )
        .with(
            "scrap_rate_by_machine_last_quarter",
            "the same in the last quarter of 2025",
            &["machine_id", "scrap_rate"],
            ratios(late().map(of_machine), 100.),
        )
        .with(
            "scrap_rate_by_product",
            "what share of each product was spoilt, in percent, the most first",
            &["product", "scrap_rate"],
            ratios(runs().map(|run| (run.product, run.scrap as f64, run.units as f64)), 100.),
        )
        .with(
            "scrap_rate_of_spoiling_machine_by_month",
            "what share the machine spoilt that spoils more and more, in percent",
            &["month", "scrap_rate"],
            spoiling
                .into_iter()
                .map(|(month, (scrap, units))| vec![json!(month), json!(100. * scrap / units)])
                .collect(),
        )
        .with(
            "downtime_by_machine",
            "minutes for which each machine stood still in runs, the most first",
            &["machine_id", "downtime_minutes"],
            ranked(runs().map(standing)),
        )
        .with(
            "downtime_by_line",
            "minutes for which each line stood still, the most first",
            &["line", "downtime_minutes"],
            ranked(runs().map(|run| (MACHINES[run.machine].line, run.downtime))),
        )
}

fn supply(truth: Truth, plant: &Plant) -> Truth {
    let all = || plant.deliveries.iter();
    let name = |delivery: &Delivery| SUPPLIERS[delivery.supplier].name;
    let delayed = || all().filter_map(move |one| Some((name(one), one.delay()? as f64)));
    let late = all().filter(|one| one.delay().is_some_and(|days| days > 0));
    let on_time = |days: f64| if days <= 0. { 1. } else { 0. };
    truth
        .with("deliveries_count", "how many deliveries were ordered", &["deliveries"], number(plant.deliveries.len()))
        .with(
            "deliveries_on_their_way",
            "how many have not come yet",
            &["deliveries"],
            number(all().filter(|one| one.delivered.is_none()).count()),
        )
        .with(
            "delay_by_supplier",
            "days that each supplier came late in the mean, the latest first",
            &["supplier", "delay_days"],
            ratios(delayed().map(|(name, days)| (name, days, 1.)), 1.),
        )
        .with(
            "late_deliveries_by_supplier",
            "how many deliveries of each supplier came late, the most first",
            &["supplier", "deliveries"],
            ranked(late.map(|one| (name(one), 1))),
        )
        .with(
            "on_time_rate_by_supplier",
            "what share of each supplier's deliveries came in time, in percent, the most first",
            &["supplier", "on_time_rate"],
            ratios(delayed().map(|(name, days)| (name, on_time(days), 1.)), 100.),
        )
        .with(
            "orders_by_supplier",
            "what was ordered from each supplier, in euros, the most first",
            &["supplier", "value"],
            euros(ranked(all().map(|one| (name(one), one.value)))),
        )
}

fn repairs(truth: Truth, plant: &Plant) -> Truth {
    let all = || plant.repairs.iter();
    let id = |repair: &Repair| MACHINES[repair.machine].id;
    let breakdowns = || all().filter(|repair| repair.kind == "Breakdown");
    let longest = breakdowns().max_by(|one, other| one.hours.total_cmp(&other.hours));
    let longest = longest.map(|repair| vec![json!(repair.id), json!(id(repair)), json!(repair.hours)]);
    truth
        .with(
            "breakdowns_by_machine",
            "how often each machine broke down, the most often first",
            &["machine_id", "breakdowns"],
            ranked(breakdowns().map(|repair| (id(repair), 1))),
        )
        .with("breakdowns_count", "how often machines broke down", &["breakdowns"], number(breakdowns().count()))
        .with(
            "maintenance_cost_by_machine",
            "what maintenance of each machine cost, in euros, the most first",
            &["machine_id", "cost"],
            euros(ranked(all().map(|repair| (id(repair), repair.cost)))),
        )
        .with(
            "maintenance_cost_by_kind",
            "what each kind of maintenance cost, in euros, the most first",
            &["kind", "cost"],
            euros(ranked(all().map(|repair| (repair.kind, repair.cost)))),
        )
        .with(
            "longest_breakdown",
            "the breakdown that took longest, which the channel had announced",
            &["log_id", "machine_id", "hours"],
            longest.into_iter().collect(),
        )
}

fn talk(truth: Truth, plant: &Plant) -> Truth {
    let told = || plant.talk.messages.iter().zip(&plant.talk.machines).zip(&plant.talk.complaints);
    let named = || told().filter_map(|((message, machine), wrong)| Some((message, MACHINES[(*machine)?].id, *wrong)));
    let is_november = |at: DateTime<Utc>| at.year() == 2025 && at.month() == 11;
    truth
        .with("messages_count", "how many messages there are", &["messages"], number(plant.talk.messages.len()))
        .with(
            "messages_by_machine",
            "how many messages are about each machine, the most first",
            &["machine_id", "messages"],
            ranked(named().map(|(_, id, _)| (id, 1))),
        )
        .with(
            "messages_by_machine_in_november",
            "how many messages of November 2025 are about each machine, the most first",
            &["machine_id", "messages"],
            ranked(named().filter(|(message, ..)| is_november(message.at)).map(|(_, id, _)| (id, 1))),
        )
        .with(
            "warnings_by_machine",
            "how many messages of November 2025 say that something is wrong with each machine, the most first",
            &["machine_id", "messages"],
            ranked(named().filter(|(message, _, wrong)| *wrong && is_november(message.at)).map(|(_, id, _)| (id, 1))),
        )
        .with(
            "messages_by_month",
            "how many messages were written in each month",
            &["month", "messages"],
            monthly(plant.talk.messages.iter().map(|message| (message.at, 1))),
        )
}
