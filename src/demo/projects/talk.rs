//! What teams write to each other.

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use rand::RngExt;

use super::people::{BLOCKING, CLOSE, Person, TEAMS, of_team};
use super::plan::{BLOCKED_FROM, Project};
use super::{CLOSED_ON, Dice, FIRST_DAY, WEEKS, midnight, phrases, pick};
use crate::demo::grammar::Grammar;
use crate::demo::story::talk::{Conversation, Said};

/// Messages at size factor 1.
const MESSAGES: f64 = 3_000.;

/// Conversations, and what each of their messages is about.
#[derive(Default)]
pub(super) struct Talk {
    pub(super) conversations: Vec<Conversation>,
    pub(super) about: Vec<Vec<About>>,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    /// The project that it names.
    pub(super) project: Option<usize>,
    /// The person whom it mentions.
    pub(super) mentions: Option<usize>,
    /// The team that is waited for.
    pub(super) waits_for: Option<usize>,
}

/// All conversations of the channel.
pub(super) fn all(people: &[Person], projects: &[Project], size_factor: f64, dice: &mut Dice) -> Talk {
    let wanted = (MESSAGES * size_factor).round().max(60.) as usize;
    let teams = (0..TEAMS.len()).map(|team| of_team(people, team)).collect();
    let mut teller =
        Teller { people, projects, teams, grammar: Grammar::of(phrases::TALK), talk: Talk::default(), count: 0, dice };
    for (place, project) in projects.iter().enumerate().filter(|(_, project)| project.is_late) {
        // Nine times in two weeks somebody asks for what is missing.
        let days = (CLOSED_ON - BLOCKED_FROM).num_days().unsigned_abs();
        let times = ((days as f64 * 0.62 * size_factor.min(1.)) as u64).max(4);
        for number in 0..times {
            let day = working_day(BLOCKED_FROM + Days::new(number * days / times));
            let author = pick(&project.members, teller.dice);
            teller.wait(day, author, place, BLOCKING, wanted);
        }
    }
    while teller.count < wanted {
        let day = teller.day();
        match teller.dice.random_range(0..100) {
            0..58 => teller.ask(day, wanted),
            58..64 => {
                let Some(place) = teller.running(day, None) else { continue };
                let author = pick(&teller.projects[place].members, teller.dice);
                let team = teller.dice.random_range(0..TEAMS.len());
                if team != BLOCKING && team != teller.people[author].team {
                    teller.wait(day, author, place, team, wanted);
                }
            }
            64..82 => teller.tell(day),
            _ => teller.chat(day),
        }
    }
    teller.talk
}

struct Teller<'a> {
    people: &'a [Person],
    projects: &'a [Project],
    /// The people of each team.
    teams: Vec<Vec<usize>>,
    grammar: Grammar,
    talk: Talk,
    count: usize,
    dice: &'a mut Dice,
}

impl Teller<'_> {
    fn day(&mut self) -> NaiveDate {
        loop {
            let day = FIRST_DAY + Days::new(self.dice.random_range(0..7 * WEEKS));
            let likely = match day.weekday() {
                Weekday::Sat | Weekday::Sun => 0.03,
                Weekday::Fri => 0.7,
                _ => 1.,
            };
            if self.dice.random_bool(likely) {
                return day;
            }
        }
    }

    /// A project that somebody works on that day; of a team where one is given.
    fn running(&mut self, day: NaiveDate, team: Option<usize>) -> Option<usize> {
        let fits = |project: &Project| {
            project.is_running_on(day)
                && !project.is_late
                && team.is_none_or(|team| [project.team, project.partner].contains(&team))
        };
        let fitting: Vec<usize> = (0..self.projects.len()).filter(|place| fits(&self.projects[*place])).collect();
        (!fitting.is_empty()).then(|| pick(&fitting, self.dice))
    }

    /// Somebody asks somebody of another team, or of the same.
    fn ask(&mut self, day: NaiveDate, wanted: usize) {
        let (from, to) = match self.dice.random_range(0..100) {
            0..19 => CLOSE,
            19..38 => (CLOSE.1, CLOSE.0),
            38..62 => {
                let team = self.dice.random_range(0..TEAMS.len());
                (team, team)
            }
            _ => (self.dice.random_range(0..TEAMS.len()), self.dice.random_range(0..TEAMS.len())),
        };
        let author = pick(&self.teams[from], self.dice);
        let asked = pick(&self.teams[to], self.dice);
        if author == asked {
            return;
        }
        let Some(place) = self.running(day, Some(from)) else { return };
        let at = midnight(day) + TimeDelta::milliseconds(self.dice.random_range(25_000_000..63_000_000));
        let text = self.say("ask", Some(place), Some(asked), None);
        let about = About { project: Some(place), mentions: Some(asked), waits_for: None };
        let answer = self.dice.random_bool(0.15) && self.count + 1 < wanted;
        let first = Said { at, author, text, file: None };
        if !answer {
            return self.put(first, Vec::new(), vec![about]);
        }
        let later = at + TimeDelta::milliseconds(self.dice.random_range(40_000..7_000_000));
        let back = self.dice.random_bool(0.5);
        let text = self.say(if back { "answer_to" } else { "answer" }, None, back.then_some(author), None);
        let answers = vec![Said { at: later, author: asked, text, file: None }];
        self.put(first, answers, vec![about, About { mentions: back.then_some(author), ..About::default() }]);
    }

    /// Somebody waits for a team.
    fn wait(&mut self, day: NaiveDate, author: usize, place: usize, team: usize, wanted: usize) {
        let at = midnight(day) + TimeDelta::milliseconds(self.dice.random_range(25_000_000..63_000_000));
        let asked = self.dice.random_bool(0.4).then(|| pick(&self.teams[team], self.dice));
        let asked = asked.filter(|asked| *asked != author);
        let text = self.say(if asked.is_some() { "wait_asking" } else { "wait" }, Some(place), asked, Some(team));
        let about = About { project: Some(place), mentions: asked, waits_for: Some(team) };
        let first = Said { at, author, text, file: None };
        let mut answers = Vec::new();
        let mut abouts = vec![about];
        if self.dice.random_bool(0.25) && self.count + 1 < wanted {
            let later = at + TimeDelta::milliseconds(self.dice.random_range(400_000..17_000_000));
            let somebody = pick(&self.teams[team], self.dice);
            let text = self.say("excuse", None, None, None);
            answers.push(Said { at: later, author: somebody, text, file: None });
            abouts.push(About::default());
        }
        self.put(first, answers, abouts);
    }

    /// Somebody tells how a project goes.
    fn tell(&mut self, day: NaiveDate) {
        let Some(place) = self.running(day, None) else { return };
        let author = pick(&self.projects[place].members, self.dice);
        let at = midnight(day) + TimeDelta::milliseconds(self.dice.random_range(25_000_000..63_000_000));
        let text = self.say("tell", Some(place), None, None);
        let first = Said { at, author, text, file: None };
        self.put(first, Vec::new(), vec![About { project: Some(place), ..About::default() }]);
    }

    fn chat(&mut self, day: NaiveDate) {
        let author = self.dice.random_range(0..self.people.len());
        let at = midnight(day) + TimeDelta::milliseconds(self.dice.random_range(25_000_000..66_000_000));
        let text = self.say("chat", None, None, None);
        let has_file = self.dice.random_bool(0.05);
        let file = has_file.then(|| format!("board-{day}.png"));
        self.put(Said { at, author, text, file }, Vec::new(), vec![About::default()]);
    }

    fn put(&mut self, first: Said, answers: Vec<Said>, about: Vec<About>) {
        self.count += 1 + answers.len();
        self.talk.conversations.push(Conversation { first, answers });
        self.talk.about.push(about);
    }

    fn say(&mut self, rule: &str, project: Option<usize>, person: Option<usize>, team: Option<usize>) -> String {
        let projects = self.projects;
        let project = project.map(|place| projects[place].spelt(self.dice)).unwrap_or_default();
        let mention = person.map(|person| format!("@{}", self.people[person].handle)).unwrap_or_default();
        let number = self.dice.random_range(2..90).to_string();
        let values = [
            ("project", project.as_str()),
            ("person", mention.as_str()),
            ("team", team.map_or("", |team| pick(TEAMS[team].spellings, self.dice))),
            ("number", number.as_str()),
        ];
        self.grammar.say(rule, &values, self.dice)
    }
}

impl Project {
    /// As people write of it.
    pub(super) fn spelt(&self, dice: &mut Dice) -> String {
        match dice.random_range(0..100) {
            0..42 => self.nickname.clone(),
            42..58 => self.title.clone(),
            58..74 => self.id.clone(),
            74..86 => format!("{} ({})", self.nickname, self.id),
            86..92 => self.nickname.to_lowercase(),
            92..96 => format!("project {}", self.nickname),
            _ => self.id.replace('-', ""),
        }
    }
}

fn working_day(day: NaiveDate) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat => day - Days::new(1),
        Weekday::Sun => day + Days::new(1),
        _ => day,
    }
}
