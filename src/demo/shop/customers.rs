//! The shop's customers: names and cities that belong to a country, and an address at example.com.

use std::collections::HashMap;

use chrono::{Days, NaiveDateTime, TimeDelta};
use deunicode::deunicode;
use rand::RngExt;

use super::{Dice, Shop, calendar, pick_by_weight, running_sums};

/// How long before the opening the first people signed up, in days.
const HEAD_START: u64 = 365;

/// A customer of the shop.
pub(super) struct Customer {
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) email: String,
    pub(super) city: &'static str,
    pub(super) country: &'static str,
    pub(super) newsletter: bool,
    pub(super) created_at: NaiveDateTime,
    pub(super) updated_at: NaiveDateTime,
    /// How eager to order, 1 and more.
    pub(super) eagerness: usize,
}

/// A country the shop sells to.
struct Country {
    name: &'static str,
    weight: f64,
    cities: &'static [&'static str],
    first_names: &'static [&'static str],
    last_names: &'static [&'static str],
}

const COUNTRIES: &[Country] = &[
    Country {
        name: "Germany",
        weight: 26.0,
        cities: &["Berlin", "Hamburg", "München", "Köln", "Leipzig", "Stuttgart", "Bremen", "Freiburg"],
        first_names: &[
            "Anna", "Lena", "Hannah", "Mia", "Greta", "Katrin", "Sabine", "Jana", "Jürgen", "Lukas", "Felix", "Jonas",
            "Paul", "Stefan", "Markus", "Uwe",
        ],
        last_names: &[
            "Müller",
            "Schmidt",
            "Schneider",
            "Fischer",
            "Weber",
            "Meyer",
            "Wagner",
            "Becker",
            "Schulz",
            "Hoffmann",
            "Koch",
            "Richter",
            "Klein",
            "Wolf",
            "Schröder",
            "Neumann",
        ],
    },
    Country {
        name: "France",
        weight: 17.0,
        cities: &["Paris", "Lyon", "Marseille", "Toulouse", "Nantes", "Lille", "Bordeaux", "Grenoble"],
        first_names: &[
            "Chloé",
            "Camille",
            "Manon",
            "Léa",
            "Inès",
            "Sophie",
            "Élodie",
            "Claire",
            "Hugo",
            "Lucas",
            "Théo",
            "Antoine",
            "Julien",
            "Mathieu",
            "François",
            "Louis",
        ],
        last_names: &[
            "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Richard", "Petit", "Durand", "Leroy", "Moreau",
            "Simon", "Laurent", "Lefèvre", "Garnier", "Faure", "Rousseau",
        ],
    },
    Country {
        name: "United Kingdom",
        weight: 15.0,
        cities: &["London", "Manchester", "Bristol", "Leeds", "Edinburgh", "Glasgow", "Cardiff", "York"],
        first_names: &[
            "Olivia",
            "Emily",
            "Charlotte",
            "Grace",
            "Sophie",
            "Lucy",
            "Alice",
            "Megan",
            "Oliver",
            "George",
            "Harry",
            "Jack",
            "Thomas",
            "James",
            "Callum",
            "Owen",
        ],
        last_names: &[
            "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Davies", "Evans", "Walker", "Wright", "Hughes",
            "Green", "Hall", "Clarke", "Patel", "Campbell",
        ],
    },
    Country {
        name: "Netherlands",
        weight: 10.0,
        cities: &["Amsterdam", "Rotterdam", "Utrecht", "Eindhoven", "Groningen", "Haarlem"],
        first_names: &[
            "Emma", "Sanne", "Lotte", "Fleur", "Anouk", "Femke", "Daan", "Sem", "Bram", "Thijs", "Ruben", "Jeroen",
        ],
        last_names: &[
            "de Jong", "Jansen", "de Vries", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters",
            "Hendriks",
        ],
    },
    Country {
        name: "Spain",
        weight: 9.0,
        cities: &["Madrid", "Barcelona", "Valencia", "Sevilla", "Bilbao", "Málaga"],
        first_names: &[
            "Lucía", "María", "Paula", "Carmen", "Marta", "Elena", "Pablo", "Javier", "Álvaro", "Diego", "Sergio",
            "Andrés",
        ],
        last_names: &[
            "García",
            "Fernández",
            "González",
            "Rodríguez",
            "López",
            "Martínez",
            "Sánchez",
            "Pérez",
            "Gómez",
            "Ruiz",
            "Díaz",
            "Moreno",
        ],
    },
    Country {
        name: "Italy",
        weight: 9.0,
        cities: &["Milano", "Roma", "Torino", "Bologna", "Firenze", "Napoli"],
        first_names: &[
            "Giulia",
            "Chiara",
            "Francesca",
            "Martina",
            "Sara",
            "Elisa",
            "Lorenzo",
            "Matteo",
            "Andrea",
            "Davide",
            "Marco",
            "Niccolò",
        ],
        last_names: &[
            "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco",
            "Conti", "De Luca",
        ],
    },
    Country {
        name: "Sweden",
        weight: 7.0,
        cities: &["Stockholm", "Göteborg", "Malmö", "Uppsala", "Umeå"],
        first_names: &[
            "Elsa", "Maja", "Astrid", "Ebba", "Karin", "Åsa", "Erik", "Lars", "Nils", "Oskar", "Gustav", "Björn",
        ],
        last_names: &[
            "Andersson",
            "Johansson",
            "Karlsson",
            "Nilsson",
            "Eriksson",
            "Larsson",
            "Olsson",
            "Persson",
            "Lindberg",
            "Öberg",
            "Sjögren",
            "Holm",
        ],
    },
    Country {
        name: "Poland",
        weight: 7.0,
        cities: &["Warszawa", "Kraków", "Wrocław", "Gdańsk", "Poznań", "Łódź"],
        first_names: &[
            "Zofia",
            "Julia",
            "Katarzyna",
            "Agnieszka",
            "Magda",
            "Ewa",
            "Jakub",
            "Michał",
            "Piotr",
            "Tomasz",
            "Paweł",
            "Łukasz",
        ],
        last_names: &[
            "Nowak",
            "Kowalski",
            "Wiśniewski",
            "Wójcik",
            "Kamiński",
            "Zieliński",
            "Szymański",
            "Dąbrowski",
            "Mazur",
            "Krawczyk",
            "Pawlak",
            "Król",
        ],
    },
];

/// All customers, in the order in which they signed up.
pub(super) fn make(shop: &Shop, dice: &mut Dice) -> Vec<Customer> {
    let countries = running_sums(COUNTRIES.iter().map(|country| country.weight));
    let hours = calendar::hours();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut customers: Vec<Customer> = Vec::with_capacity(shop.customers);
    for created_at in sign_ups(shop, &hours, dice) {
        let country = &COUNTRIES[pick_by_weight(&countries, dice)];
        let first_name = any(country.first_names, dice);
        let last_name = any(country.last_names, dice);
        let account = format!("{}.{}", plain(first_name), plain(last_name));
        let namesakes = seen.entry(account.clone()).or_default();
        *namesakes += 1;
        let number = if *namesakes == 1 { String::new() } else { namesakes.to_string() };
        let changed = if dice.random_bool(0.2) { dice.random_range(0..400 * 86_400) } else { 0 };
        let last_moment = calendar::end(shop) - TimeDelta::seconds(1);
        customers.push(Customer {
            first_name,
            last_name,
            email: format!("{account}{number}@example.com"),
            city: any(country.cities, dice),
            country: country.name,
            newsletter: dice.random_bool(0.4),
            created_at,
            updated_at: (created_at + TimeDelta::seconds(changed)).min(last_moment),
            eagerness: eagerness(dice),
        });
    }
    customers
}

/// When people signed up: more and more, from a year before the opening to a month before the end.
fn sign_ups(shop: &Shop, hours: &[f64], dice: &mut Dice) -> Vec<NaiveDateTime> {
    let first_day = shop.first_day - Days::new(HEAD_START);
    let span = (HEAD_START + calendar::DAYS - 30) as f64;
    let mut moments: Vec<NaiveDateTime> = (0..shop.customers)
        .map(|_| {
            let day = first_day + Days::new((span * dice.random::<f64>().powf(0.8)) as u64);
            calendar::moment(day, hours, dice)
        })
        .collect();
    moments.sort_unstable();
    // Somebody must be there when the shop opens.
    if let Some(first) = moments.first_mut() {
        *first = (*first).min(calendar::midnight(first_day));
    }
    moments
}

/// Most people order now and then, and some all the time.
fn eagerness(dice: &mut Dice) -> usize {
    let luck: f64 = dice.random();
    1 + (luck.powi(6) * 12.0) as usize + (luck * 3.0) as usize
}

fn any(options: &[&'static str], dice: &mut Dice) -> &'static str {
    options[dice.random_range(0..options.len())]
}

/// A name as it may stand in an e-mail address.
fn plain(name: &str) -> String {
    deunicode(name).to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}
