//! The business customers: who they are, what they usually order, and what becomes of them.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};
use rand::RngExt;

use super::names::{GROWING, INDUSTRIES, REGIONS, STEMS};
use super::{CLOSED_ON, DAYS, Dice, FIRST_DAY, REPS, STAR, pick};

/// Customers at size factor 1, those that are there twice included.
const CUSTOMERS: f64 = 1_000.;
/// Valuable customers that leave.
const CHURNING: f64 = 14.;
/// Customers that are there twice.
const DUPLICATES: f64 = 24.;

/// A business customer.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) id: String,
    /// First and last name of the one who orders.
    pub(super) person: (&'static str, &'static str),
    /// Whether somebody is called so who orders for another company.
    pub(super) has_namesake: bool,
    /// Its name without a legal form, and with it.
    pub(super) short: String,
    pub(super) company: String,
    pub(super) domain: String,
    pub(super) email: String,
    pub(super) industry: usize,
    pub(super) region: usize,
    pub(super) city: &'static str,
    pub(super) status: &'static str,
    pub(super) since: NaiveDate,
    /// Who sells to it, as a place in [`REPS`].
    pub(super) rep: usize,
    pub(super) class: Class,
    /// What an order usually comes to, in cents.
    pub(super) basket: f64,
    /// Days between two orders.
    pub(super) pause: f64,
    /// How annoyed it becomes, from 0 to 1, and from when on.
    pub(super) annoyance: f64,
    pub(super) annoyed_from: NaiveDate,
    pub(super) is_churning: bool,
    /// The customer that it is once more, by its place.
    pub(super) same_as: Option<usize>,
}

/// How much it orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Large,
    Medium,
    Small,
    /// Nothing yet, or nothing any more.
    None,
}

/// All of them, in the order of their ids.
pub(super) fn all(size_factor: f64, dice: &mut Dice) -> Vec<Customer> {
    let scaled = |count: f64| (count * size_factor).round().max(1.) as usize;
    let count = scaled(CUSTOMERS).max(20);
    let duplicates = scaled(DUPLICATES).min(count / 10);
    let mut taken = HashSet::new();
    let mut customers: Vec<Customer> =
        (0..count - duplicates).map(|number| customer(number, &mut taken, dice)).collect();
    give_to_reps(&mut customers);
    churn(&mut customers, scaled(CHURNING), dice);
    let originals = customers.len();
    for number in 0..duplicates {
        // Spread evenly over those who order something, so that nobody is there thrice.
        let from = number * originals / duplicates;
        let found = (from..originals).find(|place| {
            let customer = &customers[*place];
            customer.class == Class::Medium && !customer.is_churning && customer.same_as.is_none()
        });
        let Some(original) = found.filter(|found| customers.iter().all(|other| other.same_as != Some(*found))) else {
            customers.push(customer(customers.len(), &mut taken, dice));
            continue;
        };
        let copy = once_more(&customers[original], customers.len(), original, dice);
        customers.push(copy);
    }
    know_namesakes(&mut customers);
    customers
}

fn customer(number: usize, taken: &mut HashSet<String>, dice: &mut Dice) -> Customer {
    let share = dice.random::<f64>();
    let mut region = 0;
    let mut sum = REGIONS[0].share;
    while sum < share && region + 1 < REGIONS.len() {
        region += 1;
        sum += REGIONS[region].share;
    }
    let place = &REGIONS[region];
    let industry = dice.random_range(0..INDUSTRIES.len());
    let city = pick(place.cities, dice);
    let mut short = pick(INDUSTRIES[industry].patterns, dice).replace("{}", pick(STEMS, dice));
    let mut tries = 0;
    while !taken.insert(short.clone()) {
        tries += 1;
        short = pick(INDUSTRIES[industry].patterns, dice).replace("{}", pick(STEMS, dice));
        if tries > 4 {
            short = format!("{short} {}", pick(place.cities, dice));
        }
        if tries > 12 {
            short = format!("{short} {number}");
        }
    }
    let company =
        if INDUSTRIES[industry].is_firm { format!("{short} {}", pick(place.forms, dice)) } else { short.clone() };
    let mut person = (pick(place.first_names, dice), pick(place.last_names, dice));
    for _ in 0..8 {
        if taken.insert(format!("{} {}", person.0, person.1)) {
            break;
        }
        person = (pick(place.first_names, dice), pick(place.last_names, dice));
    }
    let domain = format!("{}.example", plain(&short).replace(' ', if dice.random_bool(0.6) { "-" } else { "" }));
    let mailbox = match dice.random_range(0..5) {
        0 => plain(person.0).chars().take(1).chain(plain(person.1).replace(' ', "").chars()).collect(),
        1 => plain(person.1).replace(' ', ""),
        _ => format!("{}.{}", plain(person.0), plain(person.1).replace(' ', "")),
    };
    // Of a thousand customers, always as many are of each class.
    let (class, status) = match number * 37 % 1000 {
        0..97 => (Class::Large, "active"),
        97..320 => (Class::Medium, "active"),
        320..800 => (Class::Small, "active"),
        800..920 => (Class::None, "inactive"),
        _ => (Class::None, "prospect"),
    };
    let (basket, pause) = match class {
        Class::Large => (dice.random_range(190_000. ..430_000.), dice.random_range(21. ..31.)),
        Class::Medium => (dice.random_range(45_000. ..120_000.), dice.random_range(60. ..115.)),
        Class::Small => (dice.random_range(9_000. ..38_000.), dice.random_range(120. ..380.)),
        Class::None => (0., 0.),
    };
    // Most were there before the books begin; those of the growing region came later.
    let latest = if region == GROWING { 520 } else { 200 };
    let since = match class {
        Class::Large if region != GROWING => FIRST_DAY - Days::new(dice.random_range(30..1_400)),
        _ => FIRST_DAY - Days::new(900) + Days::new(dice.random_range(0..900 + latest)),
    };
    let (annoyance, annoyed_from) = match dice.random_range(0..100) {
        0..12 if class != Class::None => {
            (dice.random_range(0.15..0.5), FIRST_DAY + Days::new(dice.random_range(330..560)))
        }
        _ => (0., CLOSED_ON),
    };
    Customer {
        id: id(number),
        person,
        has_namesake: false,
        email: format!("{mailbox}@{domain}"),
        short,
        company,
        domain,
        industry,
        region,
        city,
        status,
        since,
        rep: 0,
        class,
        basket,
        pause,
        annoyance,
        annoyed_from,
        is_churning: false,
        same_as: None,
    }
}

/// There are more customers than names where the world is large.
fn know_namesakes(customers: &mut [Customer]) {
    let mut called: HashMap<(&str, &str), usize> = HashMap::new();
    for customer in customers.iter().filter(|customer| customer.same_as.is_none()) {
        *called.entry(customer.person).or_default() += 1;
    }
    for customer in customers {
        customer.has_namesake = called[&customer.person] > 1;
    }
}

/// Customers of each class go to those who sell by turns; one of them sells more than all others.
fn give_to_reps(customers: &mut [Customer]) {
    for class in [Class::Large, Class::Medium, Class::Small, Class::None] {
        for (turn, customer) in customers.iter_mut().filter(|customer| customer.class == class).enumerate() {
            customer.rep = turn % REPS.len();
            if customer.rep == STAR {
                customer.basket *= 1.6;
            }
        }
    }
}

/// Makes some of the valuable customers leave in the last half-year.
fn churn(customers: &mut [Customer], count: usize, dice: &mut Dice) {
    let fits = |customer: &Customer| {
        customer.class == Class::Large
            && customer.region != GROWING
            && customer.rep != STAR
            && customer.basket > 290_000.
            && customer.pause < 28.
    };
    let large: Vec<usize> = (0..customers.len()).filter(|place| fits(&customers[*place])).collect();
    let count = count.min(large.len());
    for number in 0..count {
        let customer = &mut customers[large[number * large.len() / count]];
        customer.is_churning = true;
        customer.annoyance = 1.;
        customer.annoyed_from = CLOSED_ON - Days::new(dice.random_range(192..212));
    }
}

/// The same customer under another id: somebody did not find it, and wrote it down once more.
fn once_more(customer: &Customer, number: usize, original: usize, dice: &mut Dice) -> Customer {
    let (first, last) = customer.person;
    let short = match number % 3 {
        0 => swapped(&customer.short, dice),
        1 => customer.short.to_uppercase(),
        _ => customer.short.replace(' ', "-"),
    };
    let form = customer.company[customer.short.len()..].to_owned();
    let company = if form.is_empty() || number.is_multiple_of(2) { short.clone() } else { format!("{short},{form}") };
    let mailbox = match number % 4 {
        0 => customer.email.split('@').next().unwrap_or_default().to_owned(),
        1 => format!("{}_{}", plain(first), plain(last).replace(' ', "")),
        2 => "orders".to_owned(),
        _ => format!("{}{}", plain(first).chars().take(1).collect::<String>(), plain(last).replace(' ', "")),
    };
    Customer {
        id: id(number),
        email: format!("{mailbox}@{}", customer.domain),
        short,
        company,
        since: customer.since + Days::new(dice.random_range(100..300)),
        class: Class::Small,
        basket: customer.basket * 0.5,
        pause: customer.pause * 2.,
        annoyance: 0.,
        annoyed_from: CLOSED_ON,
        same_as: Some(original),
        ..customer.clone()
    }
}

fn id(number: usize) -> String {
    format!("C-{:04}", number + 1)
}

/// A typing error: two letters change places.
pub(super) fn swapped(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let inner: Vec<usize> = (1..letters.len().saturating_sub(2))
        .filter(|place| letters[*place].is_lowercase() && letters[place + 1].is_lowercase())
        .filter(|place| letters[*place] != letters[place + 1])
        .collect();
    if let Some(place) = (!inner.is_empty()).then(|| pick(&inner, dice)) {
        letters.swap(place, place + 1);
    }
    letters.into_iter().collect()
}

/// In lower case, with letters that stand in addresses.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.to_lowercase().chars() {
        match letter {
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' | 'ø' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'å' => plain.push_str("aa"),
            'á' | 'à' | 'â' | 'ã' => plain.push('a'),
            'é' | 'è' | 'ê' => plain.push('e'),
            'í' => plain.push('i'),
            'ó' => plain.push('o'),
            'ñ' => plain.push('n'),
            ' ' | '-' => plain.push(' '),
            letter if letter.is_ascii_alphanumeric() => plain.push(letter),
            _ => {}
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Customer {
    /// How annoyed it is on a day: it takes six weeks to come to it.
    pub(super) fn annoyance_on(&self, day: NaiveDate) -> f64 {
        let days = (day - self.annoyed_from).num_days() as f64;
        self.annoyance * (days / 42.).clamp(0., 1.)
    }

    /// What it does.
    pub(super) fn industry_name(&self) -> &'static str {
        INDUSTRIES[self.industry].name
    }

    /// What it buys most, as places in the list of products.
    pub(super) fn prefers(&self) -> &'static [usize] {
        INDUSTRIES[self.industry].prefers
    }

    /// The region that it is in.
    pub(super) fn region_name(&self) -> &'static str {
        REGIONS[self.region].name
    }

    /// Whether people know it on a day.
    pub(super) fn is_known_on(&self, day: NaiveDate) -> bool {
        self.since <= day
    }

    /// Share of the told time that has passed.
    pub(super) fn passed(day: NaiveDate) -> f64 {
        (day - FIRST_DAY).num_days() as f64 / DAYS as f64
    }

    /// As people write of it, each in another way.
    pub(super) fn spelt(&self, dice: &mut Dice) -> String {
        let (first, last) = self.person;
        match dice.random_range(0..100) {
            0..22 => self.short.clone(),
            22..32 => self.company.clone(),
            32..44 => format!("{first} {last} from {}", self.short),
            44..54 => format!("{} ({})", self.short, self.id),
            54..62 => format!("{first} {last} ({})", self.short),
            // Which of those of that name is meant has to be said.
            62..69 if self.has_namesake => format!("{first} {last} from {}", self.short),
            62..69 => format!("{first} {last}"),
            69..78 => self.email.clone(),
            78..84 => format!("{} <{}>", first, self.email),
            84..88 => self.domain.clone(),
            88..91 => format!("customer {}", self.id),
            91..93 => format!("#{}", self.id.to_lowercase()),
            93..95 => self.id.replace('-', ""),
            95..97 => self.short.to_lowercase(),
            _ => swapped(&self.short, dice),
        }
    }
}
