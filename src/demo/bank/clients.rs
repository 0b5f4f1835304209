//! The bank's clients, who advises them, and their accounts.

use chrono::{Days, NaiveDate};
use deunicode::deunicode;
use rand::RngExt;

use super::{Dice, by_share, pick};

/// Somebody who advises clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Adviser {
    pub(super) handle: &'static str,
    pub(super) name: &'static str,
}

const fn adviser(handle: &'static str, name: &'static str) -> Adviser {
    Adviser { handle, name }
}

/// The place of the adviser who brings growth.
pub(super) const GROWING: usize = 3;

/// Everybody who advises clients.
pub(super) const ADVISERS: &[Adviser] = &[
    adviser("clara", "Clara Whitcombe"),
    adviser("hugo", "Hugo Brandt"),
    adviser("ines", "Inês Marques"),
    adviser("noor", "Noor Haddad"),
    adviser("tobias", "Tobias Falk"),
    adviser("leila", "Leïla Morel"),
    adviser("gareth", "Gareth Pryce"),
    adviser("sofia", "Sofia Lindholm"),
];

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Client {
    /// Number from 1.
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) city: &'static str,
    pub(super) segment: &'static str,
    /// A place in [`ADVISERS`].
    pub(super) adviser: usize,
    pub(super) joined_on: NaiveDate,
}

/// An account of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    /// Number from 1.
    pub(super) number: usize,
    /// Whose, by a place among the clients.
    pub(super) client: usize,
    pub(super) kind: &'static str,
    pub(super) opened_on: NaiveDate,
}

const GIVEN: &[&str] = &[
    "Anna",
    "Björn",
    "Carmen",
    "Dmitri",
    "Élodie",
    "Farid",
    "Grace",
    "Hanneke",
    "Ivan",
    "Jürgen",
    "Katarína",
    "Liam",
    "Mónica",
    "Nils",
    "Olga",
    "Pedro",
    "Quentin",
    "Rosalind",
    "Søren",
    "Tatiana",
    "Umberto",
    "Vera",
    "Wanda",
    "Zeynep",
    "Aleksander",
    "Beatriz",
    "Chiara",
    "Desmond",
    "Emil",
    "Freya",
    "Gustav",
    "Helena",
    "Isolde",
    "Joanna",
    "Konrad",
    "Lucía",
    "Matthias",
    "Nadia",
    "Oskar",
    "Philippa",
];
const FAMILIES: &[&str] = &[
    "Abrahamsson",
    "Bauer",
    "Carvalho",
    "Dąbrowska",
    "Evans",
    "Ferrari",
    "Grünwald",
    "Horváth",
    "Ilves",
    "Jovanović",
    "Kruger",
    "Lemaire",
    "Müller",
    "Nowak",
    "Olsson",
    "Pérez",
    "Quist",
    "Romano",
    "Schröder",
    "Tamm",
    "Urban",
    "Vidal",
    "Whitaker",
    "Yıldız",
    "Zimmermann",
    "Ashworth",
    "Blanc",
    "Costa",
    "Dubois",
    "Eklund",
    "Fontaine",
    "Gallo",
    "Hofmann",
    "Ivanov",
    "Jansen",
    "Kovač",
    "Lindqvist",
    "Marchetti",
    "Nielsen",
    "Okafor",
    "Petrov",
    "Ramos",
    "Sørensen",
    "Thorsen",
    "Ulrich",
    "Varga",
    "Wójcik",
    "Zeller",
    "Bergström",
    "Calloway",
    "Drummond",
    "Engel",
    "Fuchs",
    "Giordano",
    "Haas",
    "Iversen",
];
const TRADES: &[&str] =
    &["Timber", "Shipping", "Bakery", "Textiles", "Print", "Solar", "Marine", "Foods", "Tools", "Logistics"];
const PLACES: &[&str] =
    &["Baltic", "Alster", "Nordic", "Harbour", "Vale", "Tideway", "Amber", "Granite", "Heron", "Willow"];
const CITIES: &[(&str, f64)] =
    &[("Hamburg", 0.3), ("Bremen", 0.15), ("Lübeck", 0.12), ("Copenhagen", 0.13), ("Gdańsk", 0.15), ("Riga", 0.15)];

/// Everybody, in the order in which they joined.
pub(super) fn all(count: usize, first_day: NaiveDate, closed_on: NaiveDate, dice: &mut Dice) -> Vec<Client> {
    let before = first_day - Days::new(1_500);
    let span = (closed_on - before).num_days() - 20;
    let mut days: Vec<NaiveDate> = (0..count).map(|_| before + Days::new(dice.random_range(0..span as u64))).collect();
    days.sort_unstable();
    let mut all: Vec<Client> = Vec::with_capacity(count);
    let since = closed_on - Days::new(300);
    for (place, joined_on) in days.into_iter().enumerate() {
        let number = place + 1;
        let segment = by_share(&[("Retail", 0.58), ("Affluent", 0.3), ("Business", 0.12)], dice);
        let name = match segment {
            "Business" => {
                format!("{} {} {}", pick(PLACES, dice), pick(TRADES, dice), pick(&["GmbH", "AB", "Ltd", "SIA"], dice))
            }
            _ => format!("{} {}", pick(GIVEN, dice), pick(FAMILIES, dice)),
        };
        let account: String = deunicode(&name).to_lowercase().split_whitespace().collect::<Vec<_>>().join(".");
        // Of those who came last, the one who brings growth has every third.
        let adviser = match joined_on >= since && dice.random_bool(0.34) {
            true => GROWING,
            false => dice.random_range(0..ADVISERS.len()),
        };
        all.push(Client {
            number,
            email: format!("{account}.{number}@example.com"),
            phone: format!("+49 1556 {:07}", 1_000_000 + (number as u64 * 6_197) % 9_000_000),
            name,
            city: by_share(CITIES, dice),
            segment,
            adviser,
            joined_on,
        });
    }
    all
}

impl Client {
    pub(super) fn id(&self) -> String {
        format!("C-{:05}", self.number)
    }

    /// As a colleague calls the client in passing.
    pub(super) fn spelt(&self, dice: &mut Dice) -> String {
        let (first, last) = self.name.split_once(' ').unwrap_or(("", &self.name));
        match dice.random_range(0..8) {
            0 | 1 => deunicode(&self.name),
            2 if self.segment != "Business" => format!("{last}, {first}"),
            3 => format!("{} ({})", self.name, self.id()),
            4 => format!("{} <{}>", deunicode(&self.name), self.email),
            5 => self.name.to_lowercase(),
            _ => self.name.clone(),
        }
    }
}

impl Account {
    pub(super) fn id(&self) -> String {
        format!("ACC-{:06}", 100_000 + self.number)
    }
}

/// A current account for everybody, and for some more.
pub(super) fn accounts(clients: &[Client], dice: &mut Dice) -> Vec<Account> {
    let mut all = Vec::new();
    for (client, of) in clients.iter().enumerate() {
        let mut open = |kind: &'static str| {
            all.push(Account { number: all.len() + 1, client, kind, opened_on: of.joined_on });
        };
        open("current");
        let (saves, invests) = match of.segment {
            "Affluent" => (0.5, 0.85),
            "Business" => (0.2, 0.2),
            _ => (0.4, 0.35),
        };
        if dice.random_bool(saves) {
            open("savings");
        }
        if dice.random_bool(invests) {
            open("brokerage");
        }
    }
    all
}
