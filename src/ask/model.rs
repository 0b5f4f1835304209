//! The semantic model: what the tables of a scenario mean, in the words in which people ask for them.
//!
//! A pack writes it as YAML. Expressions are SQL over the columns of their own dataset; joins are found by the planner.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a scenario's tables mean.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// From when "last month" and the like are counted.
    #[serde(default)]
    pub as_of: AsOf,
    /// The tables.
    pub datasets: Vec<Dataset>,
    /// How they hang together.
    #[serde(default)]
    pub joins: Vec<Join>,
    /// What the rows are about: customers, projects, samples.
    #[serde(default)]
    pub entities: Vec<Entity>,
    /// Words for entities that fulfil a condition, such as "high-value".
    #[serde(default)]
    pub segments: Vec<Segment>,
    /// Rankings made of several measures, such as the risk that a customer leaves.
    #[serde(default)]
    pub scores: Vec<Score>,
}

/// From when relative times are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsOf {
    /// From the newest time in the data: they tell of a time that is over.
    #[default]
    Data,
    /// From now.
    Clock,
}

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// A word without spaces, which joins and entities refer to, such as `sales`.
    pub name: String,
    /// The data source that it is, by its name in the pack.
    pub source: Option<String>,
    /// Or the table that a TRANSFORM step makes, by its name.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// What its rows are called, in the plural: "support messages".
    pub label: String,
    /// Other words for its rows, in the singular or plural.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// The columns that tell one row from the others.
    #[serde(default)]
    pub key: Vec<String>,
    /// The column that says when; "per month" and "last quarter" mean it.
    pub time: Option<String>,
    /// What rows can be grouped and filtered by.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// What can be counted, added up or averaged. The number of rows can be without being named here.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// Columns of free text, which "about …" and "mentioning …" search.
    #[serde(default)]
    pub texts: Vec<String>,
}

/// What rows can be grouped and filtered by.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// A word without spaces.
    pub name: String,
    /// SQL over the dataset's columns; the column of that name where it is absent.
    pub expression: Option<String>,
    /// Other words for it.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// Other words for its values: `{ EMEA: [europe, european] }`. All values that the data hold are known anyway.
    #[serde(default)]
    pub values: BTreeMap<String, Vec<String>>,
}

/// What can be counted, added up or averaged.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// A word without spaces.
    pub name: String,
    /// SQL with an aggregate, over the dataset's columns: `sum(sales_amount)`.
    pub expression: String,
    /// SQL of one row's value, for distributions, outliers and other aggregates ("the median …"): `sales_amount`.
    pub value: Option<String>,
    /// What it is called in answers: "revenue".
    pub label: String,
    /// Other words for it.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// Its unit, such as `EUR`, `h` or `%`.
    pub unit: Option<String>,
    /// Which way is good, for "best" and "worst".
    #[serde(default)]
    pub better: Better,
    /// Whether "rank by" begins with the smallest value: a little of it is much of what is sought, as of a concentration that
    /// inhibits. Other measures are ranked from the largest on, good or bad.
    #[serde(default)]
    pub smallest_first: bool,
}

impl Measure {
    /// Whether it is a mean of its rows' values.
    pub(super) fn is_mean(&self) -> bool {
        is_mean(&self.expression)
    }

    /// Whether it is in units of time, from seconds to weeks.
    pub(super) fn is_duration(&self) -> bool {
        const TIMES: &[&str] = &["h", "hour", "hours", "d", "day", "days", "min", "minutes", "s", "seconds", "weeks"];
        self.unit.as_deref().is_some_and(|unit| TIMES.contains(&unit.to_lowercase().as_str()))
    }
}

/// Whether what is computed of rows is a mean: means of parts do not add up to that of the whole.
pub(super) fn is_mean(expression: &str) -> bool {
    expression.trim_start().to_lowercase().starts_with("avg(")
}

/// Which way is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    #[default]
    Higher,
    /// Less is better.
    Lower,
}

/// How two datasets hang together: rows of `left` belong to one row of `right`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// `dataset.column`; with `links`, the dataset alone.
    pub left: String,
    /// `dataset.column` of which each value stands once; with `links`, the dataset alone.
    pub right: String,
    /// Whether a LINK step has decided which rows belong together: `system.links` is between them then.
    #[serde(default)]
    pub links: bool,
}

/// What rows are about.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// In the singular: `customer`.
    pub name: String,
    /// Other words for it.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// The dataset that has one row for each.
    pub dataset: String,
    /// The column that identifies it there.
    pub key: String,
    /// The column with which it is shown.
    pub label: String,
    /// Further columns by whose values people call it: an e-mail address, a company.
    #[serde(default)]
    pub called: Vec<String>,
}

/// Entities that fulfil a condition.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// What they are called: "high-value".
    pub name: String,
    /// Other words: "valuable", "big", "key accounts".
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// Of which entity.
    pub entity: String,
    /// The measure that decides, as `dataset.measure`.
    pub measure: String,
    /// The share of all entities that belong to it, by the largest (or with `lowest` the smallest) values: 0.2.
    pub top_share: Option<f64>,
    /// Whether the smallest values are meant.
    #[serde(default)]
    pub lowest: bool,
    /// A condition on the value: `> 1000`.
    pub is: Option<String>,
    /// How it has changed in the last period, compared with the one before.
    pub change: Option<Change>,
}

/// How a value has changed between two periods that follow each other, the last of which ends with the data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// How long each period is, in days.
    pub days: u32,
    /// The change that counts at least, as a share of the earlier period: -0.4 is a fall by 40 % or more, 0.2 a rise by 20 %.
    pub by: f64,
}

/// A ranking of entities by several measures.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// What it is called: "churn risk".
    pub name: String,
    /// Other words: "likely to leave", "at risk".
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// Of which entity.
    pub entity: String,
    /// What it is made of. Each part is scaled to 0 to 1 over all entities, and weighed.
    pub parts: Vec<ScorePart>,
}

/// What a score is made of.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorePart {
    /// The measure, as `dataset.measure`.
    pub measure: String,
    /// How much it counts.
    pub weight: f64,
    /// Where the change of the measure counts, not its value: the length of each of the two periods, in days.
    pub change_days: Option<u32>,
    /// Whether smaller values make the score larger.
    #[serde(default)]
    pub lower_is_more: bool,
    /// The reason that it gives, in words: "orders have fallen".
    pub reason: String,
}
