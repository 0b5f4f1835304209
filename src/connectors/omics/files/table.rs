//! What all formats have in common: a table that is read from front to back.

use super::sink::Sink;
use super::version::Position;
use crate::sdk::ConnectorError;

/// A table of a file.
pub(super) trait Table {
    /// Gives the rows of the next line or record to the sink; `false` behind the last.
    ///
    /// # Errors
    /// What reading ran into.
    fn next(&mut self, sink: &mut Sink<'_>) -> Result<bool, ConnectorError>;

    /// Where it stands: before the next line or record.
    fn position(&self) -> Position;

    /// How much of it is read, 0 to 1.
    fn fraction(&self) -> f64;
}
