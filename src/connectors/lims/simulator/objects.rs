//! SENAITE's objects: which there are, when they were made and changed, and what was changed of them since.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::demo::lab::{Lab, SAMPLE_TYPES};

/// Results of a worksheet.
pub(super) const OF_A_WORKSHEET: usize = 40;

/// The types of objects: what the API calls them, and the types' own names.
pub(super) const TYPES: [(&str, &str); 13] = [
    ("client", "Client"),
    ("contact", "Contact"),
    ("labcontact", "LabContact"),
    ("batch", "Batch"),
    ("analysisrequest", "AnalysisRequest"),
    ("analysis", "Analysis"),
    ("worksheet", "Worksheet"),
    ("sampletype", "SampleType"),
    ("analysisservice", "AnalysisService"),
    ("analysiscategory", "AnalysisCategory"),
    ("instrument", "Instrument"),
    ("referencesample", "ReferenceSample"),
    ("referenceanalysis", "ReferenceAnalysis"),
];

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// Its place in the laboratory's list.
    pub(super) place: usize,
    pub(super) created: DateTime<Utc>,
    pub(super) modified: DateTime<Utc>,
    /// Fields that were changed.
    pub(super) changes: Map<String, Value>,
}

/// All objects, by what the API calls their type, in the order in which they were made.
pub(super) struct Objects {
    by_type: BTreeMap<&'static str, Vec<Object>>,
    /// Types whose catalogue indexes `modified`.
    indexed: HashSet<&'static str>,
}

impl Objects {
    pub(super) fn of(lab: &Lab) -> Self {
        let opened = lab.size.first_day.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc() - TimeDelta::days(30);
        let mut by_type: BTreeMap<&'static str, Vec<Object>> = BTreeMap::new();
        // What a laboratory is set up with is made within a few minutes.
        for (resource, count) in [
            ("client", lab.clients.len()),
            ("contact", lab.clients.len()),
            ("labcontact", lab.analysts.len()),
            ("batch", lab.projects.len()),
            ("sampletype", SAMPLE_TYPES.len()),
            ("analysisservice", lab.tests.len()),
            ("analysiscategory", lab.tests.len()),
            ("instrument", lab.instruments.len()),
            ("referencesample", lab.materials.len()),
        ] {
            let made = |place: usize| opened + TimeDelta::seconds(25 * place as i64);
            by_type.insert(resource, (0..count).map(|place| object(place, made(place), made(place))).collect());
        }
        let samples = lab.samples.iter().enumerate();
        let samples = samples.map(|(place, one)| object(place, one.received_at, one.modified_at)).collect();
        by_type.insert("analysisrequest", samples);
        let received = |result: usize| lab.samples[lab.results[result].sample].received_at;
        let results = lab.results.iter().enumerate();
        let results = results.map(|(place, one)| object(place, received(place), one.at)).collect();
        by_type.insert("analysis", results);
        let controls = lab.controls.iter().enumerate();
        by_type.insert("referenceanalysis", controls.map(|(place, one)| object(place, one.at, one.at)).collect());
        let sheets = (0..lab.results.len().div_ceil(OF_A_WORKSHEET)).map(|place| {
            let results = results_of(lab, place);
            let last = results.clone().map(|result| lab.results[result].at).max().unwrap_or(opened);
            object(place, results.map(received).max().unwrap_or(opened), last)
        });
        let sheets = sheets.collect();
        by_type.insert("worksheet", sheets);
        for objects in by_type.values_mut() {
            objects.sort_by_key(|object| (object.created, object.place));
        }
        Self { by_type, indexed: HashSet::from(["analysisrequest"]) }
    }

    /// Those of a type; `None` where there is no such type.
    pub(super) fn of_type(&self, resource: &str) -> Option<&[Object]> {
        self.by_type.get(resource).map(Vec::as_slice)
    }

    pub(super) fn indexes_changes(&self, resource: &str) -> bool {
        self.indexed.contains(resource)
    }

    pub(super) fn index_changes(&mut self, resource: &'static str) {
        self.indexed.insert(resource);
    }

    pub(super) fn uids(&self, resource: &str) -> Vec<String> {
        self.of_type(resource).unwrap_or_default().iter().map(|object| uid(resource, object.place)).collect()
    }

    pub(super) fn change(&mut self, wanted: &str, fields: &Map<String, Value>, at: DateTime<Utc>) {
        for (resource, objects) in &mut self.by_type {
            if let Some(object) = objects.iter_mut().find(|object| uid(resource, object.place) == wanted) {
                object.modified = at;
                object.changes.extend(fields.clone());
            }
        }
    }

    pub(super) fn remove(&mut self, wanted: &str) {
        for (resource, objects) in &mut self.by_type {
            objects.retain(|object| uid(resource, object.place) != wanted);
        }
    }
}

/// The results of a worksheet, by their places.
pub(super) fn results_of(lab: &Lab, sheet: usize) -> std::ops::Range<usize> {
    let first = sheet * OF_A_WORKSHEET;
    first..(first + OF_A_WORKSHEET).min(lab.results.len())
}

fn object(place: usize, created: DateTime<Utc>, modified: DateTime<Utc>) -> Object {
    Object { place, created, modified, changes: Map::new() }
}

/// 32 hexadecimal digits that look like chance, the same every time.
pub(super) fn uid(resource: &str, place: usize) -> String {
    let mut state = resource
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    state ^= (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut half = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    format!("{:016x}{:016x}", half(), half())
}
