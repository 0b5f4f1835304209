//! An object as the API gives it: what its catalogue keeps, and its fields where it is asked for completely.

mod fields;
mod names;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::objects::{Object, TYPES, uid};
use crate::demo::lab::Lab;

/// What is rendered, and for whom.
pub(super) struct Renderer<'a> {
    pub(super) lab: &'a Lab,
    /// The site's address.
    pub(super) site: &'a str,
    pub(super) is_complete: bool,
}

impl Renderer<'_> {
    pub(super) fn object(&self, resource: &str, object: &Object) -> Value {
        let name = self.name(resource, object.place);
        let folder = name.parent.as_ref().map_or_else(|| format!("/senaite/{resource}s"), |(_, _, path)| path.clone());
        let path = format!("{folder}/{}", name.id);
        let own = uid(resource, object.place);
        let mut all = members(json!({
            "uid": own, "id": name.id, "title": name.title, "description": "",
            "portal_type": portal_type(resource), "review_state": name.state, "author": name.author,
            "created": text(object.created), "modified": text(object.modified),
            "effective": "1000-01-01T00:00:00+00:00", "tags": [], "path": path, "parent_path": folder,
            "parent_id": folder.rsplit('/').next(),
            "parent_uid": name.parent.as_ref().map_or_else(String::new, |(resource, place, _)| uid(resource, *place)),
            "url": format!("{}{}", self.site, path.trim_start_matches("/senaite")),
            "api_url": self.api_url(resource, &own),
        }));
        all.extend(members(self.metadata(resource, object.place)));
        if self.is_complete {
            all.extend(members(self.fields(resource, object.place)));
        }
        all.extend(object.changes.clone());
        Value::Object(all)
    }

    /// As the API gives what is referred to.
    fn reference(&self, resource: &str, place: usize) -> Value {
        let uid = uid(resource, place);
        let url = format!("{}/{resource}s/{resource}-{}", self.site, place + 1);
        json!({ "api_url": self.api_url(resource, &uid), "url": url, "uid": uid })
    }

    fn api_url(&self, resource: &str, uid: &str) -> String {
        format!("{}/@@API/senaite/v1/{resource}/{uid}", self.site)
    }

    /// A result is a text, with as many decimals as its service has.
    fn value(&self, value: f64, test: usize) -> String {
        let decimals = self.lab.tests[test].decimals.max(0).unsigned_abs() as usize;
        format!("{value:.decimals$}")
    }
}

pub(super) fn portal_type(resource: &str) -> &'static str {
    TYPES.iter().find(|(known, _)| *known == resource).map_or("", |(_, name)| *name)
}

/// `2025-03-01T08:00:00+00:00`.
fn text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
