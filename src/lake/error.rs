//! What can go wrong in the lake, one variant a situation.

use std::error::Error;
use std::io;

use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;

type BoxError = Box<dyn Error + Send + Sync>;

/// Why the lake could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The lake's root cannot be used at all.
    #[error("lake root {root} cannot be used: {reason}")]
    InvalidRoot { root: String, reason: String },

    /// The table does not exist (yet).
    #[error("lake table {table} does not exist yet, sync its source first")]
    NoTable { table: String },

    /// Another writer has committed since this one began; this one must stop.
    #[error("another writer has taken over {table}: it stands at {}, this writer expected {}", sequence_words(*found), sequence_words(*expected))]
    LeaseLost { table: String, expected: Option<i64>, found: Option<i64> },

    /// The table changed in a way that this commit does not fit on any more.
    #[error("{table} changed meanwhile: {reason}, plan the change again")]
    Conflict { table: String, reason: String },

    /// A staged file of a commit is not there, or not as it was written.
    #[error("staged file {path} of {table} is missing or changed, read the source again")]
    StagedFileLost { table: String, path: String },

    /// A staged file of a commit was written when a column had another type.
    #[error(
        "column {column} of staged file {path} of {table} is {staged}, it is {expected} now, read the source again"
    )]
    StagedFileOutdated { table: String, path: String, column: String, staged: String, expected: String },

    /// The disk or the quota is used up.
    #[error("no space left at {location}, make room there and sync again")]
    Full {
        location: String,
        #[source]
        cause: BoxError,
    },

    /// The process may not read or write there.
    #[error("access to {location} is denied, check its permissions and credentials")]
    Denied {
        location: String,
        #[source]
        cause: BoxError,
    },

    /// A column's type has no exact place in a lake table.
    #[error("column {column} is {data_type}, which a lake table cannot hold, convert it first")]
    UnsupportedType { column: String, data_type: DataType },

    /// A schema that no table can have.
    #[error("the schema of {table} is not valid: {reason}")]
    InvalidSchema { table: String, reason: String },

    /// A column's type differs from the table's.
    #[error("column {column} of {table} is {expected}, the rows say {found}")]
    SchemaMismatch { table: String, column: String, expected: String, found: String },

    /// What was asked of the table makes no sense to what reads it, now or later.
    #[error(
        "could not {action} {location}, and trying again does not help; report it with what the table's columns are"
    )]
    Senseless {
        action: &'static str,
        location: String,
        #[source]
        cause: BoxError,
    },

    /// Reading or writing the store failed.
    #[error("could not {action} {location}")]
    Storage {
        action: &'static str,
        location: String,
        #[source]
        cause: BoxError,
    },
}

impl LakeError {
    /// Tells a full disk, a refused access and a senseless question from all other failures, by the cause's own causes.
    pub(crate) fn storage(action: &'static str, location: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        let location = location.into();
        let cause = cause.into();
        match diagnose(cause.as_ref()) {
            Some(Diagnosis::Full) => Self::Full { location, cause },
            Some(Diagnosis::Denied) => Self::Denied { location, cause },
            Some(Diagnosis::Senseless) => Self::Senseless { action, location, cause },
            None => Self::Storage { action, location, cause },
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Storage { .. } | Self::Conflict { .. })
    }
}

enum Diagnosis {
    Full,
    Denied,
    Senseless,
}

fn diagnose(error: &(dyn Error + 'static)) -> Option<Diagnosis> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => return Some(Diagnosis::Full),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => return Some(Diagnosis::Denied),
                _ => {}
            }
            // An io::Error that wraps another error names only that one's causes as its source.
            if let Some(found) = error.get_ref().and_then(|inner| diagnose(inner)) {
                return Some(found);
            }
        }
        if let Some(object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }) =
            error.downcast_ref::<object_store::Error>()
        {
            return Some(Diagnosis::Denied);
        }
        if let Some(
            DataFusionError::Plan(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Internal(_),
        ) = error.downcast_ref::<DataFusionError>()
        {
            return Some(Diagnosis::Senseless);
        }
        next = error.source();
    }
    None
}

fn sequence_words(sequence: Option<i64>) -> String {
    sequence.map_or_else(|| "no sequence".to_owned(), |sequence| format!("sequence {sequence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_found_below_other_errors() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let wrapped = io::Error::other(object_store::Error::Generic { store: "local", source: Box::new(full) });
        let error = LakeError::storage("write", "/lake", wrapped);
        assert!(matches!(error, LakeError::Full { .. }), "{error:?}");
        assert_eq!(error.to_string(), "no space left at /lake, make room there and sync again");
    }

    #[test]
    fn a_plan_that_makes_no_sense_is_not_tried_again() {
        let twice = DataFusionError::Plan("two columns are called at".to_owned());
        let error = LakeError::storage("merge into", "/lake", twice.context("a join"));
        assert!(matches!(error, LakeError::Senseless { .. }) && !error.is_transient(), "{error:?}");
        let gone = DataFusionError::IoError(io::Error::from(io::ErrorKind::ConnectionReset));
        assert!(LakeError::storage("merge into", "/lake", gone).is_transient());
    }

    #[test]
    fn a_lost_lease_names_both_sequences() {
        let error = LakeError::LeaseLost { table: "shop/orders".into(), expected: None, found: Some(3) };
        assert_eq!(
            error.to_string(),
            "another writer has taken over shop/orders: it stands at sequence 3, this writer expected no sequence"
        );
    }
}
