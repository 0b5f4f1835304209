//! Damage that a format's library does not expect, and gives up on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sdk::ConnectorError;

/// Does something with a file, which users call `place`.
///
/// # Errors
/// What the work ran into; `Data` where it panicked.
pub(super) fn caught<T>(place: &str, work: impl FnOnce() -> Result<T, ConnectorError>) -> Result<T, ConnectorError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = "the file is damaged in a way that its reader does not understand";
        Err(ConnectorError::data(place, message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_of_its_file() {
        assert_eq!(caught("a.bcf", || Ok(1)).unwrap(), 1);
        let error = caught::<()>("a.bcf", || panic!("out of bounds")).unwrap_err().to_string();
        assert!(error.contains("a.bcf") && error.contains("is damaged"), "{error}");
    }
}
