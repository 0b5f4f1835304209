//! What a question asks for, part by part, before it is decided from which tables that comes.
//!
//! A conversation remembers the reading of its last question; a follow-up changes parts of it.

mod comparatives;
mod compounds;
mod conditions;
mod currencies;
mod degrees;
mod durations;
mod expected;
mod finish;
mod follow;
mod harmless;
mod named;
mod negation;
mod parts;
mod people;
mod predicates;
mod ranked;
mod roles;
mod sentences;
mod sides;
mod standing;
mod tasks;
mod texts;
mod walk;

use serde::{Deserialize, Serialize};

use super::Bound;
use super::lexicon::Field;
use super::time::{Cycle, Grain, Period, Recurring};

pub(super) use follow::follow_up;
pub(super) use standing::Standing;
pub(super) use walk::{is_plural, read};

/// A question, read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Reading {
    /// What is to be done, where a word says so.
    pub(super) task: Option<Task>,
    /// Whether "how many" was asked.
    pub(super) count: bool,
    /// Whether "how often" was asked: of what rows do not say, it was not done.
    pub(super) how_often: bool,
    /// Whether rows are wanted: "list".
    pub(super) list: bool,
    /// The measures, in their order.
    pub(super) measures: Vec<MeasureAsk>,
    /// The things that are spoken of: datasets and entities.
    pub(super) nouns: Vec<Noun>,
    /// Whether what is spoken of was named before any measure: "customers and their revenue".
    pub(super) noun_first: bool,
    /// What it is broken down by.
    pub(super) groups: Vec<Group>,
    /// Those of the groups within each of which an order is wanted: "the three best products in each region".
    pub(super) within: Vec<Group>,
    /// The groups that "per" stands in front of, and the units of time between "average" and a measure: "average monthly revenue".
    pub(super) per_of: Vec<Group>,
    /// The group of which there is one measure "per" each: "revenue per customer".
    pub(super) per_each: Option<Group>,
    /// Whether the period that is named is the one to compare with: "worse than last year".
    pub(super) than: bool,
    /// Whether the period that is named says when, and is not what is compared with: "compare hotels and clubs in 2024".
    pub(super) says_when: bool,
    /// Whether a course of time is wanted of what is compared.
    pub(super) over_time: bool,
    /// Two values that were to be compared, and are of no common field.
    pub(super) unlike: Option<(String, String)>,
    /// Whether "and" joins values of which each is wanted by itself: "revenue of EMEA and APAC".
    pub(super) each: bool,
    /// Whether it begins with what it is about, as headings do: "admissions of women and men".
    pub(super) heading: bool,
    /// Fields that are named without being grouped by.
    pub(super) fields: Vec<FieldAsk>,
    /// The values that rows must have, or must not.
    pub(super) filters: Vec<Filter>,
    /// Conditions on numbers.
    pub(super) conditions: Vec<Condition>,
    /// Texts that are searched for.
    pub(super) texts: Vec<TextSearch>,
    /// Segments, by their places, and whether they are excluded.
    pub(super) segments: Vec<(usize, bool)>,
    /// Scores, by their places.
    pub(super) scores: Vec<usize>,
    /// Other things that must be there, or must not be.
    pub(super) relations: Vec<Relation>,
    /// From when until when.
    pub(super) periods: Vec<Period>,
    /// Days of the week, hours or months that alone count.
    pub(super) recurring: Vec<Recurring>,
    /// How far a forecast goes.
    pub(super) ahead: Option<Period>,
    /// The order, and how many come first.
    pub(super) rank: Option<Rank>,
    /// How many at most, where that is said without an order.
    pub(super) limit: Option<u64>,
    /// What is ranked by how large each of it is: "the largest invoice".
    pub(super) sized: Option<Noun>,
    /// Whether the order is one of durations: "slowest".
    pub(super) of_time: bool,
    /// Whether single rows are spoken of: "the biggest single expense".
    pub(super) single: bool,
    /// Newest or oldest first.
    pub(super) by_time: Option<Order>,
    /// Whether shares of the whole are wanted.
    pub(super) share: bool,
    /// Whether it is the share that the first few have together: "what share of revenue comes from the top 10 customers".
    pub(super) share_of_first: bool,
    /// Whether one measure is wanted as a share of another: "refunds as a share of revenue".
    pub(super) share_of: bool,
    /// Whether one measure is to be divided by another.
    pub(super) ratio: bool,
    /// Whether a change is asked for, and which.
    pub(super) change: Option<Change>,
    /// Whether the period before is to be compared with.
    pub(super) before: bool,
    /// Whether the same period a year earlier is.
    pub(super) year_before: bool,
    /// Whether reasons are wanted.
    pub(super) why: bool,
    /// Whether the time itself is asked for.
    pub(super) when: bool,
    /// The column that has the day that "when will" asks for.
    pub(super) expected: Option<FieldAsk>,
    /// Whether a running total is wanted.
    pub(super) cumulative: bool,
    /// Whether different values are counted.
    pub(super) distinct: bool,
    /// How rows become one number, where that was said without a measure.
    pub(super) aggregate: Option<Aggregate>,
    /// Whether "how much" was asked.
    pub(super) how_much: bool,
    /// Whether "for each" was said of a unit that an average is taken over: "average per customer".
    pub(super) per: bool,
    /// Words that were not understood.
    pub(super) unknown: Vec<String>,
    /// How many of them stand where they matter: what is counted, where it is, by what it is broken down.
    pub(super) critical: usize,
    /// How well the words fitted, 0 to 1.
    pub(super) fit: f64,
    /// How many words carried meaning.
    pub(super) meant: usize,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    /// A course of time.
    Trend,
    /// Periods, groups or values beside each other.
    Compare,
    /// Whether two measures go together.
    Correlate,
    /// How values are spread.
    Distribution,
    /// What is unusual.
    Anomalies,
    /// What comes next.
    Forecast,
    /// What is there twice.
    Duplicates,
    /// All about one entity.
    Profile,
    /// Which sources there are.
    Sources,
    /// Which columns there are.
    Columns,
    /// When something was last read.
    Freshness,
    /// How many rows each source has.
    Rows,
    /// What can be asked.
    Help,
}

/// How a measure's rows become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Aggregate {
    /// The sum.
    Total,
    /// The mean.
    Average,
    /// The median.
    Median,
    /// The largest.
    Maximum,
    /// The smallest.
    Minimum,
    /// The standard deviation.
    Deviation,
}

/// A measure that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct MeasureAsk {
    /// Measures that the words may mean (dataset, measure), each with how well they fit.
    pub(super) candidates: Vec<(usize, usize, f64)>,
    /// Numeric fields that they may mean instead.
    pub(super) fields: Vec<(Field, f64)>,
    /// Datasets whose rows are counted, where the words mean them instead.
    pub(super) rows_of: Vec<(usize, f64)>,
    /// How the rows become one number, where the question says so.
    pub(super) aggregate: Option<Aggregate>,
    /// The words.
    pub(super) words: String,
}

/// A dataset or an entity that is spoken of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Noun {
    /// Datasets that the words may mean.
    pub(super) datasets: Vec<(usize, f64)>,
    /// Entities that they may mean.
    pub(super) entities: Vec<(usize, f64)>,
    /// The words.
    pub(super) words: String,
}

/// What something is broken down by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    /// The values of a field.
    Field(FieldAsk),
    /// Entities.
    Entity(Noun),
    /// Units of time.
    Time(Grain),
    /// Parts of time that come again.
    Cycle(Cycle),
}

/// A field that is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FieldAsk {
    /// Fields that the words may mean.
    pub(super) candidates: Vec<(Field, f64)>,
    /// The words.
    pub(super) words: String,
}

/// Values that rows must have, or must not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Filter {
    /// What the words may mean: a field with its value.
    pub(super) candidates: Vec<(Field, String, f64)>,
    /// Whether rows with it are left out.
    pub(super) not: bool,
    /// Whether it is the absence of a value that is meant.
    pub(super) missing: bool,
    /// The words.
    pub(super) words: String,
    /// Where it stands.
    #[serde(default)]
    pub(super) standing: Standing,
}

/// A condition on a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Condition {
    /// What the number is of; none where the question does not say.
    pub(super) of: Option<MeasureAsk>,
    /// What stands in front of it, where that alone says what the number is of: "patients over 65".
    #[serde(default)]
    pub(super) near: Option<Noun>,
    /// How it is compared.
    pub(super) operator: Operator,
    /// With what.
    pub(super) with: Operand,
    /// The words.
    pub(super) words: String,
    /// Where it stands.
    #[serde(default)]
    pub(super) standing: Standing,
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operator {
    /// More than.
    More,
    /// At least.
    AtLeast,
    /// Less than.
    Less,
    /// At most.
    AtMost,
    /// Exactly.
    Equal,
    /// Anything but.
    Unequal,
    /// From the one to the other.
    Between,
}

/// What a number is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operand {
    /// A number.
    Number(f64),
    /// Two numbers.
    Range(f64, f64),
    /// Another measure.
    Measure(MeasureAsk),
    /// The average over all.
    Average,
}

/// A text that is searched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TextSearch {
    /// The words, all of which must be found; a quoted text is one.
    pub(super) words: Vec<String>,
    /// Whether rows with it are left out.
    pub(super) not: bool,
}

/// Rows of something else that must be there, or must not be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Relation {
    /// Of what.
    pub(super) noun: Noun,
    /// Whether there must be none.
    pub(super) absent: bool,
}

/// Which way an order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// The largest or newest first.
    Descending,
    /// The smallest or oldest first.
    Ascending,
    /// The best first, whichever way that is.
    Best,
    /// The worst first.
    Worst,
    /// As one ranks them: the largest first, but for a measure that says otherwise.
    Ranked,
}

/// An order, and how many come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rank {
    /// Which way.
    pub(super) order: Order,
    /// How many; one where "the highest" is asked for; none where all are wanted in that order.
    pub(super) limit: Option<u64>,
}

/// Which change is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    /// Any.
    Any,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
}

impl Noun {
    /// The rows that measures are of.
    pub(super) fn of_rows(measures: &[(usize, usize, f64)], words: String) -> Self {
        let datasets = measures.iter().map(|(dataset, _, fit)| (*dataset, *fit)).collect();
        Self { datasets, entities: Vec::new(), words }
    }
}

impl Reading {
    /// Whether all that it refers to is there: the model may have changed since.
    pub(super) fn fits(&self, bound: &Bound) -> bool {
        let model = &bound.model;
        let dataset = |dataset: usize| dataset < model.datasets.len() && dataset < bound.tables.len();
        let field = |field: Field| match field {
            Field::Dimension(of, dimension) => dataset(of) && dimension < model.datasets[of].dimensions.len(),
            Field::Column(of, column) => dataset(of) && column < bound.tables[of].columns.len(),
            Field::Entity(entity, column) => model.entities.get(entity).is_some_and(|of| column < 2 + of.called.len()),
            Field::Time(of) => dataset(of),
        };
        let noun = |noun: &Noun| {
            noun.datasets.iter().all(|(of, _)| dataset(*of))
                && noun.entities.iter().all(|(entity, _)| *entity < model.entities.len())
        };
        let measure = |ask: &MeasureAsk| {
            ask.candidates.iter().all(|(of, measure, _)| dataset(*of) && *measure < model.datasets[*of].measures.len())
                && ask.rows_of.iter().all(|(of, _)| dataset(*of))
                && ask.fields.iter().all(|(of, _)| field(*of))
        };
        let asked = |ask: &FieldAsk| ask.candidates.iter().all(|(of, _)| field(*of));
        let condition = |condition: &Condition| {
            let with = match &condition.with {
                Operand::Measure(ask) => measure(ask),
                _ => true,
            };
            with && condition.of.as_ref().is_none_or(measure)
        };
        let group = |group: &Group| match group {
            Group::Field(ask) => asked(ask),
            Group::Entity(of) => noun(of),
            Group::Time(_) | Group::Cycle(_) => true,
        };
        self.measures.iter().all(measure)
            && self.nouns.iter().chain(&self.sized).all(noun)
            && self.groups.iter().chain(&self.within).chain(&self.per_of).chain(&self.per_each).all(group)
            && self.fields.iter().all(asked)
            && self.filters.iter().all(|filter| filter.candidates.iter().all(|(of, _, _)| field(*of)))
            && self.conditions.iter().all(condition)
            && self.relations.iter().all(|relation| noun(&relation.noun))
            && self.segments.iter().all(|(segment, _)| *segment < model.segments.len())
            && self.scores.iter().all(|score| *score < model.scores.len())
    }

    /// Whether nothing was asked for that data could answer.
    pub(super) fn is_empty(&self) -> bool {
        self.task.is_none()
            && self.measures.is_empty()
            && self.nouns.is_empty()
            && self.groups.is_empty()
            && self.fields.is_empty()
            && self.expected.is_none()
            && self.filters.is_empty()
            && self.conditions.is_empty()
            && self.segments.is_empty()
            && self.scores.is_empty()
            && self.relations.is_empty()
    }
}
