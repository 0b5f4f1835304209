//! Completes a response as the GraphQL specification asks: fields in the order of the query, and an error in a
//! field that cannot be null makes the object around it null.
//!
//! async-graphql 7.2 does neither: it inserts fields as they become ready, and leaves out the ones that failed
//! (mended in 8.0, which is not out yet).

use std::collections::{HashMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationType, Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, PathSegment, Response, Value};

/// How deep a plan is followed; the limits of an operation are below.
const MAX_NESTING: usize = 64;

/// The types of the schema's fields.
pub(super) struct Types(HashMap<String, HashMap<String, Type>>);

impl Types {
    /// Reads the fields out of the schema definition language.
    pub(super) fn of(sdl: &str) -> Self {
        let document = parse_schema(sdl).expect("the schema that was just printed can be read");
        let mut types = HashMap::new();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let (TypeKind::Object(_) | TypeKind::Interface(_)) = &definition.node.kind else { continue };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let fields = fields.into_iter().map(|field| (field.node.name.node.to_string(), field.node.ty.node));
            types.insert(definition.node.name.node.to_string(), fields.collect());
        }
        Self(types)
    }

    fn field(&self, parent: &str, name: &str) -> Option<&Type> {
        self.0.get(parent)?.get(name)
    }
}

/// What an operation selects, with fragments laid out: the keys of each object in their order.
#[derive(Default)]
pub(super) struct Plan {
    fields: IndexMap<Name, Planned>,
}

struct Planned {
    /// None where the schema's own description is selected.
    field_type: Option<Type>,
    plan: Plan,
}

impl Plan {
    /// The plan of one operation of a document.
    pub(super) fn of(document: &ExecutableDocument, name: Option<&str>, types: &Types) -> Self {
        let mut plan = Self::default();
        let mut operations = document.operations.iter();
        let chosen = operations.find(|(own, _)| name.is_none() || own.is_some_and(|own| Some(own.as_str()) == name));
        if let Some((_, operation)) = chosen {
            let root = match operation.node.ty {
                OperationType::Query => "Query",
                OperationType::Mutation => "Mutation",
                OperationType::Subscription => "Subscription",
            };
            plan.add(document, types, root, &operation.node.selection_set.node, 0);
        }
        plan
    }

    fn add(&mut self, document: &ExecutableDocument, types: &Types, parent: &str, set: &SelectionSet, nesting: usize) {
        if nesting > MAX_NESTING {
            return;
        }
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let planned = self.fields.entry(field.response_key().node.clone()).or_insert_with(|| Planned {
                        field_type: types.field(parent, &field.name.node).cloned(),
                        plan: Self::default(),
                    });
                    let child = planned.field_type.as_ref().map_or("", named).to_owned();
                    planned.plan.add(document, types, &child, &field.selection_set.node, nesting + 1);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.add(document, types, on, &fragment.node.selection_set.node, nesting + 1);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.add(document, types, on, &fragment.node.selection_set.node, nesting + 1);
                    }
                }
            }
        }
    }

    /// Puts the response's data into the operation's order, and nulls where errors demand them.
    pub(super) fn complete(&self, response: &mut Response) {
        // Without any path the operation was refused before it began: there is no data.
        if response.errors.iter().any(|error| error.path.is_empty()) {
            return;
        }
        if response.errors.is_empty() {
            self.arrange(&mut response.data);
            return;
        }
        let failed = Failed::new(&response.errors);
        let data = std::mem::take(&mut response.data);
        let mut path = Vec::new();
        response.data = self.object(data, &failed, &mut path).unwrap_or_default();
    }

    /// Puts the fields of a value in which nothing failed into the operation's order.
    fn arrange(&self, value: &mut Value) {
        if self.fields.is_empty() {
            return;
        }
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.arrange(item)),
            Value::Object(found) => {
                if !self.fields.keys().eq(found.keys()) {
                    let place = |key: &Name| self.fields.get_index_of(key).unwrap_or(usize::MAX);
                    found.sort_by_cached_key(|key, _| place(key));
                }
                for (key, value) in found {
                    if let Some(planned) = self.fields.get(key) {
                        planned.plan.arrange(value);
                    }
                }
            }
            _ => {}
        }
    }

    /// An object, or nothing where a field failed that cannot be null.
    fn object(&self, value: Value, failed: &Failed, path: &mut Vec<PathSegment>) -> Option<Value> {
        let mut found = match value {
            Value::Object(found) => found,
            // async-graphql gives null for an object of which every field failed.
            Value::Null if failed.is_above(path) => IndexMap::new(),
            other => return Some(other),
        };
        let mut ordered = IndexMap::with_capacity(found.len());
        for (key, planned) in &self.fields {
            path.push(PathSegment::Field(key.to_string()));
            let value = match found.swap_remove(key) {
                Some(value) => Some(planned.value(value, planned.field_type.as_ref(), failed, path)),
                None if failed.is_here(path) => Some(None),
                // Skipped, or of a fragment on another type.
                None => None,
            };
            path.pop();
            match value {
                Some(Some(value)) => drop(ordered.insert(key.clone(), value)),
                Some(None) if planned.field_type.as_ref().is_none_or(|field| field.nullable) => {
                    ordered.insert(key.clone(), Value::Null);
                }
                Some(None) => return None,
                None => {}
            }
        }
        Some(Value::Object(ordered))
    }
}

impl Planned {
    /// A field's value, or nothing where it has to be null and must not.
    fn value(&self, value: Value, of: Option<&Type>, failed: &Failed, path: &mut Vec<PathSegment>) -> Option<Value> {
        if self.plan.fields.is_empty() {
            return Some(value);
        }
        let is_nullable = of.is_none_or(|of| of.nullable);
        let completed = match value {
            Value::List(items) => {
                let item_type = of.and_then(|of| match &of.base {
                    BaseType::List(item) => Some(item.as_ref()),
                    BaseType::Named(_) => None,
                });
                let mut completed = Some(Vec::with_capacity(items.len()));
                for (index, item) in items.into_iter().enumerate() {
                    path.push(PathSegment::Index(index));
                    let item = self.value(item, item_type, failed, path);
                    path.pop();
                    match (item, &mut completed) {
                        (Some(item), Some(items)) => items.push(item),
                        _ => completed = None,
                    }
                }
                completed.map(Value::List)
            }
            other => self.plan.object(other, failed, path),
        };
        match completed {
            None | Some(Value::Null) if is_nullable => Some(Value::Null),
            Some(Value::Null) => None,
            completed => completed,
        }
    }
}

/// The places of a response at which fields failed.
struct Failed {
    places: HashSet<Vec<PathKey>>,
    above: HashSet<Vec<PathKey>>,
}

/// A path segment that can be hashed.
#[derive(Clone, PartialEq, Eq, Hash)]
enum PathKey {
    Field(String),
    Index(usize),
}

impl Failed {
    fn new(errors: &[async_graphql::ServerError]) -> Self {
        let places: HashSet<_> = errors.iter().map(|error| keys(&error.path)).collect();
        let above = places.iter().flat_map(|place| (0..place.len()).map(|end| place[..end].to_vec())).collect();
        Self { places, above }
    }

    fn is_here(&self, path: &[PathSegment]) -> bool {
        self.places.contains(&keys(path))
    }

    fn is_above(&self, path: &[PathSegment]) -> bool {
        self.above.contains(&keys(path))
    }
}

fn keys(path: &[PathSegment]) -> Vec<PathKey> {
    let key = |segment: &PathSegment| match segment {
        PathSegment::Field(name) => PathKey::Field(name.clone()),
        PathSegment::Index(index) => PathKey::Index(*index),
    };
    path.iter().map(key).collect()
}

fn named(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::{ServerError, value};

    use super::*;

    const SDL: &str = "type Query { first: Thing  must: Thing!  all: [Thing!]  some: [Thing]! }
        type Thing { id: ID!  name: String  other: Thing!  maybe: Thing }";

    fn completed(query: &str, data: Value, failed: &[&[&str]]) -> String {
        let document = parse_query(query).unwrap();
        let mut response = Response::new(data);
        for path in failed {
            let segment = |part: &&str| match part.parse() {
                Ok(index) => PathSegment::Index(index),
                Err(_) => PathSegment::Field((*part).to_owned()),
            };
            let path = path.iter().map(segment).collect();
            response.errors.push(ServerError::new("failed", None).with_path(path));
        }
        Plan::of(&document, None, &Types::of(SDL)).complete(&mut response);
        response.data.to_string()
    }

    #[test]
    fn fields_stand_in_the_order_of_the_query() {
        let query = "{ first { ...names id } all { id maybe { name id } } } fragment names on Thing { name }";
        let data =
            value!({ "all": [{ "maybe": { "id": 3, "name": "c" }, "id": 2 }], "first": { "id": 1, "name": "a" } });
        assert_eq!(
            completed(query, data, &[]),
            r#"{first: {name: "a", id: 1}, all: [{id: 2, maybe: {name: "c", id: 3}}]}"#
        );
    }

    #[test]
    fn what_may_be_null_is_null_where_it_failed() {
        let query = "{ first { id maybe { id } name } }";
        let data = value!({ "first": { "id": 1 } });
        let failed: &[&[&str]] = &[&["first", "maybe"], &["first", "name"]];
        assert_eq!(completed(query, data, failed), "{first: {id: 1, maybe: null, name: null}}");
        assert_eq!(
            completed("{ first { name } }", value!({ "first": null }), &[&["first", "name"]]),
            "{first: {name: null}}"
        );
    }

    #[test]
    fn a_failure_that_must_not_be_null_takes_its_object_with_it() {
        let data = || value!({ "first": { "id": 1, "maybe": { "id": 2 } } });
        let query = "{ first { id maybe { id other { id } } } }";
        let failed: &[&[&str]] = &[&["first", "maybe", "other"]];
        assert_eq!(completed(query, data(), failed), "{first: {id: 1, maybe: null}}");
        assert_eq!(completed("{ must { id other { id } } first { id } }", data(), &[&["must"]]), "null");
    }

    #[test]
    fn a_failed_item_takes_its_list_with_it_only_where_items_are_never_null() {
        let items = |name: &str| value!({ name: [{ "id": 1, "other": { "id": 2 } }, { "id": 3 }] });
        let failed = |name: &'static str| [name, "1", "other"];
        assert_eq!(completed("{ all { id other { id } } }", items("all"), &[&failed("all")]), "{all: null}");
        assert_eq!(
            completed("{ some { id other { id } } }", items("some"), &[&failed("some")]),
            "{some: [{id: 1, other: {id: 2}}, null]}"
        );
    }
}
