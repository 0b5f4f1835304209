//! What is true of the business customers, counted from what was made, not from what is told.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Value, json};

use super::customers::Customer;
use super::names::REGIONS;
use super::sales::{BAD, Product, Sale};
use super::support::About;
use super::{REPS, pick_largest};
use crate::demo::story::StoryMessage;
use crate::demo::truth::Truth;

/// The share of all customers that counts as valuable: those with the largest revenue.
const VALUABLE: f64 = 0.09;

/// A channel with what its messages are about.
pub(super) struct Heard<'a> {
    pub(super) messages: &'a [StoryMessage],
    /// Where the messages of each conversation are.
    pub(super) places: &'a [Vec<usize>],
    pub(super) about: &'a [Vec<About>],
}

/// Both channels.
pub(super) struct Spoken<'a> {
    pub(super) support: Heard<'a>,
    pub(super) team: Heard<'a>,
}

impl Heard<'_> {
    /// All messages with what each is about, conversation by conversation.
    fn all(&self) -> impl Iterator<Item = (&StoryMessage, About)> {
        let conversations = self.places.iter().zip(self.about);
        conversations.flat_map(move |(places, about)| {
            places.iter().zip(about).map(move |(place, about)| (&self.messages[*place], *about))
        })
    }

    /// The first messages of conversations.
    fn firsts(&self) -> impl Iterator<Item = (&StoryMessage, About)> {
        let conversations = self.places.iter().zip(self.about);
        conversations.filter_map(move |(places, about)| Some((&self.messages[*places.first()?], *about.first()?)))
    }
}

/// All facts.
pub(super) fn of(customers: &[Customer], products: &[Product], sales: &[Sale], spoken: &Spoken<'_>) -> Truth {
    let truth = of_sales(Truth::default(), customers, products, sales);
    let truth = of_customers(truth, customers, sales);
    let truth = of_satisfaction(truth, products, &spoken.support);
    let truth = of_messages(truth, customers, spoken);
    of_both(truth, customers, sales, &spoken.support)
}

fn of_sales(truth: Truth, customers: &[Customer], products: &[Product], sales: &[Sale]) -> Truth {
    let total: i64 = sales.iter().map(|sale| sale.cents).sum();
    let by = |name: &dyn Fn(&Sale) -> String| revenue_by(sales, name);
    let regions = by(&|sale| customers[sale.customer].region_name().to_owned());
    let reps = by(&|sale| REPS[customers[sale.customer].rep].1.to_owned());
    let goods = by(&|sale| products[sale.product].name.clone());
    let months = revenue_by(sales, &|sale| month(sale.day));
    let year = |year: i32| {
        let of_year: Vec<Sale> = sales.iter().filter(|sale| sale.day.year() == year).cloned().collect();
        revenue_by(&of_year, &|sale| customers[sale.customer].region_name().to_owned())
    };
    let (before, after) = (year(2024), year(2025));
    let grown = REGIONS.iter().map(|region| {
        let of = |year: &BTreeMap<String, i64>| year.get(region.name).copied().unwrap_or_default() as f64;
        (region.name.to_owned(), of(&after) / of(&before).max(1.) - 1.)
    });
    let mut grown: Vec<(String, f64)> = grown.collect();
    grown.sort_by(|one, other| other.1.total_cmp(&one.1));
    let outliers = sales.iter().filter(|sale| sale.is_outlier).map(|sale| {
        let customer = &customers[sale.customer];
        vec![json!(sale.id), json!(sale.day.to_string()), json!(customer.company), euros(sale.cents)]
    });
    truth
        .with("total_revenue", "All that was sold in two years", &["revenue"], vec![vec![euros(total)]])
        .with("order_count", "How many orders there were", &["orders"], vec![vec![json!(sales.len())]])
        .with(
            "average_order",
            "What an order came to on average",
            &["average_order"],
            vec![vec![json!(total as f64 / 100. / sales.len().max(1) as f64)]],
        )
        .with("revenue_by_region", "What was sold in each region", &["region", "revenue"], ranked(&regions))
        .with("revenue_by_rep", "What each of those who sell sold", &["sales_rep", "revenue"], ranked(&reps))
        .with("best_rep", "Who sold most", &["sales_rep", "revenue"], first(ranked(&reps)))
        .with("revenue_by_product", "What was sold of each product", &["product", "revenue"], ranked(&goods))
        .with("revenue_by_month", "What was sold in each month", &["month", "revenue"], in_order(&months))
        .with(
            "growth_by_region",
            "By what share each region grew from 2024 to 2025",
            &["region", "growth"],
            grown.iter().map(|(region, growth)| vec![json!(region), json!(growth)]).collect(),
        )
        .with(
            "growing_region",
            "Which region grows most",
            &["region"],
            grown.first().map(|(region, _)| vec![json!(region)]).into_iter().collect(),
        )
        .with(
            "outlier_orders",
            "Orders that nobody would have expected",
            &["order_id", "date", "company", "sales_amount"],
            outliers.collect(),
        )
}

fn of_customers(truth: Truth, customers: &[Customer], sales: &[Sale]) -> Truth {
    let mut revenue = vec![0_i64; customers.len()];
    for sale in sales {
        revenue[sale.customer] += sale.cents;
    }
    let row = |place: usize| {
        let customer = &customers[place];
        let (first, last) = customer.person;
        vec![json!(customer.id), json!(customer.company), json!(format!("{first} {last}")), euros(revenue[place])]
    };
    let columns = &["customer_id", "company", "name", "revenue"];
    let ranking = pick_largest(customers.len(), |place| revenue[place]);
    let valuable = (customers.len() as f64 * VALUABLE).floor() as usize;
    let churning: Vec<usize> = ranking.iter().copied().filter(|place| customers[*place].is_churning).collect();
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    for customer in customers {
        *statuses.entry(customer.status).or_default() += 1;
    }
    let duplicates = customers.iter().filter_map(|customer| {
        let original = &customers[customer.same_as?];
        Some(vec![json!(customer.id), json!(original.id), json!(customer.company), json!(original.company)])
    });
    truth
        .with(
            "churning_customers",
            "Valuable customers that order less and less in the last half-year and complain more and more",
            columns,
            churning.into_iter().map(row).collect(),
        )
        .with(
            "high_value_customers",
            "Nine of a hundred customers, those with the largest revenue",
            columns,
            ranking.iter().take(valuable).map(|place| row(*place)).collect(),
        )
        .with(
            "top_customers",
            "The ten customers with the largest revenue",
            columns,
            ranking.iter().take(10).map(|place| row(*place)).collect(),
        )
        .with("customer_count", "How many customers there are", &["customers"], vec![vec![json!(customers.len())]])
        .with(
            "customers_by_status",
            "How many customers have each status",
            &["status", "customers"],
            statuses.into_iter().map(|(status, count)| vec![json!(status), json!(count)]).collect(),
        )
        .with(
            "duplicate_customers",
            "Customers that are there twice: the later id, the earlier one, and how the company is spelt under each",
            &["customer_id", "same_as", "company", "company_of_other"],
            duplicates.collect(),
        )
}

fn of_satisfaction(truth: Truth, products: &[Product], support: &Heard<'_>) -> Truth {
    let mut months: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (message, about) in support.firsts() {
        let (sum, count) = months.entry(month(message.at.date_naive())).or_default();
        *sum += f64::from(about.tone);
        *count += 1.;
    }
    let mean = |(month, (sum, count)): (&String, &(f64, f64))| vec![json!(month), json!(sum / count)];
    let worst = months.iter().min_by(|(_, one), (_, other)| (one.0 / one.1).total_cmp(&(other.0 / other.1)));
    let mut complaints: BTreeMap<usize, i64> = BTreeMap::new();
    for (_, about) in support.firsts().filter(|(_, about)| about.tone < 0) {
        if let Some(product) = about.product {
            *complaints.entry(product).or_default() += 1;
        }
    }
    let mut complaints: Vec<(usize, i64)> = complaints.into_iter().collect();
    complaints.sort_by_key(|(product, count)| (-count, *product));
    truth
        .with(
            "satisfaction_by_month",
            "How customers felt on average, from -2, furious, to 2, delighted",
            &["month", "satisfaction"],
            months.iter().map(mean).collect(),
        )
        .with(
            "worst_satisfaction_month",
            "The month in which customers were least satisfied",
            &["month"],
            worst.map(|(month, _)| vec![json!(month)]).into_iter().collect(),
        )
        .with(
            "problem_product",
            "The product that was bad for some weeks in May and June 2025",
            &["product"],
            vec![vec![json!(products[BAD].name)]],
        )
        .with(
            "complaints_by_product",
            "In how many complaints each product is named",
            &["product", "complaints"],
            complaints.iter().map(|(place, count)| vec![json!(products[*place].name), json!(count)]).collect(),
        )
}

fn of_messages(truth: Truth, customers: &[Customer], spoken: &Spoken<'_>) -> Truth {
    let links = |heard: &Heard<'_>, of: fn(&About) -> Option<usize>| {
        let mut rows: Vec<(DateTime<Utc>, Vec<Value>)> = Vec::new();
        for (message, about) in heard.all() {
            if let Some(place) = of(&about) {
                rows.push((message.at, vec![json!(ts(message.at)), json!(customers[place].id)]));
            }
        }
        rows.sort_by_key(|(at, _)| *at);
        rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>()
    };
    truth
        .with(
            "support_message_count",
            "How many messages there are in the support channel",
            &["messages"],
            vec![vec![json!(spoken.support.messages.len())]],
        )
        .with(
            "team_message_count",
            "How many messages there are in the channel of those who sell",
            &["messages"],
            vec![vec![json!(spoken.team.messages.len())]],
        )
        .with(
            "support_message_links",
            "Which messages of the support channel name which customer",
            &["ts", "customer_id"],
            links(&spoken.support, |about| about.customer),
        )
        .with(
            "team_message_links",
            "Which messages of those who sell name which customer",
            &["ts", "customer_id"],
            links(&spoken.team, |about| about.customer),
        )
        .with(
            "support_conversation_links",
            "Which customer the conversation is about that a message of the support channel belongs to",
            &["ts", "customer_id"],
            links(&spoken.support, |about| about.of),
        )
}

fn of_both(truth: Truth, customers: &[Customer], sales: &[Sale], support: &Heard<'_>) -> Truth {
    let mut complaints = vec![0_i64; customers.len()];
    for (_, about) in support.firsts().filter(|(_, about)| about.tone < 0) {
        if let Some(place) = about.of {
            complaints[place] += 1;
        }
    }
    let half = |first: NaiveDate, last: NaiveDate| {
        let mut revenue = vec![0_i64; customers.len()];
        for sale in sales.iter().filter(|sale| (first..=last).contains(&sale.day) && !sale.is_outlier) {
            revenue[sale.customer] += sale.cents;
        }
        revenue
    };
    let day = |month: u32, day: u32| NaiveDate::from_ymd_opt(2025, month, day).unwrap_or_default();
    let (before, after) = (half(day(1, 1), day(6, 30)), half(day(7, 1), day(12, 31)));
    // Of those who order by a plan, whose halves can be compared.
    let compared: Vec<(f64, f64)> = (0..customers.len())
        .filter(|place| customers[*place].class == super::customers::Class::Large && before[*place] > 0)
        .map(|place| (complaints[place] as f64, after[place] as f64 / before[place] as f64 - 1.))
        .collect();
    let loud = pick_largest(customers.len(), |place| complaints[place]);
    let loud = loud
        .iter()
        .take(10)
        .map(|place| vec![json!(customers[*place].id), json!(customers[*place].company), json!(complaints[*place])]);
    truth
        .with(
            "complaints_and_revenue_change",
            "How complaints of a valuable customer and the change of its revenue in 2025 go together, from -1 to 1",
            &["correlation"],
            vec![vec![json!(correlation(&compared))]],
        )
        .with(
            "most_complaints",
            "The ten customers that complained most often",
            &["customer_id", "company", "complaints"],
            loud.collect(),
        )
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let together = sum(&|pair| (pair.0 - x) * (pair.1 - y));
    let apart = sum(&|pair| (pair.0 - x).powi(2)) * sum(&|pair| (pair.1 - y).powi(2));
    if apart > 0. { together / apart.sqrt() } else { 0. }
}

fn revenue_by(sales: &[Sale], name: &dyn Fn(&Sale) -> String) -> BTreeMap<String, i64> {
    let mut revenue = BTreeMap::new();
    for sale in sales {
        *revenue.entry(name(sale)).or_default() += sale.cents;
    }
    revenue
}

fn in_order(revenue: &BTreeMap<String, i64>) -> Vec<Vec<Value>> {
    revenue.iter().map(|(name, cents)| vec![json!(name), euros(*cents)]).collect()
}

/// The largest first.
fn ranked(revenue: &BTreeMap<String, i64>) -> Vec<Vec<Value>> {
    let mut revenue: Vec<(&String, &i64)> = revenue.iter().collect();
    revenue.sort_by_key(|(name, cents)| (-**cents, name.as_str()));
    revenue.into_iter().map(|(name, cents)| vec![json!(name), euros(*cents)]).collect()
}

fn first(rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    rows.into_iter().take(1).collect()
}

/// Exact: a decimal as text.
fn euros(cents: i64) -> Value {
    json!(format!("{}.{:02}", cents / 100, cents % 100))
}

fn month(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

/// A moment as Slack names messages by it.
fn ts(at: DateTime<Utc>) -> String {
    let micros = at.timestamp_micros();
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
