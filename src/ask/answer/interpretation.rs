//! How a question was understood, in words: what is computed, of which rows, and what was assumed.

use super::Asked;
use super::numbers::{capital, listed, plain};
use crate::ask::Bound;
use crate::ask::plan::{
    Compared, ComparedWith, Figure, Kind, OrderBy, Pairing, Plan, PlanCondition, PlanFilter, PlanGroup, field_name,
    in_words,
};
use crate::ask::reading::{Change, Operator};

/// The words for a plan.
pub(super) fn of(asked: &Asked<'_>, plan: &Plan) -> String {
    let mut text = capital(&what(asked.bound, plan));
    let conditions = conditions(asked.bound, plan);
    if !conditions.is_empty() {
        text.push_str(&format!(", where {}", listed(&conditions)));
    }
    if let Some(period) = &plan.period {
        let (words, dates) = (period.words.trim(), period.dates());
        text.push_str(&if words == dates { format!(", {dates}") } else { format!(", {words} ({dates})") });
        if let Some(earlier) = &plan.earlier {
            text.push_str(&format!(" compared with {}", earlier.dates()));
        }
    }
    for recurring in &plan.recurring {
        text.push_str(&format!(", {}", recurring.words));
    }
    text.push('.');
    let relative = plan.period.as_ref().is_some_and(|period| !period.words.chars().any(|character| character.is_ascii_digit()))
        || plan.filters.iter().any(|filter| matches!(filter, PlanFilter::Segment { segment, .. } if asked.bound.model.segments[*segment].change.is_some()))
        || matches!(plan.kind, Kind::Score(_) | Kind::Forecast { .. });
    if relative && let Some(as_of) = asked.values.as_of() {
        text.push_str(&format!(" Times are counted from {}, with which the data end.", as_of.format("%Y-%m-%d")));
    }
    if asked.follows {
        text.push_str(" It goes on from the question before.");
    }
    for assumption in &plan.assumptions {
        text.push_str(&format!(" {}.", capital(assumption)));
    }
    text
}

fn what(bound: &Bound, plan: &Plan) -> String {
    let model = &bound.model;
    let subject = plan.subject.plural(model);
    let figures: Vec<String> = plan.figures.iter().map(|figure| figure.label.clone()).collect();
    let figures = if plan.ratio { plan.label() } else { listed(&figures) };
    let by = by(bound, plan);
    match &plan.kind {
        Kind::Figures | Kind::Trend if !plan.mean_over.is_empty() => {
            let each: Vec<String> = plan.mean_over.iter().map(|group| group_name(bound, group)).collect();
            format!("the mean of the {figures} over each {}{by}{}", listed(&each), order(plan))
        }
        Kind::Figures if !plan.first_of.is_empty() => {
            let of: Vec<String> = plan.first_of.iter().map(|group| group_name(bound, group)).collect();
            let first = if plan.order.is_some_and(|(_, descending)| !descending) { "smallest" } else { "largest" };
            let many = plan.limit.map(|limit| format!("{limit} ")).unwrap_or_default();
            format!("the share of the {figures} that the {many}{first} by {} have together", listed(&of))
        }
        Kind::Figures if plan.share && plan.groups.is_empty() => {
            let whole: Vec<String> = plan.whole.filters.iter().map(|filter| filter_words(bound, filter)).collect();
            let among =
                if whole.is_empty() { String::new() } else { format!(", among those where {}", listed(&whole)) };
            format!("the share of the {figures} that fulfil the conditions{among}")
        }
        Kind::Figures if plan.share => format!("the share of the {figures}{by}"),
        Kind::Figures => format!("the {figures}{by}{}{}", order(plan), within(bound, plan)),
        Kind::Trend => format!("the course of the {figures}{by}"),
        Kind::Periods => format!("the {figures} of two periods{by}"),
        Kind::Change(Change::Any) => format!("the change of the {figures}{by}"),
        Kind::Change(Change::Up) => format!("where the {figures} rose{by}"),
        Kind::Change(Change::Down) => format!("where the {figures} fell{by}"),
        Kind::Rows { columns } if columns.is_empty() => format!("the {subject}{}", order(plan)),
        Kind::Rows { columns } => {
            let names: Vec<String> = columns.iter().map(|field| in_words(&field_name(bound, *field))).collect();
            format!("the {} of {subject}", listed(&names))
        }
        Kind::Moment { newest } => {
            format!("the {} of the {subject}", if *newest { "newest time" } else { "oldest time" })
        }
        Kind::Correlation { per } => {
            let per = match per {
                Pairing::Entity(entity) => format!("for each {}", model.entities[*entity].name),
                Pairing::Time(grain) => format!("for each {}", grain.word()),
                Pairing::Field => format!("for each value{by}"),
                Pairing::Rows => "row by row".to_owned(),
            };
            format!("whether the {figures} go together, {per}")
        }
        Kind::Distribution => format!("how single values of {figures} are spread"),
        Kind::UnusualTimes => format!("what is unusual in the course of the {figures}{by}"),
        Kind::UnusualRows => format!("rows with an unusual {figures}{by}"),
        Kind::Forecast { steps } => format!("a forecast of the {figures} for {steps} steps{by}"),
        Kind::Score(place) => format!("{subject} ranked by {}", model.scores[*place].name),
        Kind::Profile { entity } => format!("all that is known about one {}", model.entities[*entity].name),
        Kind::Duplicates { .. } => format!("{subject} that are there more than once"),
        Kind::Catalogue(_) => "the data there are".to_owned(),
    }
}

/// " by region and month".
pub(super) fn by(bound: &Bound, plan: &Plan) -> String {
    let names: Vec<String> = plan.groups.iter().map(|group| group_name(bound, group)).collect();
    if names.is_empty() { String::new() } else { format!(" by {}", listed(&names)) }
}

/// What a group is called.
pub(super) fn group_name(bound: &Bound, group: &PlanGroup) -> String {
    match group {
        PlanGroup::Field { label, .. } => label.clone(),
        PlanGroup::Entity(entity) => bound.model.entities[*entity].name.clone(),
        PlanGroup::Time(grain) => grain.word().to_owned(),
        PlanGroup::Cycle(cycle) => cycle.word().to_owned(),
    }
}

/// ", in each region": what each has an order of its own.
pub(super) fn within(bound: &Bound, plan: &Plan) -> String {
    let outer: Vec<String> = plan.groups[..plan.within].iter().map(|group| group_name(bound, group)).collect();
    if outer.is_empty() { String::new() } else { format!(", in each {}", listed(&outer)) }
}

fn order(plan: &Plan) -> String {
    let limit = plan.limit.map(|limit| if limit == 1 { "the first".to_owned() } else { format!("the first {limit}") });
    match (plan.order, limit) {
        (Some((OrderBy::Figure(_), true)), Some(limit)) => format!(", {limit} of the largest first"),
        (Some((OrderBy::Figure(_), false)), Some(limit)) => format!(", {limit} of the smallest first"),
        (Some((OrderBy::Time, true)), Some(limit)) => format!(", {limit} of the newest first"),
        (Some((OrderBy::Time, false)), Some(limit)) => format!(", {limit} of the oldest first"),
        (Some((OrderBy::Figure(_), true)), None) => ", the largest first".to_owned(),
        (Some((OrderBy::Figure(_), false)), None) => ", the smallest first".to_owned(),
        _ => String::new(),
    }
}

fn conditions(bound: &Bound, plan: &Plan) -> Vec<String> {
    let mut words: Vec<String> = plan.filters.iter().map(|filter| filter_words(bound, filter)).collect();
    words.extend(plan.conditions.iter().map(|condition| condition_words(bound, condition)));
    words
}

fn filter_words(bound: &Bound, filter: &PlanFilter) -> String {
    match filter {
        PlanFilter::Values { fields, not, .. } => {
            let Some((field, texts)) = fields.first() else { return String::new() };
            let name = in_words(&field_name(bound, *field));
            let texts: Vec<String> = texts.iter().take(6).cloned().collect();
            let joined = texts.join(" or ");
            if *not { format!("{name} is not {joined}") } else { format!("{name} is {joined}") }
        }
        PlanFilter::Missing { fields, not, .. } => {
            let name = fields.first().map(|field| in_words(&field_name(bound, *field))).unwrap_or_default();
            if *not { format!("{name} is given") } else { format!("{name} is missing") }
        }
        PlanFilter::Text { search } => {
            let words: Vec<String> = search.words.iter().map(|word| format!("\u{201c}{word}\u{201d}")).collect();
            format!("the text {} {}", if search.not { "does not mention" } else { "mentions" }, listed(&words))
        }
        PlanFilter::Counted { words, .. } => format!("they count as {words}"),
        PlanFilter::Segment { segment, not } => {
            let segment = &bound.model.segments[*segment];
            let meaning = segment_words(segment);
            format!("the {} is{} {} ({meaning})", segment.entity, if *not { " not" } else { "" }, segment.name)
        }
        PlanFilter::Related { dataset, absent, .. } => {
            let label = &bound.model.datasets[*dataset].label;
            if *absent { format!("there are no {label}") } else { format!("there are {label}") }
        }
    }
}

fn segment_words(segment: &crate::ask::Segment) -> String {
    let measure = in_words(&segment.measure.replace('.', ": "));
    let mut parts = Vec::new();
    if let Some(share) = segment.top_share {
        parts.push(format!(
            "the {} {} % by {measure}",
            if segment.lowest { "lowest" } else { "highest" },
            plain(share * 100.)
        ));
    }
    if let Some(is) = &segment.is {
        parts.push(format!("{measure} {is}"));
    }
    if let Some(change) = &segment.change {
        let way = if change.by < 0. { "down" } else { "up" };
        parts.push(format!(
            "{measure} {way} by at least {} % within {} days",
            plain((change.by * 100.).abs()),
            change.days
        ));
    }
    listed(&parts)
}

fn condition_words(bound: &Bound, condition: &PlanCondition) -> String {
    let of = match &condition.of {
        Compared::Figure(figure) => figure.label.clone(),
        Compared::Row { dataset, expression } => row_words(bound, *dataset, expression),
        Compared::Field(field) => in_words(&field_name(bound, *field)),
    };
    let with = match &condition.with {
        ComparedWith::Number(number) => plain(*number),
        ComparedWith::Range(from, to) => format!("{} and {}", plain(*from), plain(*to)),
        ComparedWith::Figure(Figure { label, .. }) => format!("the {label}"),
        ComparedWith::Average => "the average".to_owned(),
    };
    let operator = match condition.operator {
        Operator::More => "above",
        Operator::AtLeast => "at least",
        Operator::Less => "below",
        Operator::AtMost => "at most",
        Operator::Equal => "exactly",
        Operator::Unequal => "not",
        Operator::Between => "between",
    };
    format!("{of} is {operator} {with}")
}

fn row_words(bound: &Bound, dataset: usize, expression: &str) -> String {
    let measures = &bound.model.datasets[dataset].measures;
    let known = measures.iter().find(|measure| measure.value.as_deref() == Some(expression));
    known.map_or_else(|| expression.to_owned(), |measure| measure.label.clone())
}
