//! Automatic persisted queries: a client names a query by its hash, and sends it only where we do not know it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// Bytes that a query takes besides its text: its hash twice, and its places in the tables.
const PER_QUERY: usize = 256;

/// The queries that were sent with their hashes, the newest in use. Cheap to clone.
#[derive(Clone)]
pub(super) struct PersistedQueries {
    kept: Arc<Mutex<Kept>>,
    /// Bytes that they may take; none turns the whole thing off.
    limit: usize,
}

#[derive(Default)]
struct Kept {
    queries: HashMap<String, Query>,
    /// The hashes by the time of their last use.
    by_use: BTreeMap<u64, String>,
    uses: u64,
    bytes: usize,
}

struct Query {
    text: String,
    last_use: u64,
}

impl PersistedQueries {
    /// None yet, of `limit` bytes in all.
    pub(super) fn new(limit: usize) -> Self {
        Self { kept: Arc::default(), limit }
    }

    /// Puts the query into a body that names it by its hash, or keeps the one that comes with its hash.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND`, upon which a client sends it whole; or where the hash is none of the query.
    pub(super) fn complete(&self, body: &mut Value) -> Result<(), Refusal> {
        let named = &body["extensions"]["persistedQuery"];
        if named.is_null() {
            return Ok(());
        }
        let (version, hash) = (named["version"].as_u64(), named["sha256Hash"].as_str().unwrap_or(""));
        if version != Some(1) || hash.len() != 64 {
            return Err(Refusal::bad_request("extensions.persistedQuery has to be { version: 1, sha256Hash }"));
        }
        if self.limit == 0 {
            return Err(refused("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"));
        }
        let hash = hash.to_ascii_lowercase();
        match body.get("query") {
            Some(Value::String(query)) if hex::encode(Sha256::digest(query)) != hash => {
                Err(Refusal::bad_request("extensions.persistedQuery.sha256Hash is not the SHA-256 of the query"))
            }
            Some(Value::String(query)) => {
                self.kept().keep(hash, query, self.limit);
                Ok(())
            }
            _ => {
                let query = self.kept().find(&hash);
                body["query"] = query.ok_or_else(|| refused("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))?;
                Ok(())
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Clients know these messages; the request itself is well-formed, hence the status.
fn refused(code: &str, message: &str) -> Refusal {
    Refusal::new(StatusCode::OK, code, message)
}

/// What a query takes, in bytes.
fn size(text: &str) -> usize {
    text.len() + PER_QUERY
}

impl Kept {
    fn find(&mut self, hash: &str) -> Option<Value> {
        self.uses += 1;
        let query = self.queries.get_mut(hash)?;
        self.by_use.remove(&query.last_use);
        query.last_use = self.uses;
        self.by_use.insert(self.uses, hash.to_owned());
        Some(Value::from(query.text.as_str()))
    }

    /// Keeps a query; those that were not used for the longest time make room.
    fn keep(&mut self, hash: String, text: &str, limit: usize) {
        if size(text) > limit || self.find(&hash).is_some() {
            return;
        }
        while self.bytes + size(text) > limit
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.bytes -= self.queries.remove(&oldest).map_or(0, |query| size(&query.text));
        }
        self.bytes += size(text);
        self.by_use.insert(self.uses, hash.clone());
        self.queries.insert(hash, Query { text: text.to_owned(), last_use: self.uses });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(query: Option<&str>, of: &str) -> Value {
        let hash = hex::encode(Sha256::digest(of));
        json!({ "query": query, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })
    }

    fn completed(queries: &PersistedQueries, query: Option<&str>, of: &str) -> Option<String> {
        let mut body = body(query, of);
        queries.complete(&mut body).ok()?;
        body["query"].as_str().map(str::to_owned)
    }

    #[test]
    fn a_query_that_came_once_is_known_by_its_hash() {
        let queries = PersistedQueries::new(1000);
        assert_eq!(completed(&queries, None, "{ a }"), None);
        assert_eq!(completed(&queries, Some("{ a }"), "{ b }"), None, "it is another one's hash");
        assert_eq!(completed(&queries, Some("{ a }"), "{ a }").as_deref(), Some("{ a }"));
        assert_eq!(completed(&queries, None, "{ a }").as_deref(), Some("{ a }"));
        assert_eq!(completed(&queries, None, "{ b }"), None);
    }

    #[test]
    fn the_one_that_was_not_used_for_the_longest_time_makes_room() {
        let limit = 2 * size("{ a }");
        let queries = PersistedQueries::new(limit);
        for query in ["{ a }", "{ b }"] {
            completed(&queries, Some(query), query).unwrap();
        }
        completed(&queries, None, "{ a }").unwrap();
        completed(&queries, Some("{ c }"), "{ c }").unwrap();
        assert_eq!(completed(&queries, None, "{ b }"), None);
        assert!(completed(&queries, None, "{ a }").is_some() && completed(&queries, None, "{ c }").is_some());
        let largest = format!("{{ {} }}", "a".repeat(limit - size("{  }")));
        let too_large = format!("{largest} ");
        completed(&queries, Some(&largest), &largest).unwrap();
        completed(&queries, Some(&too_large), &too_large).unwrap();
        assert!(completed(&queries, None, &largest).is_some(), "it is as large as all may be");
        assert_eq!(completed(&queries, None, &too_large), None);
    }

    #[test]
    fn without_any_room_it_is_off() {
        let error = PersistedQueries::new(0).complete(&mut body(Some("{ a }"), "{ a }")).unwrap_err();
        assert!(format!("{error:?}").contains("PersistedQueryNotSupported"));
        assert!(PersistedQueries::new(0).complete(&mut json!({ "query": "{ a }" })).is_ok());
    }
}
