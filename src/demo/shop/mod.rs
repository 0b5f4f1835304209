//! The sample shop: two years of an online shop for outdoor and home goods, in a SQLite file.
//!
//! Customers sign up before they order, an order's total is the sum of its items, an item costs what the product costs
//! on that day, and demand grows, breathes with the week and the seasons, and peaks before Christmas.

mod calendar;
mod catalogue;
mod customers;
mod file;
mod orders;
mod products;
mod recent;
mod sales;

use std::io;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use rand::SeedableRng;

use super::dice::Dice;

pub use catalogue::CatalogueItem;
pub use recent::RecentOrder;
pub use sales::DaySales;

/// A sample shop to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Another seed makes another shop.
    pub seed: u64,
    /// People who signed up.
    pub customers: usize,
    /// Goods on sale.
    pub products: usize,
    /// Orders in the two years.
    pub orders: usize,
    /// The day the shop opened; people signed up during the year before.
    pub first_day: NaiveDate,
}

/// How many rows each table of a shop has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShopCounts {
    /// Rows of `customers`.
    pub customers: usize,
    /// Rows of `products`.
    pub products: usize,
    /// Rows of `orders`.
    pub orders: usize,
    /// Rows of `order_items`.
    pub order_items: usize,
}

/// Why a shop could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The database could not be written.
    #[error("could not write the sample shop to {path}")]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        cause: rusqlite::Error,
    },
    /// The finished file could not be put in its place.
    #[error("could not put the sample shop at {path}")]
    NotPlaced {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        cause: io::Error,
    },
}

impl Default for Shop {
    fn default() -> Self {
        let first_day = NaiveDate::from_ymd_opt(2024, 1, 1).expect("New Year is a day");
        Self { seed: 42, customers: 5_000, products: 400, orders: 100_000, first_day }
    }
}

impl Shop {
    /// Writes the shop to a SQLite file. A file that is there is replaced, at the end and in one step.
    ///
    /// # Errors
    /// Where the file cannot be written; then no part of it is left.
    pub fn write(&self, path: &Path) -> Result<ShopCounts, ShopError> {
        let mut dice = Dice::seed_from_u64(self.seed);
        let products = products::make(self, &mut dice);
        let customers = customers::make(self, &mut dice);
        file::write(self, path, &products, &customers, &mut dice)
    }
}

/// One of the options, each as likely as its weight says. `weights` are running sums.
fn pick_by_weight(running_sums: &[f64], dice: &mut Dice) -> usize {
    use rand::RngExt;
    let total = running_sums.last().copied().unwrap_or_default();
    let point = dice.random::<f64>() * total;
    running_sums.partition_point(|sum| *sum <= point).min(running_sums.len().saturating_sub(1))
}

/// Running sums of weights, for [`pick_by_weight`].
fn running_sums(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use sha2::{Digest, Sha256};

    use super::*;

    fn small() -> Shop {
        Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() }
    }

    fn number(shop: &Connection, query: &str) -> f64 {
        shop.query_row(query, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_shop() {
        let folder = tempfile::tempdir().unwrap();
        let checksum = |name: &str, seed: u64| {
            let path = folder.path().join(name);
            Shop { seed, ..small() }.write(&path).unwrap();
            hex::encode(Sha256::digest(std::fs::read(path).unwrap()))
        };
        let first = checksum("first.db", 7);
        assert_eq!(first, checksum("second.db", 7));
        assert_ne!(first, checksum("third.db", 8));
    }

    #[test]
    fn the_shop_is_coherent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        let counts = small().write(&path).unwrap();
        assert_eq!((counts.customers, counts.products, counts.orders), (300, 40, 4_000));
        let shop = Connection::open(path).unwrap();
        for (table, rows) in
            [("customers", counts.customers), ("orders", counts.orders), ("order_items", counts.order_items)]
        {
            assert_eq!(number(&shop, &format!("SELECT count(*) * 1.0 FROM {table}")), rows as f64, "{table}");
        }
        let broken: Vec<String> = ["foreign_key_check", "integrity_check"]
            .iter()
            .flat_map(|check| {
                let mut statement = shop.prepare(&format!("PRAGMA {check}")).unwrap();
                let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
                rows.map(Result::unwrap).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(broken, ["ok"]);
        for (law, query) in [
            ("nobody orders before signing up",
             "SELECT count(*) * 1.0 FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.ordered_at < c.created_at"),
            ("a total is the sum of its items",
             "SELECT count(*) * 1.0 FROM (SELECT o.id FROM orders o JOIN order_items i ON i.order_id = o.id GROUP BY o.id
              HAVING abs(max(o.total) - sum(i.quantity * i.unit_price)) > 0.001)"),
            ("every order has an item",
             "SELECT count(*) * 1.0 FROM orders WHERE id NOT IN (SELECT order_id FROM order_items)"),
            ("nothing changes before it is made",
             "SELECT count(*) * 1.0 FROM orders WHERE updated_at < ordered_at"),
            ("ids follow time",
             "SELECT count(*) * 1.0 FROM orders a JOIN orders b ON b.id = a.id + 1 WHERE b.ordered_at < a.ordered_at"),
            ("e-mail addresses are unique and nobody's",
             "SELECT (SELECT count(*) FROM customers WHERE email NOT LIKE '%@example.com')
              + (SELECT count(*) - count(DISTINCT email) FROM customers) * 1.0"),
            ("money has two decimals",
             "SELECT count(*) * 1.0 FROM order_items WHERE abs(unit_price * 100 - round(unit_price * 100)) > 0.0001"),
        ] {
            assert_eq!(number(&shop, query), 0.0, "{law}");
        }
        let of_year = |year: &str| format!("SELECT count(*) * 1.0 FROM orders WHERE ordered_at LIKE '{year}%'");
        assert!(number(&shop, &of_year("2025")) > 1.2 * number(&shop, &of_year("2024")), "it grows");
        assert!(number(&shop, &of_year("2025-12")) > 1.3 * number(&shop, &of_year("2025-08")), "Christmas is near");
        assert_eq!(number(&shop, "SELECT count(DISTINCT status) * 1.0 FROM orders"), 5.0);
    }

    #[test]
    fn a_shop_that_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let error = small().write(&folder.path().join("missing/shop.db")).unwrap_err();
        assert!(error.to_string().starts_with("could not write the sample shop to "), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let small = small();
        small.write(&folder.path().join("shop.db")).unwrap();
        small.write(&folder.path().join("shop.db")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
