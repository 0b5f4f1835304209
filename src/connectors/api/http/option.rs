//! What goes into a request from several sides: parameters, headers, and a body of form fields or of JSON.

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, Scope};
use super::super::value::{Map, Value, text};

/// Where a value is put into a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Place {
    Parameter,
    Header,
    BodyData,
    BodyJson,
}

/// A body as form fields, or as the text that it is.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Data {
    Fields(Map),
    Text(String),
}

impl Default for Data {
    fn default() -> Self {
        Self::Fields(Map::default())
    }
}

/// The parts of a request that one side gives.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Parts {
    pub(in super::super) parameters: Map,
    pub(in super::super) headers: Map,
    pub(in super::super) data: Data,
    pub(in super::super) json: Map,
}

/// A named place in a request.
#[derive(Clone, Debug)]
pub(in super::super) struct RequestOption {
    place: Place,
    /// More than one only within a JSON body.
    path: Vec<Interpolated>,
}

impl RequestOption {
    pub(in super::super) fn build(node: &Node) -> Result<Self, ManifestError> {
        let place = match node.required_text("inject_into")?.as_str() {
            "request_parameter" => Place::Parameter,
            "header" => Place::Header,
            "body_data" => Place::BodyData,
            "body_json" => Place::BodyJson,
            other => return Err(node.error(format!("inject_into cannot be {other}"))),
        };
        let path = match (node.template("field_name")?, node.templates("field_path")?) {
            (Some(_), path) if !path.is_empty() => {
                return Err(node.error("RequestOption takes either field_name or field_path"));
            }
            (Some(name), _) => vec![name],
            (None, path) if path.is_empty() => return Err(node.error("RequestOption needs field_name or field_path")),
            (None, _) if place != Place::BodyJson => {
                return Err(node.error("field_path goes with inject_into: body_json only"));
            }
            (None, path) => path,
        };
        Ok(Self { place, path })
    }

    /// One that puts a value into a header.
    pub(in super::super) fn header(name: Interpolated) -> Self {
        Self { place: Place::Header, path: vec![name] }
    }

    pub(in super::super) fn inject(&self, parts: &mut Parts, value: Value, scope: &Scope) -> Result<(), Failure> {
        let path = self.path.iter().map(|part| part.text(scope)).collect::<Result<Vec<_>, _>>()?;
        let Some((name, above)) = path.split_last() else { return Ok(()) };
        let map = match self.place {
            Place::Parameter => &mut parts.parameters,
            Place::Header => &mut parts.headers,
            Place::BodyJson => &mut parts.json,
            Place::BodyData => match &mut parts.data {
                Data::Fields(fields) => fields,
                Data::Text(_) => {
                    return Err(Failure::Request("Cannot combine multiple options if one is a string".to_owned()));
                }
            },
        };
        nested(map, above, name, value)
    }
}

fn nested(map: &mut Map, above: &[String], name: &str, value: Value) -> Result<(), Failure> {
    let Some((first, rest)) = above.split_first() else {
        map.insert(name, value);
        return Ok(());
    };
    if !map.contains(first) {
        map.insert(first.as_str(), Value::empty_map());
    }
    match map.get_mut(first).and_then(Value::as_map_mut) {
        Some(inner) => nested(inner, rest, name, value),
        None => Err(Failure::Request(format!("`{first}` of the request's body is no object"))),
    }
}

impl Parts {
    /// Adds what another side gives.
    ///
    /// # Errors
    /// Where both give the same name; only within a JSON body may they, if they agree.
    pub(in super::super) fn merge(&mut self, other: Self) -> Result<(), Failure> {
        merge(&mut self.parameters, other.parameters, false, "")?;
        merge(&mut self.headers, other.headers, false, "")?;
        merge(&mut self.json, other.json, true, "")?;
        match (&mut self.data, other.data) {
            (Data::Fields(own), Data::Fields(fields)) => merge(own, fields, false, "")?,
            (Data::Fields(own), text @ Data::Text(_)) if own.is_empty() => self.data = text,
            (Data::Text(_), Data::Fields(fields)) if fields.is_empty() => {}
            (Data::Text(_), Data::Text(_)) => {
                return Err(Failure::Request("Cannot combine multiple string options".to_owned()));
            }
            _ => return Err(Failure::Request("Cannot combine multiple options if one is a string".to_owned())),
        }
        Ok(())
    }

    /// Overrides with what another side gives.
    pub(in super::super) fn overlay(&mut self, other: Self) {
        for (own, others) in
            [(&mut self.parameters, other.parameters), (&mut self.headers, other.headers), (&mut self.json, other.json)]
        {
            others.into_members().into_iter().for_each(|(key, value)| own.insert(key, value));
        }
        if let (Data::Fields(own), Data::Fields(fields)) = (&mut self.data, other.data) {
            fields.into_members().into_iter().for_each(|(key, value)| own.insert(key, value));
        }
    }
}

fn merge(own: &mut Map, other: Map, may_agree: bool, path: &str) -> Result<(), Failure> {
    for (key, value) in other.into_members() {
        let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        let collision = || {
            Failure::Request(format!(
                "Request body collision, duplicate keys detected at key path: {path}. Please ensure that all keys in the \
                 request are unique."
            ))
        };
        let Some(known) = own.get_mut(&key) else {
            own.insert(key, value);
            continue;
        };
        match value {
            Value::Map(map) if may_agree && known.as_map().is_some() => {
                if let Some(inner) = known.as_map_mut() {
                    merge(inner, std::sync::Arc::unwrap_or_clone(map), may_agree, &path)?;
                }
            }
            value if may_agree && *known == value => {}
            _ => return Err(collision()),
        }
    }
    Ok(())
}

/// A map as `application/x-www-form-urlencoded`; of a list each item is sent.
pub(in super::super) fn form_encoded(fields: &Map) -> String {
    let mut pairs: Vec<String> = Vec::new();
    let mut pair = |key: &str, value: &Value| {
        let encoded = super::super::template::plus_encoded;
        pairs.push(format!("{}={}", encoded(key), encoded(&text(value))));
    };
    for (key, value) in fields.iter() {
        match value {
            Value::Null => {}
            Value::List(items) | Value::Tuple(items) => {
                items.iter().filter(|item| !item.is_null()).for_each(|item| pair(key, item))
            }
            Value::Map(map) => map.keys().for_each(|inner| pair(key, &Value::Str(inner.clone()))),
            one => pair(key, one),
        }
    }
    pairs.join("&")
}
