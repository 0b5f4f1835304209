//! A semantic model without the datasets that have no table, and without all that needs them.

use crate::ask::{Model, ScorePart};

/// The model without the datasets that are not in `kept`, which says so for each in its order.
pub(super) fn narrowed(mut model: Model, kept: &[bool]) -> Model {
    let mut places = kept.iter().copied();
    model.datasets.retain(|_| places.next().unwrap_or(false));
    let names: Vec<String> = model.datasets.iter().map(|dataset| dataset.name.clone()).collect();
    let has_dataset = |path: &str| {
        let dataset = path.split_once('.').map_or(path, |(dataset, _)| dataset);
        names.iter().any(|name| name == dataset)
    };
    model.joins.retain(|join| has_dataset(&join.left) && has_dataset(&join.right));
    model.entities.retain(|entity| has_dataset(&entity.dataset));
    let entities: Vec<String> = model.entities.iter().map(|entity| entity.name.clone()).collect();
    model.segments.retain(|segment| entities.contains(&segment.entity) && has_dataset(&segment.measure));
    model.scores.retain_mut(|score| {
        score.parts.retain(|part: &ScorePart| has_dataset(&part.measure));
        entities.contains(&score.entity) && !score.parts.is_empty()
    });
    model
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::{Dataset, Entity, Join, Score, Segment};

    fn named(name: &str) -> String {
        name.to_owned()
    }

    #[test]
    fn what_needs_a_missing_dataset_goes_with_it() {
        let dataset = |name: &str| Dataset { name: named(name), ..Dataset::default() };
        let join = |left: &str, right: &str| Join { left: named(left), right: named(right), links: false };
        let part = |measure: &str| ScorePart { measure: named(measure), ..ScorePart::default() };
        let segment = |name: &str, entity: &str, measure: &str| Segment {
            name: named(name),
            entity: named(entity),
            measure: named(measure),
            ..Segment::default()
        };
        let entity =
            |name: &str, dataset: &str| Entity { name: named(name), dataset: named(dataset), ..Entity::default() };
        let score = |name: &str, entity: &str, parts: &[&str]| Score {
            name: named(name),
            entity: named(entity),
            parts: parts.iter().map(|measure| part(measure)).collect(),
            ..Score::default()
        };
        let model = Model {
            datasets: vec![dataset("customers"), dataset("sales"), dataset("support")],
            joins: vec![join("sales.customer", "customers.id"), join("support", "customers")],
            entities: vec![entity("customer", "customers"), entity("ticket", "support")],
            segments: vec![
                segment("big", "customer", "sales.revenue"),
                segment("loud", "customer", "support.messages"),
            ],
            scores: vec![
                score("churn", "customer", &["sales.revenue", "support.messages"]),
                score("anger", "customer", &["support.messages"]),
                score("age", "ticket", &["sales.revenue"]),
            ],
            ..Model::default()
        };
        let model = narrowed(model, &[true, true, false]);
        assert_eq!(
            model.datasets.iter().map(|dataset| dataset.name.as_str()).collect::<Vec<_>>(),
            ["customers", "sales"]
        );
        assert_eq!(model.joins, [join("sales.customer", "customers.id")]);
        assert_eq!(model.entities, [entity("customer", "customers")]);
        assert_eq!(model.segments, [segment("big", "customer", "sales.revenue")]);
        assert_eq!(model.scores, [score("churn", "customer", &["sales.revenue"])]);
    }
}
