//! What was ordered from suppliers, when it was promised, and when it came.

use chrono::{Days, NaiveDate};
use rand::RngExt;

use super::{Dice, last_day, noise, pick, some_day};

/// A supplier: what it supplies, hundredths of a euro a piece, days from order to promise, days that it is late in the mean.
pub(super) struct Supplier {
    pub(super) name: &'static str,
    materials: &'static [&'static str],
    price: f64,
    lead: u64,
    late: f64,
}

/// The supplier that comes late.
pub(super) const LATE: &str = "Brackwell Castings";

pub(super) const SUPPLIERS: &[Supplier] = &[
    Supplier { name: "Northgate Steel", materials: &["Steel sheet", "Steel bar"], price: 410., lead: 14, late: 0.4 },
    Supplier { name: LATE, materials: &["Cast blanks", "Valve bodies"], price: 960., lead: 18, late: 8.5 },
    Supplier { name: "Polymoor Seals", materials: &["Rubber compound", "Gaskets"], price: 120., lead: 10, late: 0.8 },
    Supplier { name: "Heliotherm", materials: &["Heating wire", "Ceramic plates"], price: 540., lead: 16, late: 1.1 },
    Supplier { name: "Caldwell Fasteners", materials: &["Bolts", "Rivets"], price: 8., lead: 7, late: 0.2 },
    Supplier { name: "Aurora Coatings", materials: &["Powder paint"], price: 230., lead: 12, late: 1.6 },
    Supplier { name: "Packright", materials: &["Cartons", "Pallets"], price: 65., lead: 6, late: 0.3 },
];

/// A delivery.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Delivery {
    /// Such as `DEL-00123`; they are in the order in which they were ordered.
    pub(super) id: String,
    /// A place in the list of suppliers.
    pub(super) supplier: usize,
    pub(super) material: &'static str,
    pub(super) ordered: NaiveDate,
    pub(super) promised: NaiveDate,
    /// None where it is still on its way.
    pub(super) delivered: Option<NaiveDate>,
    pub(super) quantity: i64,
    /// In cents.
    pub(super) value: i64,
}

pub(super) fn make(count: usize, dice: &mut Dice) -> Vec<Delivery> {
    let mut deliveries: Vec<Delivery> = (0..count).map(|_| delivery(dice)).collect();
    deliveries.sort_by_key(|delivery| delivery.ordered);
    for (delivery, number) in deliveries.iter_mut().zip(1..) {
        delivery.id = format!("DEL-{number:05}");
    }
    deliveries
}

fn delivery(dice: &mut Dice) -> Delivery {
    let place = dice.random_range(0..SUPPLIERS.len());
    let supplier = &SUPPLIERS[place];
    let ordered = some_day(dice);
    let promised = ordered + Days::new(supplier.lead + dice.random_range(0..5));
    // Some come a day early, most on the day.
    let late = (supplier.late * (1. + 0.7 * noise(dice)) - dice.random_range(0.0..0.9)).round().max(-1.) as i64;
    let delivered = promised + chrono::TimeDelta::days(late);
    let quantity = dice.random_range(5..60) * 20;
    let value = supplier.price * (1. + 0.05 * noise(dice)) * quantity as f64;
    Delivery {
        id: String::new(),
        supplier: place,
        material: pick(supplier.materials, dice),
        ordered,
        promised,
        delivered: (delivered <= last_day()).then_some(delivered),
        quantity,
        value: value.round() as i64,
    }
}

impl Delivery {
    /// Days that it came late; early ones are negative.
    pub(super) fn delay(&self) -> Option<i64> {
        self.delivered.map(|delivered| (delivered - self.promised).num_days())
    }
}
