//! Figures: measures as a question asks for them.

use super::{Figure, dataset_of_field, field_name, in_words};
use crate::ask::lexicon::Field;
use crate::ask::reading::Aggregate;
use crate::ask::{Better, Bound};

/// Whether groups of an aggregate add up to the whole.
fn adds_up(expression: &str) -> bool {
    let lower = expression.trim_start().to_lowercase();
    (lower.starts_with("sum(") || lower.starts_with("count(")) && !lower.contains('/') && !lower.contains("distinct")
}

/// A measure, or what another aggregate makes of its rows.
pub(super) fn measure_figure(
    bound: &Bound,
    dataset: usize,
    measure: usize,
    aggregate: Option<Aggregate>,
) -> Option<Figure> {
    let of = bound.model.datasets.get(dataset)?.measures.get(measure)?;
    let mut figure = Figure {
        dataset,
        expression: of.expression.clone(),
        value: of.value.clone(),
        name: of.name.clone(),
        label: of.label.clone(),
        unit: of.unit.clone(),
        better: of.better,
        smallest_first: of.smallest_first,
        additive: adds_up(&of.expression),
        counts: false,
        part: None,
    };
    let (Some(aggregate), Some(value)) = (aggregate, &of.value) else { return Some(figure) };
    // A rate of sums stays one: its rows' values do not add up, and their mean is another number.
    let is_rate = of.expression.contains('/') && !of.is_mean();
    let told = match aggregate {
        Aggregate::Total if figure.additive || is_rate || of.unit.as_deref() == Some("%") => None,
        Aggregate::Average if is_rate || of.is_mean() => None,
        Aggregate::Total => Some(("sum", "total", true)),
        Aggregate::Average => Some(("avg", "average", false)),
        Aggregate::Median => Some(("median", "median", false)),
        Aggregate::Maximum => Some(("max", "maximum", false)),
        Aggregate::Minimum => Some(("min", "minimum", false)),
        Aggregate::Deviation => Some(("stddev", "standard deviation of", false)),
    };
    if let Some((function, word, additive)) = told {
        let plain = without_aggregate(&of.label);
        figure.expression = match aggregate {
            Aggregate::Total | Aggregate::Maximum | Aggregate::Minimum => format!("{function}({value})"),
            _ => format!("{function}(cast({value} AS double))"),
        };
        figure.name = format!("{}_{}", word.split(' ').next().unwrap_or(word), of.name);
        figure.label = format!("{word} {plain}");
        figure.additive = additive;
    }
    Some(figure)
}

/// The first measure of a dataset whose rows have a value each: by it they are measured where none is named.
pub(super) fn first_figure(bound: &Bound, dataset: usize, aggregate: Option<Aggregate>) -> Option<Figure> {
    let place = bound.model.datasets.get(dataset)?.measures.iter().position(|measure| measure.value.is_some())?;
    measure_figure(bound, dataset, place, aggregate)
}

/// "average value" as "value": another aggregate takes its place.
fn without_aggregate(label: &str) -> String {
    let bare = ["average ", "total ", "mean ", "median "].iter().find_map(|word| label.strip_prefix(word));
    bare.unwrap_or(label).to_owned()
}

/// How many rows of a dataset there are.
pub(super) fn count_figure(dataset: usize, label: &str) -> Figure {
    Figure {
        dataset,
        expression: "count(*)".to_owned(),
        value: None,
        name: "count".to_owned(),
        label: format!("number of {label}"),
        unit: None,
        better: Better::Higher,
        smallest_first: false,
        additive: true,
        counts: true,
        part: None,
    }
}

/// How many different values a field has.
pub(super) fn distinct_figure(bound: &Bound, field: Field, label: &str) -> Option<Figure> {
    let dataset = dataset_of_field(bound, field)?;
    let expression = crate::ask::sql::field_expression(bound, field)?;
    Some(Figure {
        dataset,
        expression: format!("count(DISTINCT {expression})"),
        value: None,
        name: "count".to_owned(),
        label: format!("number of different {label}"),
        unit: None,
        better: Better::Higher,
        smallest_first: false,
        additive: false,
        counts: false,
        part: None,
    })
}

/// A numeric field under an aggregate.
pub(super) fn field_figure(bound: &Bound, field: Field, aggregate: Option<Aggregate>) -> Option<Figure> {
    let dataset = dataset_of_field(bound, field)?;
    let name = field_name(bound, field);
    let kind = bound.tables[dataset].columns.iter().find(|(column, _)| *column == name).map(|(_, kind)| kind.as_str());
    // Texts and times have no sum and no mean.
    if kind.is_some_and(|kind| matches!(kind, "text" | "boolean" | "date") || kind.starts_with("timestamp")) {
        return None;
    }
    let expression = crate::ask::sql::field_expression(bound, field)?;
    let (function, word) = match aggregate.unwrap_or(Aggregate::Average) {
        Aggregate::Total => ("sum", "total"),
        Aggregate::Average => ("avg", "average"),
        Aggregate::Median => ("median", "median"),
        Aggregate::Maximum => ("max", "maximum"),
        Aggregate::Minimum => ("min", "minimum"),
        Aggregate::Deviation => ("stddev", "standard deviation of"),
    };
    let value = format!("try_cast({expression} AS double)");
    Some(Figure {
        dataset,
        expression: format!("{function}({value})"),
        value: Some(value),
        name: format!("{}_{name}", word.split(' ').next().unwrap_or(word)),
        label: format!("{word} {}", in_words(&name)),
        unit: None,
        better: Better::Higher,
        smallest_first: false,
        additive: function == "sum",
        counts: false,
        part: None,
    })
}
