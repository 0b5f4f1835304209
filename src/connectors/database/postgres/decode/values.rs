//! The values of a column as they come: fixed ones in a row, others one behind the other.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, NullBufferBuilder, PrimitiveArray, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, ArrowPrimitiveType};
use arrow::error::ArrowError;

use super::Rejections;

/// Values of fixed width.
pub(super) struct Values<T> {
    values: Vec<T>,
    nulls: NullBufferBuilder,
}

impl<T: ArrowNativeType> Values<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { values: Vec::with_capacity(capacity), nulls: NullBufferBuilder::new(capacity) }
    }

    #[inline]
    pub(super) fn push(&mut self, value: T) {
        self.values.push(value);
        self.nulls.append_non_null();
    }

    pub(super) fn push_null(&mut self) {
        self.values.push(T::default());
        self.nulls.append_null();
    }

    pub(super) fn finish<P: ArrowPrimitiveType<Native = T>>(&mut self) -> Result<PrimitiveArray<P>, ArrowError> {
        let capacity = self.values.len();
        let full = std::mem::replace(self, Self::new(capacity));
        PrimitiveArray::try_new(ScalarBuffer::from(full.values), full.nulls.build())
    }
}

/// Values of any length.
pub(super) struct Blobs {
    offsets: Vec<i32>,
    pub(super) bytes: Vec<u8>,
    nulls: NullBufferBuilder,
}

impl Blobs {
    pub(super) fn new(rows: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { offsets, bytes: Vec::with_capacity(bytes), nulls: NullBufferBuilder::new(rows) }
    }

    #[inline]
    pub(super) fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.end_value();
    }

    pub(super) fn end_value(&mut self) {
        // A batch ends long before 2 GB, and no field of PostgreSQL is longer than one.
        self.offsets.push(self.bytes.len() as i32);
        self.nulls.append_non_null();
    }

    pub(super) fn push_null(&mut self) {
        self.offsets.push(self.bytes.len() as i32);
        self.nulls.append_null();
    }

    fn take(&mut self) -> Self {
        let next = Self::new(self.offsets.len() - 1, self.bytes.len());
        std::mem::replace(self, next)
    }

    pub(super) fn finish_text(&mut self, rejections: &mut Rejections) -> Result<ArrayRef, ArrowError> {
        let full = self.take();
        if std::str::from_utf8(&full.bytes).is_err() {
            return Ok(full.valid_text(rejections));
        }
        let offsets = OffsetBuffer::new(ScalarBuffer::from(full.offsets));
        Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(full.bytes), full.nulls.build())?))
    }

    /// The texts that are UTF-8; the others become NULL.
    fn valid_text(mut self, rejections: &mut Rejections) -> ArrayRef {
        let nulls = self.nulls.finish();
        let texts = self.offsets.windows(2).enumerate().map(|(row, bounds)| {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                return None;
            }
            let text = std::str::from_utf8(&self.bytes[bounds[0] as usize..bounds[1] as usize]).ok();
            if text.is_none() {
                *rejections.entry("the bytes are not UTF-8").or_default() += 1;
            }
            text
        });
        Arc::new(texts.collect::<StringArray>())
    }

    pub(super) fn finish_bytes(&mut self) -> Result<ArrayRef, ArrowError> {
        let full = self.take();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(full.offsets));
        Ok(Arc::new(BinaryArray::try_new(offsets, Buffer::from_vec(full.bytes), full.nulls.build())?))
    }
}
