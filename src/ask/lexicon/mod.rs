//! The lexicon: what the words of a question can mean, in a model and in the data behind it.

mod cues;
mod named;
mod phrases;
mod spans;
mod superlatives;

use serde::{Deserialize, Serialize};

pub(super) use cues::Cue;
pub(super) use phrases::Phrases;
pub(super) use spans::{Span, spans};
pub(super) use superlatives::{is_superlative, spelled_out};

use super::time::TimeMeaning;

/// A field that rows can be grouped and filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Field {
    /// A dimension of a dataset.
    Dimension(usize, usize),
    /// A column of a dataset's table that the model does not name.
    Column(usize, usize),
    /// A column by which an entity is called: its label (0), its key (1), or another (2 and on).
    Entity(usize, usize),
    /// The time of a dataset.
    Time(usize),
}

/// A thing that a model knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Known {
    /// Rows of a dataset.
    Dataset(usize),
    /// A measure of a dataset.
    Measure(usize, usize),
    /// An entity.
    Entity(usize),
    /// A segment.
    Segment(usize),
    /// A score.
    Score(usize),
    /// A field.
    Field(Field),
}

/// What a piece of a question means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// Things of the model, each with how well the words fit.
    Known(Vec<(Known, f64)>),
    /// Values of fields, each with how well the words fit.
    Values(Vec<(Field, String, f64)>),
    /// What is to be done.
    Cue(Cue),
    /// A time.
    Time(TimeMeaning),
    /// A number, and whether it is a share of a hundred.
    Number(f64, bool),
    /// What stood between quotation marks.
    Quoted(String),
    /// A mark that separates or compares.
    Mark(char),
    /// A word that carries no meaning of its own here.
    Filler,
    /// A word that was not understood.
    Unknown,
}
