//! An operation as a client has asked for it, which may be executed more than once.

use std::any::TypeId;

use async_graphql::parser::types::{OperationDefinition, Selection};
use async_graphql::{Data, Name, Request, Variables};

use super::context::RequestId;
use super::documents::Document;
use super::mark::{Beginning, LastSeen};
use crate::services::Viewer;
#[cfg(test)]
use crate::{entity::ids::WorkspaceId, services::Role};

/// The argument that says from where a client wants to go on: it differs among clients that want the same.
const AFTER: &str = "after";

/// An operation, who asks for it, and from where they want to go on.
pub struct Asked {
    query: String,
    operation_name: Option<String>,
    variables: Variables,
    viewer: Viewer,
    request_id: RequestId,
    last_seen: Option<LastSeen>,
    /// As it came, for the first time that it is executed.
    first: Request,
}

/// What two queries have in common that are answered alike, and two subscriptions that tell the same from one moment on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    query: String,
    operation_name: Option<String>,
    /// Their values as JSON; those of subscriptions without [`AFTER`].
    variables: String,
    viewer: Viewer,
}

impl Asked {
    /// The operation of a request, whose data may hold a [`LastSeen`](super::LastSeen).
    pub fn new(request: Request, viewer: Viewer, request_id: RequestId) -> Self {
        let (query, variables) = (request.query.clone(), request.variables.clone());
        let operation_name = request.operation_name.clone();
        let last_seen = found::<LastSeen>(&request.data).cloned();
        let first = request.data(viewer.clone()).data(request_id.clone());
        Self { query, operation_name, variables, viewer, request_id, last_seen, first }
    }

    /// The request as it came, before it was [taken](Self::take).
    pub(super) fn request(&self) -> &Request {
        &self.first
    }

    /// The request that asks for it.
    pub(super) fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The request as it came. It is given once.
    pub(super) fn take(&mut self) -> Request {
        std::mem::replace(&mut self.first, Request::new(""))
    }

    /// The same request once more.
    pub(super) fn again(&self) -> Request {
        let request = self.unmarked().data(self.request_id.clone());
        match &self.last_seen {
            Some(last_seen) => request.data(last_seen.clone()),
            None => request,
        }
    }

    /// A request for it that begins elsewhere than its client asks.
    pub(super) fn anew(&self, beginning: Beginning) -> Request {
        let request = self.unmarked().data(beginning);
        match beginning {
            // For all who listen: it belongs to no one request.
            Beginning::Now => request,
            Beginning::Missed(_) => request.data(self.request_id.clone()),
        }
    }

    /// A request that says nothing of where it begins, and of whom it is.
    fn unmarked(&self) -> Request {
        let mut request = Request::new(self.query.clone()).variables(self.variables.clone());
        request.operation_name.clone_from(&self.operation_name);
        request.data(self.viewer.clone())
    }

    /// What a subscription of this document has in common with those that tell the same.
    pub(super) fn key(&self, document: &Document) -> Option<Key> {
        let after = document.operation(self.operation_name.as_deref()).ok().and_then(variable_of_after);
        let mut variables = self.variables.clone();
        if let Some(after) = after
            // Its definition and the one use: elsewhere it could choose what is told.
            && uses(&self.query, &after) == 2
        {
            variables.remove(&after);
        }
        self.key_with(&variables)
    }

    /// What a query has in common with those that are answered alike.
    pub(super) fn key_of_query(&self) -> Option<Key> {
        self.key_with(&self.variables)
    }

    fn key_with(&self, variables: &Variables) -> Option<Key> {
        Some(Key {
            query: self.query.clone(),
            operation_name: self.operation_name.clone(),
            variables: serde_json::to_string(variables).ok()?,
            viewer: self.viewer.clone(),
        })
    }
}

#[cfg(test)]
impl Key {
    /// That of a query without variables, whoever asks it.
    pub(super) fn of_text(query: &str) -> Self {
        let viewer = Viewer { workspace_id: WorkspaceId::generate(), role: Role::Viewer, name: String::new() };
        Self { query: query.to_owned(), operation_name: None, variables: String::new(), viewer }
    }
}

/// What was put into a request's data.
pub(super) fn found<T: Send + Sync + 'static>(data: &Data) -> Option<&T> {
    data.get(&TypeId::of::<T>()).and_then(|data| data.downcast_ref())
}

/// The variable that gives a subscription's root field its [`AFTER`].
fn variable_of_after(operation: &OperationDefinition) -> Option<Name> {
    let [item] = operation.selection_set.node.items.as_slice() else { return None };
    let Selection::Field(field) = &item.node else { return None };
    let value = field.node.get_argument(AFTER)?.node.to_string();
    value.strip_prefix('$').map(Name::new)
}

/// How many times a document may name a variable; never too few.
fn uses(query: &str, variable: &str) -> usize {
    let is_name = |character: char| character == '_' || character.is_ascii_alphanumeric();
    let is_ignored = |character: char| character.is_whitespace() || [',', '\u{feff}'].contains(&character);
    let names = |rest: &&str| {
        let rest = rest.trim_start_matches(is_ignored);
        // A comment may stand between, too.
        rest.starts_with('#') || rest.split(|next| !is_name(next)).next() == Some(variable)
    };
    query.split('$').skip(1).filter(names).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_counted_however_it_is_written() {
        let query = "subscription($after: String) { syncEvents(after: $after) { id } }";
        assert_eq!(uses(query, "after"), 2);
        assert_eq!(
            uses("($after: String, $afterwards: Int) { a(b: $ ,after, c: $afterwards, d: $#\nafter) }", "after"),
            3
        );
    }
}
