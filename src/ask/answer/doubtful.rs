//! Replies that ask back, or decline.

use super::numbers::listed;
use super::{Asked, suggest};
use crate::ask::plan::Doubt;
use crate::ask::{Memory, Reply};

/// The reply to a question that cannot be answered as it is.
pub(super) fn reply(question: &str, asked: &Asked<'_>, doubt: &Doubt, memory: Option<&Memory>) -> Reply {
    let quoted =
        |words: &[String]| listed(&words.iter().map(|word| format!("\u{201c}{word}\u{201d}")).collect::<Vec<_>>());
    let samples = || suggest::samples(asked);
    let (interpretation, summary, suggestions) = match doubt {
        Doubt::Hostile => (
            "A request that is not a question about the data.".to_owned(),
            "I only read the data and answer questions about them; I cannot change anything or do what this asks for. You could ask one of these instead.".to_owned(),
            samples(),
        ),
        Doubt::NothingKnown { unknown } if unknown.is_empty() => (
            "It is not clear what is asked for.".to_owned(),
            "I am not sure what you would like to know. You could ask one of these.".to_owned(),
            samples(),
        ),
        Doubt::NothingKnown { unknown } => (
            format!("Nothing in it is known here: {}.", quoted(unknown)),
            "I am not sure what this asks for; as far as I can tell, the data say nothing about it. You could ask one of these.".to_owned(),
            samples(),
        ),
        Doubt::Unknown { words } => (
            format!("Some words were not understood: {}.", quoted(words)),
            format!("I am not sure what {} means here, and rather ask than guess. You could put it in other words, or ask one of these.", quoted(words)),
            without(question, asked, words),
        ),
        Doubt::Several { about, readings } => (
            format!("\u{201c}{about}\u{201d} can mean several things."),
            format!("I am not sure, did you mean {}?", either(readings)),
            readings.iter().map(|reading| replaced(question, about, reading)).collect(),
        ),
        Doubt::Lacking { what } => (
            format!("It does not say {what}."),
            format!("I am not sure {what}. Could you say it? You could also ask one of these."),
            samples(),
        ),
        Doubt::Apart { what } => (
            format!("The data do not tell {what}."),
            format!("I am not sure how to put this together: the data do not tell {what}. You could ask one of these."),
            samples(),
        ),
    };
    Reply {
        interpretation,
        confidence: 0.2,
        needs_clarification: true,
        sql: None,
        result: None,
        chart: None,
        summary,
        datasets: Vec::new(),
        suggestions,
        engine: "planner".to_owned(),
        memory: memory.cloned().unwrap_or_default(),
    }
}

fn either(readings: &[String]) -> String {
    match readings {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} or {last}", start.join(", ")),
    }
}

/// The question with one of its words put clearly.
fn replaced(question: &str, about: &str, reading: &str) -> String {
    let lower = question.to_lowercase();
    match lower.find(&about.to_lowercase()).filter(|_| lower.len() == question.len()) {
        Some(at) if question.is_char_boundary(at) && question.is_char_boundary(at + about.len()) => {
            format!("{}{reading}{}", &question[..at], &question[at + about.len()..])
        }
        _ => reading.to_owned(),
    }
}

/// The question without the words that were not understood, where that can be answered; and others.
fn without(question: &str, asked: &Asked<'_>, words: &[String]) -> Vec<String> {
    let unknown: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let kept = question.split_whitespace().filter(|word| {
        let bare: String = word.chars().filter(|character| character.is_alphanumeric() || *character == '-').collect();
        !unknown.contains(&bare.to_lowercase())
    });
    let shorter = kept.collect::<Vec<_>>().join(" ");
    let read = super::read_question(&shorter, asked.bound, asked.values, asked.phrases, &super::Remembered::default());
    let answered = super::planned(&read).is_ok_and(|plan| plan.confidence > super::SURE);
    let mut suggestions = if answered { vec![shorter] } else { Vec::new() };
    suggestions.extend(suggest::samples(asked));
    suggestions.truncate(4);
    suggestions
}
