//! The shop's last orders as people speak of them, for what is said about them elsewhere in a demo world.

use chrono::{Days, NaiveDate, NaiveDateTime};
use rand::SeedableRng;

use super::orders::{Order, OrderBook};
use super::{Dice, Shop, calendar, customers, products};

/// One order of the shop, with the names behind its ids.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentOrder {
    /// Its id.
    pub number: i64,
    /// First and last name of the customer.
    pub customer: String,
    /// The customer's city.
    pub city: &'static str,
    /// The names of what was ordered.
    pub products: Vec<String>,
    /// What has become of it.
    pub status: &'static str,
    /// What it costs, in cents.
    pub total: i64,
    /// When it was ordered, in UTC.
    pub ordered_at: NaiveDateTime,
}

impl Shop {
    /// The day after the last one of the shop's books.
    pub fn closed_on(&self) -> NaiveDate {
        calendar::end(self).date()
    }

    /// The orders of the last `days`, in order of time: the same as [`write`](Self::write) puts into the file.
    pub fn recent_orders(&self, days: u64) -> Vec<RecentOrder> {
        self.told(days, |_, _, _| {})
    }

    /// The orders of the last `days`; `each_day` is shown those of every day, with the shop's products.
    pub(super) fn told(
        &self,
        days: u64,
        mut each_day: impl FnMut(NaiveDate, &[Order], &[products::Product]),
    ) -> Vec<RecentOrder> {
        let first_day = self.closed_on() - Days::new(days);
        let mut dice = Dice::seed_from_u64(self.seed);
        let products = products::make(self, &mut dice);
        let customers = customers::make(self, &mut dice);
        let mut book = OrderBook::new(self, &products, &customers);
        let mut number = 0;
        let mut recent = Vec::new();
        for (day, count) in calendar::orders_by_day(self, &mut dice) {
            let orders = book.day(day, count, &mut dice);
            each_day(day, &orders, &products);
            for order in &orders {
                number += 1;
                if day < first_day {
                    continue;
                }
                let customer = &customers[order.customer];
                recent.push(RecentOrder {
                    number,
                    customer: format!("{} {}", customer.first_name, customer.last_name),
                    city: customer.city,
                    products: order.items.iter().map(|item| products[item.product].name.clone()).collect(),
                    status: order.status,
                    total: order.total(),
                    ordered_at: order.ordered_at,
                });
            }
        }
        recent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_orders_are_those_of_the_file() {
        let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        shop.write(&path).unwrap();
        let recent = shop.recent_orders(10);
        let database = rusqlite::Connection::open(path).unwrap();
        let known = |order: &RecentOrder| {
            let ask = "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = ?1
                AND c.first_name || ' ' || c.last_name = ?2 AND o.status = ?3 AND round(o.total * 100) = ?4";
            let asked = rusqlite::params![order.number, order.customer, order.status, order.total];
            database.query_row(ask, asked, |row| row.get::<_, i64>(0)).unwrap()
        };
        assert!(recent.iter().all(|order| known(order) == 1), "{recent:#?}");
        assert_eq!(recent.last().unwrap().number, 4_000);
    }
}
