//! `sentiment(text)`: how somebody felt who wrote a text, from -1 (bad) to 1 (good).
//!
//! It is the compound score of VADER (Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
//! Social Media Text", ICWSM 2014) for English. The rules are ours, since the libraries that there are
//! (`vader_sentiment`, `vader-sentimental`) give other numbers than its authors' program; the word lists are theirs, under
//! the MIT licence beside this file.

mod vader;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use vader::compound;

const FUNCTION: &str = "sentiment";
/// Of a longer text, as much is read as tells how it is meant.
const READ_BYTES: usize = 20_000;
/// Longer texts are seldom written twice.
const REMEMBERED_BYTES: usize = 200;

/// The function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::new_from_impl(Sentiment { signature: Signature::string(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sentiment {
    signature: Signature,
}

impl ScalarUDFImpl for Sentiment {
    fn name(&self) -> &str {
        FUNCTION
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts] = take_function_args(FUNCTION, args.args)?;
        Ok(match texts {
            ColumnarValue::Scalar(text) => ColumnarValue::Scalar(ScalarValue::Float64(
                text.try_as_str().flatten().map(|text| compound(start(text))),
            )),
            ColumnarValue::Array(texts) => ColumnarValue::Array(Arc::new(of_all(&texts)?)),
        })
    }
}

fn of_all(texts: &ArrayRef) -> Result<Float64Array> {
    let texts = cast(texts, &DataType::Utf8View)?;
    let texts = texts.as_string_view();
    let mut known: HashMap<&str, f64> = HashMap::new();
    let mut of = |text| {
        let text = start(text);
        if text.len() > REMEMBERED_BYTES {
            compound(text)
        } else {
            *known.entry(text).or_insert_with(|| compound(text))
        }
    };
    Ok(texts.iter().map(|text| text.map(&mut of)).collect())
}

/// As much of a text as is read.
fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(READ_BYTES)]
}
