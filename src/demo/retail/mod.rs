//! What is told of the sample shop as a retailer's: its sales and targets, its stock, what customers say and what they send back.
//!
//! All of it is about the shop's own orders, products and customers; some things go wrong, which is the world's truth.

mod phrases;
mod returns;
mod sheets;
mod truth;
mod voice;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rand::SeedableRng;

use super::dice::{Dice, by_share, pick};
use super::story::{Story, StoryPerson};
use super::{CatalogueItem, Company, DaySales, Office, RecentOrder, Shop};
use returns::Return;

/// Days of orders that are spoken of and sent back.
const DAYS: u64 = 90;
/// The city to which parcels come late.
const LATE_CITY: &str = "Lyon";
/// The day on which hardly anybody could pay.
const OUTAGE: (i32, u32, u32) = (2025, 10, 14);
/// What of a day's sales came through on it.
const CAME_THROUGH: f64 = 0.15;

/// What the retailer knows.
pub(super) struct Retailer {
    seed: u64,
    catalogue: Vec<CatalogueItem>,
    sales: Vec<DaySales>,
    /// The last ones, in order of time.
    orders: Vec<RecentOrder>,
    /// The category of each product, by its name.
    categories: HashMap<String, &'static str>,
    /// The product that comes apart.
    weak: String,
    closed_on: NaiveDate,
}

impl Retailer {
    /// All that is known of a shop.
    pub(super) fn of(shop: &Shop) -> Self {
        let catalogue = shop.catalogue();
        let outage = NaiveDate::from_ymd_opt(OUTAGE.0, OUTAGE.1, OUTAGE.2).unwrap_or_default();
        let (mut sales, orders) = shop.sales_and_recent_orders(DAYS);
        for one in sales.iter_mut().filter(|one| one.day == outage) {
            one.units = (one.units as f64 * CAME_THROUGH).round() as i64;
            one.revenue = (one.revenue as f64 * CAME_THROUGH).round() as i64;
        }
        let categories = catalogue.iter().map(|item| (item.name.clone(), item.category)).collect();
        let weak = weak(&orders, &categories);
        Self { seed: shop.seed, catalogue, sales, orders, categories, weak, closed_on: shop.closed_on() }
    }

    /// What the spreadsheets and the channel tell, and what is planted.
    pub(super) fn story(&self) -> Story {
        let mut dice = self.dice(1);
        let remarks = voice::remarks(self, &mut dice);
        let targets = sheets::targets(self);
        let shelves = sheets::shelves(self, &mut dice);
        let days = sheets::days(self, &mut dice);
        Story {
            company: "Fernweh Goods",
            domain: "fernweh.example",
            people: voice::people(),
            truth: truth::of(self, &days, &targets, &shelves, &remarks),
            sheets: vec![sheets::sales_table(&days), sheets::targets_table(&targets), sheets::stock_table(&shelves)],
            documents: Vec::new(),
            channels: vec![voice::channel_of(remarks, self.closed_at())],
            closed_at: self.closed_at(),
        }
    }

    /// The office of the company, with the returns that are planted in its list.
    pub(super) fn office(&self, company: &Company, office: Office) -> Office {
        returns::put_down(&self.returns(), company, office)
    }

    fn returns(&self) -> Vec<Return> {
        returns::all(self, &mut self.dice(2))
    }

    fn dice(&self, part: u64) -> Dice {
        Dice::seed_from_u64(self.seed ^ (0x5E11 + part))
    }

    fn closed_at(&self) -> DateTime<Utc> {
        self.closed_on.and_time(NaiveTime::MIN).and_utc()
    }

    fn category_of(&self, product: &str) -> &'static str {
        self.categories.get(product).copied().unwrap_or_default()
    }
}

/// The second of the products to wear that begin an order most often.
fn weak(orders: &[RecentOrder], categories: &HashMap<String, &'static str>) -> String {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for product in orders.iter().filter_map(|order| order.products.first()) {
        if categories.get(product) == Some(&"Clothing") {
            *counts.entry(product).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(product, count)| (std::cmp::Reverse(*count), *product));
    counts.get(1).or(counts.first()).map(|(product, _)| (*product).to_owned()).unwrap_or_default()
}

fn person(handle: &str, name: &str, title: &str) -> StoryPerson {
    StoryPerson { handle: handle.to_owned(), name: name.to_owned(), title: title.to_owned() }
}
