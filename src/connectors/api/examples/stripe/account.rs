//! What the simulated account holds: the shop's last orders, as payments.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::demo::{RecentOrder, Shop};

/// Days of the shop's books that the account knows.
const DAYS: u64 = 30;
const BRANDS: [&str; 3] = ["visa", "mastercard", "amex"];

/// The objects of an account by the name of their list, each list from the oldest to the newest.
#[derive(Clone, Debug)]
pub(super) struct Account(HashMap<&'static str, Vec<Value>>);

impl Account {
    /// The account of a shop.
    pub(super) fn of(shop: &Shop) -> Self {
        let orders = shop.recent_orders(DAYS);
        let mut lists: HashMap<&'static str, Vec<Value>> =
            ["customers", "charges", "refunds"].into_iter().map(|name| (name, Vec::new())).collect();
        let mut known: HashMap<&str, String> = HashMap::new();
        for order in &orders {
            let at = order.ordered_at.and_utc().timestamp();
            let customer = known.entry(&order.customer).or_insert_with(|| {
                let customer = customer(order, at);
                let id = customer["id"].as_str().unwrap_or_default().to_owned();
                lists.entry("customers").or_default().push(customer);
                id
            });
            let is_refunded = order.status == "returned";
            lists.entry("charges").or_default().push(charge(order, at, customer, is_refunded));
            if is_refunded {
                lists.entry("refunds").or_default().push(refund(order, at + 86_400));
            }
        }
        Self(lists)
    }

    /// A list, from the oldest to the newest; `None` where there is none of that name.
    pub(super) fn list(&self, name: &str) -> Option<&[Value]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Adds an object, which must be the newest.
    pub(super) fn add(&mut self, list: &'static str, object: Value) {
        self.0.entry(list).or_default().push(object);
    }
}

fn customer(order: &RecentOrder, at: i64) -> Value {
    json!({
        "id": format!("cus_{:014}", order.number),
        "object": "customer",
        "name": order.customer,
        "email": format!("{}@example.com", order.customer.to_lowercase().replace(' ', ".")),
        "currency": "eur",
        "balance": 0,
        "delinquent": false,
        "created": at,
        "address": { "city": order.city, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null },
        "metadata": {},
        "livemode": false,
    })
}

pub(super) fn charge(order: &RecentOrder, at: i64, customer: &str, is_refunded: bool) -> Value {
    let brand = BRANDS[usize::try_from(order.number).unwrap_or_default() % BRANDS.len()];
    let is_paid = order.status != "cancelled";
    json!({
        "id": format!("ch_{:014}", order.number),
        "object": "charge",
        "customer": customer,
        "amount": order.total,
        "amount_refunded": if is_refunded { order.total } else { 0 },
        "currency": "eur",
        "status": if is_paid { "succeeded" } else { "failed" },
        "paid": is_paid,
        "refunded": is_refunded,
        "description": order.products.join(", "),
        "payment_method_details": { "type": "card", "card": { "brand": brand, "last4": "4242" } },
        "created": at,
        "metadata": { "order": order.number.to_string() },
        "livemode": false,
    })
}

fn refund(order: &RecentOrder, at: i64) -> Value {
    json!({
        "id": format!("re_{:014}", order.number),
        "object": "refund",
        "charge": format!("ch_{:014}", order.number),
        "amount": order.total,
        "currency": "eur",
        "reason": "requested_by_customer",
        "status": "succeeded",
        "created": at,
        "metadata": {},
    })
}
