//! What is said where values that a question names have no rows.

use serde_json::Value;

use super::Asked;
use super::insights::Insight;
use super::numbers::listed;
use crate::ask::plan::{Kind, Plan, PlanGroup};
use crate::ask::reading::Filter;

/// "There is nothing of AMER.": of several values that were to stand beside each other, those without a row.
pub(super) fn without_rows(asked: &Asked<'_>, plan: &Plan, insight: &Insight) -> Option<String> {
    let output = &insight.output;
    let shows_all = matches!(plan.kind, Kind::Figures | Kind::Trend | Kind::Periods)
        && plan.limit.is_none()
        && plan.conditions.is_empty()
        && !output.truncated
        && !output.rows.is_empty();
    // An entity has two columns: which one is whose is not looked at.
    let plain = plan.groups.iter().all(|group| !matches!(group, PlanGroup::Entity(_)));
    if !shows_all || !plain {
        return None;
    }
    plan.groups.iter().enumerate().find_map(|(place, group)| {
        let PlanGroup::Field { fields, .. } = group else { return None };
        let texts = |filter: &Filter| -> Vec<String> {
            let of_group = filter.candidates.iter().filter(|(field, ..)| fields.contains(field));
            of_group.map(|(_, text, _)| text.to_lowercase()).collect()
        };
        let named = asked.reading.filters.iter().filter(|filter| !filter.not && !filter.missing);
        let named: Vec<(&Filter, Vec<String>)> =
            named.map(|filter| (filter, texts(filter))).filter(|(_, texts)| !texts.is_empty()).collect();
        let shown: Vec<String> =
            output.rows.iter().filter_map(|row| row.get(place)).map(|value| plain_text(value).to_lowercase()).collect();
        let lost = named.iter().filter(|(_, texts)| !texts.iter().any(|text| shown.contains(text)));
        let lost: Vec<String> = lost.map(|(filter, _)| filter.words.clone()).collect();
        (named.len() >= 2 && !lost.is_empty()).then(|| format!("There is nothing of {}.", listed(&lost)))
    })
}

fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
