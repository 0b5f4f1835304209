//! A company with fifty projects: plans, people, milestones, and what its teams write to each other.
//!
//! What is planted: a project that is late, and the team that it waits for; somebody who works too much; two teams that work
//! together more than all others; and a pace for each project from which the day can be told on which it will be done.

mod hours;
mod people;
mod phrases;
mod plan;
mod talk;
mod truth;
mod updates;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use rand::SeedableRng;

use super::dice::{Dice, pick};
use super::story::talk as conversations;
use super::story::{Story, StoryChannel, StoryPerson, StoryTable, StoryValue};
use hours::Hours;
use people::{DOMAIN, Person, TEAMS};
use plan::Project;

const SEED: u64 = 2_718;

/// The first Monday that is told of, and the Monday on which everything ends.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2025, 1, 6).expect("a day");
const CLOSED_ON: NaiveDate = NaiveDate::from_ymd_opt(2025, 12, 1).expect("a day");
const WEEKS: u64 = 47;

/// The story, so many times as large as usual.
pub(super) fn story(size_factor: f64) -> Story {
    let dice = |part: u64| Dice::seed_from_u64(SEED + part);
    let people = people::all(size_factor, &mut dice(0));
    let projects = plan::all(&people, size_factor, &mut dice(1));
    let hours = hours::all(&people, &projects, &mut dice(2));
    let talk = talk::all(&people, &projects, size_factor, &mut dice(3));
    let updates = updates::all(&projects, &mut dice(4));
    let (talk_messages, talk_places) = conversations::channel(talk.conversations, closed_at());
    let (update_messages, _) = conversations::channel(updates.conversations, closed_at());
    let truth = truth::of(
        &people,
        &projects,
        &hours,
        &truth::Heard { messages: &talk_messages, places: &talk_places, about: &talk.about },
    );
    let channel = |name: &str, topic: &str, purpose: &str, messages| StoryChannel {
        name: name.to_owned(),
        topic: topic.to_owned(),
        purpose: purpose.to_owned(),
        messages,
    };
    Story {
        company: "Kranich Systems",
        domain: DOMAIN,
        people: people.iter().map(Person::told).collect(),
        sheets: vec![allocation(&people, &projects, &hours), milestones(&people, &projects)],
        documents: vec![plans(&people, &projects)],
        channels: vec![
            channel("team-communications", "All teams", "Teams ask each other", talk_messages),
            channel("project-updates", "One post a project and week", "How far projects are", update_messages),
        ],
        closed_at: closed_at(),
        truth,
    }
}

fn plans(people: &[Person], projects: &[Project]) -> StoryTable {
    let row = |project: &Project| {
        let last = project.due - Days::new(1);
        vec![
            project.id.clone().into(),
            project.title.clone().into(),
            project.description.clone().into(),
            format!("{} to {}", project.start, last).into(),
            project.resources(people).into(),
            TEAMS[project.team].name.into(),
            people[project.lead].name.clone().into(),
            StoryValue::Day(project.start),
            StoryValue::Day(project.due),
            project.status().into(),
        ]
    };
    StoryTable {
        title: "Project Plans".to_owned(),
        about: "All projects of the year with their timelines and who works on them".to_owned(),
        columns: vec![
            "project_id",
            "title",
            "description",
            "timeline",
            "resources",
            "team",
            "lead",
            "start_date",
            "due_date",
            "status",
        ],
        rows: projects.iter().map(row).collect(),
    }
}

fn allocation(people: &[Person], projects: &[Project], hours: &[Hours]) -> StoryTable {
    let row = |hours: &Hours| {
        let person = &people[hours.person];
        vec![
            person.name.clone().into(),
            person.email().into(),
            TEAMS[person.team].name.into(),
            projects[hours.project].id.clone().into(),
            person.role.into(),
            StoryValue::Day(hours.week),
            StoryValue::Number(hours.planned),
            StoryValue::Number(hours.actual),
        ]
    };
    StoryTable {
        title: "Resource Allocation".to_owned(),
        about: "Who works how many hours on which project, week by week".to_owned(),
        columns: vec!["person", "email", "team", "project_id", "role", "week", "planned_hours", "actual_hours"],
        rows: hours.iter().map(row).collect(),
    }
}

fn milestones(people: &[Person], projects: &[Project]) -> StoryTable {
    let mut rows = Vec::new();
    for project in projects {
        for milestone in &project.milestones {
            rows.push(vec![
                format!("M-{:04}", rows.len() + 1).into(),
                project.id.clone().into(),
                milestone.title.into(),
                people[milestone.owner].name.clone().into(),
                TEAMS[milestone.team].name.into(),
                StoryValue::Day(milestone.due),
                milestone.completed.map_or(StoryValue::Empty, StoryValue::Day),
                milestone.status().into(),
            ]);
        }
    }
    StoryTable {
        title: "Milestones".to_owned(),
        about: "What has to be done by when, and when it was".to_owned(),
        columns: vec!["milestone_id", "project_id", "title", "owner", "team", "due_date", "completed_date", "status"],
        rows,
    }
}

fn closed_at() -> DateTime<Utc> {
    midnight(CLOSED_ON)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn the_same_size_makes_the_same_story() {
        assert_eq!(story(0.5), story(0.5));
    }

    #[test]
    fn a_usual_story_has_what_the_scenario_needs() {
        let story = story(1.);
        assert_eq!(story.documents[0].rows.len(), 50);
        let [allocation, milestones] = &story.sheets[..] else { panic!("two sheets") };
        assert!(allocation.rows.len() > 1_000, "{}", allocation.rows.len());
        assert!(milestones.rows.len() > 180, "{}", milestones.rows.len());
        let [talk, updates] = &story.channels[..] else { panic!("two channels") };
        assert_eq!(talk.messages.len(), 3_000);
        assert!(updates.messages.len() > 400, "{}", updates.messages.len());
        for channel in &story.channels {
            assert!(channel.messages.is_sorted_by(|one, other| one.at < other.at), "{}", channel.name);
            assert!(channel.messages.iter().all(|message| !message.text.contains(['{', '}', '[', ']', '|'])));
        }
        assert!(updates.messages.iter().all(|message| message.text.contains("%") || message.text.contains("percent")));
    }

    #[test]
    fn what_is_planted_stands_out() {
        let story = story(1.);
        let rows = |fact: &str| story.truth.fact(fact).unwrap_or_else(|| panic!("{fact}")).rows.clone();
        assert_eq!(rows("late_projects").len(), 1, "{:?}", rows("late_projects"));
        assert_eq!(rows("blocking_team")[0][0], TEAMS[people::BLOCKING].name);
        let blockers = rows("blockers_by_team");
        assert_eq!(blockers[0][0], TEAMS[people::BLOCKING].name);
        assert!(blockers[0][1].as_i64() > blockers[1][1].as_i64().map(|second| 2 * second), "{blockers:?}");
        let pairs = rows("collaboration");
        let count = |place: usize| pairs[place][2].as_i64().unwrap();
        assert!(count(0) > 2 * count(1), "{pairs:?}");
        let worked = rows("overloaded_people");
        assert_eq!(worked.len(), 1, "{worked:?}");
        assert!(rows("completion_forecast").len() > 8);
    }

    #[test]
    fn what_is_planted_stands_out_in_a_larger_company_too() {
        let story = story(8.);
        let rows = |fact: &str| story.truth.fact(fact).unwrap_or_else(|| panic!("{fact}")).rows.clone();
        assert_eq!(rows("late_projects").len(), 8, "{:?}", rows("late_projects"));
        let blockers = rows("blockers_by_team");
        assert_eq!(blockers[0][0], TEAMS[people::BLOCKING].name);
        assert!(blockers[0][1].as_i64() > blockers[1][1].as_i64().map(|second| 2 * second), "{blockers:?}");
        assert_eq!(rows("overloaded_people").len(), 1, "{:?}", rows("overloaded_people"));
        let names: HashSet<&str> = story.people.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names.len(), story.people.len(), "nobody has the name of somebody else");
        let titles = story.documents[0].rows.iter().map(|row| match &row[1] {
            StoryValue::Text(title) => title.split(' ').next().unwrap_or_default(),
            other => panic!("{other:?}"),
        });
        let nicknames: HashSet<&str> = titles.collect();
        assert_eq!(nicknames.len(), 400, "a project is known by one word");
    }

    #[test]
    fn nobody_but_one_works_too_much() {
        let story = story(1.);
        let mut weeks: HashMap<(String, NaiveDate), f64> = HashMap::new();
        for row in &story.sheets[0].rows {
            let (StoryValue::Text(person), StoryValue::Day(week), StoryValue::Number(hours)) =
                (&row[0], &row[5], &row[7])
            else {
                panic!("{row:?}")
            };
            *weeks.entry((person.clone(), *week)).or_default() += hours;
        }
        let overloaded = story.truth.fact("overloaded_people").unwrap().rows[0][0].clone();
        for ((person, week), hours) in weeks {
            assert!(hours < 47. || overloaded == person.as_str(), "{person} in {week}: {hours}");
        }
    }
}
