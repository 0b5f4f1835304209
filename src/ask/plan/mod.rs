//! The plan: what is computed from which tables to answer a question.

mod changing;
mod choose;
mod compared;
mod decide;
mod doubt;
mod extremes;
mod figures;
mod filters;
mod grouped;
mod insights;
mod joins;
mod kept;
mod listed;
mod means;
mod shares;
mod sides;
mod times;

use super::lexicon::Field;
use super::model::is_mean;
use super::reading::{Change, Operator, TextSearch};
use super::time::{Cycle, Grain, Period, Recurring};
use super::{Better, Bound, Model};

pub(super) use decide::plan;
pub(super) use doubt::{Doubt, hostile};
pub(super) use joins::{ends, path, up_path};

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// What kind of answer it is.
    pub(super) kind: Kind,
    /// What the rows of the answer are about.
    pub(super) subject: Subject,
    /// The numbers.
    pub(super) figures: Vec<Figure>,
    /// What they are broken down by.
    pub(super) groups: Vec<PlanGroup>,
    /// How many of the groups, from the first on, have an order and a limit of their own within each of them.
    pub(super) within: usize,
    /// What rows must fulfil.
    pub(super) filters: Vec<PlanFilter>,
    /// Conditions on numbers.
    pub(super) conditions: Vec<PlanCondition>,
    /// From when until when.
    pub(super) period: Option<Period>,
    /// The period that it is compared with.
    pub(super) earlier: Option<Period>,
    /// Days of the week, hours or months that alone count.
    pub(super) recurring: Vec<Recurring>,
    /// The order: which figure (or the time, where it is none), and which way.
    pub(super) order: Option<(OrderBy, bool)>,
    /// How many rows at most.
    pub(super) limit: Option<u64>,
    /// Whether shares of the whole are given.
    pub(super) share: bool,
    /// What the first few of are to have a share together: `limit` says how many, and `order` which. They are none of the groups.
    pub(super) first_of: Vec<PlanGroup>,
    /// Which of the filters and conditions the whole of a share fulfils, too.
    pub(super) whole: Fulfilled,
    /// Whether groups without a name are left out: nobody asks which of them comes first.
    pub(super) named_groups: bool,
    /// What the mean is taken over: of the figures of each of these. They are none of the groups.
    pub(super) mean_over: Vec<PlanGroup>,
    /// Whether the first of two figures is divided by the second, which is of other rows.
    pub(super) ratio: bool,
    /// Whether a running total is given.
    pub(super) cumulative: bool,
    /// What was assumed, in words.
    pub(super) assumptions: Vec<String>,
    /// How sure the plan is, 0 to 1.
    pub(super) confidence: f64,
}

/// What kind of answer is given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Numbers, alone or by groups.
    Figures,
    /// A course of time.
    Trend,
    /// One period beside another.
    Periods,
    /// A change from step to step, or of groups between two periods.
    Change(Change),
    /// Rows.
    Rows { columns: Vec<Field> },
    /// Rows' newest or oldest time.
    Moment { newest: bool },
    /// Whether two figures go together, for each entity or each step of time.
    Correlation { per: Pairing },
    /// How values are spread.
    Distribution,
    /// What is unusual in a course of time.
    UnusualTimes,
    /// Which rows are unusual, within their groups.
    UnusualRows,
    /// What comes next.
    Forecast { steps: usize },
    /// A ranking by a score.
    Score(usize),
    /// All about one entity.
    Profile { entity: usize },
    /// Rows that are there twice.
    Duplicates { by: Vec<String> },
    /// The sources.
    Catalogue(Catalogue),
}

/// What is asked about the tables themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Catalogue {
    /// Which there are.
    Sources,
    /// Which of them hold something of that name.
    Holding(String),
    /// Their columns.
    Columns,
    /// When they were last read.
    Freshness,
    /// How many rows they have.
    Rows,
    /// What can be asked.
    Help,
}

/// What the pairs of a correlation are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairing {
    /// One for each entity.
    Entity(usize),
    /// One for each step of time.
    Time(Grain),
    /// One for each value of a field that both have.
    Field,
    /// One for each row of the one dataset that both are of.
    Rows,
}

/// What the rows of an answer are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Rows of a dataset.
    Dataset(usize),
    /// Entities.
    Entity(usize),
}

/// A number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    /// Of which dataset.
    pub(super) dataset: usize,
    /// SQL with an aggregate over the dataset's columns.
    pub(super) expression: String,
    /// SQL of one row's value, where there is one.
    pub(super) value: Option<String>,
    /// The name of its column.
    pub(super) name: String,
    /// What it is called in answers.
    pub(super) label: String,
    /// Its unit.
    pub(super) unit: Option<String>,
    /// Which way is good.
    pub(super) better: Better,
    /// Whether it is ranked from the smallest on.
    pub(super) smallest_first: bool,
    /// Whether groups add up to the whole.
    pub(super) additive: bool,
    /// Whether it counts rows of its dataset.
    pub(super) counts: bool,
    /// Where it is the share of some rows among all: what those fulfil. The expression is that of all, then.
    pub(super) part: Option<Fulfilled>,
}

impl Figure {
    /// Whether it is a mean of its rows' values.
    pub(super) fn is_mean(&self) -> bool {
        is_mean(&self.expression)
    }

    /// It is reckoned from aggregates now: no row has a value of it, and its groups do not add up.
    pub(super) fn becomes_derived(&mut self) {
        self.value = None;
        self.additive = false;
        self.counts = false;
    }
}

/// Filters and conditions that rows fulfil.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fulfilled {
    /// The filters.
    pub(super) filters: Vec<PlanFilter>,
    /// The conditions on numbers.
    pub(super) conditions: Vec<PlanCondition>,
}

/// What figures are broken down by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PlanGroup {
    /// The values of a field: the likeliest first; which one is taken depends on the figure's dataset.
    Field { fields: Vec<Field>, name: String, label: String },
    /// Entities.
    Entity(usize),
    /// Units of time.
    Time(Grain),
    /// Parts of time.
    Cycle(Cycle),
}

/// What rows must fulfil.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PlanFilter {
    /// A field has one of these values; which field depends on the dataset.
    Values { fields: Vec<(Field, Vec<String>)>, not: bool, words: String },
    /// A field has no value, or has one.
    Missing { fields: Vec<Field>, not: bool, words: String },
    /// A text is found.
    Text { search: TextSearch },
    /// Rows that a measure counts: its condition, as the model writes it.
    Counted { dataset: usize, condition: String, words: String },
    /// The entity belongs to a segment, or does not.
    Segment { segment: usize, not: bool },
    /// Rows of another dataset are there for it, or are not.
    Related { dataset: usize, absent: bool, words: String },
}

/// A condition on a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlanCondition {
    /// Which number.
    pub(super) of: Compared,
    /// How.
    pub(super) operator: Operator,
    /// With what.
    pub(super) with: ComparedWith,
    /// In words.
    pub(super) words: String,
}

/// The number that a condition is on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Compared {
    /// A figure of each group.
    Figure(Figure),
    /// A value of each row: SQL over the dataset's columns.
    Row { dataset: usize, expression: String },
    /// A field of each row.
    Field(Field),
}

/// What a condition compares with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ComparedWith {
    /// A number.
    Number(f64),
    /// Two numbers.
    Range(f64, f64),
    /// Another figure.
    Figure(Figure),
    /// The average over all.
    Average,
}

/// What rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderBy {
    /// The figure at that place.
    Figure(usize),
    /// The time.
    Time,
}

impl Plan {
    /// A plan of that kind about that subject, with nothing else.
    pub(super) fn new(kind: Kind, subject: Subject) -> Self {
        Self {
            kind,
            subject,
            figures: Vec::new(),
            groups: Vec::new(),
            within: 0,
            filters: Vec::new(),
            conditions: Vec::new(),
            period: None,
            earlier: None,
            recurring: Vec::new(),
            order: None,
            limit: None,
            share: false,
            first_of: Vec::new(),
            whole: Fulfilled::default(),
            named_groups: false,
            mean_over: Vec::new(),
            ratio: false,
            cumulative: false,
            assumptions: Vec::new(),
            confidence: 1.,
        }
    }

    /// What its first number is called.
    pub(super) fn label(&self) -> String {
        match self.figures.as_slice() {
            [one, other, ..] if self.ratio => format!("{} per {}", one.label, other.label),
            [figure, ..] if !self.mean_over.is_empty() => format!("average {}", figure.label),
            [figure, ..] => figure.label.clone(),
            [] => "value".to_owned(),
        }
    }

    /// The unit of its first number.
    pub(super) fn unit(&self) -> Option<&str> {
        self.figures.first().filter(|_| !self.ratio).and_then(|figure| figure.unit.as_deref())
    }

    /// The unit of time that it is broken down by.
    pub(super) fn grain(&self) -> Option<Grain> {
        self.groups.iter().find_map(|group| match group {
            PlanGroup::Time(grain) => Some(*grain),
            _ => None,
        })
    }
}

impl Subject {
    /// The dataset that has one row for each.
    pub(super) fn dataset(self, model: &Model) -> usize {
        match self {
            Self::Dataset(dataset) => dataset,
            Self::Entity(entity) => dataset_of(model, &model.entities[entity].dataset).unwrap_or(0),
        }
    }

    /// What several of it are called.
    pub(super) fn plural(self, model: &Model) -> String {
        match self {
            Self::Dataset(dataset) => model.datasets[dataset].label.clone(),
            Self::Entity(entity) => plural(&model.entities[entity].name),
        }
    }
}

/// The place of a dataset of that name.
pub(super) fn dataset_of(model: &Model, name: &str) -> Option<usize> {
    model.datasets.iter().position(|dataset| dataset.name == name)
}

/// The dataset that a field is of.
pub(super) fn dataset_of_field(bound: &Bound, field: Field) -> Option<usize> {
    match field {
        Field::Dimension(dataset, _) | Field::Column(dataset, _) | Field::Time(dataset) => Some(dataset),
        Field::Entity(entity, _) => dataset_of(&bound.model, &bound.model.entities.get(entity)?.dataset),
    }
}

/// The name of a field, as the column of an answer.
pub(super) fn field_name(bound: &Bound, field: Field) -> String {
    let name = match field {
        Field::Dimension(dataset, dimension) => {
            bound.model.datasets.get(dataset).and_then(|of| of.dimensions.get(dimension)).map(|of| of.name.clone())
        }
        Field::Column(dataset, column) => {
            bound.tables.get(dataset).and_then(|table| table.columns.get(column)).map(|(name, _)| name.clone())
        }
        Field::Time(dataset) => bound.model.datasets.get(dataset).and_then(|of| of.time.clone()),
        Field::Entity(entity, column) => bound.model.entities.get(entity).map(|of| match column {
            0 => of.label.clone(),
            1 => of.key.clone(),
            other => of.called.get(other - 2).cloned().unwrap_or_else(|| of.label.clone()),
        }),
    };
    name.unwrap_or_default()
}

/// A name in words: "sales_rep" as "sales rep".
pub(super) fn in_words(name: &str) -> String {
    name.replace('_', " ")
}

/// The plural of a noun.
pub(super) fn plural(noun: &str) -> String {
    let vowel_before = noun.chars().rev().nth(1).is_some_and(|letter| "aeiou".contains(letter));
    match noun {
        "person" => "people".to_owned(),
        "series" | "species" => noun.to_owned(),
        noun if noun.ends_with('s') || noun.ends_with('x') || noun.ends_with("ch") || noun.ends_with("sh") => {
            format!("{noun}es")
        }
        noun if noun.ends_with('y') && !vowel_before => format!("{}ies", &noun[..noun.len() - 1]),
        noun => format!("{noun}s"),
    }
}
