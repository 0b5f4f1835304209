//! The end of a batch, the same for all databases whose values are read one by one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, Schema};

use crate::sdk::{ConnectorError, ReadEvent, RejectedValue};

/// Values that became NULL since the last batch, counted by column and reason.
#[derive(Default)]
pub(super) struct Rejections(Vec<RejectedValue>);

impl Rejections {
    /// One more value of `column`.
    pub(super) fn count(&mut self, column: &str, reason: &str) {
        match self.0.iter_mut().find(|known| known.column == column && known.reason == reason) {
            Some(known) => known.count += 1,
            None => self.0.push(RejectedValue { column: column.to_owned(), reason: reason.to_owned(), count: 1 }),
        }
    }
}

/// What is to be sent: a new schema where it changed, or where a required column turned out to have gaps; the rows; and
/// what was rejected among them.
///
/// # Errors
/// `Data` where the columns do not match the fields.
pub(super) fn events(
    fields: &mut [FieldRef],
    columns: Vec<ArrayRef>,
    mut schema_changed: bool,
    rejections: &mut Rejections,
) -> Result<Vec<ReadEvent>, ConnectorError> {
    for (field, column) in fields.iter_mut().zip(&columns) {
        if !field.is_nullable() && column.null_count() > 0 {
            *field = Arc::new(field.as_ref().clone().with_nullable(true));
            schema_changed = true;
        }
    }
    let schema = Arc::new(Schema::new(fields.to_vec()));
    let mut events = Vec::with_capacity(3);
    if schema_changed {
        events.push(ReadEvent::Schema(Arc::clone(&schema)));
    }
    let rows = RecordBatch::try_new(schema, columns).map_err(|cause| ConnectorError::Data {
        place: "a batch of rows".into(),
        message: "the columns do not match".into(),
        cause: Some(cause.into()),
    })?;
    events.push(ReadEvent::Batch(rows));
    events.extend(rejections.0.drain(..).map(ReadEvent::RejectedValue));
    Ok(events)
}
