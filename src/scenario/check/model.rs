//! Whether a semantic model makes sense: what its joins, entities, segments and scores name is there.

use std::collections::HashSet;

use super::Problems;
use crate::ask::{Dataset, Model};

/// The measure that every dataset has without naming it: the number of its rows.
const IMPLICIT: &str = "count";

/// Looks through a model over data sources and tables of TRANSFORM steps.
pub(super) fn check(model: &Model, sources: &[&str], tables: &[&str], problems: &mut Problems) {
    if model.datasets.is_empty() {
        problems.add("model.datasets", "must name one at least");
    }
    let mut names = HashSet::new();
    for (place, dataset) in model.datasets.iter().enumerate() {
        let at = format!("model.datasets[{place}]");
        is_word(&at, &dataset.name, problems);
        problems.is_new(format!("{at}.name"), &dataset.name, &mut names);
        problems.says_something(format!("{at}.label"), &dataset.label);
        match (&dataset.source, &dataset.reference) {
            (Some(source), None) => {
                problems.is_known(format!("{at}.source"), "data source", source, sources.iter().copied());
            }
            (None, Some(table)) => {
                problems.is_known(format!("{at}.ref"), "table of a TRANSFORM step", table, tables.iter().copied());
            }
            (None, None) => problems.add(&at, "is of no table; it needs source or ref"),
            (Some(_), Some(_)) => problems.add(&at, "has source and ref; it takes one of them"),
        }
        check_parts(dataset, &at, problems);
    }
    check_joins(model, problems);
    check_entities(model, problems);
    check_segments(model, problems);
    check_scores(model, problems);
}

/// Refuses a name that could not stand in an expression.
fn is_word(at: &str, name: &str, problems: &mut Problems) {
    let is_word = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if !is_word {
        problems.add(format!("{at}.name"), format!("{name:?} is no word: it takes letters, digits and _"));
    }
}

fn check_parts(dataset: &Dataset, at: &str, problems: &mut Problems) {
    let mut names = HashSet::new();
    for (place, dimension) in dataset.dimensions.iter().enumerate() {
        let at = format!("{at}.dimensions[{place}]");
        is_word(&at, &dimension.name, problems);
        problems.is_new(format!("{at}.name"), &dimension.name, &mut names);
        if let Some(expression) = &dimension.expression {
            problems.says_something(format!("{at}.expression"), expression);
        }
    }
    let mut names = HashSet::new();
    for (place, measure) in dataset.measures.iter().enumerate() {
        let at = format!("{at}.measures[{place}]");
        is_word(&at, &measure.name, problems);
        problems.is_new(format!("{at}.name"), &measure.name, &mut names);
        problems.says_something(format!("{at}.expression"), &measure.expression);
        problems.says_something(format!("{at}.label"), &measure.label);
    }
}

fn check_joins(model: &Model, problems: &mut Problems) {
    for (place, join) in model.joins.iter().enumerate() {
        for (key, side) in [("left", &join.left), ("right", &join.right)] {
            let path = format!("model.joins[{place}].{key}");
            match (side.split_once('.'), join.links) {
                (Some((dataset, column)), false) if !column.is_empty() => {
                    is_dataset(path, dataset, model, problems);
                }
                (_, false) => problems.add(path, format!("{side} has to be dataset.column")),
                (Some(_), true) => {
                    problems.add(path, format!("{side} has to be a dataset alone, since links say the rest"))
                }
                (None, true) => {
                    is_dataset(path, side, model, problems);
                }
            }
        }
    }
}

fn is_dataset(path: String, name: &str, model: &Model, problems: &mut Problems) -> bool {
    problems.is_known(path, "dataset", name, model.datasets.iter().map(|dataset| dataset.name.as_str()))
}

fn check_entities(model: &Model, problems: &mut Problems) {
    let mut names = HashSet::new();
    for (place, entity) in model.entities.iter().enumerate() {
        let at = format!("model.entities[{place}]");
        problems.says_something(format!("{at}.name"), &entity.name);
        problems.is_new(format!("{at}.name"), &entity.name, &mut names);
        problems.says_something(format!("{at}.key"), &entity.key);
        problems.says_something(format!("{at}.label"), &entity.label);
        is_dataset(format!("{at}.dataset"), &entity.dataset, model, problems);
    }
}

fn is_entity(path: String, name: &str, model: &Model, problems: &mut Problems) {
    problems.is_known(path, "entity", name, model.entities.iter().map(|entity| entity.name.as_str()));
}

/// Refuses what is no `dataset.measure` of the model.
fn is_measure(path: String, name: &str, model: &Model, problems: &mut Problems) {
    let Some((dataset, measure)) = name.split_once('.') else {
        problems.add(path, format!("{name} has to be dataset.measure"));
        return;
    };
    if !is_dataset(path.clone(), dataset, model, problems) {
        return;
    }
    let dataset = model.datasets.iter().filter(|known| known.name == dataset);
    let known = dataset.flat_map(|dataset| &dataset.measures).map(|measure| measure.name.as_str());
    problems.is_known(path, "measure", measure, known.chain([IMPLICIT]));
}

fn check_segments(model: &Model, problems: &mut Problems) {
    for (place, segment) in model.segments.iter().enumerate() {
        let at = format!("model.segments[{place}]");
        problems.says_something(format!("{at}.name"), &segment.name);
        is_entity(format!("{at}.entity"), &segment.entity, model, problems);
        is_measure(format!("{at}.measure"), &segment.measure, model, problems);
        match segment.top_share {
            Some(share) if !(share > 0.0 && share <= 1.0) => {
                problems.add(
                    format!("{at}.top_share"),
                    format!("{share} is no share; it takes more than 0, and 1 at most"),
                );
            }
            None if segment.is.is_none() && segment.change.is_none() => {
                problems.add(&at, "says nothing of the measure; it needs top_share, is or change");
            }
            _ => {}
        }
        if segment.change.as_ref().is_some_and(|change| change.days == 0) {
            problems.add(format!("{at}.change.days"), "must be a day at least");
        }
    }
}

fn check_scores(model: &Model, problems: &mut Problems) {
    for (place, score) in model.scores.iter().enumerate() {
        let at = format!("model.scores[{place}]");
        problems.says_something(format!("{at}.name"), &score.name);
        is_entity(format!("{at}.entity"), &score.entity, model, problems);
        if score.parts.is_empty() {
            problems.add(format!("{at}.parts"), "must name one at least");
        }
        for (place, part) in score.parts.iter().enumerate() {
            let at = format!("{at}.parts[{place}]");
            is_measure(format!("{at}.measure"), &part.measure, model, problems);
            problems.says_something(format!("{at}.reason"), &part.reason);
            if !(part.weight.is_finite() && part.weight > 0.0) {
                problems.add(format!("{at}.weight"), "must be above 0");
            }
            if part.change_days == Some(0) {
                problems.add(format!("{at}.change_days"), "must be a day at least");
            }
        }
    }
}
