//! Documents as they were read: clients send the same few texts again and again, and only their variables differ.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use async_graphql::{Request, ServerError};
use lru::LruCache;

use super::complete::{Plan, Types};
use super::limits;
use crate::config::GraphqlSettings;

/// Bytes of text of which the documents are kept. What was read of a text takes some hundred times as much memory.
const KEPT_BYTES: usize = 64 * 1024;

/// The documents that were asked for last.
pub(super) struct Documents {
    types: Types,
    settings: GraphqlSettings,
    kept: Mutex<Kept>,
}

struct Kept {
    documents: LruCache<Key, Arc<Document>>,
    bytes: usize,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    query: String,
    operation_name: Option<String>,
}

/// A document and the one of its operations that is asked for.
pub(super) struct Document {
    parsed: ExecutableDocument,
    kind: Result<OperationType, ServerError>,
    plan: Result<Plan, ServerError>,
}

impl Documents {
    /// None yet.
    pub(super) fn new(types: Types, settings: GraphqlSettings) -> Self {
        let kept = Kept { documents: LruCache::unbounded(), bytes: 0 };
        Self { types, settings, kept: Mutex::new(kept) }
    }

    /// The document of a request.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn of(&self, request: &Request) -> Result<Arc<Document>, ServerError> {
        let key = Key { query: request.query.clone(), operation_name: request.operation_name.clone() };
        if let Some(document) = self.kept().documents.get(&key) {
            return Ok(Arc::clone(document));
        }
        let document = Arc::new(Document::read(&key, &self.types, &self.settings)?);
        if document.kind.is_ok() && document.plan.is_ok() {
            self.kept().keep(key, &document);
        }
        Ok(document)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Keeps a document; those that were not asked for the longest time make room.
    fn keep(&mut self, key: Key, document: &Arc<Document>) {
        let bytes = key.query.len();
        // Another request may have read it at the same time.
        if bytes > KEPT_BYTES || self.documents.contains(&key) {
            return;
        }
        self.bytes += bytes;
        self.documents.put(key, Arc::clone(document));
        while self.bytes > KEPT_BYTES
            && let Some((oldest, _)) = self.documents.pop_lru()
        {
            self.bytes -= oldest.query.len();
        }
    }
}

impl Document {
    fn read(key: &Key, types: &Types, settings: &GraphqlSettings) -> Result<Self, ServerError> {
        let parsed = parse_query(&key.query)?;
        let name = key.operation_name.as_deref();
        let kind = chosen(&parsed, name).map(|operation| operation.ty);
        let plan = planned(&parsed, name, types, settings);
        Ok(Self { parsed, kind, plan })
    }

    /// What was read, to be executed.
    pub(super) fn parsed(&self) -> ExecutableDocument {
        self.parsed.clone()
    }

    /// The operation that is asked for.
    ///
    /// # Errors
    /// Where the document has no such operation.
    pub(super) fn operation(&self, name: Option<&str>) -> Result<&OperationDefinition, ServerError> {
        chosen(&self.parsed, name)
    }

    /// The kind of the operation that is asked for.
    ///
    /// # Errors
    /// Where the document has no such operation.
    pub(super) fn kind(&self) -> Result<OperationType, ServerError> {
        self.kind.clone()
    }

    /// What the operation selects.
    ///
    /// # Errors
    /// Where it may not be executed.
    pub(super) fn plan(&self) -> Result<&Plan, ServerError> {
        self.plan.as_ref().map_err(Clone::clone)
    }
}

fn planned(
    document: &ExecutableDocument,
    name: Option<&str>,
    types: &Types,
    settings: &GraphqlSettings,
) -> Result<Plan, ServerError> {
    limits::check(document, settings)?;
    let operation = chosen(document, name)?;
    if operation.ty == OperationType::Subscription && !is_one_field(operation) {
        let message = "a subscription has exactly one field at its root, written there once: in no fragment, and \
                       without @skip or @include";
        return Err(ServerError::new(message, None));
    }
    Ok(Plan::of(document, name, types))
}

/// The operation of a document that is to be executed.
fn chosen<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, ServerError> {
    let mut operations = document.operations.iter().filter(|(own, _)| match name {
        Some(name) => own.is_some_and(|own| own == name),
        None => true,
    });
    match (operations.next(), operations.next()) {
        (Some((_, operation)), None) => Ok(&operation.node),
        (None, _) => Err(ServerError::new(format!("the document has no operation {}", name.unwrap_or("")), None)),
        (Some(_), Some(_)) => {
            Err(ServerError::new("the document has several operations: say by operationName which one to run", None))
        }
    }
}

/// Whether one field stands at the root of an operation, as async-graphql follows it: it opens a stream for each field that
/// is written there, also twice for the same, and none for those of a fragment.
fn is_one_field(operation: &OperationDefinition) -> bool {
    match operation.selection_set.node.items.as_slice() {
        [item] => matches!(&item.node, Selection::Field(field) if field.node.directives.is_empty()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Documents {
        Documents::new(Types::of(&crate::graphql::sdl()), GraphqlSettings::default())
    }

    fn read(documents: &Documents, query: &str, operation_name: Option<&str>) -> Arc<Document> {
        let mut request = Request::new(query);
        request.operation_name = operation_name.map(str::to_owned);
        documents.of(&request).unwrap()
    }

    #[test]
    fn a_text_is_read_once_for_each_of_its_operations() {
        let documents = documents();
        let text = "query A { connectorTypes { name } } subscription B { connectorChanged { id } }";
        let [query, subscription] = ["A", "B"].map(|name| read(&documents, text, Some(name)));
        assert_eq!(query.kind(), Ok(OperationType::Query));
        assert_eq!(subscription.kind(), Ok(OperationType::Subscription));
        assert!(Arc::ptr_eq(&query, &read(&documents, text, Some("A"))));
        assert!(read(&documents, text, None).kind().is_err(), "nobody knows which one is meant");
        assert!(documents.of(&Request::new("{")).is_err());
    }

    #[test]
    fn what_may_not_be_executed_is_not_kept() {
        let documents = documents();
        let deep = format!("{} id {}", "{ a".repeat(50), "}".repeat(50));
        assert!(read(&documents, &deep, None).plan().is_err());
        assert_eq!(documents.kept().documents.len(), 0);
    }

    #[test]
    fn the_one_that_was_not_asked_for_the_longest_time_makes_room() {
        let documents = documents();
        let half = KEPT_BYTES / 2 - 40;
        let text = |number: usize| format!("{{ connectorTypes {{ name }} }} # {number:0>half$}");
        let first = read(&documents, &text(1), None);
        let second = read(&documents, &text(2), None);
        assert!(Arc::ptr_eq(&first, &read(&documents, &text(1), None)));
        read(&documents, &text(3), None);
        assert!(Arc::ptr_eq(&first, &read(&documents, &text(1), None)));
        assert!(!Arc::ptr_eq(&second, &read(&documents, &text(2), None)));
        assert!(documents.kept().bytes <= KEPT_BYTES);
    }
}
