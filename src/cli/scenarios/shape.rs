//! Scenarios as JSON, with the names that the API has for their parts.

use serde_json::{Value, json};

use crate::services::scenarios::{Scenario, Validation};

/// A scenario.
pub(in crate::cli) fn document(scenario: &Scenario) -> Value {
    let pack = scenario.pack.as_ref();
    json!({
        "id": scenario.id,
        "name": scenario.name(),
        "description": pack.map(|pack| &pack.description),
        "category": pack.map(|pack| &pack.category),
        "status": scenario.status,
        "sizeFactor": scenario.size_factor,
        "steps": scenario.steps,
        "sampleQueries": pack.map(|pack| &pack.sample_questions),
        "expectedOutcomes": pack.map(|pack| &pack.expected_outcomes),
        "validation": scenario.validation.as_ref().map(validation),
    })
}

/// What a validation found.
pub(in crate::cli) fn validation(validation: &Validation) -> Value {
    json!(validation)
}
