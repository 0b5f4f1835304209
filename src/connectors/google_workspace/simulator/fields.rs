//! Field masks: which parts of an answer are asked for, as in `files(id,name),nextPageToken` or `user/emailAddress`.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A mask that was taken apart: a name, and what is asked for within it.
#[derive(Clone, Debug, PartialEq)]
struct Mask(Vec<(String, Option<Self>)>);

/// What a mask leaves of an answer.
pub(super) fn masked(answer: Value, mask: Option<&str>) -> Result<Value, Refusal> {
    let Some(text) = mask.filter(|mask| !mask.is_empty()) else { return Ok(answer) };
    let mut rest = text;
    let parsed = parse(&mut rest).filter(|_| rest.is_empty());
    let mask = parsed.ok_or_else(|| Refusal::invalid(format!("Invalid field selection {text}")))?;
    Ok(apply(answer, &mask))
}

fn parse(rest: &mut &str) -> Option<Mask> {
    let mut entries = Vec::new();
    loop {
        entries.push(entry(rest)?);
        match rest.strip_prefix(',') {
            Some(more) => *rest = more,
            None => return Some(Mask(entries)),
        }
    }
}

fn entry(rest: &mut &str) -> Option<(String, Option<Mask>)> {
    *rest = rest.trim_start();
    let end = rest.find([',', '(', ')', '/', '.']).unwrap_or(rest.len());
    let name = rest[..end].trim().to_owned();
    *rest = &rest[end..];
    if name.is_empty() {
        return None;
    }
    if let Some(inner) = rest.strip_prefix('(') {
        *rest = inner;
        let mask = parse(rest)?;
        *rest = rest.strip_prefix(')')?;
        return Some((name, Some(mask)));
    }
    if let Some(inner) = rest.strip_prefix(['/', '.']) {
        *rest = inner;
        let below = entry(rest)?;
        return Some((name, Some(Mask(vec![below]))));
    }
    Some((name, None))
}

fn apply(value: Value, mask: &Mask) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(|item| apply(item, mask)).collect()),
        Value::Object(object) => {
            let mut kept = Map::new();
            for (key, value) in object {
                let mut asked = mask.0.iter().filter(|(name, _)| *name == key || name == "*").peekable();
                if asked.peek().is_none() {
                    continue;
                }
                let mut inner = Vec::new();
                let is_whole = asked.any(|(_, below)| match below {
                    Some(Mask(below)) => {
                        inner.extend(below.clone());
                        false
                    }
                    None => true,
                });
                kept.insert(key, if is_whole { value } else { apply(value, &Mask(inner)) });
            }
            Value::Object(kept)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn masks_keep_what_they_name() {
        let whole = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [{"f": 4, "g": 5}, {"g": 6}]});
        let kept = |mask: &str| masked(whole.clone(), Some(mask)).unwrap();
        assert_eq!(kept("a,b/c"), json!({"a": 1, "b": {"c": 2}}));
        assert_eq!(kept("e(f),b.d"), json!({"b": {"d": 3}, "e": [{"f": 4}, {}]}));
        assert_eq!(kept("b/c,b/d"), json!({"b": {"c": 2, "d": 3}}));
        assert_eq!(kept("*"), whole);
        assert!(masked(whole, Some("a(b")).is_err());
    }
}
