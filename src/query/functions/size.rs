//! How many bytes values take, row by row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

/// What an element of a list takes besides its own bytes.
const ELEMENT: u64 = 8;

/// One number a row, or the same for all rows.
pub(super) enum Amounts<T> {
    Same(T),
    Each(Vec<T>),
}

impl<T: Copy> Amounts<T> {
    pub(super) fn of(&self, row: usize) -> T {
        match self {
            Self::Same(amount) => *amount,
            Self::Each(amounts) => amounts[row],
        }
    }
}

/// The bytes of each row's value; NULL takes none of its own.
pub(super) fn sizes(value: &ColumnarValue) -> Result<Amounts<u64>> {
    Ok(match value {
        ColumnarValue::Array(array) => Amounts::Each(of_array(array)),
        ColumnarValue::Scalar(value) => Amounts::Same(total(&value.to_array()?)),
    })
}

/// Each row's whole number, 0 for NULL.
pub(super) fn numbers(value: &ColumnarValue) -> Result<Amounts<i64>> {
    let of = |array: &ArrayRef| -> Result<Vec<i64>> {
        let array = cast(array, &DataType::Int64)?;
        Ok(array.as_primitive::<Int64Type>().iter().map(Option::unwrap_or_default).collect())
    };
    Ok(match value {
        ColumnarValue::Array(array) => Amounts::Each(of(array)?),
        ColumnarValue::Scalar(value) => Amounts::Same(of(&value.to_array()?)?[0]),
    })
}

/// The bytes of all rows.
pub(in crate::query) fn total(array: &ArrayRef) -> u64 {
    of_array(array).into_iter().fold(0, u64::saturating_add)
}

fn of_array(array: &ArrayRef) -> Vec<u64> {
    match array.data_type() {
        DataType::Utf8 => differences(array.as_string::<i32>().value_offsets()),
        DataType::LargeUtf8 => differences(array.as_string::<i64>().value_offsets()),
        DataType::Binary => differences(array.as_binary::<i32>().value_offsets()),
        DataType::LargeBinary => differences(array.as_binary::<i64>().value_offsets()),
        // A view begins with its length.
        DataType::Utf8View => array.as_string_view().views().iter().map(|view| u64::from(*view as u32)).collect(),
        DataType::BinaryView => array.as_binary_view().views().iter().map(|view| u64::from(*view as u32)).collect(),
        DataType::List(_) => sums(array.as_list::<i32>().value_offsets(), array.as_list::<i32>().values()),
        DataType::LargeList(_) => sums(array.as_list::<i64>().value_offsets(), array.as_list::<i64>().values()),
        DataType::Map(..) => {
            let entries: ArrayRef = Arc::new(array.as_map().entries().clone());
            sums(array.as_map().value_offsets(), &entries)
        }
        DataType::FixedSizeList(_, width) => {
            let width = usize::try_from(*width).unwrap_or(0);
            let items = of_array(array.as_fixed_size_list().values());
            (0..array.len()).map(|row| items[row * width..(row + 1) * width].iter().sum()).collect()
        }
        DataType::Struct(_) => {
            let mut sizes = vec![0; array.len()];
            for column in array.as_struct().columns() {
                for (sum, size) in sizes.iter_mut().zip(of_array(column)) {
                    *sum += size;
                }
            }
            sizes
        }
        DataType::Dictionary(_, values) => match cast(array, values) {
            Ok(plain) => of_array(&plain),
            Err(_) => vec![ELEMENT; array.len()],
        },
        other => vec![other.primitive_width().unwrap_or(16) as u64; array.len()],
    }
}

fn differences<O: OffsetSizeTrait>(offsets: &[O]) -> Vec<u64> {
    offsets.windows(2).map(|pair| (pair[1] - pair[0]).as_usize() as u64).collect()
}

fn sums<O: OffsetSizeTrait>(offsets: &[O], items: &ArrayRef) -> Vec<u64> {
    let items = of_array(items);
    let size = |pair: &[O]| items[pair[0].as_usize()..pair[1].as_usize()].iter().map(|size| size + ELEMENT).sum();
    offsets.windows(2).map(size).collect()
}
