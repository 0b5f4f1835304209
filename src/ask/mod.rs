//! Asking: a question in plain English becomes a typed analysis plan over a semantic model, and then SQL or an insight.
//!
//! The built-in planner needs no language model and never invents: what it is not sure of, it asks back.

mod answer;
mod derived;
pub mod insight;
pub mod language_model;
mod lexicon;
mod model;
mod plan;
mod reading;
mod sql;
#[cfg(test)]
mod tests;
mod time;
mod values;
mod words;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::query::{QueryError, QueryOutput};

pub use answer::{AskError, LONGEST_QUESTION, answer};
pub use model::{AsOf, Better, Change, Dataset, Dimension, Entity, Join, Measure, Model, Score, ScorePart, Segment};
pub(crate) use sql::measure_named;
pub use values::Values;

/// Where statements are run: the tables of one viewer, behind the gate and within the limits of SQL.
#[async_trait]
pub trait Data: Send + Sync {
    /// The rows of a read-only statement.
    ///
    /// # Errors
    /// The statement's own.
    async fn rows(&self, sql: &str, limit: u64) -> Result<QueryOutput, QueryError>;
}

/// A semantic model with the tables that its datasets are.
#[derive(Clone, Debug)]
pub struct Bound {
    /// What the tables mean.
    pub model: Model,
    /// For each dataset of the model, in its order, what is known of its table.
    pub tables: Vec<BoundTable>,
}

/// A dataset's table.
#[derive(Clone, Debug)]
pub struct BoundTable {
    /// Its name in SQL, such as `crm.customers`.
    pub name: String,
    /// The name of its data source, for answers and for `system.links`; that of its step's table where a workflow made it.
    pub source: String,
    /// The id of its data source, where it has one.
    pub source_id: Option<String>,
    /// Its columns with their types, as SQL calls them.
    pub columns: Vec<(String, String)>,
    /// When it was last read, for "how fresh is …".
    pub last_updated: Option<chrono::DateTime<chrono::Utc>>,
    /// How many rows it has, where that is known.
    pub rows: Option<u64>,
    /// The connector that it comes from, by its name.
    pub connector: Option<String>,
}

/// What a conversation remembers of its last question, so that "and by region?" is understood. It is kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory(pub Value);

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// How the question was understood, in words.
    pub interpretation: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// Whether it asks back instead of answering; `suggestions` are readings to choose from then.
    pub needs_clarification: bool,
    /// The statement that was run.
    pub sql: Option<String>,
    /// Its rows.
    pub result: Option<QueryOutput>,
    /// A Vega-Lite specification without data; the rows of `result` are its data.
    pub chart: Option<Value>,
    /// The answer in a sentence or a few, with the numbers in it.
    pub summary: String,
    /// The datasets of the model that were read, by their places.
    pub datasets: Vec<usize>,
    /// What could be asked next, or the readings to choose from.
    pub suggestions: Vec<String>,
    /// `planner`, or the language model's name.
    pub engine: String,
    /// What the next question may refer to.
    pub memory: Memory,
}
