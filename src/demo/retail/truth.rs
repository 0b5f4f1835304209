//! What is planted in the shop, as it came out.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde_json::{Value, json};

use super::Retailer;
use super::sheets::{Day, Shelf, Target};
use super::voice::Remark;
use crate::demo::truth::Truth;

pub(super) fn of(
    retailer: &Retailer,
    days: &[Day],
    targets: &[Target],
    shelves: &[Shelf],
    remarks: &[Remark],
) -> Truth {
    let truth = of_sales(retailer, days, targets, Truth::default());
    let truth = of_shelves(shelves, truth);
    let truth = of_returns(retailer, truth);
    of_remarks(remarks, truth)
}

fn of_sales(retailer: &Retailer, days: &[Day], targets: &[Target], truth: Truth) -> Truth {
    let (mut categories, mut years) = (BTreeMap::new(), BTreeMap::new());
    let (mut units, mut december, mut by_day) = (BTreeMap::new(), 0_i64, BTreeMap::new());
    for Day { sales, .. } in days {
        *years.entry(sales.day.year().to_string()).or_insert(0_i64) += sales.revenue;
        *by_day.entry(sales.day).or_insert(0_i64) += sales.revenue;
        if sales.day.year() == 2025 {
            *categories.entry(sales.category).or_insert(0_i64) += sales.revenue;
            *units.entry(sales.category).or_insert(0_i64) += sales.units;
            december += if sales.day.month() == 12 { sales.revenue } else { 0 };
        }
    }
    let mut planned = BTreeMap::new();
    for target in targets {
        *planned.entry(target.category).or_insert(0_i64) += target.target;
    }
    let mut reached: Vec<(&str, f64)> = planned
        .iter()
        .map(|(category, target)| {
            let sold = categories.get(category).copied().unwrap_or_default();
            (*category, 100. * sold as f64 / *target as f64)
        })
        .collect();
    reached.sort_by(|one, other| one.1.total_cmp(&other.1));
    let worst = by_day.iter().filter(|(day, _)| day.year() == 2025).min_by_key(|(_, revenue)| **revenue);
    let worst = worst.map(|(day, revenue)| vec![json!(day.to_string()), euros(*revenue)]);
    let paid: Vec<_> = retailer.orders.iter().filter(|order| is_paid_here(retailer, order)).collect();
    let payments: i64 = paid.iter().filter(|order| order.status != "cancelled").map(|order| order.total).sum();
    let failed = paid.iter().filter(|order| order.status == "cancelled").count();
    let refunds: i64 = paid.iter().filter(|order| order.status == "returned").map(|order| order.total).sum();
    truth
        .with(
            "revenue_by_category",
            "what each category sold in 2025",
            &["category", "revenue"],
            ranked(categories, euros),
        )
        .with("revenue_by_year", "what was sold, by year", &["year", "revenue"], in_order(years))
        .with("december", "what was sold in December 2025", &["revenue"], vec![vec![euros(december)]])
        .with(
            "units_by_category",
            "pieces that were sold in 2025, by category",
            &["category", "units"],
            ranked(units, |count| json!(count)),
        )
        .with(
            "attainment",
            "what was sold in per cent of the target, by category, the worst first",
            &["category", "rate"],
            reached.into_iter().map(|(category, rate)| vec![json!(category), json!(rate)]).collect(),
        )
        .with("outage", "the day of 2025 on which least was sold", &["day", "revenue"], worst.into_iter().collect())
        .with("payments", "what was paid by card in the last 30 days", &["amount"], vec![vec![euros(payments)]])
        .with("failed_payments", "payments that failed", &["payments"], vec![vec![json!(failed)]])
        .with("refunds", "what was paid back in the last 30 days", &["amount"], vec![vec![euros(refunds)]])
}

/// Whether an order is one of the last 30 days, which the account of payments knows.
fn is_paid_here(retailer: &Retailer, order: &crate::demo::RecentOrder) -> bool {
    order.ordered_at.date() >= retailer.closed_on - chrono::Days::new(30)
}

fn of_shelves(shelves: &[Shelf], truth: Truth) -> Truth {
    let (mut short, mut value) = (BTreeMap::new(), BTreeMap::new());
    let (mut all_short, mut all_value, mut gone) = (0_i64, 0_i64, Vec::new());
    for shelf in shelves {
        *short.entry(shelf.category).or_insert(0_i64) += i64::from(shelf.is_short());
        *value.entry(shelf.category).or_insert(0_i64) += shelf.pieces * shelf.price;
        (all_short, all_value) = (all_short + i64::from(shelf.is_short()), all_value + shelf.pieces * shelf.price);
        if shelf.pieces == 0 {
            gone.push(vec![json!(shelf.product)]);
        }
    }
    truth
        .with(
            "short_by_category",
            "products to be ordered again, by category",
            &["category", "products"],
            ranked(short, |count| json!(count)),
        )
        .with("short", "products to be ordered again", &["products"], vec![vec![json!(all_short)]])
        .with("stock_value", "what lies on the shelves", &["amount"], vec![vec![euros(all_value)]])
        .with("stock_value_by_category", "the same, by category", &["category", "amount"], ranked(value, euros))
        .with("out_of_stock", "products of which none is left", &["product"], gone)
        .with("products", "how many products there are", &["products"], vec![vec![json!(shelves.len())]])
}

fn of_returns(retailer: &Retailer, truth: Truth) -> Truth {
    let returns = retailer.returns();
    let (mut products, mut reasons, mut refunds) = (BTreeMap::new(), BTreeMap::new(), 0_i64);
    let mut by_category = BTreeMap::new();
    for one in &returns {
        *products.entry(one.product.as_str()).or_insert(0_i64) += 1;
        *reasons.entry(one.reason).or_insert(0_i64) += 1;
        *by_category.entry(retailer.category_of(&one.product)).or_insert(0_i64) += 1;
        refunds += one.refund;
    }
    truth
        .with("returns", "how many orders came back", &["returns"], vec![vec![json!(returns.len())]])
        .with(
            "returns_by_product",
            "the same, by product",
            &["product", "returns"],
            ranked(products, |count| json!(count)),
        )
        .with("returns_by_reason", "the same, by reason", &["reason", "returns"], ranked(reasons, |count| json!(count)))
        .with(
            "returns_by_category",
            "the same, by category",
            &["category", "returns"],
            ranked(by_category, |count| json!(count)),
        )
        .with("returned_value", "what returned orders had cost", &["amount"], vec![vec![euros(refunds)]])
}

fn of_remarks(remarks: &[Remark], truth: Truth) -> Truth {
    let (mut topics, mut quality, mut late) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for remark in remarks {
        *topics.entry(remark.topic).or_insert(0_i64) += 1;
        match remark.topic {
            "quality" => *quality.entry(remark.product.as_str()).or_insert(0_i64) += 1,
            "delivery" => *late.entry(remark.city).or_insert(0_i64) += 1,
            _ => {}
        }
    }
    let count = |count: i64| json!(count);
    truth
        .with("remarks", "how many remarks of customers were passed on", &["remarks"], vec![vec![json!(remarks.len())]])
        .with("topics", "the same, by topic", &["topic", "remarks"], ranked(topics, count))
        .with("quality", "complaints about quality, by product", &["product", "remarks"], ranked(quality, count))
        .with("late", "complaints about deliveries, by city", &["city", "remarks"], ranked(late, count))
}

fn euros(cents: i64) -> Value {
    json!(cents as f64 / 100.)
}

/// The largest first.
fn ranked(sums: BTreeMap<&str, i64>, shown: impl Fn(i64) -> Value) -> Vec<Vec<Value>> {
    let mut sums: Vec<(&str, i64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| -sum);
    sums.into_iter().map(|(name, sum)| vec![json!(name), shown(sum)]).collect()
}

fn in_order(sums: BTreeMap<String, i64>) -> Vec<Vec<Value>> {
    sums.into_iter().map(|(name, sum)| vec![json!(name), euros(sum)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::Shop;

    #[test]
    fn what_is_planted_shows() {
        let story = Retailer::of(&Shop::default()).story();
        assert_eq!(story, Retailer::of(&Shop::default()).story());
        let rows = |name: &str| story.truth.fact(name).unwrap().rows.clone();
        let value = |name: &str, place: usize| rows(name)[place][1].as_f64().unwrap();
        assert_eq!(rows("outage")[0][0], "2025-10-14");
        assert_eq!(rows("attainment")[0][0], "Garden");
        assert_eq!(rows("attainment")[7][0], "Cycling");
        assert_eq!(rows("short_by_category")[0][0], "Footwear");
        assert_eq!(rows("late")[0][0], "Lyon");
        assert_eq!(rows("quality")[0][0], rows("returns_by_product")[0][0]);
        for fact in ["quality", "late", "returns_by_product"] {
            assert!(value(fact, 0) > 2. * value(fact, 1), "{fact}: {:?}", rows(fact));
        }
        assert!(value("revenue_by_year", 1) > 1.2 * value("revenue_by_year", 0));
        assert!(rows("remarks")[0][0].as_i64().unwrap() > 800);
    }
}
