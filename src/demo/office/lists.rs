//! Lists: what came back, and who delivers.

use chrono::TimeDelta;
use rand::RngExt;

use super::{Dice, ListColumn, ListItem, ListKind, ListValue, OfficeList, pick, place_of};
use crate::demo::{Company, RecentOrder};

const REASONS: &[&str] = &["Too small", "Too large", "Broken", "Late", "Changed my mind"];

pub(super) fn all(company: &Company, orders: &[RecentOrder], dice: &mut Dice) -> Vec<OfficeList> {
    vec![returns(company, orders, dice), suppliers(company)]
}

const fn column(name: &'static str, title: &'static str, kind: ListKind) -> ListColumn {
    ListColumn { name, title, kind }
}

fn returns(company: &Company, orders: &[RecentOrder], dice: &mut Dice) -> OfficeList {
    let columns = vec![
        column("Title", "Customer", ListKind::Text),
        column("OrderNumber", "Order number", ListKind::WholeNumber),
        column("Product", "Product", ListKind::Text),
        column("Reason", "Reason", ListKind::Choice(REASONS)),
        column("Refund", "Refund", ListKind::Money),
        column("ReceivedOn", "Received on", ListKind::Day),
        column("Done", "Done", ListKind::Flag),
        column("HandledBy", "Handled by", ListKind::Person),
    ];
    let care = ["aylin", "tomas", "chloe"].map(|handle| place_of(company, handle));
    // About as many, however much the shop sells.
    let share = (150. / orders.len().max(1) as f64).min(0.3);
    let mut items = Vec::new();
    for order in orders {
        let received = order.ordered_at.and_utc() + TimeDelta::days(6);
        if received >= company.closed_at || !dice.random_bool(share) {
            continue;
        }
        let author = *pick(&care, dice);
        items.push(ListItem {
            values: vec![
                ListValue::Text(order.customer.clone()),
                ListValue::WholeNumber(order.number),
                ListValue::Text(order.products.first().cloned().unwrap_or_default()),
                ListValue::Text((*pick(REASONS, dice)).to_owned()),
                ListValue::Money(order.total),
                ListValue::Day(received.date_naive()),
                ListValue::Flag(dice.random_bool(0.7)),
                ListValue::Person(author),
            ],
            author,
            created_at: received,
        });
    }
    OfficeList { name: "Returns", description: "What customers sent back, and why", columns, items }
}

fn suppliers(company: &Company) -> OfficeList {
    let columns = vec![
        column("Title", "Supplier", ListKind::Text),
        column("City", "City", ListKind::Text),
        column("LeadDays", "Days to deliver", ListKind::WholeNumber),
        column("Buyer", "Buyer", ListKind::Person),
    ];
    let all = [
        ("Alpenzelt AG", "Innsbruck", 21, "bjorn"),
        ("Nordlicht Textil", "Kiel", 14, "bjorn"),
        ("Cucina Bella", "Bologna", 10, "giulia"),
        ("Holz & Stein", "Passau", 30, "giulia"),
    ];
    let items = all
        .into_iter()
        .enumerate()
        .map(|(place, (name, city, days, buyer))| ListItem {
            values: vec![
                ListValue::Text(name.to_owned()),
                ListValue::Text(city.to_owned()),
                ListValue::WholeNumber(days),
                ListValue::Person(place_of(company, buyer)),
            ],
            author: place_of(company, buyer),
            created_at: company.closed_at - TimeDelta::days(400 - place as i64),
        })
        .collect();
    OfficeList { name: "Suppliers", description: "Who delivers what we sell", columns, items }
}
