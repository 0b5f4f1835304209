//! The retailer's spreadsheets: what was sold, what should be, and what lies on the shelves.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use rand::RngExt;

use super::{CAME_THROUGH, DaySales, Dice, OUTAGE, Retailer};
use crate::demo::story::{StoryTable, StoryValue};

/// By how much each category is to grow in the second year, and who answers for it.
const PLANS: &[(&str, f64, &str)] = &[
    ("Outdoor", 1.36, "Björn Lindqvist"),
    ("Clothing", 1.40, "Oskar Wirth"),
    ("Footwear", 1.38, "Oskar Wirth"),
    ("Cycling", 1.16, "Björn Lindqvist"),
    ("Kitchen", 1.33, "Giulia Ferrari"),
    ("Garden", 1.66, "Giulia Ferrari"),
    ("Home", 1.35, "Giulia Ferrari"),
    ("Toys", 1.37, "Giulia Ferrari"),
];
/// Who delivers what, and how much of a month's sales lies on the shelves.
const SUPPLIERS: &[(&str, &str, f64)] = &[
    ("Outdoor", "Alpenzelt AG", 1.6),
    ("Clothing", "Nordlicht Textil", 1.4),
    ("Footwear", "Schuhwerk Rhön", 0.45),
    ("Cycling", "Velo Nord", 1.8),
    ("Kitchen", "Cucina Bella", 1.5),
    ("Garden", "Holz & Stein", 2.2),
    ("Home", "Holz & Stein", 1.7),
    ("Toys", "Spielwerk Erz", 1.2),
];

/// What a category sold on a day, and how many looked at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Day {
    pub(super) sales: DaySales,
    pub(super) visits: i64,
}

/// What a category is to sell in a month of the second year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) month: NaiveDate,
    pub(super) category: &'static str,
    /// In cents.
    pub(super) target: i64,
    owner: &'static str,
}

/// What lies on the shelves of a product.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shelf {
    sku: String,
    pub(super) product: String,
    pub(super) category: &'static str,
    /// In cents.
    pub(super) price: i64,
    pub(super) pieces: i64,
    pub(super) reorder_at: i64,
    supplier: &'static str,
}

pub(super) fn days(retailer: &Retailer, dice: &mut Dice) -> Vec<Day> {
    let day = |sales: &DaySales| {
        // Those who looked come by what would have been sold; on the day without payments, too.
        let is_outage = (sales.day.year(), sales.day.month(), sales.day.day()) == OUTAGE;
        let usual = sales.units.max(1) as f64 / if is_outage { CAME_THROUGH } else { 1. };
        let visits = (usual * 100. / dice.random_range(2.6..3.6)).round() as i64;
        Day { sales: *sales, visits }
    };
    retailer.sales.iter().map(day).collect()
}

pub(super) fn sales_table(days: &[Day]) -> StoryTable {
    let rows = days.iter().map(|day| {
        vec![
            StoryValue::Day(day.sales.day),
            day.sales.category.into(),
            StoryValue::Integer(day.sales.units),
            StoryValue::Money(day.sales.revenue),
            StoryValue::Integer(day.visits),
        ]
    });
    StoryTable {
        title: "Daily Sales".to_owned(),
        about: "What each category sold on each day, and how many looked at it".to_owned(),
        columns: vec!["date", "category", "units", "revenue", "visits"],
        rows: rows.collect(),
    }
}

pub(super) fn targets(retailer: &Retailer) -> Vec<Target> {
    let last_year = retailer.closed_on.year() - 1;
    let mut sold: BTreeMap<(u32, &str), i64> = BTreeMap::new();
    for sales in retailer.sales.iter().filter(|sales| sales.day.year() == last_year - 1) {
        *sold.entry((sales.day.month(), sales.category)).or_default() += sales.revenue;
    }
    let target = |((month, category), revenue): ((u32, &'static str), i64)| {
        let (_, growth, owner) = PLANS.iter().find(|(name, ..)| *name == category).copied().unwrap_or(("", 1., ""));
        let month = NaiveDate::from_ymd_opt(last_year, month, 1).unwrap_or_default();
        Target { month, category, target: (revenue as f64 * growth / 10_000.).round() as i64 * 10_000, owner }
    };
    sold.into_iter().map(target).collect()
}

pub(super) fn targets_table(targets: &[Target]) -> StoryTable {
    let rows = targets.iter().map(|one| {
        vec![StoryValue::Day(one.month), one.category.into(), StoryValue::Money(one.target), one.owner.into()]
    });
    StoryTable {
        title: "Category Targets".to_owned(),
        about: "What each category is to sell, month by month".to_owned(),
        columns: vec!["month", "category", "target", "owner"],
        rows: rows.collect(),
    }
}

pub(super) fn shelves(retailer: &Retailer, dice: &mut Dice) -> Vec<Shelf> {
    let mut sold: HashMap<&str, i64> = HashMap::new();
    for product in retailer.orders.iter().flat_map(|order| &order.products) {
        *sold.entry(product).or_default() += 1;
    }
    let mut shelves = Vec::with_capacity(retailer.catalogue.len());
    for item in &retailer.catalogue {
        let a_month = sold.get(item.name.as_str()).copied().unwrap_or_default() as f64 / 3.;
        let (_, supplier, cover) =
            SUPPLIERS.iter().find(|(name, ..)| *name == item.category).copied().unwrap_or(("", "", 1.));
        let is_gone = dice.random_bool(0.04);
        let pieces = (a_month * cover * dice.random_range(0.4..1.9)).round() as i64;
        shelves.push(Shelf {
            sku: item.sku.clone(),
            product: item.name.clone(),
            category: item.category,
            price: item.price,
            pieces: if is_gone { 0 } else { pieces.max(1) },
            reorder_at: (a_month * 0.7).round().max(3.) as i64,
            supplier,
        });
    }
    shelves
}

impl Shelf {
    pub(super) fn is_short(&self) -> bool {
        self.pieces < self.reorder_at
    }
}

pub(super) fn stock_table(shelves: &[Shelf]) -> StoryTable {
    let rows = shelves.iter().map(|one| {
        vec![
            one.sku.clone().into(),
            one.product.clone().into(),
            one.category.into(),
            StoryValue::Money(one.price),
            StoryValue::Integer(one.pieces),
            StoryValue::Integer(one.reorder_at),
            one.supplier.into(),
        ]
    });
    StoryTable {
        title: "Stock".to_owned(),
        about: "What lies on the shelves, and when it must be ordered again".to_owned(),
        columns: vec!["sku", "product", "category", "price", "pieces", "reorder_at", "supplier"],
        rows: rows.collect(),
    }
}
