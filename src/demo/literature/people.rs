//! The labs of the library and who works in them.

use rand::RngExt;

use super::Dice;

/// An author of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contributor {
    /// A person.
    Person {
        /// The family's name.
        last_name: &'static str,
        /// The given names.
        fore_name: &'static str,
        /// Their first letters.
        initials: String,
        /// In its plain form.
        orcid: Option<String>,
        /// Where the person works.
        affiliations: Vec<&'static str>,
    },
    /// A group that signs as one.
    Group(&'static str),
}

/// A lab: a place and its people.
pub(super) struct Lab {
    affiliation: &'static str,
    people: Vec<(&'static str, &'static str, Option<String>)>,
    grant: (&'static str, &'static str),
}

const LABS: [(&str, (&str, &str)); 5] = [
    (
        "Institute of Molecular Oncology, University of Brno-on-Sea, Brno, Czech Republic.",
        ("Moravian Science Fund", "Czech Republic"),
    ),
    ("Department of Tumour Biology, Lakeside University, Zürich, Switzerland.", ("Lakeside Foundation", "Switzerland")),
    ("Center for Precision Medicine, Hudson Valley College, New York, USA.", ("NCI-Fiction NIH HHS", "United States")),
    ("Kinase Group, Fenland Institute, Cambridge, UK.", ("Fenland Trust", "United Kingdom")),
    ("Laboratory of Drug Resistance, Hafen University, Hamburg, Germany.", ("Hanseatic Research Council", "Germany")),
];
const LAST_NAMES: [&str; 20] = [
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
    "van der Berg",
    "Chen",
    "Patel",
    "Schmidt",
    "Johnson",
    "Silva",
    "Ivanova",
    "Fischer",
];
const FORE_NAMES: [&str; 16] = [
    "Jana",
    "Lukas",
    "Thi Mai",
    "José María",
    "Aoife",
    "Piotr",
    "Yuki",
    "Chinua",
    "Astrid",
    "Giulia",
    "Omar",
    "Eva",
    "Pieter",
    "Wei",
    "Priya",
    "Anna Lena",
];
/// Groups sign some articles beside their people.
const GROUP: &str = "KINTAR Study Group";
const PEOPLE_OF_A_LAB: usize = 7;

pub(super) fn labs(dice: &mut Dice) -> Vec<Lab> {
    let mut number = 0;
    let lab = |(affiliation, grant)| {
        let people = (0..PEOPLE_OF_A_LAB).map(|place| {
            number += 1;
            let last_name = LAST_NAMES[dice.random_range(0..LAST_NAMES.len())];
            let fore_name = FORE_NAMES[dice.random_range(0..FORE_NAMES.len())];
            (last_name, fore_name, (place % 3 != 2).then(|| orcid(number)))
        });
        Lab { affiliation, people: people.collect(), grant }
    };
    LABS.into_iter().map(lab).collect()
}

impl Lab {
    pub(super) fn authors(&self, number: u64, dice: &mut Dice) -> Vec<Contributor> {
        let first = dice.random_range(0..self.people.len());
        let count = dice.random_range(1..=self.people.len());
        let person = |place: usize| {
            let &(last_name, fore_name, ref orcid) = &self.people[(first + place) % self.people.len()];
            let mut affiliations = vec![self.affiliation];
            if place == 1 {
                affiliations.push(LABS[(number % LABS.len() as u64) as usize].0);
            }
            Contributor::Person {
                last_name,
                fore_name,
                initials: fore_name.split(' ').filter_map(|name| name.chars().next()).collect(),
                orcid: orcid.clone(),
                affiliations,
            }
        };
        let mut authors: Vec<Contributor> = (0..count).map(person).collect();
        if number % 12 == 5 {
            authors.push(Contributor::Group(GROUP));
        }
        authors
    }

    pub(super) fn grants(&self, number: u64) -> Vec<(String, &'static str, &'static str)> {
        let (agency, country) = self.grant;
        if number % 4 == 1 { vec![(format!("R{:05}", number * 7), agency, country)] } else { Vec::new() }
    }
}

/// An iD with its check digit (ISO 7064, 11-2), below all that are given out.
fn orcid(number: u64) -> String {
    let digits = format!("{number:015}");
    let total = digits.bytes().fold(0, |total, digit| (total + u32::from(digit - b'0')) * 2 % 11);
    let check = match (12 - total) % 11 {
        10 => "X".to_owned(),
        digit => digit.to_string(),
    };
    let all = digits + &check;
    format!("{}-{}-{}-{}", &all[..4], &all[4..8], &all[8..12], &all[12..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_orcid() {
        // The example of ORCID's own documentation.
        assert_eq!(orcid(21_825_009), "0000-0002-1825-0097");
    }
}
