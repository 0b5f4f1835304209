//! What DataFusion's and Arrow's errors mean for who wrote the statement.

use std::error::Error;

use arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;

use super::QueryError;
use crate::query::suggest::near_names;
use crate::query::unplanned;

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

pub(super) fn is_offset_overflow(text: &str) -> bool {
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
    let near: Vec<&str> = near_names(&field.name, names.iter().copied());
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
