//! Who works in the hospital, and who is treated there.

use chrono::{Days, NaiveDate};
use deunicode::deunicode;
use rand::RngExt;

use super::catalogue::{CHRONIC_OF_THE_OLD, GERIATRICS, INTERNAL, PULMONOLOGY, SURGERY};
use super::{Dice, Hospital, Patient, pick};

/// Somebody who treats people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clinician {
    /// The short name.
    pub handle: &'static str,
    /// First and last name.
    pub name: &'static str,
    /// The ward, by its place in [`WARDS`](super::WARDS).
    pub(super) ward: usize,
    /// What the outpatients come for.
    pub(super) department: &'static str,
}

const fn clinician(handle: &'static str, name: &'static str, ward: usize, department: &'static str) -> Clinician {
    Clinician { handle, name, ward, department }
}

/// The one who lets outpatients wait.
pub(super) const SLOW: &str = "Ingrid Solberg";

/// Those who treat people.
pub(super) const CLINICIANS: &[Clinician] = &[
    clinician("amara", "Amara Osei", INTERNAL, "Cardiology"),
    clinician("ingrid", "Ingrid Solberg", INTERNAL, "Diabetology"),
    clinician("rafael", "Rafael Duarte", INTERNAL, "Nephrology"),
    clinician("helen", "Helen Novotná", SURGERY, "General Surgery"),
    clinician("tariq", "Tariq Aziz", SURGERY, "Orthopaedics"),
    clinician("yuki", "Yuki Tanabe", PULMONOLOGY, "Pneumology"),
    clinician("leon", "Léon Marchand", PULMONOLOGY, "Allergology"),
    clinician("greta", "Greta Böhm", GERIATRICS, "Geriatrics"),
];

/// Others who work there: short name, name, what they do. The first owns the desk.
pub(super) const OTHERS: &[(&str, &str, &str)] = &[
    ("silvia", "Silvia Keller", "Head of operations"),
    ("mirko", "Mirko Petrović", "Bed manager"),
    ("dana", "Dana Whitfield", "Patient relations"),
    ("kofi", "Kofi Mensah", "Patient relations"),
    ("lara", "Lara Castellano", "Head nurse, Geriatrics"),
    ("sven", "Sven Aaltonen", "Head nurse, Pulmonology"),
    ("nadia", "Nadia Rahimi", "Head nurse, Surgery"),
    ("oscar", "Oscar Lindgren", "Head nurse, Internal Medicine"),
    ("priya", "Priya Raman", "Quality and data"),
];

const FAMILIES: &[&str] = &[
    "Dvořák",
    "Müller",
    "Nguyen",
    "García",
    "O'Brien",
    "Kowalski",
    "Tanaka",
    "Okafor",
    "Lindqvist",
    "Rossi",
    "Haddad",
    "Novák",
    "Schäfer",
    "Brandt",
    "Jansen",
    "Weiß",
    "Petrov",
    "Silva",
    "Moreau",
    "Keller",
    "Fischer",
    "Öztürk",
    "Bianchi",
    "Larsen",
    "Horvat",
    "Popescu",
    "Castro",
    "Meyer",
    "Wójcik",
    "Björk",
    "Ferreira",
    "Schmitt",
    "Köhler",
    "Marek",
    "Lefèvre",
    "Ibrahim",
    "Vogel",
    "Sørensen",
    "Baumann",
    "Pavlović",
];
const WOMEN: &[&str] = &[
    "Jana",
    "Aoife",
    "Astrid",
    "Giulia",
    "Priya",
    "Eva",
    "Hannelore",
    "Brigitte",
    "Zofia",
    "Ayşe",
    "Renate",
    "Inés",
    "Martha",
    "Leonie",
    "Käthe",
    "Fatima",
    "Ursula",
    "Noémie",
    "Ludmila",
    "Rosa",
    "Helga",
    "Mina",
    "Carla",
    "Edith",
];
const MEN: &[&str] = &[
    "Lukas", "Piotr", "Yuki", "Chinua", "Omar", "Pieter", "Günther", "Karl", "André", "Mehmet", "Jürgen", "Paolo",
    "Heinz", "Tomáš", "Erik", "Walter", "Ivan", "José", "Werner", "Matti", "Dieter", "Samuel", "Rolf", "Victor",
];
const CITIES: &[(&str, f64)] = &[
    ("Lindenau", 0.42),
    ("Altbrück", 0.62),
    ("Neukirch", 0.77),
    ("Seefeld", 0.88),
    ("Moosbach", 0.95),
    ("Grünthal", 1.0),
];

/// How old somebody is who is old.
const OLD: i64 = 70;

/// Everybody who has a record.
pub(super) fn patients(count: usize, first_day: NaiveDate, dice: &mut Dice) -> Vec<Patient> {
    (1..=count).map(|number| patient(number, first_day, dice)).collect()
}

fn patient(number: usize, first_day: NaiveDate, dice: &mut Dice) -> Patient {
    let is_woman = dice.random_bool(0.53);
    let luck: f64 = dice.random();
    // From 18 to 96, the old more often than the young.
    let age_in_days = 365 * 18 + (luck.powf(0.7) * 365. * 78.) as u64;
    let is_old = age_in_days > 365 * OLD as u64;
    let share = if is_old { 1.0 } else { 0.25 };
    let mut chance: f64 = dice.random::<f64>() / share;
    let chronic = CHRONIC_OF_THE_OLD.iter().position(|likely| {
        chance -= likely;
        chance < 0.
    });
    let place = dice.random::<f64>();
    Patient {
        number,
        given: pick(if is_woman { WOMEN } else { MEN }, dice),
        family: pick(FAMILIES, dice),
        gender: if is_woman { "female" } else { "male" },
        born: first_day - Days::new(age_in_days),
        city: CITIES.iter().find(|(_, until)| place < *until).map_or(CITIES[0].0, |(city, _)| *city),
        phone: format!("+49 1555 {:07}", 1_000_000 + (number as u64 * 7_919) % 9_000_000),
        chronic,
    }
}

impl Patient {
    /// Whether the patient is old on a day.
    pub(super) fn is_old(&self, day: NaiveDate) -> bool {
        (day - self.born).num_days() > 365 * OLD
    }

    /// The medical record number.
    pub fn record_number(&self) -> String {
        format!("MRN{:06}", self.number)
    }

    /// The name as somebody at a desk spells it.
    pub(super) fn spelt(&self, dice: &mut Dice) -> String {
        let (given, family) = (self.given, self.family);
        match dice.random_range(0..10) {
            0..4 => format!("{family}, {given}"),
            4..7 => deunicode(&format!("{given} {family}")),
            7 => format!("{}. {family}", given.chars().next().unwrap_or('N')),
            8 => format!("{family}, {given}").to_uppercase(),
            _ => format!("{given} {family}"),
        }
    }

    /// The phone number as somebody at a desk writes it; now and then it is not asked for.
    pub(super) fn phone_spelt(&self, dice: &mut Dice) -> Option<String> {
        let rest = self.phone.trim_start_matches("+49 ");
        match dice.random_range(0..20) {
            0 => None,
            1..8 => Some(self.phone.clone()),
            8..13 => Some(format!("0{rest}")),
            13..17 => Some(format!("0049{}", rest.replace(' ', ""))),
            _ => Some(format!("0{}", rest.replace(' ', "-"))),
        }
    }
}

impl Hospital {
    /// How patient records name a clinician.
    pub fn signature(clinician: &Clinician) -> String {
        let (given, family) = clinician.name.split_once(' ').unwrap_or(("", clinician.name));
        format!("{family}, {given}, MD")
    }

    /// How everybody else does.
    pub(super) fn doctor(clinician: &Clinician) -> String {
        let (_, family) = clinician.name.split_once(' ').unwrap_or(("", clinician.name));
        format!("Dr. {family}")
    }
}
