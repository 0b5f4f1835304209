//! Reads give what the catalogue says, once, and end when they are told to.

use std::collections::HashSet;
use std::time::Duration;

use super::reading::{Reading, Until, columns, read, read_keys};
use super::{PATIENCE, Suite};
use crate::sdk::{CatalogSource, DynConnector, ErrorClass, ReadRequest};

/// How long a read may go on after it was cancelled.
const CANCEL_TIME: Duration = Duration::from_secs(1);

/// The most checkpoints that are resumed from, spread over the read.
const RESUMED: usize = 12;

impl Suite<'_> {
    /// Batches match the catalogue, and a read that was stopped at any checkpoint goes on to the same rows.
    pub(super) async fn reads_keep_their_word(&mut self, connector: &dyn DynConnector, source: &CatalogSource) {
        let request = self.fixture.request(source);
        let Some(whole) = self.read(connector, request.clone(), Until::End, "a full read").await else { return };
        self.promise(!whole.rows.is_empty(), || "the fixture's data source has rows".into());
        for problem in whole.problems.clone() {
            self.broken.push(format!("a full read {problem}"));
        }
        if !source.schema.fields().is_empty() {
            let promised = columns(source.schema.fields().iter().map(|field| (field.name(), field.data_type())));
            let first = whole.columns.first().cloned().unwrap_or_default();
            self.promise(promised == first, || format!("batches have the catalogue's columns {promised}, not {first}"));
        }
        let checkpoints = whole.checkpoints.len();
        let many = checkpoints > 2;
        self.promise(many, || format!("the fixture's data source is read with several checkpoints, not {checkpoints}"));
        let expected = whole.sorted_rows();
        let step = checkpoints.div_ceil(RESUMED).max(1);
        for (number, (rows_before, cursor)) in whole.checkpoints.iter().enumerate().step_by(step) {
            let resumed = ReadRequest { resume: Some(cursor.clone()), ..request.clone() };
            let what = format!("a read from checkpoint {number} of {checkpoints}");
            let Some(rest) = self.read(connector, resumed, Until::End, &what).await else { return };
            let mut rows: Vec<_> = whole.rows[..*rows_before].iter().chain(&rest.rows).cloned().collect();
            rows.sort_unstable();
            let words = || format!("{what} gives the rows that were missing: {}", difference(&expected, &rows));
            self.promise(rows == expected, words);
        }
        self.stopping_again_and_again(connector, &request, step, &expected).await;
    }

    /// A read that is dropped at a checkpoint, resumed, dropped at the next one and so on gives every row once.
    async fn stopping_again_and_again(
        &mut self,
        connector: &dyn DynConnector,
        request: &ReadRequest,
        step: usize,
        expected: &[String],
    ) {
        let mut rows = Vec::new();
        let mut resume = None;
        for _ in 0..4 * RESUMED {
            let part = ReadRequest { resume: resume.clone(), ..request.clone() };
            let what = "a read that was stopped before";
            let Some(part) = self.read(connector, part, Until::Checkpoint(step), what).await else { return };
            let (vouched, cursor) = match part.checkpoints.last() {
                Some((vouched, cursor)) if !part.ended => (*vouched, Some(cursor.clone())),
                _ => (part.rows.len(), None),
            };
            rows.extend(part.rows.into_iter().take(vouched));
            if part.ended {
                break;
            }
            resume = cursor;
        }
        rows.sort_unstable();
        let words =
            || format!("stopping at checkpoints again and again gives every row once: {}", difference(expected, &rows));
        self.promise(rows == expected, words);
    }

    /// Where keys are listed, the list has those of all rows, once, in the columns that a read gives them, and tells its end.
    pub(super) async fn keys_are_those_of_all_rows(&mut self, connector: &dyn DynConnector, source: &CatalogSource) {
        if !connector.lists_keys() || source.primary_key.is_empty() {
            return;
        }
        let request = self.fixture.request(source);
        let Some(whole) = self.read(connector, request.clone(), Until::End, "a full read").await else { return };
        let Ok(keys) = tokio::time::timeout(PATIENCE, read_keys(connector, request)).await else {
            self.broken.push(format!("a list of keys ends within {PATIENCE:?}"));
            return;
        };
        self.shown.extend(keys.shown.iter().cloned());
        if let Some(error) = &keys.error {
            self.show(error);
            self.broken.push(format!("a list of keys succeeds: {error}"));
            return;
        }
        for problem in keys.problems.clone() {
            self.broken.push(format!("a list of keys {problem}"));
        }
        let of_key = source.schema.fields().iter().filter(|field| source.primary_key.contains(field.name()));
        let promised = columns(of_key.map(|field| (field.name(), field.data_type())));
        let first = keys.columns.first().cloned().unwrap_or_default();
        self.promise(promised == first, || format!("keys have the catalogue's columns {promised}, not {first}"));
        let (listed, rows) = (keys.rows.len(), whole.rows.len());
        let different = keys.rows.iter().collect::<HashSet<_>>().len();
        self.promise(listed == rows && different == rows, || {
            format!("the keys of all {rows} rows are listed, not {different} different ones of {listed}")
        });
        let ends: Vec<usize> = keys.checkpoints.iter().map(|(before, _)| *before).collect();
        self.promise(ends == [listed], || {
            format!("a list of keys has one checkpoint, behind all of them, not {ends:?}")
        });
    }

    async fn read(
        &mut self,
        connector: &dyn DynConnector,
        request: ReadRequest,
        until: Until,
        what: &str,
    ) -> Option<Reading> {
        let Ok(reading) = tokio::time::timeout(PATIENCE, read(connector, request, until)).await else {
            self.broken.push(format!("{what} ends within {PATIENCE:?}"));
            return None;
        };
        self.shown.extend(reading.shown.iter().cloned());
        if let Some(error) = &reading.error {
            self.show(error);
            self.broken.push(format!("{what} succeeds: {error}"));
            return None;
        }
        Some(reading)
    }

    /// A read that is cancelled stops within a second: before it begins, and in the middle.
    pub(super) async fn cancel_stops_a_read(&mut self, connector: &dyn DynConnector, source: &CatalogSource) {
        for (when, until) in
            [("before it begins", Until::CancelledAtOnce), ("after its first batch", Until::CancelledAfterBatch)]
        {
            let request = self.fixture.request(source);
            let Ok(reading) = tokio::time::timeout(PATIENCE, read(connector, request, until)).await else {
                self.broken.push(format!("a read that is cancelled {when} ends"));
                continue;
            };
            let took = reading.after_cancel;
            let words = || format!("a read that is cancelled {when} stops within {CANCEL_TIME:?}, not after {took:?}");
            self.promise(took <= CANCEL_TIME, words);
            if let Some(error) = &reading.error {
                self.show(error);
                let words = || format!("a read that is cancelled {when} says so, and not: {error}");
                self.promise(error.class() == ErrorClass::Cancelled, words);
            }
        }
    }
}

/// How two sorted lists of rows differ, in a few words.
fn difference(expected: &[String], found: &[String]) -> String {
    let first = expected.iter().zip(found).find(|(one, other)| one != other);
    let first = first.map(|(one, other)| format!("; expected {one:?} where {other:?} is")).unwrap_or_default();
    format!("{} rows expected, {} found{first}", expected.len(), found.len())
}
