//! Windows made narrower: what is left of one behind the records that were read, and its two halves.

use super::super::failure::Failure;
use super::super::time::Period;
use super::super::value::{Map, Value};
use super::CursorSpec;
use super::mark::Mark;
use super::spec::Kind;

/// The highest value of the cursor among the records of a window.
#[derive(Debug, Default)]
pub(in super::super) struct Seen(Option<Mark>);

impl Seen {
    pub(in super::super) fn observe(&mut self, record: &Value, spec: &CursorSpec) {
        let Some(mark) = spec.0.of_record(record) else { return };
        if self.0.as_ref().is_none_or(|seen| *seen < mark) {
            self.0 = Some(mark);
        }
    }

    /// The window from there on; all of it where nothing was seen.
    pub(in super::super) fn rest_of(&self, window: &Map, spec: &CursorSpec) -> Map {
        let mut rest = window.clone();
        if let Some(mark) = &self.0 {
            rest.insert(spec.0.keys[0].as_str(), spec.0.write(mark));
        }
        rest
    }
}

impl CursorSpec {
    /// The halves of a window, the earlier first. `None` where it cannot be made smaller: it is no longer than `least`, or than
    /// the least that the cursor can tell apart.
    ///
    /// # Errors
    /// Where it has no start or no end that the cursor can read.
    pub(in super::super) fn halves(&self, window: &Map, least: Option<&Period>) -> Result<Option<[Map; 2]>, Failure> {
        let Kind::Dates(dates) = &self.0.kind else { return Ok(None) };
        let Some(unit) = dates.granularity.filter(|unit| unit.months == 0 && unit.micros > 0) else { return Ok(None) };
        let [start_key, end_key] = &self.0.keys;
        let mark = |key: &str| {
            let value = window.get(key).ok_or_else(|| Failure::Data(format!("the slice has no `{key}`")))?;
            self.0.read_state(value)
        };
        let (start, end) = (mark(start_key)?, mark(end_key)?);
        let (Mark::Moment(from), Mark::Moment(to)) = (&start, &end) else { return Ok(None) };
        let span = to.since(*from).micros;
        let units = span.div_euclid(unit.micros) + 1;
        if span <= 0 || units <= 1 || least.is_some_and(|least| span <= least.micros) {
            return Ok(None);
        }
        let first_end = start.plus(&Period::micros((units / 2 - 1) * unit.micros))?;
        let second_start = first_end.plus(&unit)?;
        let between = |start: &Mark, end: &Mark| {
            let mut half = window.clone();
            half.insert(start_key.as_str(), self.0.write(start));
            half.insert(end_key.as_str(), self.0.write(end));
            half
        };
        let halves = [between(&start, &first_end), between(&second_start, &end)];
        // As they are written they must still be two, one behind the other.
        let written = |half: &Map, key: &str| half.get(key).and_then(|value| self.0.read(value));
        let is_apart = written(&halves[0], end_key) < written(&halves[1], start_key)
            && written(&halves[1], start_key) <= written(&halves[1], end_key);
        Ok(is_apart.then_some(halves))
    }
}
