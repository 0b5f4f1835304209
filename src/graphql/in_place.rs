//! Objects whose fields are resolved where they are, as long as they wait for nothing.
//!
//! async-graphql puts each field of an object into two futures of their own and polls them by way of a queue. Nearly all
//! fields of ours are there already, as columns of a row: one future resolves them one after the other. Where one has to
//! wait, another future goes on with the fields behind it, so that all that an object waits for is still asked for at once.
//!
//! What a field means, costs and looks like in the schema stays with the object itself. Not here are the hooks of schema
//! extensions and of directives of our own, of which we have none.

use std::borrow::Cow;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use async_graphql::indexmap::IndexMap;
use async_graphql::indexmap::map::Entry;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::ContainerType;
use async_graphql::{
    Context, ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerError, ServerResult, Value,
};
use futures::future::join_all;

/// An object of the API, with fields that are mostly there already.
#[derive(Clone)]
pub struct InPlace<T>(pub(super) T);

impl<T> Deref for InPlace<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ObjectType> OutputType for InPlace<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve(ctx, &self.0).await
    }
}

impl<T: ObjectType> ContainerType for InPlace<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(ctx).await
    }
}

impl<T: ObjectType> ObjectType for InPlace<T> {}

/// Values of fields, each with the field's place in the selection.
type Values = Vec<(usize, ServerResult<Value>)>;

/// Fields that are resolved one after the other. Boxed, since objects contain each other.
type Resolving<'a> = Pin<Box<dyn Future<Output = Values> + Send + 'a>>;

/// The object as it was selected; what failed in it is noted and left out, as async-graphql does.
async fn resolve<'a, T: ObjectType>(ctx: &ContextSelectionSet<'a>, object: &'a T) -> ServerResult<Value> {
    let mut fields = Vec::with_capacity(ctx.item.node.items.len());
    collect::<T>(ctx, &ctx.item.node, &mut fields)?;
    let begun = AtomicUsize::new(0);
    let (mut values, mut waiting) = (Values::new(), Vec::new());
    while begun.load(Ordering::Relaxed) < fields.len() {
        let mut resolving: Resolving<'_> = Box::pin(resolve_some(ctx, object, &fields, &begun));
        match futures::poll!(&mut resolving) {
            Poll::Ready(there) if values.is_empty() => values = there,
            Poll::Ready(there) => values.extend(there),
            Poll::Pending => waiting.push(resolving),
        }
    }
    if !waiting.is_empty() {
        values.extend(join_all(waiting).await.into_iter().flatten());
        values.sort_unstable_by_key(|(place, _)| *place);
    }
    let mut resolved = IndexMap::with_capacity(fields.len());
    for (place, value) in values {
        match value {
            Ok(value) => insert(&mut resolved, fields[place].node.response_key().node.clone(), value),
            Err(error) => ctx.add_error(error),
        }
    }
    Ok(if resolved.is_empty() { Value::Null } else { Value::Object(resolved) })
}

/// Resolves the first field that nobody has begun with, and so on to the last.
async fn resolve_some<'a, T: ObjectType>(
    ctx: &ContextSelectionSet<'a>,
    object: &'a T,
    fields: &[&'a Positioned<Field>],
    begun: &AtomicUsize,
) -> Values {
    let mut values = Values::with_capacity(fields.len() - begun.load(Ordering::Relaxed));
    loop {
        let place = begun.fetch_add(1, Ordering::Relaxed);
        let Some(field) = fields.get(place) else { return values };
        let value = if field.node.name.node == "__typename" {
            Ok(Value::String(T::type_name().into_owned()))
        } else {
            object.resolve_field(&ctx.with_field(field)).await.map(Option::unwrap_or_default)
        };
        values.push((place, value));
    }
}

/// The fields that are selected of a `T`, with fragments laid out. What is skipped is no longer part of the operation.
fn collect<'a, T: ObjectType>(
    ctx: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> ServerResult<()> {
    for selection in &set.items {
        let (condition, set) = match &selection.node {
            Selection::Field(field) => {
                fields.push(field);
                continue;
            }
            Selection::InlineFragment(fragment) => {
                (fragment.node.type_condition.as_ref(), &fragment.node.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let unknown = || ServerError::new(format!("unknown fragment {name}"), Some(spread.pos));
                let fragment = ctx.query_env.fragments.get(name).ok_or_else(unknown)?;
                (Some(&fragment.node.type_condition), &fragment.node.selection_set)
            }
        };
        if condition.is_none_or(|condition| is_a::<T>(ctx, &condition.node.on.node)) {
            collect::<T>(ctx, &set.node, fields)?;
        }
    }
    Ok(())
}

/// Whether each `T` is of the type with this name: its own, or an interface that it has.
fn is_a<T: ObjectType>(ctx: &ContextSelectionSet<'_>, name: &str) -> bool {
    let own = T::type_name();
    let interfaces = ctx.schema_env.registry.implements.get(own.as_ref());
    own == name || interfaces.is_some_and(|interfaces| interfaces.contains(name))
}

/// Adds the value of a response key. One that is there already is of the same field, selected for other parts of it.
fn insert(object: &mut IndexMap<Name, Value>, key: Name, value: Value) {
    match object.entry(key) {
        Entry::Vacant(free) => {
            free.insert(value);
        }
        Entry::Occupied(mut there) => merge(there.get_mut(), value),
    }
}

fn merge(there: &mut Value, value: Value) {
    match (there, value) {
        (Value::Object(there), Value::Object(more)) => {
            more.into_iter().for_each(|(key, value)| insert(there, key, value));
        }
        (Value::List(there), Value::List(more)) => {
            there.iter_mut().zip(more).for_each(|(there, value)| merge(there, value));
        }
        _ => {}
    }
}
