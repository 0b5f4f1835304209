//! The business customers of the sample shop's company: who they are, what they order, and what is written about them.
//!
//! What is planted: valuable customers that fall silent while they complain more and more, a product that is bad for some weeks,
//! a region that grows, somebody who sells more than all others, customers that are there twice, and orders that nobody would
//! expect.

mod customers;
mod names;
mod sales;
mod support;
mod support_phrases;
mod team;
mod team_phrases;
mod truth;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rand::SeedableRng;

use super::dice::{Dice, pick};
use super::story::{Story, StoryChannel, StoryPerson, StoryTable, StoryValue};
use super::{Shop, story::talk};
use customers::Customer;
use sales::{Product, Sale};

const SEED: u64 = 1_977;

/// The days that are told of: those of the shop's books.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day");
const CLOSED_ON: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
const DAYS: u64 = 731;

/// Those who answer customers, and those who sell; handle, name, title. Some are the company's of old.
const CARE: [(&str, &str, &str); 6] = [
    ("aylin", "Aylin Demir", "Customer care lead"),
    ("tomas", "Tomáš Novák", "Customer care"),
    ("chloe", "Chloé Lefèvre", "Customer care"),
    ("mirko", "Mirko Petrović", "Business customer care"),
    ("saoirse", "Saoirse Brennan", "Business customer care"),
    ("yusuf", "Yusuf Karaca", "Business customer care"),
];
const REPS: [(&str, &str, &str); 7] = [
    ("nadia", "Nadia Haddad", "Sales, key accounts"),
    ("felix", "Felix Brückner", "Sales"),
    ("ewa", "Ewa Zielińska", "Sales"),
    ("oliver", "Oliver Grant", "Sales"),
    ("camille", "Camille Dubois", "Sales"),
    ("rasmus", "Rasmus Kjær", "Sales"),
    ("inesm", "Inês Martins", "Sales"),
];
/// The one who sells more than all others.
const STAR: usize = 0;
const OTHERS: [(&str, &str, &str); 4] = [
    ("beatrix", "Beatrix Vogel", "Head of sales"),
    ("peter", "Peter Okafor", "Warehouse manager"),
    ("hana", "Hana Sato", "Data analyst"),
    ("lotte", "Lotte Brandt", "Finance"),
];

/// Things that businesses buy, as the shop's catalogue calls them.
const THINGS: [&str; 12] = [
    "Rain Jacket",
    "Fleece",
    "Hiking Boots",
    "Trail Shoes",
    "Headlamp",
    "Tent",
    "Backpack",
    "Wool Blanket",
    "Desk Lamp",
    "Coffee Grinder",
    "Kettle",
    "Hammock",
];

/// The story, so many times as large as usual.
pub(super) fn story(size_factor: f64) -> Story {
    let dice = |part: u64| Dice::seed_from_u64(SEED + part);
    let customers = customers::all(size_factor, &mut dice(0));
    let products = products();
    let sales = sales::all(&customers, &products, &mut dice(1));
    let support = support::all(&customers, &products, &sales, size_factor, &mut dice(2));
    let team = team::all(&customers, &products, &sales, size_factor, &mut dice(3));
    let (support_messages, support_places) = talk::channel(support.conversations, closed_at());
    let (team_messages, team_places) = talk::channel(team.conversations, closed_at());
    let spoken = truth::Spoken {
        support: truth::Heard { messages: &support_messages, places: &support_places, about: &support.about },
        team: truth::Heard { messages: &team_messages, places: &team_places, about: &team.about },
    };
    let truth = truth::of(&customers, &products, &sales, &spoken);
    let channel = |name: &str, topic: &str, purpose: &str, messages| StoryChannel {
        name: name.to_owned(),
        topic: topic.to_owned(),
        purpose: purpose.to_owned(),
        messages,
    };
    Story {
        company: "Fernweh Goods",
        domain: "fernweh.example",
        people: people(),
        sheets: vec![database(&customers), report(&customers, &products, &sales)],
        documents: Vec::new(),
        channels: vec![
            channel("customer-support", "Business customers only", "What business customers tell us", support_messages),
            channel("sales-team", "Deals, visits, quotes", "Who sells what to whom", team_messages),
        ],
        closed_at: closed_at(),
        truth,
    }
}

/// Those who answer customers come first, then those who sell.
fn people() -> Vec<StoryPerson> {
    let person = |(handle, name, title): &(&str, &str, &str)| StoryPerson {
        handle: (*handle).to_owned(),
        name: (*name).to_owned(),
        title: (*title).to_owned(),
    };
    CARE.iter().chain(&REPS).chain(&OTHERS).map(person).collect()
}

/// What is sold to businesses: the first of each kind in the shop's catalogue, a fifth below what it costs there.
fn products() -> Vec<Product> {
    let catalogue = Shop::default().catalogue();
    let product = |thing: &&str| {
        let item = catalogue.iter().find(|item| item.name.ends_with(thing));
        let (name, price) = item.map_or(((*thing).to_owned(), 4_000), |item| (item.name.clone(), item.price));
        Product { name, price: price * 4 / 5 }
    };
    THINGS.iter().map(product).collect()
}

fn database(customers: &[Customer]) -> StoryTable {
    let row = |customer: &Customer| {
        vec![
            customer.id.clone().into(),
            format!("{} {}", customer.person.0, customer.person.1).into(),
            customer.email.clone().into(),
            customer.company.clone().into(),
            customer.status.into(),
            customer.industry_name().into(),
            customer.region_name().into(),
            customer.city.into(),
            StoryValue::Day(customer.since),
        ]
    };
    StoryTable {
        title: "Customer Database".to_owned(),
        about: "Every business customer, with the one who orders".to_owned(),
        columns: vec![
            "customer_id",
            "name",
            "email",
            "company",
            "status",
            "industry",
            "region",
            "city",
            "customer_since",
        ],
        rows: customers.iter().map(row).collect(),
    }
}

fn report(customers: &[Customer], products: &[Product], sales: &[Sale]) -> StoryTable {
    let row = |sale: &Sale| {
        let customer = &customers[sale.customer];
        vec![
            StoryValue::Day(sale.day),
            products[sale.product].name.clone().into(),
            StoryValue::Money(sale.cents),
            customer.region_name().into(),
            REPS[customer.rep].1.into(),
            customer.id.clone().into(),
            sale.id.clone().into(),
            StoryValue::Integer(sale.quantity),
        ]
    };
    StoryTable {
        title: "Sales Report".to_owned(),
        about: "Every order of a business customer".to_owned(),
        columns: vec!["date", "product", "sales_amount", "region", "sales_rep", "customer_id", "order_id", "quantity"],
        rows: sales.iter().map(row).collect(),
    }
}

fn closed_at() -> DateTime<Utc> {
    midnight(CLOSED_ON)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Places by their values, the largest first; equal ones in their order.
fn pick_largest(count: usize, value: impl Fn(usize) -> i64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by_key(|place| (-value(*place), *place));
    places
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn small() -> Story {
        story(0.3)
    }

    #[test]
    fn the_same_size_makes_the_same_story() {
        assert_eq!(small(), small());
    }

    #[test]
    fn a_usual_story_has_what_the_scenario_needs() {
        let story = story(1.);
        let [database, report] = &story.sheets[..] else { panic!("two sheets") };
        assert_eq!(database.rows.len(), 1_000);
        assert!((4_500..9_000).contains(&report.rows.len()), "{}", report.rows.len());
        let [support, team] = &story.channels[..] else { panic!("two channels") };
        assert_eq!((support.messages.len(), team.messages.len()), (5_000, 3_000));
        let texts: HashSet<&str> = support.messages.iter().map(|message| message.text.as_str()).collect();
        assert!(texts.len() > 4_000, "{} of 5,000 are different", texts.len());
        for channel in &story.channels {
            assert!(channel.messages.is_sorted_by(|one, other| one.at < other.at), "{}", channel.name);
            assert!(channel.messages.iter().all(|message| !message.text.contains(['{', '}', '[', ']', '|'])));
            assert!(channel.messages.iter().all(|message| message.at < story.closed_at));
        }
        assert!(team.messages.iter().filter(|message| message.file.is_some()).count() > 200);
    }

    #[test]
    fn what_is_planted_stands_out() {
        let story = story(1.);
        let rows = |fact: &str| story.truth.fact(fact).unwrap_or_else(|| panic!("{fact}")).rows.clone();
        let first = |fact: &str| rows(fact)[0][0].as_str().unwrap().to_owned();
        assert_eq!(first("best_rep"), "Nadia Haddad");
        assert_eq!(first("growing_region"), "Nordics");
        assert!(["2025-05", "2025-06"].contains(&first("worst_satisfaction_month").as_str()));
        assert_eq!(first("complaints_by_product"), first("problem_product"));
        assert_eq!((rows("churning_customers").len(), rows("duplicate_customers").len()), (14, 24));
        assert_eq!(rows("outlier_orders").len(), 4);
        let together = rows("complaints_and_revenue_change")[0][0].as_f64().unwrap();
        assert!(together < -0.4, "{together}");
        let valuable: HashSet<String> = rows("high_value_customers").iter().map(|row| row[0].to_string()).collect();
        assert!(rows("churning_customers").iter().all(|row| valuable.contains(&row[0].to_string())));
    }

    #[test]
    fn nobody_is_spoken_of_by_a_name_alone_that_somebody_else_has() {
        let mut dice = Dice::seed_from_u64(SEED);
        let customers = customers::all(5., &mut dice);
        let namesakes: Vec<&Customer> = customers.iter().filter(|customer| customer.has_namesake).collect();
        assert!(namesakes.len() > 1_000, "{}", namesakes.len());
        for customer in namesakes {
            let name = format!("{} {}", customer.person.0, customer.person.1);
            assert!((0..50).all(|_| customer.spelt(&mut dice) != name), "{name}");
        }
    }

    #[test]
    fn only_those_who_leave_order_much_less_in_the_end() {
        let story = story(1.);
        let valuable = story.truth.fact("high_value_customers").unwrap();
        let churning: HashSet<&serde_json::Value> =
            story.truth.fact("churning_customers").unwrap().rows.iter().map(|row| &row[0]).collect();
        let mut orders: HashMap<&str, (i32, i32)> = HashMap::new();
        for row in &story.sheets[1].rows {
            let (StoryValue::Day(day), StoryValue::Text(customer)) = (&row[0], &row[5]) else { panic!("{row:?}") };
            let (before, after) = orders.entry(customer).or_default();
            match (CLOSED_ON - *day).num_days() {
                1..=180 => *after += 1,
                181..=360 => *before += 1,
                _ => {}
            }
        }
        for row in &valuable.rows {
            let (before, after) = orders[row[0].as_str().unwrap()];
            let change = f64::from(after) / f64::from(before).max(1.) - 1.;
            // Those of the middle who made one large order do not order by a plan.
            if churning.contains(&row[0]) {
                assert!(change <= -0.45, "{row:?}: {before}, then {after}");
            } else if before > 4 {
                assert!(change > -0.35, "{row:?}: {before}, then {after}");
            }
        }
    }
}
