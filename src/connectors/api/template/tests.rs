//! Templates give what the reference gives: `tests/manifests/templates.json` holds the reference's values, as Python's `repr`.

use super::super::value::{Map, Value, from_python_slice, repr};
use super::{Interpolated, Scope, Types, to_engine};

const CASES: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/manifests/templates.json"));

fn evaluated(template: &str, types: Types, scope: &Scope) -> String {
    let value = Interpolated::new(template, &Value::empty_map()).and_then(|template| template.eval_as(scope, types));
    value.map_or_else(|_| "error".to_owned(), |value| repr(&value).replace('\n', "\\n"))
}

#[test]
fn templates_give_the_values_of_the_reference() {
    let given = from_python_slice(CASES).unwrap();
    let mut scope = Scope::default();
    for (name, value) in given.get("context").and_then(Value::as_map).map(Map::iter).unwrap() {
        scope.set(name, to_engine(value));
    }
    let mut differing = Vec::new();
    for case in given.get("cases").and_then(Value::as_list).unwrap() {
        let [template, any, texts_and_lists] = case.as_list().unwrap() else { panic!("a case has three parts") };
        let template = template.as_str().unwrap();
        for (types, expected) in [(Types::Any, any), (Types::StrOrList, texts_and_lists)] {
            let Some(expected) = expected.as_str() else { continue };
            let found = evaluated(template, types, &scope);
            if found != expected {
                differing.push(format!("{template} as {types:?}: {found} instead of {expected}"));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
