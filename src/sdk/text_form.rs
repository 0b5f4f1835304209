//! What values become in a column of texts that are no texts themselves, and that no cast has a good word for.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, make_encoder};

/// Lists, structs and maps as JSON, bytes as `\x` and hexadecimal digits; `None` for all others, which a cast tells well, and
/// for maps whose keys JSON cannot hold.
pub(super) fn of(array: &ArrayRef) -> Result<Option<ArrayRef>, ArrowError> {
    match array.data_type() {
        DataType::Binary => Ok(Some(hexadecimal(array))),
        nested if nested.is_nested() => json(array),
        _ => Ok(None),
    }
}

fn hexadecimal(array: &ArrayRef) -> ArrayRef {
    let mut texts = StringBuilder::new();
    for value in array.as_binary::<i32>() {
        texts.append_option(value.map(|bytes| format!("\\x{}", hex::encode(bytes))));
    }
    Arc::new(texts.finish())
}

fn json(array: &ArrayRef) -> Result<Option<ArrayRef>, ArrowError> {
    let field = Arc::new(Field::new("", array.data_type().clone(), true));
    let options = EncoderOptions::default().with_explicit_nulls(true);
    let Ok(mut encoder) = make_encoder(&field, array.as_ref(), &options) else { return Ok(None) };
    let (mut texts, mut json) = (StringBuilder::new(), Vec::new());
    for row in 0..array.len() {
        if array.is_null(row) {
            texts.append_null();
            continue;
        }
        json.clear();
        encoder.encode(row, &mut json);
        let text = std::str::from_utf8(&json).map_err(|error| ArrowError::JsonError(error.to_string()))?;
        texts.append_value(text);
    }
    Ok(Some(Arc::new(texts.finish())))
}

#[cfg(test)]
mod tests {
    use arrow::array::{BinaryArray, ListBuilder};

    use super::*;
    use crate::sdk::types::convert;

    #[test]
    fn what_has_parts_is_json_that_can_be_read_back() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("a, b"), Some("c"), None, Some(""), Some("x\"y")]);
        lists.append_null();
        lists.append_value([None::<&str>; 0]);
        let said = convert(&(Arc::new(lists.finish()) as ArrayRef), &DataType::Utf8).unwrap();
        let said: Vec<_> = said.as_string::<i32>().iter().collect();
        assert_eq!(said, [Some(r#"["a, b","c",null,"","x\"y"]"#), None, Some("[]")]);
    }

    #[test]
    fn bytes_are_hexadecimal() {
        let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![Some(b"a\xff".as_slice()), None, Some(b"")]));
        let said = convert(&bytes, &DataType::Utf8).unwrap();
        assert_eq!(said.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("\\x61ff"), None, Some("\\x")]);
    }
}
