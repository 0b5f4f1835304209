//! How right links are, measured on a world that knows whom each of its messages names.

use std::collections::HashSet;

use dataweaver::demo::{StoryMessage, StoryTable, StoryValue, World};
use dataweaver::link::{Decision, Record, Rule, Rules, decide};

/// The least share of decisions that must be right.
const PRECISION: f64 = 0.97;
/// The least share of what there is to find that must be found.
const RECALL: f64 = 0.9;

fn text(value: &StoryValue) -> String {
    match value {
        StoryValue::Text(text) => text.clone(),
        other => panic!("{other:?} is no text"),
    }
}

/// The customers of a sheet, as a LINK step reads them.
fn customers(sheet: &StoryTable) -> Vec<Record> {
    let column = |name: &str| sheet.columns.iter().position(|column| *column == name).expect("the column is there");
    let [id, name, email, company] = ["customer_id", "name", "email", "company"].map(column);
    let record = |row: &Vec<StoryValue>| Record {
        key: text(&row[id]),
        ids: vec![text(&row[id])],
        names: vec![text(&row[name])],
        emails: vec![text(&row[email])],
        companies: vec![text(&row[company])],
        ..Record::default()
    };
    sheet.rows.iter().map(record).collect()
}

/// A message's key, as Slack names messages.
fn ts(message: &StoryMessage) -> String {
    let micros = message.at.timestamp_micros();
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn messages(messages: &[StoryMessage]) -> Vec<Record> {
    let record = |message: &StoryMessage| Record {
        key: ts(message),
        texts: vec![message.text.clone()],
        thread: Some(ts(message.answers.map_or(message, |first| &messages[first]))),
        ..Record::default()
    };
    messages.iter().map(record).collect()
}

/// Precision and recall of pairs, with some of what is wrong.
fn measured(found: &HashSet<(String, String)>, truth: &HashSet<(String, String)>) -> (f64, f64, String) {
    let right = found.intersection(truth).count() as f64;
    let wrong: Vec<_> = found.difference(truth).take(15).collect();
    let missed: Vec<_> = truth.difference(found).take(15).collect();
    (right / found.len() as f64, right / truth.len() as f64, format!("wrong: {wrong:#?}\nmissed: {missed:#?}"))
}

fn pairs(decisions: &[Decision]) -> HashSet<(String, String)> {
    let pair = |decision: &Decision| (decision.left_key.clone(), decision.right_key.clone());
    decisions.iter().map(pair).collect()
}

fn truth_of(story: &dataweaver::demo::Story, fact: &str) -> HashSet<(String, String)> {
    let fact = story.truth.fact(fact).unwrap_or_else(|| panic!("there is no fact {fact}"));
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    fact.rows.iter().map(|row| (text(&row[0]), text(&row[1]))).collect()
}

#[test]
fn messages_are_linked_to_the_customers_that_they_name() {
    let story = World::named(Some("customer_intelligence"), 1.).unwrap().story().expect("it has a story");
    let customers = customers(&story.sheets[0]);
    for (channel, fact) in [("customer-support", "support_message_links"), ("sales-team", "team_message_links")] {
        let channel = story.channels.iter().find(|known| known.name == channel).expect("the channel is there");
        let mut decisions = decide(&messages(&channel.messages), &customers, &Rules::default());
        // What is said in the same conversation names nobody.
        decisions.retain(|decision| decision.reasons[0].rule != Rule::Thread);
        let (precision, recall, told) = measured(&pairs(&decisions), &truth_of(&story, fact));
        println!("{}: precision {precision:.4}, recall {recall:.4}", channel.name);
        assert!(precision >= PRECISION, "{}: precision {precision}\n{told}", channel.name);
        assert!(recall >= RECALL, "{}: recall {recall}\n{told}", channel.name);
    }
}

#[test]
fn customers_that_are_there_twice_are_found() {
    let story = World::named(Some("customer_intelligence"), 1.).unwrap().story().expect("it has a story");
    let customers = customers(&story.sheets[0]);
    let rules = Rules { same_table: true, ..Rules::default() };
    // The later id comes first in the fact; a decision has the smaller key on its left.
    let truth = truth_of(&story, "duplicate_customers").into_iter().map(|(later, earlier)| (earlier, later)).collect();
    let (precision, recall, told) = measured(&pairs(&decide(&customers, &customers, &rules)), &truth);
    println!("duplicates: precision {precision:.4}, recall {recall:.4}");
    assert!(precision >= PRECISION, "precision {precision}\n{told}");
    assert!(recall >= RECALL, "recall {recall}\n{told}");
}
