//! What the shop sold, day by day and category by category.

use chrono::NaiveDate;

use super::orders::Order;
use super::products::{CATEGORIES, Category, Product};
use super::{RecentOrder, Shop};

/// What was sold of a category on a day; what was cancelled is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySales {
    /// The day.
    pub day: NaiveDate,
    /// The category's name.
    pub category: &'static str,
    /// Pieces.
    pub units: i64,
    /// What they cost, in cents.
    pub revenue: i64,
}

impl Shop {
    /// What was sold on each day of the shop's books, each day's categories in the order of the shop's own list, and the orders
    /// of the last `days`: the same as [`write`](Self::write) puts into the file.
    pub fn sales_and_recent_orders(&self, days: u64) -> (Vec<DaySales>, Vec<RecentOrder>) {
        let mut sales = Vec::new();
        let recent = self.told(days, |day, orders, products| add_day(&mut sales, day, orders, products));
        (sales, recent)
    }
}

fn add_day(sales: &mut Vec<DaySales>, day: NaiveDate, orders: &[Order], products: &[Product]) {
    let nothing = |category: &Category| DaySales { day, category: category.name, units: 0, revenue: 0 };
    let first = sales.len();
    sales.extend(CATEGORIES.iter().map(nothing));
    for item in orders.iter().filter(|order| order.status != "cancelled").flat_map(|order| &order.items) {
        let of_category = &mut sales[first + products[item.product].category];
        of_category.units += item.quantity;
        of_category.revenue += item.quantity * item.unit_price;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_add_up_to_the_file() {
        let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        shop.write(&path).unwrap();
        let database = rusqlite::Connection::open(path).unwrap();
        let ask = "SELECT CAST(round(sum(total) * 100) AS INTEGER) FROM orders WHERE status <> 'cancelled'";
        let revenue: i64 = database.query_row(ask, [], |row| row.get(0)).unwrap();
        let (sales, recent) = shop.sales_and_recent_orders(10);
        assert_eq!(sales.iter().map(|sales| sales.revenue).sum::<i64>(), revenue);
        assert_eq!(recent, shop.recent_orders(10));
    }
}
