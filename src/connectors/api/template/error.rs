//! Why a template gives no value.

use std::error::Error as _;
use std::fmt;

use minijinja::{Error, ErrorKind};

/// What went wrong; the reference goes on differently after each.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(in super::super) enum TemplateError {
    /// It is no template.
    #[error("not a template: {0}")]
    Syntax(String),
    /// It used what is not there; a default may stand in.
    #[error("{}{what} in {template}", .written.as_ref().map(|written| format!("{written}: ")).unwrap_or_default())]
    Undefined { what: String, template: String, written: Option<Written> },
    /// It mixed types that do not go together: the reference then takes the template's own text for its value.
    #[error("{0}")]
    Types(String),
    /// It looks up what the reference gives templates no more; the configuration is to blame for that there.
    #[error("`stream_state` cannot be used in templates any more, use `stream_interval`")]
    StreamState,
    /// It failed for any other reason.
    #[error("{0}")]
    Failed(String),
}

/// Where in a manifest a template is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Written {
    pub(in super::super) field: String,
    pub(in super::super) line: u64,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (line {})", self.field, self.line)
    }
}

/// Marks an error of the engine as one that Python would raise as `ValueError`.
#[derive(Debug, thiserror::Error)]
#[error("the value is not one that this can be done with")]
struct WrongValue;

impl TemplateError {
    pub(super) fn syntax(error: &Error) -> Self {
        Self::Syntax(error.detail().map_or_else(|| error.to_string(), str::to_owned))
    }

    /// The same with the place in the manifest, where that is worth a word.
    pub(super) fn at(self, place: Option<&Written>) -> Self {
        let Some(place) = place else { return self };
        match self {
            Self::Undefined { what, template, .. } => Self::Undefined { what, template, written: Some(place.clone()) },
            Self::Failed(words) => Self::Failed(format!("{place}: {words}")),
            other => other,
        }
    }

    /// Tells what the engine's error would have been in Python.
    pub(super) fn of_engine(error: &Error) -> Self {
        let words = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        // What cannot be calculated, as a division by zero, is no mixture of types.
        let is_beyond = words.starts_with("unable to calculate");
        if is_beyond || error.source().is_some_and(|source| source.is::<WrongValue>()) {
            return Self::Failed(words);
        }
        match error.kind() {
            ErrorKind::UndefinedError | ErrorKind::UnknownMethod => {
                Self::Undefined { what: words, template: String::new(), written: None }
            }
            ErrorKind::SyntaxError | ErrorKind::UnknownFilter | ErrorKind::UnknownTest => Self::Syntax(words),
            ErrorKind::InvalidOperation
            | ErrorKind::NonPrimitive
            | ErrorKind::NonKey
            | ErrorKind::TooManyArguments
            | ErrorKind::MissingArgument
            | ErrorKind::CannotUnpack => Self::Types(words),
            _ => Self::Failed(words),
        }
    }
}

/// Python's `TypeError`.
pub(super) fn wrong_type(words: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, words.into())
}

/// Python's `ValueError`.
pub(super) fn wrong_value(words: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, words.into()).with_source(WrongValue)
}

/// Jinja's `UndefinedError`.
pub(super) fn undefined() -> Error {
    Error::new(ErrorKind::UndefinedError, "a value is used that is not there")
}
