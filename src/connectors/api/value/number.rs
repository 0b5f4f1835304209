//! Numbers compared as Python compares them: by value, whatever their type.

use std::cmp::Ordering;

use super::Value;

/// The order of two numbers; `None` where one is none, or is not a number.
pub(in super::super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left.as_int(), right.as_int(), left, right) {
        (Some(left), Some(right), ..) => Some(left.cmp(&right)),
        (_, _, Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        (Some(left), _, _, Value::Float(right)) => compare_with_float(left, *right),
        (_, Some(right), Value::Float(left), _) => compare_with_float(right, *left).map(Ordering::reverse),
        _ => None,
    }
}

fn compare_with_float(left: i128, right: f64) -> Option<Ordering> {
    if right.is_nan() {
        return None;
    }
    if right >= 1.7e38 {
        return Some(Ordering::Less);
    }
    if right <= -1.7e38 {
        return Some(Ordering::Greater);
    }
    let floor = right.floor();
    Some(left.cmp(&(floor as i128)).then(if right > floor { Ordering::Less } else { Ordering::Equal }))
}
