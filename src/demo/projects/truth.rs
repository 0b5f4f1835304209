//! What is true of the projects, counted from what was made, not from what is told.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use serde_json::{Value, json};

use super::CLOSED_ON;
use super::hours::{Hours, TOO_MUCH};
use super::people::{BLOCKING, Person, TEAMS};
use super::plan::Project;
use super::talk::About;
use crate::demo::story::StoryMessage;
use crate::demo::truth::Truth;

/// The channel of the teams with what its messages are about.
pub(super) struct Heard<'a> {
    pub(super) messages: &'a [StoryMessage],
    /// Where the messages of each conversation are.
    pub(super) places: &'a [Vec<usize>],
    pub(super) about: &'a [Vec<About>],
}

impl Heard<'_> {
    fn all(&self) -> impl Iterator<Item = (&StoryMessage, About)> {
        let conversations = self.places.iter().zip(self.about);
        conversations.flat_map(move |(places, about)| {
            places.iter().zip(about).map(move |(place, about)| (&self.messages[*place], *about))
        })
    }
}

/// Two teams in one text.
fn joined(one: &Value, other: &Value) -> Value {
    json!(format!("{} and {}", one.as_str().unwrap_or_default(), other.as_str().unwrap_or_default()))
}

/// All facts.
pub(super) fn of(people: &[Person], projects: &[Project], hours: &[Hours], heard: &Heard<'_>) -> Truth {
    let truth = of_projects(Truth::default(), people, projects);
    let truth = of_milestones(truth, projects);
    let truth = of_hours(truth, people, projects, hours);
    of_talk(truth, people, projects, heard)
}

fn of_projects(truth: Truth, people: &[Person], projects: &[Project]) -> Truth {
    let late = projects.iter().filter(|project| project.end >= CLOSED_ON && project.due < CLOSED_ON);
    let row = |project: &Project| vec![json!(project.id), json!(project.title), json!(project.due.to_string())];
    let running = projects.iter().filter(|project| matches!(project.status(), "in progress" | "delayed"));
    let forecast: Vec<Vec<Value>> = running
        .map(|project| {
            vec![
                json!(project.id),
                json!(project.title),
                json!(project.end.to_string()),
                json!(project.percent_on(CLOSED_ON - Days::new(3)).round()),
            ]
        })
        .collect();
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut teams: BTreeMap<&str, usize> = BTreeMap::new();
    for project in projects {
        *statuses.entry(project.status()).or_default() += 1;
        *teams.entry(TEAMS[project.team].name).or_default() += 1;
    }
    let counted = |counts: BTreeMap<&str, usize>| {
        counts.into_iter().map(|(name, count)| vec![json!(name), json!(count)]).collect::<Vec<_>>()
    };
    let led = projects.iter().find(|project| project.is_late);
    truth
        .with(
            "late_projects",
            "Projects that should be done and are not",
            &["project_id", "title", "due_date"],
            late.map(row).collect(),
        )
        .with(
            "blocking_team",
            "The team that the late project waits for",
            &["team"],
            vec![vec![json!(TEAMS[BLOCKING].name)]],
        )
        .with(
            "late_project_lead",
            "Who leads the late project",
            &["lead"],
            led.map(|project| vec![json!(people[project.lead].name)]).into_iter().collect(),
        )
        .with(
            "completion_forecast",
            "When running projects will be done at their pace, and how many per cent are done",
            &["project_id", "title", "completed_on", "percent"],
            forecast,
        )
        .with("project_count", "How many projects there are", &["projects"], vec![vec![json!(projects.len())]])
        .with("projects_by_status", "How many projects have each status", &["status", "projects"], counted(statuses))
        .with("projects_by_team", "How many projects each team owns", &["team", "projects"], counted(teams))
}

fn of_milestones(truth: Truth, projects: &[Project]) -> Truth {
    let mut overdue: BTreeMap<&str, usize> = BTreeMap::new();
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut late_days: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut count = 0;
    for (project, milestone) in
        projects.iter().flat_map(|project| project.milestones.iter().map(move |one| (project, one)))
    {
        count += 1;
        *statuses.entry(milestone.status()).or_default() += 1;
        if milestone.status() == "overdue" {
            *overdue.entry(project.id.as_str()).or_default() += 1;
        }
        if let Some(completed) = milestone.completed {
            let (sum, count) = late_days.entry(TEAMS[milestone.team].name).or_default();
            *sum += (completed - milestone.due).num_days() as f64;
            *count += 1.;
        }
    }
    let counted = |counts: BTreeMap<&str, usize>| {
        counts.into_iter().map(|(name, count)| vec![json!(name), json!(count)]).collect::<Vec<_>>()
    };
    truth
        .with("milestone_count", "How many milestones there are", &["milestones"], vec![vec![json!(count)]])
        .with(
            "milestones_by_status",
            "How many milestones have each status",
            &["status", "milestones"],
            counted(statuses),
        )
        .with(
            "overdue_milestones",
            "How many milestones of which projects are overdue",
            &["project_id", "milestones"],
            counted(overdue),
        )
        .with(
            "delay_by_team",
            "By how many days milestones were completed late on average, by team",
            &["team", "days"],
            late_days.into_iter().map(|(team, (sum, count))| vec![json!(team), json!(sum / count)]).collect(),
        )
}

fn of_hours(truth: Truth, people: &[Person], projects: &[Project], hours: &[Hours]) -> Truth {
    let mut worked = vec![0.; people.len()];
    let mut weeks = vec![BTreeSet::new(); people.len()];
    let mut on_projects = vec![0.; projects.len()];
    let mut of_teams = vec![0.; TEAMS.len()];
    for hours in hours {
        worked[hours.person] += hours.actual;
        on_projects[hours.project] += hours.actual;
        of_teams[people[hours.person].team] += hours.actual;
        weeks[hours.person].insert(hours.week);
    }
    let ranked = |names: Vec<(Value, f64)>| {
        let mut ranked = names;
        ranked
            .sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.to_string().cmp(&other.0.to_string())));
        ranked.into_iter().map(|(name, hours)| vec![name, json!(hours)]).collect::<Vec<_>>()
    };
    let person = |hours: &[f64]| people.iter().zip(hours).map(|(person, hours)| (json!(person.name), *hours)).collect();
    let overloaded: Vec<(Value, f64)> = people
        .iter()
        .zip(worked.iter().zip(&weeks))
        .map(|(person, (hours, weeks))| (json!(person.name), hours / weeks.len().max(1) as f64))
        .filter(|(_, weekly)| *weekly > TOO_MUCH)
        .collect();
    truth
        .with(
            "overloaded_people",
            "Who worked more than 44 hours a week on average, with the hours of a week",
            &["person", "hours"],
            ranked(overloaded),
        )
        .with(
            "hours_by_person",
            "How many hours everybody worked on projects",
            &["person", "hours"],
            ranked(person(&worked)).into_iter().filter(|row| row[1].as_f64() > Some(0.)).collect(),
        )
        .with(
            "hours_by_team",
            "How many hours each team worked on projects",
            &["team", "hours"],
            ranked(TEAMS.iter().zip(&of_teams).map(|(team, hours)| (json!(team.name), *hours)).collect()),
        )
        .with(
            "hours_by_project",
            "How many hours were worked on each project",
            &["project_id", "hours"],
            ranked(projects.iter().zip(&on_projects).map(|(project, hours)| (json!(project.id), *hours)).collect())
                .into_iter()
                .filter(|row| row[1].as_f64() > Some(0.))
                .collect(),
        )
        .with(
            "total_hours",
            "How many hours were worked on projects",
            &["hours"],
            vec![vec![json!(worked.iter().sum::<f64>())]],
        )
}

fn of_talk(truth: Truth, people: &[Person], projects: &[Project], heard: &Heard<'_>) -> Truth {
    let mut pairs: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    let mut waits: BTreeMap<usize, i64> = BTreeMap::new();
    let mut of_projects: BTreeMap<usize, i64> = BTreeMap::new();
    for (message, about) in heard.all() {
        if let Some(mentioned) = about.mentions {
            let (one, other) = (people[message.author].team, people[mentioned].team);
            if one != other {
                *pairs.entry((one.min(other), one.max(other))).or_default() += 1;
            }
        }
        if let Some(team) = about.waits_for {
            *waits.entry(team).or_default() += 1;
        }
        if let Some(project) = about.project {
            *of_projects.entry(project).or_default() += 1;
        }
    }
    let mut pairs: Vec<((usize, usize), i64)> = pairs.into_iter().collect();
    pairs.sort_by_key(|(pair, count)| (-count, *pair));
    let mut waits: Vec<(usize, i64)> = waits.into_iter().collect();
    waits.sort_by_key(|(team, count)| (-count, *team));
    let pair = |((one, other), count): &((usize, usize), i64)| {
        // By name, as a query would put them in order.
        let (one, other) = (TEAMS[*one].name, TEAMS[*other].name);
        vec![json!(one.min(other)), json!(one.max(other)), json!(count)]
    };
    let links = heard.all().filter_map(|(message, about)| {
        let micros = message.at.timestamp_micros();
        let ts = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        Some(vec![json!(ts), json!(projects[about.project?].id)])
    });
    truth
        .with(
            "collaboration",
            "How often people of two teams mention each other, the pair that does most first",
            &["team", "other_team", "messages"],
            pairs.iter().map(pair).collect(),
        )
        .with(
            "closest_teams",
            "The two teams that work together most",
            &["team_pair", "messages"],
            pairs.iter().map(pair).take(1).map(|row| vec![joined(&row[0], &row[1]), row[2].clone()]).collect(),
        )
        .with(
            "blockers_by_team",
            "How often somebody waits for each team",
            &["team", "messages"],
            waits.iter().map(|(team, count)| vec![json!(TEAMS[*team].name), json!(count)]).collect(),
        )
        .with(
            "messages_by_project",
            "How many messages of the teams name each project",
            &["project_id", "messages"],
            of_projects.iter().map(|(project, count)| vec![json!(projects[*project].id), json!(count)]).collect(),
        )
        .with("team_message_links", "Which messages name which project", &["ts", "project_id"], links.collect())
        .with(
            "team_message_count",
            "How many messages teams wrote to each other",
            &["messages"],
            vec![vec![json!(heard.messages.len())]],
        )
}
