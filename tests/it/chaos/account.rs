//! What one subscriber has had, over all its connections; and whether that is what it should have had.

use std::cmp::Ordering;
use std::collections::HashMap;

use dataweaver::events::EventCursor;
use serde_json::Value;

use super::connection::Event;
use super::facts::Fact;
use super::wish::Wish;

/// Where a subscriber begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begin {
    /// It asks for what was after this place.
    After(EventCursor),
    /// It asks for what happens from now on, and has had nothing yet.
    Now,
    /// It has asked for what happens from now on, and this was the first fact.
    With(EventCursor),
}

/// How far a data source is. Figures that are no less in one respect and less in another compare with none.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figures {
    rows: u64,
    percent: f64,
}

impl Figures {
    fn of(progress: &Value) -> Self {
        let rows = progress["rows"].as_u64().expect("a number of rows");
        Self { rows, percent: progress["percent"].as_f64().unwrap_or(0.0) }
    }
}

impl PartialOrd for Figures {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.rows.cmp(&other.rows), self.percent.partial_cmp(&other.percent)?) {
            (rows, Ordering::Equal) => Some(rows),
            (Ordering::Equal, percent) => Some(percent),
            (rows, percent) => (rows == percent).then_some(rows),
        }
    }
}

/// What one subscriber has had.
#[derive(Debug)]
pub struct Account {
    begin: Begin,
    /// The cursor of the last event, fact or gauge.
    cursor: Option<String>,
    place: EventCursor,
    facts: Vec<String>,
    gauges: usize,
    /// The newest figures of each sync and data source, and in which life of the server they were told.
    figures: HashMap<(String, String), (usize, Figures)>,
}

impl Account {
    /// Of one that asks for everything after a place, or for what happens from now on.
    pub fn begun(after: Option<EventCursor>) -> Self {
        Self {
            begin: after.map_or(Begin::Now, Begin::After),
            cursor: after.map(|place| place.to_string()),
            place: after.unwrap_or(EventCursor(0)),
            facts: Vec::new(),
            gauges: 0,
            figures: HashMap::new(),
        }
    }

    /// From where it goes on.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Facts and gauges so far.
    pub fn counts(&self) -> (usize, usize) {
        (self.facts.len(), self.gauges)
    }

    /// Enters an event that a server told in one of its lives.
    pub fn enter(&mut self, Event { event, id }: Event, life: usize) {
        let cursor = event["cursor"].as_str().expect("each event has a cursor");
        assert!(id.is_none_or(|id| id == cursor), "an event stream tells the cursor as its id: {event:#}");
        let place: EventCursor = cursor.parse().expect("it is one");
        if let Some(fact) = event["id"].as_str() {
            assert!(
                place > self.place || self.cursor.is_none(),
                "a fact was told twice, or after a later one at {}: {event:#}",
                self.place.0
            );
            if self.begin == Begin::Now {
                self.begin = Begin::With(place);
            }
            self.facts.push(fact.to_owned());
        } else {
            assert!(place >= self.place, "a gauge goes back behind {}: {event:#}", self.place.0);
            if self.begin == Begin::Now {
                self.begin = Begin::After(place);
            }
            self.gauges += 1;
        }
        // At the end it tells what there is.
        if event["progress"]["status"] == "RUNNING" {
            let of = |field: &str| event[field].as_str().expect("progress is of a sync and a source").to_owned();
            let figures = Figures::of(&event["progress"]);
            let newest = self.figures.insert((of("syncLogId"), of("dataSourceId")), (life, figures));
            assert!(
                newest.is_none_or(|(earlier, before)| earlier != life || before <= figures),
                "figures fell from {newest:?}: {event:#}"
            );
        }
        self.place = place;
        self.cursor = Some(cursor.to_owned());
    }

    /// Whether it has had the last of the facts that it asks for.
    pub fn has_last_of(&self, facts: &[Fact], wish: &Wish) -> bool {
        let last = facts.iter().rfind(|fact| wish.wants(fact));
        last.is_none_or(|last| last.place <= self.place)
    }

    /// Fails unless it has had those of these facts that it asks for, in their order, each once.
    pub fn assert_is_of(&self, facts: &[Fact], wish: &Wish) {
        let is_since = |fact: &&Fact| match self.begin {
            Begin::After(place) => fact.place > place,
            Begin::With(place) => fact.place >= place,
            Begin::Now => false,
        };
        assert_ne!(self.begin, Begin::Now, "it has had nothing");
        let wanted: Vec<&String> =
            facts.iter().filter(is_since).filter(|fact| wish.wants(fact)).map(|fact| &fact.id).collect();
        let differs = self.facts.iter().zip(&wanted).position(|(had, wanted)| had != *wanted);
        assert!(
            differs.is_none() && self.facts.len() == wanted.len(),
            "it has had {} facts and not {}; they differ from number {differs:?} on ({:?} and not {:?})",
            self.facts.len(),
            wanted.len(),
            differs.map(|number| &self.facts[number]),
            differs.map(|number| &wanted[number]),
        );
    }
}
