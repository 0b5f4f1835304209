//! Fields of an update: an absent one is kept, null clears it, a value sets it.

use async_graphql::MaybeUndefined;

use crate::services::ServiceError;

/// A field that always has a value.
///
/// # Errors
/// `BadInput` where it is null.
pub(super) fn kept_or_set<T>(field: &str, given: MaybeUndefined<T>) -> Result<Option<T>, ServiceError> {
    match given {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Err(ServiceError::bad_input(field, "cannot be null; leave it out to keep it")),
        MaybeUndefined::Value(value) => Ok(Some(value)),
    }
}

/// A field that may be without a value.
pub(super) fn kept_or_cleared_or_set<T>(given: MaybeUndefined<T>) -> Option<Option<T>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
