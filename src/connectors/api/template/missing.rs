//! What a template looks for and does not find, for the words of a failure: the engine says no more than that it is undefined.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::scope::Scope;

type Engine = minijinja::Value;

/// A name with what is looked up in it: `headers['link'].next`.
static LOOKUP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"[A-Za-z_]\w*(?:\.\w+|\[(?:'[^']*'|"[^"]*"|-?\d+)\])+"#).expect("the pattern of lookups is one")
});

/// One step of it: by an attribute, by a name in quotes of either kind, or by a place.
static STEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\.(\w+)|\['([^']*)'\]|\["([^"]*)"\]|\[(-?\d+)\]"#).expect("the pattern of steps is one")
});

/// The first thing of a template that is not there and is looked into all the same; or else the first that is not there.
pub(super) fn first(source: &str, scope: &Scope) -> Option<String> {
    let lookups = || LOOKUP.find_iter(source).map(|found| found.as_str());
    let looked_into = lookups().find_map(|lookup| missing(lookup, scope, false));
    looked_into.or_else(|| lookups().find_map(|lookup| missing(lookup, scope, true)))
}

/// What of a lookup is not there; its last step counts where `to_the_end` is set.
fn missing(lookup: &str, scope: &Scope, to_the_end: bool) -> Option<String> {
    let steps: Vec<Captures<'_>> = STEP.captures_iter(lookup).collect();
    let end = if to_the_end { steps.len() } else { steps.len().saturating_sub(1) };
    let name = lookup.split(['.', '[']).next()?;
    let mut value = scope.get(name)?.clone();
    for step in &steps[..end] {
        let key = (1..=4).find_map(|group| step.get(group))?.as_str();
        let is_place = step.get(4).is_some();
        let found =
            if is_place { value.get_item(&Engine::from(key.parse::<i64>().ok()?)) } else { value.get_attr(key) };
        value = found.ok()?;
        if value.is_undefined() {
            return Some(format!("`{}` has no `{key}`", &lookup[..step.get(0)?.start()]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::value::{Value, from_python_slice};
    use super::*;

    #[test]
    fn the_first_thing_that_is_not_there_is_named() {
        let response = from_python_slice(br#"{"next": {}, "items": [1], "a.b": null}"#).unwrap();
        let scope = Scope::default().with("response", &response).with("record", &Value::empty_map());
        let named = |source: &str| first(source, &scope);
        let told = |place: &str, key: &str| Some(format!("`{place}` has no `{key}`"));
        assert_eq!(named("{{ response['next']['link']['url'] }}"), told("response['next']", "link"));
        assert_eq!(named("{{ response.next.link.url }}"), told("response.next", "link"));
        assert_eq!(named("{{ response['items'][3].id }}"), told("response['items']", "3"));
        assert_eq!(named(r#"{{ response["a.b"]["c"]["d"] }}"#), told(r#"response["a.b"]"#, "c"));
        assert_eq!(named("{{ record.id + response['next'].a.b }}"), told("response['next']", "a"));
        assert_eq!(named("{{ record.id + 1 }}"), told("record", "id"));
        assert_eq!(named("{{ response['next'] }}"), None);
        assert_eq!(named("{{ nothing.known.here }}"), None);
    }
}
