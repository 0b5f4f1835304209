//! The weekly posts of each project: how far it is, and what it waits for.

use chrono::{Days, TimeDelta};
use rand::RngExt;

use super::people::{BLOCKING, TEAMS};
use super::phrases;
use super::plan::{BLOCKED_FROM, Project};
use super::talk::{About, Talk};
use super::{Dice, FIRST_DAY, WEEKS, midnight, pick};
use crate::demo::grammar::Grammar;
use crate::demo::story::talk::{Conversation, Said};

/// All posts of the year.
pub(super) fn all(projects: &[Project], dice: &mut Dice) -> Talk {
    let grammar = Grammar::of(phrases::UPDATES);
    let mut talk = Talk::default();
    for number in 0..WEEKS {
        let friday = FIRST_DAY + Days::new(7 * number + 4);
        for (place, project) in projects.iter().enumerate().filter(|(_, project)| project.is_running_on(friday)) {
            // Now and then a post is forgotten, never that of the late project.
            if !project.is_late && dice.random_bool(0.06) {
                continue;
            }
            let noise = dice.random_range(-0.6..0.6);
            let percent = (project.percent_on(friday) + noise).clamp(1., 99.).round().to_string();
            let is_blocked = project.is_late && friday > BLOCKED_FROM;
            let rule = if is_blocked {
                "blocked"
            } else if dice.random_bool(0.1) {
                "small_blocker"
            } else {
                "fine"
            };
            let team = if is_blocked { BLOCKING } else { dice.random_range(0..TEAMS.len()) };
            let reference = project.spelt(dice);
            let week = (number + 2).to_string();
            let values = [
                ("project", reference.as_str()),
                ("percent", percent.as_str()),
                ("team", pick(TEAMS[team].spellings, dice)),
                ("week", week.as_str()),
            ];
            let text = grammar.say(rule, &values, dice);
            let at = midnight(friday) + TimeDelta::milliseconds(dice.random_range(28_000_000..60_000_000));
            let author = if dice.random_bool(0.8) { project.lead } else { pick(&project.members, dice) };
            talk.conversations.push(Conversation { first: Said { at, author, text, file: None }, answers: Vec::new() });
            talk.about.push(vec![About { project: Some(place), ..About::default() }]);
        }
    }
    talk
}
