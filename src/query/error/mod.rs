//! What can go wrong with a query, one variant a situation.

mod from_datafusion;
mod words;

use std::any::Any;
use std::error::Error;

use datafusion::common::DataFusionError;

use self::from_datafusion::is_offset_overflow;
use self::words::{column_words, place_words, table_words};
use super::short::short;
use super::unplanned;

type BoxError = Box<dyn Error + Send + Sync>;

/// Why a query was refused, or why it stopped.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The text is not SQL.
    #[error("syntax error{}: {}", place_words(*line, *column), short(message))]
    Syntax {
        /// What was expected and what was found.
        message: String,
        /// Line of the error, from 1, if it is known.
        line: Option<u64>,
        /// Column of the error, from 1, if it is known.
        column: Option<u64>,
    },

    /// Nothing but blanks and comments.
    #[error("there is no statement in it")]
    NoStatement,

    /// More than one statement.
    #[error("one statement is run at a time, found {found}")]
    Statements {
        /// How many there are.
        found: usize,
    },

    /// The statement would change something, or is of no use on data that is only read.
    #[error(
        "{} is refused, only queries are run here (SELECT, WITH, VALUES, EXPLAIN, DESCRIBE, SHOW TABLES)",
        short(what)
    )]
    NotReadOnly {
        /// The kind of statement, for example `INSERT`.
        what: String,
    },

    /// The statement is longer than the setting allows.
    #[error("the statement has {bytes} bytes, at most {limit} are allowed (query.max_statement_bytes)")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The setting.
        limit: usize,
    },

    /// The statement is more complex than the setting allows.
    #[error("the statement has {operators} operators, at most {limit} are allowed (query.max_operators)")]
    TooComplex {
        /// Operators, comparisons, casts, joins and set operations.
        operators: usize,
        /// The setting.
        limit: usize,
    },

    /// The statement becomes a larger plan than the setting allows.
    #[error(
        "the statement has more than {limit} steps, with what its WITH names counted wherever it is used (query.max_plan_steps)"
    )]
    PlanTooLarge {
        /// The setting.
        limit: usize,
    },

    /// A step of the statement has more columns than the setting allows.
    #[error("a step of the statement has {columns} columns, at most {limit} are allowed (query.max_columns)")]
    TooManyColumns {
        /// How many it has.
        columns: usize,
        /// The setting.
        limit: usize,
    },

    /// A function would make more than the setting allows.
    #[error("{function} would make more than {mib} MiB at once, ask it for less or raise query.max_computed_mib")]
    TooMuchComputed {
        /// Its name.
        function: String,
        /// The setting.
        mib: u64,
    },

    /// The rows that are computed together hold more of one column than an array of them can.
    #[error(
        "the rows that are computed together would hold more than 2 GiB in one column, ask for shorter texts or fewer rows at once"
    )]
    TooMuchAtOnce,

    /// No such table, at least not for this viewer.
    #[error("there is no table {}{}", short(name), table_words(suggestions, schemas))]
    UnknownTable {
        /// As the statement has it.
        name: String,
        /// Tables with names like it.
        suggestions: Vec<String>,
        /// Schemas there are (the first ones), given where no table has a name like it.
        schemas: Vec<String>,
    },

    /// None of the tables in the statement has such a column.
    #[error("there is no column {}{}", short(name), column_words(suggestions, columns))]
    UnknownColumn {
        /// As the statement has it.
        name: String,
        /// Columns with names like it.
        suggestions: Vec<String>,
        /// Columns there are (the first ones), given where no column has a name like it.
        columns: Vec<String>,
    },

    /// No such function in FROM.
    #[error("there is no table function {} (known: generate_series, range, unnest)", short(name))]
    UnknownTableFunction {
        /// As the statement has it.
        name: String,
    },

    /// The statement cannot be planned: types do not fit, a function is unknown, something is not supported.
    #[error("{}", short(message))]
    Invalid {
        /// What does not fit.
        message: String,
    },

    /// A value could not be computed, for example after a division by zero.
    #[error("{}", short(message))]
    Execution {
        /// What could not be computed.
        message: String,
    },

    /// The query ran longer than it may.
    #[error("the query was stopped after {seconds} s, narrow it down or raise {setting}")]
    TimedOut {
        /// Its time limit.
        seconds: u64,
        /// The setting that holds the limit.
        setting: &'static str,
    },

    /// No place became free in time.
    #[error("{concurrent} queries are running already and none ended within {seconds} s, try again later")]
    Busy {
        /// How many run at once.
        concurrent: usize,
        /// How long it was waited.
        seconds: u64,
    },

    /// The query needs more memory or disk space than it may have.
    #[error("the query needs more memory or disk space than it may have, narrow it down or raise {setting}")]
    OutOfMemory {
        /// The setting to raise.
        setting: &'static str,
        /// Who asked for how much.
        #[source]
        cause: BoxError,
    },

    /// The rows do not fit into the file format.
    #[error("{format} cannot hold these rows: {reason}, use {instead} instead")]
    DoesNotFit {
        /// The format's name.
        format: &'static str,
        /// What does not fit.
        reason: String,
        /// A format that holds them.
        instead: &'static str,
    },

    /// The tables there are could not be looked up, or one could not be opened.
    #[error("could not open {what}")]
    Lookup {
        /// A table's or schema's name, or `the list of tables`.
        what: String,
        /// Why.
        #[source]
        cause: BoxError,
    },

    /// Something other than the statement is wrong: a lake file, the disk, our own code.
    #[error("the query failed")]
    Internal {
        /// Why.
        #[source]
        cause: BoxError,
    },
}

impl QueryError {
    /// Whether another statement, rather than another server, is what helps.
    pub fn is_users_fault(&self) -> bool {
        match self {
            Self::Syntax { .. }
            | Self::NoStatement
            | Self::Statements { .. }
            | Self::NotReadOnly { .. }
            | Self::TooLong { .. }
            | Self::TooComplex { .. }
            | Self::PlanTooLarge { .. }
            | Self::TooManyColumns { .. }
            | Self::TooMuchComputed { .. }
            | Self::TooMuchAtOnce
            | Self::UnknownTable { .. }
            | Self::UnknownColumn { .. }
            | Self::UnknownTableFunction { .. }
            | Self::Invalid { .. }
            | Self::Execution { .. }
            | Self::DoesNotFit { .. } => true,
            Self::TimedOut { .. }
            | Self::Busy { .. }
            | Self::OutOfMemory { .. }
            | Self::Lookup { .. }
            | Self::Internal { .. } => false,
        }
    }

    /// Whether a limit of this installation was reached; the text names the setting.
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::TimedOut { .. }
                | Self::Busy { .. }
                | Self::OutOfMemory { .. }
                | Self::TooLong { .. }
                | Self::TooComplex { .. }
                | Self::PlanTooLarge { .. }
                | Self::TooManyColumns { .. }
                | Self::TooMuchComputed { .. }
                | Self::TooMuchAtOnce
        )
    }

    /// What a plan fails with that was complete: a column that is missing then was lost on the way, in a subquery.
    pub(super) fn of_complete_plan(error: DataFusionError) -> Self {
        match Self::from(error) {
            Self::UnknownColumn { .. } => Self::Invalid { message: unplanned::SUBQUERY.to_owned() },
            other => other,
        }
    }

    /// What a panic of DataFusion or Arrow means, where it means something.
    pub(super) fn of_panic(panic: &(dyn Any + Send)) -> Option<Self> {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        text.filter(|text| is_offset_overflow(text)).map(|_| Self::TooMuchAtOnce)
    }

    pub(super) fn internal(cause: impl Into<BoxError>) -> Self {
        Self::Internal { cause: cause.into() }
    }
}
