//! Whether a configuration gives what the manifest's `spec` asks for.

use jsonschema::{Draft, ValidationError};
use serde_json::Value as Json;

use super::super::failure::Failure;
use super::super::value::Value;

/// The most slips that are told at once.
const MOST_TOLD: usize = 5;

/// Compares a configuration, or a part of it, with a JSON schema, which the manifest has under the name `place`. Formats
/// (`date-time` and such) are not looked at, as in the reference; values are never told, since they may be secrets.
///
/// # Errors
/// Where something is missing or of another kind, and where the schema is none.
pub(super) fn check(specification: &Value, place: &str, config: &Value) -> Result<(), Failure> {
    let mut schema = Json::from(specification);
    let named = schema.as_object_mut().and_then(|schema| schema.remove("$schema"));
    let validator = jsonschema::options()
        .with_draft(draft(named.as_ref().and_then(Json::as_str).unwrap_or_default()))
        .should_validate_formats(false)
        .build(&schema)
        .map_err(|error| {
            let at = error.instance_path();
            Failure::Config(format!("the `{place}` of the manifest is no JSON schema: {at}: {error}"))
        })?;
    let config = Json::from(config);
    let slips: Vec<String> = validator.iter_errors(&config).take(MOST_TOLD).map(|error| words(&error)).collect();
    if slips.is_empty() { Ok(()) } else { Err(Failure::Config(slips.join("; "))) }
}

fn words(error: &ValidationError<'_>) -> String {
    let place = error.instance_path().to_string();
    let place = if place.is_empty() { String::new() } else { format!("`{place}`: ") };
    format!("{place}{}", error.masked())
}

/// The draft that a schema names; the newest where it names none that is known.
fn draft(named: &str) -> Draft {
    const KNOWN: [(&str, Draft); 4] = [
        ("draft-04", Draft::Draft4),
        ("draft-06", Draft::Draft6),
        ("draft-07", Draft::Draft7),
        ("2019-09", Draft::Draft201909),
    ];
    KNOWN.iter().find(|(name, _)| named.contains(name)).map_or(Draft::Draft202012, |(_, draft)| *draft)
}
