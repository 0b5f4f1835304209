//! "who" and "where": fields that hold people and places.

use super::parts::kinds;
use super::walk::Walk;
use super::{FieldAsk, Group};
use crate::ask::lexicon::Field;

/// How many words on what "who" asks for may be named.
const NEAR: usize = 5;

/// Fields whose values are people, by the words in their names.
pub(super) const PEOPLE: &[&str] = &[
    "rep",
    "owner",
    "manager",
    "user",
    "employee",
    "analyst",
    "author",
    "assignee",
    "doctor",
    "physician",
    "person",
    "agent",
    "lead",
    "operator",
    "technician",
    "seller",
    "staff",
    "member",
    "salesperson",
    "representative",
    "nurse",
    "buyer",
    "cashier",
    "responsible",
    "contact",
    "sender",
    "advisor",
    "officer",
    "resource",
];
/// Fields whose values are places.
pub(super) const PLACES: &[&str] = &[
    "location",
    "region",
    "country",
    "city",
    "site",
    "store",
    "place",
    "area",
    "warehouse",
    "branch",
    "plant",
    "state",
    "freezer",
    "room",
    "hospital",
    "clinic",
    "ward",
    "territory",
];

impl Walk<'_> {
    /// "who" and "where" ask for a field that holds people or places, unless another thing is named right after it.
    pub(super) fn people(&mut self, words: &[&str], at: usize) {
        let next = self.next_meant(at + 1);
        // "whose clients", "who won the most clients": others than those are asked for.
        let whose = self.word(at) == "whose";
        let others = whose || self.gains(next);
        // "who are the top 10 customers": what is asked for is named a few words on.
        let near = self.spans.iter().skip(at + 1).take(NEAR).filter_map(|span| Some((kinds(span)?, &span.text)));
        let mut near = near.filter(|(kinds, _)| !kinds.is_condition());
        let named = !others
            && near.next().is_some_and(|(kinds, text)| {
                let thing = kinds.entity_fit().max(kinds.field_fit());
                // "where are patients least satisfied" does not ask for patients.
                let fits = words == PEOPLE || words.iter().any(|word| text.to_lowercase().starts_with(word));
                fits && thing >= kinds.measure_fit().max(kinds.dataset_fit()) && thing > 0.7
            });
        if named {
            self.ahead.asked = true;
            return;
        }
        let mut candidates = Vec::new();
        for (dataset, of) in self.bound.model.datasets.iter().enumerate() {
            for (dimension, of) in of.dimensions.iter().enumerate() {
                let names = std::iter::once(&of.name).chain(&of.synonyms);
                let mut parts = names.flat_map(|name| name.split(['_', ' ', '-']));
                if let Some(rank) = parts.find_map(|part| words.iter().position(|word| *word == part.to_lowercase())) {
                    candidates.push((Field::Dimension(dataset, dimension), 0.8 - 0.01 * rank as f64));
                }
            }
        }
        let spoken = self.spans[at + 1..].iter().find_map(kinds).filter(|_| others);
        let spoken = spoken.map(|kinds| kinds.entities).unwrap_or_default();
        for (entity, of) in self.bound.model.entities.iter().enumerate() {
            if spoken.iter().any(|(known, _)| *known == entity) {
                continue;
            }
            let known = |name: &str| {
                words.contains(&name) || (words == PEOPLE && matches!(name, "customer" | "patient" | "client"))
            };
            if std::iter::once(&of.name).chain(&of.synonyms).any(|name| known(name)) {
                candidates.push((Field::Entity(entity, 0), 0.72));
            }
        }
        if !candidates.is_empty() {
            self.ahead.plural.get_or_insert(self.word(next) == "are");
            let words = self.spans[at].text.to_lowercase();
            self.reading.groups.push(Group::Field(FieldAsk { candidates, words }));
        }
    }

    /// Whether a thing or a measure stands right before.
    pub(super) fn names_something(&self, at: usize) -> bool {
        self.before_meant(at).is_some_and(|place| self.spans[place].things().is_some())
    }
}
