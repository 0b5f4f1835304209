//! `StateDelegatingStream`: one stream for the first read, and another one to go on from where it ended.

use std::borrow::Cow;

use super::super::failure::Failure;
use super::super::manifest::Node;
use super::super::time::{Moment, Period};
use super::super::value::Value;
use super::Builder;

const NO_CURSOR: &str = "__ab_no_cursor_state_message";

/// The stream that a read takes, and the state that it goes on from.
pub(super) fn chosen<'a>(
    stream: &'a Node,
    state: &'a Value,
    builder: &Builder<'_>,
) -> Result<(&'a Node, Cow<'a, Value>), Failure> {
    if stream.component() != "StateDelegatingStream" {
        return Ok((stream, Cow::Borrowed(state)));
    }
    let (full, incremental) = (stream.required("full_refresh_stream")?, stream.required("incremental_stream")?);
    let name = stream.required_text("name")?;
    if [full, incremental].iter().any(|inner| inner.text("name").as_deref() != Some(name.as_str())) {
        return Err(stream
            .error(format!("both streams of the StateDelegatingStream {name} must have its name"))
            .into());
    }
    // A parent is told by where its own read stands which of the two to take.
    let known = Some(state).filter(|state| state.is_truthy()).or_else(|| builder.states.get(&name));
    let Some(known) = known.filter(|known| known.is_truthy()) else { return Ok((full, Cow::Borrowed(state))) };
    let retention = stream.template("api_retention_period")?;
    let retention =
        retention.map(|period| period.text(&builder.scope)).transpose()?.filter(|period| !period.is_empty());
    if let Some(period) = retention {
        let period =
            Period::parse(&period).map_err(|error| stream.error(format!("`api_retention_period`: {error}")))?;
        let oldest = Moment::now().shifted(&period, -1)?;
        let stands = match stands_at(full, known, builder)? {
            Some(moment) => Some(moment),
            None => stands_at(incremental, known, builder)?,
        };
        if stands.is_none_or(|moment| moment < oldest) {
            return Ok((full, Cow::Owned(Value::empty_map())));
        }
    }
    Ok((incremental, Cow::Borrowed(state)))
}

/// How far a stream has read by a state; `None` where it cannot tell.
fn stands_at(stream: &Node, state: &Value, builder: &Builder<'_>) -> Result<Option<Moment>, Failure> {
    let Some(spec) = builder.cursor_of(stream)? else {
        let is_done = state.get(NO_CURSOR).is_some_and(Value::is_truthy);
        return Ok(is_done.then(Moment::now));
    };
    let is_partitioned = stream.get("retriever").is_some_and(|retriever| retriever.get("partition_router").is_some());
    let state = if is_partitioned { state.get("state") } else { Some(state) };
    Ok(state.and_then(|state| spec.stands_at(state)))
}
