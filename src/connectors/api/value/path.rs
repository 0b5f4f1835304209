//! Paths into values, with the patterns of file names: `*` for any key, `**` for any depth.

use std::sync::Arc;

use super::{Map, Value};

/// Whether a path has patterns in it.
pub(in super::super) fn has_pattern(path: &[String]) -> bool {
    path.iter().any(|segment| segment.contains(['*', '?', '[']))
}

/// The value at a path without patterns.
pub(in super::super) fn get<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, segment| match value {
        Value::Map(map) => map.get(segment),
        Value::List(items) | Value::Tuple(items) => items.get(index(segment, items.len())?),
        _ => None,
    })
}

/// The same, taken out of a value that is not needed any more.
pub(in super::super) fn take(value: Value, path: &[String]) -> Option<Value> {
    path.iter().try_fold(value, |value, segment| match value {
        Value::Map(map) => match Arc::try_unwrap(map) {
            Ok(mut map) => map.remove(segment),
            Err(shared) => shared.get(segment).cloned(),
        },
        Value::List(items) | Value::Tuple(items) => items.get(index(segment, items.len())?).cloned(),
        _ => None,
    })
}

fn index(segment: &str, length: usize) -> Option<usize> {
    let place: usize = segment.parse().ok()?;
    (place < length).then_some(place)
}

/// All values whose path matches, in the order in which they stand.
pub(in super::super) fn values<'a>(value: &'a Value, path: &[String]) -> Vec<&'a Value> {
    found(value, path).into_iter().filter_map(|place| get(value, &place)).collect()
}

/// The paths of all values that match.
pub(in super::super) fn found(value: &Value, path: &[String]) -> Vec<Vec<String>> {
    let mut matches = Vec::new();
    if !has_pattern(path) {
        if !path.is_empty() && get(value, path).is_some() {
            matches.push(path.to_vec());
        }
        return matches;
    }
    walk(value, &mut Vec::new(), &mut |place| {
        if is_match(place, path) {
            matches.push(place.to_vec());
        }
    });
    matches
}

/// Visits everything below a value: what lies directly in it first, then what lies deeper.
fn walk(value: &Value, place: &mut Vec<String>, visit: &mut dyn FnMut(&[String])) {
    let children: Vec<(String, &Value)> = match value {
        Value::Map(map) => map.iter().map(|(key, item)| (key.to_string(), item)).collect(),
        Value::List(items) | Value::Tuple(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        _ => return,
    };
    for (key, _) in &children {
        place.push(key.clone());
        visit(place);
        place.pop();
    }
    for (key, item) in children {
        place.push(key);
        walk(item, place, visit);
        place.pop();
    }
}

fn is_match(place: &[String], path: &[String]) -> bool {
    match path.iter().position(|segment| segment == "**") {
        None => place.len() == path.len() && place.iter().zip(path).all(|(key, pattern)| key_matches(key, pattern)),
        Some(stars) => {
            let after = path.len() - stars - 1;
            place.len() >= stars + after
                && place[..stars].iter().zip(path).all(|(key, pattern)| key_matches(key, pattern))
                && place[place.len() - after..]
                    .iter()
                    .zip(&path[stars + 1..])
                    .all(|(key, pattern)| key_matches(key, pattern))
        }
    }
}

/// Python's `fnmatchcase`.
fn key_matches(key: &str, pattern: &str) -> bool {
    if !pattern.contains(['*', '?', '[']) {
        return key == pattern;
    }
    let key: Vec<char> = key.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    glob(&key, &pattern)
}

fn glob(key: &[char], pattern: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return key.is_empty() };
    match first {
        '*' => (0..=key.len()).any(|skipped| glob(&key[skipped..], rest)),
        '?' => !key.is_empty() && glob(&key[1..], rest),
        '[' => match rest.iter().skip(1).position(|next| *next == ']') {
            Some(end) => {
                let set = &rest[..=end];
                let (negated, set) = if set[0] == '!' { (true, &set[1..]) } else { (false, set) };
                let Some(character) = key.first() else { return false };
                let mut inside = false;
                let mut place = 0;
                while place < set.len() {
                    if place + 2 < set.len() && set[place + 1] == '-' {
                        inside |= (set[place]..=set[place + 2]).contains(character);
                        place += 3;
                    } else {
                        inside |= set[place] == *character;
                        place += 1;
                    }
                }
                inside != negated && glob(&key[1..], &rest[end + 2..])
            }
            None => key.first() == Some(&'[') && glob(&key[1..], rest),
        },
        other => key.first() == Some(other) && glob(&key[1..], rest),
    }
}

/// Why a value cannot be put at a path: something on the way holds no members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value on the path has no members")]
pub(in super::super) struct NoMembers;

/// Puts a value at a path, making what is missing on the way: a list where the next key is a number, a map otherwise.
pub(in super::super) fn set(value: &mut Value, path: &[String], new: Value) -> Result<(), NoMembers> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    let place = match value {
        Value::Map(map) => {
            let map = Arc::make_mut(map);
            if rest.is_empty() {
                map.insert(first.as_str(), new);
                return Ok(());
            }
            if !map.contains(first) {
                map.insert(first.as_str(), container(rest));
            }
            map.get_mut(first)
        }
        Value::List(items) => {
            let index: usize = first.parse().map_err(|_| NoMembers)?;
            let items = Arc::make_mut(items);
            if index > 100_000 {
                return Err(NoMembers);
            }
            let was_missing = items.len() <= index;
            while items.len() <= index {
                items.push(Value::Null);
            }
            if rest.is_empty() {
                items[index] = new;
                return Ok(());
            }
            if was_missing {
                items[index] = container(rest);
            }
            items.get_mut(index)
        }
        _ => return Err(NoMembers),
    };
    place.map_or(Err(NoMembers), |place| set(place, rest, new))
}

fn container(rest: &[String]) -> Value {
    let next_is_index =
        rest.first().is_some_and(|next| !next.is_empty() && next.bytes().all(|byte| byte.is_ascii_digit()));
    if next_is_index { Value::list(Vec::new()) } else { Value::map(Map::default()) }
}

/// Deletes what lies at a path; of a list only its last item, others become null.
pub(in super::super) fn delete(value: &mut Value, path: &[String]) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    let Some(parent) = get_mut(value, above) else { return false };
    match parent {
        Value::Map(map) => Arc::make_mut(map).remove(last).is_some(),
        Value::List(items) => {
            let Some(place) = index(last, items.len()) else { return false };
            let items = Arc::make_mut(items);
            if place + 1 == items.len() {
                items.pop();
            } else {
                items[place] = Value::Null;
            }
            true
        }
        _ => false,
    }
}

/// Takes out what lies at a path; the later items of a list move up.
pub(in super::super) fn remove(value: &mut Value, path: &[String]) {
    let Some((last, above)) = path.split_last() else { return };
    match get_mut(value, above) {
        Some(Value::Map(map)) => {
            Arc::make_mut(map).remove(last);
        }
        Some(Value::List(items)) => {
            if let Some(place) = index(last, items.len()) {
                Arc::make_mut(items).remove(place);
            }
        }
        _ => {}
    }
}

fn get_mut<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, segment| match value {
        Value::Map(map) => Arc::make_mut(map).get_mut(segment),
        Value::List(items) => {
            let place = index(segment, items.len())?;
            Arc::make_mut(items).get_mut(place)
        }
        _ => None,
    })
}
