//! A study, as far as a read has to know it.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::sdk::ConnectorError;

/// Studies by id, each with its version: those without one are read always.
pub(super) type Versions = BTreeMap<String, Option<String>>;

pub(super) fn versions(studies: &[Study]) -> Versions {
    studies.iter().map(|study| (study.id.clone(), study.version.clone())).collect()
}

/// A study of the list.
#[derive(Clone, Debug)]
pub(super) struct Study {
    pub(super) id: String,
    /// A word for what the portal holds of it; `None` where it does not tell when it was imported.
    pub(super) version: Option<String>,
    pub(super) samples: u64,
    /// Whether the credentials may read it: a portal may list others, too.
    pub(super) is_readable: bool,
    /// As it came.
    pub(super) raw: Box<RawValue>,
}

impl Study {
    /// # Errors
    /// `Protocol` where it has no id.
    pub(super) fn of(raw: Box<RawValue>) -> Result<Self, ConnectorError> {
        let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        let Some(id) = value["studyId"].as_str() else {
            let message = "the portal lists a study without a studyId".to_owned();
            return Err(ConnectorError::Protocol { message, cause: None });
        };
        Ok(Self {
            id: id.to_owned(),
            version: version(&value),
            samples: value["allSampleCount"].as_u64().unwrap_or_default(),
            // Those without a word on it can be read.
            is_readable: value["readPermission"].as_bool().unwrap_or(true),
            raw,
        })
    }
}

/// When it was imported, and how much it holds. Its texts do not count: a new citation is no new data.
fn version(study: &Value) -> Option<String> {
    let imported = study["importDate"].as_str()?;
    let mut digest = Sha256::new();
    digest.update(imported);
    let mut counts: Vec<_> =
        study.as_object()?.iter().filter(|(name, value)| name.ends_with("Count") && value.is_number()).collect();
    counts.sort_by_key(|(name, _)| *name);
    for (name, count) in counts {
        digest.update(format!(" {name}={count}"));
    }
    Some(hex::encode(&digest.finalize()[..8]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_study_that_was_imported_anew_is_another() {
        let study = json!({ "studyId": "a", "importDate": "2026-01-01 00:00:00", "allSampleCount": 3, "name": "A" });
        let mut renamed = study.clone();
        renamed["name"] = json!("B");
        assert_eq!(version(&study), version(&renamed));
        for (field, value) in [("importDate", json!("2026-01-02 00:00:00")), ("allSampleCount", json!(4))] {
            let mut changed = study.clone();
            changed[field] = value;
            assert_ne!(version(&study), version(&changed), "{field}");
        }
        let mut undated = study;
        undated["importDate"] = Value::Null;
        assert_eq!(version(&undated), None);
    }
}
