//! What a round of changes tells in part: Graph promises no more of a thing than what has changed of it.
//!
//! Of a mail that was read it tells `isRead`, and nothing of who wrote it. Such a thing is looked up by its id, so that its row
//! stays whole. Files, lists and channels tell their things as they are now.

use serde_json::Value;

use super::api::Api;
use super::columns::is_removed;
use crate::sdk::http::segment;
use crate::sdk::{ConnectorError, ErrorClass};

/// Where the things of a collection are looked up.
#[derive(Clone)]
pub(super) struct Lookup {
    /// Whether a thing came with all that makes its row.
    pub(super) is_whole: fn(&Value) -> bool,
    /// Where the things stand by their ids, below the version.
    pub(super) things: String,
    /// What is asked for of each; everything where it is absent.
    pub(super) select: Option<&'static str>,
}

impl Lookup {
    /// Puts whole things in place of those that came in part. What is gone by now is left out: the next round tells it.
    ///
    /// # Errors
    /// Where one cannot be looked up for another reason.
    pub(super) async fn complete(
        &self,
        api: &Api,
        prefer: Option<&str>,
        page: &mut Vec<Value>,
    ) -> Result<(), ConnectorError> {
        let mut parts = Vec::new();
        let mut paths = Vec::new();
        for (place, thing) in page.iter().enumerate() {
            let Some(id) = thing.get("id").and_then(Value::as_str) else { continue };
            if is_removed(thing) || (self.is_whole)(thing) {
                continue;
            }
            let select = self.select.map_or_else(String::new, |select| format!("?$select={select}"));
            parts.push(place);
            paths.push(format!("{}/{}{select}", self.things, segment(id)));
        }
        for (place, thing) in parts.into_iter().zip(api.get_many(&paths, prefer).await?) {
            page[place] = match thing {
                Ok(thing) => thing,
                Err(error) if error.class() == ErrorClass::NotFound => Value::Null,
                Err(error) => return Err(error),
            };
        }
        page.retain(|thing| !thing.is_null());
        Ok(())
    }
}
