//! What was repaired and looked after.

use chrono::NaiveDate;
use rand::RngExt;

use super::floor::{FAILING, MACHINES, TECHNICIANS, place_of};
use super::runs::fails_on;
use super::{Dice, pick, some_day};

/// Hours for which the machine that fails is repaired.
const FAILS_FOR: f64 = 76.;

/// A line of the maintenance log.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Repair {
    /// Such as `MNT-0123`; they are in the order of days.
    pub(super) id: String,
    /// A place in the list of machines.
    pub(super) machine: usize,
    pub(super) day: NaiveDate,
    /// `Planned`, `Inspection` or `Breakdown`.
    pub(super) kind: &'static str,
    /// A place among the people.
    pub(super) technician: usize,
    pub(super) hours: f64,
    /// In cents.
    pub(super) cost: i64,
    pub(super) note: &'static str,
}

const PLANNED: &[&str] = &["Oil and filters changed", "Guides greased", "Calibrated", "Belts tightened"];
const INSPECTION: &[&str] = &["Nothing found", "Slight wear, within limits", "Guards checked"];
const BREAKDOWN: &[&str] = &["Hydraulic hose burst", "Spindle bearing worn", "Sensor replaced", "Drive overheated"];

pub(super) fn make(count: usize, dice: &mut Dice) -> Vec<Repair> {
    let mut repairs: Vec<Repair> = (1..count.max(1)).map(|_| repair(dice)).collect();
    repairs.push(Repair {
        id: String::new(),
        machine: place_of(FAILING),
        day: fails_on(),
        kind: "Breakdown",
        technician: TECHNICIANS.start,
        hours: FAILS_FOR,
        cost: 2_846_000,
        note: "Circulation fan seized, heating elements burnt out",
    });
    repairs.sort_by_key(|repair| repair.day);
    for (repair, number) in repairs.iter_mut().zip(1..) {
        repair.id = format!("MNT-{number:04}");
    }
    repairs
}

fn repair(dice: &mut Dice) -> Repair {
    let machine = dice.random_range(0..MACHINES.len());
    // Older machines break more often.
    let breaks = f64::from(2026 - MACHINES[machine].installed) / 40.;
    let (kind, notes, hours, an_hour) = if dice.random_bool(breaks) {
        ("Breakdown", BREAKDOWN, dice.random_range(2.0..14.0), 140.)
    } else if dice.random_bool(0.6) {
        ("Planned", PLANNED, dice.random_range(1.0..5.0), 75.)
    } else {
        ("Inspection", INSPECTION, dice.random_range(0.5..2.0), 55.)
    };
    let hours: f64 = (hours * 2_f64).round() / 2.;
    let material = if kind == "Breakdown" { dice.random_range(10_000..180_000) } else { dice.random_range(0..9_000) };
    Repair {
        id: String::new(),
        machine,
        day: some_day(dice),
        kind,
        technician: dice.random_range(TECHNICIANS),
        hours,
        cost: (hours * an_hour * 100.).round() as i64 + material,
        note: pick(notes, dice),
    }
}
