//! What holds for every connector, whether it is made or changed.

use chrono::Utc;

use crate::sdk::ConnectorType;
use crate::services::{ServiceError, Services, firing, text};

/// The description, if it is not too long.
pub(super) fn checked_description(description: Option<String>) -> Result<Option<String>, ServiceError> {
    description.map(|words| text::bounded("description", words, text::LONGEST_DESCRIPTION)).transpose()
}

/// Refuses a simulator to a type that has none.
pub(super) fn refuse_missing_demo(
    services: &Services,
    wanted: ConnectorType,
    demo_mode: bool,
) -> Result<(), ServiceError> {
    if !demo_mode || services.context.registry.get(wanted)?.supports_demo {
        return Ok(());
    }
    Err(ServiceError::BadInput {
        field: "demoMode".to_owned(),
        message: format!("there is no simulator of {wanted} in this build"),
        hint: Some("leave demoMode out, and say in connectionConfig where to read".to_owned()),
    })
}

/// When the schedule fires next, if it is enabled.
pub(super) fn scheduled(
    enabled: bool,
    schedule: Option<&str>,
    timezone: &str,
    id: &str,
) -> Result<Option<chrono::DateTime<Utc>>, ServiceError> {
    Ok(firing::first("syncSchedule", schedule, timezone, id)?.filter(|_| enabled))
}
