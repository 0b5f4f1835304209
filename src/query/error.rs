//! What can go wrong with a query, one variant a situation.

use std::any::Any;
use std::error::Error;

use arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;

use super::short::short;
use super::suggest::near;
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

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        if let Some(passed_through) = ours(&error) {
            return passed_through;
        }
        if let Some(setting) = exhausted(&error) {
            return Self::OutOfMemory { setting, cause: error.into() };
        }
        if overflows(error.find_root()) {
            return Self::TooMuchAtOnce;
        }
        let message = || plain(error.find_root());
        match error.find_root() {
            DataFusionError::SQL(cause, _) => syntax(cause),
            DataFusionError::SchemaError(cause, _) => schema_error(cause),
            DataFusionError::Plan(_) | DataFusionError::NotImplemented(_) | DataFusionError::Configuration(_) => {
                let message = message();
                Self::Invalid { message: unplanned::in_our_words(&message).unwrap_or(message) }
            }
            DataFusionError::Execution(_) => Self::Execution { message: message() },
            DataFusionError::ArrowError(cause, _) => match cause.as_ref() {
                ArrowError::IoError(..)
                | ArrowError::ExternalError(_)
                | ArrowError::CDataInterface(_)
                | ArrowError::ParquetError(_)
                | ArrowError::IpcError(_) => Self::internal(error),
                computing => Self::Execution { message: plain_arrow(computing) },
            },
            _ => Self::internal(error),
        }
    }
}

impl From<ArrowError> for QueryError {
    fn from(error: ArrowError) -> Self {
        Self::from(DataFusionError::from(error))
    }
}

/// One of our own errors that DataFusion carried from a table or a function of ours up to here.
fn ours(error: &DataFusionError) -> Option<QueryError> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        match error.downcast_ref::<QueryError>() {
            Some(QueryError::Lookup { what, cause }) => {
                return Some(QueryError::Lookup { what: what.clone(), cause: cause.to_string().into() });
            }
            Some(QueryError::TooMuchComputed { function, mib }) => {
                return Some(QueryError::TooMuchComputed { function: function.clone(), mib: *mib });
            }
            _ => {}
        }
        next = error.source();
    }
    None
}

/// The setting to raise, if memory or disk space is used up. Spilling wraps its own limit in an I/O error,
/// from which only the words are left.
fn exhausted(error: &DataFusionError) -> Option<&'static str> {
    if error.to_string().contains("disk space during the spilling process") {
        return Some("query.spill_mib");
    }
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)).then_some("query.memory_mib")
}

/// Whether a column has become too long for the offsets that its array is made of.
fn overflows(error: &DataFusionError) -> bool {
    match error {
        DataFusionError::Execution(text) => is_offset_overflow(text),
        DataFusionError::External(cause) => cause.to_string().ends_with("panicked with message \"offset overflow\""),
        DataFusionError::ArrowError(cause, _) => match cause.as_ref() {
            ArrowError::OffsetOverflowError(_) => true,
            ArrowError::InvalidArgumentError(text) | ArrowError::ComputeError(text) => is_offset_overflow(text),
            _ => false,
        },
        _ => false,
    }
}

fn is_offset_overflow(text: &str) -> bool {
    ["offset overflow", "byte array offset overflow", "Offset overflow"].iter().any(|words| text.starts_with(words))
}

fn syntax(cause: &ParserError) -> QueryError {
    let text = match cause {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
        ParserError::RecursionLimitExceeded => "the statement is nested too deeply".to_owned(),
    };
    let (message, line, column) = match text.rsplit_once(" at Line: ") {
        Some((message, place)) => {
            let (line, column) = place.split_once(", Column: ").unwrap_or((place, ""));
            (message.to_owned(), line.trim().parse().ok(), column.trim().parse().ok())
        }
        None => (text, None, None),
    };
    QueryError::Syntax { message, line, column }
}

fn schema_error(error: &SchemaError) -> QueryError {
    let (field, valid_fields) = match error {
        SchemaError::FieldNotFound { field, valid_fields } => (field, valid_fields),
        SchemaError::AmbiguousReference { field } if field.relation.is_none() => {
            return QueryError::Invalid { message: unplanned::ambiguous(&field.name) };
        }
        SchemaError::AmbiguousReference { field } => {
            return QueryError::Invalid { message: unplanned::same_name(&field.name) };
        }
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            return QueryError::Invalid { message: unplanned::same_name(name) };
        }
    };
    let names: Vec<&str> = valid_fields.iter().map(Column::name).collect();
    let near: Vec<&str> = near(&field.name, names.iter().copied());
    let suggestions: Vec<String> = if near.is_empty() {
        Vec::new()
    } else {
        let mut full: Vec<String> =
            near.iter().flat_map(|name| valid_fields.iter().filter(|field| field.name == **name)).map(dotted).collect();
        full.dedup();
        full.truncate(5);
        full
    };
    let columns = if suggestions.is_empty() { valid_fields.iter().take(12).map(dotted).collect() } else { Vec::new() };
    QueryError::UnknownColumn { name: dotted(field), suggestions, columns }
}

fn dotted(column: &Column) -> String {
    match &column.relation {
        Some(relation) => format!("{relation}.{}", column.name),
        None => column.name.clone(),
    }
}

/// The text without the class of error before it and the backtrace behind it.
fn plain(error: &DataFusionError) -> String {
    let text = match error {
        DataFusionError::Plan(text)
        | DataFusionError::NotImplemented(text)
        | DataFusionError::Configuration(text)
        | DataFusionError::Execution(text) => text.clone(),
        other => other.strip_backtrace(),
    };
    let text = text.split(DataFusionError::BACK_TRACE_SEP).next().unwrap_or_default();
    // Errors about arguments of functions quote other errors, with an invitation to report a bug among them.
    let mut text = text.replace("Error during planning: ", "").replace("Internal error: ", "");
    if let Some((before, after)) = text.split_once("\nThis issue was likely caused by a bug")
        && let Some((_, after)) = after.split_once("/issues.")
    {
        text = format!("{}.{after}", before.trim_end_matches('.'));
    }
    lower_first(text.trim().trim_end_matches('.'))
}

fn plain_arrow(error: &ArrowError) -> String {
    match error {
        ArrowError::DivideByZero => "division by zero".to_owned(),
        ArrowError::ArithmeticOverflow(text) => format!("arithmetic overflow: {text}"),
        ArrowError::CastError(text)
        | ArrowError::ParseError(text)
        | ArrowError::ComputeError(text)
        | ArrowError::InvalidArgumentError(text) => lower_first(text),
        other => other.to_string(),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

fn place_words(line: Option<u64>, column: Option<u64>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(" at line {line}, column {column}"),
        (Some(line), None) => format!(" at line {line}"),
        _ => String::new(),
    }
}

fn table_words(suggestions: &[String], schemas: &[String]) -> String {
    match (suggestions, schemas) {
        ([], []) => ", SHOW TABLES lists those there are".to_owned(),
        ([], schemas) => format!(", SHOW TABLES lists those there are (schemas: {})", schemas.join(", ")),
        (suggestions, _) => format!(", did you mean {}", suggestions.join(" or ")),
    }
}

fn column_words(suggestions: &[String], columns: &[String]) -> String {
    match (suggestions, columns) {
        ([], []) => String::new(),
        ([], columns) => format!(" (columns: {})", columns.join(", ")),
        (suggestions, _) => format!(", did you mean {}", suggestions.join(" or ")),
    }
}
