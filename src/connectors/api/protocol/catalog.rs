//! What a read is given: the streams that are asked for, and where each stood.

use super::super::failure::Failure;
use super::super::run::Source;
use super::super::value::{Map, Value};

/// The states of a source's streams, as the protocol keeps them.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct State(Vec<(String, Value)>);

impl State {
    /// Reads a list of state messages, or a map of states by stream as older versions wrote it.
    pub(in super::super) fn parse(given: &Value) -> Result<Self, Failure> {
        let mut states = Vec::new();
        match given {
            Value::Null => {}
            Value::Map(map) if map.contains("type") => states.extend(message(given)),
            Value::Map(map) => states.extend(map.iter().map(|(name, state)| (name.to_string(), state.clone()))),
            Value::List(messages) => states.extend(messages.iter().filter_map(message)),
            _ => return Err(Failure::Config("the state must be a list of state messages".to_owned())),
        }
        Ok(Self(states))
    }

    /// All states, by stream.
    pub(in super::super) fn all(&self) -> Map {
        self.0.iter().map(|(name, state)| (name.as_str(), state.clone())).collect()
    }

    pub(in super::super) fn of(&self, stream: &str) -> Value {
        let known = self.0.iter().rev().find(|(name, _)| name == stream);
        known.map_or_else(Value::empty_map, |(_, state)| state.clone())
    }
}

fn message(value: &Value) -> Option<(String, Value)> {
    // A line that a read printed counts too.
    let value =
        value.get("state").filter(|_| value.get("type").and_then(Value::as_str) == Some("STATE")).unwrap_or(value);
    let stream = value.get("stream")?;
    let name = stream.get("stream_descriptor")?.get("name")?.as_str()?.to_owned();
    Some((name, stream.get("stream_state").filter(|state| !state.is_null()).cloned().unwrap_or_else(Value::empty_map)))
}

/// A stream that is asked for.
#[derive(Clone, Debug)]
pub(in super::super) struct Chosen {
    pub(in super::super) name: String,
    pub(in super::super) is_known: bool,
}

/// The streams to read: those of the catalogue, or all; only those named, if any are.
///
/// # Errors
/// Where a named stream is not there, or the catalogue is none.
pub(in super::super) async fn chosen(
    source: &Source,
    catalog: Option<&Value>,
    named: &[String],
) -> Result<Vec<Chosen>, Failure> {
    let known = source.names().await?;
    if let Some(missing) = named.iter().find(|name| !known.contains(name)) {
        return Err(Failure::Config(format!("the manifest has no stream {missing} (known: {})", known.join(", "))));
    }
    let asked: Vec<String> = match catalog {
        None => known.clone(),
        Some(catalog) => {
            let streams = catalog.get("streams").and_then(Value::as_list);
            let streams = streams.ok_or_else(|| Failure::Config("the catalogue needs a list `streams`".to_owned()))?;
            let name = |stream: &Value| Some(stream.get("stream").unwrap_or(stream).get("name")?.as_str()?.to_owned());
            streams.iter().filter_map(name).collect()
        }
    };
    let asked = asked.into_iter().filter(|name| named.is_empty() || named.contains(name));
    Ok(asked.map(|name| Chosen { is_known: known.contains(&name), name }).collect())
}

/// The cursors that a configured catalogue chooses, by stream. More than one part names a member of a member, which none can be.
pub(in super::super) fn cursor_fields(catalog: Option<&Value>) -> Map {
    let streams = catalog.and_then(|catalog| catalog.get("streams")).and_then(Value::as_list).unwrap_or_default();
    let chosen = streams.iter().filter_map(|configured| {
        let name = configured.get("stream")?.get("name")?.as_str()?;
        match configured.get("cursor_field")?.as_list()? {
            [field] => Some((name, field.clone())),
            _ => None,
        }
    });
    chosen.collect()
}
