//! Lists of SharePoint: the items of one, with the columns that the list has.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::super::api::Scope;
use super::super::columns::{Column, Kind, at, key, removed, text};
use super::super::feed::Feed;
use super::super::origins::VERSION;
use crate::sdk::http::segment;
use crate::sdk::names::unique;

/// What every item has, whatever its list is of.
const OF_ALL: &[Column] = &[
    key("id", "/id", "The item's id, unique in its list"),
    text("content_type", "/contentType/name", "What kind of item it is"),
    at("created_at", "/createdDateTime", "When it was made"),
    text("created_by", "/createdBy/user/displayName", "By whom"),
    at("modified_at", "/lastModifiedDateTime", "When it was last changed"),
    text("modified_by", "/lastModifiedBy/user/displayName", "By whom"),
    text("web_url", "/webUrl", "Where it is shown"),
    text("e_tag", "/eTag", "Changes with the item"),
];

/// Columns that SharePoint has in every list and that say what stands above, or how it is shown.
const OF_SHAREPOINT: &[&str] = &[
    "id",
    "ContentType",
    "Created",
    "Modified",
    "Author",
    "Editor",
    "_UIVersionString",
    "Attachments",
    "Edit",
    "LinkTitle",
    "LinkTitleNoMenu",
    "DocIcon",
    "ItemChildCount",
    "FolderChildCount",
    "_ComplianceFlags",
    "_ComplianceTag",
    "_ComplianceTagWrittenTime",
    "_ComplianceTagUserId",
    "_IsRecord",
    "AppAuthor",
    "AppEditor",
    "ComplianceAssetId",
    "_ColorTag",
];

/// The columns of a list's items, by what Graph says of the list's (`/columns`).
pub(in super::super) fn columns(definitions: &[Value]) -> Arc<[Column]> {
    let mut all: Vec<Column> = OF_ALL.to_vec();
    let mut taken: HashSet<String> = all.iter().map(|column| column.name.to_string()).collect();
    taken.insert("is_removed".to_owned());
    for definition in definitions {
        let name = definition.get("name").and_then(Value::as_str).unwrap_or_default();
        let is_hidden = definition.get("hidden").and_then(Value::as_bool).unwrap_or_default();
        if name.is_empty() || is_hidden || OF_SHAREPOINT.contains(&name) {
            continue;
        }
        let said = |key: &str| definition.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let shown = unique(said("displayName").unwrap_or(name).to_owned(), |name| taken.contains(name));
        taken.insert(shown.clone());
        let (kind, place) = kind(definition, name);
        all.push(Column {
            name: shown.into(),
            kind,
            place: format!("/fields/{}", place.replace('~', "~0").replace('/', "~1")).into(),
            description: said("description").unwrap_or_default().to_owned().into(),
        });
    }
    all.push(removed());
    all.into()
}

/// How the values of a column are read, and under which name they stand.
fn kind(definition: &Value, name: &str) -> (Kind, String) {
    let facet = |facet: &str| definition.get(facet).filter(|facet| facet.is_object());
    let is_many = |facet: &Value| {
        ["allowMultipleValues", "allowMultipleSelection"].iter().any(|key| facet[*key].as_bool().unwrap_or_default())
    };
    let plain = |kind| (kind, name.to_owned());
    if let Some(number) = facet("number") {
        // `none` decimal places are whole numbers; `automatic`, as many as are needed.
        return plain(if number["decimalPlaces"] == "none" { Kind::Integer } else { Kind::Number });
    }
    if facet("currency").is_some() {
        return plain(Kind::Number);
    }
    if facet("boolean").is_some() {
        return plain(Kind::Flag);
    }
    if let Some(date) = facet("dateTime") {
        return plain(if date["format"] == "dateOnly" { Kind::Date } else { Kind::Instant });
    }
    if let Some(choice) = facet("choice") {
        return plain(if choice["displayAs"] == "checkBoxes" { Kind::Json } else { Kind::Text });
    }
    for reference in ["lookup", "personOrGroup"] {
        if let Some(facet) = facet(reference) {
            // A reference to one item stands there by its id.
            return if is_many(facet) { plain(Kind::Json) } else { (Kind::Text, format!("{name}LookupId")) };
        }
    }
    if let Some(calculated) = facet("calculated") {
        return plain(match calculated["outputType"].as_str() {
            Some("number" | "currency") => Kind::Number,
            Some("dateTime") => Kind::Instant,
            _ => Kind::Text,
        });
    }
    if facet("hyperlinkOrPicture").is_some() || facet("term").is_some() || facet("geolocation").is_some() {
        return plain(Kind::Json);
    }
    plain(Kind::Text)
}

pub(in super::super) fn feed(site: &str, list: &str, columns: Arc<[Column]>, page_size: u32) -> Feed {
    let (site, list) = (segment(site), segment(list));
    Feed {
        first: format!("{VERSION}/sites/{site}/lists/{list}/items/delta?$expand=fields&$top={page_size}"),
        window: None,
        prefer: None,
        scope: Scope::Files,
        columns,
        unfold: None,
        threads: None,
        lookup: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_read_as_they_are_defined() {
        let found = columns(&[
            json!({ "name": "Title", "displayName": "Title", "text": {} }),
            json!({ "name": "Price", "displayName": "Price", "currency": { "locale": "de-DE" } }),
            json!({ "name": "Count", "displayName": "Count", "number": { "decimalPlaces": "none" } }),
            json!({ "name": "Due", "displayName": "Due", "dateTime": { "format": "dateOnly" } }),
            json!({ "name": "Who", "displayName": "Who", "personOrGroup": {} }),
            json!({ "name": "Id2", "displayName": "id", "boolean": {} }),
            json!({ "name": "_x", "displayName": "x", "hidden": true, "text": {} }),
            json!({ "name": "Author", "displayName": "Created By", "personOrGroup": {} }),
        ]);
        let own: Vec<_> = found[OF_ALL.len()..].iter().map(|column| (column.name.as_ref(), column.kind)).collect();
        let expected = [
            ("Title", Kind::Text),
            ("Price", Kind::Number),
            ("Count", Kind::Integer),
            ("Due", Kind::Date),
            ("Who", Kind::Text),
            ("id_2", Kind::Flag),
            ("is_removed", Kind::Removed),
        ];
        assert_eq!(own, expected);
        assert_eq!(found[OF_ALL.len() + 4].place, "/fields/WhoLookupId");
    }
}
