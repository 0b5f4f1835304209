//! The projects: what they are for, who works on them, by when they should be done, and when they are.

use chrono::{Datelike, Days, NaiveDate};
use rand::RngExt;

use super::people::{BLOCKING, CLOSE, Person, TEAMS, of_team};
use super::{CLOSED_ON, Dice, FIRST_DAY, pick};

/// Projects at size factor 1.
const PROJECTS: f64 = 50.;
/// The place of the late project in every four dozen and two.
const LATE: usize = 16;

/// From when on the late project waits.
pub(super) const BLOCKED_FROM: NaiveDate = NaiveDate::from_ymd_opt(2025, 7, 14).expect("a day");

const NICKNAMES: &[&str] = &[
    "Atlas", "Borealis", "Cobalt", "Dolphin", "Ember", "Falcon", "Garnet", "Horizon", "Iris", "Jupiter", "Kestrel",
    "Lotus", "Meridian", "Nimbus", "Orchid", "Pegasus", "Helios", "Quasar", "Rubicon", "Sequoia", "Tundra", "Umbra",
    "Vega", "Willow", "Xenon", "Yukon", "Zephyr", "Aurora", "Basalt", "Cascade", "Delta", "Equinox", "Fjord",
    "Glacier", "Harrier", "Indigo", "Juniper", "Krypton", "Lagoon", "Monsoon", "Neptune", "Obsidian", "Pampas",
    "Quarry", "Ridge", "Saffron", "Titan", "Ursa", "Vulcan", "Walnut",
];

/// What a project is about: the end of its title, and what it is for. By team.
const SUBJECTS: [&[(&str, &str)]; 7] = [
    &[
        ("Order API", "One interface for orders of all channels, in place of four"),
        ("Event Backbone", "Events instead of nightly files between the services"),
        ("Account Merge", "Customers with several accounts see one"),
        ("Search Rebuild", "Search that forgives typing errors and answers within 200 ms"),
    ],
    &[
        ("App Relaunch", "The app with the new navigation, on both platforms"),
        ("Offline Mode", "Field staff work without a network and synchronise later"),
        ("Push Notices", "Notices that people can choose, and that arrive"),
        ("Barcode Scanner", "Scanning in the app, in place of hand-held devices"),
    ],
    &[
        ("Data Warehouse", "All figures from one place, with a night's delay at most"),
        ("Churn Model", "Who is likely to leave, and why, each Monday"),
        ("Reporting Portal", "Reports that departments make themselves"),
        ("Demand Forecast", "Orders of the next twelve weeks by product"),
    ],
    &[
        ("Design System", "One set of components for web and app"),
        ("Checkout Redesign", "Three steps instead of seven"),
        ("Accessibility Review", "All pages to level AA"),
        ("Onboarding Flow", "New customers find their way within five minutes"),
    ],
    &[
        ("Cloud Move", "Out of the old data centre before its lease ends"),
        ("Zero Trust Network", "No access by place, all of it by person and device"),
        ("Observability", "One place for logs, traces and alarms"),
        ("Backup Renewal", "Restored within four hours, tested each month"),
    ],
    &[
        ("Billing Migration", "Invoices leave the old system by the end of the year"),
        ("Instant Refunds", "Refunds within a minute instead of four days"),
        ("Card Vault", "Card numbers out of our own databases"),
        ("Dunning Workflow", "Reminders that follow what was agreed"),
    ],
    &[
        ("Test Farm", "Forty devices that run every night"),
        ("Release Train", "A release each second Tuesday, without overtime"),
        ("Load Lab", "Black Friday's load at any time"),
        ("Contract Tests", "Services that cannot break each other unseen"),
    ],
];

const MILESTONES: [(&str, f64); 5] =
    [("Kick-off", 0.05), ("Concept approved", 0.25), ("First version", 0.55), ("Beta", 0.8), ("Launch", 1.0)];

/// A project.
#[derive(Clone, Debug)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) nickname: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) team: usize,
    /// A team that works along.
    pub(super) partner: usize,
    pub(super) lead: usize,
    pub(super) members: Vec<usize>,
    /// A Monday.
    pub(super) start: NaiveDate,
    pub(super) due: NaiveDate,
    /// When it is done, at its pace; that may be after everything ends.
    pub(super) end: NaiveDate,
    pub(super) is_late: bool,
    pub(super) milestones: Vec<Milestone>,
}

/// Something that has to be done by a day.
#[derive(Clone, Debug)]
pub(super) struct Milestone {
    pub(super) title: &'static str,
    pub(super) owner: usize,
    pub(super) team: usize,
    pub(super) due: NaiveDate,
    pub(super) completed: Option<NaiveDate>,
}

impl Milestone {
    pub(super) fn status(&self) -> &'static str {
        match self.completed {
            Some(_) => "completed",
            None if self.due < CLOSED_ON => "overdue",
            None => "open",
        }
    }
}

impl Project {
    pub(super) fn status(&self) -> &'static str {
        if self.end < CLOSED_ON {
            "completed"
        } else if self.start >= CLOSED_ON {
            "planned"
        } else if self.is_late {
            "delayed"
        } else {
            "in progress"
        }
    }

    pub(super) fn is_running_on(&self, day: NaiveDate) -> bool {
        self.start <= day && day <= self.end
    }

    /// How far it is on a day, from 0 to 100.
    pub(super) fn percent_on(&self, day: NaiveDate) -> f64 {
        let share = |from: NaiveDate, to: NaiveDate| {
            ((day - from).num_days() as f64 / (to - from).num_days().max(1) as f64).clamp(0., 1.)
        };
        if self.is_late && day > BLOCKED_FROM {
            // It goes on so slowly that it ends on its day.
            let before = 62.;
            return before + (100. - before) * share(BLOCKED_FROM, self.end);
        }
        if self.is_late { 62. * share(self.start, BLOCKED_FROM) } else { 100. * share(self.start, self.end) }
    }

    /// Who works on it, in words.
    pub(super) fn resources(&self, people: &[Person]) -> String {
        let names: Vec<&str> = self.members.iter().map(|member| people[*member].name.as_str()).collect();
        let teams = match self.partner == self.team {
            true => TEAMS[self.team].name.to_owned(),
            false => format!("{} with {}", TEAMS[self.team].name, TEAMS[self.partner].name),
        };
        format!("{teams}: {}", names.join(", "))
    }
}

/// All projects, in the order of their ids.
pub(super) fn all(people: &[Person], size_factor: f64, dice: &mut Dice) -> Vec<Project> {
    let count = (PROJECTS * size_factor).round().max(8.) as usize;
    let late = LATE.min(count - 1);
    // A larger company has more that is late, so that it stands out as far.
    (0..count).map(|number| project(number, number % PROJECTS as usize == late, people, dice)).collect()
}

fn project(number: usize, is_late: bool, people: &[Person], dice: &mut Dice) -> Project {
    // The late one belongs to a team that needs what others build.
    let team = if is_late { 5 } else { number % TEAMS.len() };
    let partner = match dice.random_range(0..10) {
        _ if is_late => BLOCKING,
        0..4 if team == CLOSE.0 => CLOSE.1,
        0..4 if team == CLOSE.1 => CLOSE.0,
        0..7 => dice.random_range(0..TEAMS.len()),
        _ => team,
    };
    let of_own = of_team(people, team);
    let of_partner = of_team(people, partner);
    let lead = of_own[number / TEAMS.len() % of_own.len()];
    let mut members = vec![lead];
    for _ in 0..dice.random_range(1..3) {
        members.push(pick(&of_own, dice));
    }
    if partner != team {
        members.push(pick(&of_partner, dice));
    }
    let mut seen = Vec::new();
    members.retain(|member| {
        !seen.contains(member) && {
            seen.push(*member);
            true
        }
    });
    let subjects = SUBJECTS[team];
    let (subject, description) = subjects[number / TEAMS.len() % subjects.len()];
    let nickname = match number / NICKNAMES.len() {
        0 => NICKNAMES[number].to_owned(),
        // One word all the same, that is no other's.
        round => format!("{}{}", NICKNAMES[number % NICKNAMES.len()], round + 1),
    };
    // They begin all year long, each on a Monday.
    let start = monday(FIRST_DAY - Days::new(56) + Days::new(7 * (number as u64 * 13 % 50)));
    let weeks = dice.random_range(12..30);
    let (start, weeks) = if is_late { (monday(FIRST_DAY + Days::new(56)), 29) } else { (start, weeks) };
    let due = start + Days::new(7 * weeks);
    let pace = dice.random_range(0.93..1.05);
    let mut end = start + Days::new((7. * weeks as f64 * pace).round() as u64);
    if is_late {
        end = CLOSED_ON + Days::new(140);
    } else if due < CLOSED_ON && end >= CLOSED_ON - Days::new(3) {
        end = CLOSED_ON - Days::new(4);
    }
    let mut project = Project {
        id: format!("P-{:03}", number + 1),
        title: format!("{nickname} {subject}"),
        nickname,
        description: description.to_owned(),
        team,
        partner,
        lead,
        members,
        start,
        due,
        end,
        is_late,
        milestones: Vec::new(),
    };
    project.milestones = milestones(&project, people, dice);
    project
}

fn milestones(project: &Project, people: &[Person], dice: &mut Dice) -> Vec<Milestone> {
    let planned = (project.due - project.start).num_days() as f64;
    let taken = (project.end - project.start).num_days() as f64;
    let mut milestones = Vec::new();
    for (title, share) in MILESTONES {
        let due = working_day(project.start + Days::new((planned * share).round() as u64));
        let owner = pick(&project.members, dice);
        let done = project.start + Days::new((taken * share).round() as u64);
        let shift = dice.random_range(0..5);
        let done = match project.is_late {
            // What was due before it was blocked was in time.
            true if due < BLOCKED_FROM => Some(due),
            true => None,
            false => Some(working_day(if share < 1. { done + Days::new(shift) } else { project.end })),
        };
        milestones.push(Milestone {
            title,
            owner,
            team: people[owner].team,
            due,
            completed: done.filter(|done| *done < CLOSED_ON),
        });
    }
    if !project.is_late {
        // Nothing else is overdue when everything ends.
        for milestone in &mut milestones {
            if milestone.completed.is_none() && milestone.due < CLOSED_ON {
                milestone.completed = Some(CLOSED_ON - Days::new(3));
            }
        }
    }
    milestones
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

fn working_day(day: NaiveDate) -> NaiveDate {
    match day.weekday().num_days_from_monday() {
        5 => day - Days::new(1),
        6 => day - Days::new(2),
        _ => day,
    }
}
