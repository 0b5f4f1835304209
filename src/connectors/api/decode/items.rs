//! The items of a list that lies somewhere in a JSON document.

use super::super::failure::Failure;
use super::super::value::{Value, from_python_slice};

/// The name that stands in a path for each item of a list.
const ITEM: &str = "item";

/// Reads the items at a path; none where it leads nowhere.
pub(super) fn read(body: &[u8], path: &[String]) -> Result<Vec<Value>, Failure> {
    let document = from_python_slice(body).ok_or_else(|| Failure::Data("the answer is no JSON".to_owned()))?;
    let mut found = vec![&document];
    for segment in path {
        found = found.into_iter().flat_map(|value| below(value, segment)).collect();
    }
    Ok(found.into_iter().filter_map(Value::as_list).flatten().cloned().collect())
}

fn below<'a>(value: &'a Value, segment: &str) -> Vec<&'a Value> {
    match value {
        Value::List(items) if segment == ITEM => items.iter().collect(),
        other => other.get(segment).into_iter().collect(),
    }
}
