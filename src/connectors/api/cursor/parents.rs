//! Where the parents of partitions stand, as far as what comes of them was read.

use std::collections::{BTreeSet, VecDeque};

use super::super::value::Value;

/// A state is noted again when so many partitions are new as this goes into its members: so each partition costs no more than that
/// many of them, however many a parent has itself.
const NEW_IN: usize = 512;
/// The most members of states that are noted at once. Behind them the parents' state is told later than it could be.
const MOST_MEMBERS: usize = 1 << 18;

/// The parents' states as they were when partitions came. One is told as soon as its partition and all before it were read: the
/// next read comes upon those again that were not.
#[derive(Debug, Default)]
pub(super) struct Parents {
    told: Option<Value>,
    /// In the order of their partitions.
    noted: VecDeque<Noted>,
    /// The members of all that is noted.
    members: usize,
    /// How many partitions came.
    met: usize,
    /// The partition with which a state is noted again.
    next: usize,
    /// The partitions that are not read to their end.
    open: BTreeSet<usize>,
}

#[derive(Debug)]
struct Noted {
    partition: usize,
    state: Value,
    members: usize,
}

impl Parents {
    /// They stand where a state says.
    pub(super) fn at(told: Option<Value>) -> Self {
        Self { told, ..Self::default() }
    }

    pub(super) fn state(&self) -> Option<&Value> {
        self.told.as_ref()
    }

    /// A partition came when the parents' state was this. Returns its number.
    pub(super) fn meet(&mut self, state: impl FnOnce() -> Option<Value>) -> usize {
        let partition = self.met;
        self.met += 1;
        self.open.insert(partition);
        if partition >= self.next
            && self.members < MOST_MEMBERS
            && let Some(state) = state()
        {
            self.note(partition, state);
        }
        partition
    }

    fn note(&mut self, partition: usize, state: Value) {
        let members = members(&state);
        self.next = partition + 1 + members / NEW_IN;
        if self.noted.back().is_none_or(|last| last.state != state) {
            self.members += members;
            self.noted.push_back(Noted { partition, state, members });
        }
    }

    /// A partition was read to its end.
    pub(super) fn close(&mut self, partition: usize) {
        self.open.remove(&partition);
        let first = self.open.first().copied();
        while self.noted.front().is_some_and(|noted| first.is_none_or(|first| noted.partition < first))
            && let Some(noted) = self.noted.pop_front()
        {
            self.members -= noted.members;
            self.told = Some(noted.state);
        }
    }

    /// All partitions were read; the parents' state is this now.
    pub(super) fn finish(&mut self, state: Option<Value>) {
        self.noted.clear();
        self.members = 0;
        self.told = state;
    }
}

/// A value and all that it consists of.
fn members(value: &Value) -> usize {
    let inner = match value {
        Value::Map(map) => map.iter().map(|(_, member)| members(member)).sum(),
        Value::List(items) | Value::Tuple(items) => items.iter().map(members).sum(),
        _ => 0,
    };
    1 + inner
}

#[cfg(test)]
mod tests {
    use super::super::super::value::Map;
    use super::*;

    fn state(of: usize) -> Value {
        Value::map(Map::from_iter([("teams", Value::Int(i64::try_from(of).unwrap()))]))
    }

    #[test]
    fn the_state_is_that_of_the_last_partition_up_to_which_all_were_read() {
        let mut parents = Parents::at(None);
        let met: Vec<usize> = (0..5).map(|number| parents.meet(|| Some(state(number / 2)))).collect();
        let told = |parents: &mut Parents, partition: usize| {
            parents.close(met[partition]);
            parents.state().cloned()
        };
        assert_eq!(told(&mut parents, 1), None);
        // The second partition came when the state was the same.
        assert_eq!(told(&mut parents, 0), Some(state(0)));
        assert_eq!(told(&mut parents, 3), Some(state(0)));
        assert_eq!(told(&mut parents, 4), Some(state(0)));
        assert_eq!(told(&mut parents, 2), Some(state(2)));
    }

    #[test]
    fn large_states_are_noted_now_and_then_and_not_without_end() {
        let large = |number: usize| {
            let items = (0..10_000).map(|_| state(number)).collect();
            Some(Value::map(Map::from_iter([("states", Value::list(items))])))
        };
        let (mut parents, mut asked) = (Parents::at(None), 0);
        for number in 0..2_000 {
            parents.meet(|| {
                asked += 1;
                large(number)
            });
        }
        assert!(asked <= 2_000 / 39 && parents.noted.len() <= 14, "{asked} {}", parents.noted.len());
        (0..2_000).for_each(|partition| parents.close(partition));
        assert!(parents.noted.is_empty() && parents.members == 0 && parents.state().is_some());
    }
}
