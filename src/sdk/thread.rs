//! Work that waits for files, away from what must not wait.

use super::ConnectorError;

/// Does work that waits for files on a thread that may.
///
/// # Errors
/// The work's; `Unreachable` where the thread ends before it.
pub async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ConnectorError> + Send + 'static,
) -> Result<T, ConnectorError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ConnectorError::unreachable("looking at files was broken off", error))?
}
