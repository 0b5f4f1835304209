//! A slice of a stream: the partition that it belongs to, and the window of the cursor.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object};

use super::http::Answer;
use super::template::{Scope, to_engine};
use super::value::{Map, Value, text};

type Engine = minijinja::Value;

/// The extra field under which a parent's record gives the first page of what is read for it.
pub(super) const GIVEN_PAGE: &str = "child_response";

/// What one run of pages reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Slice {
    pub(super) partition: Map,
    pub(super) window: Map,
    /// Fields of a parent's record, for templates only.
    pub(super) extra: Map,
    /// The job that made what is read, where it takes one.
    pub(super) job: Option<Arc<Job>>,
    /// Where an earlier process stood in it, which had read some of its pages.
    pub(super) halfway: Option<Halfway>,
}

/// A place between two pages.
#[derive(Clone, Debug)]
pub(super) struct Halfway {
    /// The token of the page that comes next.
    pub(super) next: Value,
    /// The highest value of the cursor so far.
    pub(super) latest: Option<Value>,
}

/// What an API said of a job: when it was asked for, and when it was done.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) creation: Answer,
    pub(super) polling: Answer,
}

impl Slice {
    /// Partition and window in one.
    pub(super) fn whole(&self) -> Map {
        let mut whole = self.partition.clone();
        for (key, value) in self.window.iter() {
            whole.insert(key.clone(), value.clone());
        }
        whole
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.window.get(key).or_else(|| self.partition.get(key))
    }

    /// As templates see it.
    pub(super) fn to_engine(&self) -> Engine {
        Engine::from_object(EngineSlice {
            whole: Value::map(self.whole()),
            partition: Value::map(self.partition.clone()),
            window: Value::map(self.window.clone()),
            extra: Value::map(self.extra.clone()),
        })
    }

    /// The scope of what is done to this slice's records.
    pub(super) fn record_scope(&self, base: &Scope) -> Scope {
        let mut scope = base.clone();
        scope.set("stream_slice", self.to_engine());
        scope
    }

    /// The scope of a request for this slice.
    pub(super) fn scope(&self, base: &Scope, token: Option<&Value>) -> Scope {
        let mut scope = base.clone();
        scope.set("stream_slice", self.to_engine());
        let token = token.map(|token| Value::map(Map::from_iter([("next_page_token", token.clone())])));
        scope.set("next_page_token", to_engine(&token.unwrap_or_default()));
        for (name, value) in self.extra.iter() {
            scope.set(name, to_engine(value));
        }
        scope
    }
}

#[derive(Debug)]
struct EngineSlice {
    whole: Value,
    partition: Value,
    window: Value,
    extra: Value,
}

impl Object for EngineSlice {
    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Engine> {
        if let Some(value) = self.whole.get(key) {
            return Some(to_engine(value));
        }
        match key {
            "partition" | "_partition" => Some(to_engine(&self.partition)),
            "cursor_slice" => Some(to_engine(&self.window)),
            "extra_fields" => Some(to_engine(&self.extra)),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let keys = self.whole.as_map().into_iter().flat_map(Map::keys);
        Enumerator::Values(keys.map(|key| Engine::from(key.as_str())).collect())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.whole.is_truthy() || self.extra.is_truthy()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(&self.whole))
    }
}
