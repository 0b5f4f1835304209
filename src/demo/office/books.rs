//! Workbooks, as tidy and as untidy as people keep them.

use std::collections::BTreeMap;

use chrono::{Datelike, TimeDelta};
use rand::RngExt;

use super::{Book, Cell, Dice, Sheet, place_of};
use crate::demo::{Company, RecentOrder};

const EUROS: &str = "#,##0.00\\ [$€-407]";
const PERCENT: &str = "0.0%";
const DAY: &str = "yyyy\\-mm\\-dd";
const MOMENT: &str = "dd/mm/yyyy\\ hh:mm";
const WHOLE: &str = "0";

pub(super) fn all(company: &Company, orders: &[RecentOrder], dice: &mut Dice) -> Vec<Book> {
    let modified_at = company.closed_at - TimeDelta::hours(20);
    vec![
        Book { name: "Budget.xlsx", owner: Some(place_of(company, "marta")), sheets: vec![budget()], modified_at },
        Book { name: "Orders.xlsx", owner: None, sheets: vec![book_of(orders), by_day(orders)], modified_at },
        Book { name: "Stock.xlsx", owner: None, sheets: vec![stock(orders, dice)], modified_at },
    ]
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn names(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| text(*name)).collect()
}

fn euros(cents: i64) -> Cell {
    Cell::Number(cents as f64 / 100., EUROS)
}

fn whole(number: usize) -> Cell {
    Cell::Number(number as f64, WHOLE)
}

/// A tidy table of the last orders.
fn book_of(orders: &[RecentOrder]) -> Sheet {
    let mut rows =
        vec![names(&["Order", "Customer", "City", "Product", "Items", "Status", "Total", "Ordered at", "Paid"])];
    for order in orders.iter().rev().take(600).rev() {
        rows.push(vec![
            Cell::Number(order.number as f64, WHOLE),
            text(order.customer.clone()),
            text(order.city),
            text(order.products.first().cloned().unwrap_or_default()),
            whole(order.products.len()),
            text(order.status),
            euros(order.total),
            Cell::Moment(order.ordered_at, MOMENT),
            Cell::Flag(order.status != "cancelled"),
        ]);
    }
    Sheet { name: "Orders", corner: (0, 0), rows, table: Some(("Orders", 0)) }
}

/// A report with a title above it, empty rows in it and a note below.
fn by_day(orders: &[RecentOrder]) -> Sheet {
    let mut days: BTreeMap<chrono::NaiveDate, (usize, i64)> = BTreeMap::new();
    for order in orders {
        let day = days.entry(order.ordered_at.date()).or_default();
        *day = (day.0 + 1, day.1 + order.total);
    }
    let mut rows = vec![
        vec![text("Orders by day")],
        vec![],
        names(&["Day", "Orders", "Turnover", "Share of the best day", "Per order"]),
    ];
    let best = days.values().map(|day| day.1).max().unwrap_or(1).max(1);
    for (day, (count, total)) in days {
        if day.day() == 1 {
            rows.push(vec![]);
        }
        rows.push(vec![
            Cell::Day(day, DAY),
            whole(count),
            euros(total),
            Cell::Number((total as f64 / best as f64 * 1000.).round() / 1000., PERCENT),
            if count == 0 { Cell::Error("#DIV/0!") } else { euros(total / count as i64) },
        ]);
    }
    Sheet { name: "By day", corner: (1, 1), rows, table: None }
}

/// What lies in the warehouse; some of it nobody has counted.
fn stock(orders: &[RecentOrder], dice: &mut Dice) -> Sheet {
    let mut products: Vec<&String> = orders.iter().flat_map(|order| &order.products).collect();
    products.sort_unstable();
    products.dedup();
    let mut rows = vec![names(&["Product", "Shelf", "Pieces", "Reorder at", "Counted on", "Note"])];
    for (place, product) in products.into_iter().take(300).enumerate() {
        let pieces = dice.random_range(0..240);
        let counted = orders.get(place).map_or(Cell::Empty, |order| Cell::Day(order.ordered_at.date(), DAY));
        let mut row = vec![
            text(product.clone()),
            text(format!("{}-{:02}", char::from(b'A' + u8::try_from(place % 6).unwrap_or_default()), place / 6 + 1)),
            if place == 2 || dice.random_bool(0.04) { Cell::Error("#N/A") } else { whole(pieces) },
            Cell::Number(20., WHOLE),
            if dice.random_bool(0.1) { Cell::Empty } else { counted },
        ];
        if pieces < 12 || place == 0 {
            row.push(text("order more"));
        }
        rows.push(row);
    }
    Sheet { name: "Warehouse", corner: (0, 0), rows, table: None }
}

fn budget() -> Sheet {
    let mut rows = vec![names(&["Item", "A month", "Share", "Since"])];
    let items = [("Rent", 420_000), ("Salaries", 6_100_000), ("Advertising", 880_000), ("Shipping", 1_240_000)];
    let all: i64 = items.iter().map(|(_, cents)| cents).sum();
    for (item, cents) in items {
        let share = (cents as f64 / all as f64 * 1000.).round() / 1000.;
        let since = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
        rows.push(vec![text(item), euros(cents), Cell::Number(share, PERCENT), Cell::Day(since, DAY)]);
    }
    Sheet { name: "Costs", corner: (0, 0), rows, table: Some(("Costs", 0)) }
}
