//! One cursor: the spans that are read already, and the windows that are left.

use super::super::failure::Failure;
use super::super::template::Scope;
use super::super::time::Period;
use super::super::value::{Map, Value};
use super::mark::{Mark, later};
use super::spec::{Dates, Kind};
use super::{Closed, CursorSpec};

/// A span that was read.
#[derive(Clone, Debug)]
struct Span {
    start: Mark,
    end: Mark,
    most_recent: Option<Mark>,
}

#[derive(Debug)]
pub(in super::super) struct Window {
    spec: CursorSpec,
    /// Where the very first read starts.
    first: Mark,
    /// Where this read starts.
    start: Mark,
    spans: Vec<Span>,
    /// The rest of the state as it came.
    legacy: Map,
    most_recent: Option<Mark>,
    end: Option<Mark>,
}

impl Window {
    /// `lookback` is subtracted from the state's cursor.
    pub(super) fn new(
        spec: &CursorSpec,
        state: &Value,
        lookback: Option<&Period>,
        scope: &Scope,
    ) -> Result<Self, Failure> {
        let first = spec.0.start(scope)?;
        let empty = Map::default();
        let given = state.as_map().unwrap_or(&empty);
        let mut window = Self {
            spec: spec.clone(),
            start: first.clone(),
            first,
            spans: Vec::new(),
            legacy: given.clone(),
            most_recent: None,
            end: None,
        };
        if matches!(given.get("state_type").and_then(Value::as_str), Some("date-range" | "integer")) {
            window.take_spans(given)?;
            return Ok(window);
        }
        if let Some(value) = given.get(spec.field()) {
            let mut mark = spec.0.read_state(value)?;
            if let Some(lookback) = lookback.filter(|lookback| !lookback.is_zero()) {
                mark = spec.0.read_state(&spec.0.write(&mark.minus(lookback)?))?;
                window.legacy.insert(spec.field(), spec.0.write(&mark));
            }
            if mark >= window.start {
                window.start = mark;
            }
        }
        let end = window.start.clone();
        window.spans.push(Span { start: window.first.clone(), most_recent: Some(end.clone()), end });
        Ok(window)
    }

    fn take_spans(&mut self, state: &Map) -> Result<(), Failure> {
        for span in state.get("slices").and_then(Value::as_list).unwrap_or_default() {
            let read = |key: &str| {
                span.get(key).filter(|value| value.is_truthy()).map(|value| self.spec.0.read_state(value)).transpose()
            };
            let (Some(start), Some(end)) = (read("start")?, read("end")?) else {
                return Err(Failure::Config("a slice of the state needs `start` and `end`".to_owned()));
            };
            self.spans.push(Span { start, end, most_recent: read("most_recent_cursor_value")? });
        }
        if let Some(span) = self.spans.first() {
            self.start = span.most_recent.clone().unwrap_or_else(|| span.end.clone());
        }
        self.legacy = state.get("legacy").and_then(Value::as_map).cloned().unwrap_or_default();
        Ok(())
    }

    fn dates(&self) -> Option<&Dates> {
        match &self.spec.0.kind {
            Kind::Dates(dates) => Some(dates),
            Kind::Count(_) => None,
        }
    }

    /// The windows that are left to read.
    pub(super) fn windows(&mut self, scope: &Scope) -> Result<Vec<Map>, Failure> {
        self.merge()?;
        let end = self.spec.0.end(scope)?;
        self.end = Some(end.clone());
        let mut windows = Vec::new();
        let (Some(first), Some(last)) = (self.spans.first(), self.spans.last()) else {
            return Err(Failure::Config("the state holds no slice".to_owned()));
        };
        if self.first < first.start {
            self.split(&self.first, &first.start, false, &end, &mut windows)?;
        }
        for pair in self.spans.windows(2) {
            let lower = match self.dates().and_then(|dates| dates.granularity) {
                Some(granularity) => pair[0].end.plus(&granularity)?,
                None => pair[0].end.clone(),
            };
            self.split(&lower, &pair[1].start, false, &end, &mut windows)?;
        }
        let lower = match self.dates().and_then(|dates| dates.lookback) {
            Some(lookback) => last.end.minus(&lookback)?,
            None => last.end.clone(),
        };
        self.split(&lower, &end, true, &end, &mut windows)?;
        Ok(windows)
    }

    fn split(
        &self,
        lower: &Mark,
        upper: &Mark,
        upper_is_end: bool,
        now: &Mark,
        out: &mut Vec<Map>,
    ) -> Result<(), Failure> {
        let dates = self.dates();
        let granularity = dates.and_then(|dates| dates.granularity);
        let clamp = |mark: &Mark| match (dates.and_then(|dates| dates.clamp), mark) {
            (Some(clamp), Mark::Moment(moment)) => Mark::Moment(clamp.apply(*moment, true)),
            _ => mark.clone(),
        };
        if lower > upper || (lower == upper && granularity.is_none()) || *upper < self.first {
            return Ok(());
        }
        let lower = clamp(&later(lower.clone(), self.first.clone()));
        let strict = dates.is_some_and(|dates| dates.strict);
        if lower > *upper || (lower == *upper && (strict || !upper_is_end)) {
            return Ok(());
        }
        // Without a step, or with one that leads beyond the calendar, there is one window.
        let after = |lower: &Mark| match dates.and_then(|dates| dates.step) {
            Some(step) => lower.plus(&step).unwrap_or_else(|_| now.clone()),
            None => upper.clone(),
        };
        if after(&lower) >= *upper {
            let end = if upper_is_end && granularity.is_some() { upper.clone() } else { clamp(upper) };
            let end = match granularity {
                Some(granularity) if !upper_is_end => end.minus(&granularity)?,
                _ => end,
            };
            out.push(self.window(&lower, &end));
            return Ok(());
        }
        let mut lower = lower;
        loop {
            let next = after(&lower);
            let current = if next > *upper { upper.clone() } else { next };
            let end = if current == *upper { current.clone() } else { clamp(&current) };
            let is_last = current >= *upper || end == *upper;
            let start = clamp(&lower);
            if start >= end {
                return Ok(());
            }
            let shown = match granularity {
                Some(granularity) if !upper_is_end || !is_last => end.minus(&granularity)?,
                _ => end.clone(),
            };
            out.push(self.window(&start, &shown));
            if is_last {
                return Ok(());
            }
            lower = end;
        }
    }

    fn window(&self, start: &Mark, end: &Mark) -> Map {
        let [start_key, end_key] = &self.spec.0.keys;
        Map::from_iter([(start_key.as_str(), self.spec.0.write(start)), (end_key.as_str(), self.spec.0.write(end))])
    }

    pub(super) fn observe(&mut self, record: &Value) {
        let Some(mark) = self.spec.0.of_record(record) else { return };
        if self.most_recent.as_ref().is_none_or(|most_recent| *most_recent < mark) {
            self.most_recent = Some(mark);
        }
    }

    /// The highest value in the window that is open.
    pub(super) fn latest(&self) -> Option<Value> {
        self.most_recent.as_ref().map(|mark| self.spec.0.write(mark))
    }

    /// Goes on with a window of which another process has read some pages.
    pub(super) fn go_on(&mut self, latest: &Value) -> Result<(), Failure> {
        self.most_recent = Some(self.spec.0.read_state(latest)?);
        Ok(())
    }

    /// Takes over a window that another process has read to its end.
    pub(super) fn take_over(&mut self, closed: &Closed) -> Result<(), Failure> {
        self.most_recent = closed.latest.as_ref().map(|latest| self.spec.0.read_state(latest)).transpose()?;
        self.close(closed.window.as_map().unwrap_or(&Map::default())).map(|_| ())
    }

    /// The window was not read to its end: what was seen in it counts for nothing.
    pub(super) fn abandon(&mut self) {
        self.most_recent = None;
    }

    /// The window was read to its end. Returns whether that changed the state.
    pub(super) fn close(&mut self, window: &Map) -> Result<bool, Failure> {
        let most_recent = self.most_recent.take();
        let span = match &self.spec.0.kind {
            Kind::Dates(_) => {
                let mark = |key: &str| {
                    let value = window.get(key).ok_or_else(|| Failure::Data(format!("the slice has no `{key}`")))?;
                    self.spec.0.read_state(value)
                };
                let [start, end] = &self.spec.0.keys;
                Span { start: mark(start)?, end: mark(end)?, most_recent }
            }
            Kind::Count(_) => {
                let Some(most_recent) = most_recent else { return Ok(false) };
                Span { start: self.start.clone(), end: most_recent.clone(), most_recent: Some(most_recent) }
            }
        };
        self.spans.push(span);
        self.merge()?;
        Ok(true)
    }

    /// Makes one of the spans that touch.
    fn merge(&mut self) -> Result<(), Failure> {
        let mut spans = std::mem::take(&mut self.spans);
        spans.sort_by(|left, right| {
            let by = |left: &Mark, right: &Mark| left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal);
            by(&left.start, &right.start).then(by(&left.end, &right.end))
        });
        for span in spans {
            let Some(last) = self.spans.last_mut() else {
                self.spans.push(span);
                continue;
            };
            if next(&self.spec, &last.end)? < span.start {
                self.spans.push(span);
                continue;
            }
            last.end = later(last.end.clone(), span.end);
            last.most_recent = match (last.most_recent.take(), span.most_recent) {
                (Some(left), Some(right)) => Some(later(left, right)),
                (left, right) => right.or(left),
            };
        }
        Ok(())
    }

    pub(super) fn state(&self) -> Value {
        let mut state = self.legacy.clone();
        if let Some(span) = self.spans.first() {
            let latest = span.most_recent.as_ref().unwrap_or(&span.start);
            state.insert(self.spec.field(), self.spec.0.write(latest));
        }
        Value::map(state)
    }

    /// Whether a record lies between where this read starts and where it ends; one without a cursor always does.
    pub(super) fn wants(&self, record: &Value, scope: &Scope) -> Result<bool, Failure> {
        let Some(mark) = self.spec.0.of_record(record) else { return Ok(true) };
        let lowest = match self.dates().and_then(|dates| dates.lookback) {
            None => self.start.clone(),
            Some(lookback) => match self.start.minus(&lookback) {
                Ok(lower) => {
                    let floor = if self.first < self.start { &self.first } else { &self.start };
                    later(lower, floor.clone())
                }
                Err(_) => self.start.clone(),
            },
        };
        Ok(lowest <= mark && mark <= self.spec.0.end(scope)?)
    }
}

/// The place right after a mark.
fn next(spec: &CursorSpec, mark: &Mark) -> Result<Mark, Failure> {
    match (&spec.0.kind, mark) {
        (Kind::Dates(dates), mark) => {
            let granularity = dates.granularity.unwrap_or(Period::micros(1000));
            // Beyond the calendar nothing comes.
            Ok(mark.plus(&granularity).unwrap_or_else(|_| mark.clone()))
        }
        (Kind::Count(_), Mark::Count(value)) => Ok(match value.as_int() {
            Some(number) => Mark::Count(Value::int(number + 1)),
            None => match value {
                Value::Float(number) => Mark::Count(Value::Float(number + 1.0)),
                _ => return Err(Failure::Data("the cursor of an IncrementingCountCursor must be a number".to_owned())),
            },
        }),
        (Kind::Count(_), mark) => Ok(mark.clone()),
    }
}
