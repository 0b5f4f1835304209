//! Pages: how they are asked for, where in an answer the records stand, and what comes next.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::config::{Paging, PagingBy, RestSource};
use super::trail::Astray;
use crate::sdk::ConnectorError;
use crate::sdk::http::{HttpClient, HttpResponse};

/// Where answers say how many records there are.
const TOTALS: [&str; 3] = ["total", "count", "total_count"];

/// How pages are asked for.
#[derive(Clone, Debug)]
pub(super) struct Pages {
    by: PagingBy,
    parameter: String,
    /// Empty where there is none.
    size_parameter: String,
    size: usize,
    first: u64,
    next: Option<String>,
}

/// Where a page stands, behind the first one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    Page(u64),
    Offset(u64),
    Cursor(String),
    Link(String),
}

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) records: Vec<Value>,
    pub(super) next: Option<Place>,
    /// How many records there are, if that is said.
    pub(super) total: Option<u64>,
    /// It was not found: it lies behind the last page, or somewhere else something is wrong.
    pub(super) is_missing: bool,
}

impl Pages {
    pub(super) fn of(paging: &Paging, size: usize) -> Self {
        let (parameter, size_parameter, first) = match paging.by {
            PagingBy::None => ("", "", 0),
            PagingBy::Page => ("page", "page_size", 1),
            PagingBy::Offset => ("offset", "limit", 0),
            PagingBy::Cursor => ("cursor", "limit", 0),
            PagingBy::Link => ("", "page_size", 0),
        };
        let next = paging.next.clone();
        Self {
            by: paging.by,
            parameter: paging.parameter.clone().unwrap_or_else(|| parameter.to_owned()),
            size_parameter: paging.size_parameter.clone().unwrap_or_else(|| size_parameter.to_owned()),
            size,
            first: paging.first.unwrap_or(first),
            next: if paging.by == PagingBy::Cursor { next.or_else(|| Some("next_cursor".into())) } else { next },
        }
    }

    /// Asks for a page of what was changed since a time, the first one without a place.
    pub(super) async fn get(
        &self,
        client: &HttpClient,
        source: &RestSource,
        since: Option<&str>,
        place: Option<&Place>,
    ) -> Result<Page, ConnectorError> {
        let request = match place {
            Some(Place::Link(link)) => client.get(link),
            _ => {
                let mut request = client.get(&source.path).queries(&source.parameters);
                if let (Some(parameter), Some(since)) = (&source.modified_parameter, since) {
                    request = request.query(parameter, since);
                }
                if !self.size_parameter.is_empty() {
                    request = request.query(&self.size_parameter, self.size);
                }
                match (place, self.by) {
                    (Some(Place::Cursor(cursor)), _) => request.query(&self.parameter, cursor),
                    (Some(Place::Page(number) | Place::Offset(number)), _) => request.query(&self.parameter, number),
                    (None, PagingBy::Page | PagingBy::Offset) => request.query(&self.parameter, self.first),
                    _ => request,
                }
            }
        };
        let response = match request.send().await {
            // Behind the last page some know no page.
            Err(ConnectorError::NotFound { .. }) if matches!(place, Some(Place::Page(_) | Place::Offset(_))) => {
                return Ok(Page { records: Vec::new(), next: None, total: None, is_missing: true });
            }
            response => response?,
        };
        let mut answer: Value = response.json()?;
        let next = self.next_of(&answer, &response)?;
        let total = TOTALS.iter().find_map(|name| answer.get(name)?.as_u64());
        let records = records_of(&mut answer, source)?;
        let count = records.len() as u64;
        let next = match (self.by, place) {
            (PagingBy::Page | PagingBy::Offset, _) if count == 0 => None,
            (PagingBy::Page, Some(Place::Page(number))) => Some(Place::Page(number + 1)),
            (PagingBy::Page, _) => Some(Place::Page(self.first + 1)),
            (PagingBy::Offset, Some(Place::Offset(offset))) => Some(Place::Offset(offset + count)),
            (PagingBy::Offset, _) => Some(Place::Offset(self.first + count)),
            (PagingBy::Cursor, _) => next.map(Place::Cursor),
            (PagingBy::Link, _) => next.map(Place::Link),
            (PagingBy::None, _) => None,
        };
        Ok(Page { records, next, total, is_missing: false })
    }

    /// The next cursor or link, as the answer tells it.
    fn next_of(&self, answer: &Value, response: &HttpResponse) -> Result<Option<String>, ConnectorError> {
        let Some(path) = &self.next else {
            let link = if self.by == PagingBy::Link { response.next_link()? } else { None };
            return Ok(link.map(Into::into));
        };
        let told = match member(answer, path) {
            Some(Value::String(text)) if !text.is_empty() => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => return Ok(None),
        };
        if self.by != PagingBy::Link {
            return Ok(Some(told));
        }
        let link = response.url().join(&told).map_err(|error| ConnectorError::Protocol {
            message: format!("the link to the next page, at {path}, is no URL ({error})"),
            cause: None,
        })?;
        Ok(Some(link.into()))
    }

    /// How many records lie behind a read that was given so many.
    pub(super) fn passed(&self, done: u64) -> u64 {
        if self.by == PagingBy::Offset { done + self.first } else { done }
    }

    /// What to do about pages that lead to no end.
    pub(super) fn lead_astray(&self, source: &RestSource, astray: Astray) -> ConnectorError {
        let hint = match self.by {
            PagingBy::Page | PagingBy::Offset => format!(", as if it did not know the parameter {}", self.parameter),
            _ => String::new(),
        };
        let message = format!("does not fit {}: {}{hint}", source.path, astray.words());
        ConnectorError::config("connectionConfig.paging", message)
    }
}

/// The records of an answer.
fn records_of(answer: &mut Value, source: &RestSource) -> Result<Vec<Value>, ConnectorError> {
    let found = match &source.records {
        Some(path) => path.split('.').try_fold(&mut *answer, |value, name| value.get_mut(name)),
        None if answer.is_array() => Some(&mut *answer),
        None => only_list(answer),
    };
    if let Some(Value::Array(records)) = found {
        return Ok(std::mem::take(records));
    }
    let message = match &source.records {
        Some(path) => format!("there is no list of records at {path}"),
        None => "it is not clear which list holds the records; say it in records".to_owned(),
    };
    let known = answer.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>().join(", "));
    let hint = known.map_or_else(String::new, |known| format!(" (the answer has: {known})"));
    Err(ConnectorError::data(&source.path, format!("{message}{hint}")))
}

/// The one list that an object has.
fn only_list(answer: &mut Value) -> Option<&mut Value> {
    let mut lists = answer.as_object_mut()?.values_mut().filter(|value| value.is_array());
    let list = lists.next()?;
    lists.next().is_none().then_some(list)
}

/// What stands at `links.next`.
fn member<'a>(answer: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(answer, |value, name| value.get(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn records(mut answer: Value, path: Option<&str>) -> Result<usize, String> {
        let source = RestSource {
            name: "samples".into(),
            path: "samples".into(),
            records: path.map(str::to_owned),
            parameters: BTreeMap::new(),
            primary_key: Vec::new(),
            modified: None,
            modified_parameter: None,
            columns: BTreeMap::new(),
        };
        records_of(&mut answer, &source).map(|found| found.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn records_are_found_where_they_stand() {
        assert_eq!(records(json!([1, 2]), None), Ok(2));
        assert_eq!(records(json!({ "data": [1], "page": 1 }), None), Ok(1));
        assert_eq!(records(json!({ "answer": { "items": [1, 2, 3] } }), Some("answer.items")), Ok(3));
        let unclear = records(json!({ "data": [1], "errors": [] }), None).unwrap_err();
        assert!(unclear.contains("data, errors"), "{unclear}");
        let missing = records(json!({ "data": {} }), Some("data.items")).unwrap_err();
        assert!(missing.contains("no list of records at data.items"), "{missing}");
    }
}
