//! Where a stream stands: which windows are read already, and the state that says so in the reference's shape.

mod clamp;
mod mark;
mod narrow;
mod parents;
mod partitioned;
mod spec;
mod window;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::slice::Slice;
use super::template::Scope;
use super::value::{Map, Value};
use partitioned::Partitioned;
use window::Window;

pub(super) use narrow::Seen;
pub(super) use partitioned::key as partition_key;
pub(super) use spec::CursorSpec;

/// The state of a stream that has no cursor.
const NO_CURSOR: &str = "__ab_no_cursor_state_message";

/// The cursor of one read of a stream.
#[derive(Debug)]
pub(super) enum Cursor {
    /// There is none: everything is read.
    None,
    One(Box<Window>),
    Partitioned(Box<Partitioned>),
}

/// What a cursor follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    Stream,
    EachPartition,
    /// All partitions as one: what they are changes from read to read.
    AllPartitions,
}

/// A window that was read to its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Closed {
    pub(super) window: Value,
    /// The highest value of the cursor in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) latest: Option<Value>,
}

/// What an earlier process had read of a partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behind<'a> {
    pub(super) read: &'a [Closed],
    /// How many windows are left.
    pub(super) left: usize,
}

impl Cursor {
    /// A cursor that goes on from a state.
    pub(super) fn new(
        spec: Option<&CursorSpec>,
        follows: Follows,
        state: &Value,
        scope: &Scope,
    ) -> Result<Self, Failure> {
        Ok(match spec {
            None => Self::None,
            Some(spec) if follows == Follows::Stream => Self::One(Box::new(Window::new(spec, state, None, scope)?)),
            Some(spec) => {
                let as_one = follows == Follows::AllPartitions;
                Self::Partitioned(Box::new(Partitioned::new(spec, as_one, state, scope)?))
            }
        })
    }

    /// The windows to read of a partition, in order. `parents` tells where its parents stand now that it came.
    pub(super) fn windows(
        &mut self,
        partition: &Map,
        parents: impl FnOnce() -> Option<Value>,
        scope: &Scope,
    ) -> Result<Vec<Map>, Failure> {
        match self {
            Self::None => Ok(vec![Map::default()]),
            Self::One(window) => window.windows(scope),
            Self::Partitioned(all) => all.windows(partition, parents, scope),
        }
    }

    /// The turn of a slice has come: its windows may have been asked for before those in front of it were read.
    pub(super) fn begin(&mut self, slice: &Slice) {
        if let Self::Partitioned(all) = self {
            all.begin(slice);
        }
    }

    /// Takes over what an earlier process has read of a partition, after its [`windows`](Self::windows) were asked for.
    pub(super) fn take_over(&mut self, partition: &Map, behind: Behind<'_>) -> Result<(), Failure> {
        match self {
            Self::None => Ok(()),
            Self::One(window) => behind.read.iter().try_for_each(|closed| window.take_over(closed)),
            Self::Partitioned(all) => all.take_over(partition, behind),
        }
    }

    /// Takes over the highest value over all partitions of a read that began some seconds ago.
    pub(super) fn take_over_all(&mut self, highest: Option<&Value>, seconds: u64) {
        if let Self::Partitioned(all) = self {
            all.take_over_all(highest, seconds);
        }
    }

    /// The highest value in a slice that is still open.
    pub(super) fn latest(&self, slice: &Slice) -> Option<Value> {
        match self {
            Self::None => None,
            Self::One(window) => window.latest(),
            Self::Partitioned(all) => all.latest(slice),
        }
    }

    /// Goes on with a slice of which an earlier process had read some pages, with this highest value among them.
    pub(super) fn go_on(&mut self, slice: &Slice, latest: &Value) -> Result<(), Failure> {
        match self {
            Self::None => Ok(()),
            Self::One(window) => window.go_on(latest),
            Self::Partitioned(all) => all.go_on(slice, latest),
        }
    }

    /// The highest value over all partitions.
    pub(super) fn over_all(&self) -> Option<Value> {
        match self {
            Self::None | Self::One(_) => None,
            Self::Partitioned(all) => all.over_all(),
        }
    }

    /// How many partitions its state tells one by one.
    pub(super) fn followed(&self) -> usize {
        match self {
            Self::None | Self::One(_) => 0,
            Self::Partitioned(all) => all.followed(),
        }
    }

    /// Notes a record of a slice.
    pub(super) fn observe(&mut self, record: &Value, slice: &Slice) {
        match self {
            Self::None => {}
            Self::One(window) => window.observe(record),
            Self::Partitioned(all) => all.observe(record, slice),
        }
    }

    /// A slice was read to its end. Returns whether the state is worth telling.
    pub(super) fn close(&mut self, slice: &Slice) -> Result<bool, Failure> {
        match self {
            Self::None => Ok(false),
            Self::One(window) => window.close(&slice.window),
            Self::Partitioned(all) => all.close(slice),
        }
    }

    /// A slice was not read to its end.
    pub(super) fn abandon(&mut self, slice: &Slice) {
        match self {
            Self::None => {}
            Self::One(window) => window.abandon(),
            Self::Partitioned(all) => all.abandon(slice),
        }
    }

    /// Everything was read.
    pub(super) fn finish(&mut self, parents: Option<Value>) {
        if let Self::Partitioned(all) = self {
            all.finish(parents);
        }
    }

    pub(super) fn state(&self) -> Value {
        match self {
            Self::None => Value::map(Map::from_iter([(NO_CURSOR, Value::Bool(true))])),
            Self::One(window) => window.state(),
            Self::Partitioned(all) => all.state(),
        }
    }

    /// Whether a record lies where this read looks.
    pub(super) fn wants(&self, record: &Value, slice: &Slice, scope: &Scope) -> Result<bool, Failure> {
        match self {
            Self::None => Ok(true),
            Self::One(window) => window.wants(record, scope),
            Self::Partitioned(all) => all.wants(record, slice, scope),
        }
    }
}
