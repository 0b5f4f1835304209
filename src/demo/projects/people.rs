//! Who works in the company, in which team.

use std::collections::{HashMap, HashSet};

use super::{Dice, StoryPerson, pick};

/// The company's domain, where nobody lives.
pub(super) const DOMAIN: &str = "kranich.example";

/// A team.
pub(super) struct Team {
    pub(super) name: &'static str,
    /// How people call it in messages, too.
    pub(super) spellings: &'static [&'static str],
    pub(super) roles: &'static [&'static str],
}

pub(super) const TEAMS: [Team; 7] = [
    Team {
        name: "Platform",
        spellings: &["Platform", "the Platform team", "platform"],
        roles: &["Backend engineer", "Team lead", "Backend engineer", "Architect"],
    },
    Team {
        name: "Mobile",
        spellings: &["Mobile", "the Mobile team", "mobile"],
        roles: &["Team lead", "iOS engineer", "Android engineer", "Android engineer"],
    },
    Team {
        name: "Data",
        spellings: &["Data", "the Data team", "the data people"],
        roles: &["Team lead", "Data engineer", "Analyst", "Data scientist"],
    },
    Team {
        name: "Design",
        spellings: &["Design", "the Design team", "design"],
        roles: &["Team lead", "Product designer", "Researcher", "Product designer"],
    },
    Team {
        name: "Infrastructure",
        spellings: &["Infrastructure", "the Infrastructure team", "Infra", "infra"],
        roles: &["Team lead", "Site reliability engineer", "Network engineer", "Security engineer"],
    },
    Team {
        name: "Payments",
        spellings: &["Payments", "the Payments team", "payments"],
        roles: &["Team lead", "Backend engineer", "Compliance officer", "Backend engineer"],
    },
    Team {
        name: "Quality",
        spellings: &["Quality", "QA", "the Quality team", "qa"],
        roles: &["Team lead", "Test engineer", "Test engineer", "Release manager"],
    },
];

/// The team that the late project waits for.
pub(super) const BLOCKING: usize = 4;
/// The two teams that work together most.
pub(super) const CLOSE: (usize, usize) = (1, 3);

/// People of each team at size factor 1.
const OF_TEAM: f64 = 4.;

const FIRST_NAMES: &[&str] = &[
    "Amara", "Bastian", "Chiara", "Daniel", "Esther", "Farid", "Greta", "Hugo", "Ilse", "Jakob", "Katja", "Leon",
    "Mina", "Noah", "Olga", "Pavel", "Quirin", "Rosa", "Simon", "Tilda", "Umut", "Vera", "Wanda", "Xaver", "Yara",
    "Zoltan", "Alma", "Bruno", "Carla", "Dario", "Edda", "Fabio",
];
const LAST_NAMES: &[&str] = &[
    "Adler",
    "Brandt",
    "Conti",
    "Dietrich",
    "Eriksen",
    "Fuchs",
    "Grossi",
    "Hoffer",
    "Ivanova",
    "Jansen",
    "Kowalczyk",
    "Lang",
    "Meister",
    "Novotny",
    "Oduya",
    "Petit",
    "Quandt",
    "Rahimi",
    "Sauer",
    "Toivonen",
    "Ulrich",
    "Varga",
    "Winter",
    "Zimmer",
    "Albers",
    "Bianchi",
    "Castell",
    "Demir",
    "Egger",
    "Farkas",
    "Gomes",
    "Haas",
];

/// Somebody.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) handle: String,
    pub(super) name: String,
    pub(super) team: usize,
    pub(super) role: &'static str,
}

impl Person {
    pub(super) fn email(&self) -> String {
        format!("{}@{DOMAIN}", self.handle)
    }

    /// As the company's directory has them: the title ends with the team.
    pub(super) fn told(&self) -> StoryPerson {
        let title = format!("{}, {}", self.role, TEAMS[self.team].name);
        StoryPerson { handle: self.handle.clone(), name: self.name.clone(), title }
    }
}

/// Everybody, the teams by turns.
pub(super) fn all(size_factor: f64, dice: &mut Dice) -> Vec<Person> {
    let of_team = (OF_TEAM * size_factor).round().max(3.) as usize;
    let mut taken: HashMap<&str, usize> = HashMap::new();
    let mut names = HashSet::new();
    (0..of_team * TEAMS.len())
        .map(|number| {
            let team = number % TEAMS.len();
            let first = FIRST_NAMES[number % FIRST_NAMES.len()];
            let last = match number < LAST_NAMES.len() {
                true => LAST_NAMES[number * 11 % LAST_NAMES.len()],
                false => pick(LAST_NAMES, dice),
            };
            let times = taken.entry(first).or_default();
            *times += 1;
            let handle = first.to_lowercase();
            let handle = if *times == 1 { handle } else { format!("{handle}{times}") };
            let name = format!("{first} {last}");
            // Two of one name are told apart as their addresses are.
            let name = if names.insert(name.clone()) { name } else { format!("{name} {times}") };
            let roles = TEAMS[team].roles;
            Person { handle, name, team, role: roles[number / TEAMS.len() % roles.len()] }
        })
        .collect()
}

/// Those of a team, by their places.
pub(super) fn of_team(people: &[Person], team: usize) -> Vec<usize> {
    (0..people.len()).filter(|place| people[*place].team == team).collect()
}
