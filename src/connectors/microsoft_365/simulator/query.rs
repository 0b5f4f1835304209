//! What is asked for besides the path: OData's options, and preferences.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde_json::Value;

use super::reply::Reply;

/// The options of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    pub(super) fn of(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned().to_ascii_lowercase(), value.into_owned())).collect())
    }

    pub(super) fn from_map(map: BTreeMap<String, String>) -> Self {
        Self(map)
    }

    /// Names are given in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All but the tokens, which a link carries in its own.
    pub(super) fn kept(&self) -> BTreeMap<String, String> {
        let is_token = |name: &str| matches!(name, "$skiptoken" | "$deltatoken" | "token");
        self.0.iter().filter(|(name, _)| !is_token(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    pub(super) fn token(&self) -> Option<&str> {
        ["$skiptoken", "$deltatoken", "token"].iter().find_map(|name| self.get(name))
    }

    /// # Errors
    /// Graph's answer to what is no number.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Reply> {
        self.get(name)
            .map(|text| text.parse().map_err(|_| Reply::error(400, "BadRequest", "Invalid number in the query.")))
            .transpose()
    }

    pub(super) fn expands(&self, name: &str) -> bool {
        self.get("$expand").is_some_and(|expand| expand.split(',').any(|part| part.trim().starts_with(name)))
    }

    /// The object with what is selected.
    pub(super) fn select(&self, object: &Value) -> Value {
        let (Some(select), Some(all)) = (self.get("$select"), object.as_object()) else { return object.clone() };
        let selected: Vec<&str> = select.split(',').map(str::trim).collect();
        let is_kept = |name: &str| {
            let always =
                name == "id" || name == "deleted" || name == "fields" || name == "replies" || name.starts_with('@');
            always || name.contains('@') || selected.iter().any(|one| one.eq_ignore_ascii_case(name))
        };
        Value::Object(all.iter().filter(|(name, _)| is_kept(name)).map(|(k, v)| (k.clone(), v.clone())).collect())
    }
}

/// The preferences of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefer {
    pub(super) page_size: Option<usize>,
    /// Whether bodies are wanted as text.
    pub(super) is_text: bool,
    /// Whether things are named by the ids that they keep when they are moved.
    pub(super) is_immutable: bool,
}

impl Prefer {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        for value in headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()) {
            for part in value.split(',') {
                let (name, value) = part.trim().split_once('=').unwrap_or((part.trim(), ""));
                let value = value.trim_matches('"');
                match name.to_ascii_lowercase().as_str() {
                    "odata.maxpagesize" => prefer.page_size = value.parse().ok(),
                    "idtype" => prefer.is_immutable = value == "ImmutableId",
                    "outlook.body-content-type" => prefer.is_text = value == "text",
                    _ => {}
                }
            }
        }
        prefer
    }
}
