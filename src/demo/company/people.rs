//! Who works in the company.

use chrono::{DateTime, TimeDelta, Utc};

use super::Person;

struct Role {
    handle: &'static str,
    name: &'static str,
    title: &'static str,
    zone: &'static str,
}

const fn role(handle: &'static str, name: &'static str, title: &'static str, zone: &'static str) -> Role {
    Role { handle, name, title, zone }
}

const BERLIN: &str = "Europe/Berlin";

const ROLES: &[Role] = &[
    role("marta", "Marta Kowalska", "Managing director", BERLIN),
    role("jonas", "Jonas Albrecht", "Head of operations", BERLIN),
    role("aylin", "Aylin Demir", "Customer care lead", BERLIN),
    role("tomas", "Tomáš Novák", "Customer care", "Europe/Prague"),
    role("chloe", "Chloé Lefèvre", "Customer care", "Europe/Paris"),
    role("bjorn", "Björn Lindqvist", "Buyer, outdoor and cycling", "Europe/Stockholm"),
    role("giulia", "Giulia Ferrari", "Buyer, home and kitchen", "Europe/Rome"),
    role("peter", "Peter Okafor", "Warehouse manager", BERLIN),
    role("ines", "Inês Carvalho", "Warehouse", BERLIN),
    role("sam", "Sam O'Neill", "Marketing", "Europe/Dublin"),
    role("hana", "Hana Sato", "Data analyst", BERLIN),
    role("ravi", "Ravi Menon", "Web shop developer", BERLIN),
    role("lotte", "Lotte Brandt", "Finance", BERLIN),
    role("oskar", "Oskar Wirth", "Buyer, footwear", BERLIN),
    role("shopbot", "Shop Bot", "Writes down what the shop does", "Etc/UTC"),
];

/// Everybody, those who left and the programs too.
pub(super) fn all(closed_at: DateTime<Utc>) -> Vec<Person> {
    let joined = |place: usize| closed_at - TimeDelta::days(600 - 37 * place as i64);
    ROLES
        .iter()
        .enumerate()
        .map(|(place, role)| Person {
            handle: role.handle.into(),
            name: role.name.into(),
            title: role.title.into(),
            zone: role.zone,
            is_bot: role.handle == "shopbot",
            is_admin: matches!(role.handle, "marta" | "ravi"),
            has_left: role.handle == "oskar",
            updated_at: joined(place),
        })
        .collect()
}
