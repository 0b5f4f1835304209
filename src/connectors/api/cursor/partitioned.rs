//! A cursor for each partition, and one over all of them for partitions that are new.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::super::failure::Failure;
use super::super::slice::Slice;
use super::super::template::Scope;
use super::super::time::Period;
use super::super::value::{Map, Value, text, write};
use super::parents::Parents;
use super::window::Window;
use super::{Behind, CursorSpec};

/// The most partitions that are followed one by one.
const SWITCH_TO_GLOBAL: usize = 10_000;
/// How often the state is told while partitions are read.
const EMIT_EVERY: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(in super::super) struct Partitioned {
    spec: CursorSpec,
    /// In the order in which they were met.
    partitions: Vec<(Map, Window)>,
    places: HashMap<Vec<u8>, usize>,
    /// How many of them are in the state that was given.
    given: usize,
    /// How many of them the state tells: those that were given, and those whose turn has come.
    reached: usize,
    /// The partitions met in this read.
    open: HashMap<Vec<u8>, Met>,
    global: Option<Value>,
    new_global: Option<Value>,
    uses_global: bool,
    lookback_seconds: i64,
    parents: Parents,
    read_some: bool,
    begun: Option<Instant>,
    /// How long others had been reading before.
    before: Duration,
    told: Option<Instant>,
}

/// A partition that was met in this read.
#[derive(Clone, Copy, Debug)]
struct Met {
    /// Counted in the order in which they were met.
    number: usize,
    /// How many of its windows are left.
    left: usize,
}

impl Partitioned {
    pub(super) fn new(spec: &CursorSpec, as_one: bool, state: &Value, scope: &Scope) -> Result<Self, Failure> {
        let mut all = Self {
            spec: spec.clone(),
            partitions: Vec::new(),
            places: HashMap::new(),
            given: 0,
            reached: 0,
            open: HashMap::new(),
            global: None,
            new_global: None,
            uses_global: as_one || spec.0.is_global,
            lookback_seconds: 0,
            parents: Parents::default(),
            read_some: false,
            begun: None,
            before: Duration::ZERO,
            told: None,
        };
        let Some(given) = state.as_map().filter(|map| !map.is_empty()) else { return Ok(all) };
        if !given.contains("states") && !given.contains("state") {
            all.set_global(state)?;
        } else {
            all.uses_global = given.get("use_global_cursor").is_some_and(Value::is_truthy);
            let lookback = given.get("lookback_window").and_then(super::super::time::as_int).unwrap_or(0);
            all.lookback_seconds = i64::try_from(lookback).unwrap_or(0);
            for known in given.get("states").and_then(Value::as_list).unwrap_or_default() {
                let (Some(partition), Some(cursor)) =
                    (known.get("partition").and_then(Value::as_map), known.get("cursor"))
                else {
                    return Err(Failure::Config(
                        "each of the state's `states` needs `partition` and `cursor`".to_owned(),
                    ));
                };
                let window = Window::new(spec, cursor, None, scope)?;
                all.add(partition, window);
            }
            all.given = all.partitions.len();
            all.reached = all.given;
            if let Some(global) = given.get("state") {
                all.set_global(global)?;
            }
        }
        all.parents = Parents::at(given.get("parent_state").filter(|parents| parents.is_truthy()).cloned());
        Ok(all)
    }

    fn set_global(&mut self, state: &Value) -> Result<(), Failure> {
        if let Some(value) = state.get(self.spec.field()) {
            let value = self.spec.0.write(&self.spec.0.read_state(value)?);
            (self.global, self.new_global) = (Some(value.clone()), Some(value));
        }
        Ok(())
    }

    fn add(&mut self, partition: &Map, window: Window) -> usize {
        let place = self.partitions.len();
        self.places.insert(key(partition), place);
        self.partitions.push((partition.clone(), window));
        place
    }

    /// A cursor for a partition that was not met before: it goes on from the one over all.
    fn fresh(&self, scope: &Scope) -> Result<Window, Failure> {
        let lookback = Period::seconds(self.lookback_seconds);
        let state = self.global_state();
        Window::new(&self.spec, &state.unwrap_or_else(Value::empty_map), Some(&lookback), scope)
    }

    fn global_state(&self) -> Option<Value> {
        let value = self.global.clone()?;
        Some(Value::map(Map::from_iter([(self.spec.field(), value)])))
    }

    /// The windows of a partition, which came when its parents' state was this.
    pub(super) fn windows(
        &mut self,
        partition: &Map,
        parents: impl FnOnce() -> Option<Value>,
        scope: &Scope,
    ) -> Result<Vec<Map>, Failure> {
        self.begun.get_or_insert_with(Instant::now);
        let key = key(partition);
        if self.open.contains_key(&key) {
            return Ok(Vec::new());
        }
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None => {
                let window = self.fresh(scope)?;
                self.add(partition, window)
            }
        };
        let windows = self.partitions[place].1.windows(scope)?;
        let met = Met { number: self.parents.meet(parents), left: windows.len() };
        self.meet(key, met);
        Ok(windows)
    }

    fn meet(&mut self, key: Vec<u8>, met: Met) {
        if met.left == 0 {
            self.parents.close(met.number);
        }
        self.open.insert(key, met);
    }

    pub(super) fn begin(&mut self, slice: &Slice) {
        let Some(place) = self.places.get(&key(&slice.partition)).copied() else { return };
        let before = if place < self.given { self.reached } else { place };
        if before > SWITCH_TO_GLOBAL {
            self.uses_global = true;
        }
        self.reached = self.reached.max(place + 1);
    }

    /// Takes over what another process has read of a partition.
    pub(super) fn take_over(&mut self, partition: &Map, behind: Behind<'_>) -> Result<(), Failure> {
        let key = key(partition);
        if let Some(place) = self.places.get(&key).filter(|_| !self.uses_global) {
            let window = &mut self.partitions[*place].1;
            behind.read.iter().try_for_each(|closed| window.take_over(closed))?;
        }
        if let Some(met) = self.open.get(&key).copied() {
            self.meet(key, Met { left: behind.left, ..met });
        }
        Ok(())
    }

    pub(super) fn take_over_all(&mut self, highest: Option<&Value>, seconds: u64) {
        if let Some(highest) = highest {
            self.read_some = true;
            self.advance(highest.clone());
        }
        self.before = Duration::from_secs(seconds);
    }

    pub(super) fn latest(&self, slice: &Slice) -> Option<Value> {
        let place = self.places.get(&key(&slice.partition)).filter(|_| !self.uses_global)?;
        self.partitions[*place].1.latest()
    }

    /// Goes on with a slice of which another process has read some pages.
    pub(super) fn go_on(&mut self, slice: &Slice, latest: &Value) -> Result<(), Failure> {
        match self.places.get(&key(&slice.partition)).filter(|_| !self.uses_global) {
            Some(place) => self.partitions[*place].1.go_on(latest),
            None => Ok(()),
        }
    }

    /// The highest value of this read; none where it has seen none.
    pub(super) fn over_all(&self) -> Option<Value> {
        self.new_global.clone().filter(|_| self.read_some)
    }

    /// The partitions in the state, those of earlier syncs among them.
    pub(super) fn followed(&self) -> usize {
        if self.uses_global { 0 } else { self.reached }
    }

    pub(super) fn observe(&mut self, record: &Value, slice: &Slice) {
        let Some(mark) = self.spec.0.of_record(record) else { return };
        self.read_some = true;
        self.advance(self.spec.0.write(&mark));
        if !self.uses_global
            && let Some(place) = self.places.get(&key(&slice.partition))
        {
            self.partitions[*place].1.observe(record);
        }
    }

    /// The cursor over all is compared as it is written.
    fn advance(&mut self, value: Value) {
        if self.new_global.as_ref().is_none_or(|known| text(known) < text(&value)) {
            self.new_global = Some(value);
        }
    }

    pub(super) fn close(&mut self, slice: &Slice) -> Result<bool, Failure> {
        let key = key(&slice.partition);
        let read = self.open.get_mut(&key).and_then(|met| {
            met.left = met.left.saturating_sub(1);
            (met.left == 0).then_some(met.number)
        });
        if !self.uses_global
            && let Some(place) = self.places.get(&key)
        {
            let window = &mut self.partitions[*place].1;
            window.close(&slice.window)?;
            if read.is_some()
                && let Some(value) = window.state().get(self.spec.field()).cloned()
            {
                self.advance(value);
            }
        }
        if let Some(number) = read {
            self.parents.close(number);
        }
        let due = self.told.is_none_or(|told| told.elapsed() > EMIT_EVERY);
        if due {
            self.told = Some(Instant::now());
        }
        Ok(due && (!self.uses_global || self.parents.state().is_some_and(Value::is_truthy)))
    }

    /// A slice was not read to its end.
    pub(super) fn abandon(&mut self, slice: &Slice) {
        if let Some(place) = self.places.get(&key(&slice.partition)) {
            self.partitions[*place].1.abandon();
        }
    }

    pub(super) fn finish(&mut self, parents: Option<Value>) {
        self.reached = self.partitions.len();
        if self.open.values().all(|met| met.left == 0) {
            if self.read_some {
                self.global.clone_from(&self.new_global);
                let seconds = self.begun.map_or(0, |begun| (self.before + begun.elapsed()).as_secs() + 1);
                self.lookback_seconds = i64::try_from(seconds).unwrap_or(0);
            }
            self.parents.finish(parents);
        }
    }

    pub(super) fn state(&self) -> Value {
        let mut state = Map::from_iter([("use_global_cursor", Value::Bool(self.uses_global))]);
        if !self.uses_global {
            let states = self.partitions[..self.reached].iter().filter_map(|(partition, window)| {
                let cursor = window.state();
                cursor.is_truthy().then(|| {
                    Value::map(Map::from_iter([("partition", Value::map(partition.clone())), ("cursor", cursor)]))
                })
            });
            state.insert("states", Value::list(states.collect()));
        }
        if let Some(global) = self.global_state() {
            state.insert("state", global);
        }
        state.insert("lookback_window", Value::Int(self.lookback_seconds));
        if let Some(parents) = self.parents.state() {
            state.insert("parent_state", parents.clone());
        }
        Value::map(state)
    }

    pub(super) fn wants(&self, record: &Value, slice: &Slice, scope: &Scope) -> Result<bool, Failure> {
        match self.places.get(&key(&slice.partition)).filter(|_| !self.uses_global) {
            Some(place) => self.partitions[*place].1.wants(record, scope),
            None => self.fresh(scope)?.wants(record, scope),
        }
    }
}

/// What makes two partitions the same: their members, in any order.
pub(in super::super) fn key(partition: &Map) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&Value::map(partition.clone()).sorted(), &mut bytes);
    bytes
}
