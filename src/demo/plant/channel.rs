//! The maintenance channel: technicians and shift leads write about machines, under whatever name comes to mind.

use chrono::{DateTime, Days, TimeDelta, Utc};
use rand::RngExt;

use super::super::story::StoryMessage;
use super::floor::{FAILING, MACHINES, SHIFT_LEADS, TECHNICIANS, place_of};
use super::runs::fails_on;
use super::{DAYS, Dice, MESSAGES, first_day, pick, some_day};

/// Messages that announce the failure, at size factor 1.
const WARNINGS: usize = 26;
/// Days before the failure on which they begin.
const WARNED_FOR: u64 = 14;

/// What was written, and what each message is about.
pub(super) struct Talk {
    pub(super) messages: Vec<StoryMessage>,
    /// The machine that each message names, by its place; some name none.
    pub(super) machines: Vec<Option<usize>>,
    /// Whether each is a complaint that something is wrong.
    pub(super) complaints: Vec<bool>,
}

const ROUTINE: &[&str] = &[
    "{machine} is running fine again after the filter change.",
    "Changed the oil on {machine}, all good.",
    "{machine} calibrated, first parts are within tolerance.",
    "Planned stop of {machine} tomorrow morning, please finish the batch before.",
    "Who has the spare key of {machine}?",
    "Inspection of {machine} done, nothing found.",
    "New guard on {machine} fits well, thanks.",
    "Handover: {machine} ran all shift without a stop.",
];
const COMPLAINTS: &[&str] = &[
    "{machine} is making a strange noise.",
    "{machine} stopped with an alarm, restarted it.",
    "Oil leak at {machine}, put a tray below it.",
    "{machine} jams every hour, this is annoying.",
    "Had to stop {machine} twice this shift, bad parts.",
];
const ANNOUNCE: &[&str] = &[
    "{machine} is overheating again, that is bad.",
    "Temperature of {machine} swings by 15 degrees, it is not stable.",
    "The fan of {machine} is rattling, I am worried that it fails soon.",
    "Burnt smell at {machine} this morning. Something is wrong.",
    "{machine} alarm: overtemperature. Third time this week!",
    "Parts from {machine} come out brown, the temperature is wrong.",
];
const OTHERS: &[&str] = &[
    "Good morning all.",
    "The coffee machine is out of order again.",
    "Safety training on Thursday at ten.",
    "Has anybody seen the torque wrench?",
    "Gloves are back in stock.",
    "Which press is free this afternoon?",
    "The milling centres need new coolant next week.",
    "Somebody left the oven log in the office.",
    "12 robots, 3 people, 1 coffee pot: who makes a new one?",
];
const ANSWERS: &[&str] =
    &["On my way.", "Thanks!", "I will look at it after lunch.", "Ordered the part.", "Done.", "+1"];

/// A message before it has a moment of its own.
struct Note {
    at: DateTime<Utc>,
    author: usize,
    text: String,
    machine: Option<usize>,
    is_complaint: bool,
    /// How many answers follow.
    answers: usize,
}

/// A message or an answer, before all are put in order.
struct Told {
    at: DateTime<Utc>,
    author: usize,
    text: String,
    machine: Option<usize>,
    is_complaint: bool,
    thread: usize,
    is_answer: bool,
}

/// So many messages, answers included, but no fewer than the warnings. Where more is written, there are more warnings too, or
/// nobody would hear them.
pub(super) fn make(count: usize, dice: &mut Dice) -> Talk {
    let warnings = WARNINGS.max((WARNINGS as f64 * count as f64 / MESSAGES).round() as usize);
    let mut notes: Vec<Note> = (0..warnings).map(|number| warning(number, warnings, dice)).collect();
    let mut written = notes.len();
    while written < count {
        let mut note = note(dice);
        note.answers = note.answers.min(count - written - 1);
        written += 1 + note.answers;
        notes.push(note);
    }
    let mut told: Vec<Told> = Vec::with_capacity(written);
    for (thread, note) in notes.into_iter().enumerate() {
        let mut at = note.at;
        let (author, text, machine, is_complaint) = (note.author, note.text, note.machine, note.is_complaint);
        told.push(Told { at, author, text, machine, is_complaint, thread, is_answer: false });
        for _ in 0..note.answers {
            at += TimeDelta::seconds(dice.random_range(40..5_400));
            let (author, text) = (dice.random_range(TECHNICIANS), pick(ANSWERS, dice).to_owned());
            told.push(Told { at, author, text, machine: None, is_complaint: false, thread, is_answer: true });
        }
    }
    in_order(told)
}

/// Puts messages in order of time, moves those apart that were written in one second, and finds what answers which.
fn in_order(mut told: Vec<Told>) -> Talk {
    told.sort_by_key(|one| one.at);
    let mut begun = vec![0; told.len()];
    let mut talk = Talk { messages: Vec::new(), machines: Vec::new(), complaints: Vec::new() };
    let mut free = DateTime::<Utc>::MIN_UTC;
    for (place, one) in told.into_iter().enumerate() {
        let at = one.at.max(free);
        free = at + TimeDelta::seconds(1);
        if !one.is_answer {
            begun[one.thread] = place;
        }
        let answers = one.is_answer.then(|| begun[one.thread]);
        talk.messages.push(StoryMessage { at, author: one.author, text: one.text, answers, file: None });
        talk.machines.push(one.machine);
        talk.complaints.push(one.is_complaint);
    }
    talk
}

fn note(dice: &mut Dice) -> Note {
    let day = some_day(dice).min(first_day() + Days::new(DAYS - 2));
    let at = day.and_hms_opt(5, 0, 0).unwrap_or_default().and_utc() + TimeDelta::seconds(dice.random_range(0..64_000));
    let machine = dice.random_range(0..MACHINES.len());
    let (phrases, machine, is_complaint) = match dice.random_range(0..100) {
        0..58 => (ROUTINE, Some(machine), false),
        58..80 => (COMPLAINTS, Some(machine), true),
        _ => (OTHERS, None, false),
    };
    let phrase = pick(phrases, dice);
    let text = machine.map_or_else(|| phrase.to_owned(), |machine| named(phrase, machine, dice));
    let author = if is_complaint { dice.random_range(SHIFT_LEADS) } else { dice.random_range(TECHNICIANS) };
    let answers = if dice.random_bool(0.35) { dice.random_range(1..4) } else { 0 };
    Note { at, author, text, machine, is_complaint, answers }
}

/// A message that announces the failure; they come closer to each other.
fn warning(number: usize, warnings: usize, dice: &mut Dice) -> Note {
    let passed = (number as f64 / warnings as f64).sqrt();
    let begins = (fails_on() - Days::new(WARNED_FOR)).and_hms_opt(6, 0, 0).unwrap_or_default().and_utc();
    let at = begins + TimeDelta::seconds((passed * (WARNED_FOR * 86_400) as f64) as i64 + dice.random_range(0..3_000));
    let machine = place_of(FAILING);
    let author = if number.is_multiple_of(2) { dice.random_range(SHIFT_LEADS) } else { dice.random_range(TECHNICIANS) };
    let text = named(ANNOUNCE[number % ANNOUNCE.len()], machine, dice);
    Note { at, author, text, machine: Some(machine), is_complaint: true, answers: 0 }
}

/// A phrase with one of a machine's names in it.
fn named(phrase: &str, machine: usize, dice: &mut Dice) -> String {
    let machine = &MACHINES[machine];
    let name = match dice.random_range(0..10) {
        0..4 => machine.id,
        4..7 => machine.name,
        7..9 => machine.called,
        _ => pick(machine.spellings, dice),
    };
    phrase.replace("{machine}", name)
}
