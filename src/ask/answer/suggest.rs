//! Questions that can be asked next: each is read and planned before it is suggested.

use super::{Asked, Remembered, planned, read_question};
use crate::ask::Bound;
use crate::ask::plan::{Figure, Kind, Plan, PlanGroup, Subject, in_words, plural};

/// How many are suggested.
const SUGGESTED: usize = 4;

/// What could be asked after an answer.
pub(super) fn follow_ups(asked: &Asked<'_>, plan: &Plan) -> Vec<String> {
    let bound = asked.bound;
    let mut questions = Vec::new();
    if let Some(figure) = plan.figures.first() {
        let label = &figure.label;
        let grouped = |name: &str| {
            plan.groups.iter().any(|group| matches!(group, PlanGroup::Field { name: known, .. } if known == name))
        };
        for dimension in
            bound.model.datasets[figure.dataset].dimensions.iter().filter(|dimension| !grouped(&dimension.name)).take(2)
        {
            questions.push(capitalised(&format!("{label} by {}", in_words(&dimension.name))));
        }
        if plan.grain().is_none() {
            questions.push(capitalised(&format!("{label} by month")));
        } else if !matches!(plan.kind, Kind::Forecast { .. }) {
            questions.push(format!("Forecast {label} for the next 3 months"));
        }
        if let Some(question) = top(bound, figure) {
            questions.push(question);
        }
    }
    if let Subject::Entity(entity) = plan.subject {
        let name = &bound.model.entities[entity].name;
        for score in bound.model.scores.iter().filter(|score| score.entity == *name).take(1) {
            questions.push(format!("Top 10 {} by {}", plural(name), score.name));
        }
        for segment in bound.model.segments.iter().filter(|segment| segment.entity == *name).take(1) {
            questions.push(format!("How many {} are {}?", plural(name), segment.name));
        }
    }
    can_be_answered(asked, questions)
}

fn top(bound: &Bound, figure: &Figure) -> Option<String> {
    let entity = bound.model.entities.iter().find(|entity| {
        let own = bound.model.datasets.iter().position(|dataset| dataset.name == entity.dataset);
        own.is_some_and(|own| {
            own != figure.dataset && crate::ask::plan::up_path(&bound.model, figure.dataset, own).is_some()
        })
    })?;
    Some(format!("Top 5 {} by {}", plural(&entity.name), figure.label))
}

fn capitalised(text: &str) -> String {
    super::numbers::capital(text)
}

/// Questions to begin with.
pub(super) fn samples(asked: &Asked<'_>) -> Vec<String> {
    let bound = asked.bound;
    let mut questions = Vec::new();
    for score in bound.model.scores.iter().take(1) {
        questions.push(format!("Top 10 {} by {}", plural(&score.entity), score.name));
    }
    for dataset in bound.model.datasets.iter().filter(|dataset| !dataset.measures.is_empty()).take(4) {
        let label = &dataset.measures[0].label;
        if let Some(dimension) = dataset.dimensions.first() {
            questions.push(capitalised(&format!("{label} by {}", in_words(&dimension.name))));
        }
        if dataset.time.is_some() {
            questions.push(capitalised(&format!("{label} by month")));
        }
    }
    for dataset in &bound.model.datasets {
        questions.push(format!("How many {} are there?", dataset.label));
    }
    can_be_answered(asked, questions)
}

/// The first few of them that the planner is sure of.
fn can_be_answered(asker: &Asked<'_>, questions: Vec<String>) -> Vec<String> {
    let mut answered: Vec<String> = Vec::new();
    for question in questions {
        if answered.len() == SUGGESTED {
            break;
        }
        let asked = read_question(&question, asker.bound, asker.values, asker.phrases, &Remembered::default());
        let sure = planned(&asked).is_ok_and(|plan| {
            plan.confidence > 0.6 && asked.reading.unknown.is_empty() && super::statement(&asked, &plan).is_ok()
        });
        if sure && !answered.contains(&question) {
            answered.push(question);
        }
    }
    answered
}
