//! Who works how many hours on which project, week by week.

use chrono::{Days, NaiveDate};
use rand::RngExt;

use super::people::Person;
use super::plan::Project;
use super::{Dice, FIRST_DAY, WEEKS};

/// Hours of a usual week.
const USUAL: f64 = 38.;
/// Hours a week above which somebody works too much, over the year.
pub(super) const TOO_MUCH: f64 = 44.;
/// The weeks in which somebody does.
const LAST_WEEKS: u64 = 38;

/// Hours of somebody on a project in a week.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    pub(super) person: usize,
    pub(super) project: usize,
    /// A Monday.
    pub(super) week: NaiveDate,
    pub(super) planned: f64,
    pub(super) actual: f64,
}

/// All of them, week by week.
pub(super) fn all(people: &[Person], projects: &[Project], dice: &mut Dice) -> Vec<Hours> {
    let overloaded = overloaded(projects);
    let mut all = Vec::new();
    for number in 0..WEEKS {
        let week = FIRST_DAY + Days::new(7 * number);
        let is_last = number + LAST_WEEKS >= WEEKS;
        // The projects of each that week.
        let mut of_person: Vec<Vec<usize>> = vec![Vec::new(); people.len()];
        for (place, project) in projects.iter().enumerate().filter(|(_, project)| project.is_running_on(week)) {
            for member in &project.members {
                of_person[*member].push(place);
            }
        }
        for (person, of_person) in of_person.iter().enumerate() {
            // Whoever has little to do elsewhere does other things.
            let load: f64 = match of_person.len() {
                0 => continue,
                1 => dice.random_range(0.5..0.75),
                2 => dice.random_range(0.75..0.95),
                _ => dice.random_range(0.9..1.0),
            };
            let is_overloaded = overloaded == Some(person) && is_last;
            let load = if is_overloaded { 1. } else { load };
            for project in of_person {
                let share = if projects[*project].lead == person { 1.3 } else { 1. };
                let shares: f64 =
                    of_person.iter().map(|other| if projects[*other].lead == person { 1.3 } else { 1. }).sum();
                let planned = half(USUAL * load * share / shares);
                let more = if is_overloaded { dice.random_range(1.4..1.6) } else { dice.random_range(0.88..1.1) };
                all.push(Hours { person, project: *project, week, planned, actual: half(planned * more) });
            }
        }
    }
    all
}

/// Who works too much: the one who leads the late project.
fn overloaded(projects: &[Project]) -> Option<usize> {
    projects.iter().find(|project| project.is_late).map(|project| project.lead)
}

/// To half an hour.
fn half(hours: f64) -> f64 {
    (hours * 2.).round() / 2.
}
